/* trace_diff — two traces side by side, aligned by structure. */
#include "tui/trace_diff.h"

#include <stdlib.h>

#include "store/trace_table.h"
#include "tui/span_table.h"

enum { SIDES = 2, NOISE_PART = 10, NOISE_TRACE_PART = 1000, MATTERS_PART = 100 };

/* The names of both traces under one set of numbers. */
struct names {
    const struct trace *trace[SIDES];
    uint32_t *of_b; /* name of B to the number that A gives it, else behind A's */
};

/* A child of either side, while the children of two aligned spans are matched. */
struct child {
    uint32_t service, name; /* common numbers; of a stand-in DIFF_NONE */
    uint32_t span;
    uint8_t side;
    bool leaf;
};

/* Children that belong together: what becomes a row. */
struct pair {
    uint32_t first[SIDES]; /* span, DIFF_NONE = none */
    uint32_t count[SIDES];
    uint32_t child;    /* in merged: where its spans stand */
    int64_t offset_ns; /* of its start in its trace */
    uint32_t parent, depth;
};

struct work {
    struct names names;
    int64_t now_ns;
    struct trace_diff *diff;
    size_t row_capacity;
    struct child *children;
    size_t child_capacity;
    struct pair *stack;
    size_t depth, stack_capacity;
    uint32_t *merged; /* spans of merged rows */
    size_t merged_count, merged_capacity;
};

const char *diff_kind_name(enum diff_kind kind)
{
    static const char *const names[DIFF_KIND_COUNT] = {
        [DIFF_SAME] = "same",   [DIFF_SLOWER] = "slower",   [DIFF_FASTER] = "faster",
        [DIFF_ADDED] = "added", [DIFF_MISSING] = "missing",
    };
    return names[kind];
}

/* ---- names ---------------------------------------------------------------------------------- */

static const void *name_key(const void *keys, uint32_t number, size_t *ret_length)
{
    const struct trace *trace = keys;
    *ret_length = trace->names[number].length;
    return trace->names[number].data;
}

static struct names common_names(const struct trace *a, const struct trace *b)
{
    struct names names = {.trace = {a, b},
                          .of_b = mem_alloc((b->name_count + 1) * sizeof *names.of_b)};
    struct trace_table table = {0};
    for (uint32_t i = 0; i < a->name_count; i++) {
        trace_table_add(&table, i, a->names[i].data, a->names[i].length);
    }
    for (uint32_t i = 0; i < b->name_count; i++) {
        uint32_t found =
            trace_table_find(&table, b->names[i].data, b->names[i].length, name_key, a);
        names.of_b[i] = found != TABLE_NONE ? found : (uint32_t)a->name_count + i;
    }
    trace_table_free(&table);
    return names;
}

static uint32_t common(const struct names *names, int side, uint32_t name)
{
    return side == 0 ? name : names->of_b[name];
}

/* ---- matching ------------------------------------------------------------------------------- */

static void add_child(struct work *work, size_t at, int side, uint32_t index)
{
    const struct trace_span *span = &work->names.trace[side]->spans[index];
    bool stand_in = (span->flags & TRACE_SPAN_SYNTHETIC) != 0; /* its name holds an id */
    if (at == work->child_capacity) {
        work->child_capacity = work->child_capacity * 2 + 64;
        work->children = mem_grow(work->children, work->child_capacity * sizeof *work->children);
    }
    work->children[at] = (struct child){
        .service = stand_in ? DIFF_NONE : common(&work->names, side, span->service),
        .name = stand_in ? DIFF_NONE : common(&work->names, side, span->name),
        .span = index,
        .side = (uint8_t)side,
        .leaf = span->subtree_end == index + 1,
    };
}

/* The children of a span, or what stands at the top for DIFF_NONE of a whole trace. */
static size_t add_children(struct work *work, size_t at, int side, uint32_t parent, bool top)
{
    const struct trace *trace = work->names.trace[side];
    if (parent == DIFF_NONE && !top) {
        return at;
    }
    uint32_t from = top ? 0 : parent + 1;
    uint32_t end = top ? (uint32_t)trace->count : trace->spans[parent].subtree_end;
    for (uint32_t i = from; i < end; i = trace->spans[i].subtree_end) {
        add_child(work, at++, side, i);
    }
    return at;
}

static int compare_children(const void *a, const void *b)
{
    const struct child *left = a;
    const struct child *right = b;
    if (left->service != right->service) {
        return left->service < right->service ? -1 : 1;
    }
    if (left->name != right->name) {
        return left->name < right->name ? -1 : 1;
    }
    if (left->side != right->side) {
        return left->side < right->side ? -1 : 1;
    }
    return (left->span > right->span) - (left->span < right->span);
}

/* By start, A's where there is one; then as they stand in A, then in B. */
static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a;
    const struct pair *right = b;
    if (left->offset_ns != right->offset_ns) {
        return left->offset_ns < right->offset_ns ? -1 : 1;
    }
    if (left->first[0] != right->first[0]) {
        return left->first[0] < right->first[0] ? -1 : 1;
    }
    return (left->first[1] > right->first[1]) - (left->first[1] < right->first[1]);
}

