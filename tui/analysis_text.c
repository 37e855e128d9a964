/* analysis_text — critical path, span table, diff and service map as lines of plain text. */
#include "tui/analysis_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tui/canvas.h"
#include "tui/format.h"

enum { FIGURE_CELLS = 9, SERVICE_CELLS = 12, GUIDE_CELLS = 2 };

static void append_duration(const struct plain_style *style, struct text_buffer *target, int64_t ns)
{
    char text[FORMAT_BYTES];
    struct text shown = format_duration(text, ns < 0 ? -ns : ns, style->ascii);
    text_append_format(target, "%*s%s", FIGURE_CELLS - canvas_width(shown) - (ns < 0), "",
                       ns < 0 ? "-" : "");
    text_append(target, shown);
}

static void append_count(struct text_buffer *target, int64_t count)
{
    char text[FORMAT_BYTES];
    text_append_format(target, "%*.*s", FIGURE_CELLS, TEXT_ARGS(format_exact(text, count)));
}

/* A name, and blanks up to so many cells. */
static void append_name(struct text_buffer *target, struct text name, int cells)
{
    struct text_buffer clean = {0};
    canvas_sanitise(name, &clean);
    struct text shown = text_buffer_text(&clean);
    text_append(target, shown);
    text_append_format(target, "%*s", cells > canvas_width(shown) ? cells - canvas_width(shown) : 0,
                       "");
    text_buffer_free(&clean);
}

static void append_span_name(struct text_buffer *target, const struct trace *trace,
                             const struct trace_span *span)
{
    append_name(target, trace_span_service(trace, span), SERVICE_CELLS);
    text_append_char(target, ' ');
    append_name(target, trace_span_name(trace, span), 0);
    text_append_char(target, '\n');
}

/* ---- the critical path ---- */

static int by_start(const void *a, const void *b)
{
    const struct critical_part *left = a;
    const struct critical_part *right = b;
    return (left->start_ns > right->start_ns) - (left->start_ns < right->start_ns);
}

void analysis_text_path(const struct plain_style *style, const struct trace *trace,
                        const struct critical_path *path, struct text_buffer *target)
{
    struct critical_part *parts = mem_alloc((path->count + 1) * sizeof *parts);
    for (size_t i = 0; i < path->count; i++) {
        parts[i] = path->parts[i];
    }
    if (path->count > 1) {
        qsort(parts, path->count, sizeof *parts, by_start);
    }
    char total[FORMAT_BYTES];
    text_append_format(target, "critical path %.*s: %zu span%s\n",
                       TEXT_ARGS(format_duration(total, path->total_ns, style->ascii)), path->spans,
                       text_plural(path->spans));
    text_append_format(target, "%*s%*s  %-*s %s\n", FIGURE_CELLS, "AT", FIGURE_CELLS, "TIME",
                       SERVICE_CELLS, "SERVICE", "OPERATION");
    for (size_t i = 0; i < path->count; i++) {
        append_duration(style, target, parts[i].start_ns - trace->start_ns);
        append_duration(style, target, parts[i].end_ns - parts[i].start_ns);
        text_append_cstr(target, "  ");
        append_span_name(target, trace, &trace->spans[parts[i].span]);
    }
    free(parts);
}

/* ---- the span table ---- */

void analysis_text_table(const struct plain_style *style, const struct trace *trace,
                         const struct span_table *table, enum span_grouping by,
                         struct text_buffer *target)
{
    static const char *const titles[] = {"COUNT", "ERRORS", "TOTAL", "SELF",
                                         "SHARE", "P50",    "P95",   "MAX"};
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        text_append_format(target, "%*s", FIGURE_CELLS, titles[i]);
    }
    text_append_format(target, "  %s\n",
                       by == SPANS_BY_OPERATION ? "SERVICE      OPERATION"
                       : by == SPANS_BY_SERVICE ? "SERVICE"
                                                : "TYPE");
    for (size_t i = 0; i < table->count; i++) {
        const struct span_table_row *row = &table->rows[i];
        char share[FORMAT_BYTES];
        append_count(target, (int64_t)row->count);
        append_count(target, (int64_t)row->errors);
        append_duration(style, target, row->total_ns);
        append_duration(style, target, row->self_ns);
        text_append_format(target, "%*.*s", FIGURE_CELLS,
                           TEXT_ARGS(format_percent(share, row->self_ns, table->self_ns)));
        append_duration(style, target, row->p50_ns);
        append_duration(style, target, row->p95_ns);
        append_duration(style, target, row->max_ns);
        text_append_cstr(target, "  ");
        if (by == SPANS_BY_OPERATION) {
            append_name(target, trace->names[row->service], SERVICE_CELLS);
            text_append_char(target, ' ');
        }
        append_name(target, trace->names[row->name], 0);
        text_append_char(target, '\n');
    }
}

/* ---- the diff ---- */

void analysis_text_diff_summary(const struct trace_diff *diff, struct text_buffer *target)
{
    const struct {
        size_t count;
        const char *word;
    } parts[] = {{diff->added, "added"},
                 {diff->missing, "missing"},
                 {diff->slower, "slower"},
                 {diff->faster, "faster"}};
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i].count > 0) {
            text_append_format(target, "%s%zu %s", any ? ", " : "", parts[i].count, parts[i].word);
            any = true;
        }
    }
    text_append_cstr(target, any ? "" : "no difference");
}

