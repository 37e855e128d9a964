/* waterfall_pane — one trace as a tree of rows with bars over a ruler.
 *
 *     self █ child ━ event • run ▶    ▁▅▅▅▅▅▅▅▅▅▅▅▄▄▄▅▅▅▅▆▆▆▆▆▆▆▄   ×1.0     minimap
 *     SPAN                            0          500ms      1.00s    DUR     ruler
 *      ▾web click SaveGoal            █━━━━━━━━━━━━━━━━━━━━━━━━━   1.28s     rows
 *     ·├─▾api graphql:createGoal       ━━━━━━━━━━━━━━━━━━━━━━━━    1.21s
 *    ▌✗│ └─ db  INSERT goals                        ▐██████•▏      255ms
 *
 * From 24 rows on the minimap has three bands and the ruler a line. */
#include "tui/waterfall_pane.h"

#include <stdlib.h>

#include "tui/waterfall_state.h"

/* ---- what is selected ----------------------------------------------------------------------- */

const struct row *waterfall_current(const struct waterfall_pane *pane)
{
    return pane->cursor < pane->rows.count ? &pane->rows.row[pane->cursor] : NULL;
}

uint32_t waterfall_row_span(const struct waterfall_pane *pane, size_t row)
{
    const struct row *at = &pane->rows.row[row];
    uint32_t span = at->span;
    if (at->kind == ROW_GROUP) {
        while (!rows_is_merged(pane->trace, span)) {
            span++;
        }
    }
    return span;
}

const struct trace *waterfall_pane_trace(const struct waterfall_pane *pane)
{
    return pane->trace;
}

const struct trace_span *waterfall_pane_selected(const struct waterfall_pane *pane)
{
    return waterfall_current(pane) != NULL
               ? &pane->trace->spans[waterfall_row_span(pane, pane->cursor)]
               : NULL;
}

const struct row_group *waterfall_pane_selected_group(const struct waterfall_pane *pane)
{
    const struct row *row = waterfall_current(pane);
    return row != NULL && row->kind == ROW_GROUP ? &pane->rows.groups[row->group] : NULL;
}

/* ---- keeping the picture in step ------------------------------------------------------------- */

static void scroll_to_cursor(struct waterfall_pane *pane)
{
    size_t h = pane->layout.rows_h > 0 ? (size_t)pane->layout.rows_h : 1;
    if (pane->cursor >= pane->rows.count) {
        pane->cursor = pane->rows.count > 0 ? pane->rows.count - 1 : 0;
    }
    if (pane->cursor < pane->top) {
        pane->top = pane->cursor;
    } else if (pane->cursor >= pane->top + h) {
        pane->top = pane->cursor - h + 1;
    }
    size_t last_top = pane->rows.count > h ? pane->rows.count - h : 0;
    if (pane->top > last_top) {
        pane->top = last_top;
    }
}

void waterfall_refresh(struct waterfall_pane *pane)
{
    scroll_to_cursor(pane);
    waterfall_paper_set(pane);
}

/* The extent of the picture, and the view inside it. */
static void set_extent(struct waterfall_pane *pane, int64_t now_ns)
{
    const struct trace *trace = pane->trace;
    int width = pane->layout.bar_w > 0 ? pane->layout.bar_w : 1;
    pane->end_ns = trace->running > 0 && now_ns > trace->end_ns ? now_ns : trace->end_ns;
    pane->extent = time_view_fit(trace->start_ns, pane->end_ns, width);
    if (pane->fitted) {
        pane->view = pane->extent;
    } else {
        pane->view.width = width;
        pane->view = time_view_pan(&pane->view, &pane->extent, 0);
    }
}

void waterfall_know_path(struct waterfall_pane *pane)
{
    bool wanted =
        pane->trace->count <= WATERFALL_PATH_LARGEST || pane->emphasis == EMPHASIS_CRITICAL;
    if (wanted && !pane->path_known) {
        critical_path_set(&pane->path, pane->trace, pane->end_ns);
        pane->path_known = true;
    }
}

void waterfall_relayout(struct waterfall_pane *pane)
{
    waterfall_layout_set(pane);
    if (pane->trace != NULL) {
        set_extent(pane, pane->end_ns);
    }
    waterfall_minimap_set(pane);
    waterfall_refresh(pane);
}

static void layout(void *self, int h, int w)
{
    struct waterfall_pane *pane = self;
    pane->h = h > 0 ? h : 0;
    pane->w = w > 0 ? w : 0;
    waterfall_relayout(pane);
}

