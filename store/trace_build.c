/* trace_build — spans in any order, with any parent links, to one tree in pre-order.
 *
 * Links become indices (by a table of ids), missing parents become spans of their own, each cycle
 * loses one link, siblings are sorted, and the tree is walked once along its links. No step
 * recurses, and each is linear but for the sort. */
#include <stdlib.h>
#include <string.h>

#include "store/trace.h"
#include "store/trace_ids.h"
#include "store/trace_table.h"

enum { MISSING_ID_CHARS = 8, PREFETCH_SPANS = 16 };

struct build {
    struct trace *trace;
    struct trace_table ids; /* packed id to the first span that has it */
    int32_t *next_same;     /* another span with the same id */
    size_t stored;          /* spans that are not synthetic: they come first */
    uint32_t *order;        /* children of all spans, each group sorted, roots last */
    uint32_t *first_child;  /* where a span's group begins in order; [count] is the roots' */
};

/* ---- parents ---- */

static const void *span_key(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct trace *trace = keys;
    struct text key = packed_key(trace, trace->spans[number].id);
    *ret_length = key.length;
    return key.data;
}

static int32_t find_first(const struct build *build, uint32_t id)
{
    struct text key = packed_key(build->trace, id);
    uint32_t found = trace_table_find(&build->ids, key.data, key.length, span_key, build->trace);
    return found != TABLE_NONE ? (int32_t)found : TRACE_NO_SPAN;
}

/* Asks for the table's place of an id some spans ahead of its use. */
static void prefetch(const struct build *build, uint32_t id)
{
    struct text key = packed_key(build->trace, id);
    trace_table_prefetch(&build->ids, key.data, key.length);
}

static void index_ids(struct build *build)
{
    const struct trace *trace = build->trace;
    trace_table_reserve(&build->ids, trace->count);
    for (size_t i = 0; i < trace->count; i++) {
        if (i + PREFETCH_SPANS < trace->count) {
            prefetch(build, trace->spans[i + PREFETCH_SPANS].id);
        }
        int32_t first = find_first(build, trace->spans[i].id);
        build->next_same[i] = TRACE_NO_SPAN;
        if (first == TRACE_NO_SPAN) {
            struct text key = packed_key(trace, trace->spans[i].id);
            trace_table_add(&build->ids, (uint32_t)i, key.data, key.length);
        } else {
            build->next_same[i] = build->next_same[first];
            build->next_same[first] = (int32_t)i;
        }
    }
}

