/* waterfall_rows — which rows of a trace are visible: folding, groups of repeated spans. */
#include "tui/waterfall_rows.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 64 };

static bool bit_get(const uint64_t *bits, size_t i)
{
    return (bits[i / WORD_BITS] >> (i % WORD_BITS) & 1) != 0;
}

static void bit_set(uint64_t *bits, size_t i, bool value)
{
    uint64_t mask = UINT64_C(1) << (i % WORD_BITS);
    if (value) {
        bits[i / WORD_BITS] |= mask;
    } else {
        bits[i / WORD_BITS] &= ~mask;
    }
}

static size_t bit_words(size_t count)
{
    return count / WORD_BITS + 1;
}

/* ---- groups --------------------------------------------------------------------------------- */

bool rows_is_leaf(const struct waterfall_rows *rows, uint32_t span)
{
    return rows->trace->spans[span].subtree_end == span + 1;
}

bool rows_is_merged(const struct trace *trace, uint32_t span)
{
    uint8_t status = trace->spans[span].status;
    return status != STATUS_ERROR && status != STATUS_IN_PROGRESS &&
           trace->spans[span].duration_ns != SPAN_RUNNING;
}

static bool same_kind(const struct trace_span *a, const struct trace_span *b)
{
    return a->parent == b->parent && a->name == b->name && a->service == b->service &&
           a->type == b->type;
}

/* The run of equal leaf siblings that begins at first. */
static struct row_group group_at(const struct waterfall_rows *rows, uint32_t first)
{
    const struct trace *trace = rows->trace;
    struct row_group group = {.first = first, .end = first, .start_ns = INT64_MAX};
    while (group.end < trace->count && rows_is_leaf(rows, group.end) &&
           same_kind(&trace->spans[first], &trace->spans[group.end])) {
        const struct trace_span *span = &trace->spans[group.end];
        if (rows_is_merged(trace, group.end)) {
            int64_t end_ns = span->start_ns + span->duration_ns;
            group.count++;
            group.sum_ns += span->duration_ns < INT64_MAX - group.sum_ns ? span->duration_ns : 0;
            group.start_ns = span->start_ns < group.start_ns ? span->start_ns : group.start_ns;
            group.end_ns = end_ns > group.end_ns ? end_ns : group.end_ns;
        } else {
            group.apart++;
        }
        group.end++;
    }
    return group;
}

static void find_groups(struct waterfall_rows *rows)
{
    size_t capacity = 0;
    free(rows->groups);
    rows->groups = NULL;
    rows->group_count = 0;
    for (uint32_t i = 0; i < rows->trace->count;) {
        if (!rows_is_leaf(rows, i)) {
            i++;
            continue;
        }
        struct row_group group = group_at(rows, i);
        i = group.end;
        if (group.count < ROWS_GROUP_LEAST) {
            continue;
        }
        if (rows->group_count == capacity) {
            capacity = capacity * 2 + 16;
            rows->groups = mem_grow(rows->groups, capacity * sizeof *rows->groups);
        }
        rows->groups[rows->group_count++] = group;
    }
}

/* The group that holds the span, or NULL. */
static struct row_group *group_of(const struct waterfall_rows *rows, uint32_t span)
{
    size_t low = 0;
    size_t high = rows->group_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->groups[middle].end <= span) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < rows->group_count && rows->groups[low].first <= span ? &rows->groups[low] : NULL;
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

struct group_figures rows_group_figures(const struct waterfall_rows *rows,
                                        const struct row_group *group)
{
    int64_t *sizes = mem_alloc(group->count * sizeof *sizes);
    size_t count = 0;
    for (uint32_t i = group->first; i < group->end; i++) {
        if (rows_is_merged(rows->trace, i)) {
            sizes[count++] = rows->trace->spans[i].duration_ns;
        }
    }
    qsort(sizes, count, sizeof *sizes, by_size);
    struct group_figures figures = {
        .min_ns = sizes[0], .p50_ns = sizes[(count - 1) / 2], .max_ns = sizes[count - 1]};
    free(sizes);
    return figures;
}

/* ---- the walk ------------------------------------------------------------------------------- */

