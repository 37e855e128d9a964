/* strip_cursor — a place in the strip above the list, and the range of time that is being marked.
 */
#include "tui/strip_cursor.h"

#include <stdio.h>

#include "store/base/clock.h"
#include "tui/format.h"

static size_t bucket_of(const struct summary *summary, int64_t ns)
{
    int64_t bucket = ns > summary->from_ns ? (ns - summary->from_ns) / summary->bucket_ns : 0;
    int64_t last = (int64_t)summary->buckets - 1;
    return (size_t)(bucket < last ? bucket : last);
}

/* The middle of a bucket stays in it when borders move a little. */
static void go_to(struct strip_cursor *cursor, const struct summary *summary, size_t bucket)
{
    cursor->at_ns =
        summary->from_ns + summary->bucket_ns * (int64_t)bucket + summary->bucket_ns / 2;
}

void strip_cursor_place(struct strip_cursor *cursor, const struct summary *summary, int64_t ns)
{
    go_to(cursor, summary, bucket_of(summary, ns));
}

static void go_error(struct strip_cursor *cursor, const struct summary *summary, int step,
                     int count)
{
    int64_t found = (int64_t)bucket_of(summary, cursor->at_ns);
    for (int64_t i = found + step; i >= 0 && i < (int64_t)summary->buckets && count > 0;
         i += step) {
        if (summary->bucket[i].errors > 0) {
            found = i;
            count--;
        }
    }
    go_to(cursor, summary, (size_t)found);
}

static void move_by(struct strip_cursor *cursor, const struct summary *summary, int64_t delta)
{
    int64_t target = (int64_t)bucket_of(summary, cursor->at_ns) + delta;
    int64_t last = (int64_t)summary->buckets - 1;
    target = target < 0 ? 0 : target > last ? last : target;
    go_to(cursor, summary, (size_t)target);
}

bool strip_cursor_act(struct strip_cursor *cursor, const struct summary *summary,
                      enum action action, int count)
{
    enum { PAGE = 10 };
    int64_t last = (int64_t)summary->buckets - 1;
    switch ((int)action) {
    case ACTION_LEFT:
        move_by(cursor, summary, -count);
        return true;
    case ACTION_RIGHT:
        move_by(cursor, summary, count);
        return true;
    case ACTION_PAGE_UP:
    case ACTION_HALF_UP:
        move_by(cursor, summary, -(int64_t)PAGE * count);
        return true;
    case ACTION_PAGE_DOWN:
    case ACTION_HALF_DOWN:
        move_by(cursor, summary, (int64_t)PAGE * count);
        return true;
    case ACTION_FIRST:
        go_to(cursor, summary, 0);
        return true;
    case ACTION_LAST:
        go_to(cursor, summary, (size_t)last);
        return true;
    case ACTION_NEXT_ERROR:
        go_error(cursor, summary, 1, count);
        return true;
    case ACTION_PREVIOUS_ERROR:
        go_error(cursor, summary, -1, count);
        return true;
    case ACTION_RANGE:
        cursor->marked = !cursor->marked;
        cursor->mark_ns = cursor->at_ns;
        return true;
    }
    return false;
}

struct strip_range strip_cursor_range(const struct strip_cursor *cursor,
                                      const struct summary *summary)
{
    size_t at = bucket_of(summary, cursor->at_ns);
    size_t mark = cursor->marked ? bucket_of(summary, cursor->mark_ns) : at;
    return (struct strip_range){at < mark ? at : mark, at > mark ? at : mark};
}

void strip_range_times(struct strip_range range, const struct summary *summary,
                       int64_t *ret_from_ns, int64_t *ret_to_ns)
{
    *ret_from_ns = summary->from_ns + summary->bucket_ns * (int64_t)range.first;
    *ret_to_ns = summary->from_ns + summary->bucket_ns * (int64_t)(range.last + 1);
}

/* "14:03:20", with the day where the whole strip shows more than one, without the date's year. */
static struct text moment(char target[FORMAT_BYTES], const struct summary *summary, int64_t ns)
{
    bool long_window = summary->bucket_ns * (int64_t)summary->buckets > NS_PER_DAY;
    struct text date = format_date(target, ns);
    if (date.length < 23) {
        return date;
    }
    int end = summary->bucket_ns % NS_PER_S != 0 ? 23 : 19;
    int start = long_window ? 5 : 11;
    return text_make(date.data + start, (size_t)(end - start));
}

