/* span_pane — the spans of the open trace added up by operation, service or type, as a table.
 *
 *    OPERATION                    COUNT               SELF▼  SHARE    TOTAL      P95
 * ▌✗ db  INSERT goals                 1 ━━━━━━━━━━╸   255ms  19.9%    255ms    255ms
 *    db  SELECT goals                37 ━━━━━━━━━━━   351ms  27.4%    351ms   15.2ms
 * ─ 18 operations, 54 spans   Enter the hottest span   D by service   Esc the waterfall ─ */
#include "tui/span_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/format.h"
#include "tui/row_cursor.h"
#include "tui/service_tag.h"
#include "tui/spoken.h"

enum {
    FIRST_COLUMN = 3,
    NAME_LARGEST = 64,
    NAME_LEAST = 8,
    RUNE_MARK = 0x258C,
    RUNE_CROSS = 0x2717
};

enum span_column {
    SPAN_NAME,
    SPAN_COUNT,
    SPAN_ERRORS,
    SPAN_BAR,
    SPAN_SELF,
    SPAN_SHARE,
    SPAN_TOTAL,
    SPAN_P50,
    SPAN_P95,
    SPAN_MAX,
    SPAN_COLUMNS
};

static const struct {
    const char *title;
    int w;    /* with the blanks before it; the name takes what is left over */
    int from; /* width of the screen from which the column is shown */
    bool sortable;
} columns[SPAN_COLUMNS] = {
    [SPAN_NAME] = {.title = "", .sortable = true},
    [SPAN_COUNT] = {.title = "COUNT", .w = 7, .sortable = true},
    [SPAN_ERRORS] = {.title = "ERR", .w = 6, .from = 110, .sortable = true},
    [SPAN_BAR] = {.title = "", .w = 13, .from = 72},
    [SPAN_SELF] = {.title = "SELF", .w = 9, .sortable = true},
    [SPAN_SHARE] = {.title = "SHARE", .w = 8, .from = 56},
    [SPAN_TOTAL] = {.title = "TOTAL", .w = 9, .from = 64, .sortable = true},
    [SPAN_P50] = {.title = "P50", .w = 9, .from = 110, .sortable = true},
    [SPAN_P95] = {.title = "P95", .w = 9, .from = 80, .sortable = true},
    [SPAN_MAX] = {.title = "MAX", .w = 9, .from = 110, .sortable = true},
};

static const char *const titles[SPANS_BY_COUNT] = {
    [SPANS_BY_OPERATION] = "OPERATION", [SPANS_BY_SERVICE] = "SERVICE", [SPANS_BY_TYPE] = "TYPE"};

struct span_pane {
    const struct trace *trace; /* borrowed */
    int64_t now_ns;
    struct span_table table;
    struct service_tags tags;
    enum span_grouping by;
    enum span_column sort;
    int64_t most_ns; /* self time of one row */
    struct row_cursor rows;
    int h, w;
};

struct span_pane *span_pane_new(void)
{
    struct span_pane *pane = mem_zero(1, sizeof *pane);
    pane->sort = SPAN_SELF;
    return pane;
}

static void free_pane(void *self)
{
    struct span_pane *pane = self;
    if (pane != NULL) {
        span_table_clear(&pane->table);
        service_tags_clear(&pane->tags);
        free(pane);
    }
}

/* ---- order ---------------------------------------------------------------------------------- */

static int64_t figure(const struct span_table_row *row, enum span_column column)
{
    switch (column) {
    case SPAN_COUNT:
        return (int64_t)row->count;
    case SPAN_ERRORS:
        return (int64_t)row->errors;
    case SPAN_TOTAL:
        return row->total_ns;
    case SPAN_P50:
        return row->p50_ns;
    case SPAN_P95:
        return row->p95_ns;
    case SPAN_MAX:
        return row->max_ns;
    case SPAN_NAME:
    case SPAN_BAR:
    case SPAN_SELF:
    case SPAN_SHARE:
    case SPAN_COLUMNS:
        break;
    }
    return row->self_ns;
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct span_table_row *left = a;
    const struct span_table_row *right = b;
    const struct span_pane *pane = ctx;
    int64_t x = figure(left, pane->sort);
    int64_t y = figure(right, pane->sort);
    if (pane->sort != SPAN_NAME && x != y) {
        return x > y ? -1 : 1;
    }
    int order = text_compare(pane->trace->names[left->name], pane->trace->names[right->name]);
    return order != 0 ? order
                      : text_compare(pane->trace->names[left->service],
                                     pane->trace->names[right->service]);
}

