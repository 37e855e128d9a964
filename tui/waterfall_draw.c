/* waterfall_draw — paints the waterfall from what waterfall_paper.c worked out. */
#include <inttypes.h>
#include <stdio.h>

#include "tui/format.h"
#include "tui/spoken.h"
#include "tui/waterfall_state.h"

enum {
    RUNE_MIDDLE_DOT = 0x00B7,
    RUNE_EVENT = 0x2022,
    RUNE_LINK = 0x2197,
    RUNE_OPEN = 0x25BE,
    RUNE_CLOSED = 0x25B8,
    RUNE_CROSSING = 0x253C,
    RUNE_MAP_BASE = 0x2580, /* one more an eighth more */
    TREE_X = 2,
    GUIDE_W = 2,
    TAG_W = SERVICE_TAG_LENGTH + 1,
    LEGEND_W = 29,
    LEGEND_IN_RULER_FROM = 47, /* columns of names */
    SUFFIX_BYTES = 96,
    USUAL_CELLS = 11,
    SKEW_PART = 200, /* of the trace: less cannot be seen */
};

/* ---- the header ----------------------------------------------------------------------------- */

static void draw_legend(struct canvas *canvas, int y, int x, int w)
{
    static const struct {
        const char *word;
        uint32_t rune;
        uint8_t tone;
    } legend[] = {{"self ", RUNE_FULL, TONE_SERVICE_0},
                  {" child ", RUNE_LINE, TONE_SERVICE_0},
                  {" event ", RUNE_EVENT, TONE_WARN},
                  {" run ", 0x25B6, TONE_RUNNING}};
    if (w < LEGEND_W) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(legend); i++) {
        x += canvas_text(canvas, y, x, w, INK(TONE_DIM), text_from(legend[i].word));
        canvas_rune(canvas, y, x++, INK(legend[i].tone), legend[i].rune);
    }
}

/* The zoom, the errors and the running spans, one below the other behind the minimap. */
static void draw_minimap_figure(const struct waterfall_pane *pane, struct canvas *canvas, int y,
                                int x, int band)
{
    char figure[FORMAT_BYTES + 8] = "";
    char count[FORMAT_BYTES];
    struct ink ink = INK(TONE_DIM);
    if (band == 0) {
        int64_t range = pane->view.end_ns - pane->view.start_ns;
        int64_t whole = pane->extent.end_ns - pane->extent.start_ns;
        int64_t tenths = whole / range * 10 + whole % range * 10 / range;
        if (whole % range > INT64_MAX / 10) {
            tenths = whole / range * 10;
        }
        if (tenths < 1000) {
            snprintf(figure, sizeof figure, "\u00D7%d.%d", (int)tenths / 10, (int)tenths % 10);
        } else {
            format_count(count, tenths / 10);
            snprintf(figure, sizeof figure, "\u00D7%s", count);
        }
    } else if (band == 1 && pane->trace->errors > 0) {
        format_count(count, (int64_t)pane->trace->errors);
        snprintf(figure, sizeof figure, "\u2717 %s", count);
        ink = INK(TONE_ERROR);
    } else if (band == 2 && pane->trace->running > 0) {
        format_count(count, (int64_t)pane->trace->running);
        snprintf(figure, sizeof figure, "\u25B6 %s", count);
        ink = INK(TONE_RUNNING);
    }
    canvas_text_right(canvas, y, x, 8, ink, text_from(figure));
}