void strip_cursor_draw_figures(const struct strip_cursor *cursor, const struct summary *summary,
                               struct canvas *canvas, struct rect area)
{
    static const char *const bands[SUMMARY_BANDS] = {"<.1s", ".1-1s", ">1s"};
    struct strip_range range = strip_cursor_range(cursor, summary);
    int64_t count = 0;
    int64_t errors = 0;
    int64_t in_band[SUMMARY_BANDS] = {0};
    for (size_t i = range.first; i <= range.last; i++) {
        count += summary->bucket[i].count;
        errors += summary->bucket[i].errors;
        for (int band = 0; band < SUMMARY_BANDS; band++) {
            in_band[band] += summary->bucket[i].bands[band];
        }
    }
    int64_t from_ns;
    int64_t to_ns;
    char text[FORMAT_BYTES];
    char other[FORMAT_BYTES];
    strip_range_times(range, summary, &from_ns, &to_ns);
    canvas_mark(canvas, area, canvas->words ? INK_SELECTED : 0); /* where it is read */
    int end = area.x + area.w - 1;
    int x = area.x + 1;
    struct text from = moment(text, summary, from_ns);
    struct text to = moment(other, summary, to_ns);
    x += canvas_print(canvas, area.y, x, end - x, INK(TONE_STRONG), "%.*s to %.*s", TEXT_ARGS(from),
                      TEXT_ARGS(to));
    struct text number = format_exact(text, count);
    x += canvas_print(canvas, area.y, x, end - x, INK(TONE_NORMAL), "   %.*s trace%s",
                      TEXT_ARGS(number), text_plural(count));
    if (errors > 0) {
        number = format_exact(text, errors);
        struct text part = format_percent(other, errors, count);
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_ERROR), "   %.*s error%s (%.*s)",
                          TEXT_ARGS(number), text_plural(errors), TEXT_ARGS(part));
    }
    for (int band = SUMMARY_BANDS - 1; band >= 0 && area.w >= 100; band--) {
        number = format_exact(text, in_band[band]);
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_DIM), "   %s ", bands[band]);
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_NORMAL), "%.*s", TEXT_ARGS(number));
    }
}

/* The bucket that has most of it; summary->buckets if none has any. */
static size_t fullest(const struct summary *summary, bool errors)
{
    size_t best = summary->buckets;
    uint32_t most = 0;
    for (size_t i = 0; i < summary->buckets; i++) {
        const struct summary_bucket *bucket = &summary->bucket[i];
        uint32_t count = errors ? bucket->errors : bucket->count;
        best = count > most ? i : best;
        most = count > most ? count : most;
    }
    return best;
}

/* "13:34" where the buckets are of minutes. */
static struct text short_moment(char target[FORMAT_BYTES], const struct summary *summary,
                                int64_t ns)
{
    enum { SECONDS = 3 }; /* ":00" */
    struct text text = moment(target, summary, ns);
    bool minutes = summary->bucket_ns % (60 * NS_PER_S) == 0 && text.length > SECONDS;
    return text_make(text.data, text.length - (minutes ? SECONDS : 0));
}

static void say_fullest(const struct summary *summary, bool errors, struct spoken *line)
{
    size_t best = fullest(summary, errors);
    char text[FORMAT_BYTES];
    if (best == summary->buckets) {
        return;
    }
    uint32_t count = errors ? summary->bucket[best].errors : summary->bucket[best].count;
    int64_t ns = summary->from_ns + summary->bucket_ns * (int64_t)best;
    spoken_format(line, "%s %.*s with %u", errors ? "most errors" : "busiest",
                  TEXT_ARGS(short_moment(text, summary, ns)), (unsigned)count);
}

void strip_words(const struct summary *summary, struct spoken *line)
{
    char first[FORMAT_BYTES];
    char last[FORMAT_BYTES];
    if (summary == NULL || summary->buckets == 0 || summary->bucket_ns <= 0) {
        return;
    }
    int64_t end_ns = summary->from_ns + summary->bucket_ns * (int64_t)summary->buckets;
    struct text from = short_moment(first, summary, summary->from_ns);
    struct text to = short_moment(last, summary, end_ns);
    spoken_format(line, "from %.*s to %.*s", TEXT_ARGS(from), TEXT_ARGS(to));
    say_fullest(summary, false, line);
    say_fullest(summary, true, line);
}
