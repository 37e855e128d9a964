/* map_pane — who calls whom in the traces of the query, as a tree in the place of the list.
 *
 *    CALLER ─▸ CALLEE                      CALLS     RATE   ERR%      P50      P95
 *    ▸ web                                   385    3.2/m   8.6%    126ms    965ms
 * ▌✗ └─▸ api                                 384    3.2/m   8.6%   49.0ms    891ms
 *        ├─▸ db                            1,938     16/m   0.6%   8.93ms   73.8ms
 *        └─▸ web ↺                             3             */
#include "tui/map_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/analysis_text.h"
#include "tui/format.h"
#include "tui/row_cursor.h"
#include "tui/service_tag.h"

enum {
    FIRST_COLUMN = 3,
    NAME_LARGEST = 72,
    GUIDE_W = 4,
    REASON_BYTES = 200,
    RUNE_MARK = 0x258C,
    RUNE_CROSS = 0x2717,
    RUNE_PIPE = 0x2502,
    RUNE_TEE = 0x251C,
    RUNE_CORNER = 0x2514,
    RUNE_DASH = 0x2500,
    RUNE_ARROW = 0x25B8,
    RUNE_CALLS = 0x2192, /* read aloud as a word */
};

enum map_column {
    MAP_CALLS,
    MAP_BAR,
    MAP_RATE,
    MAP_ERRORS,
    MAP_P50,
    MAP_P95,
    MAP_MAX,
    MAP_COLUMNS
};

static const struct {
    const char *title;
    int w, from;
} columns[MAP_COLUMNS] = {
    [MAP_CALLS] = {"CALLS", 8, 0}, [MAP_BAR] = {"", 13, 110},  [MAP_RATE] = {"RATE", 8, 60},
    [MAP_ERRORS] = {"ERR%", 8, 0}, [MAP_P50] = {"P50", 9, 72}, [MAP_P95] = {"P95", 9, 0},
    [MAP_MAX] = {"MAX", 9, 100},
};

struct map_pane {
    struct service_map *map; /* NULL = none yet */
    int64_t most;            /* calls of the busiest */
    bool waiting;
    size_t so_far;
    char reason[REASON_BYTES];
    struct row_cursor rows;
    int h, w;
};

struct map_pane *map_pane_new(void)
{
    return mem_zero(1, sizeof(struct map_pane));
}

static void free_pane(void *self)
{
    struct map_pane *pane = self;
    if (pane != NULL) {
        service_map_free(pane->map);
        free(pane);
    }
}

static const struct map_edge *edge_at(const struct map_pane *pane, size_t row)
{
    return pane->map != NULL && row < pane->map->row_count
               ? &pane->map->edges[pane->map->rows[row].edge]
               : NULL;
}

static void fit(struct map_pane *pane)
{
    row_cursor_fit(&pane->rows, pane->map != NULL ? pane->map->row_count : 0, pane->h - 1);
}

void map_pane_await(struct map_pane *pane, size_t traces)
{
    pane->waiting = true;
    pane->so_far = traces;
    pane->reason[0] = '\0';
}

/* The row of the same call in another map. */
static size_t row_of(const struct service_map *map, struct text from, struct text to)
{
    for (size_t i = 0; i < map->row_count; i++) {
        const struct map_edge *edge = &map->edges[map->rows[i].edge];
        if (text_equals(map->nodes[edge->from].name, from) &&
            text_equals(map->nodes[edge->to].name, to)) {
            return i;
        }
    }
    return 0;
}

void map_pane_take(struct map_pane *pane, struct service_map *map)
{
    struct service_map *old = pane->map;
    const struct map_edge *edge = edge_at(pane, pane->rows.at);
    size_t row =
        edge != NULL ? row_of(map, old->nodes[edge->from].name, old->nodes[edge->to].name) : 0;
    pane->map = map;
    pane->waiting = false;
    pane->most = 1;
    for (size_t i = 0; i < map->edge_count; i++) {
        pane->most = map->edges[i].calls > pane->most ? map->edges[i].calls : pane->most;
    }
    fit(pane);
    row_cursor_go(&pane->rows, row);
    service_map_free(old);
}

void map_pane_failed(struct map_pane *pane, const char *why)
{
    pane->waiting = false;
    snprintf(pane->reason, sizeof pane->reason, "%s", why);
}

bool map_pane_term(const struct map_pane *pane, struct text_buffer *target)
{
    const struct map_edge *edge = edge_at(pane, pane->rows.at);
    return edge != NULL && service_map_term(pane->map, edge, target);
}

/* ---- actions -------------------------------------------------------------------------------- */

static bool has_errors(const void *ctx, size_t row)
{
    return edge_at(ctx, row)->errors > 0;
}

