/* service_map — who calls whom, how often, how long and how often in vain, over many traces. */
#include "tui/service_map.h"

#include <stdlib.h>

#include "store/base/clock.h"
#include "store/trace_table.h"
#include "tui/query_edit.h"

enum { DEPTH_LARGEST = 63 };

/* The duration of one call. */
struct sample {
    uint32_t edge;
    int64_t duration_ns;
};

struct edge_key {
    uint32_t from, to;
};

struct work {
    struct trace_table nodes, edges; /* by name, by both ends */
    struct edge_key *keys;           /* of the edges */
    struct sample *samples;
    size_t sample_count, sample_capacity;
};

/* ---- nodes and edges ------------------------------------------------------------------------ */

static const void *node_key(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct service_map *map = keys;
    *ret_length = map->nodes[number].name.length + 1;
    return map->nodes[number].name.data - 1;
}

/* What sends no spans never meets a service that happens to be called "(db)": the key of a node is
 * a mark and its name. */
static uint32_t node_of(struct service_map *map, struct text name, bool silent)
{
    struct work *work = map->private_work;
    struct arena scratch = {0};
    struct text key = arena_format(&scratch, "%c%.*s", silent ? '-' : '+', TEXT_ARGS(name));
    uint32_t found = trace_table_find(&work->nodes, key.data, key.length, node_key, map);
    if (found != TABLE_NONE) {
        arena_clear(&scratch);
        return found;
    }
    if (map->node_count == map->node_capacity) {
        map->node_capacity = map->node_capacity * 2 + 16;
        map->nodes = mem_grow(map->nodes, map->node_capacity * sizeof *map->nodes);
    }
    uint32_t number = (uint32_t)map->node_count++;
    struct text kept = arena_copy(&map->arena, key);
    map->nodes[number] =
        (struct map_node){.name = text_make(kept.data + 1, kept.length - 1), .silent = silent};
    trace_table_add(&work->nodes, number, kept.data, kept.length);
    arena_clear(&scratch);
    return number;
}

static const void *edge_key(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct edge_key *edges = keys;
    *ret_length = sizeof edges[number];
    return &edges[number];
}

static uint32_t edge_of(struct service_map *map, struct edge_key key)
{
    struct work *work = map->private_work;
    uint32_t found = trace_table_find(&work->edges, &key, sizeof key, edge_key, work->keys);
    if (found != TABLE_NONE) {
        return found;
    }
    if (map->edge_count == map->edge_capacity) {
        map->edge_capacity = map->edge_capacity * 2 + 32;
        map->edges = mem_grow(map->edges, map->edge_capacity * sizeof *map->edges);
        work->keys = mem_grow(work->keys, map->edge_capacity * sizeof *work->keys);
    }
    uint32_t number = (uint32_t)map->edge_count++;
    map->edges[number] = (struct map_edge){.from = key.from, .to = key.to};
    work->keys[number] = key;
    trace_table_add(&work->edges, number, &key, sizeof key);
    return number;
}

static void count_call(struct service_map *map, uint32_t from, uint32_t to,
                       const struct trace_span *span)
{
    struct work *work = map->private_work;
    uint32_t number = edge_of(map, (struct edge_key){from, to});
    struct map_edge *edge = &map->edges[number];
    edge->calls++;
    edge->errors += span->status == STATUS_ERROR;
    if (span->duration_ns == SPAN_RUNNING) {
        edge->running++;
        return;
    }
    if (__builtin_add_overflow(edge->sum_ns, span->duration_ns, &edge->sum_ns)) {
        edge->sum_ns = INT64_MAX;
    }
    if (work->sample_count == work->sample_capacity) {
        work->sample_capacity = work->sample_capacity * 2 + 1024;
        work->samples = mem_grow(work->samples, work->sample_capacity * sizeof *work->samples);
    }
    work->samples[work->sample_count++] =
        (struct sample){.edge = number, .duration_ns = span->duration_ns};
}

static uint32_t silent_node(struct service_map *map, struct text type)
{
    struct text_buffer name = {0};
    text_append_format(&name, "(%.*s)", TEXT_ARGS(type));
    uint32_t node = node_of(map, text_buffer_text(&name), true);
    text_buffer_free(&name);
    return node;
}

/* ---- adding --------------------------------------------------------------------------------- */

static bool answers(const struct trace_span *span)
{
    return span->kind == KIND_SERVER || span->kind == KIND_CONSUMER ||
           (span->flags & SPAN_SERVER_HALF) != 0;
}

