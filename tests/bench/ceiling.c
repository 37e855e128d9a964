/* ceiling — what SQLite itself does with the spans of the world, in layouts other than ours. */
#include "tests/bench/ceiling.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/world.h"

enum { TRANSACTION_SPANS = 2000, ATTRIBUTES_BYTES = 640 };

struct row {
    struct world_span span;
    char attributes[ATTRIBUTES_BYTES];
};

static const char rowid_setup[] =
    "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
    "PRAGMA secure_delete = FAST; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 1000;"
    "PRAGMA synchronous = NORMAL;"
    "CREATE TABLE span(trace BLOB, id BLOB, parent BLOB, start_ns INTEGER, duration_ns INTEGER,"
    " name TEXT, service TEXT, type TEXT, status INTEGER, kind INTEGER, flags INTEGER,"
    " attributes TEXT);";

static const char rowid_add[] =
    "INSERT INTO span VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, ?11)";

static const char web_setup[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;"
    "CREATE TABLE traces(id TEXT PRIMARY KEY, user_id TEXT, session_id TEXT,"
    " root_operation TEXT NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,"
    " duration_ms INTEGER, status TEXT DEFAULT 'in_progress', error_message TEXT,"
    " error_stack TEXT, metadata TEXT,"
    " created_at INTEGER DEFAULT (strftime('%s','now') * 1000));"
    "CREATE TABLE spans(id TEXT PRIMARY KEY, trace_id TEXT NOT NULL, parent_span_id TEXT,"
    " operation_name TEXT NOT NULL, operation_type TEXT NOT NULL, service TEXT NOT NULL,"
    " started_at INTEGER NOT NULL, ended_at INTEGER, duration_ms INTEGER,"
    " status TEXT DEFAULT 'in_progress', error_message TEXT, attributes TEXT, events TEXT);"
    "CREATE INDEX idx_traces_user_id ON traces(user_id);"
    "CREATE INDEX idx_traces_started_at ON traces(started_at);"
    "CREATE INDEX idx_traces_status ON traces(status);"
    "CREATE INDEX idx_traces_root_operation ON traces(root_operation);"
    "CREATE INDEX idx_spans_trace_id ON spans(trace_id);"
    "CREATE INDEX idx_spans_parent_span_id ON spans(parent_span_id);"
    "CREATE INDEX idx_spans_operation_type ON spans(operation_type);"
    "CREATE INDEX idx_spans_started_at ON spans(started_at);";

/* Trace ids were UUIDs, and the browser stood in the trace's metadata. */
#define WEB_TRACE_ID                                                                               \
    "lower(substr(hex(?1), 1, 8) || '-' || substr(hex(?1), 9, 4) || '-' || substr(hex(?1), 13, 4)" \
    " || '-' || substr(hex(?1), 17, 4) || '-' || substr(hex(?1), 21))"

static const char web_add[] =
    "INSERT INTO spans VALUES(lower(hex(?2)), " WEB_TRACE_ID ", lower(hex(?3)), ?6, ?8, ?7,"
    " ?4 / 1000000, (?4 + ?5) / 1000000, ?5 / 1000000,"
    " CASE ?9 WHEN 2 THEN 'error' ELSE 'completed' END,"
    " CASE ?9 WHEN 2 THEN 'UNIQUE constraint failed' END, ?11, NULL)";

static const char web_add_trace[] =
    "INSERT INTO traces(id, user_id, root_operation, started_at, ended_at, duration_ms, status,"
    " metadata) VALUES(" WEB_TRACE_ID
    ", 'user-' || ?12, ?6, ?4 / 1000000, (?4 + ?5) / 1000000, ?5 / 1000000,"
    " CASE ?9 WHEN 2 THEN 'error' ELSE 'completed' END,"
    " '{\"userAgent\":\"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\"}')";

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        bench_die("sqlite: %s", sqlite3_errmsg(db));
    }
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        bench_die("sqlite: %s", sqlite3_errmsg(db));
    }
    return statement;
}

