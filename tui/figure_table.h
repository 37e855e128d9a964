/* figure_table — a table of figures as several panes show it: a name, columns, one they are sorted
 * by, a cursor.
 *
 *     static const struct figure_form form = {.columns = columns, .count = COLUMNS, ...};
 *     struct figure_table table = {.form = &form, .sort = COLUMN_COUNT};
 *     figure_table_fit(&table, rows, h, w);
 *     if (figure_table_act(&table, action, count, pane)) { ... put the rows in order again ... }
 *     figure_table_draw(&table, canvas, area, "OPERATION", "operations", pane);
 *
 * The pane owns the rows and their order; ctx is the pane. */
#ifndef TRACETUI_TUI_FIGURE_TABLE_H
#define TRACETUI_TUI_FIGURE_TABLE_H

#include "tui/canvas.h"
#include "tui/row_cursor.h"
#include "tui/spoken.h"

enum { FIGURE_BYTES = 40 };

/* The first one is the name: it takes the room that the others leave. */
struct figure_column {
    const char *title;
    int w;             /* with the blanks before it */
    int from;          /* width of the table from which it is shown */
    int bar;           /* blanks before a bar, 0 = it is none */
    const char *order; /* "most traces first": sorted by it; NULL = that is not possible */
};

struct figure_cell {
    struct text text; /* may stand in the bytes given */
    double share;     /* of a bar: 0 ... 1 */
    uint8_t tone;
};

struct figure_form {
    const struct figure_column *columns;
    int count;
    bool name_has_mark; /* when sorted by name */
    bool (*has_errors)(const void *ctx, size_t row);
    void (*draw_name)(const void *ctx, size_t row, struct canvas *canvas, struct rect area);
    struct figure_cell (*cell)(const void *ctx, size_t row, int column, char text[FIGURE_BYTES],
                               bool ascii);
    void (*say)(const void *ctx, size_t row, struct spoken *line); /* for screen readers */
};

struct figure_table {
    const struct figure_form *form;
    int sort;      /* column */
    int name_most; /* cells of the name; 0 = all there are */
    int w;
    struct row_cursor rows;
};

/* h: rows of the table, its titles not among them. */
void figure_table_fit(struct figure_table *table, size_t rows, int h, int w);

/* Moves, goes to errors, and changes the column it is sorted by: then the cursor is on the first
 * row, and the pane puts them in order. False if the action is none of these. */
bool figure_table_act(struct figure_table *table, enum action action, int count, const void *ctx);

/* title: of the name's column; what: "operations", for screen readers. */
void figure_table_draw(const struct figure_table *table, struct canvas *canvas, struct rect area,
                       const char *title, const char *what, const void *ctx);

#endif
