/* plain_tree — the waterfall of one trace as lines of text.
 *
 *     7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1  2025-11-20 14:03:20.412
 *     click SaveGoal  alice  error  1.28s  53 spans  1 error  5 services
 *
 *       SPAN                   0              500ms          1.00s         DUR
 *     . web click SaveGoal     #======================================   1.28s
 *     . +-api createGoal        ====================================     1.21s
 *     x | `-db INSERT goals                                 |######|     255ms
 */
#include <stdlib.h>
#include <string.h>

#include "tui/canvas.h"
#include "tui/format.h"
#include "tui/plain.h"
#include "tui/waterfall.h"

enum {
    DURATION_W = 8,
    GUIDE_W = 2,
    TREE_X = 2, /* behind the error mark */
    TICK_CELLS = 12,
    RUNE_BELOW = 0x00B7,
};

/* What the lines of one tree share. */
struct page {
    FILE *out;
    const struct trace *trace;
    struct canvas canvas; /* one row */
    struct time_view view;
    int name_w;
    const bool *last; /* no shown sibling follows */
    struct text_buffer line;
};

static void flush_row(struct page *page)
{
    text_buffer_clear(&page->line);
    canvas_row(&page->canvas, 0, &page->line);
    text_append_char(&page->line, '\n');
    fwrite(page->line.data, 1, page->line.length, page->out);
    canvas_clear(&page->canvas);
}

/* ---- above the tree ---- */

static int put_word(struct page *page, int x, struct text word)
{
    int w = page->canvas.w - x;
    return w > 0 && word.length > 0
               ? x + canvas_text(&page->canvas, 0, x, w, INK(TONE_NORMAL), word) + 2
               : x;
}

static int put_count(struct page *page, int x, size_t count, const char *one, const char *many)
{
    char number[FORMAT_BYTES];
    char word[FORMAT_BYTES * 2];
    if (count == 0) {
        return x;
    }
    format_exact(number, (int64_t)count);
    int length = snprintf(word, sizeof word, "%s %s", number, count == 1 ? one : many);
    return put_word(page, x, text_make(word, (size_t)length));
}

static void write_head(struct page *page)
{
    const struct trace *trace = page->trace;
    char target[FORMAT_BYTES];
    char id[ID_PRINT_BYTES];
    int x = put_word(page, 0, text_make(id, id_print(&trace->row.id, id)));
    put_word(page, x, format_date(target, trace->row.start_ns));
    flush_row(page);
    x = put_word(page, 0, trace->row.root_operation);
    x = put_word(page, x, trace->row.user);
    x = put_word(page, x, text_from(status_name(trace->row.status)));
    x = put_word(page, x, format_duration(target, trace->row.duration_ns, page->canvas.ascii));
    x = put_count(page, x, trace->count - trace->missing_parents, "span", "spans");
    x = put_count(page, x, trace->errors, "error", "errors");
    x = put_count(page, x, trace->running, "running", "running");
    put_count(page, x, trace->services, "service", "services");
    flush_row(page);
    if (trace->row.error_message.length > 0) {
        canvas_rune(&page->canvas, 0, 0, INK(TONE_ERROR), RUNE_CROSS);
        put_word(page, TREE_X, trace->row.error_message);
        flush_row(page);
    }
    if (trace->missing_parents + trace->cycles > 0) {
        x = put_count(page, 0, trace->missing_parents, "missing parent", "missing parents");
        put_count(page, x, trace->cycles, "cycle cut", "cycles cut");
        flush_row(page);
    }
    flush_row(page);
}

static void write_ruler(struct page *page)
{
    struct tick ticks[WATERFALL_TICKS_LARGEST];
    char target[FORMAT_BYTES];
    canvas_text(&page->canvas, 0, TREE_X, page->name_w - TREE_X, INK(TONE_DIM), TEXT("SPAN"));
    size_t count = page->view.width > 0
                       ? ruler_ticks(&page->view, page->trace->start_ns, TICK_CELLS, ticks)
                       : 0;
    for (size_t i = 0; i < count; i++) {
        struct text label = format_duration(target, ticks[i].offset_ns, page->canvas.ascii);
        if (ticks[i].column + canvas_width(label) <= page->view.width) {
            canvas_text(&page->canvas, 0, page->name_w + ticks[i].column, canvas_width(label),
                        INK(TONE_DIM), label);
        }
    }
    canvas_text_right(&page->canvas, 0, page->canvas.w - DURATION_W, DURATION_W, INK(TONE_DIM),
                      TEXT("DUR"));
    flush_row(page);
}

/* ---- one span ---- */

static void draw_mark(struct page *page, const struct trace_span *span)
{
    if (span->status == STATUS_ERROR) {
        canvas_rune(&page->canvas, 0, 0, INK(TONE_ERROR), RUNE_CROSS);
    } else if ((span->flags & TRACE_SPAN_ERROR_BELOW) != 0) {
        canvas_rune(&page->canvas, 0, 0, INK(TONE_ERROR), RUNE_BELOW);
    }
}

/* The lines to the ancestors; deeper than half the column they become a number. Returns the column
 * behind them. */
