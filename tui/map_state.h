/* map_state — what the service map's own files share; nobody else includes it.
 *
 * map_pane.c holds the rows, their order, the cursor and the actions; map_draw.c paints them. */
#ifndef TRACETUI_TUI_MAP_STATE_H
#define TRACETUI_TUI_MAP_STATE_H

#include "tui/figure_table.h"
#include "tui/map_pane.h"

enum { MAP_REASON_BYTES = 200 };

enum map_column {
    MAP_NAME, /* sorted by it: the tree, from the outside in */
    MAP_CALLS,
    MAP_BAR,
    MAP_RATE,
    MAP_ERRORS,
    MAP_P50,
    MAP_P95,
    MAP_MAX,
    MAP_COLUMNS
};

struct map_pane {
    struct service_map *map;      /* NULL = none yet */
    const struct map_row **order; /* rows of map as they are shown */
    int64_t most;                 /* calls of the busiest */
    bool waiting;
    size_t so_far;
    char reason[MAP_REASON_BYTES];
    struct figure_table table;
    int h;
};

/* Sorted by a figure: every call by itself, with its caller's name. */
bool map_is_flat(const struct map_pane *pane);
/* NULL where no row is. */
const struct map_edge *map_edge_at(const struct map_pane *pane, size_t row);

extern const struct figure_form map_form;
void map_draw(const void *pane, struct canvas *canvas, struct rect area);

#endif
