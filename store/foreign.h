/* foreign — reads the spans of a web application's own SQLite file: tables traces and spans, ids
 * as text, times in milliseconds.
 *
 * The spans come as the bodies the application would have sent, {"spans":[...]}, so that its
 * decoder checks, masks and classifies them as if they had just arrived. */
#ifndef TRACETUI_STORE_FOREIGN_H
#define TRACETUI_STORE_FOREIGN_H

#include "store/base/err.h"
#include "store/base/text.h"

/* body is borrowed during the call; first_index counts the spans before it. An error ends the
 * reading with it. */
typedef enum err (*foreign_take_fn)(struct text body, size_t first_index, void *ctx,
                                    struct err_msg *why);

/* Opens the file read-only. A trace without spans is given as one span of its own.
 * Errors: ERR_NOT_FOUND no such file, ERR_PARSE no SQLite file, or not these tables; ERR_IO,
 * ERR_CORRUPT, or take's. Thread: any. */
enum err foreign_read(const char *path, foreign_take_fn take, void *ctx,
                      struct err_msg *why) MUST_CHECK;

/* True when the file begins as an SQLite database does. */
bool foreign_is_database(const char *path);

#endif
