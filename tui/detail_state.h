/* detail_state — what the details pane's own files share; nobody else includes it.
 *
 * detail_pane.c holds the rows, the cursor and the actions; detail_draw.c paints them. */
#ifndef TRACETUI_TUI_DETAIL_STATE_H
#define TRACETUI_TUI_DETAIL_STATE_H

#include "tui/detail_pane.h"
#include "tui/detail_tabs.h"

enum { DETAIL_WIDE_FROM = 150, DETAIL_MARK_W = 1 };

struct position {
    size_t cursor, top; /* rows */
    int scroll;         /* columns, when not wrapping */
};

struct detail_pane {
    struct detail_facts facts;
    enum detail_tab tab;
    struct position at[TAB_COUNT];
    struct detail_lines lines, side;
    struct json_folds folds;
    bool no_wrap, raw, only_matches;
    bool words; /* for screen readers */
    struct text_buffer find;
    const char *notice; /* what the last action has to say, NULL = nothing */
    int h, w;
};

/* Whether statement, events and stack stand beside the attributes, and how much is left for those.
 */
bool detail_is_wide(const struct detail_pane *pane);
int detail_main_width(const struct detail_pane *pane);

void detail_draw(const void *pane, struct canvas *canvas, struct rect area);

#endif
