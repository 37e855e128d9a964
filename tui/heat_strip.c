/* heat_strip — the histogram above the list: traces, errors and latency over time, a bucket a
 * column.
 *
 *  n/min ▅▅▅▅▅▆▇▇█▇▇▇▇▇▇███▇▆▆▆▆▆▆▄▅▅▄▃▄▃▄▄▃▃▄▃▄▄▃▃▃▃▃▃▅▃▄▅▅▅▆▆▇▆▆▆▇▇▇█▇██▇▆▇▇▇▆▆
 *  err       ▅ ▁ ▄ ▄▂    ▃       ▃         ▂   ▃     ▅      ▂ ▃▃▄     ▅▃   ▃   ▅
 *        13:03            13:18             13:33             13:48       14:03 ▲
 */
#include "tui/heat_strip.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tui/format.h"

enum { HISTOGRAM_ROWS = 3, TICK_COLUMNS = 18, BUCKET_COLUMNS = 8 };

size_t heat_strip_buckets(int width)
{
    int columns = width - HEAT_STRIP_LABEL - 1;
    return columns < 1                         ? 1
           : columns > SUMMARY_BUCKETS_LARGEST ? SUMMARY_BUCKETS_LARGEST
                                               : (size_t)columns;
}

/* Which bucket a column shows; a bucket may be several columns wide. */
static size_t bucket_at(const struct summary *summary, int column, int columns)
{
    return (size_t)column * summary->buckets / (size_t)columns;
}

static uint32_t bucket_value(const struct summary_bucket *bucket, int row)
{
    return row < 0 ? bucket->count : row == 0 ? bucket->errors : bucket->bands[SUMMARY_BANDS - row];
}

/* Largest value of one row of the strip: -1 counts, 0 errors, 1.. the bands from the slowest. */
static uint32_t largest(const struct summary *summary, int row)
{
    uint32_t found = 1;
    for (size_t i = 0; i < summary->buckets; i++) {
        uint32_t value = bucket_value(&summary->bucket[i], row);
        found = value > found ? value : found;
    }
    return found;
}

/* "n/min", "n/30s": how much time one bucket stands for. */
static void unit_label(int64_t bucket_ns, char target[FORMAT_BYTES])
{
    static const struct {
        int64_t unit_ns;
        const char *name;
    } units[] = {{NS_PER_DAY, "day"},
                 {3600 * NS_PER_S, "h"},
                 {60 * NS_PER_S, "min"},
                 {NS_PER_S, "s"},
                 {NS_PER_MS, "ms"}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (bucket_ns >= units[i].unit_ns) {
            int64_t many = bucket_ns / units[i].unit_ns;
            const char *name = many > 1 && units[i].name[0] == 'm' && units[i].name[1] == 'i'
                                   ? "m"
                                   : units[i].name;
            if (many > 1) {
                snprintf(target, FORMAT_BYTES, "n/%lld%s", (long long)many, name);
            } else {
                snprintf(target, FORMAT_BYTES, "n/%s", name);
            }
            return;
        }
    }
    snprintf(target, FORMAT_BYTES, "n");
}

/* One row of bars out of `rows`; row_above counts the rows below this one. */
static void draw_bars(const struct summary *summary, int row, int rows, int row_above,
                      enum tone tone, struct canvas *canvas, struct rect area)
{
    uint32_t top = largest(summary, row);
    for (int x = 0; x < area.w; x++) {
        uint64_t value = bucket_value(&summary->bucket[bucket_at(summary, x, area.w)], row);
        int eighths = (int)((value * 8 * (uint64_t)rows + top - 1) / top) - 8 * row_above;
        if (eighths > 0) {
            canvas_rune(canvas, area.y, area.x + x, INK(tone),
                        eighths >= 8 ? 0x2588 : 0x2580 + (uint32_t)eighths);
        }
    }
}

static void draw_band(const struct summary *summary, int row, struct canvas *canvas,
                      struct rect area)
{
    static const uint32_t shades[] = {0x2591, 0x2592, 0x2593, 0x2588};
    enum { FAINT = 12 }; /* of a band's largest bucket: less than a twelfth is a dot */
    uint32_t top = largest(summary, row);
    for (int x = 0; x < area.w; x++) {
        uint64_t value = bucket_value(&summary->bucket[bucket_at(summary, x, area.w)], row);
        if (value > 0) {
            size_t shade = (size_t)(value * (ARRAY_LEN(shades) - 1) / top);
            canvas_rune(canvas, area.y, area.x + x, INK(row == 1 ? TONE_WARN : TONE_ACCENT),
                        value * FAINT < top ? 0xB7 : shades[shade]);
        }
    }
}

