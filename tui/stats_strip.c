/* stats_strip — one line of figures about all matching traces.
 *
 *  38 traces 37 err 1 run │ avg 1.12s  p50 487ms  p95 4.81s  p99 4.81s  max 4.81s
 *
 * What is new or followed stands behind the counts. Wide screens say more: percentages, p90. A
 * percentile that is not exact has a wavy equals sign. */
#include "tui/stats_strip.h"

#include <stdio.h>
#include <string.h>

#include "tui/format.h"

enum { STATS_WIDE = 120 };

/* A pen that moves to the right as it writes. */
struct pen {
    struct canvas *canvas;
    int y, x, end;
};

static void pen_text(struct pen *pen, enum tone tone, struct text text)
{
    if (pen->x < pen->end) {
        pen->x += canvas_text(pen->canvas, pen->y, pen->x, pen->end - pen->x, INK(tone), text);
    }
}

static void pen_word(struct pen *pen, enum tone tone, const char *word)
{
    pen_text(pen, tone, text_from(word));
}

static void draw_counts(struct pen *pen, const struct summary *summary, bool wide)
{
    char text[FORMAT_BYTES];
    pen_text(pen, TONE_STRONG,
             wide ? format_exact(text, summary->total) : format_count(text, summary->total));
    pen_word(pen, TONE_NORMAL, summary->done ? "" : "+");
    pen_word(pen, TONE_NORMAL, summary->total == 1 ? " trace" : " traces");
    if (summary->errors > 0) {
        pen_word(pen, TONE_NORMAL, wide ? "   " : " ");
        pen_text(pen, TONE_ERROR, format_count(text, summary->errors));
        pen_word(pen, TONE_ERROR, !wide ? " err" : summary->errors == 1 ? " error" : " errors");
        if (wide) {
            pen_word(pen, TONE_ERROR, " (");
            pen_text(pen, TONE_ERROR, format_percent(text, summary->errors, summary->total));
            pen_word(pen, TONE_ERROR, ")");
        }
    }
    if (summary->running > 0) {
        pen_word(pen, TONE_NORMAL, wide ? "   " : " ");
        pen_text(pen, TONE_RUNNING, format_count(text, summary->running));
        pen_word(pen, TONE_RUNNING, wide ? " running" : " run");
    }
}

/* The figures in less and less room; those that do not fit whole even then are left out. */
static const struct shape {
    int gap;
    bool average, p90;
} shapes[] = {{3, true, true}, {2, true, true}, {2, true, false}, {2, false, false}};

enum { FIGURES = 6 };

struct figure {
    const char *label;
    int64_t value_ns;
    bool shown;
};

static void figures_of(const struct summary *summary, const struct shape *shape,
                       struct figure figures[FIGURES])
{
    const struct figure all[FIGURES] = {
        {"avg ", summary->sum_ns / (summary->total - summary->running), shape->average},
        {"p50 ", summary->p50_ns, true},
        {"p90 ", summary->p90_ns, shape->p90},
        {"p95 ", summary->p95_ns, true},
        {"p99 ", summary->p99_ns, true},
        {"max ", summary->max_ns, true},
    };
    memcpy(figures, all, sizeof(all));
}

static bool is_about(const struct summary *summary, const struct figure *figure)
{
    return !summary->exact && figure->label[0] == 'p';
}

/* Of what separates the figures from the counts. */
static int bar_width(const struct shape *shape)
{
    return shape == &shapes[0] ? 6 : 3;
}

static int figures_width(const struct summary *summary, const struct shape *shape, bool ascii)
{
    struct figure figures[FIGURES];
    figures_of(summary, shape, figures);
    int w = bar_width(shape) - shape->gap;
    for (size_t i = 0; i < FIGURES; i++) {
        char text[FORMAT_BYTES];
        if (figures[i].shown) {
            w += shape->gap + 4 + is_about(summary, &figures[i]) +
                 canvas_width(format_duration(text, figures[i].value_ns, ascii));
        }
    }
    return w;
}

static void draw_times(struct pen *pen, const struct summary *summary, bool wide)
{
    size_t last = ARRAY_LEN(shapes) - 1;
    size_t at = wide ? 0 : 2;
    while (at < last &&
           figures_width(summary, &shapes[at], pen->canvas->ascii) > pen->end - pen->x) {
        at++;
    }
    struct figure figures[FIGURES];
    figures_of(summary, &shapes[at], figures);
    bool first = true;
    for (size_t i = 0; i < FIGURES; i++) {
        char text[FORMAT_BYTES];
        struct text value = format_duration(text, figures[i].value_ns, pen->canvas->ascii);
        bool about = is_about(summary, &figures[i]);
        int gap = first ? bar_width(&shapes[at]) : shapes[at].gap;
        if (!figures[i].shown) {
            continue;
        }
        if (pen->x + gap + 4 + about + canvas_width(value) > pen->end) {
            break;
        }
        if (first) {
            pen_word(pen, TONE_DIM, at == 0 ? "   \xE2\x94\x82  " : " \xE2\x94\x82 ");
        } else {
            pen->x += gap;
        }
        first = false;
        pen_word(pen, TONE_DIM, figures[i].label);
        pen_word(pen, TONE_NORMAL, about ? "\xE2\x89\x88" : "");
        pen_text(pen, TONE_NORMAL, value);
    }
}

/* At the right end, where it comes and goes without moving the figures. */
static void draw_following(const struct stats_strip *strip, struct pen *pen, bool wide)
{
    char text[FORMAT_BYTES];
    char news[FORMAT_BYTES + 16] = "";
    struct ink ink = INK(TONE_OK);
    if (strip->new_rows > 0) {
        struct text count = format_count(text, strip->new_rows);
        snprintf(news, sizeof(news), " +%.*s new (g) ", TEXT_ARGS(count));
        ink = INK_WITH(TONE_OK, INK_REVERSE);
    } else if (strip->following && wide) {
        snprintf(news, sizeof(news), "FOLLOW ");
    }
    int w = canvas_width(text_from(news));
    if (w > 0 && w + 1 < pen->end - pen->x) {
        pen->end -= w;
        canvas_text(pen->canvas, pen->y, pen->end, w, ink, text_from(news));
        pen->end--;
    }
}

void stats_strip_draw(const struct stats_strip *strip, struct canvas *canvas, struct rect area)
{
    const struct summary *summary = strip->summary;
    struct pen pen = {.canvas = canvas, .y = area.y, .x = area.x + 1, .end = area.x + area.w};
    bool wide = area.w >= STATS_WIDE;
    if (summary == NULL) {
        pen_word(&pen, TONE_DIM, "\xE2\x80\xA6");
        return;
    }
    draw_counts(&pen, summary, wide);
    draw_following(strip, &pen, wide);
    if (summary->total > summary->running) {
        draw_times(&pen, summary, wide);
    }
}
