/* query_groups — figures by operation, user, service or type, of all matching traces. */
#include "store/sql/grouping.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"

/* Columns: name id, status, duration (NULL or of no meaning while running). */
static const struct {
    const char *columns;
    const char *query; /* for what is counted by span: NULL where the scan over traces does it */
} rules[] = {
    [GROUP_OPERATION] = {"t.root_operation, t.status, t.duration_ns", NULL},
    [GROUP_USER] = {"t.user, t.status, t.duration_ns", NULL},
    [GROUP_SERVICE] = {"t.service, t.status, t.duration_ns", NULL},
    [GROUP_TYPE] = {"s.type, s.status, s.duration_ns",
                    " FROM trace t JOIN span s ON s.trace = t.number WHERE 1"},
};

static void on_row(sqlite3_stmt *statement, void *ctx)
{
    grouping_add(ctx, sqlite3_column_int64(statement, 0), 0,
                 (enum span_status)sqlite3_column_int(statement, 1),
                 sqlite3_column_int64(statement, 2));
}

static enum err collect_spans(struct scan *scan, enum group_by by, struct grouping *grouping,
                              struct err_msg *why)
{
    struct query query = {0};
    sqlite3_stmt *statement = NULL;
    query_add(&query, "SELECT ");
    query_add(&query, rules[by].columns);
    query_add(&query, rules[by].query);
    query_add_query(&query, &scan->filter.anchor);
    query_add_query(&query, &scan->filter.rest);
    int rc = query_prepare(&query, scan->reader->db, &statement);
    rc = rc == SQLITE_OK ? sqlite3_step(statement) : rc;
    for (; rc == SQLITE_ROW; rc = sqlite3_step(statement)) {
        on_row(statement, grouping);
    }
    enum err err = reader_error(scan->reader, rc, why);
    sqlite3_finalize(statement);
    query_clear(&query);
    return err;
}

static enum err collect(struct scan *scan, enum group_by by, struct grouping *grouping,
                        struct err_msg *why)
{
    enum err err = ERR_OK;
    if (rules[by].query != NULL) {
        return collect_spans(scan, by, grouping, why);
    }
    while (!scan->done && err == ERR_OK) {
        err = scan_step(scan, rules[by].columns, -1, on_row, grouping, why);
    }
    return err;
}

static void report(struct reader *reader, struct grouping *grouping, size_t limit,
                   struct group_answer *answer)
{
    if (grouping->count == 0) {
        return;
    }
    grouping_sort(grouping);
    answer->count = grouping->count < limit ? grouping->count : limit;
    answer->rows = arena_zero(&answer->arena, answer->count, sizeof *answer->rows);
    for (size_t i = 0; i < answer->count; i++) {
        struct group *group = &grouping->groups[i];
        answer->rows[i] = (struct group_row){
            .name = arena_copy(&answer->arena, reader_name(reader, group->id)),
            .count = group->count,
            .errors = group->errors,
            .sum_ns = group->durations.sum,
            .min_ns = group->durations.least,
            .p50_ns = distribution_percentile(&group->durations, 50),
            .p95_ns = distribution_percentile(&group->durations, 95),
            .p99_ns = distribution_percentile(&group->durations, 99),
            .max_ns = group->durations.largest,
        };
    }
}

enum err reader_groups(struct reader *reader, const struct filter *filter, enum group_by by,
                       int64_t now_ns, size_t limit, struct group_answer *ret_answer,
                       struct err_msg *why)
{
    struct group_answer answer = {0};
    struct grouping grouping = {0};
    struct scan scan = {.reader = reader, .sort = SORT_START, .descending = true};
    enum err err = reader_begin(reader, why);
    if (err != ERR_OK) {
        return err;
    }
    err = filter_sql_build(reader, filter, now_ns, &scan.filter, why);
    if (err == ERR_OK) {
        err = collect(&scan, by, &grouping, why);
    }
    if (err == ERR_OK) {
        report(reader, &grouping, limit, &answer);
        *ret_answer = answer;
    }
    reader_end(reader);
    scan_clear(&scan);
    grouping_clear(&grouping);
    return err;
}

void group_answer_clear(struct group_answer *answer)
{
    arena_clear(&answer->arena);
    *answer = (struct group_answer){0};
}
