/* waterfall_paper — works out the visible bars, the ruler's ticks and the minimap. */
#include <stdlib.h>
#include <string.h>

#include "tui/waterfall_state.h"

/* ---- where things stand --------------------------------------------------------------------- */

enum {
    DURATION_W = 8,
    SELF_W = 8,
    SELF_FROM_W = 100,
    USUAL_W = 11,
    USUAL_FROM_W = 140,
    HEADER_FROM_H = 8
};

void waterfall_layout_set(struct waterfall_pane *pane)
{
    struct waterfall_layout layout = {.ruler_h = 1};
    bool bars = pane->w >= WATERFALL_BARS_LEAST;
    bool tall = pane->h >= WATERFALL_TALL;
    if (bars) {
        int usual_w = tall && pane->w >= USUAL_FROM_W ? USUAL_W : 0;
        int right = DURATION_W + (pane->w >= SELF_FROM_W ? SELF_W : 0) + usual_w;
        layout.name_w = waterfall_name_width(pane->w, pane->widen);
        layout.bar_x = layout.name_w;
        layout.bar_w = pane->w - layout.name_w - right;
        if (layout.bar_w > WATERFALL_CELLS_LARGEST) {
            layout.bar_w = WATERFALL_CELLS_LARGEST;
        }
        layout.duration_x = pane->w - right;
        layout.self_x = pane->w >= SELF_FROM_W ? pane->w - SELF_W - usual_w : 0;
        layout.usual_x = usual_w > 0 ? pane->w - usual_w : 0;
        if (pane->show_header && pane->h >= HEADER_FROM_H) {
            layout.minimap_h = tall ? WATERFALL_BANDS : 1;
        }
        layout.ruler_h = tall ? 2 : 1;
    } else {
        layout.duration_x = pane->w > DURATION_W ? pane->w - DURATION_W : 0;
        layout.name_w = layout.duration_x;
    }
    layout.ruler_y = layout.minimap_h;
    layout.rows_y = layout.ruler_y + layout.ruler_h;
    layout.rows_h = pane->h - layout.rows_y;
    layout.rows_h = layout.rows_h > 0 ? layout.rows_h : 0;
    pane->layout = layout;
}

/* ---- bars ----------------------------------------------------------------------------------- */

static struct bar bar_of(const struct waterfall_pane *pane, uint32_t span)
{
    const struct trace_span *at = &pane->trace->spans[span];
    return (struct bar){.start_ns = at->start_ns,
                        .end_ns = trace_span_end_ns(at, pane->end_ns),
                        .running = at->duration_ns == SPAN_RUNNING};
}

/* Marks the time covered by children, each moment once; returns the sum. Siblings are ordered by
 * start, so a sweep is enough. */
static int64_t cover_children(const struct waterfall_pane *pane, uint32_t span,
                              const struct bar *bar, uint8_t *covered)
{
    const struct trace_span *spans = pane->trace->spans;
    int64_t until = bar->start_ns;
    int64_t sum = 0;
    for (uint32_t i = span + 1; i < spans[span].subtree_end && until < bar->end_ns;
         i = spans[i].subtree_end) {
        int64_t start = spans[i].start_ns > until ? spans[i].start_ns : until;
        int64_t end = trace_span_end_ns(&spans[i], pane->end_ns);
        end = end < bar->end_ns ? end : bar->end_ns;
        if (end > start) {
            bar_cover(&pane->view, start, end, covered);
            sum += end - start;
            until = end;
        }
    }
    return sum;
}

static void overhang(const struct waterfall_pane *pane, uint32_t span, const struct bar *bar,
                     struct bar_cell *cells)
{
    const struct trace_span *spans = pane->trace->spans;
    int64_t first = bar->start_ns;
    int64_t last = bar->end_ns;
    for (uint32_t i = span + 1; i < spans[span].subtree_end; i++) {
        int64_t end = trace_span_end_ns(&spans[i], pane->end_ns);
        first = spans[i].start_ns < first ? spans[i].start_ns : first;
        last = end > last ? end : last;
    }
    if (first < bar->start_ns) {
        bar_overhang(&pane->view, first, bar->start_ns, cells);
    }
    if (last > bar->end_ns) {
        bar_overhang(&pane->view, bar->end_ns, last, cells);
    }
}