static enum pane_reply act(void *self, enum action action, int count)
{
    struct map_pane *pane = self;
    if (row_cursor_act(&pane->rows, action, count)) {
        return PANE_HANDLED;
    }
    if (action == ACTION_NEXT_ERROR || action == ACTION_PREVIOUS_ERROR) {
        row_cursor_seek(&pane->rows, action == ACTION_NEXT_ERROR ? 1 : -1, count, has_errors, pane);
        return PANE_HANDLED;
    }
    return PANE_IGNORED;
}

static void layout(void *self, int h, int w)
{
    struct map_pane *pane = self;
    pane->h = h;
    pane->w = w;
    fit(pane);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static int name_width(const struct map_pane *pane)
{
    int left = pane->w - FIRST_COLUMN - 1;
    for (int i = 0; i < MAP_COLUMNS; i++) {
        left -= pane->w >= columns[i].from ? columns[i].w : 0;
    }
    return left < NAME_LARGEST ? left : NAME_LARGEST;
}

static void draw_titles(const struct map_pane *pane, struct canvas *canvas, struct rect area)
{
    int x = area.x + FIRST_COLUMN;
    canvas_text(canvas, area.y, x, name_width(pane), INK(TONE_STRONG), TEXT("WHO CALLS WHOM"));
    x += name_width(pane);
    for (int i = 0; i < MAP_COLUMNS; i++) {
        if (pane->w >= columns[i].from) {
            canvas_text_right(canvas, area.y, x, columns[i].w, INK(TONE_DIM),
                              text_from(columns[i].title));
            x += columns[i].w;
        }
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
        canvas_rune(canvas, y, x + 2, INK(TONE_DIM), canvas->words ? RUNE_CALLS : RUNE_ARROW);
    }
    return x;
}

static void draw_name(const struct map_pane *pane, struct canvas *canvas, int y, int x, int end,
                      const struct map_row *row)
{
    static const char *const notes[] = {
        [MAP_ROW_FIRST] = "",
        [MAP_ROW_LEAF] = "",
        [MAP_ROW_REPEATED] = "  its calls: see above",
        [MAP_ROW_CYCLE] = "  \u21BA back to its caller",
        [MAP_ROW_SELF] = "  \u21BA calls itself",
    };
    const struct map_edge *edge = &pane->map->edges[row->edge];
    const struct map_node *to = &pane->map->nodes[edge->to];
    if (edge->errors > 0) {
        canvas_rune(canvas, y, x - 2, INK(TONE_ERROR), RUNE_CROSS);
    }
    x = draw_guides(row, canvas, y, x, end);
    struct ink ink = to->silent ? INK(TONE_DIM)
                                : INK_WITH(TONE_SERVICE_0 + service_hue(to->name),
                                           row->kind == MAP_ROW_FIRST ? INK_BOLD : 0);
    x += canvas_text(canvas, y, x, end - x, ink, to->name);
    if (edge->from == MAP_SOMEWHERE) {
        x += canvas_text(canvas, y, x, end - x, INK(TONE_WARN), TEXT("  caller missing"));
    }
    canvas_text(canvas, y, x, end - x, INK(TONE_DIM), text_from(notes[row->kind]));
}

static void draw_bar(const struct map_pane *pane, struct canvas *canvas, int y, int x,
                     const struct map_edge *edge)
{
    int cells = columns[MAP_BAR].w - 1;
    int halves = (int)((edge->calls * 2 * cells + pane->most - 1) / pane->most);
    canvas_fill(canvas, (struct rect){y, x + 1, 1, halves / 2}, INK(TONE_ACCENT), 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + 1 + halves / 2, INK(TONE_ACCENT), 0x2578);
    }
}

static void draw_figures(const struct map_pane *pane, struct canvas *canvas, int y, int x,
                         const struct map_edge *edge)
{
    for (int i = 0; i < MAP_COLUMNS; i++) {
        char text[FORMAT_BYTES];
        char rate[ANALYSIS_RATE_BYTES];
        struct text shown = {0};
        enum tone tone = TONE_NORMAL;
        if (pane->w < columns[i].from) {
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
        case MAP_COLUMNS:
            break;
        }
        canvas_text_right(canvas, y, x, columns[i].w, INK(tone), shown);
        x += columns[i].w;
    }
}

static void draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct map_pane *pane = self;
    draw_titles(pane, canvas, area);
    int name_w = name_width(pane);
    int x = area.x + FIRST_COLUMN;
    for (int y = 1; y < area.h && edge_at(pane, pane->rows.top + (size_t)y - 1) != NULL; y++) {
        size_t row = pane->rows.top + (size_t)y - 1;
        draw_name(pane, canvas, area.y + y, x, x + name_w, &pane->map->rows[row]);
        draw_figures(pane, canvas, area.y + y, x + name_w, edge_at(pane, row));
        if (row == pane->rows.at) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT),
                        canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
    if (pane->rows.count == 0 && area.h > 2) {
        canvas_text(canvas, area.y + 2, x, area.w - 4, INK(TONE_DIM),
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

const struct pane_ops map_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = draw,
    .free = free_pane,
};