/* A call that leaves the service and is answered by nobody who sends spans. What a service or a
 * page does by itself (types service and ui) leaves nothing, whatever kind the sender wrote. */
static bool leaves(const struct trace *trace, size_t index)
{
    const struct trace_span *span = &trace->spans[index];
    struct text type = trace_span_type(trace, span);
    bool inside = text_is_empty(type) || text_is(type, "service") || text_is(type, "ui");
    const struct trace_span *parent =
        span->parent != TRACE_NO_SPAN ? &trace->spans[span->parent] : NULL;
    bool own = parent == NULL || (parent->flags & TRACE_SPAN_SYNTHETIC) != 0 ||
               parent->service == span->service; /* else the service is what is called */
    return (span->kind == KIND_CLIENT || span->kind == KIND_PRODUCER) && !inside && own &&
           span->subtree_end == index + 1;
}

static void add_span(struct service_map *map, const struct trace *trace, size_t index)
{
    const struct trace_span *span = &trace->spans[index];
    uint32_t to = node_of(map, trace_span_service(trace, span), false);
    const struct trace_span *parent =
        span->parent != TRACE_NO_SPAN ? &trace->spans[span->parent] : NULL;
    if (parent == NULL) {
        count_call(map, MAP_OUTSIDE, to, span);
    } else if ((parent->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        count_call(map, MAP_SOMEWHERE, to, span);
    } else if (parent->service != span->service || answers(span)) {
        count_call(map, node_of(map, trace_span_service(trace, parent), false), to, span);
    }
    if (leaves(trace, index)) {
        count_call(map, to, silent_node(map, trace_span_type(trace, span)), span);
    }
}

struct service_map *service_map_new(void)
{
    struct service_map *map = mem_zero(1, sizeof *map);
    map->private_work = mem_zero(1, sizeof(struct work));
    node_of(map, TEXT("(outside)"), true);   /* MAP_OUTSIDE */
    node_of(map, TEXT("(somewhere)"), true); /* MAP_SOMEWHERE */
    return map;
}

void service_map_add(struct service_map *map, const struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        if ((trace->spans[i].flags & TRACE_SPAN_SYNTHETIC) == 0) {
            add_span(map, trace, i);
            map->spans++;
        }
    }
    bool first = map->traces == 0;
    map->first_ns = first || trace->start_ns < map->first_ns ? trace->start_ns : map->first_ns;
    map->last_ns = first || trace->start_ns > map->last_ns ? trace->start_ns : map->last_ns;
    map->traces++;
}

/* ---- figures -------------------------------------------------------------------------------- */

static int compare_samples(const void *a, const void *b)
{
    const struct sample *left = a;
    const struct sample *right = b;
    if (left->edge != right->edge) {
        return left->edge < right->edge ? -1 : 1;
    }
    return (left->duration_ns > right->duration_ns) - (left->duration_ns < right->duration_ns);
}

static void find_percentiles(struct service_map *map)
{
    struct work *work = map->private_work;
    if (work->sample_count > 1) {
        qsort(work->samples, work->sample_count, sizeof *work->samples, compare_samples);
    }
    for (size_t from = 0, to; from < work->sample_count; from = to) {
        const struct sample *first = &work->samples[from];
        to = from;
        while (to < work->sample_count && work->samples[to].edge == first->edge) {
            to++;
        }
        size_t count = to - from;
        struct map_edge *edge = &map->edges[first->edge];
        edge->p50_ns = first[(count * 50 + 99) / 100 - 1].duration_ns;
        edge->p95_ns = first[(count * 95 + 99) / 100 - 1].duration_ns;
        edge->max_ns = first[count - 1].duration_ns;
    }
}

static int compare_edges(const void *a, const void *b, void *ctx)
{
    const struct map_edge *left = a;
    const struct map_edge *right = b;
    const struct service_map *map = ctx;
    if (left->from != right->from) {
        return left->from < right->from ? -1 : 1;
    }
    if (left->calls != right->calls) {
        return left->calls > right->calls ? -1 : 1;
    }
    return text_compare(map->nodes[left->to].name, map->nodes[right->to].name);
}