static void draw_minimap(const struct waterfall_pane *pane, struct canvas *canvas, struct rect area)
{
    static const char *const bands[WATERFALL_BANDS] = {"minimap  depth 0-1", "minimap  depth 2-3",
                                                       "minimap  depth 4+"};
    const struct waterfall_layout *layout = &pane->layout;
    struct time_view map = pane->extent;
    int from = time_view_column(&map, pane->view.start_ns);
    int to = time_view_column(&map, pane->view.end_ns);
    for (int band = 0; band < layout->minimap_h && band < WATERFALL_BANDS; band++) {
        int y = area.y + band;
        if (layout->minimap_h > 1) {
            canvas_text(canvas, y, area.x + 1, layout->name_w - 2, INK(TONE_DIM),
                        text_from(bands[band]));
        } else if (pane->find.text.length > 0 || pane->find.count > 0) {
            canvas_print(canvas, y, area.x + 1, layout->name_w - 2, INK(TONE_MATCH),
                         "match %zu of %zu (n N)", waterfall_match_number(pane), pane->find.count);
        } else if (pane->rows.folded_to > 0 && pane->rows.only == NULL) {
            canvas_print(canvas, y, area.x + 1, layout->name_w - 2, INK(TONE_WARN),
                         "folded to depth %" PRIu32 " (zR opens)", pane->rows.folded_to);
        } else if (layout->name_w < LEGEND_IN_RULER_FROM) {
            draw_legend(canvas, y, area.x + 1, layout->name_w - 1);
        } else {
            canvas_text(canvas, y, area.x + 1, layout->name_w - 2, INK(TONE_DIM), TEXT("minimap"));
        }
        for (int x = 0; x < layout->bar_w; x++) {
            const struct minimap_cell *cell = &pane->paper.minimap[band * pane->paper.width + x];
            bool inside = !pane->fitted && x >= from && x <= to; /* of a zoomed view */
            uint8_t tone = cell->error ? TONE_ERROR : inside ? TONE_NORMAL : TONE_DIM;
            struct ink ink = INK_WITH(tone, inside ? INK_BOLD : 0);
            uint32_t rune = cell->level > 0 ? (uint32_t)RUNE_MAP_BASE + cell->level : ' ';
            canvas_rune(canvas, y, area.x + layout->bar_x + x, ink, rune);
        }
        draw_minimap_figure(pane, canvas, y, area.x + layout->duration_x, band);
    }
}

static void draw_tick_labels(const struct waterfall_pane *pane, struct canvas *canvas,
                             struct rect area)
{
    const struct waterfall_layout *layout = &pane->layout;
    int y = area.y + layout->ruler_y;
    int label_end = -1;
    for (size_t i = 0; i < pane->paper.tick_count; i++) {
        const struct tick *tick = &pane->paper.ticks[i];
        char label[FORMAT_BYTES];
        struct text text = pane->absolute_time
                               ? format_clock(label, pane->trace->start_ns + tick->offset_ns)
                               : format_duration(label, tick->offset_ns, canvas->ascii);
        int label_w = canvas_width(text);
        int column = tick->column;
        if (column + label_w > layout->bar_w) { /* the last one may stand a little to the left */
            column = layout->bar_w - label_w;
        }
        if (column > label_end) {
            canvas_text(canvas, y, area.x + layout->bar_x + column, label_w, INK(TONE_DIM), text);
            label_end = column + label_w;
        }
    }
}

static void draw_ruler(const struct waterfall_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct waterfall_layout *layout = &pane->layout;
    int y = area.y + layout->ruler_y;
    canvas_text(canvas, y, area.x + 1, layout->name_w - 1, INK(TONE_STRONG), TEXT("SPAN"));
    canvas_text_right(canvas, y, area.x + layout->duration_x, 8, INK(TONE_STRONG), TEXT("DUR"));
    if (layout->self_x > 0) {
        canvas_text_right(canvas, y, area.x + layout->self_x, 8, INK(TONE_STRONG), TEXT("SELF"));
    }
    if (layout->usual_x > 0) {
        canvas_text_right(canvas, y, area.x + layout->usual_x, USUAL_CELLS, INK(TONE_STRONG),
                          TEXT("USUAL"));
    }
    if (layout->bar_w == 0 || pane->trace == NULL) {
        return;
    }
    if (layout->name_w >= LEGEND_IN_RULER_FROM) {
        draw_legend(canvas, y, area.x + layout->name_w - LEGEND_W - 3, LEGEND_W);
    }
    draw_tick_labels(pane, canvas, area);
    if (layout->ruler_h > 1) {
        struct rect line = {y + 1, area.x + layout->bar_x, 1, layout->bar_w};
        canvas_fill(canvas, line, INK(TONE_DIM), RUNE_DASH);
        for (size_t i = 0; i < pane->paper.tick_count; i++) {
            int column = pane->paper.ticks[i].column;
            canvas_rune(canvas, y + 1, line.x + column, INK(TONE_DIM),
                        column == 0 ? RUNE_TEE : RUNE_CROSSING);
        }
    }
}

/* ---- names ---------------------------------------------------------------------------------- */

/* Tree lines of the ancestors and of the row itself; returns the column behind them. A tree too
 * deep for its column shows its depth as a number instead. */
