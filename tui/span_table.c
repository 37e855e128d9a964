/* span_table — the spans of one trace added up by operation, service or type. */
#include "tui/span_table.h"

#include <stdlib.h>

static const char *const grouping_names[SPANS_BY_COUNT] = {
    [SPANS_BY_OPERATION] = "operation", [SPANS_BY_SERVICE] = "service", [SPANS_BY_TYPE] = "type"};

const char *span_grouping_name(enum span_grouping by)
{
    return grouping_names[by];
}

bool span_grouping_parse(struct text name, enum span_grouping *ret_by)
{
    for (size_t i = 0; i < ARRAY_LEN(grouping_names); i++) {
        if (text_is_nocase(name, grouping_names[i]) || (i == 0 && text_is_nocase(name, "op"))) {
            *ret_by = (enum span_grouping)i;
            return true;
        }
    }
    return false;
}

/* A span as it is sorted: its group first, then its duration, so that percentiles can be read off.
 */
struct member {
    uint32_t name, service, span;
    int64_t duration_ns;
};

static int compare_members(const void *a, const void *b)
{
    const struct member *left = a;
    const struct member *right = b;
    if (left->service != right->service) {
        return left->service < right->service ? -1 : 1;
    }
    if (left->name != right->name) {
        return left->name < right->name ? -1 : 1;
    }
    if (left->duration_ns != right->duration_ns) {
        return left->duration_ns < right->duration_ns ? -1 : 1;
    }
    return (left->span > right->span) - (left->span < right->span);
}

/* Most self time first, then the earlier names. */
static int compare_rows(const void *a, const void *b)
{
    const struct span_table_row *left = a;
    const struct span_table_row *right = b;
    if (left->self_ns != right->self_ns) {
        return left->self_ns > right->self_ns ? -1 : 1;
    }
    return (left->hottest > right->hottest) - (left->hottest < right->hottest);
}

static struct member member_of(const struct trace *trace, uint32_t index, enum span_grouping by,
                               int64_t now_ns)
{
    const struct trace_span *span = &trace->spans[index];
    struct member member = {.span = index,
                            .duration_ns = trace_span_end_ns(span, now_ns) - span->start_ns};
    switch (by) {
    case SPANS_BY_OPERATION:
        member.name = span->name;
        member.service = span->service;
        break;
    case SPANS_BY_TYPE:
        member.name = member.service = span->type;
        break;
    case SPANS_BY_SERVICE:
    case SPANS_BY_COUNT:
        member.name = member.service = span->service;
        break;
    }
    return member;
}

int64_t span_table_self_ns(const struct trace *trace, const struct trace_span *span, int64_t now_ns)
{
    if (span->duration_ns != SPAN_RUNNING || (span->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        return span->self_ns;
    }
    /* trace_build counted to the end of what was known: here its children once more, to now. */
    int64_t end_ns = trace_span_end_ns(span, now_ns);
    int64_t until_ns = span->start_ns;
    int64_t covered_ns = 0;
    const struct trace_span *spans = trace->spans;
    for (size_t i = (size_t)(span - spans) + 1; i < span->subtree_end; i = spans[i].subtree_end) {
        int64_t from_ns = spans[i].start_ns > until_ns ? spans[i].start_ns : until_ns;
        int64_t to_ns = trace_span_end_ns(&spans[i], now_ns);
        to_ns = to_ns < end_ns ? to_ns : end_ns;
        if (to_ns > from_ns) {
            covered_ns += to_ns - from_ns;
            until_ns = to_ns;
        }
    }
    return end_ns - span->start_ns - covered_ns;
}

static int64_t rank(const struct member *members, size_t count, size_t percent)
{
    return members[(count * percent + 99) / 100 - 1].duration_ns;
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static struct span_table_row add_up(const struct trace *trace, const struct member *members,
                                    size_t count, int64_t now_ns)
{
    struct span_table_row row = {
        .name = members[0].name,
        .service = members[0].service,
        .count = count,
        .min_ns = members[0].duration_ns,
        .p50_ns = rank(members, count, 50),
        .p95_ns = rank(members, count, 95),
        .max_ns = members[count - 1].duration_ns,
        .hottest = members[0].span,
    };
    int64_t most_ns = -1;
    for (size_t i = 0; i < count; i++) {
        const struct trace_span *span = &trace->spans[members[i].span];
        int64_t self_ns = span_table_self_ns(trace, span, now_ns);
        row.total_ns = add(row.total_ns, members[i].duration_ns);
        row.self_ns = add(row.self_ns, self_ns);
        row.errors += span->status == STATUS_ERROR;
        row.running += span->duration_ns == SPAN_RUNNING;
        if (self_ns > most_ns || (self_ns == most_ns && members[i].span < row.hottest)) {
            most_ns = self_ns;
            row.hottest = members[i].span;
        }
    }
    return row;
}

void span_table_set(struct span_table *table, const struct trace *trace, enum span_grouping by,
                    int64_t now_ns)
{
    span_table_clear(table);
    struct member *members = mem_alloc((trace->count + 1) * sizeof *members);
    size_t count = 0;
    for (size_t i = 0; i < trace->count; i++) {
        if ((trace->spans[i].flags & TRACE_SPAN_SYNTHETIC) == 0) {
            members[count++] = member_of(trace, (uint32_t)i, by, now_ns);
        }
    }
    qsort(members, count, sizeof *members, compare_members);
    size_t capacity = 0;
    for (size_t from = 0, to; from < count; from = to) {
        to = from;
        while (to < count && members[to].name == members[from].name &&
               members[to].service == members[from].service) {
            to++;
        }
        if (table->count == capacity) {
            capacity = capacity * 2 + 16;
            table->rows = mem_grow(table->rows, capacity * sizeof *table->rows);
        }
        table->rows[table->count] = add_up(trace, members + from, to - from, now_ns);
        table->self_ns = add(table->self_ns, table->rows[table->count++].self_ns);
    }
    table->spans = count;
    free(members);
    if (table->count > 1) {
        qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
    }
}

void span_table_clear(struct span_table *table)
{
    free(table->rows);
    *table = (struct span_table){0};
}
