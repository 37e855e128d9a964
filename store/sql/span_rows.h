/* span_rows — a span's two rows: what places it in its trace, and its body. */
#ifndef TRACETUI_STORE_SQL_SPAN_ROWS_H
#define TRACETUI_STORE_SQL_SPAN_ROWS_H

#include <sqlite3.h>

#include "store/span.h"

struct span_rows;

/* The numbers of a span's names. */
struct span_names {
    int64_t name, service, type, user, session, client, metadata, resource, scope;
    int64_t head; /* of its attributes */
    size_t head_bytes;
};

enum err span_rows_open(sqlite3 *db, struct span_rows **ret_rows, struct err_msg *why) MUST_CHECK;
void span_rows_close(struct span_rows *rows); /* NULL is fine */

/* Adds both rows, unless the trace of that number has a span with this id and side already: then
 * *ret_added is false. */
enum err span_rows_add(struct span_rows *rows, int64_t trace, const struct span *span,
                       const struct span_names *names, bool *ret_added,
                       struct err_msg *why) MUST_CHECK;

/* Writes the rows anew; body: the key of the second. */
enum err span_rows_update(struct span_rows *rows, int64_t trace, int64_t body,
                          const struct span *span, const struct span_names *names,
                          struct err_msg *why) MUST_CHECK;

/* What is stored for a status: what has ended is not in progress, whatever its sender says. */
enum span_status span_rows_status(const struct span *span);

#endif
