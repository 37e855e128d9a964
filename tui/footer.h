/* footer — the last row: the keys that matter here and now. */
#ifndef TRACETUI_TUI_FOOTER_H
#define TRACETUI_TUI_FOOTER_H

#include "tui/canvas.h"
#include "tui/keys.h"

/* Draws one row at the top of area. The keys of the scope stand in the order of their priority, as
 * many as fit; "? help" always does. The right corner shows the count that is being typed, else
 * corner, else (NULL) "q back". After a prefix the row lists the keys that continue it. */
void footer_draw(struct canvas *canvas, struct rect area, const struct keymap *map,
                 enum key_scope scope, const struct key_state *state, const char *corner);

/* The row while a line is edited, where the keys of the panes do not hold: as many of these as fit.
 */
struct footer_hint {
    const char *keys;
    const char *label;
};
void footer_draw_hints(struct canvas *canvas, struct rect area, const struct footer_hint *hints,
                       size_t count);

#endif
