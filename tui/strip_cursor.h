/* strip_cursor — a place in the strip above the list, and the range of time that is being marked.
 */
#ifndef TRACETUI_TUI_STRIP_CURSOR_H
#define TRACETUI_TUI_STRIP_CURSOR_H

#include "store/reader.h"
#include "tui/canvas.h"
#include "tui/keys.h"
#include "tui/spoken.h"

/* Moments, not buckets: the strip may be drawn anew with others at any time. {0} is unplaced. */
struct strip_cursor {
    int64_t at_ns;   /* in the bucket under the cursor */
    int64_t mark_ns; /* in the bucket where the range begins */
    bool marked;
};

/* Buckets of a summary, first and last included. */
struct strip_range {
    size_t first, last;
};

/* To the bucket of a moment; to the nearest one if it lies outside. */
void strip_cursor_place(struct strip_cursor *cursor, const struct summary *summary, int64_t ns);

/* Moves and marks; false if the action means nothing here. The summary has buckets. */
bool strip_cursor_act(struct strip_cursor *cursor, const struct summary *summary,
                      enum action action, int count);

/* What is marked: from the mark to the cursor, or the bucket under the cursor alone. */
struct strip_range strip_cursor_range(const struct strip_cursor *cursor,
                                      const struct summary *summary);
/* Its times: from the start of the first bucket to the end of the last. */
void strip_range_times(struct strip_range range, const struct summary *summary,
                       int64_t *ret_from_ns, int64_t *ret_to_ns);

/* "13:14:00 to 13:16:00   412 traces   3 errors (0.7%)   >1s 12 ..." */
void strip_cursor_draw_figures(const struct strip_cursor *cursor, const struct summary *summary,
                               struct canvas *canvas, struct rect area);

/* All of the strip in a sentence, for screen readers: "from 12:03 to 14:03, busiest 13:20 with 45,
 * ..." */
void strip_words(const struct summary *summary, struct spoken *line);

#endif
