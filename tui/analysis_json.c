/* analysis_json — critical path, span table, diff and service map as JSON objects, for scripts. */
#include "tui/analysis_json.h"

#include <inttypes.h>
#include <stdlib.h>

#include "store/base/json.h"

static void string_member(struct text_buffer *target, const char *key, struct text value)
{
    text_append_format(target, ",\"%s\":", key);
    json_append_string(target, value.data != NULL ? value : TEXT(""));
}

static void number_member(struct text_buffer *target, const char *key, int64_t value)
{
    text_append_format(target, ",\"%s\":%" PRId64, key, value);
}

static void append_id(struct text_buffer *target, const struct id *id)
{
    char printed[ID_PRINT_BYTES];
    json_append_string(target, text_make(printed, id_print(id, printed)));
}

static void begin(struct text_buffer *target, const char *key, const struct trace *trace)
{
    text_append_format(target, "{\"%s\":", key);
    append_id(target, &trace->row.id);
}

static void span_id_member(struct text_buffer *target, const char *key, const struct trace *trace,
                           const struct trace_span *span)
{
    struct id id = trace_span_id(trace, span);
    text_append_format(target, ",\"%s\":", key);
    append_id(target, &id);
}

static void span_names(struct text_buffer *target, const struct trace *trace,
                       const struct trace_span *span)
{
    string_member(target, "service", trace_span_service(trace, span));
    string_member(target, "operation_name", trace_span_name(trace, span));
}

/* ---- the critical path ---- */

static int by_start(const void *a, const void *b)
{
    const struct critical_part *left = a;
    const struct critical_part *right = b;
    if (left->start_ns != right->start_ns) {
        return left->start_ns < right->start_ns ? -1 : 1;
    }
    return (left->span > right->span) - (left->span < right->span);
}

void analysis_json_path(const struct trace *trace, const struct critical_path *path,
                        struct text_buffer *target)
{
    struct critical_part *parts = mem_alloc((path->count + 1) * sizeof *parts);
    for (size_t i = 0; i < path->count; i++) {
        parts[i] = path->parts[i];
    }
    if (path->count > 1) {
        qsort(parts, path->count, sizeof *parts, by_start);
    }
    begin(target, "trace_id", trace);
    number_member(target, "total_ns", path->total_ns);
    number_member(target, "spans", (int64_t)path->spans);
    text_append_cstr(target, ",\"parts\":[");
    for (size_t i = 0; i < path->count; i++) {
        const struct trace_span *span = &trace->spans[parts[i].span];
        text_append_format(target, "%s{\"start_ns\":\"%" PRId64 "\",\"duration_ns\":%" PRId64,
                           i > 0 ? "," : "", parts[i].start_ns,
                           parts[i].end_ns - parts[i].start_ns);
        span_id_member(target, "span_id", trace, span);
        span_names(target, trace, span);
        text_append_char(target, '}');
    }
    text_append_cstr(target, "]}");
    free(parts);
}

/* ---- the span table ---- */

void analysis_json_table(const struct trace *trace, const struct span_table *table,
                         enum span_grouping by, struct text_buffer *target)
{
    begin(target, "trace_id", trace);
    string_member(target, "by", text_from(span_grouping_name(by)));
    number_member(target, "spans", (int64_t)table->spans);
    number_member(target, "self_ns", table->self_ns);
    text_append_cstr(target, ",\"rows\":[");
    for (size_t i = 0; i < table->count; i++) {
        const struct span_table_row *row = &table->rows[i];
        text_append_format(target, "%s{\"count\":%zu", i > 0 ? "," : "", row->count);
        string_member(target, "name", trace->names[row->name]);
        if (by == SPANS_BY_OPERATION) {
            string_member(target, "service", trace->names[row->service]);
        }
        number_member(target, "errors", (int64_t)row->errors);
        number_member(target, "running", (int64_t)row->running);
        number_member(target, "total_ns", row->total_ns);
        number_member(target, "self_ns", row->self_ns);
        number_member(target, "min_ns", row->min_ns);
        number_member(target, "p50_ns", row->p50_ns);
        number_member(target, "p95_ns", row->p95_ns);
        number_member(target, "max_ns", row->max_ns);
        span_id_member(target, "hottest", trace, &trace->spans[row->hottest]);
        text_append_char(target, '}');
    }
    text_append_cstr(target, "]}");
}

