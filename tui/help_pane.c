/* help_pane — the overlay that lists all keys of a pane, made from the table that dispatches them.
 *
 *     ┌ Keys: waterfall ─────────────────── / search   q close   1/3 ┐
 *     │ Move   J          next sibling       PgDn ^F   page down     │
 *     │        K          previous sibling   PgUp ^B b page up       │
 *     │ Fold   h ←        close              Space     open, close   │
 *     └──────────────────────────────────────────────────────────────┘ */
#include "tui/help_pane.h"

#include <stdio.h>
#include <string.h>

enum {
    LINES_LARGEST = 256,
    GROUP_CELLS = 7,
    KEYS_CELLS = 11,
    LABEL_CELLS = 29,
    COLUMN_CELLS = GROUP_CELLS + KEYS_CELLS + LABEL_CELLS + 1,
    COLUMN_SMALLEST = 36,
};

/* All literal: nothing to free. */
struct line {
    const char *group; /* "" in the lines that follow in the same group */
    const char *keys;
    const char *label;
};

static const char *const groups[] = {"Move", "Open", "Fold", "Filter", "Time",
                                     "Bars", "Sort", "Copy", "View"};

static const char *const scope_names[KEYS_SCOPE_COUNT] = {
    [KEYS_ALL] = "everywhere",       [KEYS_LIST] = "trace list",
    [KEYS_GROUPS] = "groups",        [KEYS_WATERFALL] = "waterfall",
    [KEYS_DETAILS] = "details",      [KEYS_STRIP] = "strip",
    [KEYS_SPANS] = "spans added up", [KEYS_FLAME] = "where time went",
    [KEYS_MAP] = "who calls whom",   [KEYS_DIFF] = "diff",
};

/* What the signs on the screen mean; scope KEYS_ALL = in every pane. */
static const struct {
    enum key_scope scope;
    const char *sign;
    const char *meaning;
} legend[] = {
    {KEYS_ALL, "✗", "failed"},
    {KEYS_ALL, "▶", "still running"},
    {KEYS_ALL, "∅", "cancelled"},
    {KEYS_ALL, "▌", "selected row"},
    {KEYS_LIST, "▼ ▲", "sorted by this"},
    {KEYS_LIST, "━━╸", "log scale 1ms-20s"},
    {KEYS_WATERFALL, "·", "error further down"},
    {KEYS_WATERFALL, "▾ ▸", "open, closed"},
    {KEYS_WATERFALL, "█", "own time"},
    {KEYS_WATERFALL, "━", "time in children"},
    {KEYS_WATERFALL, "•", "event"},
    {KEYS_WATERFALL, "‹ ›", "goes on outside"},
    {KEYS_WATERFALL, "↗", "has links"},
    {KEYS_WATERFALL, "▌▌▌ ×37", "37 like spans"},
    {KEYS_DIFF, "+ −", "only in B, in A"},
    {KEYS_DIFF, "▲ ▼", "slower, faster in B"},
    {KEYS_MAP, "↺", "calls in a circle"},
    {KEYS_MAP, "(db)", "sends no spans"},
};

static bool line_matches(const char *keys, const char *label, struct text filter)
{
    return text_is_empty(filter) || text_contains_nocase(text_from(keys), filter) ||
           text_contains_nocase(text_from(label), filter);
}

static size_t add_line(struct line *lines, size_t count, const char *group, bool *first,
                       const char *keys, const char *label)
{
    if (count < LINES_LARGEST) {
        lines[count++] = (struct line){.group = *first ? group : "", .keys = keys, .label = label};
        *first = false;
    }
    return count;
}

static size_t collect(const struct help_view *view, bool words, struct line lines[LINES_LARGEST])
{
    size_t bindings_count = view->map->count;
    const struct key_binding *bindings = view->map->rows;
    size_t count = 0;
    for (size_t group = 0; group < ARRAY_LEN(groups); group++) {
        bool first = true;
        for (size_t i = 0; i < bindings_count; i++) {
            if (strcmp(bindings[i].group, groups[group]) == 0 &&
                keys_binding_holds(view->map, &bindings[i], view->scope) &&
                line_matches(bindings[i].keys, bindings[i].label, view->filter)) {
                count = add_line(lines, count, groups[group], &first, bindings[i].keys,
                                 bindings[i].label);
            }
        }
    }
    bool first = true;
    for (size_t i = 0; i < ARRAY_LEN(legend) && !words; i++) { /* words need none */
        if ((legend[i].scope == KEYS_ALL || legend[i].scope == view->scope) &&
            line_matches(legend[i].sign, legend[i].meaning, view->filter)) {
            count = add_line(lines, count, "Signs", &first, legend[i].sign, legend[i].meaning);
        }
    }
    return count;
}