static void sort_rows(struct span_pane *pane)
{
    if (pane->table.count > 1) {
        qsort_r(pane->table.rows, pane->table.count, sizeof *pane->table.rows, compare_rows, pane);
    }
}

static bool is_shown(const struct span_pane *pane, int column)
{
    return pane->w >= columns[column].from;
}

static void sort_by(struct span_pane *pane, int step)
{
    int column = (int)pane->sort;
    do {
        column = (column + step + SPAN_COLUMNS) % SPAN_COLUMNS;
    } while (!columns[column].sortable || !is_shown(pane, column));
    pane->sort = (enum span_column)column;
    sort_rows(pane);
    row_cursor_go(&pane->rows, 0);
}

/* ---- rows ----------------------------------------------------------------------------------- */

static const struct span_table_row *selected(const struct span_pane *pane)
{
    return pane->rows.at < pane->table.count ? &pane->table.rows[pane->rows.at] : NULL;
}

static void fit(struct span_pane *pane)
{
    row_cursor_fit(&pane->rows, pane->table.count, pane->h - 2);
}

static void add_up(struct span_pane *pane)
{
    if (pane->trace == NULL) {
        span_table_clear(&pane->table);
    } else {
        span_table_set(&pane->table, pane->trace, pane->by, pane->now_ns);
        pane->most_ns = pane->table.count > 0 ? pane->table.rows[0].self_ns : 0;
        sort_rows(pane);
    }
    fit(pane);
}

/* The row of the group with these names; names keep their order while a trace grows. */
static void return_to(struct span_pane *pane, struct text name, struct text service)
{
    for (size_t i = 0; i < pane->table.count; i++) {
        const struct span_table_row *row = &pane->table.rows[i];
        if (text_equals(pane->trace->names[row->name], name) &&
            text_equals(pane->trace->names[row->service], service)) {
            row_cursor_go(&pane->rows, i);
            return;
        }
    }
}

void span_pane_set(struct span_pane *pane, const struct trace *trace, int64_t now_ns)
{
    struct text_buffer name = {0};
    struct text_buffer service = {0};
    const struct span_table_row *row = selected(pane);
    if (row != NULL && pane->trace != NULL) {
        text_append(&name, pane->trace->names[row->name]);
        text_append(&service, pane->trace->names[row->service]);
    }
    pane->trace = trace;
    pane->now_ns = now_ns;
    if (trace != NULL) {
        service_tags_set(&pane->tags, trace);
    }
    add_up(pane);
    if (row != NULL && trace != NULL) {
        return_to(pane, text_buffer_text(&name), text_buffer_text(&service));
    }
    text_buffer_free(&name);
    text_buffer_free(&service);
}

void span_pane_set_grouping(struct span_pane *pane, enum span_grouping by)
{
    pane->by = by;
    pane->rows.at = pane->rows.top = 0;
    add_up(pane);
}

uint32_t span_pane_hottest(const struct span_pane *pane)
{
    const struct span_table_row *row = selected(pane);
    return row != NULL ? row->hottest : UINT32_MAX;
}

/* ---- actions -------------------------------------------------------------------------------- */

static bool has_errors(const void *ctx, size_t row)
{
    const struct span_pane *pane = ctx;
    return pane->table.rows[row].errors > 0;
}

static enum pane_reply act(void *self, enum action action, int count)
{
    struct span_pane *pane = self;
    if (row_cursor_act(&pane->rows, action, count)) {
        return PANE_HANDLED;
    }
    switch ((int)action) {
    case ACTION_GROUPS:
        span_pane_set_grouping(pane, (enum span_grouping)((pane->by + 1) % SPANS_BY_COUNT));
        return PANE_HANDLED;
    case ACTION_SORT_NEXT:
    case ACTION_SORT_PREVIOUS:
        sort_by(pane, action == ACTION_SORT_NEXT ? 1 : -1);
        return PANE_HANDLED;
    case ACTION_NEXT_ERROR:
    case ACTION_PREVIOUS_ERROR:
        row_cursor_seek(&pane->rows, action == ACTION_NEXT_ERROR ? 1 : -1, count, has_errors, pane);
        return PANE_HANDLED;
    }
    return PANE_IGNORED;
}

