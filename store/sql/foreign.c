/* foreign — the web application's tables, row by row, as bodies of its own dialect. */
#include "store/foreign.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "store/sql/db.h"
#include "store/sql/schema.h"

enum { BODY_SPANS = 500, BODY_BYTES = 1 << 20, WAIT_MS = 5000 };

/* What is known of the user stands in the trace, and so does the stack of the error: they go to
 * all of its spans, or to its root. Attributes that are no JSON become a string, so that the
 * decoder can say which span has them. */
static const char spans_sql[] =
    "SELECT json_object('id', s.id, 'traceId', s.trace_id, 'parentSpanId', s.parent_span_id,"
    " 'operationName', s.operation_name, 'operationType', s.operation_type, 'service', s.service,"
    " 'startedAt', s.started_at, 'endedAt', s.ended_at, 'status', s.status,"
    " 'errorMessage', s.error_message, 'userId', t.user_id, 'sessionId', t.session_id,"
    " 'attributes', iif(json_valid(s.attributes), json(s.attributes), s.attributes),"
    " 'events', iif(json_valid(s.events), json(s.events), s.events),"
    " 'errorStack', iif(s.parent_span_id IS NULL AND s.status = 'error', t.error_stack, NULL),"
    " 'metadata', iif(s.parent_span_id IS NULL AND json_valid(t.metadata), json(t.metadata), NULL))"
    " FROM spans s LEFT JOIN traces t ON t.id = s.trace_id"
    " UNION ALL "
    "SELECT json_object('id', t.id, 'traceId', t.id, 'operationName', t.root_operation,"
    " 'operationType', 'service', 'service', 'unknown', 'startedAt', t.started_at,"
    " 'endedAt', t.ended_at, 'status', t.status, 'errorMessage', t.error_message,"
    " 'errorStack', t.error_stack, 'userId', t.user_id, 'sessionId', t.session_id,"
    " 'metadata', iif(json_valid(t.metadata), json(t.metadata), NULL))"
    " FROM traces t WHERE NOT EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.id)";

bool foreign_is_database(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char start[sizeof magic] = "";
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool is = file >= 0 && pread(file, start, sizeof start, 0) == (ssize_t)sizeof start &&
              memcmp(start, magic, sizeof magic) == 0;
    if (file >= 0) {
        close(file);
    }
    return is;
}

static enum err open_foreign(const char *path, sqlite3 **ret_db, struct err_msg *why)
{
    sqlite3 *db = NULL;
    if (access(path, R_OK) != 0) {
        return err_set(why, ERR_NOT_FOUND, "cannot read %s", path);
    }
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    enum err err = db_error(db, rc, why);
    if (err != ERR_OK) {
        sqlite3_close(db);
        return err;
    }
    sqlite3_busy_timeout(db, WAIT_MS);
    db_distrust(db);
    *ret_db = db;
    return ERR_OK;
}

/* Our own views have the same columns, but times in milliseconds. */
static enum err refuse_own(sqlite3 *db, const char *path, struct err_msg *why)
{
    int64_t application = 0;
    enum err err = db_get_i64(db, "PRAGMA application_id", &application, why);
    if (err == ERR_OK && application == SCHEMA_APPLICATION_ID) {
        return err_set(why, ERR_PARSE,
                       "this is tracetui's own: tracetui export --db %s | tracetui import -", path);
    }
    return err;
}

static enum err give_body(struct text_buffer *body, size_t first, foreign_take_fn take, void *ctx,
                          struct err_msg *why)
{
    text_append_cstr(body, "]}");
    enum err err = take(text_buffer_text(body), first, ctx, why);
    text_buffer_clear(body);
    return err;
}

static enum err read_rows(sqlite3_stmt *statement, foreign_take_fn take, void *ctx,
                          struct err_msg *why)
{
    struct text_buffer body = {0};
    size_t first = 0;
    size_t count = 0;
    enum err err = ERR_OK;
    int rc = SQLITE_DONE;
    while (err == ERR_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        text_append_cstr(&body, count == 0 ? "{\"spans\":[" : ",");
        text_append(&body, db_column_text(statement, 0));
        count++;
        if (count == BODY_SPANS || body.length > BODY_BYTES) {
            err = give_body(&body, first, take, ctx, why);
            first += count;
            count = 0;
        }
    }
    if (err == ERR_OK) {
        err = db_error(sqlite3_db_handle(statement), rc, why);
    }
    if (err == ERR_OK && count > 0) {
        err = give_body(&body, first, take, ctx, why);
    }
    text_buffer_free(&body);
    return err;
}

enum err foreign_read(const char *path, foreign_take_fn take, void *ctx, struct err_msg *why)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    enum err err = open_foreign(path, &db, why);
    if (err == ERR_OK) {
        err = refuse_own(db, path, why);
    }
    if (err != ERR_OK) {
        sqlite3_close(db);
        return err;
    }
    int rc = sqlite3_prepare_v2(db, spans_sql, -1, &statement, NULL);
    if (rc == SQLITE_ERROR || rc == SQLITE_NOTADB) {
        err = err_set(why, ERR_PARSE, "not a web application's traces and spans: %s",
                      sqlite3_errmsg(db));
    } else {
        err = db_error(db, rc, why);
    }
    if (err == ERR_OK) {
        err = read_rows(statement, take, ctx, why);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return err;
}
