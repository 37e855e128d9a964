/* app_status — what the receiver of this process took, turned away and stored.
 *
 *     ┌ What came in, and what did not ──────── any key closes ┐
 *     │ Spans since this receiver started                      │
 *     │   received              1,204  whole and decoded       │
 *     │   refused                   3                          │
 *     │     time                    2  a time is missing, ...  │ */
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/format.h"

enum { INDENT = 2, LABEL_CELLS = 17, NUMBER_CELLS = 12 };

static struct rect inside(struct rect frame)
{
    return (struct rect){frame.y + 1, frame.x + 2, frame.h - 2, frame.w - 4};
}

struct rect app_draw_frame(struct canvas *canvas, struct rect area, const char *title)
{
    const struct ink ink = INK(TONE_DIM);
    canvas_frame(canvas, area, INK(TONE_DIM));
    canvas_print(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_TITLE), " %s ", title);
    canvas_text_right(canvas, area.y, area.x + 1, area.w - 2, ink, TEXT(" any key closes "));
    return inside(area);
}

/* What is being drawn into: lines are taken off the top of the area. */
struct sheet {
    struct canvas *canvas;
    struct rect area;
};

static void draw_fact(struct sheet *sheet, enum tone tone, const char *label, struct text value)
{
    struct rect *area = &sheet->area;
    if (area->h > 0) {
        canvas_print(sheet->canvas, area->y, area->x + INDENT, LABEL_CELLS, INK(TONE_DIM), "%s",
                     label);
        canvas_text(sheet->canvas, area->y, area->x + INDENT + LABEL_CELLS,
                    area->w - INDENT - LABEL_CELLS, INK(tone), value);
        area->y++;
        area->h--;
    }
}

/* A quantity, right-aligned, and what it means. */
static void draw_quantity(struct sheet *sheet, enum tone tone, const char *label,
                          struct text quantity, struct text meaning)
{
    const struct rect *area = &sheet->area;
    if (area->h <= 0) {
        return;
    }
    int x = area->x + INDENT + LABEL_CELLS;
    canvas_text_right(sheet->canvas, area->y, x, NUMBER_CELLS, INK(tone), quantity);
    canvas_text(sheet->canvas, area->y, x + NUMBER_CELLS + 2,
                area->w - INDENT - LABEL_CELLS - NUMBER_CELLS - 2, INK(TONE_DIM), meaning);
    draw_fact(sheet, TONE_DIM, label, (struct text){0});
}

static void draw_count(struct sheet *sheet, enum tone tone, const char *label, uint64_t value,
                       const char *meaning)
{
    char text[FORMAT_BYTES];
    struct text number = format_exact(text, value < INT64_MAX ? (int64_t)value : INT64_MAX);
    draw_quantity(sheet, value > 0 ? tone : TONE_DIM, label, number, text_from(meaning));
}

static void draw_heading(struct sheet *sheet, const char *title)
{
    struct rect *area = &sheet->area;
    if (area->h > 0) {
        canvas_text(sheet->canvas, area->y, area->x, area->w, INK(TONE_STRONG), text_from(title));
        area->y++;
        area->h--;
    }
}

/* Each reason that there was. */
static void draw_refused(struct counters *counters, struct sheet *sheet)
{
    static const char *const meanings[REFUSED_COUNT] = {
        [REFUSED_SYNTAX] = "not JSON or protobuf, or of the wrong shape",
        [REFUSED_ID] = "an id is missing or too long",
        [REFUSED_TIME] = "a time is missing, or the end before the start",
        [REFUSED_AGE] = "older than what --retention keeps",
        [REFUSED_FIELD] = "a field is missing or of the wrong type",
        [REFUSED_SIZE] = "larger than the limits",
        [REFUSED_TYPE] = "a content type or encoding not offered",
        [REFUSED_ACCESS] = "token, host or origin",
        [REFUSED_BUSY] = "too much waited: told to send again",
        [REFUSED_STORE] = "the database could not take them",
    };
    char last[256] = "";
    uint64_t all = counters_refused(counters);
    draw_count(sheet, TONE_ERROR, "refused", all, all == 0 ? "nothing was" : "");
    for (int i = 0; i < REFUSED_COUNT; i++) {
        uint64_t count = atomic_load(&counters->refused[i]);
        if (count > 0) {
            char label[LABEL_CELLS + 1];
            snprintf(label, sizeof(label), "  %s", refusal_name((enum refusal)i));
            draw_count(sheet, TONE_ERROR, label, count, meanings[i]);
        }
    }
    counters_last_refusal(counters, last);
    if (last[0] != '\0') {
        draw_fact(sheet, TONE_ERROR, "  the last one", text_from(last));
    }
}

