/* check — is the file whole, and does every derived figure equal what it is derived from? */
#include "store/check.h"

#include <stdio.h>

#include "store/sql/check_segments.h"
#include "store/sql/db.h"
#include "store/sql/schema.h"

/* A law of the store: the query finds the traces that break it. Columns: id, id_form. */
struct law {
    const char *problem;
    const char *breakers;
};

static const struct law laws[] = {
    {"counts differ from its spans",
     "SELECT t.id, t.id_form FROM"
     " (SELECT trace, count(*) AS spans, sum(status = 2) AS errors, sum(status = 0) AS running"
     "  FROM span GROUP BY trace) AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE (t.span_count <> s.spans OR t.error_count <> s.errors"
     " OR t.running_count <> s.running)"},
    {"start or duration differ from its spans",
     "SELECT t.id, t.id_form FROM"
     " (SELECT trace, min(start_ns) AS first, max(start_ns + coalesce(duration_ns, 0)) AS last"
     "  FROM span GROUP BY trace) AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE (t.start_ns <> s.first OR t.duration_ns <> s.last - s.first)"},
    {"status differs from its spans",
     "SELECT id, id_form FROM trace WHERE CASE WHEN error_count > 0 THEN status <> 2"
     " WHEN running_count > 0 THEN status <> 0 ELSE status NOT IN (1, 3) END"},
    {"root is none of its spans",
     "SELECT t.id, t.id_form FROM trace AS t WHERE NOT EXISTS (SELECT 1 FROM span AS s"
     " WHERE s.trace = t.number AND s.name = t.root_operation AND s.service = t.service"
     " AND (s.parent IS NULL OR NOT t.has_root))"},
    {"has no spans", "SELECT t.id, t.id_form FROM trace AS t"
                     " WHERE NOT EXISTS (SELECT 1 FROM span AS s WHERE s.trace = t.number)"},
    {"has a span without its body",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE NOT EXISTS (SELECT 1 FROM body AS b WHERE b.id = s.body)"},
    {"has a name that is not in the dictionary",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " WHERE NOT EXISTS (SELECT 1 FROM name WHERE id = s.name)"
     " OR NOT EXISTS (SELECT 1 FROM name WHERE id = s.service)"
     " OR NOT EXISTS (SELECT 1 FROM name WHERE id = s.type)"},
    {"has attributes without their beginning",
     "SELECT DISTINCT t.id, t.id_form FROM span AS s JOIN trace AS t ON t.number = s.trace"
     " JOIN body AS b ON b.id = s.body"
     " WHERE b.attributes IS NOT NULL AND (" SCHEMA_ATTRIBUTES ") IS NULL"},
};

/* Spans of a trace that is going have none, and a file that only older versions wrote does not know
 * of such traces. */
#define SPANS_WITHOUT_ROW                                                                          \
    "SELECT DISTINCT 'number ' || s.trace, 4 FROM span AS s"                                       \
    " WHERE NOT EXISTS (SELECT 1 FROM trace AS t WHERE t.number = s.trace)"

static const struct law spans_have_a_row[] = {
    {"has spans, but no row", SPANS_WITHOUT_ROW},
    {"has spans, but no row",
     SPANS_WITHOUT_ROW " AND s.trace NOT IN (SELECT number FROM trace_gone)"},
};

/* Of files since version 3. */
static const struct law key_laws[] = {
    {"is stored twice", "SELECT id, id_form FROM trace GROUP BY id HAVING count(*) > 1"},
    {"is not found by its id",
     "SELECT t.id, t.id_form FROM trace AS t"
     " WHERE t.number <= (SELECT number FROM trace_key_end) AND NOT EXISTS"
     " (SELECT 1 FROM trace_key AS k WHERE k.id = t.id AND k.number = t.number)"},
    {"has a key, but no row",
     "SELECT k.id, k.id_form FROM trace_key AS k WHERE NOT EXISTS"
     " (SELECT 1 FROM trace AS t WHERE t.number = k.number AND t.id = k.id)"},
};

struct check {
    sqlite3 *db;
    void (*tell)(const char *problem, void *ctx);
    void *ctx;
    struct check_report report;
    size_t differing; /* from their segments */
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

static enum err check_law(struct check *check, const struct law *law, struct err_msg *why)
{
    sqlite3_stmt *statement = NULL;
    enum err err = db_prepare(check->db, law->breakers, &statement, why);
    int rc = SQLITE_DONE;
    size_t told = 0;
    while (err == ERR_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        char subject[ID_PRINT_BYTES + 8] = "trace ";
        struct id id = db_column_id(statement, 0, (enum id_form)sqlite3_column_int(statement, 1));
        id_print(&id, subject + 6);
        tell(check, told++, subject, law->problem);
    }
    if (err == ERR_OK) {
        err = db_error(check->db, rc, why);
    }
    sqlite3_finalize(statement);
    return err;
}

static void segment_differs(int64_t number, void *ctx)
{
    struct check *check = ctx;
    char subject[40];
    snprintf(subject, sizeof subject, "trace number %lld", (long long)number);
    tell(check, check->differing++, subject, "differs from its segment");
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

static enum err check_all(struct check *check, struct err_msg *why)
{
    struct check_report *report = &check->report;
    enum err err = db_run(check->db, "BEGIN", why);
    if (err == ERR_OK) {
        err = check_file(check, why);
    }
    for (size_t i = 0; i < ARRAY_LEN(laws) && err == ERR_OK; i++) {
        err = check_law(check, &laws[i], why);
    }
    bool gone = has_table(check, "trace_gone", &err, why);
    if (err == ERR_OK) {
        err = check_law(check, &spans_have_a_row[gone], why);
    }
    bool keys = has_table(check, "trace_key", &err, why);
    for (size_t i = 0; i < ARRAY_LEN(key_laws) && keys && err == ERR_OK; i++) {
        err = check_law(check, &key_laws[i], why);
    }
    bool segments = has_table(check, "trace_stale", &err, why);
    if (err == ERR_OK && segments) {
        err = check_segments(check->db, segment_differs, check, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM trace", &report->traces, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM span", &report->spans, why);
    }
    int64_t bodies = 0;
    if (err == ERR_OK) {
        err = db_get_i64(check->db, "SELECT count(*) FROM body", &bodies, why);
    }
    if (err == ERR_OK && bodies != report->spans) {
        tell(check, 0, "file:", "the numbers of spans and of their bodies differ");
    }
    db_rollback(check->db);
    return err;
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
