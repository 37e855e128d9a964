/* heat_strip — the histogram above the list: traces, errors and latency over time, a bucket a
 * column. */
#ifndef TRACETUI_TUI_HEAT_STRIP_H
#define TRACETUI_TUI_HEAT_STRIP_H

#include "store/reader.h"
#include "tui/canvas.h"
#include "tui/strip_cursor.h"

enum { HEAT_STRIP_LOW = 3, HEAT_STRIP_HIGH = 8, HEAT_STRIP_LABEL = 8 };

/* Buckets worth asking for in a strip of that width. */
size_t heat_strip_buckets(int width);

/* Draws HEAT_STRIP_LOW rows, or HEAT_STRIP_HIGH if the area has them. summary NULL: nothing known
 * yet. marked_ns: start of the selected trace, 0 = none. cursor: NULL while it is elsewhere. For
 * screen readers it is one row: a sentence. */
void heat_strip_draw(const struct summary *summary, int64_t marked_ns,
                     const struct strip_cursor *cursor, struct canvas *canvas, struct rect area);

/* Which bucket is drawn at column x of the screen; false if none is. */
bool heat_strip_bucket_at(const struct summary *summary, struct rect area, int x,
                          size_t *ret_bucket);

#endif