static struct pair *push_pair(struct work *work)
{
    if (work->depth == work->stack_capacity) {
        work->stack_capacity = work->stack_capacity * 2 + 64;
        work->stack = mem_grow(work->stack, work->stack_capacity * sizeof *work->stack);
    }
    struct pair *pair = &work->stack[work->depth++];
    *pair = (struct pair){.first = {DIFF_NONE, DIFF_NONE}};
    return pair;
}

static void set_offset(const struct work *work, struct pair *pair)
{
    int side = pair->first[0] != DIFF_NONE ? 0 : 1;
    const struct trace *trace = work->names.trace[side];
    pair->offset_ns = trace->spans[pair->first[side]].start_ns - trace->start_ns;
}

static uint32_t keep_merged(struct work *work, const struct child *children, size_t count)
{
    if (work->merged_count + count > work->merged_capacity) {
        work->merged_capacity = work->merged_capacity * 2 + count;
        work->merged = mem_grow(work->merged, work->merged_capacity * sizeof *work->merged);
    }
    uint32_t at = (uint32_t)work->merged_count;
    for (size_t i = 0; i < count; i++) {
        work->merged[work->merged_count++] = children[i].span;
    }
    return at;
}

/* Children with one name: those of A first, then those of B. */
static void match_run(struct work *work, const struct child *run, size_t count, uint32_t parent,
                      uint32_t depth)
{
    size_t in_a = 0;
    bool leaves = true;
    for (size_t i = 0; i < count; i++) {
        in_a += run[i].side == 0;
        leaves = leaves && run[i].leaf;
    }
    size_t in_b = count - in_a;
    if (leaves && (in_a >= DIFF_MERGE_LEAST || in_b >= DIFF_MERGE_LEAST)) {
        struct pair *pair = push_pair(work);
        pair->first[0] = in_a > 0 ? run[0].span : DIFF_NONE;
        pair->first[1] = in_b > 0 ? run[in_a].span : DIFF_NONE;
        pair->count[0] = (uint32_t)in_a;
        pair->count[1] = (uint32_t)in_b;
        pair->child = keep_merged(work, run, count);
        pair->parent = parent;
        pair->depth = depth;
        set_offset(work, pair);
        return;
    }
    for (size_t i = 0; i < in_a || i < in_b; i++) {
        struct pair *pair = push_pair(work);
        pair->first[0] = i < in_a ? run[i].span : DIFF_NONE;
        pair->first[1] = i < in_b ? run[in_a + i].span : DIFF_NONE;
        pair->count[0] = i < in_a;
        pair->count[1] = i < in_b;
        pair->parent = parent;
        pair->depth = depth;
        set_offset(work, pair);
    }
}

