/* map_draw — paints the service map: the table, its sentences for screen readers, the line below.
 */
#include <stdio.h>

#include "tui/analysis_text.h"
#include "tui/format.h"
#include "tui/map_state.h"
#include "tui/service_tag.h"
#include "tui/spoken.h"

enum {
    FIRST_COLUMN = 3,
    NAME_LARGEST = 72,
    GUIDE_W = 4,
    RUNE_MARK = 0x258C,
    RUNE_CROSS = 0x2717,
    RUNE_PIPE = 0x2502,
    RUNE_TEE = 0x251C,
    RUNE_CORNER = 0x2514,
    RUNE_DASH = 0x2500,
    RUNE_ARROW = 0x25B8,
};

static bool is_shown(const struct map_pane *pane, int column)
{
    return pane->w >= map_columns[column].from;
}

static int name_width(const struct map_pane *pane)
{
    int left = pane->w - FIRST_COLUMN - 1;
    for (int i = MAP_NAME + 1; i < MAP_COLUMNS; i++) {
        left -= is_shown(pane, i) ? map_columns[i].w : 0;
    }
    return left < NAME_LARGEST ? left : NAME_LARGEST;
}

static void draw_titles(const struct map_pane *pane, struct canvas *canvas, struct rect area)
{
    int x = area.x + FIRST_COLUMN;
    for (int i = 0; i < MAP_COLUMNS; i++) {
        if (!is_shown(pane, i)) {
            continue;
        }
        bool sorted = (int)pane->sort == i;
        struct ink ink = INK(sorted ? TONE_STRONG : TONE_DIM);
        if (i == MAP_NAME) { /* the tree has no direction that a mark could show */
            canvas_text(canvas, area.y, x, name_width(pane), ink, text_from(map_columns[i].title));
            x += name_width(pane);
            continue;
        }
        char title[16];
        snprintf(title, sizeof title, "%s%s", map_columns[i].title, sorted ? "\u25BC" : "");
        canvas_text_right(canvas, area.y, x, map_columns[i].w, ink, text_from(title));
        x += map_columns[i].w;
    }
}

static int draw_guides(const struct map_row *row, struct canvas *canvas, int y, int x, int end)
{
    for (uint32_t depth = 1; depth <= row->depth && x + GUIDE_W < end; depth++, x += GUIDE_W) {
        bool on = (row->lines >> depth & 1) != 0;
        if (depth < row->depth) {
            if (on) {
                canvas_rune(canvas, y, x, INK(TONE_DIM), RUNE_PIPE);
            }
            continue;
        }
        canvas_rune(canvas, y, x, INK(TONE_DIM), row->last ? RUNE_CORNER : RUNE_TEE);
        canvas_rune(canvas, y, x + 1, INK(TONE_DIM), RUNE_DASH);
        canvas_rune(canvas, y, x + 2, INK(TONE_DIM), RUNE_ARROW);
    }
    return x;
}

static const char *const notes[] = {
    [MAP_ROW_FIRST] = "",
    [MAP_ROW_LEAF] = "",
    [MAP_ROW_REPEATED] = "its calls: see above",
    [MAP_ROW_CYCLE] = "\u21BA back to its caller",
    [MAP_ROW_SELF] = "\u21BA calls itself",
};

/* "api ▸ " before the callee's name. */
static int draw_caller(const struct map_pane *pane, struct canvas *canvas, int y, int x, int end,
                       const struct map_edge *edge)
{
    const struct map_node *from = &pane->map->nodes[edge->from];
    struct ink ink =
        from->silent ? INK(TONE_DIM) : INK((uint8_t)(TONE_SERVICE_0 + service_hue(from->name)));
    x += canvas_text(canvas, y, x, end - x, ink, from->name);
    canvas_rune(canvas, y, x + 1, INK(TONE_DIM), RUNE_ARROW);
    return x + 3;
}

static void draw_name(const struct map_pane *pane, struct canvas *canvas, int y, int x, int end,
                      const struct map_row *row)
{
    const struct map_edge *edge = &pane->map->edges[row->edge];
    const struct map_node *to = &pane->map->nodes[edge->to];
    bool flat = map_is_flat(pane);
    if (edge->errors > 0) {
        canvas_rune(canvas, y, x - 2, INK(TONE_ERROR), RUNE_CROSS);
    }
    x = flat ? draw_caller(pane, canvas, y, x, end, edge) : draw_guides(row, canvas, y, x, end);
    bool heads = row->kind == MAP_ROW_FIRST && !flat;
    struct ink ink = to->silent
                         ? INK(TONE_DIM)
                         : INK_WITH(TONE_SERVICE_0 + service_hue(to->name), heads ? INK_BOLD : 0);
    x += canvas_text(canvas, y, x, end - x, ink, to->name);
    if (flat) {
        return;
    }
    if (edge->from == MAP_SOMEWHERE) {
        x += canvas_text(canvas, y, x, end - x, INK(TONE_WARN), TEXT("  caller missing"));
    }
    canvas_text(canvas, y, x + 2, end - x - 2, INK(TONE_DIM), text_from(notes[row->kind]));
}

static void draw_bar(const struct map_pane *pane, struct canvas *canvas, int y, int x,
                     const struct map_edge *edge)
{
    int cells = map_columns[MAP_BAR].w - 1;
    int halves = (int)((edge->calls * 2 * cells + pane->most - 1) / pane->most);
    canvas_fill(canvas, (struct rect){y, x + 1, 1, halves / 2}, INK(TONE_ACCENT), 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + 1 + halves / 2, INK(TONE_ACCENT), 0x2578);
    }
}

