/* list_cells — what one cell of the trace list looks like. */
#ifndef TRACETUI_TUI_LIST_CELLS_H
#define TRACETUI_TUI_LIST_CELLS_H

#include "tui/canvas.h"
#include "tui/list_columns.h"

/* How the column START tells the time. */
struct list_times {
    int64_t now_ns;
    bool relative;
};

void list_cell_draw(const struct list_times *times, struct canvas *canvas, int y, int x, int w,
                    enum list_column column, const struct trace_row *row);

/* The glyph of a status; completed traces have none. */
void list_cell_status(struct canvas *canvas, int y, int x, enum span_status status);

/* The row as a sentence: "error, createGoal, alice, 812 ms, 3 spans, 14:03:20". */
struct spoken;
void list_row_words(const struct list_times *times, const struct trace_row *row,
                    struct spoken *line);

/* What is known of the duration: of a running trace, the time until now. */
int64_t list_duration_ns(const struct trace_row *row, int64_t now_ns);

#endif
