/* diff_draw — paints two traces side by side: the table, its sentences for screen readers, the two
 * lines above it. */
#include <stdio.h>

#include "tui/analysis_text.h"
#include "tui/diff_state.h"
#include "tui/format.h"
#include "tui/spoken.h"

enum {
    FIRST_COLUMN = 4,
    GUIDE_W = 2,
    NAME_LARGEST = 76,
    TIME_W = 9,
    DELTA_W = 10,
    BARS_FROM = 72, /* columns of the screen */
    BAR_LARGEST = 41,
    SUFFIX_BYTES = 48,
    RUNE_MIDDLE = 0x2502,
    RUNE_RIGHT_HALF = 0x2578,
    RUNE_LEFT_HALF = 0x257A,
};

static int bar_width(const struct diff_pane *pane)
{
    if (pane->w < BARS_FROM) {
        return 0;
    }
    int w = pane->w / 5;
    w = w < BAR_LARGEST ? w : BAR_LARGEST;
    return w - 1 + w % 2; /* odd: there is a middle */
}

static int name_width(const struct diff_pane *pane)
{
    int left = pane->w - FIRST_COLUMN - 2 * TIME_W - DELTA_W - bar_width(pane) - 3;
    return left < NAME_LARGEST ? left : NAME_LARGEST;
}

static void draw_head(const struct diff_pane *pane, struct canvas *canvas, struct rect area)
{
    int x = area.x + FIRST_COLUMN;
    canvas_text(canvas, area.y, x, name_width(pane), INK(TONE_STRONG),
                pane->by_size ? TEXT("SPAN, largest difference first") : TEXT("SPAN"));
    x += name_width(pane);
    canvas_text_right(canvas, area.y, x, TIME_W, INK(TONE_STRONG), TEXT("A"));
    canvas_text_right(canvas, area.y, x + TIME_W, TIME_W, INK(TONE_STRONG), TEXT("B"));
    x += 2 * TIME_W + 2;
    int bar_w = bar_width(pane);
    if (bar_w > 0) {
        int half = bar_w / 2;
        canvas_text_right(canvas, area.y, x, half - 1, INK(TONE_DIM), TEXT("faster"));
        canvas_rune(canvas, area.y, x + half, INK(TONE_DIM), RUNE_MIDDLE);
        canvas_text(canvas, area.y, x + half + 2, half - 1, INK(TONE_DIM), TEXT("slower"));
    }
    canvas_text_right(canvas, area.y, x + bar_w, DELTA_W, INK(TONE_STRONG), TEXT("OWN TIME"));
}

static enum tone kind_tone(const struct diff_row *row)
{
    static const uint8_t tones[DIFF_KIND_COUNT] = {[DIFF_SAME] = TONE_DIM,
                                                   [DIFF_SLOWER] = TONE_ERROR,
                                                   [DIFF_FASTER] = TONE_OK,
                                                   [DIFF_ADDED] = TONE_WARN,
                                                   [DIFF_MISSING] = TONE_RUNNING};
    return (enum tone)tones[row->kind];
}

/* Whether another row of the same parent follows further down. */
static bool has_sibling_below(const struct trace_diff *diff, uint32_t index)
{
    const struct diff_row *row = &diff->rows[index];
    uint32_t end = row->parent == DIFF_NONE ? diff->count : diff->rows[row->parent].end;
    return row->end < end;
}

static int draw_guides(const struct diff_pane *pane, struct canvas *canvas, int y, int x,
                       uint32_t index, int w)
{
    const struct trace_diff *diff = &pane->diff;
    int depth = (int)diff->rows[index].depth;
    if (pane->by_size || pane->only) {
        int indent = pane->by_size ? 0 : depth * GUIDE_W;
        return x + (indent < w / 2 ? indent : w / 2);
    }
    if (depth * GUIDE_W > w / 2) {
        return x + canvas_print(canvas, y, x, 8, INK(TONE_DIM), "\u2026%-4d", depth);
    }
    uint32_t at = index;
    for (int guide_x = x + (depth - 1) * GUIDE_W; guide_x >= x; guide_x -= GUIDE_W) {
        bool more = has_sibling_below(diff, at);
        if (at == index) {
            canvas_rune(canvas, y, guide_x, INK(TONE_DIM), more ? RUNE_TEE : RUNE_CORNER);
            canvas_rune(canvas, y, guide_x + 1, INK(TONE_DIM), RUNE_DASH);
        } else if (more) {
            canvas_rune(canvas, y, guide_x, INK(TONE_DIM), RUNE_PIPE);
        }
        at = diff->rows[at].parent;
    }
    return x + depth * GUIDE_W;
}

