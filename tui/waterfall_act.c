/* waterfall_act — what each key does in the waterfall. */
#include "tui/waterfall_state.h"

enum { NAMES_WIDEN_STEP = 4 };

static void move_rows(struct waterfall_pane *pane, int64_t by)
{
    int64_t last = (int64_t)pane->rows.count - 1;
    int64_t to = (int64_t)pane->cursor + by;
    pane->cursor = (size_t)(to < 0 ? 0 : to > last ? last : to);
    waterfall_refresh(pane);
}

static void page(struct waterfall_pane *pane, int64_t rows)
{
    int64_t last = (int64_t)pane->rows.count - 1;
    int64_t top = (int64_t)pane->top + rows;
    pane->top = (size_t)(top < 0 ? 0 : top > last ? last : top);
    move_rows(pane, rows);
}

static int32_t parent_of(const struct waterfall_pane *pane, size_t row)
{
    return pane->trace->spans[pane->rows.row[row].span].parent;
}

static void move_to_parent(struct waterfall_pane *pane)
{
    const struct row *row = waterfall_current(pane);
    int32_t parent = parent_of(pane, pane->cursor);
    if (row->kind == ROW_MEMBER) {
        pane->cursor = rows_find_group(&pane->rows, pane->rows.groups[row->group].first);
    } else if (parent != TRACE_NO_SPAN) {
        pane->cursor = rows_find(&pane->rows, (uint32_t)parent);
    }
    waterfall_refresh(pane);
}

static void move_to_sibling(struct waterfall_pane *pane, int step)
{
    int32_t parent = parent_of(pane, pane->cursor);
    bool member = waterfall_current(pane)->kind == ROW_MEMBER;
    for (size_t i = pane->cursor + (size_t)step; i < pane->rows.count; i += (size_t)step) {
        int32_t at = (int32_t)pane->rows.row[i].span;
        if (at == parent) {
            return;
        }
        if (parent_of(pane, i) == parent && (member || pane->rows.row[i].kind != ROW_MEMBER)) {
            pane->cursor = i;
            waterfall_refresh(pane);
            return;
        }
    }
}

static void set_closed(struct waterfall_pane *pane, bool closed)
{
    const struct row *row = waterfall_current(pane);
    if (row->kind == ROW_GROUP) {
        pane->rows.groups[row->group].open = !closed;
    } else {
        rows_set_closed(&pane->rows, row->span, closed);
    }
    waterfall_rows_changed(pane);
}

static bool is_foldable(const struct waterfall_pane *pane)
{
    const struct row *row = waterfall_current(pane);
    return row->kind == ROW_GROUP ||
           (row->kind == ROW_SPAN && !rows_is_leaf(&pane->rows, row->span));
}

static bool is_closed(const struct waterfall_pane *pane)
{
    const struct row *row = waterfall_current(pane);
    return row->kind == ROW_GROUP ? !pane->rows.groups[row->group].open
                                  : rows_is_closed(&pane->rows, row->span);
}

static void expand(struct waterfall_pane *pane)
{
    if (is_foldable(pane)) {
        if (is_closed(pane)) {
            set_closed(pane, false);
        } else {
            move_rows(pane, 1);
        }
    }
}

static void collapse(struct waterfall_pane *pane)
{
    if (is_foldable(pane) && !is_closed(pane)) {
        set_closed(pane, true);
    } else {
        move_to_parent(pane);
    }
}

static bool is_error(const struct waterfall_pane *pane, uint32_t span)
{
    return pane->trace->spans[span].status == STATUS_ERROR;
}

/* What is said when nothing is found, when only the span under the cursor is, and after a turn. */
struct seek_words {
    const char *none, *only, *first, *last;
};
static const struct seek_words error_words = {"no error in this trace", "this is the only error",
                                              "wrapped to the first error",
                                              "wrapped to the last error"};
static const struct seek_words match_words = {
    "nothing is found (/ looks for a text)", "this is the only match", "wrapped to the first match",
    "wrapped to the last match"};

