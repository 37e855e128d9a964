/* list_columns — which columns of the trace list fit into a width, and where they stand. */
#ifndef TRACETUI_TUI_LIST_COLUMNS_H
#define TRACETUI_TUI_LIST_COLUMNS_H

#include "store/reader.h"

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

struct list_columns {
    int x[COLUMN_COUNT];
    int w[COLUMN_COUNT]; /* 0 = not shown */
};

void list_columns_layout(struct list_columns *columns, int width);

#endif
