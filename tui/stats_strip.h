/* stats_strip — one line of figures about all matching traces. */
#ifndef TRACETUI_TUI_STATS_STRIP_H
#define TRACETUI_TUI_STATS_STRIP_H

#include "store/reader.h"
#include "tui/canvas.h"

struct stats_strip {
    const struct summary *summary; /* NULL: nothing known yet, shown as an ellipsis */
    bool following;                /* the list follows the newest traces */
    int64_t new_rows;              /* came since the list stands still */
};

void stats_strip_draw(const struct stats_strip *strip, struct canvas *canvas, struct rect area);

#endif
