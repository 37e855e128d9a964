/* map_draw — paints the service map: the table, its sentences for screen readers, the line below.
 */
#include <stdio.h>

#include "tui/analysis_text.h"
#include "tui/format.h"
#include "tui/map_state.h"
#include "tui/service_tag.h"
#include "tui/spoken.h"

enum {
    GUIDE_W = 4,
    RUNE_ARROW = 0x25B8,
};

static const struct figure_column columns[MAP_COLUMNS] = {
    [MAP_NAME] = {.order = "callers before what they call"},
    [MAP_CALLS] = {.title = "CALLS", .w = 8, .order = "most calls first"},
    [MAP_BAR] = {.title = "", .w = 13, .from = 110, .bar = 1},
    [MAP_RATE] = {.title = "RATE", .w = 8, .from = 60},
    [MAP_ERRORS] = {.title = "ERR%", .w = 8, .order = "largest share of errors first"},
    [MAP_P50] = {.title = "P50", .w = 9, .from = 72, .order = "longest p50 first"},
    [MAP_P95] = {.title = "P95", .w = 9, .order = "longest p95 first"},
    [MAP_MAX] = {.title = "MAX", .w = 9, .from = 100, .order = "longest first"},
};

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

static bool has_errors(const void *ctx, size_t row)
{
    return map_edge_at(ctx, row)->errors > 0;
}

static void draw_name(const void *ctx, size_t index, struct canvas *canvas, struct rect area)
{
    const struct map_pane *pane = ctx;
    const struct map_row *row = pane->order[index];
    const struct map_edge *edge = &pane->map->edges[row->edge];
    const struct map_node *to = &pane->map->nodes[edge->to];
    bool flat = map_is_flat(pane);
    int y = area.y;
    int end = area.x + area.w;
    int x = flat ? draw_caller(pane, canvas, y, area.x, end, edge)
                 : draw_guides(row, canvas, y, area.x, end);
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

static struct figure_cell cell_of(const void *ctx, size_t row, int column, char text[FIGURE_BYTES],
                                  bool ascii)
{
    const struct map_pane *pane = ctx;
    const struct map_edge *edge = map_edge_at(pane, row);
    struct figure_cell cell = {.tone = TONE_NORMAL};
    switch ((enum map_column)column) {
    case MAP_CALLS:
        cell.text = format_count(text, edge->calls);
        break;
    case MAP_BAR:
        cell.share = (double)edge->calls / (double)pane->most;
        cell.tone = TONE_ACCENT;
        break;
    case MAP_RATE:
        cell.text = analysis_text_rate(text, service_map_rate(pane->map, edge));
        cell.tone = TONE_DIM;
        break;
    case MAP_ERRORS:
        cell.text = edge->errors > 0 ? format_percent(text, edge->errors, edge->calls) : TEXT("");
        cell.tone = TONE_ERROR;
        break;
    case MAP_P50:
        cell.text = format_duration(text, edge->p50_ns, ascii);
        break;
    case MAP_P95:
        cell.text = format_duration(text, edge->p95_ns, ascii);
        break;
    case MAP_MAX:
        cell.text = format_duration(text, edge->max_ns, ascii);
        break;
    case MAP_NAME:
    case MAP_COLUMNS:
        break;
    }
    return cell;
}

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

const struct figure_form map_form = {
    .columns = columns,
    .count = MAP_COLUMNS,
    .has_errors = has_errors,
    .draw_name = draw_name,
    .cell = cell_of,
    .say = say_row,
};

/* ---- all of it ---- */

void map_draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct map_pane *pane = self;
    figure_table_draw(&pane->table, canvas, area, "WHO CALLS WHOM", "who calls whom", pane);
    if (pane->table.rows.count == 0 && area.h > 2) {
        canvas_text(canvas, area.y + 2, area.x + 3, area.w - 4, INK(TONE_DIM),
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
                          text_plural(pane->map->traces));
    }
    if (pane->waiting) {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_RUNNING), " reading %.*s\u2026 ",
                          TEXT_ARGS(format_exact(text, (int64_t)pane->so_far)));
    }
    canvas_print(canvas, area.y, x, end - x, INK(TONE_DIM),
                 " Enter the traces with both services ");
}
