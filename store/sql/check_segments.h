/* check_segments — does every segment say of its traces what table trace says? */
#ifndef TRACETUI_STORE_SQL_CHECK_SEGMENTS_H
#define TRACETUI_STORE_SQL_CHECK_SEGMENTS_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/base/err.h"

/* Calls differs for each trace that is not stale and is missing in its segment, or is there but
 * should not be, or has other values. Inside the read transaction of the caller. */
enum err check_segments(sqlite3 *db, void (*differs)(int64_t number, void *ctx), void *ctx,
                        struct err_msg *why) MUST_CHECK;

#endif