static void draw_name(const struct diff_pane *pane, struct canvas *canvas, int y, int x, int w,
                      uint32_t index)
{
    const struct diff_row *row = &pane->diff.rows[index];
    bool in_a = row->a.count > 0;
    const struct trace *trace = in_a ? pane->a : pane->b;
    const struct trace_span *span = &trace->spans[in_a ? row->a.span : row->b.span];
    const struct service_tags *tags = in_a ? &pane->a_tags : &pane->b_tags;
    int end = x + w - 1;
    x = draw_guides(pane, canvas, y, x, index, w);
    if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        const struct service_tag *tag = &tags->by_name[span->service];
        canvas_text(canvas, y, x, end - x, INK(TONE_SERVICE_0 + tag->hue), text_from(tag->tag));
        x += SERVICE_TAG_LENGTH + 1;
    }
    char suffix[SUFFIX_BYTES] = "";
    if (row->a.count > 1 || row->b.count > 1) {
        if (row->a.count == row->b.count) {
            snprintf(suffix, sizeof suffix, " \u00D7%u", (unsigned)row->a.count);
        } else {
            snprintf(suffix, sizeof suffix, " \u00D7%u\u2192%u", (unsigned)row->a.count,
                     (unsigned)row->b.count);
        }
    }
    int suffix_w = canvas_width(text_from(suffix));
    enum tone tone = row->kind == DIFF_SAME ? TONE_DIM : TONE_NORMAL;
    int room = end - x > suffix_w ? end - x - suffix_w : 0;
    x += canvas_text(canvas, y, x, room, INK(tone), trace_span_name(trace, span));
    canvas_text(canvas, y, x, end - x, INK(row->a.count != row->b.count ? TONE_WARN : TONE_DIM),
                text_from(suffix));
}

static void draw_bar(const struct diff_pane *pane, struct canvas *canvas, int y, int x, int w,
                     const struct diff_row *row)
{
    int half = w / 2;
    int64_t size = row->delta_ns < 0 ? -row->delta_ns : row->delta_ns;
    int halves = (int)((double)size * 2 * half / (double)pane->largest_ns + 0.5);
    struct ink ink = INK(kind_tone(row));
    canvas_rune(canvas, y, x + half, INK(TONE_DIM), RUNE_MIDDLE);
    if (row->kind == DIFF_SAME) {
        return;
    }
    halves = halves > 0 ? halves : 1;
    for (int i = 0; i < (halves + 1) / 2; i++) {
        bool tip = i == halves / 2;
        if (row->delta_ns < 0) {
            canvas_rune(canvas, y, x + half - 1 - i, ink, tip ? RUNE_LEFT_HALF : RUNE_LINE);
        } else {
            canvas_rune(canvas, y, x + half + 1 + i, ink, tip ? RUNE_RIGHT_HALF : RUNE_LINE);
        }
    }
}

static void draw_time(struct canvas *canvas, int y, int x, const struct diff_side *side)
{
    char text[FORMAT_BYTES];
    struct text shown =
        side->count > 0 ? format_duration(text, side->duration_ns, canvas->ascii) : TEXT("\u2013");
    enum tone tone = side->errors > 0 ? TONE_ERROR : side->count > 0 ? TONE_NORMAL : TONE_DIM;
    canvas_text_right(canvas, y, x, TIME_W, INK(tone), shown);
}

