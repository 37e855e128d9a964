/* check — is the file whole, and does every derived figure equal what it is derived from? */
#include "store/check.h"

#include <stdio.h>

#include "store/sql/check_blocks.h"
#include "store/sql/check_segments.h"
#include "store/sql/db.h"
#include "store/sql/schema.h"
#include "store/sql/segment_store.h"

/* A law of the store: the query finds the traces that break it. Columns: id, id_form. */
struct law {
    const char *problem;
    const char *breakers;
};

enum { WINDOW_TRACES = 4096 }; /* are looked at in one snapshot */

#define IN_WINDOW(number) number " BETWEEN ?1 AND ?2"

/* Of one trace each, window by window. */
static const struct law laws[] = {
    {"counts differ from its spans",
     "SELECT t.id, t.id_form FROM"
     " (SELECT trace, count(*) AS spans, sum(status = 2) AS errors, sum(status = 0) AS running"
     "  FROM span WHERE " IN_WINDOW(
         "trace") " GROUP BY trace) AS s"
                  " JOIN trace AS t ON t.number = s.trace"
                  " WHERE (t.span_count <> s.spans OR t.error_count <> s.errors"
                  " OR t.running_count <> s.running)"},
    {"start or duration differ from its spans",
     "SELECT t.id, t.id_form FROM"
     " (SELECT trace, min(start_ns) AS first, max(start_ns + coalesce(duration_ns, 0)) AS last"
     "  FROM span WHERE " IN_WINDOW(
         "trace") " GROUP BY trace) AS s"
                  " JOIN trace AS t ON t.number = s.trace"
                  " WHERE (t.start_ns <> s.first OR t.duration_ns <> s.last - s.first)"},
    {"status differs from its spans",
     "SELECT id, id_form FROM trace WHERE " IN_WINDOW(
         "number") " AND CASE WHEN error_count > 0 THEN status <> 2"
                   " WHEN running_count > 0 THEN status <> 0 ELSE status NOT IN (1, 3) END"},
    {"root is none of its spans", "SELECT t.id, t.id_form FROM trace AS t WHERE " IN_WINDOW(
                                      "t.number") " AND NOT EXISTS (SELECT 1 FROM span AS s"
                                                  " WHERE s.trace = t.number AND s.name = "
                                                  "t.root_operation AND s.service = t.service"
                                                  " AND (s.parent IS NULL OR NOT t.has_root))"},
    {"has no spans",
     "SELECT t.id, t.id_form FROM trace AS t WHERE " IN_WINDOW(
         "t.number") " AND NOT EXISTS (SELECT 1 FROM span AS s WHERE s.trace = t.number)"},
    {"has a span without its body",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE " IN_WINDOW(
         "s.trace") " AND NOT EXISTS (SELECT 1 FROM body AS b WHERE b.id = s.body)"},
    {"has a name that is not in the dictionary",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE " IN_WINDOW("s.trace") " AND (NOT EXISTS (SELECT 1 FROM name WHERE id = s.name)"
                                    " OR NOT EXISTS (SELECT 1 FROM name WHERE id = s.service)"
                                    " OR NOT EXISTS (SELECT 1 FROM name WHERE id = s.type))"},
    {"has attributes without their beginning",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " JOIN body AS b ON b.id = s.body WHERE " IN_WINDOW(
         "s.trace") " AND b.attributes IS NOT NULL AND (" SCHEMA_ATTRIBUTES ") IS NULL"},
};

/* Spans of a trace that is going have none, and a file that only older versions wrote does not know
 * of such traces. */
#define SPANS_WITHOUT_ROW                                                                          \
    "SELECT DISTINCT 'number ' || s.trace, 4 FROM span AS s WHERE " IN_WINDOW(                     \
        "s.trace") " AND NOT EXISTS (SELECT 1 FROM trace AS t WHERE t.number = s.trace)"

static const struct law spans_have_a_row[] = {
    {"has spans, but no row", SPANS_WITHOUT_ROW},
    {"has spans, but no row",
     SPANS_WITHOUT_ROW " AND s.trace NOT IN (SELECT number FROM trace_gone)"},
};

/* Of files since version 3. */
static const struct law has_a_key = {
    "is not found by its id",
    "SELECT t.id, t.id_form FROM trace AS t WHERE " IN_WINDOW(
        "t.number") " AND t.number <= (SELECT number FROM trace_key_end) AND NOT EXISTS"
                    " (SELECT 1 FROM trace_key AS k WHERE k.id = t.id AND k.number = t.number)"};

