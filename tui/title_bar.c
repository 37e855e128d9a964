/* title_bar — the first line: which store this is, whether data comes in, and what is wrong.
 *
 *  tracetui  prod-7 traces.db                  ● LIVE 3.2k span/s  14:03:21Z
 */
#include "tui/title_bar.h"

#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/counters.h"
#include "tui/format.h"

enum { TITLE_WIDE = 120, REASONS_CELLS = 40, BADGE_CELLS = 7 };

/* To the left of x, where something was turned away; returns its width. */
static int draw_refused(const struct title_bar *bar, struct canvas *canvas, struct rect area, int x)
{
    char number[FORMAT_BYTES];
    char text[FORMAT_BYTES + COUNTERS_REASONS_BYTES];
    if (bar->refused == 0) {
        return 0;
    }
    const char *reasons = bar->reasons != NULL ? bar->reasons : "";
    int64_t count = bar->refused < INT64_MAX ? (int64_t)bar->refused : INT64_MAX;
    struct text shown = format_count(number, count);
    int used = snprintf(text, sizeof(text), "\xE2\x9C\x97 %.*s refused", TEXT_ARGS(shown));
    if (area.w >= TITLE_WIDE && reasons[0] != '\0') {
        snprintf(text + used, sizeof(text) - (size_t)used, ": %.*s", REASONS_CELLS, reasons);
    } else {
        /* One word of why, the most frequent reason; I tells all. */
        int word = (int)strcspn(reasons, " ");
        snprintf(text + used, sizeof(text) - (size_t)used, "%s%.*s", word > 0 ? ": " : "", word,
                 reasons);
    }
    int w = canvas_width(text_from(text));
    canvas_text(canvas, area.y, x - w - 2, w, INK_WITH(TONE_ERROR, INK_BOLD), text_from(text));
    return w + 2;
}

/* The state in words, right-aligned; returns its width. */
static int draw_state(const struct title_bar *bar, struct canvas *canvas, struct rect area)
{
    char text[160] = "";
    char number[FORMAT_BYTES];
    char lag[FORMAT_BYTES];
    enum tone tone = TONE_OK;
    if (bar->problem[0] != '\0') {
        snprintf(text, sizeof(text), "\xE2\x9C\x96 %.120s", bar->problem);
        tone = TONE_ERROR;
    } else if (!bar->live) {
        snprintf(text, sizeof(text), "\xE2\x97\x8B OFFLINE");
        tone = TONE_DIM;
    } else if (bar->no_receiver) {
        snprintf(text, sizeof(text), "\xE2\x97\x8B NO RECEIVER");
        tone = TONE_WARN;
    } else {
        const char *state = bar->following ? "\xE2\x97\x8F LIVE" : "\xE2\x97\x8B PAUSED";
        int used = snprintf(text, sizeof(text), "%s", state);
        if (bar->spans_per_s >= 0) {
            struct text rate = format_count(number, bar->spans_per_s);
            used +=
                snprintf(text + used, sizeof(text) - (size_t)used, " %.*s span/s", TEXT_ARGS(rate));
        }
        if (bar->lag_ns >= 0 && area.w >= TITLE_WIDE) {
            struct text shown = format_duration(lag, bar->lag_ns, canvas->ascii);
            snprintf(text + used, sizeof(text) - (size_t)used, "   lag %.*s", TEXT_ARGS(shown));
        }
        tone = bar->following ? TONE_OK : TONE_WARN;
    }
    int clock_w = 9; /* "14:03:21 " */
    int w = canvas_width(text_from(text));
    w = w > area.w - clock_w - 12 ? area.w - clock_w - 12 : w;
    int x = area.x + area.w - clock_w - w - 1;
    canvas_text(canvas, area.y, x, w, INK_WITH(tone, INK_BOLD), text_from(text));
    struct text now = format_clock(number, bar->now_ns);
    canvas_text(canvas, area.y, area.x + area.w - clock_w, 8, INK(TONE_DIM),
                text_make(now.data, now.length < 8 ? now.length : 8));
    return w + clock_w + 1 + draw_refused(bar, canvas, area, x);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

void title_bar_draw(const struct title_bar *bar, struct canvas *canvas, struct rect area)
{
    int end = area.x + area.w - draw_state(bar, canvas, area) - 1;
    bool wide = area.w >= TITLE_WIDE;
    int x = area.x + 1;
    x += canvas_print(canvas, area.y, x, end - x, INK_WITH(TONE_TITLE, INK_BOLD), "tracetui");
    if (bar->demo && end - x > BADGE_CELLS) {
        x += canvas_print(canvas, area.y, x + 1, end - x, INK_WITH(TONE_WARN, INK_REVERSE),
                          " DEMO ") +
             1;
    }
    x += 2;
    if (end > x && bar->role[0] != '\0') {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_WARN), "%s", bar->role) + 2;
    }
    if (end > x && wide) {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_NORMAL), "%s:%s", bar->host,
                          bar->path);
    } else if (end > x) {
        x += canvas_print(canvas, area.y, x, end - x, INK(TONE_NORMAL), "%s %s", bar->host,
                          file_name(bar->path));
    }
    if (wide && bar->size != NULL && end > x + 3) {
        char bytes[FORMAT_BYTES];
        char spans[FORMAT_BYTES];
        struct text size = format_size(bytes, bar->size->file_bytes);
        struct text count = format_count(spans, bar->size->spans);
        canvas_print(canvas, area.y, x + 3, end - x - 3, INK(TONE_DIM), "%.*s   %.*s span%s",
                     TEXT_ARGS(size), TEXT_ARGS(count), text_plural(bar->size->spans));
    }
}
