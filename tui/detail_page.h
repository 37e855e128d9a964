/* detail_page — a details tab while it is written: headings, facts, values in one column. */
#ifndef TRACETUI_TUI_DETAIL_PAGE_H
#define TRACETUI_TUI_DETAIL_PAGE_H

#include "tui/detail_lines.h"
#include "tui/detail_tabs.h"

/* What the lines of one tab share; everything is borrowed. */
struct detail_page {
    struct detail_lines *lines;
    const struct detail_facts *facts;
    const struct detail_style *style;
    int column; /* where values begin */
};

/* Whole lines. A fact without a value is none; field is the query's name for it, or NULL. */
void detail_page_heading(const struct detail_page *page, const char *title);
void detail_page_nothing(const struct detail_page *page, const char *what);
void detail_page_fact(const struct detail_page *page, const char *name, const char *field,
                      struct ink ink, struct text value);
void detail_page_versioned(const struct detail_page *page, const char *name, const char *field,
                           struct text value, struct text version);

/* Parts of a line, and its end; the line is valid until the next one ends. */
void detail_page_key(const struct detail_page *page, struct text name);
void detail_page_duration(const struct detail_page *page, const char *label, int64_t ns,
                          const char *suffix);
struct detail_line *detail_page_end_line(const struct detail_page *page);

#endif