/* Puts the pairs below two aligned spans on the stack, the first on top. */
static void match_children(struct work *work, const uint32_t first[SIDES], uint32_t parent,
                           uint32_t depth)
{
    bool top = parent == DIFF_NONE;
    size_t count = add_children(work, 0, 0, first[0], top);
    count = add_children(work, count, 1, first[1], top);
    if (count == 0) {
        return;
    }
    qsort(work->children, count, sizeof *work->children, compare_children);
    size_t bottom = work->depth;
    for (size_t from = 0, to; from < count; from = to) {
        to = from;
        while (to < count && work->children[to].service == work->children[from].service &&
               work->children[to].name == work->children[from].name) {
            to++;
        }
        match_run(work, work->children + from, to - from, parent, depth);
    }
    size_t pairs = work->depth - bottom;
    qsort(work->stack + bottom, pairs, sizeof *work->stack, compare_pairs);
    for (size_t i = 0; i < pairs / 2; i++) {
        struct pair other = work->stack[bottom + i];
        work->stack[bottom + i] = work->stack[work->depth - 1 - i];
        work->stack[work->depth - 1 - i] = other;
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void add_to_side(const struct work *work, int side, uint32_t index, struct diff_side *target)
{
    const struct trace *trace = work->names.trace[side];
    const struct trace_span *span = &trace->spans[index];
    target->errors += span->status == STATUS_ERROR;
    target->duration_ns += trace_span_end_ns(span, work->now_ns) - span->start_ns;
    target->self_ns += span_table_self_ns(trace, span, work->now_ns);
}

static struct diff_side side_of(const struct work *work, const struct pair *pair, int side)
{
    struct diff_side result = {.span = pair->first[side], .count = pair->count[side]};
    bool merged = work->merged_count > 0 && (pair->count[0] > 1 || pair->count[1] > 1);
    if (!merged && result.span != DIFF_NONE) {
        add_to_side(work, side, result.span, &result);
    }
    for (uint32_t i = 0; merged && i < result.count; i++) {
        uint32_t at = pair->child + (side == 0 ? 0 : pair->count[0]) + i;
        add_to_side(work, side, work->merged[at], &result);
    }
    return result;
}

static enum diff_kind kind_of(const struct trace_diff *diff, const struct diff_row *row)
{
    if (row->a.count == 0 || row->b.count == 0) {
        return row->a.count == 0 ? DIFF_ADDED : DIFF_MISSING;
    }
    int64_t size = row->delta_ns < 0 ? -row->delta_ns : row->delta_ns;
    int64_t larger = row->a.self_ns > row->b.self_ns ? row->a.self_ns : row->b.self_ns;
    int64_t whole = diff->a_ns > diff->b_ns ? diff->a_ns : diff->b_ns;
    bool matters = size > whole / MATTERS_PART;
    bool small = size < larger / NOISE_PART || size < whole / NOISE_TRACE_PART;
    if (size == 0 || (small && !matters)) {
        return DIFF_SAME;
    }
    return row->delta_ns > 0 ? DIFF_SLOWER : DIFF_FASTER;
}

static void add_row(struct work *work, const struct pair *pair)
{
    struct trace_diff *diff = work->diff;
    if (diff->count == work->row_capacity) {
        work->row_capacity = work->row_capacity * 2 + 64;
        diff->rows = mem_grow(diff->rows, work->row_capacity * sizeof *diff->rows);
    }
    struct diff_row row = {
        .parent = pair->parent,
        .depth = pair->depth,
        .end = diff->count + 1,
        .a = side_of(work, pair, 0),
        .b = side_of(work, pair, 1),
    };
    row.delta_ns = row.b.self_ns - row.a.self_ns;
    row.kind = (uint8_t)kind_of(diff, &row);
    diff->added += row.b.count > row.a.count ? row.b.count - row.a.count : 0;
    diff->missing += row.a.count > row.b.count ? row.a.count - row.b.count : 0;
    diff->slower += row.kind == DIFF_SLOWER;
    diff->faster += row.kind == DIFF_FASTER;
    diff->different += row.kind != DIFF_SAME;
    diff->rows[diff->count++] = row;
}

static void close_rows(struct trace_diff *diff)
{
    for (uint32_t i = diff->count; i-- > 0;) {
        const struct diff_row *row = &diff->rows[i];
        if (row->parent == DIFF_NONE) {
            continue;
        }
        struct diff_row *parent = &diff->rows[row->parent];
        parent->end = row->end > parent->end ? row->end : parent->end;
        parent->differs_below =
            parent->differs_below || row->differs_below || row->kind != DIFF_SAME;
    }
}

static int compare_deltas(const void *a, const void *b, void *ctx)
{
    const struct trace_diff *diff = ctx;
    uint32_t i = *(const uint32_t *)a;
    uint32_t k = *(const uint32_t *)b;
    int64_t left = diff->rows[i].delta_ns < 0 ? -diff->rows[i].delta_ns : diff->rows[i].delta_ns;
    int64_t right = diff->rows[k].delta_ns < 0 ? -diff->rows[k].delta_ns : diff->rows[k].delta_ns;
    return left != right ? (left > right ? -1 : 1) : (i > k) - (i < k);
}

static void order_rows(struct trace_diff *diff)
{
    uint32_t at = 0;
    diff->by_delta = mem_alloc(((size_t)diff->different + 1) * sizeof *diff->by_delta);
    for (uint32_t i = 0; i < diff->count; i++) {
        if (diff->rows[i].kind != DIFF_SAME) {
            diff->by_delta[at++] = i;
        }
    }
    qsort_r(diff->by_delta, diff->different, sizeof *diff->by_delta, compare_deltas, diff);
}

static int64_t extent_ns(const struct trace *trace, int64_t now_ns)
{
    bool grows = trace->running > 0 && now_ns > trace->end_ns;
    return (grows ? now_ns : trace->end_ns) - trace->start_ns;
}

void trace_diff_set(struct trace_diff *diff, const struct trace *a, const struct trace *b,
                    int64_t now_ns)
{
    trace_diff_clear(diff);
    diff->a_ns = extent_ns(a, now_ns);
    diff->b_ns = extent_ns(b, now_ns);
    struct work work = {.names = common_names(a, b), .now_ns = now_ns, .diff = diff};
    match_children(&work, (const uint32_t[SIDES]){DIFF_NONE, DIFF_NONE}, DIFF_NONE, 0);
    while (work.depth > 0) {
        struct pair pair = work.stack[--work.depth];
        add_row(&work, &pair);
        if (pair.count[0] <= 1 && pair.count[1] <= 1) { /* merged ones are leaves */
            match_children(&work, pair.first, diff->count - 1, pair.depth + 1);
        }
    }
    close_rows(diff);
    order_rows(diff);
    free(work.names.of_b);
    free(work.children);
    free(work.stack);
    free(work.merged);
}

void trace_diff_clear(struct trace_diff *diff)
{
    free(diff->rows);
    free(diff->by_delta);
    *diff = (struct trace_diff){0};
}

uint32_t trace_diff_find(const struct trace_diff *diff, bool in_b, uint32_t span)
{
    for (uint32_t i = 0; i < diff->count; i++) {
        const struct diff_side *side = in_b ? &diff->rows[i].b : &diff->rows[i].a;
        if (side->count > 0 && side->span == span) {
            return i;
        }
    }
    return DIFF_NONE;
}
