/* waterfall — from nanoseconds to cells: bars, ruler ticks, zoom; integers only, no canvas. */
#include "tui/waterfall.h"

#include <string.h>

enum {
    RUNE_FULL = 0x2588,
    RUNE_LEFT_EIGHTH = 0x258F, /* one less an eighth more: U+2589 is seven eighths */
    RUNE_LEFT_HALF = 0x258C,
    RUNE_RIGHT_HALF = 0x2590,
    RUNE_LINE = 0x2501,
    RUNE_LINE_LEFT = 0x2578,
    RUNE_LINE_RIGHT = 0x257A,
    RUNE_ARROW = 0x25B6,
    RUNE_BEFORE = 0x2039,
    RUNE_BEHIND = 0x203A,
    RUNE_DASHES = 0x2504,
};

/* Ranges are shifted below this before they are multiplied with a width: 2^40 ns are 18 minutes, so
 * the loss stays far under an eighth of a cell. */
#define RANGE_LARGEST (INT64_C(1) << 40)

static int64_t clamp_i64(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

static int clamp_int(int value, int least, int most)
{
    return value < least ? least : value > most ? most : value;
}

/* ---- the view ------------------------------------------------------------------------------- */

static int64_t view_range(const struct time_view *view)
{
    return view->end_ns - view->start_ns;
}

/* A view of range_ns that begins near start_ns and lies inside the extent. */
static struct time_view view_inside(const struct time_view *extent, int64_t start_ns,
                                    int64_t range_ns)
{
    int64_t largest = view_range(extent);
    int64_t least = largest < extent->width ? largest : extent->width;
    int64_t range = clamp_i64(range_ns, least, largest);
    int64_t start = clamp_i64(start_ns, extent->start_ns, extent->end_ns - range);
    return (struct time_view){.start_ns = start, .end_ns = start + range, .width = extent->width};
}

struct time_view time_view_fit(int64_t start_ns, int64_t end_ns, int width)
{
    int cells = clamp_int(width, 1, WATERFALL_CELLS_LARGEST);
    int64_t start = clamp_i64(start_ns, 0, INT64_MAX - cells);
    int64_t end = end_ns - start < cells ? start + cells : end_ns;
    return (struct time_view){.start_ns = start, .end_ns = end, .width = cells};
}

struct time_view time_view_zoom(const struct time_view *view, const struct time_view *extent,
                                int64_t centre_ns, int steps)
{
    int64_t range = view_range(view);
    for (; steps > 0 && range > 1; steps--) {
        range /= 2;
    }
    for (; steps < 0 && range < view_range(extent); steps++) {
        range = range > view_range(extent) / 2 ? view_range(extent) : range * 2;
    }
    int64_t centre = clamp_i64(centre_ns, view->start_ns, view->end_ns);
    int64_t before = range / 2 < centre ? centre - range / 2 : 0;
    return view_inside(extent, before, range);
}

struct time_view time_view_pan(const struct time_view *view, const struct time_view *extent,
                               int quarters)
{
    int64_t range = view_range(view);
    int64_t start = view->start_ns;
    for (; quarters > 0 && start < extent->end_ns - range; quarters--) {
        start += clamp_i64(range / 4, 1, extent->end_ns - range - start);
    }
    for (; quarters < 0 && start > extent->start_ns; quarters++) {
        start -= clamp_i64(range / 4, 1, start - extent->start_ns);
    }
    return view_inside(extent, start, range);
}

struct time_view time_view_around(const struct time_view *extent, int64_t start_ns, int64_t end_ns)
{
    int64_t length = end_ns > start_ns ? end_ns - start_ns : 0;
    int64_t air = length / 16 + 1;
    int64_t range = length < INT64_MAX - 2 * air ? length + 2 * air : INT64_MAX;
    return view_inside(extent, start_ns > air ? start_ns - air : 0, range);
}

int time_view_eighth(const struct time_view *view, int64_t time_ns)
{
    int64_t range = view_range(view);
    int64_t offset = time_ns - view->start_ns;
    if (offset < 0) {
        return -WATERFALL_EIGHTHS;
    }
    if (offset > range) {
        return (view->width + 1) * WATERFALL_EIGHTHS;
    }
    while (range > RANGE_LARGEST) {
        range >>= 1;
        offset >>= 1;
    }
    return (int)(offset * view->width * WATERFALL_EIGHTHS / range);
}

int time_view_column(const struct time_view *view, int64_t time_ns)
{
    int eighth = time_view_eighth(view, time_ns);
    int column = eighth / WATERFALL_EIGHTHS;
    if (eighth == view->width * WATERFALL_EIGHTHS) { /* the very end belongs to the last cell */
        column = view->width - 1;
    }
    return eighth < 0 || column >= view->width ? -1 : column;
}

/* ---- bars ----------------------------------------------------------------------------------- */

/* A bar in eighths, cut to the view; at least one eighth long when any of it is inside. */
struct stretch {
    int from, to; /* from < to, or from == to when nothing is visible */
    bool before, behind;
};

static struct stretch stretch_of(const struct time_view *view, int64_t start_ns, int64_t end_ns)
{
    int last = view->width * WATERFALL_EIGHTHS;
    struct stretch stretch = {.before = start_ns<view->start_ns, .behind = end_ns> view->end_ns};
    if (end_ns < view->start_ns || start_ns > view->end_ns ||
        (end_ns == view->start_ns && start_ns < end_ns)) {
        stretch.behind = start_ns > view->end_ns;
        stretch.before = !stretch.behind;
        return stretch;
    }
    stretch.from = clamp_int(time_view_eighth(view, start_ns), 0, last - 1);
    stretch.to = clamp_int(time_view_eighth(view, end_ns), stretch.from + 1, last);
    return stretch;
}

/* The block that covers eighths lo ... hi of a cell. Blocks have their weight at one side, so a
 * piece in the middle is drawn at the side where it starts. */
static uint32_t thick_rune(int lo, int hi)
{
    if (hi == WATERFALL_EIGHTHS) {
        return lo < 2 ? RUNE_FULL : RUNE_RIGHT_HALF;
    }
    if (lo >= WATERFALL_EIGHTHS / 2) {
        return RUNE_RIGHT_HALF;
    }
    return (uint32_t)(RUNE_LEFT_EIGHTH - (hi - lo - 1));
}

static uint32_t thin_rune(int lo, int hi)
{
    if (lo >= WATERFALL_EIGHTHS / 2) {
        return RUNE_LINE_RIGHT;
    }
    return hi <= WATERFALL_EIGHTHS / 2 ? RUNE_LINE_LEFT : RUNE_LINE;
}

/* The part of cell that the stretch covers. */
static void cell_part(const struct stretch *stretch, int cell, int *ret_lo, int *ret_hi)
{
    int base = cell * WATERFALL_EIGHTHS;
    *ret_lo = clamp_int(stretch->from - base, 0, WATERFALL_EIGHTHS);
    *ret_hi = clamp_int(stretch->to - base, 0, WATERFALL_EIGHTHS);
}

int bar_shape(const struct time_view *view, const struct bar *bar, struct bar_cell *cells)
{
    struct stretch stretch = stretch_of(view, bar->start_ns, bar->end_ns);
    memset(cells, 0, sizeof *cells * (size_t)view->width);
    if (stretch.from == stretch.to) {
        cells[stretch.behind ? view->width - 1 : 0] = (struct bar_cell){
            .rune = stretch.behind ? RUNE_BEHIND : RUNE_BEFORE, .part = BAR_OUTSIDE};
        return 1;
    }
    int first = stretch.from / WATERFALL_EIGHTHS;
    int last = (stretch.to - 1) / WATERFALL_EIGHTHS;
    for (int i = first; i <= last; i++) {
        int lo;
        int hi;
        cell_part(&stretch, i, &lo, &hi);
        cells[i] = (struct bar_cell){.rune = thick_rune(lo, hi), .part = BAR_THICK};
    }
    if (bar->running && !stretch.behind) {
        cells[last] = (struct bar_cell){.rune = RUNE_ARROW, .part = BAR_RUNNING};
    }
    if (stretch.before) {
        cells[first] = (struct bar_cell){.rune = RUNE_BEFORE, .part = BAR_CLIPPED};
    }
    if (stretch.behind) {
        cells[last] = (struct bar_cell){.rune = RUNE_BEHIND, .part = BAR_CLIPPED};
    }
    return last - first + 1;
}

void bar_cover(const struct time_view *view, int64_t start_ns, int64_t end_ns, uint8_t *covered)
{
    if (end_ns <= start_ns || end_ns <= view->start_ns || start_ns >= view->end_ns) {
        return;
    }
    int last = view->width * WATERFALL_EIGHTHS;
    int from = clamp_int(time_view_eighth(view, start_ns), 0, last);
    int to = clamp_int(time_view_eighth(view, end_ns), from, last);
    for (int i = from; i < to;) {
        int cell = i / WATERFALL_EIGHTHS;
        int stop = (cell + 1) * WATERFALL_EIGHTHS;
        int next = stop < to ? stop : to;
        covered[cell] = (uint8_t)clamp_int(covered[cell] + next - i, 0, WATERFALL_EIGHTHS);
        i = next;
    }
}

void bar_weigh(const struct time_view *view, const struct bar *bar, const uint8_t *covered,
               bool emphasise_covered, struct bar_cell *cells)
{
    struct stretch stretch = stretch_of(view, bar->start_ns, bar->end_ns);
    for (int i = 0; i < view->width; i++) {
        int lo;
        int hi;
        if (cells[i].part != BAR_THICK) {
            continue;
        }
        cell_part(&stretch, i, &lo, &hi);
        int part = hi - lo;
        int in = covered[i] < part ? covered[i] : part;
        int emphasised = emphasise_covered ? in : part - in;
        if (emphasised * 2 < part) {
            cells[i] = (struct bar_cell){.rune = thin_rune(lo, hi), .part = BAR_THIN};
        }
    }
}

void bar_event(const struct time_view *view, int64_t time_ns, bool exception,
               struct bar_cell *cells)
{
    int column = time_view_column(view, time_ns);
    if (column >= 0) {
        cells[column].event = true;
        cells[column].exception |= exception;
    }
}

void bar_overhang(const struct time_view *view, int64_t start_ns, int64_t end_ns,
                  struct bar_cell *cells)
{
    struct stretch stretch = stretch_of(view, start_ns, end_ns);
    if (stretch.from == stretch.to) {
        return;
    }
    for (int i = stretch.from / WATERFALL_EIGHTHS; i <= (stretch.to - 1) / WATERFALL_EIGHTHS; i++) {
        if (cells[i].part == BAR_NONE || cells[i].part == BAR_OUTSIDE) {
            cells[i] = (struct bar_cell){.rune = RUNE_DASHES, .part = BAR_OVERHANG};
        }
    }
}

void bar_group_member(const struct time_view *view, const struct bar *member,
                      struct bar_cell *cells)
{
    struct stretch stretch = stretch_of(view, member->start_ns, member->end_ns);
    if (stretch.from == stretch.to) {
        return;
    }
    for (int i = stretch.from / WATERFALL_EIGHTHS; i <= (stretch.to - 1) / WATERFALL_EIGHTHS; i++) {
        cells[i] = (struct bar_cell){.rune = RUNE_LEFT_HALF, .part = BAR_GROUP};
    }
}

/* ---- the ruler ------------------------------------------------------------------------------ */

/* The first of 1, 2, 5, 10, 20, ... that gives least_cells columns, rounded to the nearest. */
static int64_t ruler_step(const struct time_view *view, int least_cells)
{
    static const int64_t factors[] = {1, 2, 5};
    int64_t halves = 2 * (int64_t)view->width;
    int64_t wanted = 2 * (int64_t)clamp_int(least_cells, 1, view->width) - 1;
    int64_t range = view_range(view);
    int64_t least = range / halves * wanted + (range % halves * wanted + halves - 1) / halves;
    int64_t power = 1;
    for (size_t next = 0;;) {
        if (power * factors[next] >= least) {
            return power * factors[next];
        }
        if (++next == sizeof factors / sizeof *factors) {
            if (power > INT64_MAX / 100) {
                return INT64_MAX;
            }
            next = 0;
            power *= 10;
        }
    }
}

size_t ruler_ticks(const struct time_view *view, int64_t origin_ns, int least_cells,
                   struct tick *ticks)
{
    int64_t step = ruler_step(view, least_cells);
    int64_t offset = view->start_ns > origin_ns ? view->start_ns - origin_ns : 0;
    size_t count = 0;
    if (offset % step != 0) {
        offset = offset / step < INT64_MAX / step ? (offset / step + 1) * step : INT64_MAX;
    }
    while (count < WATERFALL_TICKS_LARGEST && offset <= view->end_ns - origin_ns) {
        int column = time_view_eighth(view, origin_ns + offset) / WATERFALL_EIGHTHS;
        if (column >= view->width) {
            break;
        }
        ticks[count++] = (struct tick){.column = column, .offset_ns = offset};
        if (offset > INT64_MAX - step) {
            break;
        }
        offset += step;
    }
    return count;
}

int waterfall_name_width(int w, int widen)
{
    int width = clamp_int(17 + w / 5, 24, w / 2 > 24 ? w / 2 : 24);
    return clamp_int(width + widen, 16, w - 24 > 16 ? w - 24 : 16);
}