static void add_row(struct waterfall_rows *rows, enum row_kind kind, uint32_t span, size_t group)
{
    rows->row[rows->count++] =
        (struct row){.span = span, .group = (uint32_t)group, .kind = (uint8_t)kind, .chain = span};
}

/* The last span of the chain that begins with this one; itself where there is none. */
static uint32_t chain_end(const struct waterfall_rows *rows, uint32_t first)
{
    const struct trace_span *spans = rows->trace->spans;
    uint32_t last = first;
    while (last + 1 < spans[last].subtree_end && !bit_get(rows->closed, last) &&
           spans[last + 1].subtree_end == spans[last].subtree_end &&
           rows_is_merged(rows->trace, last + 1) && !bit_get(rows->apart, last + 1)) {
        last++;
    }
    return last - first + 1 >= ROWS_CHAIN_LEAST ? last : first;
}

static void add_group(struct waterfall_rows *rows, size_t index)
{
    const struct row_group *group = &rows->groups[index];
    add_row(rows, ROW_GROUP, group->first, index);
    if (!group->open) {
        rows->groups_closed++;
        rows->merged += group->count;
        if (group->apart == 0) {
            return;
        }
    }
    for (uint32_t i = group->first; i < group->end; i++) {
        if (group->open || !rows_is_merged(rows->trace, i)) {
            add_row(rows, ROW_MEMBER, i, index);
        }
    }
}

static void walk(struct waterfall_rows *rows)
{
    const struct trace_span *spans = rows->trace->spans;
    uint32_t count = (uint32_t)rows->trace->count;
    size_t group = 0;
    for (uint32_t i = 0; i < count;) {
        while (group < rows->group_count && rows->groups[group].first < i) {
            group++;
        }
        if (rows->grouping && group < rows->group_count && rows->groups[group].first == i) {
            add_group(rows, group);
            i = rows->groups[group].end;
        } else {
            add_row(rows, ROW_SPAN, i, 0);
            if (rows->chaining) {
                i = rows->row[rows->count - 1].chain = chain_end(rows, i);
            }
            i = bit_get(rows->closed, i) ? spans[i].subtree_end : i + 1;
        }
    }
}

static void walk_only(struct waterfall_rows *rows)
{
    for (uint32_t i = 0; i < rows->trace->count;) {
        if (bit_get(rows->only, i)) {
            add_row(rows, ROW_SPAN, i++, 0);
        } else {
            i = rows->trace->spans[i].subtree_end; /* ancestors of a match are marked too */
        }
    }
}

void rows_update(struct waterfall_rows *rows)
{
    rows->count = 0;
    rows->groups_closed = 0;
    rows->merged = 0;
    if (rows->trace == NULL) {
        return;
    }
    size_t largest = rows->trace->count + rows->group_count;
    if (rows->capacity < largest) {
        rows->capacity = largest;
        rows->row = mem_grow(rows->row, largest * sizeof *rows->row);
    }
    if (rows->only != NULL) {
        walk_only(rows);
    } else {
        walk(rows);
    }
}

/* ---- folds ---------------------------------------------------------------------------------- */

bool rows_is_closed(const struct waterfall_rows *rows, uint32_t span)
{
    return bit_get(rows->closed, span);
}

void rows_set_chaining(struct waterfall_rows *rows, bool on)
{
    rows->chaining = on;
    memset(rows->apart, 0, bit_words(rows->trace->count) * sizeof *rows->apart);
}

void rows_set_closed(struct waterfall_rows *rows, uint32_t span, bool closed)
{
    bit_set(rows->closed, span, closed && !rows_is_leaf(rows, span));
}

void rows_set_subtree(struct waterfall_rows *rows, uint32_t span, bool closed)
{
    for (uint32_t i = span; i < rows->trace->spans[span].subtree_end; i++) {
        rows_set_closed(rows, i, closed);
    }
    for (size_t i = 0; i < rows->group_count; i++) {
        struct row_group *group = &rows->groups[i];
        if (group->first >= span && group->first < rows->trace->spans[span].subtree_end) {
            group->open = !closed;
        }
    }
}