static void draw_label(struct canvas *canvas, int y, int x, const char *label)
{
    canvas_print(canvas, y, x + 1, HEAT_STRIP_LABEL - 1, INK(TONE_DIM), "%s", label);
}

/* The column that the marked time falls into; -1 = none. */
static int mark_column(const struct summary *summary, int64_t marked_ns, int columns)
{
    int64_t buckets = (int64_t)summary->buckets;
    int64_t offset_ns = marked_ns - summary->from_ns;
    if (marked_ns <= 0 || offset_ns < 0 || offset_ns >= summary->bucket_ns * buckets) {
        return -1;
    }
    return (int)((offset_ns / summary->bucket_ns * columns + buckets - 1) / buckets);
}

/* Which part of "2025-11-20 14:03:20.412" tells one tick from the next. */
static struct text tick_label(struct text date, int64_t tick_ns, int64_t window_ns)
{
    return tick_ns >= 365 * NS_PER_DAY  ? text_make(date.data, 4)
           : tick_ns >= 28 * NS_PER_DAY ? text_make(date.data, 7)
           : tick_ns >= NS_PER_DAY      ? text_make(date.data + 5, 5)
           : window_ns > NS_PER_DAY     ? text_make(date.data + 5, 11)
           : tick_ns >= 60 * NS_PER_S   ? text_make(date.data + 11, 5)
           : tick_ns >= NS_PER_S        ? text_make(date.data + 11, 8)
                                        : text_make(date.data + 11, 12);
}

/* "13:03" at every tick, more digits for short windows, the day, month or year for long ones. The
 * mark keeps a blank on both sides: the label under it moves aside, or is left out at the edge.
 * Labels may reach beyond a few buckets, up to room. */
static void draw_axis(const struct summary *summary, int64_t marked_ns, struct canvas *canvas,
                      struct rect area, int room)
{
    int64_t window_ns = summary->bucket_ns * (int64_t)summary->buckets;
    int64_t tick_ns = window_ns / area.w * TICK_COLUMNS;
    int mark = mark_column(summary, marked_ns, area.w);
    char before[FORMAT_BYTES] = "";
    int end = 0;
    for (int x = 0; x < area.w; x += TICK_COLUMNS) {
        char buffer[FORMAT_BYTES];
        int64_t at_ns =
            summary->from_ns + summary->bucket_ns * (int64_t)bucket_at(summary, x, area.w);
        struct text date = format_date(buffer, at_ns);
        if (date.length < 23) {
            continue;
        }
        struct text label = tick_label(date, tick_ns, window_ns);
        int w = (int)label.length;
        bool covered = mark >= 0 && x <= mark + 1 && x + w >= mark;
        int at = !covered ? x : mark + 2 + w <= room ? mark + 2 : mark - 1 - w;
        if (at < end || at + w > room || text_equals(label, text_from(before))) {
            continue;
        }
        canvas_text(canvas, area.y, area.x + at, w, INK(TONE_DIM), label);
        snprintf(before, sizeof(before), "%.*s", TEXT_ARGS(label));
        end = at + w + 1;
    }
    if (mark >= 0) {
        canvas_rune(canvas, area.y, area.x + mark, INK(TONE_ACCENT), 0x25B2);
    }
}

/* A few buckets do not fill the screen like a wall. */
static struct rect row_of(const struct summary *summary, struct rect area, int y)
{
    int w = area.w - HEAT_STRIP_LABEL - 1;
    bool few = summary->buckets < (size_t)w / BUCKET_COLUMNS;
    return (struct rect){area.y + y, area.x + HEAT_STRIP_LABEL, 1,
                         few ? (int)summary->buckets * BUCKET_COLUMNS : w};
}

static void draw_low(const struct summary *summary, const char *unit, int64_t marked_ns,
                     struct canvas *canvas, struct rect area)
{
    draw_label(canvas, area.y, area.x, unit);
    draw_label(canvas, area.y + 1, area.x, "err");
    draw_bars(summary, -1, 1, 0, TONE_ACCENT, canvas, row_of(summary, area, 0));
    draw_bars(summary, 0, 1, 0, TONE_ERROR, canvas, row_of(summary, area, 1));
    draw_axis(summary, marked_ns, canvas, row_of(summary, area, 2), area.w - HEAT_STRIP_LABEL - 1);
}

