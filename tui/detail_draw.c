/* detail_draw — paints the details: the line with the tabs, the rows, and what stands beside them.
 */
#include <stdio.h>

#include "tui/detail_state.h"

enum {
    ALL_TABS_FROM = 64, /* columns; below that only the open one is named */
    TAB_BYTES = 32,
    SERVICE_W = 12,
    BESIDE_NAME_W = 7 /* blanks, the cross and a dash */
};

static void tab_label(const struct detail_pane *pane, enum detail_tab tab, char label[TAB_BYTES])
{
    static const char *const names[TAB_COUNT] = {
        [TAB_ATTRIBUTES] = "Attrs", [TAB_EVENTS] = "Events", [TAB_SQL] = "SQL",
        [TAB_ERROR] = "Error",      [TAB_JSON] = "JSON",     [TAB_LINKS] = "Links"};
    size_t count = tab == TAB_EVENTS  ? pane->facts.event_count
                   : tab == TAB_LINKS ? pane->facts.link_count
                                      : 0;
    if (count > 0) {
        snprintf(label, TAB_BYTES, "%s\u00B7%zu", names[tab], count);
    } else {
        snprintf(label, TAB_BYTES, "%s", names[tab]);
    }
}

/* Draws the tabs so that they end before x; returns where they begin. */
static int draw_tabs(const struct detail_pane *pane, struct canvas *canvas, int y, int x)
{
    int gap = pane->w >= DETAIL_WIDE_FROM ? 3 : 1;
    char label[TAB_BYTES];
    for (int i = TAB_COUNT - 1; i >= 0; i--) {
        enum detail_tab tab = (enum detail_tab)i;
        struct ink ink = INK(detail_tab_is_empty(tab, &pane->facts) ? TONE_DIM : TONE_TITLE);
        bool alone = pane->w < ALL_TABS_FROM;
        if (tab != pane->tab && alone) {
            continue; /* room for one name: where one is */
        }
        if (tab == pane->tab) {
            ink = INK_WITH(TONE_ACCENT, INK_BOLD | INK_UNDERLINE);
        }
        tab_label(pane, tab, label);
        int w = canvas_width(text_from(label));
        x -= w;
        canvas_text(canvas, y, x, w, ink, text_from(label));
        x -= gap;
        canvas_fill(canvas, (struct rect){y, x, 1, gap}, INK(TONE_DIM), ' ');
    }
    return x;
}

static void draw_divider(const struct detail_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct position *at = &pane->at[pane->tab];
    int y = area.y;
    int end = area.x + area.w;
    canvas_fill(canvas, (struct rect){y, area.x, 1, area.w}, INK(TONE_DIM), RUNE_DASH);
    if (!pane->facts.known) {
        return;
    }
    char place[TAB_BYTES];
    snprintf(place, sizeof place, " %zu/%zu", pane->lines.row_count > 0 ? at->cursor + 1 : 0,
             pane->lines.row_count);
    int place_w = canvas_width(text_from(place));
    canvas_text(canvas, y, end - place_w, place_w, INK(TONE_DIM), text_from(place));
    int tabs_x = end - place_w;
    tabs_x -= 1; /* a dash */
    canvas_rune(canvas, y, tabs_x - 1, INK(TONE_DIM), ' ');
    tabs_x = draw_tabs(pane, canvas, y, tabs_x - 1);
    int x = area.x + 1;
    int service_w = canvas_width(pane->facts.service);
    service_w = service_w < SERVICE_W ? service_w : SERVICE_W;
    int room = tabs_x - x - service_w - BESIDE_NAME_W;
    canvas_rune(canvas, y, x++, INK(TONE_DIM), ' ');
    if (room > 0) {
        x += canvas_text(canvas, y, x, room, INK_WITH(TONE_TITLE, INK_BOLD), pane->facts.name);
        if (service_w > 0) {
            x += canvas_text(canvas, y, x, 2, INK(TONE_DIM), TEXT("  "));
            x += canvas_text(canvas, y, x, service_w, INK(TONE_DIM), pane->facts.service);
        }
    }
    if (pane->facts.status == STATUS_ERROR) {
        x += canvas_text(canvas, y, x, 2, INK(TONE_ERROR), TEXT(" \xE2\x9C\x97"));
    }
    canvas_rune(canvas, y, x, INK(TONE_DIM), ' ');
}

static void draw_side(const struct detail_pane *pane, struct canvas *canvas, struct rect area)
{
    size_t h = area.h > 1 ? (size_t)area.h - 1 : 0;
    int x = area.x + detail_main_width(pane);
    size_t count = pane->side.row_count < h ? pane->side.row_count : h;
    canvas_fill(canvas, (struct rect){area.y + 1, x + 1, area.h - 1, 1}, INK(TONE_DIM), RUNE_PIPE);
    for (size_t i = 0; i < count; i++) {
        detail_lines_draw(&pane->side, canvas, area.y + 1 + (int)i, x + 3,
                          area.w - detail_main_width(pane) - 4, i, text_buffer_text(&pane->find));
    }
    if (pane->side.row_count > h && h > 0) {
        char more[TAB_BYTES];
        snprintf(more, sizeof more, " \u2193 %zu more", pane->side.row_count - h);
        int w = canvas_width(text_from(more));
        canvas_text(canvas, area.y + area.h - 1, area.x + area.w - w - 1, w, INK(TONE_ACCENT),
                    text_from(more));
    }
}

void detail_draw(const void *self, struct canvas *canvas, struct rect area)
{
    const struct detail_pane *pane = self;
    const struct position *at = &pane->at[pane->tab];
    if (area.h <= 0 || area.w <= 0) {
        return;
    }
    draw_divider(pane, canvas, area);
    int w = detail_main_width(pane);
    for (int dy = 0; dy + 1 < area.h && at->top + (size_t)dy < pane->lines.row_count; dy++) {
        size_t row = at->top + (size_t)dy;
        int y = area.y + 1 + dy;
        detail_lines_draw(&pane->lines, canvas, y, area.x + DETAIL_MARK_W, w - DETAIL_MARK_W, row,
                          text_buffer_text(&pane->find));
        if (row == at->cursor) {
            canvas_rune(canvas, y, area.x, INK(TONE_ACCENT), canvas->ascii ? '>' : RUNE_MARK);
            canvas_mark(canvas, (struct rect){y, area.x, 1, w}, INK_SELECTED);
        }
    }
    if (detail_is_wide(pane)) {
        draw_side(pane, canvas, area);
    }
}