static int draw_guides(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x,
                       size_t row)
{
    const struct trace *trace = pane->trace;
    const struct row *at = &pane->rows.row[row];
    int depth = trace->spans[at->span].depth + (at->kind == ROW_MEMBER);
    if (depth * GUIDE_W > pane->layout.name_w / 2) {
        return x + canvas_print(canvas, y, x, 8, INK(TONE_DIM), "\u2026%-4d", depth);
    }
    if (depth == 0) {
        return x;
    }
    int guide_x = x + (depth - 1) * GUIDE_W;
    bool more = rows_has_sibling_below(&pane->rows, row);
    canvas_rune(canvas, y, guide_x, INK(TONE_DIM), more ? RUNE_TEE : RUNE_CORNER);
    canvas_rune(canvas, y, guide_x + 1, INK(TONE_DIM), RUNE_DASH);
    guide_x -= GUIDE_W;
    if (at->kind == ROW_MEMBER && guide_x >= x) {
        const struct row_group *group = &pane->rows.groups[at->group];
        int32_t parent = trace->spans[at->span].parent;
        if (parent != TRACE_NO_SPAN && group->end < trace->spans[parent].subtree_end) {
            canvas_rune(canvas, y, guide_x, INK(TONE_DIM), RUNE_PIPE);
        }
        guide_x -= GUIDE_W;
    }
    int32_t ancestor = trace->spans[at->span].parent;
    for (; ancestor != TRACE_NO_SPAN && guide_x >= x; guide_x -= GUIDE_W) {
        int32_t above = trace->spans[ancestor].parent;
        if (above != TRACE_NO_SPAN &&
            trace->spans[ancestor].subtree_end < trace->spans[above].subtree_end) {
            canvas_rune(canvas, y, guide_x, INK(TONE_DIM), RUNE_PIPE);
        }
        ancestor = above;
    }
    return x + depth * GUIDE_W;
}

static uint8_t row_tone(const struct waterfall_pane *pane, const struct trace_span *span)
{
    static const uint8_t by_status[STATUS_COUNT] = {[STATUS_IN_PROGRESS] = TONE_RUNNING,
                                                    [STATUS_COMPLETED] = TONE_OK,
                                                    [STATUS_ERROR] = TONE_ERROR,
                                                    [STATUS_CANCELLED] = TONE_WARN};
    if (span->status == STATUS_ERROR) {
        return TONE_ERROR;
    }
    switch (pane->colour_by) {
    case COLOUR_SERVICE:
        return (uint8_t)(TONE_SERVICE_0 + pane->tags.by_name[span->service].hue);
    case COLOUR_TYPE:
        return (uint8_t)(TONE_SERVICE_0 + service_hue(trace_span_type(pane->trace, span)));
    case COLOUR_STATUS:
        return by_status[span->status];
    case COLOUR_SIDE:
        return pane->sides.known && pane->sides.client[span->service] ? TONE_SERVICE_1
                                                                      : TONE_SERVICE_0;
    case COLOUR_NONE:
    case COLOUR_BY_COUNT:
        break;
    }
    return TONE_NORMAL;
}

/* Outside of its parent's time by so much that it shows: a clock that differs, or work that goes on
 * after the parent has ended. */
static bool skew_is_large(const struct waterfall_pane *pane, const struct trace_span *span)
{
    const struct trace_span *parent = &pane->trace->spans[span->parent];
    int64_t early_ns = parent->start_ns - span->start_ns;
    return early_ns > 0 && early_ns > (pane->extent.end_ns - pane->extent.start_ns) / SKEW_PART;
}

static void name_suffix(const struct waterfall_pane *pane, const struct row *row,
                        char suffix[SUFFIX_BYTES])
{
    const struct trace_span *span = &pane->trace->spans[row->span];
    char count[FORMAT_BYTES];
    suffix[0] = '\0';
    if (row->kind == ROW_GROUP) {
        format_exact(count, pane->rows.groups[row->group].count);
        snprintf(suffix, SUFFIX_BYTES, " \u00D7%s", count);
    } else if (rows_is_closed(&pane->rows, row->span) && pane->rows.only == NULL) {
        format_count(count, (int64_t)span->subtree_end - row->span - 1);
        snprintf(suffix, SUFFIX_BYTES, " (+%s)", count);
    } else if (row->chain != row->span) {
        struct text last = trace_span_name(pane->trace, &pane->trace->spans[row->chain]);
        size_t length = text_cut(last, SUFFIX_BYTES - 16);
        snprintf(suffix, SUFFIX_BYTES,
                 row->chain - row->span > 1 ? " \u203A\u2026\u203A %.*s" : " \u203A %.*s",
                 (int)length, last.data);
    } else if ((span->flags & TRACE_SPAN_CYCLE) != 0) {
        snprintf(suffix, SUFFIX_BYTES, " (cycle cut)");
    } else if ((span->flags & TRACE_SPAN_SKEW) != 0 && skew_is_large(pane, span)) {
        snprintf(suffix, SUFFIX_BYTES, " (skew?)");
    }
}