static int draw_guides(struct page *page, size_t index)
{
    const struct trace_span *spans = page->trace->spans;
    struct ink ink = INK(TONE_DIM);
    int levels = spans[index].depth;
    if (levels * GUIDE_W > page->name_w / 2) {
        return 1 +
               canvas_print(&page->canvas, 0, 1, page->name_w - 1, ink, "\xE2\x80\xA6%d ", levels);
    }
    int32_t at = (int32_t)index;
    for (int level = levels; level > 0; level--, at = spans[at].parent) {
        int x = TREE_X + (level - 1) * GUIDE_W;
        if (level == levels) {
            canvas_rune(&page->canvas, 0, x, ink, page->last[at] ? RUNE_CORNER : RUNE_TEE);
            canvas_rune(&page->canvas, 0, x + 1, ink, RUNE_DASH);
        } else if (!page->last[at]) {
            canvas_rune(&page->canvas, 0, x, ink, RUNE_PIPE);
        }
    }
    return TREE_X + levels * GUIDE_W;
}

static void draw_bar(struct page *page, size_t index)
{
    const struct trace *trace = page->trace;
    const struct trace_span *span = &trace->spans[index];
    struct bar_cell cells[WATERFALL_CELLS_LARGEST];
    uint8_t covered[WATERFALL_CELLS_LARGEST] = {0};
    struct bar bar = {
        .start_ns = span->start_ns,
        .end_ns = trace_span_end_ns(span, trace->end_ns),
        .running = span->duration_ns == SPAN_RUNNING,
    };
    bar_shape(&page->view, &bar, cells);
    int64_t until_ns = bar.start_ns;
    for (size_t child = index + 1; child < span->subtree_end;
         child = trace->spans[child].subtree_end) {
        int64_t start_ns = trace->spans[child].start_ns;
        int64_t end_ns = trace_span_end_ns(&trace->spans[child], trace->end_ns);
        if (end_ns > until_ns) {
            bar_cover(&page->view, start_ns > until_ns ? start_ns : until_ns, end_ns, covered);
            until_ns = end_ns;
        }
    }
    bar_weigh(&page->view, &bar, covered, false, cells);
    for (int i = 0; i < page->view.width; i++) {
        if (cells[i].rune != 0) {
            canvas_rune(&page->canvas, 0, page->name_w + i, INK(TONE_NORMAL), cells[i].rune);
        }
    }
}

static void write_span(struct page *page, size_t index)
{
    const struct trace *trace = page->trace;
    const struct trace_span *span = &trace->spans[index];
    char target[FORMAT_BYTES + 1];
    draw_mark(page, span);
    int x = draw_guides(page, index);
    if ((span->flags & TRACE_SPAN_SYNTHETIC) == 0) {
        x += canvas_text(&page->canvas, 0, x, page->name_w - 1 - x, INK(TONE_DIM),
                         trace_span_service(trace, span)) +
             1;
    }
    if (x < page->name_w - 1) {
        canvas_text(&page->canvas, 0, x, page->name_w - 1 - x, INK(TONE_NORMAL),
                    trace_span_name(trace, span));
    }
    if (page->view.width > 0) {
        draw_bar(page, index);
    }
    int64_t end_ns = trace_span_end_ns(span, trace->end_ns);
    struct text duration = format_duration(target, end_ns - span->start_ns, page->canvas.ascii);
    if (span->duration_ns == SPAN_RUNNING) {
        target[duration.length++] = '+';
    }
    canvas_text_right(&page->canvas, 0, page->canvas.w - DURATION_W, DURATION_W, INK(TONE_NORMAL),
                      duration);
    flush_row(page);
}

/* ---- the tree ---- */

static bool is_shown(const struct trace *trace, size_t index, const struct plain_tree *tree)
{
    const struct trace_span *span = &trace->spans[index];
    bool below = tree->end == 0 || (index >= tree->first && index < tree->end);
    bool above = tree->end != 0 && index <= tree->first && span->subtree_end > tree->first;
    return (below || above) && (tree->depth == 0 || span->depth < tree->depth) &&
           (!tree->errors_only || span->status == STATUS_ERROR ||
            (span->flags & TRACE_SPAN_ERROR_BELOW) != 0);
}

/* For each shown span: is it the last shown child? Backwards, the first child met is. */
static bool *find_last_children(const struct trace *trace, const struct plain_tree *tree)
{
    bool *last = mem_zero(trace->count, sizeof *last);
    bool *met = mem_zero(trace->count, sizeof *met); /* a child of this span was met */
    for (size_t i = trace->count; i-- > 0;) {
        int32_t parent = trace->spans[i].parent;
        if (parent != TRACE_NO_SPAN && is_shown(trace, i, tree)) {
            last[i] = !met[parent];
            met[parent] = true;
        }
    }
    free(met);
    return last;
}

void plain_tree_write(FILE *out, const struct plain_style *style, const struct trace *trace,
                      const struct plain_tree *tree)
{
    enum { BARS_FROM_WIDTH = 60 };
    struct page page = {.out = out, .trace = trace};
    bool *last = find_last_children(trace, tree);
    canvas_init(&page.canvas, style->ascii);
    canvas_resize(&page.canvas, 1, style->width);
    page.last = last;
    page.name_w = style->width - DURATION_W;
    if (style->width >= BARS_FROM_WIDTH) {
        page.name_w = waterfall_name_width(style->width, 0);
        page.view =
            time_view_fit(trace->start_ns, trace->end_ns, style->width - page.name_w - DURATION_W);
    }
    write_head(&page);
    write_ruler(&page);
    for (size_t i = 0; i < trace->count; i++) {
        if (is_shown(trace, i, tree)) {
            write_span(&page, i);
        }
    }
    canvas_free(&page.canvas);
    text_buffer_free(&page.line);
    free(last);
}
