/* span_pane — the spans of the open trace added up by operation, service or type, as a table. */
#ifndef TRACETUI_TUI_SPAN_PANE_H
#define TRACETUI_TUI_SPAN_PANE_H

#include "tui/pane.h"
#include "tui/span_table.h"

struct span_pane;

extern const struct pane_ops span_pane_ops;

struct span_pane *span_pane_new(void);

/* Another trace, or the same one grown: then the cursor stays on its group. trace is borrowed until
 * the next call; NULL empties the pane. Running spans last until now_ns. */
void span_pane_set(struct span_pane *pane, const struct trace *trace, int64_t now_ns);
void span_pane_set_grouping(struct span_pane *pane, enum span_grouping by);

/* The span of the selected group with most self time, UINT32_MAX if there is none. */
uint32_t span_pane_hottest(const struct span_pane *pane);

#endif
