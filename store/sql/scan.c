/* scan — walks over matching traces in the order of a sort key, a range of keys at a time. */
#include "store/sql/scan.h"

#include "store/base/clock.h"
#include "store/sql/reader_private.h"

/* A range is one statement, and nothing ends that before its time: where the rows suddenly cost
 * more, a larger one would hold its snapshot for seconds. */
enum { RANGE_FIRST = 256, RANGE_SMALLEST = 16, RANGE_LARGEST = 8192 };

#define RANGE_QUICK_NS (5 * NS_PER_MS)
#define RANGE_SLOW_NS  (20 * NS_PER_MS)

struct sort_rule {
    const char *key;
    const char *join;
    bool text;
};

static const struct sort_rule sort_rules[SORT_COUNT] = {
    [SORT_START] = {.key = "t.start_ns", .join = ""},
    [SORT_DURATION] = {.key = "t.duration_ns", .join = ""},
    [SORT_SPANS] = {.key = "t.span_count", .join = ""},
    [SORT_ERRORS] = {.key = "t.error_count", .join = ""},
    [SORT_OPERATION] = {.key = "ifnull(n.text, '')",
                        .join = " LEFT JOIN name n ON n.id = t.root_operation",
                        .text = true},
    [SORT_USER] = {.key = "ifnull(n.text, '')",
                   .join = " LEFT JOIN name n ON n.id = t.user",
                   .text = true},
};

static const struct sort_rule *rule_of(const struct scan *scan)
{
    return &sort_rules[scan->sort];
}

/* ---- SQL ------------------------------------------------------------------------------------ */

static void add_key(struct query *query, const struct sort_rule *rule,
                    const struct list_cursor *cursor)
{
    if (rule->text) {
        query_add_text(query, cursor->key_text);
    } else {
        query_add_int(query, cursor->key);
    }
}

/* Rows on one side of a cursor. The bare comparison of the key is what an index can use; rows with
 * the same key are told apart by number. */
static void add_bound(struct query *query, const struct sort_rule *rule,
                      const struct list_cursor *cursor, bool below, bool inclusive)
{
    query_add(query, " AND ");
    query_add(query, rule->key);
    query_add(query, below ? " <= " : " >= ");
    add_key(query, rule, cursor);
    query_add(query, " AND (");
    query_add(query, rule->key);
    query_add(query, below ? " < " : " > ");
    add_key(query, rule, cursor);
    query_add(query, below ? " OR t.number <" : " OR t.number >");
    query_add(query, inclusive ? "= " : " ");
    query_add_int(query, cursor->number);
    query_add(query, ")");
}

static void add_order(struct query *query, const struct sort_rule *rule, bool descending)
{
    query_add(query, " ORDER BY ");
    query_add(query, rule->key);
    query_add(query, descending ? " DESC, t.number DESC LIMIT " : ", t.number LIMIT ");
}

void scan_query(const struct scan *scan, const char *columns, const struct list_cursor *to,
                int64_t limit, struct query *query)
{
    const struct sort_rule *rule = rule_of(scan);
    query_add(query, "SELECT ");
    query_add(query, columns);
    query_add(query, " FROM trace t");
    query_add(query, rule->join);
    query_add(query, " WHERE 1");
    if (scan->at.set) {
        add_bound(query, rule, &scan->at, scan->descending, false);
    }
    if (to != NULL) {
        add_bound(query, rule, to, !scan->descending, true);
    }
    query_add_query(query, &scan->filter.anchor);
    query_add_query(query, &scan->filter.rest);
    add_order(query, rule, scan->descending);
    query_add_int(query, limit);
}

/* ---- ranges --------------------------------------------------------------------------------- */

/* Ranges are cut along the index that gives the order: only that of start has one. */
static bool in_ranges(const struct scan *scan)
{
    return scan->sort == SORT_START && (scan->filter.has_rest || scan->always_in_ranges) &&
           scan->filter.strength < ANCHOR_TRACE;
}

/* The cursor of the last candidate of the next range; not set if the rest is shorter. */
static enum err find_end(const struct scan *scan, struct list_cursor *ret_end, struct err_msg *why)
{
    const struct sort_rule *rule = rule_of(scan);
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    query_add(&query, "SELECT ");
    query_add(&query, rule->key);
    query_add(&query, ", t.number FROM trace t WHERE 1");
    if (scan->at.set) {
        add_bound(&query, rule, &scan->at, scan->descending, false);
    }
    query_add_query(&query, &scan->filter.anchor);
    add_order(&query, rule, scan->descending);
    query_add(&query, "1 OFFSET ");
    query_add_int(&query, scan->range_rows - 1);
    int rc = query_prepare(&query, scan->reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    *ret_end = (struct list_cursor){0};
    if (rc == SQLITE_ROW) {
        ret_end->set = true;
        ret_end->key = sqlite3_column_int64(statement, 0);
        ret_end->number = sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    query_clear(&query);
    return reader_error(scan->reader, rc, why);
}

static enum err run(const struct scan *scan, const char *columns, const struct list_cursor *to,
                    int64_t limit, scan_row_fn on_row, void *ctx, struct err_msg *why)
{
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    scan_query(scan, columns, to, limit, &query);
    int rc = query_prepare(&query, scan->reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        on_row(statement, ctx);
    }
    enum err err = reader_error(scan->reader, rc, why);
    sqlite3_finalize(statement);
    query_clear(&query);
    return err;
}

static void adapt(struct scan *scan, int64_t took_ns)
{
    if (took_ns < RANGE_QUICK_NS && scan->range_rows < RANGE_LARGEST) {
        scan->range_rows *= 2;
    } else if (took_ns > RANGE_SLOW_NS && scan->range_rows > RANGE_SMALLEST) {
        scan->range_rows /= 2;
    }
}

enum err scan_step(struct scan *scan, const char *columns, int64_t limit, scan_row_fn on_row,
                   void *ctx, struct err_msg *why)
{
    int64_t start = clock_monotonic_ns();
    struct list_cursor end = {0};
    if (scan->range_rows == 0) {
        scan->range_rows = RANGE_FIRST;
    }
    if (in_ranges(scan)) {
        enum err err = find_end(scan, &end, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    enum err err = run(scan, columns, end.set ? &end : NULL, limit, on_row, ctx, why);
    if (err != ERR_OK) {
        return err;
    }
    scan->done = !end.set;
    if (end.set) {
        scan->at = end;
        scan->scanned += scan->range_rows;
    }
    adapt(scan, clock_monotonic_ns() - start);
    return ERR_OK;
}

enum err scan_is_short(const struct scan *scan, int64_t limit, bool *ret_short, struct err_msg *why)
{
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    *ret_short = scan->filter.strength >= ANCHOR_TRACE;
    if (*ret_short) {
        return ERR_OK;
    }
    query_add(&query, "SELECT 1 FROM trace t WHERE 1");
    query_add_query(&query, &scan->filter.anchor);
    query_add(&query, " LIMIT 1 OFFSET ");
    query_add_int(&query, limit);
    int rc = query_prepare(&query, scan->reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    *ret_short = rc == SQLITE_DONE;
    enum err err = reader_error(scan->reader, rc, why);
    sqlite3_finalize(statement);
    query_clear(&query);
    return err;
}

void scan_clear(struct scan *scan)
{
    filter_sql_clear(&scan->filter);
}