static void draw_high(const struct summary *summary, const char *unit, int64_t marked_ns,
                      struct canvas *canvas, struct rect area)
{
    static const char *const bands[SUMMARY_BANDS] = {">1s", ".1-1s", "<.1s"};
    char text[FORMAT_BYTES];
    canvas_text(canvas, area.y, area.x + 1, HEAT_STRIP_LABEL - 1, INK(TONE_DIM),
                format_count(text, largest(summary, -1)));
    draw_label(canvas, area.y + 1, area.x, unit);
    draw_label(canvas, area.y + 2, area.x, "0");
    for (int i = 0; i < HISTOGRAM_ROWS; i++) {
        draw_bars(summary, -1, HISTOGRAM_ROWS, HISTOGRAM_ROWS - 1 - i, TONE_ACCENT, canvas,
                  row_of(summary, area, i));
    }
    draw_label(canvas, area.y + 3, area.x, "errors");
    draw_bars(summary, 0, 1, 0, TONE_ERROR, canvas, row_of(summary, area, 3));
    for (int i = 0; i < SUMMARY_BANDS; i++) {
        draw_label(canvas, area.y + 4 + i, area.x, bands[i]);
        draw_band(summary, i + 1, canvas, row_of(summary, area, 4 + i));
    }
    draw_axis(summary, marked_ns, canvas, row_of(summary, area, 7), area.w - HEAT_STRIP_LABEL - 1);
}

bool heat_strip_bucket_at(const struct summary *summary, struct rect area, int x,
                          size_t *ret_bucket)
{
    struct rect row = row_of(summary, area, 0);
    if (x < row.x || x >= row.x + row.w) {
        return false;
    }
    *ret_bucket = bucket_at(summary, x - row.x, row.w);
    return true;
}

/* The first column of a bucket: the inverse of bucket_at. */
static int column_of(const struct summary *summary, size_t bucket, int columns)
{
    return (int)((bucket * (size_t)columns + summary->buckets - 1) / summary->buckets);
}

/* A vertical stroke through all rows but the axis; what is marked has the background of a
 * selection. */
static void draw_cursor(const struct summary *summary, const struct strip_cursor *cursor,
                        struct canvas *canvas, struct rect area)
{
    struct rect row = row_of(summary, area, 0);
    struct strip_range marked = strip_cursor_range(cursor, summary);
    struct strip_cursor here = {.at_ns = cursor->at_ns};
    size_t at = strip_cursor_range(&here, summary).first;
    int from = column_of(summary, marked.first, row.w);
    int to = column_of(summary, marked.last + 1, row.w);
    int h = (area.h >= HEAT_STRIP_HIGH ? HEAT_STRIP_HIGH : HEAT_STRIP_LOW) - 1;
    canvas_mark(canvas, (struct rect){area.y, row.x + from, h, to - from}, INK_SELECTED);
    from = column_of(summary, at, row.w);
    to = column_of(summary, at + 1, row.w);
    canvas_mark(canvas, (struct rect){area.y, row.x + from, h, to - from}, INK_REVERSE);
}

void heat_strip_draw(const struct summary *summary, int64_t marked_ns,
                     const struct strip_cursor *cursor, struct canvas *canvas, struct rect area)
{
    char unit[FORMAT_BYTES] = "n";
    if (canvas->words) {
        struct spoken line = {0};
        strip_words(summary, &line);
        canvas_text(canvas, area.y, area.x, area.w, INK(TONE_DIM), spoken_text(&line));
        return;
    }
    if (summary == NULL || summary->buckets == 0 || summary->bucket_ns <= 0 ||
        area.w <= HEAT_STRIP_LABEL + 1) {
        draw_label(canvas, area.y, area.x, unit);
        draw_label(canvas, area.y + 1, area.x, "err");
        return;
    }
    unit_label(summary->bucket_ns, unit);
    if (area.h >= HEAT_STRIP_HIGH) {
        draw_high(summary, unit, marked_ns, canvas, area);
    } else {
        draw_low(summary, unit, marked_ns, canvas, area);
    }
    if (cursor != NULL) {
        draw_cursor(summary, cursor, canvas, area);
    }
}
