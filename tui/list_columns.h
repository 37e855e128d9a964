/* list_columns — which columns of the trace list fit into a width, and where they stand. */
#ifndef TRACETUI_TUI_LIST_COLUMNS_H
#define TRACETUI_TUI_LIST_COLUMNS_H

#include "store/reader.h"

struct list_columns;

enum list_column {
    COLUMN_START,
    COLUMN_DURATION,
    COLUMN_BAR,
    COLUMN_ERRORS,
    COLUMN_SPANS,
    COLUMN_OPERATION,
    COLUMN_USER,
    COLUMN_SERVICES,
    COLUMN_TRACE,
    COLUMN_ERROR,
    COLUMN_SESSION,
    COLUMN_COUNT
};

struct list_column_info {
    const char *name; /* of :columns */
    const char *title;
    int width;           /* for a flexible column: the least */
    int width_wide;      /* from LIST_WIDE columns on */
    int from;            /* width of the screen from which the column is shown */
    int gap;             /* blanks before it */
    bool right;          /* right-aligned */
    bool term;           /* its values make terms of a query */
    enum list_sort sort; /* SORT_COUNT = cannot be sorted by */
};

enum { LIST_WIDE = 140, LIST_FIRST_COLUMN = 3 };

const struct list_column_info *list_column_info(enum list_column column);

/* Which columns somebody wants. {0}: nobody has chosen, the width of the screen decides. */
struct list_choice {
    bool made;
    bool shown[COLUMN_COUNT];
};

/* "op user dur", "+session -trace" on top of what is shown now, "default"; commas are blanks.
 * Errors: ERR_PARSE; the text names the columns. */
enum err list_choice_parse(struct text text, const struct list_columns *now,
                           struct list_choice *ret_choice, struct err_msg *why) MUST_CHECK;
/* "start dur op" */
void list_choice_print(const struct list_choice *choice, struct text_buffer *target);

struct list_columns {
    int x[COLUMN_COUNT];
    int w[COLUMN_COUNT]; /* 0 = not shown */
};

void list_columns_layout(struct list_columns *columns, const struct list_choice *choice, int width);

#endif
