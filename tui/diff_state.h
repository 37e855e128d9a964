/* diff_state — what the diff pane's own files share; nobody else includes it.
 *
 * diff_pane.c holds the rows, their order, the cursor and the actions; diff_draw.c paints them. */
#ifndef TRACETUI_TUI_DIFF_STATE_H
#define TRACETUI_TUI_DIFF_STATE_H

#include "tui/diff_pane.h"
#include "tui/row_cursor.h"
#include "tui/service_tag.h"
#include "tui/trace_diff.h"

enum { DIFF_HEAD_ROWS = 1 };

struct diff_pane {
    struct trace *a, *b;
    struct trace_diff diff;
    struct service_tags a_tags, b_tags;
    uint32_t *shown; /* rows of diff in the order of the screen */
    size_t shown_count;
    int64_t now_ns;     /* of the last comparison */
    int64_t largest_ns; /* contribution */
    bool by_size, only; /* largest first; only rows that differ, with what is above them */
    const char *notice;
    struct row_cursor rows;
    int h, w;
};

/* NULL where no row is. */
const struct diff_row *diff_row_at(const struct diff_pane *pane, size_t row);

void diff_draw(const void *pane, struct canvas *canvas, struct rect area);

#endif
