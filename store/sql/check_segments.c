/* check_segments — does every segment say of its traces what table trace says? */
#include "store/sql/check_segments.h"

#include <string.h>

#include "store/sql/segment_names.h"
#include "store/sql/segment_store.h"
#include "store/sql/segment_types.h"

/* The traces of one segment, in order of their numbers. Columns: those of SEGMENT_TRACE_COLUMNS. */
static const char sql_rows[] =
    "SELECT " SEGMENT_TRACE_COLUMNS " FROM trace t WHERE t.number >= ?1 AND t.number < ?2"
    " AND t.number NOT IN (SELECT number FROM trace_stale) ORDER BY t.number";

struct comparison {
    sqlite3 *db;
    sqlite3_stmt *next, *column, *rows, *spans, *stale, *any_stale, *names, *name;
    struct segment stored, fresh;
    void (*differs)(int64_t number, void *ctx);
    void *ctx;
};

static enum err read_stored(struct comparison *comparison, int64_t id, struct err_msg *why)
{
    bool good;
    int rc = segment_read_columns(&comparison->stored, comparison->column, id, COLUMNS_ALL, false,
                                  &good);
    enum err err = db_error(comparison->db, rc, why);
    return err == ERR_OK && !good
               ? err_set(why, ERR_CORRUPT, "segment %lld cannot be read", (long long)id)
               : err;
}

static enum err read_fresh(struct comparison *comparison, int64_t id, struct err_msg *why)
{
    db_bind_i64(comparison->rows, 1, id * SEGMENT_ROWS);
    db_bind_i64(comparison->rows, 2, (id + 1) * SEGMENT_ROWS);
    int rc = segment_read_rows(&comparison->fresh, comparison->rows);
    enum err err = db_error(comparison->db, rc, why);
    sqlite3_reset(comparison->rows);
    if (err == ERR_OK) {
        struct grouping types = {.is_rough = true};
        rc = segment_read_spans(&comparison->fresh, comparison->spans, &types);
        err = db_error(comparison->db, rc, why);
        segment_types_set(&comparison->fresh, &types);
        grouping_clear(&types);
    }
    return err;
}

/* The services of a row: the ids of its set, behind their number. NULL if the set is not there. */
static const int64_t *set_of(const struct segment *segment, size_t row)
{
    const struct segment_values *sets = &segment->columns[COLUMN_SETS];
    int64_t left = segment->columns[COLUMN_SERVICE_SET].values[row];
    for (size_t at = 0; at < sets->count; at += (size_t)sets->values[at] + 1) {
        if (sets->values[at] < 0 || (size_t)sets->values[at] >= sets->count - at) {
            return NULL;
        }
        if (left-- == 0) {
            return &sets->values[at];
        }
    }
    return NULL;
}

static bool same_row(const struct comparison *comparison, size_t stored, size_t fresh)
{
    const struct segment_values *a = comparison->stored.columns;
    const struct segment_values *b = comparison->fresh.columns;
    for (int i = COLUMN_NUMBER; i <= COLUMN_SERVICE; i++) {
        if (a[i].values[stored] != b[i].values[fresh]) {
            return false;
        }
    }
    const int64_t *set_a = set_of(&comparison->stored, stored);
    const int64_t *set_b = set_of(&comparison->fresh, fresh);
    return set_a != NULL && set_b != NULL && set_a[0] == set_b[0] &&
           memcmp(set_a, set_b, (size_t)(set_a[0] + 1) * sizeof *set_a) == 0;
}

static bool is_stale(struct comparison *comparison, int64_t number)
{
    db_bind_i64(comparison->stale, 1, number);
    bool found = sqlite3_step(comparison->stale) == SQLITE_ROW;
    sqlite3_reset(comparison->stale);
    return found;
}

static bool any_is_stale(struct comparison *comparison, int64_t id)
{
    sqlite3_stmt *any = comparison->any_stale;
    db_bind_i64(any, 1, id * SEGMENT_ROWS);
    db_bind_i64(any, 2, (id + 1) * SEGMENT_ROWS);
    bool stale = sqlite3_step(any) == SQLITE_ROW;
    sqlite3_reset(any);
    return stale;
}

/* The sums over the spans of all traces; a segment of an earlier version has none. */
static bool same_types(struct comparison *comparison)
{
    if (!segment_types_known(&comparison->stored)) {
        return true;
    }
    for (int i = COLUMN_TYPES; i <= COLUMN_TYPE_BUCKETS; i++) {
        const struct segment_values *a = &comparison->stored.columns[i];
        const struct segment_values *b = &comparison->fresh.columns[i];
        if (a->count != b->count ||
            (a->count > 0 && memcmp(a->values, b->values, a->count * sizeof *a->values) != 0)) {
            return false;
        }
    }
    return true;
}