static void seek_and_go(struct waterfall_pane *pane, int step, int count,
                        bool (*wanted)(const struct waterfall_pane *pane, uint32_t span),
                        const struct seek_words *words)
{
    uint32_t span = waterfall_row_span(pane, pane->cursor);
    bool found = false;
    bool wrapped = false;
    for (int i = 0; i < count; i++) {
        uint32_t before = span;
        if (!waterfall_seek(pane, before, step, wanted, &span)) {
            break;
        }
        found = true;
        bool turned = step > 0 ? span <= before : span >= before;
        wrapped = wrapped || turned;
        pane->notice = span == before ? words->only
                       : !wrapped     ? NULL
                       : step > 0     ? words->first
                                      : words->last;
    }
    if (found) {
        waterfall_go_to(pane, span);
    } else {
        pane->notice = words->none;
    }
}

/* Whether a is to be visited before b: more self time first, then earlier rows. */
static bool is_hotter(const struct trace *trace, uint32_t a, uint32_t b)
{
    int64_t left = trace->spans[a].self_ns;
    int64_t right = trace->spans[b].self_ns;
    return left != right ? left > right : a < b;
}

/* The span with most self time of those behind `after`; UINT32_MAX stands before all, and for none.
 */
static uint32_t next_hottest(const struct trace *trace, uint32_t after)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < trace->count; i++) {
        bool behind = after == UINT32_MAX || is_hotter(trace, after, i);
        if ((trace->spans[i].flags & TRACE_SPAN_SYNTHETIC) == 0 && i != after && behind &&
            (best == UINT32_MAX || is_hotter(trace, i, best))) {
            best = i;
        }
    }
    return best;
}

static void go_to_hottest(struct waterfall_pane *pane)
{
    uint32_t here = waterfall_row_span(pane, pane->cursor);
    uint32_t after = here == pane->hottest ? here : UINT32_MAX;
    uint32_t best = next_hottest(pane->trace, after);
    if (best == UINT32_MAX && after != UINT32_MAX) {
        best = next_hottest(pane->trace, UINT32_MAX);
        pane->notice = "wrapped to the span with most self time";
    }
    pane->hottest = best;
    if (best != UINT32_MAX) {
        waterfall_go_to(pane, best);
    }
}

static void zoom(struct waterfall_pane *pane, int steps)
{
    uint32_t at = waterfall_row_span(pane, pane->cursor);
    const struct trace_span *span = &pane->trace->spans[at];
    int64_t from = span->start_ns > pane->view.start_ns ? span->start_ns : pane->view.start_ns;
    int64_t to = trace_span_end_ns(span, pane->end_ns);
    to = to < pane->view.end_ns ? to : pane->view.end_ns;
    bool visible = from <= to;
    int64_t centre = visible ? from + (to - from) / 2
                             : pane->view.start_ns + (pane->view.end_ns - pane->view.start_ns) / 2;
    pane->view = time_view_zoom(&pane->view, &pane->extent, centre, steps);
}

static bool act_on_time(struct waterfall_pane *pane, enum action action, int count)
{
    const struct row_group *group = waterfall_pane_selected_group(pane);
    const struct trace_span *span = waterfall_pane_selected(pane);
    if (action == ACTION_ZOOM_IN) {
        zoom(pane, count);
    } else if (action == ACTION_ZOOM_OUT) {
        zoom(pane, -count);
    } else if (action == ACTION_PAN_LEFT) {
        pane->view = time_view_pan(&pane->view, &pane->extent, -count);
    } else if (action == ACTION_PAN_RIGHT) {
        pane->view = time_view_pan(&pane->view, &pane->extent, count);
    } else if (action == ACTION_FIT) {
        pane->view = pane->extent;
    } else if (action == ACTION_FIT_ROW && group != NULL) {
        pane->view = time_view_around(&pane->extent, group->start_ns, group->end_ns);
    } else if (action == ACTION_FIT_ROW) {
        int64_t end_ns = trace_span_end_ns(span, pane->end_ns);
        pane->view = time_view_around(&pane->extent, span->start_ns, end_ns);
    } else {
        return false;
    }
    pane->fitted =
        pane->view.start_ns == pane->extent.start_ns && pane->view.end_ns == pane->extent.end_ns;
    waterfall_refresh(pane);
    return true;
}