/* ---- the diff ---- */

static void side_members(struct text_buffer *target, char side, const struct trace *trace,
                         const struct diff_side *figures)
{
    char key[16];
    const char *const names[] = {"count", "duration_ns", "self_ns", "errors"};
    const int64_t values[] = {figures->count, figures->duration_ns, figures->self_ns,
                              figures->errors};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        text_append_format(target, ",\"%c_%s\":%" PRId64, side, names[i], values[i]);
    }
    if (figures->count > 0) {
        key[0] = side;
        key[1] = '\0';
        text_append_format(target, ",\"%s_span\":", key);
        struct id id = trace_span_id(trace, &trace->spans[figures->span]);
        append_id(target, &id);
    }
}

void analysis_json_diff(const struct trace *a, const struct trace *b, const struct trace_diff *diff,
                        struct text_buffer *target)
{
    begin(target, "a", a);
    text_append_cstr(target, ",\"b\":");
    append_id(target, &b->row.id);
    number_member(target, "a_ns", diff->a_ns);
    number_member(target, "b_ns", diff->b_ns);
    number_member(target, "added", (int64_t)diff->added);
    number_member(target, "missing", (int64_t)diff->missing);
    number_member(target, "slower", (int64_t)diff->slower);
    number_member(target, "faster", (int64_t)diff->faster);
    text_append_cstr(target, ",\"rows\":[");
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct diff_row *row = &diff->rows[i];
        const struct trace *trace = row->a.count > 0 ? a : b;
        const struct trace_span *span = &trace->spans[row->a.count > 0 ? row->a.span : row->b.span];
        text_append_format(target, "%s{\"depth\":%" PRIu32 ",\"kind\":\"%s\"", i > 0 ? "," : "",
                           row->depth, diff_kind_name((enum diff_kind)row->kind));
        span_names(target, trace, span);
        side_members(target, 'a', a, &row->a);
        side_members(target, 'b', b, &row->b);
        number_member(target, "delta_ns", row->delta_ns);
        text_append_char(target, '}');
    }
    text_append_cstr(target, "]}");
}

/* ---- the service map ---- */

void analysis_json_map(const struct service_map *map, struct text_buffer *target)
{
    text_append_format(target, "{\"traces\":%zu,\"spans\":%zu", map->traces, map->spans);
    text_append_format(target, ",\"complete\":%s", map->complete ? "true" : "false");
    number_member(target, "window_ns", map->last_ns - map->first_ns);
    text_append_cstr(target, ",\"edges\":[");
    for (size_t i = 0; i < map->row_count; i++) {
        const struct map_edge *edge = &map->edges[map->rows[i].edge];
        text_append_format(target, "%s{\"calls\":%" PRId64, i > 0 ? "," : "", edge->calls);
        string_member(target, "from", map->nodes[edge->from].name);
        string_member(target, "to", map->nodes[edge->to].name);
        text_append_format(target, ",\"silent\":%s",
                           map->nodes[edge->to].silent ? "true" : "false");
        number_member(target, "errors", edge->errors);
        number_member(target, "running", edge->running);
        number_member(target, "p50_ns", edge->p50_ns);
        number_member(target, "p95_ns", edge->p95_ns);
        number_member(target, "max_ns", edge->max_ns);
        text_append_format(target, ",\"per_minute\":%.3f}", service_map_rate(map, edge));
    }
    text_append_cstr(target, "]}");
}