static void draw_delta(struct canvas *canvas, int y, int x, const struct diff_row *row)
{
    char text[FORMAT_BYTES];
    char shown[FORMAT_BYTES + 4];
    int64_t size = row->delta_ns < 0 ? -row->delta_ns : row->delta_ns;
    if (size == 0) {
        return;
    }
    snprintf(shown, sizeof shown, "%s%.*s", row->delta_ns < 0 ? "-" : "+",
             TEXT_ARGS(format_duration(text, size, canvas->ascii)));
    canvas_text_right(canvas, y, x, DELTA_W, INK(kind_tone(row)), text_from(shown));
}

static void draw_row(const struct diff_pane *pane, struct canvas *canvas, int y, int left,
                     uint32_t index)
{
    static const uint32_t signs[DIFF_KIND_COUNT] = {[DIFF_SAME] = ' ',
                                                    [DIFF_SLOWER] = 0x25B2,
                                                    [DIFF_FASTER] = 0x25BC,
                                                    [DIFF_ADDED] = '+',
                                                    [DIFF_MISSING] = 0x2212};
    const struct diff_row *row = &pane->diff.rows[index];
    int x = left + FIRST_COLUMN;
    uint32_t sign = signs[row->kind];
    if (canvas->ascii) {
        sign = (uint32_t)(row->kind == DIFF_SLOWER    ? '>'
                          : row->kind == DIFF_FASTER  ? '<'
                          : row->kind == DIFF_MISSING ? '-'
                                                      : (char)sign);
    }
    canvas_rune(canvas, y, left + 2, INK(kind_tone(row)), sign);
    draw_name(pane, canvas, y, x, name_width(pane), index);
    x += name_width(pane);
    draw_time(canvas, y, x, &row->a);
    draw_time(canvas, y, x + TIME_W, &row->b);
    x += 2 * TIME_W + 2;
    int bar_w = bar_width(pane);
    if (bar_w > 0) {
        draw_bar(pane, canvas, y, x, bar_w, row);
    }
    draw_delta(canvas, y, x + bar_w, row);
}

/* ---- for screen readers ---- */

static void say_side(struct spoken *line, const char *side, const struct diff_side *at)
{
    char before[SUFFIX_BYTES];
    if (at->count > 0) {
        snprintf(before, sizeof before, at->count > 1 ? "%s %u spans, " : "%s ", side,
                 (unsigned)at->count);
        spoken_duration(line, before, at->duration_ns, at->errors > 0 ? " with errors" : "");
    }
}

static void say_row(const void *ctx, size_t index, struct spoken *line)
{
    const struct diff_pane *pane = ctx;
    const struct diff_row *row = diff_row_at(pane, index);
    const struct trace *trace = row->a.count > 0 ? pane->a : pane->b;
    const struct trace_span *span = &trace->spans[row->a.count > 0 ? row->a.span : row->b.span];
    spoken_format(line, "depth %u", (unsigned)row->depth);
    spoken_add(line, text_from(diff_kind_name((enum diff_kind)row->kind)));
    spoken_add(line, (span->flags & TRACE_SPAN_SYNTHETIC) != 0 ? (struct text){0}
                                                               : trace_span_service(trace, span));
    spoken_add(line, trace_span_name(trace, span));
    say_side(line, "A", &row->a);
    say_side(line, "B", &row->b);
    if (row->kind != DIFF_SAME) {
        bool less = row->delta_ns < 0;
        spoken_duration(line, "own time ", less ? -row->delta_ns : row->delta_ns,
                        less ? " less" : " more");
    }
}

static void draw_words(const struct diff_pane *pane, struct canvas *canvas, struct rect area)
{
    canvas_text(canvas, area.y, area.x, area.w, INK(TONE_DIM),
                pane->by_size ? TEXT("spans, largest difference first")
                              : TEXT("spans in the order of the traces"));
    area.y += DIFF_HEAD_ROWS;
    area.h -= DIFF_HEAD_ROWS;
    spoken_rows(canvas, area, &pane->rows, say_row, pane);
}

static void draw_table(const struct diff_pane *pane, struct canvas *canvas, struct rect area)
{
    draw_head(pane, canvas, area);
    for (int y = DIFF_HEAD_ROWS; y < area.h; y++) {
        size_t row = pane->rows.top + (size_t)(y - DIFF_HEAD_ROWS);
        if (row >= pane->shown_count) {
            break;
        }
        draw_row(pane, canvas, area.y + y, area.x, pane->shown[row]);
        if (row == pane->rows.at) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT),
                        canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
}

