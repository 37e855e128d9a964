/* figure_table — a table of figures as several panes show it: a name, columns, one they are sorted
 * by, a cursor.
 *
 *    OPERATION                COUNT▼               ERR%      AVG      P50      P95      MAX
 * ▌✗ mutation:createGoal        412 ━━━━━━━━━━━━   12.4%    611ms    487ms    1.28s    4.81s
 */
#include "tui/figure_table.h"

#include <math.h>
#include <stdio.h>

enum { FIRST_COLUMN = 3, NAME_LEAST = 8 };

static bool is_shown(const struct figure_table *table, int column)
{
    return table->w >= table->form->columns[column].from;
}

static int column_width(const struct figure_table *table, int column)
{
    if (column > 0) {
        return table->form->columns[column].w;
    }
    int left = table->w - FIRST_COLUMN - 1;
    for (int i = 1; i < table->form->count; i++) {
        left -= is_shown(table, i) ? table->form->columns[i].w : 0;
    }
    left = table->name_most > 0 && left > table->name_most ? table->name_most : left;
    return left > NAME_LEAST ? left : NAME_LEAST;
}

void figure_table_fit(struct figure_table *table, size_t rows, int h, int w)
{
    table->w = w;
    row_cursor_fit(&table->rows, rows, h);
}

static void sort_by(struct figure_table *table, int step)
{
    int count = table->form->count;
    do {
        table->sort = (table->sort + step + count) % count;
    } while (table->form->columns[table->sort].order == NULL || !is_shown(table, table->sort));
    row_cursor_go(&table->rows, 0);
}

bool figure_table_act(struct figure_table *table, enum action action, int count, const void *ctx)
{
    if (row_cursor_act(&table->rows, action, count)) {
        return true;
    }
    if (action == ACTION_SORT_NEXT || action == ACTION_SORT_PREVIOUS) {
        sort_by(table, action == ACTION_SORT_NEXT ? 1 : -1);
        return true;
    }
    if (action == ACTION_NEXT_ERROR || action == ACTION_PREVIOUS_ERROR) {
        row_cursor_seek(&table->rows, action == ACTION_NEXT_ERROR ? 1 : -1, count,
                        table->form->has_errors, ctx);
        return true;
    }
    return false;
}

static void draw_titles(const struct figure_table *table, struct canvas *canvas, struct rect area,
                        const char *name)
{
    int x = area.x + FIRST_COLUMN;
    for (int i = 0; i < table->form->count; i++) {
        if (!is_shown(table, i)) {
            continue;
        }
        int w = column_width(table, i);
        struct ink ink = INK(table->sort == i ? TONE_STRONG : TONE_DIM);
        char title[32];
        if (i == 0) {
            bool marked = table->sort == 0 && table->form->name_has_mark;
            snprintf(title, sizeof title, "%s%s", name, marked ? "\u25B2" : "");
            canvas_text(canvas, area.y, x, w, ink, text_from(title));
        } else {
            snprintf(title, sizeof title, "%s%s", table->form->columns[i].title,
                     table->sort == i ? "\u25BC" : "");
            canvas_text_right(canvas, area.y, x, w, ink, text_from(title));
        }
        x += w;
    }
}

static void draw_bar(struct canvas *canvas, int y, int x, int cells, double share, uint8_t tone)
{
    int halves = (int)ceil(share * 2 * cells);
    canvas_fill(canvas, (struct rect){y, x, 1, halves / 2}, INK(tone), 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + halves / 2, INK(tone), 0x2578);
    }
}

static void draw_row(const struct figure_table *table, struct canvas *canvas, struct rect area,
                     size_t row, const void *ctx)
{
    int x = area.x + FIRST_COLUMN;
    int w = column_width(table, 0);
    table->form->draw_name(ctx, row, canvas, (struct rect){area.y, x, 1, w});
    if (table->form->has_errors(ctx, row)) {
        canvas_rune(canvas, area.y, x - 2, INK(TONE_ERROR), RUNE_CROSS);
    }
    for (int i = 1; i < table->form->count; i++) {
        const struct figure_column *column = &table->form->columns[i];
        if (!is_shown(table, i)) {
            continue;
        }
        x += w;
        w = column->w;
        char text[FIGURE_BYTES];
        struct figure_cell cell = table->form->cell(ctx, row, i, text, canvas->ascii);
        if (column->bar > 0) {
            draw_bar(canvas, area.y, x + column->bar, w - column->bar, cell.share, cell.tone);
        } else {
            canvas_text_right(canvas, area.y, x, w, INK(cell.tone), cell.text);
        }
    }
    if (row == table->rows.at) {
        canvas_rune(canvas, area.y, area.x, INK(TONE_ACCENT), canvas->ascii ? '>' : RUNE_MARK);
        canvas_mark(canvas, area, INK_SELECTED);
    }
}

void figure_table_draw(const struct figure_table *table, struct canvas *canvas, struct rect area,
                       const char *title, const char *what, const void *ctx)
{
    struct rect below = {area.y + 1, area.x, area.h - 1, area.w};
    if (canvas->words) {
        canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "%s, %s", what,
                     table->form->columns[table->sort].order);
        spoken_rows(canvas, below, &table->rows, table->form->say, ctx);
        return;
    }
    draw_titles(table, canvas, area, title);
    for (int y = 0; y < below.h && table->rows.top + (size_t)y < table->rows.count; y++) {
        draw_row(table, canvas, (struct rect){below.y + y, below.x, 1, below.w},
                 table->rows.top + (size_t)y, ctx);
    }
}
