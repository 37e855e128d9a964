/* check — is the file whole, and does every derived figure equal what it is derived from? */
#ifndef TRACETUI_STORE_CHECK_H
#define TRACETUI_STORE_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct check_report {
    int64_t traces, spans;
    size_t problems; /* all of them, told or not */
};

enum { CHECK_TOLD_LARGEST = 100 }; /* problems of one kind that are told one by one */

/* Reads the whole database: after SQLite's own look, which takes one snapshot, a few thousand
 * traces in each, so that a writer can go on meanwhile without a log that grows. tell hears each
 * problem as one line of text. Errors: those of reader_open, and ERR_CORRUPT when it cannot be read
 * to the end. */
enum err store_check(const char *path, void (*tell)(const char *problem, void *ctx), void *ctx,
                     struct check_report *ret_report, struct err_msg *why) MUST_CHECK;

#endif
