/* spoken — the screen for somebody who hears it: words in the place of lines, bars and columns.
 *
 *     struct spoken line = {0};                 // a row that knows what it says
 *     spoken_add(&line, "error");
 *     spoken_duration(&line, ns);
 *     canvas_text(canvas, y, x, w, ink, spoken_text(&line));
 *     spoken_rows(canvas, area, &cursor, say_row, pane);     // or a whole table of them
 *     ...
 *     spoken_canvas(canvas, ascii);             // at last, whatever was drawn: lines and bars go,
 *                                               // signs become words, gaps between columns commas
 */
#ifndef TRACETUI_TUI_SPOKEN_H
#define TRACETUI_TUI_SPOKEN_H

#include "tui/canvas.h"
#include "tui/row_cursor.h"

enum { SPOKEN_BYTES = 1024, SPOKEN_TIME_BYTES = 64 };

/* One sentence: its parts stand between commas; what has no room is cut. {0} is empty. */
struct spoken {
    char bytes[SPOKEN_BYTES];
    size_t length;
};

void spoken_add(struct spoken *line, struct text part); /* an empty part says nothing */
void spoken_format(struct spoken *line, const char *format, ...) PRINTF_LIKE(2);
/* "812 ms", "2 m 05 s": "2m05s" would be read as a word. */
struct text spoken_time(char target[SPOKEN_TIME_BYTES], int64_t ns);
/* The same with words before and behind. */
void spoken_duration(struct spoken *line, const char *before, int64_t ns, const char *behind);
/* "3 spans", "1 span" */
void spoken_count(struct spoken *line, int64_t count, const char *what);
struct text spoken_text(const struct spoken *line);

/* A table: say fills in a row's sentence. The selected one is wrapped, so that nothing of it is
 * lost; the others end at the edge, and those that find no room below it are not shown. */
void spoken_rows(struct canvas *canvas, struct rect area, const struct row_cursor *rows,
                 void (*say)(const void *ctx, size_t row, struct spoken *line), const void *ctx);

/* Turns what is painted into plain rows that begin in the first column, and puts the hardware
 * cursor at the start of the selected one, unless a line is edited. ascii: nothing else may be
 * left. */
void spoken_canvas(struct canvas *canvas, bool ascii);

#endif