/* Among the halves that share an id: the one of the child's service, else the server's. */
static int32_t choose_half(const struct build *build, int32_t first, size_t child)
{
    const struct trace_span *spans = build->trace->spans;
    int32_t best = TRACE_NO_SPAN;
    int best_rank = -1;
    for (int32_t i = first; i != TRACE_NO_SPAN; i = build->next_same[i]) {
        int rank = (spans[i].service == spans[child].service ? 2 : 0) +
                   ((spans[i].flags & SPAN_SERVER_HALF) != 0);
        if (i != (int32_t)child && rank > best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    return best != TRACE_NO_SPAN ? best : first; /* only itself: a cycle of one */
}

/* The client half with the id of a server half. */
static int32_t find_client_half(const struct build *build, size_t server)
{
    const struct trace_span *spans = build->trace->spans;
    for (int32_t i = find_first(build, spans[server].id); i != TRACE_NO_SPAN;
         i = build->next_same[i]) {
        if ((spans[i].flags & SPAN_SERVER_HALF) == 0) {
            return i;
        }
    }
    return TRACE_NO_SPAN;
}

/* Widens the stand-in for a missing parent so that it covers one more orphan. */
static void cover(struct trace_span *parent, const struct trace_span *orphan)
{
    int64_t end_ns = trace_span_end_ns(parent, INT64_MAX);
    int64_t orphan_end_ns = trace_span_end_ns(orphan, INT64_MAX);
    if (orphan->start_ns < parent->start_ns) {
        parent->start_ns = orphan->start_ns;
    }
    if (parent->duration_ns == SPAN_RUNNING || orphan->duration_ns == SPAN_RUNNING) {
        parent->duration_ns = SPAN_RUNNING;
        parent->status = STATUS_IN_PROGRESS;
    } else {
        parent->duration_ns = (orphan_end_ns > end_ns ? orphan_end_ns : end_ns) - parent->start_ns;
    }
}

/* A stand-in for the parent of an orphan; later orphans find it like any other span. */
static int32_t add_missing_parent(struct build *build, size_t orphan)
{
    struct trace *trace = build->trace;
    char printed[ID_PRINT_BYTES];
    struct id id = trace_span_parent_id(trace, &trace->spans[orphan]);
    size_t length = id_print(&id, printed);
    struct text cut = text_make(printed, text_cut(text_make(printed, length), MISSING_ID_CHARS));
    struct text name = arena_format(&trace->arena, "missing parent %.*s", TEXT_ARGS(cut));
    uint32_t name_index = trace_name(trace, name);
    uint32_t type_index = trace_name(trace, TEXT(""));
    struct trace_span *span = trace_add(trace, NULL, NULL);
    span->id = trace->spans[orphan].parent_id;
    span->name = name_index;
    span->type = type_index;
    span->service = trace->spans[orphan].service;
    span->status = STATUS_COMPLETED;
    span->flags = TRACE_SPAN_SYNTHETIC;
    span->start_ns = trace->spans[orphan].start_ns;
    span->duration_ns = trace->spans[orphan].duration_ns;
    struct text key = packed_key(trace, span->id);
    trace_table_add(&build->ids, (uint32_t)(trace->count - 1), key.data, key.length);
    trace->missing_parents++;
    return (int32_t)(trace->count - 1);
}

static void find_parents(struct build *build)
{
    struct trace *trace = build->trace;
    for (size_t i = 0; i < build->stored; i++) {
        int32_t parent = TRACE_NO_SPAN;
        if (i + PREFETCH_SPANS < build->stored) {
            prefetch(build, trace->spans[i + PREFETCH_SPANS].parent_id);
        }
        if ((trace->spans[i].flags & SPAN_SERVER_HALF) != 0) {
            parent = find_client_half(build, i);
        }
        if (parent == TRACE_NO_SPAN && trace->spans[i].parent_id != 0) {
            int32_t first = find_first(build, trace->spans[i].parent_id);
            if (first == TRACE_NO_SPAN && trace->is_partial) {
                trace->spans[i].parent = i > 0 ? 0 : TRACE_NO_SPAN; /* it is not read yet */
                continue;
            }
            if (first == TRACE_NO_SPAN) {
                first = add_missing_parent(build, i);
            }
            parent = first >= (int32_t)build->stored ? first : choose_half(build, first, i);
        }
        if (parent >= (int32_t)build->stored) {
            cover(&trace->spans[parent], &trace->spans[i]);
            trace->orphans++;
        }
        trace->spans[i].parent = parent;
    }
}

/* ---- order ---- */

static int compare_ids(const struct trace *trace, const struct trace_span *a,
                       const struct trace_span *b)
{
    struct id a_id = trace_span_id(trace, a);
    struct id b_id = trace_span_id(trace, b);
    int order = id_compare(&a_id, &b_id);
    if (order != 0) {
        return order;
    }
    return (int)(a->flags & SPAN_SERVER_HALF) - (int)(b->flags & SPAN_SERVER_HALF);
}

/* What siblings are ordered by, copied out so that sorting stays in the cache. */
struct sort_key {
    int64_t start_ns;
    int64_t duration_ns; /* INT64_MAX while it runs */
    uint32_t span;
};

static int compare_keys(const void *left, const void *right, void *ctx)
{
    const struct sort_key *a = left;
    const struct sort_key *b = right;
    const struct trace *trace = ctx;
    if (a->start_ns != b->start_ns) {
        return a->start_ns < b->start_ns ? -1 : 1;
    }
    if (a->duration_ns != b->duration_ns) {
        return a->duration_ns > b->duration_ns ? -1 : 1;
    }
    int order = compare_ids(trace, &trace->spans[a->span], &trace->spans[b->span]);
    return order != 0 ? order : a->span < b->span ? -1 : a->span > b->span;
}

static struct sort_key *sorted_keys(struct trace *trace)
{
    struct sort_key *keys = mem_alloc(trace->count * sizeof *keys);
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        keys[i] = (struct sort_key){
            .start_ns = span->start_ns,
            .duration_ns = span->duration_ns == SPAN_RUNNING ? INT64_MAX : span->duration_ns,
            .span = (uint32_t)i,
        };
    }
    qsort_r(keys, trace->count, sizeof *keys, compare_keys, trace);
    return keys;
}

/* Cuts each cycle at its earliest span. A walk up the links marks what it passes; meeting its own
 * mark again closes a cycle, meeting an older mark ends in known ground. */
static void cut_cycles(struct trace *trace, const uint32_t *rank)
{
    uint32_t *mark = mem_zero(trace->count, sizeof *mark);
    for (size_t i = 0; i < trace->count; i++) {
        uint32_t walk = (uint32_t)i + 1;
        int32_t at = (int32_t)i;
        while (at != TRACE_NO_SPAN && mark[at] == 0) {
            mark[at] = walk;
            at = trace->spans[at].parent;
        }
        if (at == TRACE_NO_SPAN || mark[at] != walk) {
            continue;
        }
        int32_t earliest = at;
        for (int32_t other = trace->spans[at].parent; other != at;
             other = trace->spans[other].parent) {
            if (rank[other] < rank[earliest]) {
                earliest = other;
            }
        }
        trace->spans[earliest].parent = TRACE_NO_SPAN;
        trace->spans[earliest].flags |= TRACE_SPAN_CYCLE;
        trace->cycles++;
    }
    free(mark);
}

/* Distributes the spans, in sibling order, into one group a parent. */
static void group_children(struct build *build, const struct sort_key *keys)
{
    const struct trace *trace = build->trace;
    size_t count = trace->count;
    uint32_t *end = mem_zero(count + 1, sizeof *end);
    build->order = mem_alloc(count * sizeof *build->order);
    build->first_child = mem_alloc((count + 1) * sizeof *build->first_child);
    for (size_t i = 0; i < count; i++) {
        int32_t parent = trace->spans[i].parent;
        end[parent != TRACE_NO_SPAN ? (size_t)parent : count]++;
    }
    uint32_t sum = 0;
    for (size_t i = 0; i <= count; i++) {
        uint32_t size = end[i];
        build->first_child[i] = end[i] = sum;
        sum += size;
    }
    for (size_t i = 0; i < count; i++) {
        int32_t parent = trace->spans[keys[i].span].parent;
        build->order[end[parent != TRACE_NO_SPAN ? (size_t)parent : count]++] = keys[i].span;
    }
    free(end);
}

static void sort_children(struct build *build)
{
    struct trace *trace = build->trace;
    struct sort_key *keys = sorted_keys(trace);
    uint32_t *rank = mem_alloc(trace->count * sizeof *rank);
    for (size_t i = 0; i < trace->count; i++) {
        rank[keys[i].span] = (uint32_t)i;
    }
    cut_cycles(trace, rank);
    free(rank);
    group_children(build, keys);
    free(keys);
}

/* ---- pre-order ---- */

/* Copies the spans into tree order. The way back up is the parent link, so there is no stack. */
static void lay_out(struct build *build)
{
    struct trace *trace = build->trace;
    size_t count = trace->count;
    struct trace_span *sorted = mem_alloc(count * sizeof *sorted);
    uint32_t *next = mem_alloc((count + 1) * sizeof *next); /* next child of a span, in order */
    memcpy(next, build->first_child, (count + 1) * sizeof *next);
    size_t at = count;             /* the virtual parent of the roots */
    int32_t above = TRACE_NO_SPAN; /* new index of at */
    uint32_t placed = 0;
    size_t depth = 0;
    for (;;) {
        uint32_t end = at < count ? build->first_child[at + 1] : (uint32_t)count;
        if (next[at] < end) {
            size_t child = build->order[next[at]++];
            struct trace_span *span = &sorted[placed];
            *span = trace->spans[child];
            /* The old index of the parent is needed once more, on the way up. */
            trace->spans[child].parent = at < count ? (int32_t)at : TRACE_NO_SPAN;
            span->parent = above;
            span->depth = depth < UINT16_MAX ? (uint16_t)depth : UINT16_MAX;
            above = (int32_t)placed++;
            trace->depth_largest = depth > trace->depth_largest ? depth : trace->depth_largest;
            depth++;
            at = child;
        } else if (at == count) {
            break;
        } else {
            sorted[above].subtree_end = placed;
            above = sorted[above].parent;
            at = trace->spans[at].parent != TRACE_NO_SPAN ? (size_t)trace->spans[at].parent : count;
            depth--;
        }
    }
    free(next);
    free(trace->spans);
    trace->spans = sorted;
    trace->capacity = count;
}

/* ---- ids ---- */

/* Copies a packed id; returns its new offset. */
static uint32_t copy_id(const struct trace *trace, uint32_t offset, uint8_t *target, size_t *at)
{
    const uint8_t *packed = trace->ids + offset;
    size_t size = PACKED_HEAD_BYTES + (size_t)(packed[1] & PACKED_LENGTH);
    uint32_t copied = (uint32_t)*at;
    if (offset == 0) {
        return 0;
    }
    memcpy(target + *at, packed, size);
    *at += size;
    return copied;
}

/* Packs the ids anew, without the room they grew in. What a span calls its parent is nearly always
 * the id of the span above it, which is kept once: parents stand in front of their children. */
static void compact_ids(struct trace *trace)
{
    size_t id_largest = PACKED_HEAD_BYTES + ID_LARGEST_BYTES; /* stand-ins borrow their ids */
    uint8_t *target = mem_alloc(trace->id_bytes + trace->missing_parents * id_largest);
    size_t at = PACKED_HEAD_BYTES; /* offset 0: the empty id */
    memcpy(target, trace->ids, PACKED_HEAD_BYTES);
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_span *span = &trace->spans[i];
        uint32_t above = span->parent != TRACE_NO_SPAN ? trace->spans[span->parent].id : 0;
        const uint8_t *wanted = trace->ids + span->parent_id;
        size_t size = PACKED_HEAD_BYTES + (size_t)(wanted[1] & PACKED_LENGTH);
        bool shared = span->parent_id != 0 && above != 0 && at - above >= size &&
                      memcmp(target + above, wanted, size) == 0;
        span->id = copy_id(trace, span->id, target, &at);
        span->parent_id = shared ? above : copy_id(trace, span->parent_id, target, &at);
    }
    free(trace->ids);
    trace->ids = mem_grow(target, at);
    trace->id_bytes = trace->id_capacity = at;
}