static void draw_name(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x, int w,
                      size_t row)
{
    const struct row *at = &pane->rows.row[row];
    const struct trace_span *span = &pane->trace->spans[waterfall_row_span(pane, row)];
    bool faded = waterfall_is_faded(pane, at->span);
    struct ink ink = INK(span->status == STATUS_ERROR ? TONE_ERROR : TONE_NORMAL);
    if (row == pane->cursor) {
        ink = INK_WITH(span->status == STATUS_ERROR ? TONE_ERROR : TONE_STRONG, INK_BOLD);
    } else if (faded || (span->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        ink = INK(TONE_DIM);
    } else if (waterfall_is_match(pane, at->span)) {
        ink = INK(TONE_MATCH);
    }
    char suffix[SUFFIX_BYTES];
    name_suffix(pane, at, suffix);
    int suffix_w = canvas_width(text_from(suffix));
    int room = w > suffix_w ? w - suffix_w : w;
    int used;
    if ((span->flags & TRACE_SPAN_SYNTHETIC) != 0) {
        char printed[ID_PRINT_BYTES];
        struct id id = trace_span_id(pane->trace, span);
        id_print(&id, printed);
        used = canvas_print(canvas, y, x, room, ink, "\u2026 missing parent %s", printed);
    } else {
        used = canvas_text(canvas, y, x, room, ink, trace_span_name(pane->trace, span));
    }
    canvas_text(canvas, y, x + used, w - used, INK(at->kind == ROW_GROUP ? ink.tone : TONE_DIM),
                text_from(suffix));
}

static void draw_left(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x,
                      size_t row)
{
    const struct row *at = &pane->rows.row[row];
    const struct trace_span *span = &pane->trace->spans[waterfall_row_span(pane, row)];
    int end = x + pane->layout.name_w - 1; /* a blank before the bars */
    if (row == pane->cursor) {
        canvas_rune(canvas, y, x, INK(TONE_ACCENT), canvas->ascii ? '>' : RUNE_MARK);
    }
    if (span->status == STATUS_ERROR) {
        canvas_rune(canvas, y, x + 1, INK(TONE_ERROR), RUNE_CROSS);
    } else if (at->kind == ROW_SPAN && (span->flags & TRACE_SPAN_ERROR_BELOW) != 0) {
        canvas_rune(canvas, y, x + 1, INK(TONE_ERROR), RUNE_MIDDLE_DOT);
    }
    x = draw_guides(pane, canvas, y, x + TREE_X, row);
    bool closed = at->kind == ROW_GROUP ? !pane->rows.groups[at->group].open
                                        : rows_is_closed(&pane->rows, at->span);
    if (at->kind == ROW_GROUP || !rows_is_leaf(&pane->rows, at->span)) {
        bool shut = closed && pane->rows.only == NULL;
        canvas_rune(canvas, y, x, INK(TONE_DIM), shut ? RUNE_CLOSED : RUNE_OPEN);
    }
    x++;
    if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        const struct service_tag *tag = &pane->tags.by_name[span->service];
        canvas_text(canvas, y, x, end - x, INK(TONE_SERVICE_0 + tag->hue), text_from(tag->tag));
        x += TAG_W;
    }
    if (end > x) {
        draw_name(pane, canvas, y, x, end - x, row);
    }
}

/* ---- bars and figures ----------------------------------------------------------------------- */

static void draw_bar(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x,
                     size_t row)
{
    const struct trace_span *span = &pane->trace->spans[waterfall_row_span(pane, row)];
    const struct bar_cell *cells =
        pane->paper.cells + (row - pane->top) * (size_t)pane->paper.width;
    bool faded = waterfall_is_faded(pane, pane->rows.row[row].span);
    uint8_t tone = faded ? TONE_DIM : row_tone(pane, span);
    int end = -1;
    for (int i = 0; i < pane->layout.bar_w; i++) {
        const struct bar_cell *cell = &cells[i];
        struct ink ink = INK(tone);
        uint32_t rune = cell->rune;
        if (cell->part == BAR_OVERHANG || cell->part == BAR_OUTSIDE) {
            ink.tone = TONE_DIM;
        } else if (cell->part == BAR_RUNNING) {
            ink.tone = TONE_RUNNING;
        }
        if (cell->event) {
            rune = RUNE_EVENT;
            ink.tone = cell->exception ? TONE_ERROR : ink.tone;
            ink.flags = cell->part == BAR_THICK ? INK_REVERSE : 0;
        }
        if (rune != 0) {
            canvas_rune(canvas, y, x + i, ink, rune);
            end = i;
        }
    }
    if (pane->show_events && (span->flags & SPAN_HAS_LINKS) != 0 && end + 1 < pane->layout.bar_w) {
        canvas_rune(canvas, y, x + end + 1, INK(TONE_ACCENT), RUNE_LINK);
    }
}