/* The row under the cursor, by span, so that it can be found again when rows change. */
struct place {
    uint32_t span;
    bool group;
    size_t offset; /* rows below the top of the screen */
};

static struct place place_of(const struct waterfall_pane *pane)
{
    const struct row *row = waterfall_current(pane);
    return (struct place){.span = row != NULL ? row->span : 0,
                          .group = row != NULL && row->kind == ROW_GROUP,
                          .offset = pane->cursor - pane->top};
}

/* Rows have changed: the cursor stays on its span, and on its line of the screen. */
static void return_to(struct waterfall_pane *pane, struct place place)
{
    pane->cursor =
        place.group ? rows_find_group(&pane->rows, place.span) : rows_find(&pane->rows, place.span);
    pane->top = pane->cursor > place.offset ? pane->cursor - place.offset : 0;
    waterfall_refresh(pane);
}

void waterfall_rows_changed(struct waterfall_pane *pane)
{
    struct place place = place_of(pane);
    rows_update(&pane->rows);
    return_to(pane, place);
}

void waterfall_go_to(struct waterfall_pane *pane, uint32_t span)
{
    rows_reveal(&pane->rows, span);
    rows_update(&pane->rows);
    pane->cursor = rows_find(&pane->rows, span);
    waterfall_refresh(pane);
}

void waterfall_pane_select(struct waterfall_pane *pane, uint32_t span)
{
    pane->find.going = false;
    if (pane->trace != NULL && span < pane->trace->count) {
        waterfall_go_to(pane, span);
    }
}

/* ---- going from span to span --------------------------------------------------------------------
 */

/* The nearest span after (step 1) or before (-1) `from` that is wanted, wrapping once round. */
bool waterfall_seek(const struct waterfall_pane *pane, uint32_t from, int step,
                    bool (*wanted)(const struct waterfall_pane *pane, uint32_t span),
                    uint32_t *ret_span)
{
    uint32_t count = (uint32_t)pane->trace->count;
    uint32_t at = from;
    for (uint32_t i = 0; i < count; i++) {
        if (step > 0) {
            at = at + 1 < count ? at + 1 : 0;
        } else {
            at = at > 0 ? at - 1 : count - 1;
        }
        if (wanted(pane, at)) {
            *ret_span = at;
            return true;
        }
    }
    return false;
}

/* ---- a trace -------------------------------------------------------------------------------- */

static void reload(struct waterfall_pane *pane, const struct trace *trace)
{
    struct place place = place_of(pane);
    struct id id = {0};
    bool half = false;
    if (pane->trace->count > 0) {
        id = trace_span_id(pane->trace, &pane->trace->spans[place.span]);
        half = (pane->trace->spans[place.span].flags & SPAN_SERVER_HALF) != 0;
    }
    rows_reload(&pane->rows, trace);
    int32_t span = trace_find(trace, &id, half);
    place.span = span == TRACE_NO_SPAN ? 0 : (uint32_t)span;
    pane->cursor =
        place.group ? rows_find_group(&pane->rows, place.span) : rows_find(&pane->rows, place.span);
    pane->top = pane->cursor > place.offset ? pane->cursor - place.offset : 0;
}

void waterfall_pane_set_trace(struct waterfall_pane *pane, struct trace *trace, int64_t now_ns)
{
    struct trace *old = pane->trace;
    bool same = old != NULL && trace != NULL && old->row.number == trace->row.number;
    bool only = pane->rows.only != NULL;
    bool looking = same && pane->find.matches != NULL;
    waterfall_find_forget(pane);
    span_events_clear(&pane->events);
    pane->path_known = false;
    pane->hottest = UINT32_MAX;
    if (same) {
        reload(pane, trace);
    } else {
        rows_clear(&pane->rows);
        pane->fitted = true;
        pane->cursor = 0;
        pane->top = 0;
        if (trace != NULL) {
            rows_set_trace(&pane->rows, trace);
        }
    }
    pane->trace = trace;
    if (trace != NULL) {
        span_usual_set(&pane->usual, trace); /* keeps what the old one knew */
    } else {
        span_usual_clear(&pane->usual);
    }
    trace_free(old);
    if (!same) {
        waterfall_find_clear(pane);
    }
    if (trace == NULL) {
        return;
    }
    service_tags_set(&pane->tags, trace);
    trace_sides_set(&pane->sides, trace, now_ns);
    set_extent(pane, now_ns);
    waterfall_know_path(pane);
    if (looking) {
        waterfall_find_again(pane);
    }
    if (looking && only) {
        pane->rows.only = pane->find.family;
        waterfall_rows_changed(pane);
    }
    waterfall_relayout(pane);
}