/* Columns of the overlay: as many as have room, no more than there are lines for. */
static int column_count(int w)
{
    int columns = (w - 4) / COLUMN_CELLS;
    if (columns == 1 && w - 4 >= 2 * COLUMN_SMALLEST) {
        columns = 2;
    }
    return columns > 0 ? columns : 1;
}

static int page_lines(int h, int w)
{
    int rows = h - 2;
    return (rows > 0 ? rows : 1) * column_count(w);
}

static int page_count(size_t lines, int per_page)
{
    int pages = ((int)lines + per_page - 1) / per_page;
    return pages > 0 ? pages : 1;
}

static void draw_frame(const struct help_view *view, struct canvas *canvas, struct rect area,
                       int page, int pages)
{
    canvas_frame(canvas, area, INK(TONE_DIM));

    char title[64];
    int used = snprintf(title, sizeof title, " Keys: %s ", scope_names[view->scope]);
    canvas_text(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_TITLE), text_from(title));
    char hint[64];
    snprintf(hint, sizeof hint, " / search   q close   %d/%d ", page + 1, pages);
    if (area.w - 2 < used + (int)strlen(hint)) {
        snprintf(hint, sizeof hint, " q close  %d/%d ", page + 1, pages);
    }
    canvas_text_right(canvas, area.y, area.x + 1 + used, area.w - 2 - used, INK(TONE_DIM),
                      text_from(hint));
}

static void draw_line(struct canvas *canvas, int y, int x, int w, const struct line *line,
                      const char *group)
{
    canvas_text(canvas, y, x, GROUP_CELLS - 1, INK(TONE_STRONG), text_from(group));
    canvas_text(canvas, y, x + GROUP_CELLS, KEYS_CELLS - 1, INK(TONE_ACCENT),
                text_from(line->keys));
    canvas_text(canvas, y, x + GROUP_CELLS + KEYS_CELLS, w - GROUP_CELLS - KEYS_CELLS,
                INK(TONE_NORMAL), text_from(line->label));
}

int help_pane_pages(const struct help_view *view, int h, int w)
{
    struct line lines[LINES_LARGEST];
    return page_count(collect(view, false, lines), page_lines(h, w));
}

void help_pane_draw(const struct help_view *view, struct canvas *canvas, struct rect area)
{
    struct line lines[LINES_LARGEST];
    int count = (int)collect(view, canvas->words, lines);
    int per_page = page_lines(area.h, area.w);
    int pages = page_count((size_t)count, per_page);
    int page = view->page < 0 ? 0 : view->page < pages ? view->page : pages - 1;
    draw_frame(view, canvas, area, page, pages);

    int columns = column_count(area.w);
    int column_cells = (area.w - 4) / columns;
    int left = count - page * per_page;
    int shown = left < per_page ? left : per_page;
    int rows = (shown + columns - 1) / columns;
    const char *group = "";
    for (int i = 0; i < page * per_page + shown; i++) {
        group = lines[i].group[0] != '\0' ? lines[i].group : group;
        int place = i - page * per_page;
        if (place < 0) {
            continue;
        }
        /* a column that begins in the middle of a group says which */
        bool names_group = lines[i].group[0] != '\0' || place % rows == 0;
        draw_line(canvas, area.y + 1 + place % rows, area.x + 2 + place / rows * column_cells,
                  column_cells - 1, &lines[i], names_group ? group : "");
    }
    if (count == 0) {
        canvas_print(canvas, area.y + 1, area.x + 2, area.w - 4, INK(TONE_DIM),
                     "no key matches \"%.*s\"", TEXT_ARGS(view->filter));
    }
}
