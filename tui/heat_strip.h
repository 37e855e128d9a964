/* heat_strip — the histogram above the list: traces, errors and latency over time, a bucket a
 * column. */
#ifndef TRACETUI_TUI_HEAT_STRIP_H
#define TRACETUI_TUI_HEAT_STRIP_H

#include "store/reader.h"
#include "tui/canvas.h"

enum { HEAT_STRIP_LOW = 3, HEAT_STRIP_HIGH = 8, HEAT_STRIP_LABEL = 8 };

/* Buckets worth asking for in a strip of that width. */
size_t heat_strip_buckets(int width);

/* Draws HEAT_STRIP_LOW rows, or HEAT_STRIP_HIGH if the area has them. summary NULL: nothing known
 * yet. marked_ns: start of the selected trace, 0 = none. */
void heat_strip_draw(const struct summary *summary, int64_t marked_ns, struct canvas *canvas,
                     struct rect area);

#endif
