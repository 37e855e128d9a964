/* flame_pane — the open trace as an icicle: stacks merged by name, as wide as their self time. */
#ifndef TRACETUI_TUI_FLAME_PANE_H
#define TRACETUI_TUI_FLAME_PANE_H

#include "tui/flame.h"
#include "tui/pane.h"

struct flame_pane;

extern const struct pane_ops flame_pane_ops;

struct flame_pane *flame_pane_new(void);

/* Another trace, or the same one grown: then the cursor stays on its frame. trace is borrowed until
 * the next call; NULL empties the pane. Running spans last until now_ns. */
void flame_pane_set(struct flame_pane *pane, const struct trace *trace, int64_t now_ns);
/* Puts the cursor on the frame of a span. */
void flame_pane_select(struct flame_pane *pane, uint32_t span);
/* The span of the selected frame with most self time, UINT32_MAX if there is none. */
uint32_t flame_pane_hottest(const struct flame_pane *pane);

#endif