static void order_edges(struct service_map *map)
{
    if (map->edge_count > 1) {
        qsort_r(map->edges, map->edge_count, sizeof *map->edges, compare_edges, map);
    }
    for (uint32_t i = 0; i < map->edge_count; i++) {
        struct map_node *caller = &map->nodes[map->edges[i].from];
        caller->first = caller->end == 0 ? i : caller->first;
        caller->end = i + 1;
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

/* A walk from the outside in, without recursion: next[d] is the edge to show at depth d. */
static void walk(struct service_map *map, uint32_t root, bool *shown, bool *above)
{
    uint32_t next[DEPTH_LARGEST + 1] = {map->nodes[root].first};
    uint32_t node[DEPTH_LARGEST + 1] = {root};
    uint64_t lines = 0;
    uint32_t depth = 0;
    shown[root] = above[root] = true;
    for (;;) {
        if (next[depth] >= map->nodes[node[depth]].end) {
            above[node[depth]] = false;
            if (depth == 0) {
                return;
            }
            depth--;
            continue;
        }
        uint32_t number = next[depth]++;
        const struct map_edge *edge = &map->edges[number];
        bool last = next[depth] >= map->nodes[node[depth]].end;
        lines = last ? lines & ~(UINT64_C(1) << depth) : lines | UINT64_C(1) << depth;
        struct map_row *row = &map->rows[map->row_count++];
        *row = (struct map_row){.edge = number, .depth = depth, .lines = lines, .last = last};
        bool leaf = map->nodes[edge->to].end == 0;
        row->kind = (uint8_t)(edge->to == edge->from ? MAP_ROW_SELF
                              : leaf                 ? MAP_ROW_LEAF
                              : above[edge->to]      ? MAP_ROW_CYCLE
                              : shown[edge->to]      ? MAP_ROW_REPEATED
                                                     : MAP_ROW_FIRST);
        if (row->kind == MAP_ROW_FIRST && depth < DEPTH_LARGEST) {
            shown[edge->to] = above[edge->to] = true;
            depth++;
            node[depth] = edge->to;
            next[depth] = map->nodes[edge->to].first;
            lines &= ~(UINT64_C(1) << depth);
        }
    }
}

/* Services that no walk came to: below DEPTH_LARGEST services, say. */
static void walk_rest(struct service_map *map, bool *shown, bool *above)
{
    for (uint32_t i = 0; i < map->node_count; i++) {
        if (!shown[i] && map->nodes[i].end > 0) {
            walk(map, i, shown, above);
        }
    }
}

void service_map_finish(struct service_map *map)
{
    struct work *work = map->private_work;
    find_percentiles(map);
    order_edges(map);
    map->rows = mem_alloc((map->edge_count + 1) * sizeof *map->rows);
    bool *shown = mem_zero(map->node_count + 1, sizeof *shown);
    bool *above = mem_zero(map->node_count + 1, sizeof *above);
    walk(map, MAP_OUTSIDE, shown, above);
    walk(map, MAP_SOMEWHERE, shown, above);
    walk_rest(map, shown, above);
    free(shown);
    free(above);
    trace_table_free(&work->nodes);
    trace_table_free(&work->edges);
    free(work->keys);
    free(work->samples);
    *work = (struct work){0};
}

void service_map_free(struct service_map *map)
{
    if (map == NULL) {
        return;
    }
    struct work *work = map->private_work;
    trace_table_free(&work->nodes);
    trace_table_free(&work->edges);
    free(work->keys);
    free(work->samples);
    free(work);
    arena_clear(&map->arena);
    free(map->nodes);
    free(map->edges);
    free(map->rows);
    free(map);
}

double service_map_rate(const struct service_map *map, const struct map_edge *edge)
{
    int64_t window_ns = map->last_ns - map->first_ns;
    return window_ns >= NS_PER_S ? (double)edge->calls * 60e9 / (double)window_ns : 0;
}

static void append_service(struct text_buffer *target, struct text name)
{
    text_append_cstr(target, "service:");
    query_append_value(target, name);
}

bool service_map_term(const struct service_map *map, const struct map_edge *edge,
                      struct text_buffer *target)
{
    struct text from = map->nodes[edge->from].name;
    const struct map_node *to = &map->nodes[edge->to];
    if (edge->from == MAP_OUTSIDE || edge->from == MAP_SOMEWHERE || edge->from == edge->to) {
        append_service(target, to->name);
        return true;
    }
    text_append_char(target, '{');
    append_service(target, from);
    if (!to->silent) {
        text_append_cstr(target, "} {");
        append_service(target, to->name);
    } else {
        text_append_cstr(target, " type:");
        query_append_value(target, text_make(to->name.data + 1, to->name.length - 2));
    }
    text_append_char(target, '}');
    return true;
}
