/* row_cursor — which row of a table is chosen and which is the first on the screen. */
#ifndef TRACETUI_TUI_ROW_CURSOR_H
#define TRACETUI_TUI_ROW_CURSOR_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/keys.h"

/* {0} is an empty table. */
struct row_cursor {
    size_t at, top;
    size_t count; /* rows of the table */
    size_t h;     /* rows on the screen */
};

/* Other sizes: the cursor stays on its row as far as there is one. */
void row_cursor_fit(struct row_cursor *cursor, size_t count, int h);
void row_cursor_go(struct row_cursor *cursor, size_t row);
/* The actions that move in every table: up, down, pages, first, last. False for others. */
bool row_cursor_act(struct row_cursor *cursor, enum action action, int count);
/* The count-th row after (step 1) or before (-1) the cursor that is wanted; false if none is. */
bool row_cursor_seek(struct row_cursor *cursor, int step, int count,
                     bool (*wanted)(const void *ctx, size_t row), const void *ctx);

#endif
