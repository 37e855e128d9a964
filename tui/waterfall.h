/* waterfall — from nanoseconds to cells: bars, ruler ticks, zoom; integers only, no canvas.
 *
 *     struct time_view view = time_view_fit(trace->start_ns, trace->end_ns, 39);
 *     struct bar bar = {.start_ns = a, .end_ns = b};
 *     bar_shape(&view, &bar, cells);              // one struct bar_cell a column
 *     bar_cover(&view, child_start, child_end, covered);   // eighths of time spent in children
 *     bar_weigh(&view, &bar, covered, cells);
 *
 * A cell has eight eighths. A bar starts with a right-half block and ends with a left block,
 * because reversed left blocks leave an artefact in several terminals. */
#ifndef TRACETUI_TUI_WATERFALL_H
#define TRACETUI_TUI_WATERFALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WATERFALL_EIGHTHS = 8, WATERFALL_TICKS_LARGEST = 64, WATERFALL_CELLS_LARGEST = 1024 };

/* The window of time that the bar columns show: end_ns > start_ns, width 1 ... CELLS_LARGEST. */
struct time_view {
    int64_t start_ns, end_ns;
    int width;
};

enum bar_part {
    BAR_NONE,
    BAR_THICK,    /* time that matters: self time, or the critical path */
    BAR_THIN,     /* time spent in children */
    BAR_RUNNING,  /* the arrow at the end of a span that goes on */
    BAR_CLIPPED,  /* goes on outside the view */
    BAR_OUTSIDE,  /* lies wholly outside the view: an arrow at the edge */
    BAR_OVERHANG, /* descendants of a closed row reach beyond it */
    BAR_GROUP,    /* several spans in one row */
};

struct bar_cell {
    uint32_t rune; /* 0 = blank */
    uint8_t part;  /* enum bar_part */
    bool event, exception;
};

struct bar {
    int64_t start_ns, end_ns; /* end_ns >= start_ns */
    bool running;
};

/* The whole of start_ns ... end_ns; an empty extent becomes one nanosecond a cell. */
struct time_view time_view_fit(int64_t start_ns, int64_t end_ns, int width);

/* Zooms by 2^steps (negative: out) around centre_ns and pans by quarters of the view; both stay
 * inside the extent and never go below one nanosecond a cell. */
struct time_view time_view_zoom(const struct time_view *view, const struct time_view *extent,
                                int64_t centre_ns, int steps);
struct time_view time_view_pan(const struct time_view *view, const struct time_view *extent,
                               int quarters);
/* The view that shows start_ns ... end_ns with a little air on both sides. */
struct time_view time_view_around(const struct time_view *extent, int64_t start_ns, int64_t end_ns);

/* Eighths from the view's left edge, clamped to one cell outside of either edge. */
int time_view_eighth(const struct time_view *view, int64_t time_ns);
/* The column of a moment, or -1 outside. */
int time_view_column(const struct time_view *view, int64_t time_ns);

/* Fills cells[0 ... width) with the bar, all of it thick; blank cells are zeroed. Inside the view a
 * bar covers at least one cell. Returns the number of covered cells. */
int bar_shape(const struct time_view *view, const struct bar *bar, struct bar_cell *cells);

/* Adds start_ns ... end_ns to covered[0 ... width), in eighths a cell. Intervals of one row must
 * not overlap (callers sweep in order of start). */
void bar_cover(const struct time_view *view, int64_t start_ns, int64_t end_ns, uint8_t *covered);

/* Makes those cells of the bar thin in which less than half of the bar's part is emphasised, i.e.
 * covered (emphasise_covered) or not covered. */
void bar_weigh(const struct time_view *view, const struct bar *bar, const uint8_t *covered,
               bool emphasise_covered, struct bar_cell *cells);

/* Marks an event; exceptions win over plain events in the same cell. */
void bar_event(const struct time_view *view, int64_t time_ns, bool exception,
               struct bar_cell *cells);

/* A dim line over blank cells, where descendants of a closed row reach beyond its bar. */
void bar_overhang(const struct time_view *view, int64_t start_ns, int64_t end_ns,
                  struct bar_cell *cells);

/* One member of a group: all its cells become hatched. */
void bar_group_member(const struct time_view *view, const struct bar *member,
                      struct bar_cell *cells);

struct tick {
    int column;
    int64_t offset_ns; /* from origin_ns */
};

/* Ticks at multiples of 1, 2 or 5 x 10^k nanoseconds since origin_ns, at least least_cells apart.
 * Returns how many; ticks has room for WATERFALL_TICKS_LARGEST. */
size_t ruler_ticks(const struct time_view *view, int64_t origin_ns, int least_cells,
                   struct tick *ticks);

/* Width of the name column in a pane of w columns; widen is added by hand. */
int waterfall_name_width(int w, int widen);

#endif