static void draw_figures(const struct map_pane *pane, struct canvas *canvas, int y, int x,
                         const struct map_edge *edge)
{
    for (int i = MAP_NAME + 1; i < MAP_COLUMNS; i++) {
        char text[FORMAT_BYTES];
        char rate[ANALYSIS_RATE_BYTES];
        struct text shown = {0};
        enum tone tone = TONE_NORMAL;
        if (!is_shown(pane, i)) {
            continue;
        }
        switch ((enum map_column)i) {
        case MAP_CALLS:
            shown = format_count(text, edge->calls);
            break;
        case MAP_BAR:
            draw_bar(pane, canvas, y, x, edge);
            break;
        case MAP_RATE:
            shown = analysis_text_rate(rate, service_map_rate(pane->map, edge));
            tone = TONE_DIM;
            break;
        case MAP_ERRORS:
            shown = edge->errors > 0 ? format_percent(text, edge->errors, edge->calls) : shown;
            tone = TONE_ERROR;
            break;
        case MAP_P50:
            shown = format_duration(text, edge->p50_ns, canvas->ascii);
            break;
        case MAP_P95:
            shown = format_duration(text, edge->p95_ns, canvas->ascii);
            break;
        case MAP_MAX:
            shown = format_duration(text, edge->max_ns, canvas->ascii);
            break;
        case MAP_NAME:
        case MAP_COLUMNS:
            break;
        }
        canvas_text_right(canvas, y, x, map_columns[i].w, INK(tone), shown);
        x += map_columns[i].w;
    }
}

static void draw_table(const struct map_pane *pane, struct canvas *canvas, struct rect area)
{
    int name_w = name_width(pane);
    int x = area.x + FIRST_COLUMN;
    draw_titles(pane, canvas, area);
    for (int y = 1; y < area.h && pane->rows.top + (size_t)y - 1 < pane->rows.count; y++) {
        size_t row = pane->rows.top + (size_t)y - 1;
        draw_name(pane, canvas, area.y + y, x, x + name_w, pane->order[row]);
        draw_figures(pane, canvas, area.y + y, x + name_w, map_edge_at(pane, row));
        if (row == pane->rows.at) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT),
                        canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
}

/* ---- for screen readers ---- */

static void say_row(const void *ctx, size_t row, struct spoken *line)
{
    const struct map_pane *pane = ctx;
    const struct map_edge *edge = map_edge_at(pane, row);
    struct text from = pane->map->nodes[edge->from].name;
    struct text to = pane->map->nodes[edge->to].name;
    char text[FORMAT_BYTES];
    if (edge->from == MAP_OUTSIDE || edge->from == MAP_SOMEWHERE) {
        spoken_format(line, "%.*s called from %s", TEXT_ARGS(to),
                      edge->from == MAP_OUTSIDE ? "outside" : "somewhere, the caller is missing");
    } else if (edge->from == edge->to) {
        spoken_format(line, "%.*s calls itself", TEXT_ARGS(to));
    } else {
        spoken_format(line, "%.*s calls %.*s", TEXT_ARGS(from), TEXT_ARGS(to));
    }
    spoken_count(line, edge->calls, "call");
    if (edge->errors > 0) {
        struct text percent = format_percent(text, edge->errors, edge->calls);
        spoken_format(line, "%.*s errors", TEXT_ARGS(percent));
    }
    if (edge->calls > edge->running) {
        spoken_duration(line, "p50 ", edge->p50_ns, "");
        spoken_duration(line, "p95 ", edge->p95_ns, "");
        spoken_duration(line, "longest ", edge->max_ns, "");
    }
}

static void draw_words(const struct map_pane *pane, struct canvas *canvas, struct rect area)
{
    static const char *const orders[MAP_COLUMNS] = {
        [MAP_NAME] = "callers before what they call",
        [MAP_CALLS] = "most calls first",
        [MAP_BAR] = "",
        [MAP_RATE] = "",
        [MAP_ERRORS] = "largest share of errors first",
        [MAP_P50] = "longest p50 first",
        [MAP_P95] = "longest p95 first",
        [MAP_MAX] = "longest first",
    };
    canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "who calls whom, %s",
                 orders[pane->sort]);
    area.y++;
    area.h--;
    spoken_rows(canvas, area, &pane->rows, say_row, pane);
}

/* ---- all of it ---- */

void map_draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct map_pane *pane = self;
    if (canvas->words) {
        draw_words(pane, canvas, area);
    } else {
        draw_table(pane, canvas, area);
    }
    if (pane->rows.count == 0 && area.h > 2) {
        canvas_text(canvas, area.y + 2, area.x + FIRST_COLUMN, area.w - 4, INK(TONE_DIM),
                    pane->reason[0] != '\0' ? text_from(pane->reason)
                    : pane->waiting         ? TEXT("reading the traces\u2026")
                                            : TEXT("no traces, no calls"));
    }
}

void map_pane_title(const struct map_pane *pane, struct canvas *canvas, struct rect area)
{
    char text[FORMAT_BYTES];
    canvas_fill(canvas, area, INK(TONE_DIM), RUNE_DASH);
    int x = area.x + 1;
    int end = area.x + area.w - 1;
    if (pane->map != NULL) {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_NORMAL), " of %s%.*s trace%s ",
                          pane->map->complete ? "" : "the newest ",
                          TEXT_ARGS(format_exact(text, (int64_t)pane->map->traces)),
                          pane->map->traces == 1 ? "" : "s");
    }
    if (pane->waiting) {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_RUNNING), " reading %.*s\u2026 ",
                          TEXT_ARGS(format_exact(text, (int64_t)pane->so_far)));
    }
    canvas_print(canvas, area.y, x, end - x, INK(TONE_DIM),
                 " Enter the traces with both services   Esc back to the traces ");
}