static void close_groups(struct waterfall_rows *rows)
{
    for (size_t i = 0; i < rows->group_count; i++) {
        rows->groups[i].open = false;
    }
}

void rows_set_all(struct waterfall_rows *rows, bool closed)
{
    rows_set_depth(rows, closed ? 1 : UINT32_MAX);
}

void rows_set_depth(struct waterfall_rows *rows, uint32_t depth)
{
    for (uint32_t i = 0; i < rows->trace->count; i++) {
        rows_set_closed(rows, i, rows->trace->spans[i].depth >= depth);
    }
    close_groups(rows);
    rows->folded_to = 0;
}

void rows_set_errors(struct waterfall_rows *rows)
{
    for (uint32_t i = 0; i < rows->trace->count; i++) {
        rows_set_closed(rows, i, (rows->trace->spans[i].flags & TRACE_SPAN_ERROR_BELOW) == 0);
    }
    close_groups(rows);
    rows->folded_to = 0;
}

/* Open above the depth, and on every way to an error. */
static void fold_to(struct waterfall_rows *rows, uint32_t depth)
{
    for (uint32_t i = 0; i < rows->trace->count; i++) {
        const struct trace_span *span = &rows->trace->spans[i];
        bool way_to_error = (span->flags & TRACE_SPAN_ERROR_BELOW) != 0;
        rows_set_closed(rows, i, span->depth >= depth && !way_to_error);
    }
    rows_update(rows);
}

void rows_set_default(struct waterfall_rows *rows)
{
    rows_set_depth(rows, UINT32_MAX);
    rows_update(rows);
    uint32_t depth = ROWS_OPEN_DEPTH;
    while (depth > 0 && rows->count > ROWS_ALL_OPEN) {
        fold_to(rows, depth);
        rows->folded_to = depth--;
    }
}

void rows_reveal(struct waterfall_rows *rows, uint32_t span)
{
    for (int32_t at = rows->trace->spans[span].parent; at != TRACE_NO_SPAN;
         at = rows->trace->spans[at].parent) {
        rows_set_closed(rows, (uint32_t)at, false);
    }
    bit_set(rows->apart, span, true);
    struct row_group *group = group_of(rows, span);
    if (group != NULL && rows_is_merged(rows->trace, span)) {
        group->open = true;
    }
}

/* ---- finding -------------------------------------------------------------------------------- */

/* The first row whose span is not below `span`. */
static size_t first_row(const struct waterfall_rows *rows, uint32_t span)
{
    size_t low = 0;
    size_t high = rows->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows->row[middle].span < span) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t rows_find(const struct waterfall_rows *rows, uint32_t span)
{
    size_t row = first_row(rows, span);
    if (row < rows->count && rows->row[row].span == span) {
        bool behind = row + 1 < rows->count && rows->row[row + 1].span == span;
        return behind ? row + 1 : row; /* a group row and its first member share the index */
    }
    /* In pre-order the nearest row before a hidden span is what hides it, except that rows of
     * failed members may stand between a group and the merged one. */
    row = row > 0 ? row - 1 : 0;
    if (row < rows->count && rows->row[row].kind == ROW_MEMBER) {
        const struct row_group *group = &rows->groups[rows->row[row].group];
        if (span < group->end) {
            return first_row(rows, group->first);
        }
    }
    return row;
}

size_t rows_find_group(const struct waterfall_rows *rows, uint32_t first)
{
    size_t row = first_row(rows, first);
    bool found =
        row < rows->count && rows->row[row].kind == ROW_GROUP && rows->row[row].span == first;
    return found ? row : rows_find(rows, first);
}

bool rows_has_sibling_below(const struct waterfall_rows *rows, size_t row)
{
    const struct trace *trace = rows->trace;
    const struct row *at = &rows->row[row];
    bool next_is_member = row + 1 < rows->count && rows->row[row + 1].kind == ROW_MEMBER;
    if (at->kind == ROW_MEMBER && next_is_member && rows->row[row + 1].group == at->group) {
        return true;
    }
    int32_t parent = trace->spans[at->span].parent;
    uint32_t family_end =
        parent == TRACE_NO_SPAN ? (uint32_t)trace->count : trace->spans[parent].subtree_end;
    if (at->kind == ROW_SPAN) {
        return trace->spans[at->span].subtree_end < family_end;
    }
    return at->kind == ROW_GROUP && rows->groups[at->group].end < family_end;
}

