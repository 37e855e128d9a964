/* list_rows — the window of trace rows that is in memory, out of millions in the store. */
#ifndef TRACETUI_TUI_LIST_ROWS_H
#define TRACETUI_TUI_LIST_ROWS_H

#include "store/reader.h"

struct list_row {
    struct trace_row row; /* its texts live in block */
    char *block;
};

/* {0} is empty. Rows stand in display order, without gaps. */
struct list_rows {
    struct list_row *rows;
    size_t count, capacity;
    bool at_start; /* nothing stands before the first row */
    bool at_end;   /* nothing stands behind the last row */
    int64_t base;  /* position of the first row in the whole list, -1 = unknown */
};

/* Copies rows to the end or, in the same order, to the beginning. */
void list_rows_append(struct list_rows *list, const struct trace_row *rows, size_t count);
void list_rows_prepend(struct list_rows *list, const struct trace_row *rows, size_t count);

/* Turns the order round: what was read from the other end becomes display order. */
void list_rows_reverse(struct list_rows *list);

/* Forgets rows at one end; more can be read there again. */
void list_rows_drop_first(struct list_rows *list, size_t count);
void list_rows_drop_last(struct list_rows *list, size_t count);

/* Replaces the row of that trace where it stands; false if it is not in the window. */
bool list_rows_update(struct list_rows *list, const struct trace_row *row);

/* Index of the trace with that number, or list->count. */
size_t list_rows_find(const struct list_rows *list, int64_t number);

void list_rows_clear(struct list_rows *list);

#endif