/* ---- figures ---- */

static void sum_up(struct trace *trace)
{
    bool *seen = mem_zero(trace->name_count, sizeof *seen);
    bool first = true;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if ((span->flags & TRACE_SPAN_SYNTHETIC) != 0) {
            continue; /* its orphans count */
        }
        int64_t end_ns = trace_span_end_ns(span, span->start_ns);
        trace->start_ns =
            first || span->start_ns < trace->start_ns ? span->start_ns : trace->start_ns;
        trace->end_ns = first || end_ns > trace->end_ns ? end_ns : trace->end_ns;
        first = false;
        trace->roots += span->parent == TRACE_NO_SPAN;
        trace->errors += span->status == STATUS_ERROR;
        trace->running += span->duration_ns == SPAN_RUNNING;
        trace->services += !seen[span->service];
        seen[span->service] = true;
    }
    free(seen);
}

static bool is_skewed(const struct trace_span *span, const struct trace_span *parent)
{
    return span->start_ns < parent->start_ns ||
           (span->duration_ns != SPAN_RUNNING && parent->duration_ns != SPAN_RUNNING &&
            trace_span_end_ns(span, 0) > trace_span_end_ns(parent, 0));
}

/* Self times in one pass: children come in the order of their starts, so the part of the parent
 * that earlier children cover ends at one moment. */
