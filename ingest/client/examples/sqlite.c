/* sqlite — the statements of an SQLite connection as spans. */
#include <stdio.h>
#include <tracetui_sqlite.h>

int main(void)
{
    struct tt_options options = {.service = "library"};
    struct tt_tracer *tracer = tt_open(&options);
    sqlite3 *db = NULL;
    if (sqlite3_open(":memory:", &db) != SQLITE_OK) {
        return 1;
    }
    struct tt_sqlite *traced = tt_sqlite_trace(tracer, db);

    struct tt_span *load = tt_start(tracer, "books.load");
    tt_sqlite_exec(traced, db, "CREATE TABLE books(isbn TEXT PRIMARY KEY, title TEXT)", NULL, NULL,
                   NULL);
    for (int i = 0; i < 2; i++) { /* the second time the book is there already */
        tt_sqlite_exec(traced, db, "INSERT INTO books VALUES ('9780131103627', 'The C Book')", NULL,
                       NULL, NULL);
    }
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(db, "SELECT title FROM books WHERE isbn LIKE ?1", -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, "978%", -1, SQLITE_STATIC);
    while (tt_sqlite_step(traced, statement) == SQLITE_ROW) {
        printf("%s\n", (const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    tt_end(load);

    sqlite3_close(db);
    tt_close(tracer, 2000);
    return 0;
}