static int print_value(char *target, size_t room, const struct world_attribute *attribute)
{
    if (attribute->text != NULL) {
        return snprintf(target, room, "\"%s\"", attribute->text);
    }
    if (strcmp(attribute->key, "request.id") == 0) {
        return snprintf(target, room, "\"r%016" PRId64 "\"", attribute->number);
    }
    if (strcmp(attribute->key, "user.id") == 0) {
        return snprintf(target, room, "\"user-%04" PRId64 "\"", attribute->number);
    }
    return snprintf(target, room, "%" PRId64, attribute->number);
}

static void make_row(struct row *row, uint64_t number, int64_t begin_ns)
{
    char *target = row->attributes;
    size_t room = sizeof row->attributes, length = 0;
    row->span = world_span(number, begin_ns);
    for (size_t i = 0; i < row->span.attribute_count; i++) {
        const struct world_attribute *attribute = &row->span.attributes[i];
        const char *mark = i == 0 ? "{" : ",";
        length +=
            (size_t)snprintf(target + length, room - length, "%s\"%s\":", mark, attribute->key);
        length += (size_t)print_value(target + length, room - length, attribute);
    }
    snprintf(target + length, room - length, "}");
}

static void add_row(sqlite3_stmt *statement, const struct row *row)
{
    const struct world_span *span = &row->span;
    sqlite3_bind_blob(statement, 1, span->trace_id, 16, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, span->id, 8, SQLITE_STATIC);
    if (span->is_root) {
        sqlite3_bind_null(statement, 3);
    } else {
        sqlite3_bind_blob(statement, 3, span->parent, 8, SQLITE_STATIC);
    }
    sqlite3_bind_int64(statement, 4, span->start_ns);
    sqlite3_bind_int64(statement, 5, span->end_ns - span->start_ns);
    sqlite3_bind_text(statement, 6, span->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 7, span->service, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 8, span->type, -1, SQLITE_STATIC);
    sqlite3_bind_int(statement, 9, span->is_error ? 2 : 1);
    sqlite3_bind_int(statement, 10, span->kind);
    sqlite3_bind_text(statement, 11, row->attributes, -1, SQLITE_STATIC);
    if (sqlite3_bind_parameter_count(statement) >= 12) {
        sqlite3_bind_int(statement, 12, (int)span->user);
    }
    if (sqlite3_step(statement) != SQLITE_DONE) {
        bench_die("sqlite: %s", sqlite3_errmsg(sqlite3_db_handle(statement)));
    }
    sqlite3_reset(statement);
}

/* add_trace may be NULL. Returns the seconds spent in SQLite. */
static double fill(const char *path, const char *setup, const char *add, const char *add_trace,
                   uint64_t spans, int64_t begin_ns)
{
    sqlite3 *db = NULL;
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as tracetui does */
    if (sqlite3_open(path, &db) != SQLITE_OK) {
        bench_die("%s: %s", path, sqlite3_errmsg(db));
    }
    run(db, setup);
    sqlite3_stmt *statement = prepare(db, add);
    sqlite3_stmt *trace = add_trace != NULL ? prepare(db, add_trace) : NULL;
    struct row *rows = malloc(TRANSACTION_SPANS * sizeof *rows);
    if (rows == NULL) {
        bench_die("out of memory");
    }
    double seconds = 0;
    for (uint64_t first = 0; first < spans; first += TRANSACTION_SPANS) {
        size_t count = spans - first < TRANSACTION_SPANS ? spans - first : TRANSACTION_SPANS;
        for (size_t i = 0; i < count; i++) {
            make_row(&rows[i], first + i, begin_ns);
        }
        double begin = bench_now();
        run(db, "BEGIN");
        for (size_t i = 0; i < count; i++) {
            add_row(statement, &rows[i]);
            if (trace != NULL && rows[i].span.is_root) {
                add_row(trace, &rows[i]);
            }
        }
        run(db, "COMMIT");
        seconds += bench_now() - begin;
    }
    sqlite3_finalize(statement);
    sqlite3_finalize(trace);
    sqlite3_close(db);
    free(rows);
    return seconds;
}

double ceiling_rate(const char *path, uint64_t spans, int64_t begin_ns)
{
    return (double)spans / fill(path, rowid_setup, rowid_add, NULL, spans, begin_ns);
}

void ceiling_fill_web(const char *path, uint64_t spans, int64_t begin_ns)
{
    fill(path, web_setup, web_add, web_add_trace, spans, begin_ns);
}