/* ---- a new trace ---------------------------------------------------------------------------- */

/* What survives a reload: ids of closed spans and of the first members of open groups. Open
 * addressing; an entry is an index in the old trace plus one. */
struct kept {
    const struct trace *trace;
    uint32_t *slot;
    size_t mask;
};

static uint64_t span_hash(const struct trace *trace, uint32_t span)
{
    struct id id = trace_span_id(trace, &trace->spans[span]);
    return id_hash(&id) ^ (trace->spans[span].flags & SPAN_SERVER_HALF);
}

static void kept_add(struct kept *kept, uint32_t span)
{
    size_t at = span_hash(kept->trace, span) & kept->mask;
    while (kept->slot[at] != 0) {
        at = (at + 1) & kept->mask;
    }
    kept->slot[at] = span + 1;
}

static bool same_span(const struct trace *a, uint32_t i, const struct trace *b, uint32_t k)
{
    struct id left = trace_span_id(a, &a->spans[i]);
    struct id right = trace_span_id(b, &b->spans[k]);
    return id_equals(&left, &right) &&
           ((a->spans[i].flags ^ b->spans[k].flags) & SPAN_SERVER_HALF) == 0;
}

static bool kept_has(const struct kept *kept, const struct trace *trace, uint32_t span)
{
    size_t at = span_hash(trace, span) & kept->mask;
    for (; kept->slot[at] != 0; at = (at + 1) & kept->mask) {
        if (same_span(kept->trace, kept->slot[at] - 1, trace, span)) {
            return true;
        }
    }
    return false;
}

static struct kept kept_folds(const struct waterfall_rows *rows)
{
    size_t count = 0;
    for (uint32_t i = 0; i < rows->trace->count; i++) {
        count += rows_is_closed(rows, i);
    }
    for (size_t i = 0; i < rows->group_count; i++) {
        count += rows->groups[i].open;
    }
    size_t size = 16;
    while (size < count * 2) {
        size *= 2;
    }
    struct kept kept = {
        .trace = rows->trace, .slot = mem_zero(size, sizeof *kept.slot), .mask = size - 1};
    for (uint32_t i = 0; i < rows->trace->count; i++) {
        if (rows_is_closed(rows, i)) {
            kept_add(&kept, i);
        }
    }
    for (size_t i = 0; i < rows->group_count; i++) {
        if (rows->groups[i].open) {
            kept_add(&kept, rows->groups[i].first);
        }
    }
    return kept;
}

static void use_trace(struct waterfall_rows *rows, const struct trace *trace)
{
    rows->trace = trace;
    rows->only = NULL;
    free(rows->closed);
    rows->closed = mem_zero(bit_words(trace->count), sizeof *rows->closed);
    free(rows->apart);
    rows->apart = mem_zero(bit_words(trace->count), sizeof *rows->apart);
    find_groups(rows);
}

void rows_set_trace(struct waterfall_rows *rows, const struct trace *trace)
{
    use_trace(rows, trace);
    rows_set_default(rows);
}

void rows_reload(struct waterfall_rows *rows, const struct trace *trace)
{
    struct kept kept = kept_folds(rows);
    use_trace(rows, trace);
    for (uint32_t i = 0; i < trace->count; i++) {
        if (!rows_is_leaf(rows, i) && kept_has(&kept, trace, i)) {
            rows_set_closed(rows, i, true);
        }
    }
    for (size_t i = 0; i < rows->group_count; i++) {
        rows->groups[i].open = kept_has(&kept, trace, rows->groups[i].first);
    }
    free(kept.slot);
    rows_update(rows);
}

void rows_clear(struct waterfall_rows *rows)
{
    free(rows->closed);
    free(rows->apart);
    free(rows->groups);
    free(rows->row);
    *rows = (struct waterfall_rows){.grouping = rows->grouping, .chaining = rows->chaining};
}