/* Likewise, of all ids together. */
static const struct law id_laws[] = {
    {"is stored twice", "SELECT id, id_form FROM trace GROUP BY id HAVING count(*) > 1"},
    {"has a key, but no row",
     "SELECT k.id, k.id_form FROM trace_key AS k WHERE NOT EXISTS"
     " (SELECT 1 FROM trace AS t WHERE t.number = k.number AND t.id = k.id)"},
};

enum { WINDOW_LAWS_LARGEST = ARRAY_LEN(laws) + 2 };

/* A law while it is looked after. */
struct inquiry {
    const struct law *law;
    sqlite3_stmt *statement;
    size_t told;
};

struct windows {
    struct inquiry inquiries[WINDOW_LAWS_LARGEST];
    size_t count;
    sqlite3_stmt *next;
    int64_t from; /* where the next one begins, or behind */
    bool more;
};

struct check {
    sqlite3 *db;
    void (*tell)(const char *problem, void *ctx);
    void *ctx;
    struct check_report report;
    size_t differing;  /* from their segments */
    size_t wrong_sums; /* of blocks */
};

static void tell(struct check *check, size_t told, const char *subject, const char *problem)
{
    char line[256];
    check->report.problems++;
    if (told < CHECK_TOLD_LARGEST) {
        snprintf(line, sizeof line, "%s %s", subject, problem);
        check->tell(line, check->ctx);
    }
}

/* SQLite's own look at pages, trees and indexes. */
static enum err check_file(struct check *check, struct err_msg *why)
{
    sqlite3_stmt *statement = NULL;
    enum err err = db_prepare(check->db, "PRAGMA integrity_check", &statement, why);
    int rc = SQLITE_DONE;
    size_t told = 0;
    while (err == ERR_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct text text = db_column_text(statement, 0);
        if (!text_is(text, "ok")) {
            tell(check, told++, "file:", text.data);
        }
    }
    if (err == ERR_OK) {
        err = db_error(check->db, rc, why);
    }
    sqlite3_finalize(statement);
    return err;
}

/* Tells who breaks the law, in the window that is bound. */
static enum err look(struct check *check, struct inquiry *inquiry, struct err_msg *why)
{
    sqlite3_stmt *row = inquiry->statement;
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        char subject[ID_PRINT_BYTES + 8] = "trace ";
        struct id id = db_column_id(row, 0, (enum id_form)sqlite3_column_int(row, 1));
        id_print(&id, subject + 6);
        tell(check, inquiry->told++, subject, inquiry->law->problem);
    }
    enum err err = db_error(check->db, rc, why);
    sqlite3_reset(row);
    return err;
}

static enum err check_law(struct check *check, const struct law *law, struct err_msg *why)
{
    struct inquiry inquiry = {.law = law};
    enum err err = db_prepare(check->db, law->breakers, &inquiry.statement, why);
    if (err == ERR_OK) {
        err = look(check, &inquiry, why);
    }
    sqlite3_finalize(inquiry.statement);
    return err;
}

/* ---- window by window ----------------------------------------------------------------------- */

/* The first number of a trace or of spans, from a number on. */
static const char sql_next[] =
    "SELECT min(number) FROM (SELECT min(number) AS number FROM trace WHERE number >= ?1"
    " UNION ALL SELECT min(trace) FROM span WHERE trace BETWEEN ?1 AND 9223372036854775807)";

static enum err look_at_window(struct check *check, struct windows *windows, struct err_msg *why)
{
    db_bind_i64(windows->next, 1, windows->from);
    int rc = sqlite3_step(windows->next);
    bool found = rc == SQLITE_ROW && sqlite3_column_type(windows->next, 0) != SQLITE_NULL;
    int64_t first = sqlite3_column_int64(windows->next, 0);
    enum err err = db_error(check->db, rc, why);
    sqlite3_reset(windows->next);
    windows->more = found && first < INT64_MAX - WINDOW_TRACES;
    int64_t last = windows->more ? first + WINDOW_TRACES - 1 : INT64_MAX;
    for (size_t i = 0; i < windows->count && found && err == ERR_OK; i++) {
        db_bind_i64(windows->inquiries[i].statement, 1, first);
        db_bind_i64(windows->inquiries[i].statement, 2, last);
        err = look(check, &windows->inquiries[i], why);
    }
    windows->from = windows->more ? last + 1 : last;
    return err;
}

