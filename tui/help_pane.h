/* help_pane — the overlay that lists all keys of a pane, made from the dispatch table. */
#ifndef TRACETUI_TUI_HELP_PANE_H
#define TRACETUI_TUI_HELP_PANE_H

#include "tui/canvas.h"
#include "tui/keys.h"

struct help_view {
    const struct keymap *map;
    enum key_scope scope;
    int page;           /* from 0; too large ones show the last page */
    struct text filter; /* only lines that hold it; empty = all */
};

/* Pages that the overlay needs in an area of h by w cells; at least 1. */
int help_pane_pages(const struct help_view *view, int h, int w);

/* Draws a frame with the keys into area, over what is there. Works from 40 by 8 cells up. */
void help_pane_draw(const struct help_view *view, struct canvas *canvas, struct rect area);

#endif