static void layout(void *self, int h, int w)
{
    struct span_pane *pane = self;
    pane->h = h;
    pane->w = w;
    fit(pane);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static int name_width(const struct span_pane *pane)
{
    int left = pane->w - FIRST_COLUMN - 1;
    for (int i = SPAN_NAME + 1; i < SPAN_COLUMNS; i++) {
        left -= is_shown(pane, i) ? columns[i].w : 0;
    }
    left = left < NAME_LARGEST ? left : NAME_LARGEST;
    return left > NAME_LEAST ? left : NAME_LEAST;
}

static void draw_titles(const struct span_pane *pane, struct canvas *canvas, struct rect area)
{
    int x = area.x + FIRST_COLUMN;
    for (int i = 0; i < SPAN_COLUMNS; i++) {
        if (!is_shown(pane, i)) {
            continue;
        }
        bool sorted = (int)pane->sort == i;
        struct ink ink = INK(sorted ? TONE_STRONG : TONE_DIM);
        char title[32];
        snprintf(title, sizeof title, "%s%s", i == SPAN_NAME ? titles[pane->by] : columns[i].title,
                 !sorted          ? ""
                 : i == SPAN_NAME ? "\xE2\x96\xB2"
                                  : "\xE2\x96\xBC");
        int w = i == SPAN_NAME ? name_width(pane) : columns[i].w;
        if (i == SPAN_NAME) {
            canvas_text(canvas, area.y, x, w, ink, text_from(title));
        } else {
            canvas_text_right(canvas, area.y, x, w, ink, text_from(title));
        }
        x += w;
    }
}

static void draw_bar(const struct span_pane *pane, struct canvas *canvas, int y, int x,
                     const struct span_table_row *row, uint8_t tone)
{
    int cells = columns[SPAN_BAR].w - 2;
    double share = pane->most_ns > 0 ? (double)row->self_ns / (double)pane->most_ns : 0;
    int halves = (int)(share * 2 * cells + 0.999);
    canvas_fill(canvas, (struct rect){y, x + 2, 1, halves / 2}, INK(tone), 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + 2 + halves / 2, INK(tone), 0x2578);
    }
}

static void draw_figure(const struct span_pane *pane, struct canvas *canvas, int y, int x,
                        enum span_column column, const struct span_table_row *row)
{
    char text[FORMAT_BYTES];
    int w = columns[column].w;
    struct text shown = {0};
    enum tone tone = (int)column == (int)pane->sort ? TONE_NORMAL : TONE_DIM;
    switch (column) {
    case SPAN_COUNT:
        shown = format_count(text, (int64_t)row->count);
        tone = TONE_NORMAL;
        break;
    case SPAN_ERRORS:
        shown = row->errors > 0 ? format_count(text, (int64_t)row->errors) : TEXT("");
        tone = TONE_ERROR;
        break;
    case SPAN_SHARE:
        shown = format_percent(text, row->self_ns, pane->table.self_ns);
        break;
    case SPAN_SELF:
        tone = TONE_NORMAL;
        shown = format_duration(text, row->self_ns, canvas->ascii);
        break;
    case SPAN_TOTAL:
    case SPAN_P50:
    case SPAN_P95:
    case SPAN_MAX:
        shown = format_duration(text, figure(row, column), canvas->ascii);
        break;
    case SPAN_NAME:
    case SPAN_BAR:
    case SPAN_COLUMNS:
        break;
    }
    canvas_text_right(canvas, y, x, w, INK(tone), shown);
}

static void draw_row(const struct span_pane *pane, struct canvas *canvas, int y, int x,
                     const struct span_table_row *row)
{
    int name_w = name_width(pane);
    int used = 0;
    uint8_t tone = TONE_ACCENT;
    if (pane->by != SPANS_BY_TYPE) {
        const struct service_tag *tag = &pane->tags.by_name[row->service];
        tone = (uint8_t)(TONE_SERVICE_0 + tag->hue);
        canvas_text(canvas, y, x, name_w, INK(tone), text_from(tag->tag));
        used = SERVICE_TAG_LENGTH + 1;
    }
    struct text name = pane->trace->names[row->name];
    canvas_text(canvas, y, x + used, name_w - used, INK(row->errors > 0 ? TONE_ERROR : TONE_NORMAL),
                text_is_empty(name) ? TEXT("(none)") : name);
    if (row->errors > 0) {
        canvas_rune(canvas, y, x - 2, INK(TONE_ERROR), RUNE_CROSS);
    }
    x += name_w;
    for (int i = SPAN_NAME + 1; i < SPAN_COLUMNS; i++) {
        if (is_shown(pane, i)) {
            if (i == SPAN_BAR) {
                draw_bar(pane, canvas, y, x, row, tone);
            } else {
                draw_figure(pane, canvas, y, x, (enum span_column)i, row);
            }
            x += columns[i].w;
        }
    }
}

