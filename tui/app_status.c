/* app_status — what the receiver of this process took, turned away and stored.
 *
 *     ┌ Status ──────────────────────────────── any key closes ┐
 *     │ received      1,204                                    │
 *     │ refused       3   time 2   access 1                    │
 *     │ last refusal  spans[0]: startedAt is missing           │
 *     └────────────────────────────────────────────────────────┘ */
#include <stdio.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/format.h"

enum { LABEL_CELLS = 14 };

struct rect app_draw_frame(struct canvas *canvas, struct rect area, const char *title)
{
    const struct ink ink = INK(TONE_DIM);
    canvas_frame(canvas, area, INK(TONE_DIM));
    canvas_print(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_TITLE), " %s ", title);
    canvas_text_right(canvas, area.y, area.x + 1, area.w - 2, ink, TEXT(" any key closes "));
    return (struct rect){area.y + 1, area.x + 2, area.h - 2, area.w - 4};
}

/* One line; takes it off the top of the area. */
static void draw_fact(struct canvas *canvas, struct rect *area, enum tone tone, const char *label,
                      struct text value)
{
    if (area->h <= 0) {
        return;
    }
    canvas_print(canvas, area->y, area->x, LABEL_CELLS - 1, INK(TONE_DIM), "%s", label);
    canvas_text(canvas, area->y, area->x + LABEL_CELLS, area->w - LABEL_CELLS, INK(tone), value);
    area->y++;
    area->h--;
}

static void draw_number(struct canvas *canvas, struct rect *area, const char *label, uint64_t value)
{
    char text[FORMAT_BYTES];
    draw_fact(canvas, area, TONE_NORMAL, label, format_exact(text, (int64_t)value));
}

/* "3   time 2   access 1" */
static void draw_refused(struct counters *counters, struct canvas *canvas, struct rect *area)
{
    char text[256];
    char last[256] = "";
    uint64_t all = counters_refused(counters);
    int used = snprintf(text, sizeof(text), "%llu", (unsigned long long)all);
    for (int i = 0; i < REFUSED_COUNT && used < (int)sizeof(text); i++) {
        uint64_t count = atomic_load(&counters->refused[i]);
        if (count > 0) {
            used += snprintf(text + used, sizeof(text) - (size_t)used, "   %s %llu",
                             refusal_name((enum refusal)i), (unsigned long long)count);
        }
    }
    enum tone tone = all > 0 ? TONE_ERROR : TONE_NORMAL;
    counters_last_refusal(counters, last);
    draw_fact(canvas, area, tone, "refused", text_from(text));
    draw_fact(canvas, area, tone, "last refusal", last[0] != '\0' ? text_from(last) : TEXT("none"));
}

static void draw_counters(struct counters *counters, struct canvas *canvas, struct rect *area)
{
    char text[FORMAT_BYTES];
    draw_number(canvas, area, "received", atomic_load(&counters->received));
    draw_number(canvas, area, "stored", atomic_load(&counters->stored));
    draw_number(canvas, area, "updated", atomic_load(&counters->updated));
    draw_number(canvas, area, "duplicate", atomic_load(&counters->duplicate));
    draw_refused(counters, canvas, area);
    draw_number(canvas, area, "masked", atomic_load(&counters->masked));
    draw_number(canvas, area, "sampled out", atomic_load(&counters->sampled_out));
    draw_number(canvas, area, "queue", atomic_load(&counters->queued));
    draw_fact(canvas, area, TONE_NORMAL, "last commit",
              format_duration(text, atomic_load(&counters->commit_ns), canvas->ascii));
    draw_number(canvas, area, "pruned traces", atomic_load(&counters->pruned_traces));
}

void app_draw_status(const struct app *app, struct canvas *canvas, struct rect area)
{
    char text[FORMAT_BYTES];
    struct rect inside = app_draw_frame(canvas, area, "Status");
    if (app->options->counters != NULL) {
        draw_counters(app->options->counters, canvas, &inside);
    } else {
        draw_fact(canvas, &inside, TONE_WARN, "receiver", TEXT("no receiver in this process"));
    }
    if (app->size_known) {
        draw_fact(canvas, &inside, TONE_NORMAL, "file", format_size(text, app->size.file_bytes));
        draw_fact(canvas, &inside, TONE_NORMAL, "WAL", format_size(text, app->size.wal_bytes));
    }
}

void app_show_status(struct app *app)
{
    app->overlay = OVERLAY_STATUS;
    app->size_due = true;
}

void app_take_over(struct app *app)
{
    const char *address = app->options->address;
    app_hint(app, "the receiver has ended: this tracetui receives now%s%s",
             address != NULL ? ", at " : "; it could not open its address: see I",
             address != NULL ? address : "");
}

int64_t app_tick_counters(struct app *app, int64_t now_ns)
{
    struct counters *counters = app->options->counters;
    if (counters == NULL) {
        return INT64_MAX;
    }
    if (now_ns >= app->counted_ns) {
        uint64_t refused = counters_refused(counters);
        app->counted_ns = now_ns + NS_PER_S;
        app->dirty = app->dirty || app->overlay == OVERLAY_STATUS;
        if (refused != app->refused) {
            char last[256];
            counters_last_refusal(counters, last);
            app->refused = refused;
            app_hint(app, "refused: %s   (I says more)", last);
        }
    }
    return app->counted_ns;
}
