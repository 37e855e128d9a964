/* query_groups — figures by operation, user, service or type, of all matching traces. */
#include <stdlib.h>

#include "store/sql/distribution.h"
#include "store/sql/reader_private.h"
#include "store/sql/scan.h"

/* Values kept for exact percentiles of one group; the groups can be many. */
enum { EXACT_VALUES = 4096, FIRST_SLOTS = 256 };

struct group {
    int64_t id; /* of the name; 0 = none, a trace without a user */
    int64_t count, errors;
    struct distribution durations; /* of what has ended */
};

struct grouping {
    struct group *groups;
    size_t count, capacity;
    uint32_t *slots; /* open addressing: index + 1, 0 = free */
    size_t slot_count;
};

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

static uint32_t *slot_of(const struct grouping *grouping, int64_t id)
{
    size_t mask = grouping->slot_count - 1;
    size_t at = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
    while (grouping->slots[at] != 0 && grouping->groups[grouping->slots[at] - 1].id != id) {
        at = (at + 1) & mask;
    }
    return &grouping->slots[at];
}

static void grow(struct grouping *grouping)
{
    free(grouping->slots);
    grouping->slot_count = grouping->slot_count != 0 ? grouping->slot_count * 2 : FIRST_SLOTS;
    grouping->slots = mem_zero(grouping->slot_count, sizeof *grouping->slots);
    grouping->capacity = grouping->slot_count / 2;
    grouping->groups = mem_grow(grouping->groups, grouping->capacity * sizeof *grouping->groups);
    for (size_t i = 0; i < grouping->count; i++) {
        *slot_of(grouping, grouping->groups[i].id) = (uint32_t)i + 1;
    }
}

static struct group *group_of(struct grouping *grouping, int64_t id)
{
    if (grouping->count == grouping->capacity) {
        grow(grouping);
    }
    uint32_t *slot = slot_of(grouping, id);
    if (*slot == 0) {
        grouping->groups[grouping->count++] =
            (struct group){.id = id, .durations.exact_limit = EXACT_VALUES};
        *slot = (uint32_t)grouping->count;
    }
    return &grouping->groups[*slot - 1];
}

static void on_row(sqlite3_stmt *statement, void *ctx)
{
    struct group *group = group_of(ctx, sqlite3_column_int64(statement, 0));
    enum span_status status = (enum span_status)sqlite3_column_int(statement, 1);
    group->count++;
    group->errors += status == STATUS_ERROR;
    if (status != STATUS_IN_PROGRESS && sqlite3_column_type(statement, 2) != SQLITE_NULL) {
        distribution_add(&group->durations, sqlite3_column_int64(statement, 2));
    }
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

static int most_first(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

static void report(struct reader *reader, struct grouping *grouping, size_t limit,
                   struct group_answer *answer)
{
    if (grouping->count == 0) {
        return;
    }
    qsort(grouping->groups, grouping->count, sizeof *grouping->groups, most_first);
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

static void grouping_clear(struct grouping *grouping)
{
    for (size_t i = 0; i < grouping->count; i++) {
        distribution_clear(&grouping->groups[i].durations);
    }
    free(grouping->groups);
    free(grouping->slots);
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
