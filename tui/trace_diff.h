/* trace_diff — two traces side by side, aligned by structure.
 *
 *     struct trace_diff diff = {0};
 *     trace_diff_set(&diff, a, b, now_ns);
 *     for (uint32_t i = 0; i < diff.count; i++) { ... diff.rows[i].kind, .delta_ns ... }
 *     trace_diff_clear(&diff);
 *
 * Below two aligned spans, the n-th child with a service and operation in A meets the n-th such
 * child in B. Five and more leaf children that are alike on either side share one row, so that 37
 * statements that became 40 are one difference. What a row contributes is its own time (self), as
 * durations would count a slow leaf once for every span above it. */
#ifndef TRACETUI_TUI_TRACE_DIFF_H
#define TRACETUI_TUI_TRACE_DIFF_H

#include "store/trace.h"

enum { DIFF_MERGE_LEAST = 5, DIFF_NONE = UINT32_MAX };

enum diff_kind { DIFF_SAME, DIFF_SLOWER, DIFF_FASTER, DIFF_ADDED, DIFF_MISSING, DIFF_KIND_COUNT };

/* "same", "slower", "faster", "added", "missing" */
const char *diff_kind_name(enum diff_kind kind);

struct diff_side {
    uint32_t span;  /* the first one, DIFF_NONE if there is none */
    uint32_t count; /* more than one in a merged row */
    uint32_t errors;
    int64_t duration_ns, self_ns; /* sums */
};

struct diff_row {
    uint32_t parent; /* DIFF_NONE at the top */
    uint32_t end;    /* index behind the last row below */
    uint32_t depth;
    uint8_t kind; /* enum diff_kind */
    bool differs_below;
    struct diff_side a, b;
    int64_t delta_ns; /* own time of B less that of A */
};

/* {0} is empty. */
struct trace_diff {
    struct diff_row *rows; /* pre-order, siblings by start */
    uint32_t count;
    uint32_t *by_delta;    /* rows that differ, the largest contribution first */
    uint32_t different;    /* how many those are */
    size_t added, missing; /* spans */
    size_t slower, faster; /* rows */
    int64_t a_ns, b_ns;    /* the traces' extents */
};

/* Running spans last until now_ns. A row differs in time when its own time does so by a tenth and
 * by a thousandth of the longer trace, or by a hundredth of that alone. Uses no recursion. */
void trace_diff_set(struct trace_diff *diff, const struct trace *a, const struct trace *b,
                    int64_t now_ns);
void trace_diff_clear(struct trace_diff *diff);

/* The row of a span of A or of B, DIFF_NONE if there is none. */
uint32_t trace_diff_find(const struct trace_diff *diff, bool in_b, uint32_t span);

#endif
