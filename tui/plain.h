/* plain — what commands without a screen print: tables and trees as lines of text. */
#ifndef TRACETUI_TUI_PLAIN_H
#define TRACETUI_TUI_PLAIN_H

#include <stdio.h>

#include "store/filter.h"
#include "store/trace.h"

struct plain_style {
    int width; /* columns of a line */
    bool ascii;
};

/* The style for standard output: the terminal's width, else 80; ASCII where the locale's character
 * set is not UTF-8. Either can be forced. */
struct plain_style plain_style_of(FILE *out, bool force_ascii, bool force_utf8);

/* "tracetui: command: text", made harmless for a terminal. */
void plain_error(FILE *out, const char *command, const char *text);

/* "tracetui: query: ..." with the query below it and the wrong piece underlined. */
void plain_query_error(FILE *out, struct text query, const struct filter_error *error);

/* The table of `ls`. */
void plain_list_header(FILE *out, const struct plain_style *style);
void plain_list_row(FILE *out, const struct plain_style *style, const struct trace_row *row);

struct plain_tree {
    bool errors_only;  /* spans with an error, and what is above them */
    int depth;         /* levels to show, 0 = all */
    size_t first, end; /* a span with what is above and below it; end 0 = all */
};

/* The waterfall of `show`. */
void plain_tree_write(FILE *out, const struct plain_style *style, const struct trace *trace,
                      const struct plain_tree *tree);

#endif