static void measure_self_times(struct trace *trace)
{
    int64_t *covered_until_ns = mem_alloc(trace->count * sizeof *covered_until_ns);
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_span *span = &trace->spans[i];
        bool synthetic = (span->flags & TRACE_SPAN_SYNTHETIC) != 0;
        int64_t end_ns = trace_span_end_ns(span, trace->end_ns);
        span->self_ns = synthetic ? 0 : end_ns - span->start_ns;
        covered_until_ns[i] = span->start_ns;
        if (span->parent == TRACE_NO_SPAN) {
            continue;
        }
        struct trace_span *parent = &trace->spans[span->parent];
        if ((parent->flags & TRACE_SPAN_SYNTHETIC) != 0) {
            continue;
        }
        if (is_skewed(span, parent)) {
            span->flags |= TRACE_SPAN_SKEW;
            trace->skewed++;
        }
        int64_t *until_ns = &covered_until_ns[span->parent];
        int64_t parent_end_ns = trace_span_end_ns(parent, trace->end_ns);
        int64_t from_ns = span->start_ns > *until_ns ? span->start_ns : *until_ns;
        int64_t to_ns = end_ns < parent_end_ns ? end_ns : parent_end_ns;
        if (to_ns > from_ns) {
            parent->self_ns -= to_ns - from_ns;
            *until_ns = to_ns;
        }
    }
    free(covered_until_ns);
}

/* Children stand behind their parents, so going backwards carries flags all the way up. */
static void raise_flags(struct trace *trace)
{
    for (size_t i = trace->count; i-- > 0;) {
        const struct trace_span *span = &trace->spans[i];
        if (span->parent == TRACE_NO_SPAN) {
            continue;
        }
        uint32_t *flags = &trace->spans[span->parent].flags;
        if (span->status == STATUS_ERROR || (span->flags & TRACE_SPAN_ERROR_BELOW) != 0) {
            *flags |= TRACE_SPAN_ERROR_BELOW;
        }
        if (span->duration_ns == SPAN_RUNNING || (span->flags & TRACE_SPAN_RUNNING_BELOW) != 0) {
            *flags |= TRACE_SPAN_RUNNING_BELOW;
        }
    }
}

void trace_build(struct trace *trace)
{
    struct build build = {.trace = trace, .stored = trace->count};
    if (trace->count == 0) {
        return;
    }
    build.next_same = mem_alloc(trace->count * sizeof *build.next_same);
    index_ids(&build);
    find_parents(&build);
    trace_table_free(&build.ids);
    free(build.next_same);
    sort_children(&build);
    lay_out(&build);
    free(build.order);
    free(build.first_child);
    compact_ids(trace);
    sum_up(trace);
    measure_self_times(trace);
    raise_flags(trace);
}
