/* critical_path — the chain of work that a trace's duration hangs on. */
#include "tui/critical_path.h"

#include <stdlib.h>

/* A child, clipped to its parent. */
struct child {
    uint32_t span;
    int64_t start_ns, end_ns;
};

/* A span the walk is inside of. Its children are children[next ... end), last end first. */
struct level {
    uint32_t span;
    int64_t start_ns;
    int64_t until_ns; /* everything behind is explained already */
    size_t next, end;
};

struct walk {
    const struct trace *trace;
    int64_t now_ns;
    struct child *children;
    size_t child_capacity;
    struct level *levels;
    size_t depth, level_capacity;
};

static int by_end_descending(const void *a, const void *b)
{
    const struct child *left = a;
    const struct child *right = b;
    if (left->end_ns != right->end_ns) {
        return left->end_ns < right->end_ns ? 1 : -1;
    }
    return (left->span > right->span) - (left->span < right->span);
}

static int by_span_and_start(const void *a, const void *b)
{
    const struct critical_part *left = a;
    const struct critical_part *right = b;
    if (left->span != right->span) {
        return left->span < right->span ? -1 : 1;
    }
    return (left->start_ns > right->start_ns) - (left->start_ns < right->start_ns);
}

static void add_part(struct critical_path *path, uint32_t span, int64_t start_ns, int64_t end_ns)
{
    if (end_ns <= start_ns) {
        return;
    }
    if (path->count == path->capacity) {
        path->capacity = path->capacity * 2 + 16;
        path->parts = mem_grow(path->parts, path->capacity * sizeof *path->parts);
    }
    path->parts[path->count++] =
        (struct critical_part){.span = span, .start_ns = start_ns, .end_ns = end_ns};
    path->total_ns += end_ns - start_ns;
}

static void enter(struct walk *walk, uint32_t span, int64_t start_ns, int64_t end_ns)
{
    const struct trace_span *spans = walk->trace->spans;
    size_t first = walk->depth > 0 ? walk->levels[walk->depth - 1].end : 0;
    size_t count = first;
    for (uint32_t i = span + 1; i < spans[span].subtree_end; i = spans[i].subtree_end) {
        int64_t child_end = trace_span_end_ns(&spans[i], walk->now_ns);
        struct child child = {
            .span = i,
            .start_ns = spans[i].start_ns > start_ns ? spans[i].start_ns : start_ns,
            .end_ns = child_end < end_ns ? child_end : end_ns,
        };
        if (child.end_ns <= child.start_ns) {
            continue;
        }
        if (count == walk->child_capacity) {
            walk->child_capacity = walk->child_capacity * 2 + 64;
            walk->children =
                mem_grow(walk->children, walk->child_capacity * sizeof *walk->children);
        }
        walk->children[count++] = child;
    }
    if (count - first > 1) {
        qsort(walk->children + first, count - first, sizeof *walk->children, by_end_descending);
    }
    if (walk->depth == walk->level_capacity) {
        walk->level_capacity = walk->level_capacity * 2 + 16;
        walk->levels = mem_grow(walk->levels, walk->level_capacity * sizeof *walk->levels);
    }
    walk->levels[walk->depth++] = (struct level){
        .span = span, .start_ns = start_ns, .until_ns = end_ns, .next = first, .end = count};
}

/* One step: into the child that had ended by until_ns, or out of the level. */
static void step(struct walk *walk, struct critical_path *path)
{
    struct level *level = &walk->levels[walk->depth - 1];
    while (level->next < level->end && walk->children[level->next].end_ns > level->until_ns) {
        level->next++;
    }
    if (level->next == level->end) {
        add_part(path, level->span, level->start_ns, level->until_ns);
        walk->depth--;
        return;
    }
    struct child child = walk->children[level->next++];
    add_part(path, level->span, child.end_ns, level->until_ns);
    level->until_ns = child.start_ns;
    enter(walk, child.span, child.start_ns, child.end_ns);
}

void critical_path_set(struct critical_path *path, const struct trace *trace, int64_t now_ns)
{
    path->count = 0;
    path->spans = 0;
    path->total_ns = 0;
    if (trace->count == 0) {
        return;
    }
    struct walk walk = {.trace = trace, .now_ns = now_ns};
    enter(&walk, 0, trace->spans[0].start_ns, trace_span_end_ns(&trace->spans[0], now_ns));
    while (walk.depth > 0) {
        step(&walk, path);
    }
    free(walk.children);
    free(walk.levels);
    if (path->count > 1) {
        qsort(path->parts, path->count, sizeof *path->parts, by_span_and_start);
    }
    for (size_t i = 0; i < path->count; i++) {
        path->spans += i == 0 || path->parts[i].span != path->parts[i - 1].span;
    }
}

void critical_path_clear(struct critical_path *path)
{
    free(path->parts);
    *path = (struct critical_path){0};
}

size_t critical_path_of(const struct critical_path *path, uint32_t span,
                        const struct critical_part **ret_parts)
{
    size_t low = 0;
    size_t high = path->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (path->parts[middle].span < span) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t end = low;
    while (end < path->count && path->parts[end].span == span) {
        end++;
    }
    *ret_parts = path->parts + low;
    return end - low;
}
