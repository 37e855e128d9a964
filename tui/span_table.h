/* span_table — the spans of one trace added up by operation, service or type.
 *
 *     struct span_table table = {0};
 *     span_table_set(&table, trace, SPANS_BY_OPERATION, now_ns);
 *     ... table.rows[0].self_ns * 100 / table.self_ns ...
 *     span_table_clear(&table); */
#ifndef TRACETUI_TUI_SPAN_TABLE_H
#define TRACETUI_TUI_SPAN_TABLE_H

#include "store/trace.h"

enum span_grouping { SPANS_BY_OPERATION, SPANS_BY_SERVICE, SPANS_BY_TYPE, SPANS_BY_COUNT };

/* "operation", "service" or "type". */
const char *span_grouping_name(enum span_grouping by);
/* Those and "op". False if it is none of them. */
bool span_grouping_parse(struct text name, enum span_grouping *ret_by);

struct span_table_row {
    uint32_t name;    /* of the operation, service or type: an index of trace.names */
    uint32_t service; /* of an operation; equal to name otherwise */
    size_t count, errors, running;
    int64_t total_ns;                       /* sum of durations: nested spans count each */
    int64_t self_ns;                        /* sum of what is the spans' own */
    int64_t min_ns, p50_ns, p95_ns, max_ns; /* of durations, by nearest rank */
    uint32_t hottest;                       /* the span with most self time */
};

/* {0} is empty. Rows are ordered by self time, most first; stand-ins for missing parents are not
 * counted. */
struct span_table {
    struct span_table_row *rows;
    size_t count, spans;
    int64_t self_ns; /* of all rows */
};

/* Running spans last until now_ns. O(n log n). */
void span_table_set(struct span_table *table, const struct trace *trace, enum span_grouping by,
                    int64_t now_ns);
void span_table_clear(struct span_table *table);

/* What the table is added up by: the own part of a span, running ones included. */
int64_t span_table_self_ns(const struct trace *trace, const struct trace_span *span,
                           int64_t now_ns);

#endif
