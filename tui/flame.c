/* flame — the spans of one trace merged by their call stacks. */
#include "tui/flame.h"

#include <stdlib.h>

#include "store/trace_table.h"
#include "tui/span_table.h"

/* What makes two spans one frame. */
struct frame_key {
    uint32_t parent, name, service;
};

struct merge {
    struct frame_key *keys; /* of the frames, in order of first appearance */
    struct flame_frame *frames;
    size_t count, capacity;
    struct trace_table table;
};

static const void *key_of(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct merge *merge = keys;
    *ret_length = sizeof merge->keys[number];
    return &merge->keys[number];
}

static uint32_t frame_for(struct merge *merge, struct frame_key key, uint32_t depth)
{
    uint32_t found = trace_table_find(&merge->table, &key, sizeof key, key_of, merge);
    if (found != TABLE_NONE) {
        return found;
    }
    if (merge->count == merge->capacity) {
        merge->capacity = merge->capacity * 2 + 64;
        merge->keys = mem_grow(merge->keys, merge->capacity * sizeof *merge->keys);
        merge->frames = mem_grow(merge->frames, merge->capacity * sizeof *merge->frames);
    }
    uint32_t number = (uint32_t)merge->count++;
    merge->keys[number] = key;
    merge->frames[number] = (struct flame_frame){
        .parent = key.parent,
        .name = key.name,
        .service = key.service,
        .depth = depth,
        .hottest = FLAME_NONE,
    };
    trace_table_add(&merge->table, number, &merge->keys[number], sizeof key);
    return number;
}

static void add_span(struct flame_frame *frame, const struct trace *trace, uint32_t index,
                     int64_t now_ns)
{
    const struct trace_span *span = &trace->spans[index];
    int64_t self_ns = span_table_self_ns(trace, span, now_ns);
    frame->count++;
    frame->errors += span->status == STATUS_ERROR && (span->flags & TRACE_SPAN_ERROR_BELOW) == 0;
    frame->running += span->duration_ns == SPAN_RUNNING;
    frame->self_ns += self_ns;
    frame->total_ns += trace_span_end_ns(span, now_ns) - span->start_ns;
    if (frame->hottest == FLAME_NONE ||
        self_ns > span_table_self_ns(trace, &trace->spans[frame->hottest], now_ns)) {
        frame->hottest = index;
    }
}

/* Every span to its frame; returns the frame of each span. */
static uint32_t *merge_spans(struct merge *merge, const struct trace *trace, int64_t now_ns)
{
    uint32_t *frame_of = mem_alloc((trace->count + 1) * sizeof *frame_of);
    for (uint32_t i = 0; i < trace->count; i++) { /* parents come first */
        const struct trace_span *span = &trace->spans[i];
        struct frame_key key = {.parent = FLAME_NONE, .name = span->name, .service = span->service};
        uint32_t depth = 0;
        if (i > 0 && span->parent != TRACE_NO_SPAN) {
            key.parent = frame_of[span->parent];
            depth = merge->frames[key.parent].depth + 1;
        }
        frame_of[i] = frame_for(merge, key, depth);
        add_span(&merge->frames[frame_of[i]], trace, i, now_ns);
    }
    for (size_t i = merge->count; i-- > 0;) { /* children come behind their parents */
        struct flame_frame *frame = &merge->frames[i];
        frame->width_ns += frame->self_ns;
        if (frame->parent != FLAME_NONE) {
            merge->frames[frame->parent].width_ns += frame->width_ns;
        }
    }
    return frame_of;
}

static int compare_frames(const void *a, const void *b, void *ctx)
{
    const struct merge *merge = ctx;
    uint32_t i = *(const uint32_t *)a;
    uint32_t k = *(const uint32_t *)b;
    const struct flame_frame *left = &merge->frames[i];
    const struct flame_frame *right = &merge->frames[k];
    if (left->parent != right->parent) {
        return left->parent < right->parent ? -1 : 1; /* those at the top come last */
    }
    if (left->width_ns != right->width_ns) {
        return left->width_ns > right->width_ns ? -1 : 1;
    }
    return (i > k) - (i < k);
}

/* Where each parent's children begin in order; [count] is for those at the top. */
static uint32_t *first_children(const struct merge *merge, const uint32_t *order)
{
    uint32_t *first = mem_alloc((merge->count + 2) * sizeof *first);
    size_t at = 0;
    for (size_t parent = 0; parent <= merge->count; parent++) {
        uint32_t wanted = parent < merge->count ? (uint32_t)parent : FLAME_NONE;
        while (at < merge->count && merge->frames[order[at]].parent < wanted) {
            at++;
        }
        first[parent] = (uint32_t)at;
    }
    first[merge->count + 1] = (uint32_t)merge->count;
    return first;
}