static bool act_on_move(struct waterfall_pane *pane, enum action action, int count)
{
    int64_t h = pane->layout.rows_h > 1 ? pane->layout.rows_h : 1;
    int64_t half = h > 1 ? h / 2 : 1;
    if (action == ACTION_DOWN || action == ACTION_UP) {
        move_rows(pane, action == ACTION_DOWN ? count : -(int64_t)count);
    } else if (action == ACTION_PAGE_DOWN || action == ACTION_PAGE_UP) {
        page(pane, action == ACTION_PAGE_DOWN ? h * count : -h * count);
    } else if (action == ACTION_HALF_DOWN || action == ACTION_HALF_UP) {
        page(pane, action == ACTION_HALF_DOWN ? half * count : -half * count);
    } else if (action == ACTION_FIRST || (action == ACTION_LAST && count > 1)) {
        pane->cursor = (size_t)count - 1;
        waterfall_refresh(pane);
    } else if (action == ACTION_LAST) {
        pane->cursor = pane->rows.count - 1;
        waterfall_refresh(pane);
    } else if (action == ACTION_RIGHT) {
        expand(pane);
    } else if (action == ACTION_LEFT) {
        collapse(pane);
    } else if (action == ACTION_NEXT_SIBLING || action == ACTION_PREVIOUS_SIBLING) {
        for (int i = 0; i < count && i < h; i++) {
            move_to_sibling(pane, action == ACTION_NEXT_SIBLING ? 1 : -1);
        }
    } else if (action == ACTION_PARENT) {
        move_to_parent(pane);
    } else if (action == ACTION_ROOT) {
        while (parent_of(pane, pane->cursor) != TRACE_NO_SPAN) {
            pane->cursor = rows_find(&pane->rows, (uint32_t)parent_of(pane, pane->cursor));
        }
        waterfall_refresh(pane);
    } else if (action == ACTION_NEXT_ERROR || action == ACTION_PREVIOUS_ERROR) {
        seek_and_go(pane, action == ACTION_NEXT_ERROR ? 1 : -1, count, is_error, &error_words);
    } else if (action == ACTION_NEXT_MATCH || action == ACTION_PREVIOUS_MATCH) {
        seek_and_go(pane, action == ACTION_NEXT_MATCH ? 1 : -1, count, waterfall_is_match,
                    &match_words);
    } else if (action == ACTION_HOTTEST) {
        go_to_hottest(pane);
    } else {
        return false;
    }
    return true;
}

static bool act_on_folds(struct waterfall_pane *pane, enum action action, int count)
{
    uint32_t span = pane->rows.row[pane->cursor].span;
    if (action == ACTION_FOLD_TOGGLE) {
        if (is_foldable(pane)) {
            set_closed(pane, !is_closed(pane));
        }
        return true;
    }
    if (action == ACTION_FOLD_ALL || action == ACTION_UNFOLD_ALL) {
        rows_set_all(&pane->rows, action == ACTION_FOLD_ALL);
    } else if (action == ACTION_FOLD_SUBTREE || action == ACTION_UNFOLD_SUBTREE) {
        rows_set_subtree(&pane->rows, span, action == ACTION_FOLD_SUBTREE);
    } else if (action == ACTION_FOLD_DEPTH) {
        rows_set_depth(&pane->rows, (uint32_t)count);
    } else if (action == ACTION_FOLD_ERRORS) {
        rows_set_errors(&pane->rows);
    } else if (action == ACTION_FOLD_GROUPS) {
        pane->rows.grouping = !pane->rows.grouping;
    } else if (action == ACTION_FOLD_CHAINS) {
        rows_set_chaining(&pane->rows, !pane->rows.chaining);
        pane->notice = pane->rows.chaining ? "chains of only children share a row (zc opens them)"
                                           : "every span has a row";
    } else {
        return false;
    }
    waterfall_rows_changed(pane);
    return true;
}

static void toggle_only_matches(struct waterfall_pane *pane)
{
    if (pane->find.count > 0) {
        pane->rows.only = pane->rows.only == NULL ? pane->find.family : NULL;
        waterfall_rows_changed(pane);
    }
}

