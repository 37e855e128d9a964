/* spoken — the screen for somebody who hears it: words in the place of lines, bars and columns.
 *
 *     struct spoken line = {0};                 // a row that knows what it says
 *     spoken_add(&line, "error");
 *     spoken_duration(&line, ns);
 *     canvas_text(canvas, y, x, w, ink, spoken_text(&line));
 *     ...
 *     spoken_canvas(canvas, ascii);             // at last, whatever was drawn: lines and bars go,
 *                                               // signs become words, gaps between columns commas
 */
#ifndef TRACETUI_TUI_SPOKEN_H
#define TRACETUI_TUI_SPOKEN_H

#include "tui/canvas.h"

enum { SPOKEN_BYTES = 512 };

/* One sentence: its parts stand between commas; what has no room is left out. {0} is empty. */
struct spoken {
    char bytes[SPOKEN_BYTES];
    size_t length;
};

void spoken_add(struct spoken *line, struct text part); /* an empty part says nothing */
void spoken_format(struct spoken *line, const char *format, ...) PRINTF_LIKE(2);
/* "812 ms", with words before and behind. */
void spoken_duration(struct spoken *line, const char *before, int64_t ns, const char *behind);
/* "3 spans", "1 span" */
void spoken_count(struct spoken *line, int64_t count, const char *what);
struct text spoken_text(const struct spoken *line);

/* Turns what is painted into plain rows that begin in the first column, and puts the hardware
 * cursor at the start of the selected one, unless a line is edited. ascii: nothing else may be
 * left. */
void spoken_canvas(struct canvas *canvas, bool ascii);

#endif