static void append_id(struct text_buffer *target, const struct trace *trace)
{
    char printed[ID_PRINT_BYTES];
    text_append(target, text_make(printed, id_print(&trace->row.id, printed)));
}

static void append_side_head(const struct plain_style *style, const char *side,
                             const struct trace *trace, int64_t ns, struct text_buffer *target)
{
    text_append_format(target, "%s ", side);
    append_id(target, trace);
    append_duration(style, target, ns);
    text_append_cstr(target, "  ");
    append_name(target, trace->row.root_operation, 0);
    text_append_char(target, '\n');
}

void analysis_text_diff(const struct plain_style *style, const struct trace *a,
                        const struct trace *b, const struct trace_diff *diff,
                        struct text_buffer *target)
{
    static const char signs[DIFF_KIND_COUNT] = {[DIFF_SAME] = ' ',
                                                [DIFF_SLOWER] = '>',
                                                [DIFF_FASTER] = '<',
                                                [DIFF_ADDED] = '+',
                                                [DIFF_MISSING] = '-'};
    append_side_head(style, "A", a, diff->a_ns, target);
    append_side_head(style, "B", b, diff->b_ns, target);
    analysis_text_diff_summary(diff, target);
    text_append_format(target, "\n %*s%*s%*s  SPAN\n", FIGURE_CELLS, "A", FIGURE_CELLS, "B",
                       FIGURE_CELLS, "OWN TIME");
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct diff_row *row = &diff->rows[i];
        const struct trace *trace = row->a.count > 0 ? a : b;
        const struct trace_span *span = &trace->spans[row->a.count > 0 ? row->a.span : row->b.span];
        text_append_char(target, signs[row->kind]);
        for (int side = 0; side < 2; side++) {
            const struct diff_side *at = side == 0 ? &row->a : &row->b;
            if (at->count > 0) {
                append_duration(style, target, at->duration_ns);
            } else {
                text_append_format(target, "%*s", FIGURE_CELLS, "-");
            }
        }
        append_duration(style, target, row->delta_ns);
        text_append_format(target, "  %*s", (int)(row->depth < 40 ? row->depth : 40) * GUIDE_CELLS,
                           "");
        append_name(target, trace_span_service(trace, span), 0);
        text_append_char(target, ' ');
        append_name(target, trace_span_name(trace, span), 0);
        if (row->a.count > 1 || row->b.count > 1) {
            text_append_format(target, "  x%" PRIu32 " -> x%" PRIu32, row->a.count, row->b.count);
        }
        text_append_char(target, '\n');
    }
}

/* ---- the service map ---- */

struct text analysis_text_rate(char target[ANALYSIS_RATE_BYTES], double per_minute)
{
    int length = 0;
    target[0] = '\0';
    if (per_minute >= 60) {
        double rate = per_minute / 60;
        length = snprintf(target, ANALYSIS_RATE_BYTES, rate < 100 ? "%.1f/s" : "%.0f/s", rate);
    } else if (per_minute > 0) {
        length = snprintf(target, ANALYSIS_RATE_BYTES, per_minute < 10 ? "%.1f/m" : "%.0f/m",
                          per_minute);
    }
    return text_make(target, (size_t)length);
}

void analysis_text_map(const struct plain_style *style, const struct service_map *map,
                       struct text_buffer *target)
{
    static const char *const notes[] = {
        [MAP_ROW_FIRST] = "",         [MAP_ROW_LEAF] = "",          [MAP_ROW_REPEATED] = " (above)",
        [MAP_ROW_CYCLE] = " (cycle)", [MAP_ROW_SELF] = " (itself)",
    };
    text_append_format(target, "%s%zu trace%s, %zu span%s\n", map->complete ? "" : "the newest ",
                       map->traces, text_plural(map->traces), map->spans, text_plural(map->spans));
    text_append_format(target, "%*s%*s%*s%*s%*s  CALLER > CALLEE\n", FIGURE_CELLS, "CALLS",
                       FIGURE_CELLS, "RATE", FIGURE_CELLS, "ERRORS", FIGURE_CELLS, "P50",
                       FIGURE_CELLS, "P95");
    for (size_t i = 0; i < map->row_count; i++) {
        const struct map_row *row = &map->rows[i];
        const struct map_edge *edge = &map->edges[row->edge];
        char rate[ANALYSIS_RATE_BYTES];
        char percent[FORMAT_BYTES];
        append_count(target, edge->calls);
        text_append_format(target, "%*.*s", FIGURE_CELLS,
                           TEXT_ARGS(analysis_text_rate(rate, service_map_rate(map, edge))));
        struct text errors =
            edge->errors > 0 ? format_percent(percent, edge->errors, edge->calls) : TEXT("");
        text_append_format(target, "%*.*s", FIGURE_CELLS, TEXT_ARGS(errors));
        append_duration(style, target, edge->p50_ns);
        append_duration(style, target, edge->p95_ns);
        text_append_format(target, "  %*s", (int)row->depth * GUIDE_CELLS, "");
        append_name(target, map->nodes[edge->from].name, 0);
        text_append_cstr(target, " > ");
        append_name(target, map->nodes[edge->to].name, 0);
        text_append_format(target, "%s\n", notes[row->kind]);
    }
}