static void draw_counters(struct counters *counters, struct sheet *sheet)
{
    char text[FORMAT_BYTES];
    char line[2 * FORMAT_BYTES];
    draw_heading(sheet, "Spans since this receiver started");
    draw_count(sheet, TONE_NORMAL, "received", atomic_load(&counters->received),
               "whole and decoded");
    draw_count(sheet, TONE_NORMAL, "stored", atomic_load(&counters->stored), "new rows");
    draw_count(sheet, TONE_NORMAL, "completed later", atomic_load(&counters->updated),
               "a later piece of a stored span");
    draw_count(sheet, TONE_NORMAL, "duplicate", atomic_load(&counters->duplicate),
               "the same once more: nothing changed");
    draw_count(sheet, TONE_NORMAL, "late", atomic_load(&counters->late),
               "stored after their trace was complete");
    draw_refused(counters, sheet);
    uint32_t kept = atomic_load(&counters->kept_permille);
    snprintf(line, sizeof(line), "%u.%u%% of new traces are kept now", (unsigned)kept / 10,
             (unsigned)kept % 10);
    uint64_t sampled = atomic_load(&counters->sampled_out);
    draw_count(sheet, TONE_WARN, "sampled out", sampled,
               kept > 0 && kept < 1000 ? line : "left out by --sample");
    draw_count(sheet, TONE_NORMAL, "masked", atomic_load(&counters->masked),
               "values hidden or cut before storage");
    draw_heading(sheet, "Writer");
    draw_count(sheet, TONE_WARN, "waiting", atomic_load(&counters->queued), "spans in the queue");
    if (atomic_load(&counters->commits) > 0) {
        draw_quantity(
            sheet, TONE_NORMAL, "last commit",
            format_duration(text, atomic_load(&counters->commit_ns), sheet->canvas->ascii),
            TEXT("how long it took"));
    } else {
        draw_quantity(sheet, TONE_DIM, "last commit", TEXT("none yet"), (struct text){0});
    }
    draw_count(sheet, TONE_NORMAL, "pruned", atomic_load(&counters->pruned_traces),
               "traces beyond --retention or --max-size");
}

static void draw_store(const struct store_size *size, struct sheet *sheet)
{
    char text[FORMAT_BYTES];
    draw_heading(sheet, "Database");
    draw_count(sheet, TONE_NORMAL, "traces", (uint64_t)size->traces, "");
    draw_count(sheet, TONE_NORMAL, "spans", (uint64_t)size->spans, "");
    draw_quantity(sheet, TONE_NORMAL, "file", format_size(text, size->file_bytes),
                  TEXT("what is free in it is used again"));
    draw_quantity(sheet, TONE_NORMAL, "WAL", format_size(text, size->wal_bytes),
                  TEXT("commits on their way into the file"));
    if (size->traces > 0) {
        char date[FORMAT_BYTES];
        draw_quantity(sheet, TONE_NORMAL, "oldest",
                      format_ago(text, size->oldest_ns, clock_now_ns()),
                      format_date(date, size->oldest_ns));
    }
}

static void draw_viewer(const struct app *app, struct sheet *sheet)
{
    char elsewhere[128];
    snprintf(elsewhere, sizeof elsewhere, "in another process: %s", app_address(app));
    draw_heading(sheet, "Receiver");
    draw_fact(sheet, TONE_WARN, "receiver",
              text_from(app->status.no_receiver       ? "none: nobody receives into this database"
                        : app_address(app)[0] != '\0' ? elsewhere
                                                      : "no receiver in this process"));
}

/* Returns how many lines there were. */
static int draw_sheet(const struct app *app, struct canvas *canvas, struct rect area)
{
    struct sheet sheet = {.canvas = canvas, .area = area};
    if (app->options->counters != NULL) {
        draw_counters(app->options->counters, &sheet);
    } else {
        draw_viewer(app, &sheet);
    }
    if (app->size_known) {
        draw_store(&app->size, &sheet);
    }
    return area.h - sheet.area.h;
}

void app_draw_status(const struct app *app, struct canvas *canvas, struct rect area)
{
    int lines = draw_sheet(app, canvas, inside(area));
    area.h = lines + 2; /* no larger than what there is to say */
    draw_sheet(app, canvas, app_draw_frame(canvas, area, "What came in, and what did not"));
}

void app_show_status(struct app *app)
{
    app->overlay = OVERLAY_STATUS;
    app->size_due = true;
}

void app_tell_receiver(struct app *app)
{
    const char *address = app->options->address;
    if (app->options->counters == NULL) {
        app_hint(app, "tracetui serve is back: this tracetui only looks on");
        return;
    }
    app->refused = 0; /* these counters begin anew */
    app_hint(app, "the receiver has ended: this tracetui receives now%s%s",
             address != NULL ? ", at " : "; it could not open its address: see I",
             address != NULL ? address : "");
}

const char *app_address(const struct app *app)
{
    const char *ours = app->options->address;
    return ours != NULL ? ours : app->status.address;
}

void app_check_status(struct app *app)
{
    const struct app_options *options = app->options;
    struct app_status status = {0};
    if (options->status != NULL) {
        options->status(&status, options->status_ctx);
    }
    app->dirty = app->dirty || strcmp(status.role, app->status.role) != 0 ||
                 strcmp(status.problem, app->status.problem) != 0 ||
                 strcmp(status.address, app->status.address) != 0 ||
                 status.no_receiver != app->status.no_receiver;
    app->status = status;
}

int64_t app_tick_counters(struct app *app, int64_t now_ns)
{
    struct counters *counters = app->options->counters;
    if (counters == NULL) { /* a viewer sees by its status who receives now, if anybody does */
        return app->options->live && app->options->status != NULL ? now_ns + NS_PER_S : INT64_MAX;
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
