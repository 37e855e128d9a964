/* diff_pane — two traces side by side: what B has more, less, slower and faster than A. */
#ifndef TRACETUI_TUI_DIFF_PANE_H
#define TRACETUI_TUI_DIFF_PANE_H

#include "tui/pane.h"
#include "tui/trace_diff.h"

struct diff_pane;

extern const struct pane_ops diff_pane_ops;

struct diff_pane *diff_pane_new(void);

/* Owns: the pane owns both traces. Running spans last until now_ns. */
void diff_pane_set(struct diff_pane *pane, struct trace *a, struct trace *b, int64_t now_ns);
/* Borrowed until the next _set; NULL = none yet. */
const struct trace *diff_pane_trace(const struct diff_pane *pane, bool b);

/* The selected row's span in A or in B; UINT32_MAX if that side has none. */
uint32_t diff_pane_span(const struct diff_pane *pane, bool b);

/* Both traces and the summary, in two lines. */
void diff_pane_title(const struct diff_pane *pane, struct canvas *canvas, struct rect area);

/* What the last action did that cannot be seen; NULL = nothing. */
const char *diff_pane_notice(const struct diff_pane *pane);

#endif
