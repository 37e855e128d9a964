/* detail_tabs — the content of each details tab as lines. */
#ifndef TRACETUI_TUI_DETAIL_TABS_H
#define TRACETUI_TUI_DETAIL_TABS_H

#include "tui/detail_facts.h"
#include "tui/json_layout.h"

enum detail_tab { TAB_ATTRIBUTES, TAB_EVENTS, TAB_SQL, TAB_ERROR, TAB_JSON, TAB_LINKS, TAB_COUNT };

struct detail_style {
    int width;
    bool raw;
    bool brief; /* only a few rows: nothing but the first facts */
    bool words; /* sentences in the place of columns: for screen readers */
    const struct json_folds *folds;
};

/* Fills lines, which must be clear. */
void detail_tab_build(enum detail_tab tab, const struct detail_facts *facts,
                      const struct detail_style *style, struct detail_lines *lines);
/* Statement, events and stack below one another, with headings: beside the attributes. */
void detail_side_build(const struct detail_facts *facts, const struct detail_style *style,
                       struct detail_lines *lines);

bool detail_tab_is_empty(enum detail_tab tab, const struct detail_facts *facts);

#endif
