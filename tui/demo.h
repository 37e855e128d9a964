/* demo — a small world of users, services and mistakes, told through the client library.
 *
 * The history is a function of seed and now: the same two give the same spans, ids and times. What
 * happens live afterwards follows the wall clock. */
#ifndef TRACETUI_TUI_DEMO_H
#define TRACETUI_TUI_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct demo;
struct tt_tracer;

enum { DEMO_SPANS = 50000, DEMO_HUGE_SPANS = 20000 };

struct demo_options {
    const char *endpoint; /* "http://127.0.0.1:4318" */
    const char *token;    /* NULL = none */
    uint64_t seed;
    int64_t now_ns; /* the history ends here */
    size_t spans;   /* 0 = DEMO_SPANS */
    bool live;      /* go on at about 50 spans a second */
};

/* Tells the history through tracer, which should have been opened with random_seed = seed. Returns
 * the number of spans. Takes about a second. */
size_t demo_history(struct tt_tracer *tracer, const struct demo_options *options);

/* History, then live traffic if wanted, in a thread of its own.
 * Errors: ERR_IO no thread or a bad endpoint. */
enum err demo_start(const struct demo_options *options, struct demo **ret_demo,
                    struct err_msg *why) MUST_CHECK;

/* True once the whole history was delivered. Thread: any. */
bool demo_is_told(const struct demo *demo);

/* Ends live traffic, delivers what is left, joins. NULL is fine. */
void demo_stop(struct demo *demo);

#endif
