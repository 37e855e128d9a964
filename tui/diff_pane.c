/* diff_pane — two traces side by side: what B has more, less, slower and faster than A.
 *
 *     A 7f3c09d2  302ms  mutation:createGoal  alice  14:03:19
 *     B 1be07a44  1.28s  mutation:createGoal  alice  14:03:20   +978ms ×4.2   1 added, 2 slower
 *    SPAN                                    A        B           OWN TIME
 *     web mutation:createGoal            302ms    1.28s         ·            +2.00ms
 * ▌▲  └─ db  INSERT goals               20.0ms    320ms         ┃━━━━━━━━━    +300ms
 *  +  └─ api audit                           -   10.0ms         ┃╸           +10.0ms */
#include "tui/diff_pane.h"

#include <stdlib.h>

#include "tui/diff_state.h"

struct diff_pane *diff_pane_new(void)
{
    return mem_zero(1, sizeof(struct diff_pane));
}

static void free_pane(void *self)
{
    struct diff_pane *pane = self;
    if (pane != NULL) {
        trace_diff_clear(&pane->diff);
        service_tags_clear(&pane->a_tags);
        service_tags_clear(&pane->b_tags);
        trace_free(pane->a);
        trace_free(pane->b);
        free(pane->shown);
        free(pane);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

const struct diff_row *diff_row_at(const struct diff_pane *pane, size_t row)
{
    return row < pane->shown_count ? &pane->diff.rows[pane->shown[row]] : NULL;
}

static void fit(struct diff_pane *pane)
{
    row_cursor_fit(&pane->rows, pane->shown_count, pane->h - DIFF_HEAD_ROWS);
}

/* Rows in their order; the cursor stays on its row of the diff. */
static void choose_rows(struct diff_pane *pane)
{
    uint32_t kept = pane->rows.at < pane->shown_count ? pane->shown[pane->rows.at] : 0;
    pane->shown_count = 0;
    if (pane->by_size) {
        for (uint32_t i = 0; i < pane->diff.different; i++) {
            pane->shown[pane->shown_count++] = pane->diff.by_delta[i];
        }
    } else {
        for (uint32_t i = 0; i < pane->diff.count; i++) {
            const struct diff_row *row = &pane->diff.rows[i];
            if (!pane->only || row->kind != DIFF_SAME || row->differs_below) {
                pane->shown[pane->shown_count++] = i;
            }
        }
    }
    fit(pane);
    size_t to = 0;
    while (to < pane->shown_count && pane->shown[to] != kept) {
        to++;
    }
    row_cursor_go(&pane->rows, to < pane->shown_count ? to : 0);
}

static void compare(struct diff_pane *pane, int64_t now_ns)
{
    pane->now_ns = now_ns;
    trace_diff_set(&pane->diff, pane->a, pane->b, now_ns);
    service_tags_set(&pane->a_tags, pane->a);
    service_tags_set(&pane->b_tags, pane->b);
    pane->shown = mem_grow(pane->shown, ((size_t)pane->diff.count + 1) * sizeof *pane->shown);
    pane->largest_ns = 1;
    for (uint32_t i = 0; i < pane->diff.count; i++) {
        int64_t size = pane->diff.rows[i].delta_ns;
        size = size < 0 ? -size : size;
        pane->largest_ns = size > pane->largest_ns ? size : pane->largest_ns;
    }
    pane->shown_count = 0;
    choose_rows(pane);
}

void diff_pane_set(struct diff_pane *pane, struct trace *a, struct trace *b, int64_t now_ns)
{
    struct trace *old_a = pane->a;
    struct trace *old_b = pane->b;
    bool same =
        old_a != NULL && old_a->row.number == a->row.number && old_b->row.number == b->row.number;
    size_t at = same ? pane->rows.at : 0;
    pane->a = a;
    pane->b = b;
    compare(pane, now_ns);
    row_cursor_go(&pane->rows, at);
    if (!same && pane->diff.different > 0) { /* what matters most, at once */
        for (size_t i = 0; i < pane->shown_count; i++) {
            if (pane->shown[i] == pane->diff.by_delta[0]) {
                row_cursor_go(&pane->rows, i);
            }
        }
    }
    trace_free(old_a);
    trace_free(old_b);
}

const struct trace *diff_pane_trace(const struct diff_pane *pane, bool b)
{
    return b ? pane->b : pane->a;
}

uint32_t diff_pane_span(const struct diff_pane *pane, bool b)
{
    const struct diff_row *row = diff_row_at(pane, pane->rows.at);
    return row == NULL ? UINT32_MAX : b ? row->b.span : row->a.span;
}

const char *diff_pane_notice(const struct diff_pane *pane)
{
    return pane->notice;
}

/* ---- actions -------------------------------------------------------------------------------- */

static bool differs(const void *ctx, size_t row)
{
    return diff_row_at(ctx, row)->kind != DIFF_SAME;
}

static bool has_errors(const void *ctx, size_t row)
{
    const struct diff_row *at = diff_row_at(ctx, row);
    return at->a.errors > 0 || at->b.errors > 0;
}

static void swap_sides(struct diff_pane *pane)
{
    struct trace *a = pane->a;
    pane->a = pane->b;
    pane->b = a;
    compare(pane, pane->now_ns);
}

static enum pane_reply act(void *self, enum action action, int count)
{
    struct diff_pane *pane = self;
    pane->notice = NULL;
    if (pane->a == NULL) {
        return PANE_IGNORED;
    }
    if (row_cursor_act(&pane->rows, action, count)) {
        return PANE_HANDLED;
    }
    switch ((int)action) {
    case ACTION_NEXT_MATCH:
    case ACTION_PREVIOUS_MATCH: {
        bool next = action == ACTION_NEXT_MATCH;
        if (!row_cursor_seek(&pane->rows, next ? 1 : -1, count, differs, pane)) {
            pane->notice = pane->diff.different == 0 ? "the traces do not differ"
                           : next                    ? "this is the last difference"
                                                     : "this is the first difference";
        }
        return PANE_HANDLED;
    }
    case ACTION_NEXT_ERROR:
    case ACTION_PREVIOUS_ERROR:
        row_cursor_seek(&pane->rows, action == ACTION_NEXT_ERROR ? 1 : -1, count, has_errors, pane);
        return PANE_HANDLED;
    case ACTION_SORT_NEXT:
        pane->by_size = !pane->by_size;
        pane->notice = pane->by_size ? "largest contribution first" : "in the order of the traces";
        choose_rows(pane);
        return PANE_HANDLED;
    case ACTION_ONLY_MATCHES:
        pane->only = !pane->only;
        choose_rows(pane);
        return PANE_HANDLED;
    case ACTION_SWAP:
        swap_sides(pane);
        return PANE_HANDLED;
    }
    return PANE_IGNORED;
}

static void layout(void *self, int h, int w)
{
    struct diff_pane *pane = self;
    pane->h = h;
    pane->w = w;
    fit(pane);
}

const struct pane_ops diff_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = diff_draw,
    .free = free_pane,
};
