/* tracetui_sqlite — every statement of an SQLite connection becomes a span.
 *
 *     struct tt_sqlite *traced = tt_sqlite_trace(tracer, db);      // freed when db is closed
 *     tt_sqlite_exec(traced, db, "CREATE TABLE t(a)", NULL, NULL, NULL);
 *     while (tt_sqlite_step(traced, statement) == SQLITE_ROW) ...
 *
 * A span is named after what its statement does (db:SELECT), has the SQL with its literals masked
 * and cut at 500 characters, and the number of rows read or changed. Link with -ltracetui-sqlite
 * (pkg-config libtracetui-sqlite). */
#ifndef TRACETUI_SQLITE_H
#define TRACETUI_SQLITE_H

#include <sqlite3.h>

#include "tracetui_client.h"

#ifdef __cplusplus
extern "C" {
#endif

struct tt_sqlite;

/* Takes the connection's trace callback (sqlite3_trace_v2). The tracer must live until db is
 * closed. NULL, and no spans, when memory runs out. */
struct tt_sqlite *tt_sqlite_trace(struct tt_tracer *tracer, sqlite3 *db);

/* As sqlite3_step and sqlite3_exec. Those work as well, but SQLite does not tell a tracer that a
 * statement failed: only through these two is the span an error with SQLite's message. */
int tt_sqlite_step(struct tt_sqlite *traced, sqlite3_stmt *statement);
int tt_sqlite_exec(struct tt_sqlite *traced, sqlite3 *db, const char *sql,
                   int (*row)(void *, int, char **, char **), void *ctx, char **ret_message);

#ifdef __cplusplus
}
#endif

#endif
