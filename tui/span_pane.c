/* span_pane — the spans of the open trace added up by operation, service or type, as a table.
 *
 *    OPERATION                    COUNT               SELF▼  SHARE    TOTAL      P95
 * ▌✗ db  INSERT goals                 1 ━━━━━━━━━━╸   255ms  19.9%    255ms    255ms
 *    db  SELECT goals                37 ━━━━━━━━━━━   351ms  27.4%    351ms   15.2ms
 * ─ 18 operations, 54 spans   Enter the hottest span   D by service   Esc the waterfall ─ */
#include "tui/span_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/figure_table.h"
#include "tui/format.h"
#include "tui/service_tag.h"

enum { NAME_LARGEST = 64 };

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

static const struct figure_column columns[SPAN_COLUMNS] = {
    [SPAN_NAME] = {.order = "by name"},
    [SPAN_COUNT] = {.title = "COUNT", .w = 7, .order = "most spans first"},
    [SPAN_ERRORS] = {.title = "ERR", .w = 6, .from = 110, .order = "most errors first"},
    [SPAN_BAR] = {.title = "", .w = 13, .from = 72, .bar = 2},
    [SPAN_SELF] = {.title = "SELF", .w = 9, .order = "most own time first"},
    [SPAN_SHARE] = {.title = "SHARE", .w = 8, .from = 56},
    [SPAN_TOTAL] = {.title = "TOTAL", .w = 9, .from = 64, .order = "longest total first"},
    [SPAN_P50] = {.title = "P50", .w = 9, .from = 110, .order = "longest p50 first"},
    [SPAN_P95] = {.title = "P95", .w = 9, .from = 80, .order = "longest p95 first"},
    [SPAN_MAX] = {.title = "MAX", .w = 9, .from = 110, .order = "longest first"},
};

static const char *const titles[SPANS_BY_COUNT] = {
    [SPANS_BY_OPERATION] = "OPERATION", [SPANS_BY_SERVICE] = "SERVICE", [SPANS_BY_TYPE] = "TYPE"};