void diff_draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct diff_pane *pane = self;
    if (pane->a == NULL) {
        canvas_text(canvas, area.y + 1, area.x + FIRST_COLUMN, area.w, INK(TONE_DIM),
                    TEXT("reading the traces\u2026"));
        return;
    }
    if (canvas->words) {
        draw_words(pane, canvas, area);
    } else {
        draw_table(pane, canvas, area);
    }
    if (pane->shown_count == 0) {
        canvas_text(canvas, area.y + DIFF_HEAD_ROWS, area.x + FIRST_COLUMN, area.w, INK(TONE_DIM),
                    TEXT("nothing differs"));
    }
}

/* One line about A or B, and right of it what is different. */
static void draw_side(const struct diff_pane *pane, struct canvas *canvas, struct rect area, bool b,
                      struct text different, struct ink ink)
{
    const struct trace *trace = b ? pane->b : pane->a;
    char id[ID_PRINT_BYTES];
    char text[FORMAT_BYTES];
    size_t length = id_print(&trace->row.id, id);
    int y = area.y + (b ? 1 : 0);
    int x = area.x + 1;
    int end = area.x + area.w - 1 - canvas_width(different) - 2;
    canvas_text_right(canvas, y, area.x, area.w - 1, ink, different);
    x += canvas_text(canvas, y, x, end - x, INK_WITH(TONE_STRONG, INK_BOLD),
                     b ? TEXT("B  ") : TEXT("A  "));
    canvas_text(canvas, y, x, 8, INK(TONE_ACCENT), text_make(id, length < 8 ? length : 8));
    x += 9;
    canvas_text_right(canvas, y, x, TIME_W - 1, INK(TONE_STRONG),
                      format_duration(text, b ? pane->diff.b_ns : pane->diff.a_ns, canvas->ascii));
    x += TIME_W + 1;
    x += canvas_text(canvas, y, x, end - x, INK(TONE_NORMAL), trace->row.root_operation) + 2;
    x += canvas_text(canvas, y, x, end - x, INK(TONE_NORMAL), trace->row.user) + 2;
    if (area.w >= 100) {
        x += canvas_text(canvas, y, x, end - x, INK(TONE_DIM),
                         format_date(text, trace->row.start_ns)) +
             2;
    }
    if (trace->errors > 0) {
        canvas_print(canvas, y, x, end - x, INK(TONE_ERROR), "\u2717%zu", trace->errors);
    }
}

static void append_change(const struct diff_pane *pane, struct text_buffer *target,
                          const struct canvas *canvas)
{
    char text[FORMAT_BYTES];
    int64_t by_ns = pane->diff.b_ns - pane->diff.a_ns;
    struct text shown = format_duration(text, by_ns < 0 ? -by_ns : by_ns, canvas->ascii);
    text_append_format(target, "%s%.*s", by_ns < 0 ? "-" : "+", TEXT_ARGS(shown));
    double times = pane->diff.a_ns > 0 ? (double)pane->diff.b_ns / (double)pane->diff.a_ns : 0;
    if (times >= 0.005 && times < 1000 && !canvas->words) { /* words are wider than signs */
        text_append_format(target, times < 10 ? " \u00D7%.2f" : " \u00D7%.0f", times);
    }
}

void diff_pane_title(const struct diff_pane *pane, struct canvas *canvas, struct rect area)
{
    if (pane->a == NULL || area.h < 2) {
        return;
    }
    struct text_buffer change = {0};
    struct text_buffer summary = {0};
    append_change(pane, &change, canvas);
    analysis_text_diff_summary(&pane->diff, &summary);
    enum tone tone = pane->diff.b_ns > pane->diff.a_ns ? TONE_ERROR : TONE_OK;
    draw_side(pane, canvas, area, false, text_buffer_text(&change), INK_WITH(tone, INK_BOLD));
    draw_side(pane, canvas, area, true, text_buffer_text(&summary), INK(TONE_NORMAL));
    text_buffer_free(&change);
    text_buffer_free(&summary);
}