static const char *const emphasis_notices[EMPHASIS_COUNT] = {
    [EMPHASIS_SELF] = "thick: a span's own time",
    [EMPHASIS_CRITICAL] = "thick: the critical path",
    [EMPHASIS_PLAIN] = "thick: all of a span",
};

static const char *const colour_notices[COLOUR_BY_COUNT] = {
    [COLOUR_SERVICE] = "colour by service",
    [COLOUR_TYPE] = "colour by type",
    [COLOUR_STATUS] = "colour by status",
    [COLOUR_SIDE] = "colour by side: this trace has no client side",
    [COLOUR_NONE] = "one colour for all",
};

static bool act_on_look(struct waterfall_pane *pane, enum action action, int count)
{
    if (action == ACTION_EMPHASIS) {
        pane->emphasis = (enum emphasis)((pane->emphasis + 1) % EMPHASIS_COUNT);
        pane->notice = emphasis_notices[pane->emphasis];
        waterfall_know_path(pane);
    } else if (action == ACTION_COLOUR_BY) {
        pane->colour_by = (enum colour_by)((pane->colour_by + 1) % COLOUR_BY_COUNT);
        pane->notice = colour_notices[pane->colour_by];
        if (pane->colour_by == COLOUR_SIDE && pane->sides.known) {
            text_buffer_clear(&pane->said);
            text_append_cstr(&pane->said, "colour by side: ");
            trace_sides_words(&pane->sides, pane->ascii, &pane->said);
            pane->notice = pane->said.data;
        }
    } else if (action == ACTION_EVENTS) {
        pane->show_events = !pane->show_events;
    } else if (action == ACTION_TIME_FORMAT) {
        pane->absolute_time = !pane->absolute_time;
    } else if (action == ACTION_ONLY_MATCHES) {
        toggle_only_matches(pane);
    } else if (action == ACTION_HEADER) {
        pane->show_header = !pane->show_header;
    } else if (action == ACTION_WIDER || action == ACTION_NARROWER) {
        int by = NAMES_WIDEN_STEP * count;
        int widen = pane->widen + (action == ACTION_WIDER ? by : -by);
        pane->widen = widen > pane->w ? pane->w : widen < -pane->w ? -pane->w : widen;
    } else {
        return false;
    }
    waterfall_relayout(pane);
    return true;
}

/* Esc ends a search before it leaves the pane; what the query found is nobody's search. */
static enum pane_reply back(struct waterfall_pane *pane, enum action action)
{
    if (action == ACTION_BACK && pane->find.text.length > 0) {
        waterfall_pane_find(pane, TEXT(""));
        waterfall_refresh(pane);
        return PANE_HANDLED;
    }
    return PANE_CLOSE;
}

enum pane_reply waterfall_act(void *self, enum action action, int count)
{
    struct waterfall_pane *pane = self;
    pane->notice = NULL;
    pane->find.going = false;
    if (action == ACTION_BACK || action == ACTION_QUIT) {
        return back(pane, action);
    }
    if (waterfall_current(pane) == NULL) {
        return PANE_IGNORED;
    }
    bool mine = act_on_move(pane, action, count) || act_on_folds(pane, action, count) ||
                act_on_time(pane, action, count) || act_on_look(pane, action, count);
    return mine ? PANE_HANDLED : PANE_IGNORED;
}

const char *waterfall_pane_notice(const struct waterfall_pane *pane)
{
    return pane->notice;
}

bool waterfall_pane_click(struct waterfall_pane *pane, int y, int x)
{
    int dy = y - pane->layout.rows_y;
    if (dy < 0 || dy >= pane->layout.rows_h || pane->top + (size_t)dy >= pane->rows.count) {
        return false;
    }
    pane->find.going = false;
    pane->cursor = pane->top + (size_t)dy;
    const struct trace_span *span = waterfall_pane_selected(pane);
    if (x == 2 + 2 * span->depth && is_foldable(pane)) {
        set_closed(pane, !is_closed(pane));
    }
    waterfall_refresh(pane);
    return true;
}