/* "x4.2 p95" where a span took longer than nearly all of its kind, else its kind's median. */
static void draw_usual(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x,
                       const struct trace_span *span, int64_t duration_ns)
{
    const struct baseline *usual = span_usual_of(&pane->usual, span);
    char words[USUAL_BYTES];
    char text[FORMAT_BYTES];
    struct text shown = span_usual_words(words, usual, duration_ns, canvas->ascii);
    if (!text_is_empty(shown)) {
        canvas_text_right(canvas, y, x, USUAL_CELLS, INK(TONE_WARN), shown);
    } else if (usual != NULL) {
        canvas_text_right(canvas, y, x, USUAL_CELLS, INK(TONE_DIM),
                          format_duration(text, usual->p50_ns, canvas->ascii));
    }
}

static void draw_figures(const struct waterfall_pane *pane, struct canvas *canvas, int y, int x,
                         size_t row)
{
    const struct row *at = &pane->rows.row[row];
    const struct trace_span *span = &pane->trace->spans[at->span];
    bool running = at->kind != ROW_GROUP && span->duration_ns == SPAN_RUNNING;
    int64_t duration_ns = trace_span_end_ns(span, pane->end_ns) - span->start_ns;
    int64_t self_ns = span->self_ns;
    char text[FORMAT_BYTES];
    char shown[FORMAT_BYTES + 2];
    if (at->kind == ROW_GROUP) {
        const struct row_group *group = &pane->rows.groups[at->group];
        duration_ns = group->end_ns - group->start_ns;
        self_ns = group->sum_ns;
    } else if (pane->layout.bar_w > 0) {
        self_ns = pane->paper.self_ns[row - pane->top];
    }
    struct ink ink = INK(running ? TONE_RUNNING : TONE_NORMAL);
    format_duration(text, duration_ns, canvas->ascii);
    snprintf(shown, sizeof shown, "%s%s", text, running ? "+" : "");
    canvas_text_right(canvas, y, x + pane->layout.duration_x, 8, ink, text_from(shown));
    if (pane->layout.self_x > 0) {
        canvas_text_right(canvas, y, x + pane->layout.self_x, 8, INK(TONE_DIM),
                          format_duration(text, self_ns, canvas->ascii));
    }
    if (pane->layout.usual_x > 0 && at->kind != ROW_GROUP &&
        (span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        draw_usual(pane, canvas, y, x + pane->layout.usual_x, span, duration_ns);
    }
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void draw_row(const struct waterfall_pane *pane, struct canvas *canvas, struct rect area,
                     int dy)
{
    size_t row = pane->top + (size_t)dy;
    int y = area.y + pane->layout.rows_y + dy;
    draw_left(pane, canvas, y, area.x, row);
    if (pane->layout.bar_w > 0) {
        draw_bar(pane, canvas, y, area.x + pane->layout.bar_x, row);
    }
    draw_figures(pane, canvas, y, area.x, row);
    if (row == pane->cursor) {
        canvas_mark(canvas, (struct rect){y, area.x, 1, area.w}, INK_SELECTED);
    }
}

static void say_row(const void *ctx, size_t row, struct spoken *line)
{
    waterfall_row_words(ctx, row, line);
}

/* For screen readers: a sentence a row. */
static void draw_words(const struct waterfall_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct row_cursor rows = {
        .at = pane->cursor, .top = pane->top, .count = pane->rows.count};
    area.y += pane->layout.rows_y;
    area.h = pane->layout.rows_h;
    spoken_rows(canvas, area, &rows, say_row, pane);
}

void waterfall_draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct waterfall_pane *pane = self;
    if (canvas->words && pane->trace != NULL) {
        draw_words(pane, canvas, area);
        return;
    }
    if (pane->layout.minimap_h > 0 && pane->trace != NULL) {
        draw_minimap(pane, canvas, area);
    }
    draw_ruler(pane, canvas, area);
    if (pane->trace == NULL) {
        return;
    }
    for (int dy = 0; dy < pane->layout.rows_h && pane->top + (size_t)dy < pane->rows.count; dy++) {
        draw_row(pane, canvas, area, dy);
    }
}
