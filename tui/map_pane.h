/* map_pane — who calls whom in the traces of the query, as a tree in the place of the list. */
#ifndef TRACETUI_TUI_MAP_PANE_H
#define TRACETUI_TUI_MAP_PANE_H

#include "tui/pane.h"
#include "tui/service_map.h"

struct map_pane;

extern const struct pane_ops map_pane_ops;

struct map_pane *map_pane_new(void);

/* A map is being made from so many traces so far; the old one stays until it comes. */
void map_pane_await(struct map_pane *pane, size_t traces);
/* Owns: the pane owns the map. */
void map_pane_take(struct map_pane *pane, struct service_map *map);
/* None comes: why is shown instead. */
void map_pane_failed(struct map_pane *pane, const char *why);

/* Appends a query for the traces of the selected call; false if there is none. */
bool map_pane_term(const struct map_pane *pane, struct text_buffer *target);

/* "of the newest 2,000 traces ..." */
void map_pane_title(const struct map_pane *pane, struct canvas *canvas, struct rect area);

#endif
