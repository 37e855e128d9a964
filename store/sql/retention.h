/* retention — old traces leave, a slice at a time, and the file shrinks behind them. */
#ifndef TRACETUI_STORE_SQL_RETENTION_H
#define TRACETUI_STORE_SQL_RETENTION_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct traces;
struct retention;

/* Makes the table of the traces that are going, where it is missing: earlier versions have none. */
enum err retention_create(sqlite3 *db, struct err_msg *why) MUST_CHECK;

/* traces: told about each deleted row; must live longer. */
enum err retention_open(sqlite3 *db, struct traces *traces, struct retention **ret_retention,
                        struct err_msg *why) MUST_CHECK;
void retention_close(struct retention *retention);

struct retention_slice {
    size_t traces; /* that left: nobody sees anything of them any more */
    size_t spans;  /* deleted, also of traces that left in earlier slices */
    bool more;     /* something is left to delete */
    bool large;    /* retention_shrink: the file is over the limit still, with its free pages */
};

/* Deletes the oldest traces that started before cutoff_ns, in one transaction of a few
 * milliseconds. Of a large trace the row goes first, which is all that leads to its spans, and they
 * follow in further slices. */
enum err retention_cut(struct retention *retention, int64_t cutoff_ns,
                       struct retention_slice *ret_slice, struct err_msg *why) MUST_CHECK;

/* From now on the file cannot grow over the limit; one that is larger already may only shrink. A
 * transaction that would do so fails with ERR_FULL, and may be tried again when retention_shrink
 * has made room. */
enum err retention_cap(struct retention *retention, int64_t limit_bytes,
                       struct err_msg *why) MUST_CHECK;

/* Deletes likewise until the pages in use are an eighth, at most 32 MiB, below limit_bytes, and
 * caps a file that has shrunk meanwhile. */
enum err retention_shrink(struct retention *retention, int64_t limit_bytes,
                          struct retention_slice *ret_slice, struct err_msg *why) MUST_CHECK;

/* When the newest trace came in, by the clock of then; 0: there is none, or the file says nonsense.
 */
enum err retention_last_ns(struct retention *retention, int64_t *ret_last_ns,
                           struct err_msg *why) MUST_CHECK;

/* Gives some free pages back to the file system; without all, a few MiB stay for the next spans.
 * ret_more: there are others. */
enum err retention_vacuum(struct retention *retention, bool all, bool *ret_more,
                          struct err_msg *why) MUST_CHECK;

#endif