static void mark_events(const struct waterfall_pane *pane, uint32_t span, struct bar_cell *cells)
{
    const struct event_mark *marks;
    size_t count;
    if (!span_events_find(&pane->events, pane->trace->spans[span].body, &marks, &count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        bar_event(&pane->view, marks[i].time_ns, marks[i].exception, cells);
    }
}

static int64_t span_cells(const struct waterfall_pane *pane, uint32_t span, uint8_t *covered,
                          struct bar_cell *cells)
{
    struct bar bar = bar_of(pane, span);
    bar_shape(&pane->view, &bar, cells);
    memset(covered, 0, (size_t)pane->view.width);
    int64_t self_ns = bar.end_ns - bar.start_ns - cover_children(pane, span, &bar, covered);
    if (pane->emphasis == EMPHASIS_SELF) {
        bar_weigh(&pane->view, &bar, covered, false, cells);
    } else if (pane->emphasis == EMPHASIS_CRITICAL) {
        const struct critical_part *parts;
        size_t count = critical_path_of(&pane->path, span, &parts);
        memset(covered, 0, (size_t)pane->view.width);
        for (size_t i = 0; i < count; i++) {
            bar_cover(&pane->view, parts[i].start_ns, parts[i].end_ns, covered);
        }
        bar_weigh(&pane->view, &bar, covered, true, cells);
    }
    if (rows_is_closed(&pane->rows, span) && pane->rows.only == NULL) {
        overhang(pane, span, &bar, cells);
    }
    if (pane->show_events) {
        mark_events(pane, span, cells);
    }
    return self_ns;
}

static int64_t group_cells(const struct waterfall_pane *pane, const struct row_group *group,
                           struct bar_cell *cells)
{
    struct bar whole = {.start_ns = group->start_ns, .end_ns = group->end_ns};
    struct bar_cell outline[WATERFALL_CELLS_LARGEST];
    bar_shape(&pane->view, &whole, outline);
    memset(cells, 0, sizeof *cells * (size_t)pane->view.width);
    for (uint32_t i = group->first; i < group->end; i++) {
        if (rows_is_merged(pane->trace, i)) {
            struct bar bar = bar_of(pane, i);
            bar_group_member(&pane->view, &bar, cells);
        }
    }
    for (int i = 0; i < pane->view.width; i++) {
        if (outline[i].part == BAR_CLIPPED || outline[i].part == BAR_OUTSIDE) {
            cells[i] = outline[i];
        }
    }
    return group->sum_ns;
}

static void paper_resize(struct waterfall_paper *paper, int rows, int width)
{
    if (paper->rows == rows && paper->width == width) {
        return;
    }
    waterfall_paper_clear(paper);
    size_t cells = (size_t)rows * (size_t)width;
    *paper = (struct waterfall_paper){
        .cells = mem_zero(cells + 1, sizeof *paper->cells),
        .self_ns = mem_zero((size_t)rows + 1, sizeof *paper->self_ns),
        .covered = mem_zero((size_t)width + 1, sizeof *paper->covered),
        .minimap = mem_zero((size_t)width * WATERFALL_BANDS + 1, sizeof *paper->minimap),
        .rows = rows,
        .width = width,
    };
}

void waterfall_paper_clear(struct waterfall_paper *paper)
{
    free(paper->cells);
    free(paper->self_ns);
    free(paper->covered);
    free(paper->minimap);
    *paper = (struct waterfall_paper){0};
}

void waterfall_paper_set(struct waterfall_pane *pane)
{
    struct waterfall_paper *paper = &pane->paper;
    if (pane->trace == NULL || pane->layout.bar_w == 0) {
        return;
    }
    for (int y = 0; y < pane->layout.rows_h && pane->top + (size_t)y < pane->rows.count; y++) {
        const struct row *row = &pane->rows.row[pane->top + (size_t)y];
        struct bar_cell *cells = paper->cells + (size_t)y * (size_t)paper->width;
        paper->self_ns[y] = row->kind == ROW_GROUP
                                ? group_cells(pane, &pane->rows.groups[row->group], cells)
                                : span_cells(pane, row->span, paper->covered, cells);
    }
    /* a clock reading needs more room than a duration */
    paper->tick_count = ruler_ticks(&pane->view, pane->trace->start_ns,
                                    pane->absolute_time ? 15 : 10, paper->ticks);
}

/* ---- the minimap ---------------------------------------------------------------------------- */

enum { MINIMAP_LEVELS = 8 };

/* Spans active in each column, by depth band: differences first, then their running sum. */
static void count_active(const struct waterfall_pane *pane, int bands, int32_t *active)
{
    const struct waterfall_paper *paper = &pane->paper;
    int width = paper->width;
    for (size_t i = 0; i < pane->trace->count; i++) {
        const struct trace_span *span = &pane->trace->spans[i];
        int band = span->depth / WATERFALL_BAND_DEPTHS;
        band = band < bands ? band : bands - 1;
        int from = time_view_column(&pane->extent, span->start_ns);
        int to = time_view_column(&pane->extent, trace_span_end_ns(span, pane->end_ns));
        from = from < 0 ? 0 : from;
        to = to < from ? from : to;
        active[band * (width + 1) + from]++;
        active[band * (width + 1) + to + 1]--;
        if (span->status == STATUS_ERROR && (span->flags & TRACE_SPAN_ERROR_BELOW) == 0) {
            for (int x = from; x <= to; x++) {
                paper->minimap[band * width + x].error = true;
            }
        }
    }
}

void waterfall_minimap_set(struct waterfall_pane *pane)
{
    int bands = pane->layout.minimap_h;
    paper_resize(&pane->paper, pane->layout.rows_h, pane->layout.bar_w);
    int width = pane->paper.width;
    if (pane->trace == NULL || bands == 0) {
        return;
    }
    memset(pane->paper.minimap, 0, sizeof *pane->paper.minimap * (size_t)(width * bands));
    int32_t *active = mem_zero((size_t)((width + 1) * bands) + 1, sizeof *active);
    int32_t largest = 1;
    count_active(pane, bands, active);
    for (int band = 0; band < bands; band++) {
        int32_t *row = active + (ptrdiff_t)band * (width + 1);
        for (int x = 0; x < width; x++) {
            row[x] += x > 0 ? row[x - 1] : 0;
            largest = row[x] > largest ? row[x] : largest;
        }
    }
    for (int band = 0; band < bands; band++) {
        for (int x = 0; x < width; x++) {
            int64_t count = active[band * (width + 1) + x];
            pane->paper.minimap[band * width + x].level =
                (uint8_t)((count * MINIMAP_LEVELS + largest - 1) / largest);
        }
    }
    free(active);
}