bool waterfall_pane_set_now(struct waterfall_pane *pane, int64_t now_ns)
{
    if (pane->trace == NULL || pane->trace->running == 0 || now_ns <= pane->end_ns) {
        return false;
    }
    set_extent(pane, now_ns);
    pane->path_known = false;
    waterfall_know_path(pane);
    waterfall_minimap_set(pane);
    waterfall_refresh(pane);
    return true;
}

void waterfall_pane_set_header(struct waterfall_pane *pane, bool shown)
{
    pane->show_header = shown;
    waterfall_relayout(pane);
}

int waterfall_pane_least_height(const struct waterfall_pane *pane, int most)
{
    enum { PLAIN_ROWS = 3 };             /* so few need no minimap */
    struct waterfall_pane sized = *pane; /* only its sizes are looked at */
    sized.h = most;
    waterfall_layout_set(&sized);
    int header = sized.layout.rows_y;
    for (int h = 1; h < most; h++) {
        sized.h = h;
        waterfall_layout_set(&sized);
        bool same = sized.layout.rows_y == header || pane->rows.count <= PLAIN_ROWS;
        if ((size_t)sized.layout.rows_h >= pane->rows.count && same) {
            return h;
        }
    }
    return most;
}

/* ---- events --------------------------------------------------------------------------------- */

size_t waterfall_pane_wanted_bodies(const struct waterfall_pane *pane, int64_t *keys, size_t cap)
{
    size_t count = 0;
    if (pane->trace == NULL || !pane->show_events || pane->layout.bar_w == 0) {
        return 0;
    }
    for (size_t i = pane->top;
         i < pane->rows.count && i < pane->top + (size_t)pane->layout.rows_h && count < cap; i++) {
        const struct trace_span *span = &pane->trace->spans[pane->rows.row[i].span];
        const struct event_mark *marks;
        size_t mark_count;
        bool has_events = (span->flags & (SPAN_HAS_EVENTS | SPAN_EXCEPTION)) != 0;
        if (pane->rows.row[i].kind != ROW_GROUP && has_events && span->body != 0 &&
            !span_events_find(&pane->events, span->body, &marks, &mark_count)) {
            keys[count++] = span->body;
        }
    }
    return count;
}

void waterfall_pane_give_events(struct waterfall_pane *pane, const int64_t *keys,
                                const struct span_body *bodies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        span_events_add(&pane->events, keys[i], bodies[i].events);
    }
    waterfall_paper_set(pane);
}

/* ---- what is usual --------------------------------------------------------------------------- */

const struct baseline_key *waterfall_pane_wants_usual(const struct waterfall_pane *pane,
                                                      size_t *ret_count)
{
    *ret_count = pane->usual.count;
    return pane->trace != NULL && !pane->usual.given && pane->usual.count > 0 ? pane->usual.keys
                                                                              : NULL;
}

void waterfall_pane_give_usual(struct waterfall_pane *pane, const struct baseline *baselines,
                               size_t count)
{
    if (pane->trace != NULL) { /* none at all: it is not asked again */
        span_usual_give(&pane->usual, baselines, count);
    }
}

const struct baseline *waterfall_pane_usual(const struct waterfall_pane *pane)
{
    const struct trace_span *span = waterfall_pane_selected(pane);
    return span != NULL ? span_usual_of(&pane->usual, span) : NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct waterfall_pane *waterfall_pane_new(bool ascii)
{
    struct waterfall_pane *pane = mem_zero(1, sizeof *pane);
    *pane = (struct waterfall_pane){.ascii = ascii,
                                    .rows = {.grouping = true},
                                    .fitted = true,
                                    .show_events = true,
                                    .show_header = true,
                                    .hottest = UINT32_MAX};
    return pane;
}

void waterfall_pane_free(struct waterfall_pane *pane)
{
    if (pane == NULL) {
        return;
    }
    waterfall_find_clear(pane);
    rows_clear(&pane->rows);
    service_tags_clear(&pane->tags);
    span_usual_clear(&pane->usual);
    trace_sides_clear(&pane->sides);
    critical_path_clear(&pane->path);
    span_events_clear(&pane->events);
    waterfall_paper_clear(&pane->paper);
    text_buffer_free(&pane->said);
    trace_free(pane->trace);
    free(pane);
}

static void free_pane(void *pane)
{
    waterfall_pane_free(pane);
}

const struct pane_ops waterfall_pane_ops = {
    .act = waterfall_act,
    .layout = layout,
    .draw = waterfall_draw,
    .free = free_pane,
};