static void draw_foot(const struct span_pane *pane, struct canvas *canvas, struct rect area)
{
    static const char *const next[SPANS_BY_COUNT] = {[SPANS_BY_OPERATION] = "service",
                                                     [SPANS_BY_SERVICE] = "type",
                                                     [SPANS_BY_TYPE] = "operation"};
    char groups[FORMAT_BYTES];
    char spans[FORMAT_BYTES];
    int y = area.y + area.h - 1;
    canvas_fill(canvas, (struct rect){y, area.x, 1, area.w}, INK(TONE_DIM), 0x2500);
    canvas_print(canvas, y, area.x + 1, area.w - 2, INK(TONE_NORMAL),
                 " %.*s %s%s, %.*s spans   Enter the hottest of them   D by %s   Esc waterfall ",
                 TEXT_ARGS(format_exact(groups, (int64_t)pane->table.count)),
                 span_grouping_name(pane->by), pane->table.count == 1 ? "" : "s",
                 TEXT_ARGS(format_exact(spans, (int64_t)pane->table.spans)), next[pane->by]);
}

/* ---- for screen readers ---- */

static void say_row(const void *ctx, size_t index, struct spoken *line)
{
    const struct span_pane *pane = ctx;
    const struct span_table_row *row = &pane->table.rows[index];
    char share[FORMAT_BYTES];
    struct text name = pane->trace->names[row->name];
    struct text percent = format_percent(share, row->self_ns, pane->table.self_ns);
    if (pane->by == SPANS_BY_OPERATION) {
        spoken_add(line, pane->trace->names[row->service]);
    }
    spoken_add(line, text_is_empty(name) ? TEXT("none") : name);
    spoken_count(line, (int64_t)row->count, "span");
    if (row->errors > 0) {
        spoken_count(line, (int64_t)row->errors, "error");
    }
    spoken_duration(line, "own time ", row->self_ns, "");
    spoken_format(line, "%.*s of the trace", TEXT_ARGS(percent));
    spoken_duration(line, "total ", row->total_ns, "");
    if (row->count > 1) {
        spoken_duration(line, "p50 ", row->p50_ns, "");
        spoken_duration(line, "p95 ", row->p95_ns, "");
        spoken_duration(line, "longest ", row->max_ns, "");
    }
}

static void draw_words(const struct span_pane *pane, struct canvas *canvas, struct rect area)
{
    static const char *const orders[SPAN_COLUMNS] = {
        [SPAN_NAME] = "by name",
        [SPAN_COUNT] = "most spans first",
        [SPAN_ERRORS] = "most errors first",
        [SPAN_BAR] = "",
        [SPAN_SELF] = "most own time first",
        [SPAN_SHARE] = "",
        [SPAN_TOTAL] = "longest total first",
        [SPAN_P50] = "longest p50 first",
        [SPAN_P95] = "longest p95 first",
        [SPAN_MAX] = "longest first",
    };
    canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "%ss, %s",
                 span_grouping_name(pane->by), orders[pane->sort]);
    spoken_rows(canvas, (struct rect){area.y + 1, area.x, area.h - 2, area.w}, &pane->rows, say_row,
                pane);
}

static void draw_table(const struct span_pane *pane, struct canvas *canvas, struct rect area)
{
    draw_titles(pane, canvas, area);
    for (int y = 1; y + 1 < area.h && pane->rows.top + (size_t)y - 1 < pane->table.count; y++) {
        size_t index = pane->rows.top + (size_t)y - 1;
        draw_row(pane, canvas, area.y + y, area.x + FIRST_COLUMN, &pane->table.rows[index]);
        if (index == pane->rows.at) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT),
                        canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
}

static void draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct span_pane *pane = self;
    if (canvas->words) {
        draw_words(pane, canvas, area);
    } else {
        draw_table(pane, canvas, area);
    }
    if (area.h > 2) {
        draw_foot(pane, canvas, area);
    }
}

const struct pane_ops span_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = draw,
    .free = free_pane,
};
