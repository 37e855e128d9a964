/* piece — what is stored of a span, read back as its senders told it. */
#ifndef TRACETUI_STORE_SQL_PIECE_H
#define TRACETUI_STORE_SQL_PIECE_H

#include <sqlite3.h>

#include "store/span.h"

/* The statement for piece_read. */
extern const char piece_sql[];

/* Column span.side. */
int piece_side(const struct span *span);

/* Reads the stored piece with the id and side of key, in the trace of that number, and the key of
 * its body. Texts are copied into the arena. Errors: ERR_CORRUPT there is none. */
enum err piece_read(sqlite3_stmt *statement, int64_t trace, const struct span *key,
                    struct arena *arena, struct span *ret_span, int64_t *ret_body,
                    struct err_msg *why) MUST_CHECK;

#endif