/* Writes the frames in pre-order, each at its left edge. */
static void lay_out(struct flame *flame, const struct merge *merge, const uint32_t *order,
                    const uint32_t *first)
{
    uint32_t *stack = mem_alloc((merge->count + 1) * sizeof *stack);
    uint32_t *place = mem_alloc((merge->count + 1) * sizeof *place); /* of a frame in pre-order */
    int64_t *next_ns = mem_zero(merge->count + 1, sizeof *next_ns);  /* edge of its next child */
    size_t depth = 0;
    for (uint32_t i = first[merge->count + 1]; i-- > first[merge->count];) {
        stack[depth++] = order[i];
    }
    while (depth > 0) {
        uint32_t number = stack[--depth];
        struct flame_frame frame = merge->frames[number];
        size_t above = frame.parent != FLAME_NONE ? frame.parent : merge->count;
        frame.from_ns = next_ns[above];
        next_ns[above] += frame.width_ns;
        next_ns[number] = frame.from_ns;
        frame.parent = frame.parent != FLAME_NONE ? place[frame.parent] : FLAME_NONE;
        place[number] = flame->count;
        frame.end = flame->count + 1;
        flame->deepest = frame.depth > flame->deepest ? frame.depth : flame->deepest;
        flame->frames[flame->count++] = frame;
        uint32_t behind = first[number + 1];
        for (uint32_t i = behind; i-- > first[number];) {
            stack[depth++] = order[i];
        }
    }
    for (uint32_t i = flame->count; i-- > 0;) {
        uint32_t parent = flame->frames[i].parent;
        if (parent != FLAME_NONE && flame->frames[parent].end < flame->frames[i].end) {
            flame->frames[parent].end = flame->frames[i].end;
        }
    }
    flame->width_ns = next_ns[merge->count];
    free(stack);
    free(place);
    free(next_ns);
}

void flame_set(struct flame *flame, const struct trace *trace, int64_t now_ns)
{
    flame_clear(flame);
    if (trace->count == 0) {
        return;
    }
    struct merge merge = {0};
    uint32_t *frame_of = merge_spans(&merge, trace, now_ns);
    uint32_t *order = mem_alloc(merge.count * sizeof *order);
    for (uint32_t i = 0; i < merge.count; i++) {
        order[i] = i;
    }
    qsort_r(order, merge.count, sizeof *order, compare_frames, &merge);
    uint32_t *first = first_children(&merge, order);
    flame->frames = mem_alloc(merge.count * sizeof *flame->frames);
    lay_out(flame, &merge, order, first);
    free(first);
    free(order);
    free(frame_of);
    free(merge.keys);
    free(merge.frames);
    trace_table_free(&merge.table);
}

void flame_clear(struct flame *flame)
{
    free(flame->frames);
    *flame = (struct flame){0};
}

uint32_t flame_find(const struct flame *flame, const struct trace *trace, uint32_t span)
{
    uint32_t path[64];
    size_t depth = 0;
    for (int32_t at = (int32_t)span; at != TRACE_NO_SPAN; at = trace->spans[at].parent) {
        if (depth == ARRAY_LEN(path)) { /* of a deeper stack the upper part will do */
            for (size_t i = 0; i + 1 < depth; i++) {
                path[i] = path[i + 1];
            }
            depth--;
        }
        path[depth++] = (uint32_t)at;
    }
    uint32_t found = FLAME_NONE;
    uint32_t from = 0;
    uint32_t end = flame->count;
    while (depth > 0) {
        const struct trace_span *wanted = &trace->spans[path[--depth]];
        uint32_t i = from;
        while (i < end && (flame->frames[i].name != wanted->name ||
                           flame->frames[i].service != wanted->service)) {
            i = flame->frames[i].end;
        }
        if (i >= end) {
            break;
        }
        found = i;
        from = i + 1;
        end = flame->frames[i].end;
    }
    return found;
}

uint32_t flame_child(const struct flame *flame, uint32_t frame)
{
    return frame + 1 < flame->frames[frame].end ? frame + 1 : FLAME_NONE;
}

uint32_t flame_neighbour(const struct flame *flame, uint32_t frame, int step)
{
    for (uint32_t i = frame + (uint32_t)step; i < flame->count; i += (uint32_t)step) {
        if (flame->frames[i].depth == flame->frames[frame].depth) {
            return i;
        }
    }
    return FLAME_NONE;
}