struct span_pane {
    const struct trace *trace; /* borrowed */
    int64_t now_ns;
    struct span_table table;
    struct service_tags tags;
    enum span_grouping by;
    int64_t most_ns; /* self time of one row */
    struct figure_table shown;
    int h;
};

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
    int64_t x = figure(left, (enum span_column)pane->shown.sort);
    int64_t y = figure(right, (enum span_column)pane->shown.sort);
    if (pane->shown.sort != SPAN_NAME && x != y) {
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

/* ---- rows ----------------------------------------------------------------------------------- */

static const struct span_table_row *selected(const struct span_pane *pane)
{
    size_t at = pane->shown.rows.at;
    return at < pane->table.count ? &pane->table.rows[at] : NULL;
}

static void fit(struct span_pane *pane, int w)
{
    figure_table_fit(&pane->shown, pane->table.count, pane->h - 2, w);
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
    fit(pane, pane->shown.w);
}

/* The row of the group with these names; names keep their order while a trace grows. */
static void return_to(struct span_pane *pane, struct text name, struct text service)
{
    for (size_t i = 0; i < pane->table.count; i++) {
        const struct span_table_row *row = &pane->table.rows[i];
        if (text_equals(pane->trace->names[row->name], name) &&
            text_equals(pane->trace->names[row->service], service)) {
            row_cursor_go(&pane->shown.rows, i);
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
    pane->shown.rows.at = pane->shown.rows.top = 0;
    add_up(pane);
}

uint32_t span_pane_hottest(const struct span_pane *pane)
{
    const struct span_table_row *row = selected(pane);
    return row != NULL ? row->hottest : UINT32_MAX;
}

/* ---- actions -------------------------------------------------------------------------------- */

static enum pane_reply act(void *self, enum action action, int count)
{
    struct span_pane *pane = self;
    int sort = pane->shown.sort;
    if (action == ACTION_GROUPS) {
        span_pane_set_grouping(pane, (enum span_grouping)((pane->by + 1) % SPANS_BY_COUNT));
        return PANE_HANDLED;
    }
    if (!figure_table_act(&pane->shown, action, count, pane)) {
        return PANE_IGNORED;
    }
    if (pane->shown.sort != sort) {
        sort_rows(pane);
    }
    return PANE_HANDLED;
}

static void layout(void *self, int h, int w)
{
    struct span_pane *pane = self;
    pane->h = h;
    fit(pane, w);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static bool has_errors(const void *ctx, size_t row)
{
    const struct span_pane *pane = ctx;
    return pane->table.rows[row].errors > 0;
}

static uint8_t tone_of(const struct span_pane *pane, const struct span_table_row *row)
{
    return pane->by != SPANS_BY_TYPE
               ? (uint8_t)(TONE_SERVICE_0 + pane->tags.by_name[row->service].hue)
               : TONE_ACCENT;
}

static void draw_name(const void *ctx, size_t index, struct canvas *canvas, struct rect area)
{
    const struct span_pane *pane = ctx;
    const struct span_table_row *row = &pane->table.rows[index];
    int used = 0;
    if (pane->by != SPANS_BY_TYPE) {
        canvas_text(canvas, area.y, area.x, area.w, INK(tone_of(pane, row)),
                    text_from(pane->tags.by_name[row->service].tag));
        used = SERVICE_TAG_LENGTH + 1;
    }
    struct text name = pane->trace->names[row->name];
    canvas_text(canvas, area.y, area.x + used, area.w - used,
                INK(row->errors > 0 ? TONE_ERROR : TONE_NORMAL),
                text_is_empty(name) ? TEXT("(none)") : name);
}

static struct figure_cell cell_of(const void *ctx, size_t index, int column,
                                  char text[FIGURE_BYTES], bool ascii)
{
    const struct span_pane *pane = ctx;
    const struct span_table_row *row = &pane->table.rows[index];
    struct figure_cell cell = {.tone = column == pane->shown.sort ? TONE_NORMAL : TONE_DIM};
    switch ((enum span_column)column) {
    case SPAN_COUNT:
        cell.text = format_count(text, (int64_t)row->count);
        cell.tone = TONE_NORMAL;
        break;
    case SPAN_ERRORS:
        cell.text = row->errors > 0 ? format_count(text, (int64_t)row->errors) : TEXT("");
        cell.tone = TONE_ERROR;
        break;
    case SPAN_BAR:
        cell.share = pane->most_ns > 0 ? (double)row->self_ns / (double)pane->most_ns : 0;
        cell.tone = tone_of(pane, row);
        break;
    case SPAN_SHARE:
        cell.text = format_percent(text, row->self_ns, pane->table.self_ns);
        break;
    case SPAN_SELF:
        cell.text = format_duration(text, row->self_ns, ascii);
        cell.tone = TONE_NORMAL;
        break;
    case SPAN_TOTAL:
    case SPAN_P50:
    case SPAN_P95:
    case SPAN_MAX:
        cell.text = format_duration(text, figure(row, (enum span_column)column), ascii);
        break;
    case SPAN_NAME:
    case SPAN_COLUMNS:
        break;
    }
    return cell;
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
                 " %.*s %s%s, %.*s span%s   Enter the hottest of them   D by %s ",
                 TEXT_ARGS(format_exact(groups, (int64_t)pane->table.count)),
                 span_grouping_name(pane->by), text_plural(pane->table.count),
                 TEXT_ARGS(format_exact(spans, (int64_t)pane->table.spans)),
                 text_plural(pane->table.spans), next[pane->by]);
}

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

static const struct figure_form form = {
    .columns = columns,
    .count = SPAN_COLUMNS,
    .name_has_mark = true,
    .has_errors = has_errors,
    .draw_name = draw_name,
    .cell = cell_of,
    .say = say_row,
};

static void draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct span_pane *pane = self;
    char what[32];
    snprintf(what, sizeof what, "%ss", span_grouping_name(pane->by));
    figure_table_draw(&pane->shown, canvas, (struct rect){area.y, area.x, area.h - 1, area.w},
                      titles[pane->by], what, pane);
    if (area.h > 2) {
        draw_foot(pane, canvas, area);
    }
}

struct span_pane *span_pane_new(void)
{
    struct span_pane *pane = mem_zero(1, sizeof *pane);
    pane->shown =
        (struct figure_table){.form = &form, .sort = SPAN_SELF, .name_most = NAME_LARGEST};
    return pane;
}

const struct pane_ops span_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = draw,
    .free = free_pane,
};
