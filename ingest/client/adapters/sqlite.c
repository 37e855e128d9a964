/* sqlite — every statement of an SQLite connection becomes a span.
 *
 * SQLite tells its tracer when a statement starts, of each row, and when it is done. Statements of
 * one connection can be interleaved, so each has its own span, found by its pointer; none becomes
 * the thread's current span. All of it happens under the connection's mutex. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/adapters/sql_text.h"
#include "ingest/client/adapters/tracetui_sqlite.h"

struct running {
    struct running *next;
    const sqlite3_stmt *statement;
    struct tt_span *span;
    int64_t rows;
    bool changes; /* its rows are those it changed */
};

struct tt_sqlite {
    struct tt_tracer *tracer;
    sqlite3 *db;
    struct running *running; /* newest first */
    bool holding;            /* in tt_sqlite_step or _exec: keep the last span for the result */
    struct tt_span *held;
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void end_held(struct tt_sqlite *traced)
{
    tt_end(traced->held);
    traced->held = NULL;
}

static void finish(struct tt_sqlite *traced, const sqlite3_stmt *statement)
{
    struct running **at = &traced->running;
    while (*at != NULL && (*at)->statement != statement) {
        at = &(*at)->next;
    }
    struct running *found = *at;
    if (found == NULL) {
        return;
    }
    *at = found->next;
    int64_t rows = found->changes && found->rows == 0 ? sqlite3_changes(traced->db) : found->rows;
    tt_set_int(found->span, "rowCount", rows);
    end_held(traced);
    if (traced->holding) {
        traced->held = found->span;
    } else {
        tt_end(found->span);
    }
    free(found);
}

static struct tt_span *start(struct tt_sqlite *traced, const char *verb, const char *sql)
{
    char masked[SQL_TEXT_BYTES];
    char name[3 + SQL_VERB_BYTES];
    snprintf(name, sizeof name, "db:%s", verb);
    sql_mask(sql, masked);
    struct tt_span *span = tt_detach(tt_start(traced->tracer, name));
    tt_set_type(span, "db");
    tt_set_kind(span, TT_CLIENT);
    tt_set_string(span, "db.system", "sqlite");
    tt_set_string(span, "sql", masked);
    return span;
}

static void begin(struct tt_sqlite *traced, sqlite3_stmt *statement, const char *sql)
{
    static const char *const changing[] = {"INSERT", "UPDATE", "DELETE", "REPLACE"};
    static const char *const querying[] = {"WITH", "VALUES"};
    finish(traced, statement);
    struct running *running = calloc(1, sizeof *running);
    if (running == NULL) {
        return;
    }
    char verb[SQL_VERB_BYTES];
    sql_verb(sql, verb);
    if (is_one_of(verb, querying, 2)) {
        memcpy(verb, sqlite3_stmt_readonly(statement) ? "SELECT" : "UPDATE", sizeof "SELECT");
    }
    running->statement = statement;
    running->changes = is_one_of(verb, changing, 4);
    running->span = start(traced, verb, sql);
    running->next = traced->running;
    traced->running = running;
}

static void count_row(struct tt_sqlite *traced, const sqlite3_stmt *statement)
{
    for (struct running *at = traced->running; at != NULL; at = at->next) {
        if (at->statement == statement) {
            at->rows++;
            return;
        }
    }
}

static void close_connection(struct tt_sqlite *traced)
{
    traced->holding = false;
    while (traced->running != NULL) {
        finish(traced, traced->running->statement);
    }
    end_held(traced);
    free(traced);
}

static int hear(unsigned event, void *ctx, void *subject, void *text)
{
    struct tt_sqlite *traced = ctx;
    if (event == SQLITE_TRACE_CLOSE) {
        close_connection(traced);
    } else if (event == SQLITE_TRACE_STMT) {
        /* The text of a trigger is another one, a comment. */
        if (text == sqlite3_sql(subject)) {
            begin(traced, subject, text);
        }
    } else if (event == SQLITE_TRACE_ROW) {
        count_row(traced, subject);
    } else if (event == SQLITE_TRACE_PROFILE) {
        finish(traced, subject);
    }
    return 0;
}

struct tt_sqlite *tt_sqlite_trace(struct tt_tracer *tracer, sqlite3 *db)
{
    struct tt_sqlite *traced = calloc(1, sizeof *traced);
    if (traced == NULL) {
        return NULL;
    }
    traced->tracer = tracer;
    traced->db = db;
    sqlite3_trace_v2(
        db, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE, hear,
        traced);
    return traced;
}

static void end_with(struct tt_sqlite *traced, int result)
{
    if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE) {
        tt_set_int(traced->held, "sqlite.code", sqlite3_extended_errcode(traced->db));
        tt_end_error(traced->held, sqlite3_errmsg(traced->db));
        traced->held = NULL;
    }
    end_held(traced);
}

int tt_sqlite_step(struct tt_sqlite *traced, sqlite3_stmt *statement)
{
    if (traced == NULL) {
        return sqlite3_step(statement);
    }
    sqlite3_mutex *mutex = sqlite3_db_mutex(traced->db);
    sqlite3_mutex_enter(mutex);
    bool outer = traced->holding; /* a function of a statement may run another one */
    traced->holding = true;
    int result = sqlite3_step(statement);
    traced->holding = outer;
    end_with(traced, result);
    sqlite3_mutex_leave(mutex);
    return result;
}

/* A statement that SQLite could not even prepare has run no span; those before it went well. */
static void hold_unprepared(struct tt_sqlite *traced, const char *sql)
{
    char verb[SQL_VERB_BYTES];
    end_held(traced);
    sql_verb(sql, verb);
    traced->held = start(traced, verb, sql);
}

int tt_sqlite_exec(struct tt_sqlite *traced, sqlite3 *db, const char *sql,
                   int (*row)(void *, int, char **, char **), void *ctx, char **ret_message)
{
    if (traced == NULL) {
        return sqlite3_exec(db, sql, row, ctx, ret_message);
    }
    sqlite3_mutex *mutex = sqlite3_db_mutex(db);
    sqlite3_mutex_enter(mutex);
    bool outer = traced->holding;
    traced->holding = true;
    int result = sqlite3_exec(db, sql, row, ctx, ret_message);
    traced->holding = outer;
    if (result != SQLITE_OK && (traced->held == NULL || sqlite3_error_offset(db) >= 0)) {
        hold_unprepared(traced, sql);
    }
    end_with(traced, result);
    sqlite3_mutex_leave(mutex);
    return result;
}