static enum err prepare_windows(struct check *check, struct windows *windows, struct err_msg *why)
{
    enum err err = db_prepare(check->db, sql_next, &windows->next, why);
    for (size_t i = 0; i < windows->count && err == ERR_OK; i++) {
        struct inquiry *inquiry = &windows->inquiries[i];
        err = db_prepare(check->db, inquiry->law->breakers, &inquiry->statement, why);
    }
    return err;
}

static enum err check_windows(struct check *check, bool gone, bool keys, struct err_msg *why)
{
    struct windows windows = {.from = INT64_MIN, .more = true};
    for (size_t i = 0; i < ARRAY_LEN(laws); i++) {
        windows.inquiries[windows.count++].law = &laws[i];
    }
    windows.inquiries[windows.count++].law = &spans_have_a_row[gone];
    if (keys) {
        windows.inquiries[windows.count++].law = &has_a_key;
    }
    enum err err = prepare_windows(check, &windows, why);
    while (err == ERR_OK && windows.more) {
        err = db_run(check->db, "BEGIN", why);
        if (err == ERR_OK) {
            err = look_at_window(check, &windows, why);
        }
        db_rollback(check->db);
    }
    for (size_t i = 0; i < windows.count; i++) {
        sqlite3_finalize(windows.inquiries[i].statement);
    }
    sqlite3_finalize(windows.next);
    return err;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void segment_differs(int64_t number, void *ctx)
{
    struct check *check = ctx;
    char subject[40];
    snprintf(subject, sizeof subject, "trace number %lld", (long long)number);
    tell(check, check->differing++, subject, "differs from its segment");
}

static void sums_differ(int64_t number, void *ctx)
{
    struct check *check = ctx;
    char subject[40];
    snprintf(subject, sizeof subject, "traces from number %lld on", (long long)number);
    tell(check, check->wrong_sums++, subject, "their sums differ from their segments");
}

/* A file that only older versions wrote lacks some. After an error there is none. */
static bool has_table(const struct check *check, const char *name, enum err *err,
                      struct err_msg *why)
{
    char sql[96];
    int64_t count = 0;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM sqlite_master WHERE name = '%s'", name);
    if (*err == ERR_OK) {
        *err = db_get_i64(check->db, sql, &count, why);
    }
    return count > 0;
}

/* In one snapshot. */
static enum err count(struct check *check, struct err_msg *why)
{
    struct check_report *report = &check->report;
    int64_t bodies = 0;
    enum err err = db_run(check->db, "BEGIN", why);
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM trace", &report->traces, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM span", &report->spans, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM body", &bodies, why);
    }
    if (err == ERR_OK && bodies != report->spans) {
        tell(check, 0, "file:", "the numbers of spans and of their bodies differ");
    }
    db_rollback(check->db);
    return err;
}

/* Each law holds in each snapshot: so none is kept from one part to the next, or the WAL would grow
 * with all that comes in meanwhile. */
static enum err check_all(struct check *check, struct err_msg *why)
{
    enum err err = check_file(check, why);
    bool gone = has_table(check, "trace_gone", &err, why);
    bool keys = has_table(check, "trace_key", &err, why);
    if (err == ERR_OK) {
        err = check_windows(check, gone, keys, why);
    }
    for (size_t i = 0; i < ARRAY_LEN(id_laws) && keys && err == ERR_OK; i++) {
        err = check_law(check, &id_laws[i], why);
    }
    int64_t segments = 0;
    if (err == ERR_OK) {
        err = db_get_i64(check->db, SEGMENT_STORE_IS_OF_NOW_SQL, &segments, why);
    }
    if (err == ERR_OK && segments > 0) { /* else no reader of this version uses them */
        err = check_segments(check->db, segment_differs, check, why);
    }
    if (has_table(check, "trace_sum", &err, why)) {
        err = check_blocks(check->db, sums_differ, check, why);
    }
    return err == ERR_OK ? count(check, why) : err;
}

enum err store_check(const char *path, void (*tell_fn)(const char *problem, void *ctx), void *ctx,
                     struct check_report *ret_report, struct err_msg *why)
{
    struct check check = {.tell = tell_fn, .ctx = ctx};
    enum err err = db_open(path, DB_READ, &check.db, why);
    if (err != ERR_OK) {
        return err;
    }
    err = check_all(&check, why);
    db_close(check.db);
    if (err == ERR_OK) {
        *ret_report = check.report;
    }
    return err;
}