/* The first and last names; a segment of an earlier version does not know them. */
static enum err compare_names(struct comparison *comparison, int64_t id, bool *ret_same,
                              struct err_msg *why)
{
    static const enum segment_column columns[] = {COLUMN_OPERATION, COLUMN_USER};
    sqlite3_stmt *names = comparison->names;
    db_bind_i64(names, 1, id);
    int rc = sqlite3_step(names);
    for (int i = 0; i < 2 && rc == SQLITE_ROW; i++) {
        struct segment_name_range range;
        bool known = sqlite3_column_type(names, 2 * i) != SQLITE_NULL;
        int failed = segment_name_range(&comparison->fresh, columns[i], comparison->name, &range);
        *ret_same = *ret_same && (!known || (sqlite3_column_int64(names, 2 * i) == range.first &&
                                             sqlite3_column_int64(names, 2 * i + 1) == range.last));
        rc = failed != SQLITE_DONE ? failed : rc;
    }
    enum err err = db_error(comparison->db, rc, why);
    sqlite3_reset(names);
    return err;
}

static void compare(struct comparison *comparison)
{
    const struct segment_values *stored = &comparison->stored.columns[COLUMN_NUMBER];
    const struct segment_values *fresh = &comparison->fresh.columns[COLUMN_NUMBER];
    size_t a = 0, b = 0;
    while (a < stored->count || b < fresh->count) {
        int64_t left = a < stored->count ? stored->values[a] : INT64_MAX;
        int64_t right = b < fresh->count ? fresh->values[b] : INT64_MAX;
        bool same = left == right && same_row(comparison, a, b);
        int64_t number = left < right ? left : right;
        if (!same && !is_stale(comparison, number)) {
            comparison->differs(number, comparison->ctx);
        }
        a += left == number;
        b += right == number;
    }
}

/* The segment behind that id; all of it in the caller's snapshot. */
static enum err compare_next(struct comparison *comparison, int64_t *id, bool *ret_found,
                             struct err_msg *why)
{
    db_bind_i64(comparison->next, 1, *id);
    int rc = sqlite3_step(comparison->next);
    *ret_found = rc == SQLITE_ROW && sqlite3_column_type(comparison->next, 0) != SQLITE_NULL;
    *id = sqlite3_column_int64(comparison->next, 0);
    enum err err = db_error(comparison->db, rc, why);
    sqlite3_reset(comparison->next);
    if (err != ERR_OK || !*ret_found) {
        return err;
    }
    if (*id > INT32_MAX) { /* its traces could have no numbers */
        return err_set(why, ERR_CORRUPT, "segment %lld cannot be read", (long long)*id);
    }
    err = read_stored(comparison, *id, why);
    if (err == ERR_OK) {
        err = read_fresh(comparison, *id, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    compare(comparison);
    bool same = true;
    if (!any_is_stale(comparison, *id)) { /* else what is said of all of them is not used */
        same = same_types(comparison);
        err = compare_names(comparison, *id, &same, why);
    }
    if (!same) {
        comparison->differs(*id * SEGMENT_ROWS, comparison->ctx);
    }
    return err;
}

enum err check_segments(sqlite3 *db, void (*differs)(int64_t number, void *ctx), void *ctx,
                        struct err_msg *why)
{
    struct comparison comparison = {.db = db, .differs = differs, .ctx = ctx};
    const struct db_statement statements[] = {
        {&comparison.next, "SELECT min(id) FROM trace_segment WHERE id > ?1"},
        {&comparison.column, SEGMENT_COLUMN_SQL},
        {&comparison.rows, sql_rows},
        {&comparison.spans, SEGMENT_SPANS_SQL},
        {&comparison.stale, "SELECT 1 FROM trace_stale WHERE number = ?1"},
        {&comparison.any_stale, "SELECT 1 FROM trace_stale WHERE number >= ?1 AND number < ?2"},
        {&comparison.names, "SELECT operation_first, operation_last, user_first, user_last"
                            " FROM trace_segment WHERE id = ?1"},
        {&comparison.name, SEGMENT_NAME_SQL},
    };
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    int64_t id = -1;
    bool found = true;
    while (err == ERR_OK && found) {
        err = db_run(db, "BEGIN", why);
        if (err == ERR_OK) {
            err = compare_next(&comparison, &id, &found, why);
        }
        db_rollback(db);
    }
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(*statements[i].place);
    }
    segment_clear(&comparison.stored);
    segment_clear(&comparison.fresh);
    return err;
}
