/* app_titles — the lines of words between the panes: what is selected, what is open, messages. */
#include <stdio.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/format.h"
#include "tui/list_cells.h"

enum { LEAST_FOR_USER = 50, LEAST_FOR_ID = 70 };

static void draw_divider(struct canvas *canvas, struct rect area)
{
    canvas_fill(canvas, area, INK(TONE_DIM), 0x2500);
}

/* A line of words laid over a divider, from column 2 on. */
struct divider_pen {
    struct canvas *canvas;
    struct rect area;
    int x;
};

static void pen_word(struct divider_pen *pen, enum tone tone, struct text word)
{
    int end = pen->area.x + pen->area.w - 2;
    if (word.length == 0 || pen->x >= end) {
        return;
    }
    canvas_rune(pen->canvas, pen->area.y, pen->x, INK(TONE_NORMAL), ' ');
    pen->x +=
        1 + canvas_text(pen->canvas, pen->area.y, pen->x + 1, end - pen->x - 1, INK(tone), word);
    canvas_rune(pen->canvas, pen->area.y, pen->x++, INK(TONE_NORMAL), ' ');
}

static bool pen_has_room(const struct divider_pen *pen, int cells)
{
    return pen->x + cells + 3 <= pen->area.x + pen->area.w;
}

/* Words that may be missing: whole, or not at all. */
static void pen_spare(struct divider_pen *pen, enum tone tone, struct text words)
{
    if (pen_has_room(pen, canvas_width(words))) {
        pen_word(pen, tone, words);
    }
}

/* "1 span", "2 spans" */
static void pen_count(struct divider_pen *pen, int64_t count, const char *what)
{
    char number[FORMAT_BYTES];
    char text[FORMAT_BYTES + 16];
    struct text shown = format_count(number, count);
    snprintf(text, sizeof(text), "%.*s %s%s", TEXT_ARGS(shown), what, text_plural(count));
    pen_spare(pen, TONE_NORMAL, text_from(text));
}

static void pen_position(struct divider_pen *pen, const struct app *app)
{
    char text[2 * FORMAT_BYTES + 4];
    int64_t position = list_pane_position(app->list);
    if (position > 0 && app->summary != NULL) {
        snprintf(text, sizeof(text), "%lld/%lld", (long long)position,
                 (long long)app->summary->total);
        pen_word(pen, TONE_NORMAL, text_from(text));
    }
}

static void pen_id(struct divider_pen *pen, const struct trace_row *row, size_t digits)
{
    char id[ID_PRINT_BYTES];
    size_t length = id_print(&row->id, id);
    pen_word(pen, TONE_ACCENT, text_make(id, length < digits ? length : digits));
}

/* ─ 1/38  7f3c09d2  ✗ INSERT goals: UNIQUE constraint failed: goals.slug  +866ms ─ */
void app_draw_preview_line(const struct app *app, struct canvas *canvas, struct rect area)
{
    const struct trace_row *row = list_pane_selected(app->list);
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    draw_divider(canvas, area);
    if (row == NULL || area.h == 0) {
        return;
    }
    struct divider_pen pen = {.canvas = canvas, .area = area, .x = area.x + 1};
    pen_position(&pen, app);
    pen_id(&pen, row, 8);
    if (trace == NULL || trace->row.number != row->number || trace->count == 0) {
        pen_word(&pen, TONE_ERROR, row->error_message);
        if (row->span_count > PREVIEW_SPANS_LARGEST) {
            pen_word(&pen, TONE_DIM, TEXT("a large trace: Enter opens it"));
        }
        return;
    }
    char time[FORMAT_BYTES];
    const struct trace_span *span = app_telling_span(trace);
    bool failed = span->status == STATUS_ERROR;
    bool known = span->body != 0 && app->telling_body == span->body;
    if (failed && !known) {
        pen_word(&pen, TONE_ERROR, row->error_message); /* the trace's: no span's name beside it */
        return;
    }
    pen_word(&pen, failed ? TONE_ERROR : TONE_DIM, failed ? TEXT("\xE2\x9C\x97") : TEXT("slowest"));
    pen_word(&pen, failed ? TONE_ERROR : TONE_NORMAL, trace_span_name(trace, span));
    if (failed) {
        pen_word(&pen, TONE_ERROR, text_buffer_text(&app->telling_message));
        char offset[FORMAT_BYTES + 1];
        struct text shown = format_duration(time, span->start_ns - trace->start_ns, canvas->ascii);
        snprintf(offset, sizeof(offset), "+%.*s", TEXT_ARGS(shown));
        pen_word(&pen, TONE_DIM, text_from(offset));
    } else {
        char self[FORMAT_BYTES + 8];
        struct text shown = format_duration(time, span->self_ns, canvas->ascii);
        snprintf(self, sizeof(self), "%.*s self", TEXT_ARGS(shown));
        pen_word(&pen, TONE_NORMAL, text_from(self));
    }
}

/* "reading 1.0M spans", and when that came to nothing what is shown */
static void pen_partial(struct divider_pen *pen, const struct app *app, const struct trace *trace)
{
    char number[FORMAT_BYTES];
    char text[FORMAT_BYTES + 32];
    if (app->trace_asked == trace->row.number) {
        struct text all = format_count(number, trace->row.span_count);
        snprintf(text, sizeof(text), "reading %.*s spans\xE2\x80\xA6", TEXT_ARGS(all));
        pen_word(pen, TONE_RUNNING, text_from(text));
    } else {
        struct text some = format_count(number, (int64_t)trace->count);
        snprintf(text, sizeof(text), "only %.*s spans were read", TEXT_ARGS(some));
        pen_word(pen, TONE_WARN, text_from(text));
    }
}

/* What comes from outside leaves room for what follows it. */
static void pen_name(struct divider_pen *pen, enum tone tone, struct text name, int cells)
{
    struct divider_pen part = *pen;
    part.area.w = part.x - part.area.x + cells + 3;
    part.area.w = part.area.w < pen->area.w ? part.area.w : pen->area.w;
    pen_word(&part, tone, name);
    pen->x = part.x;
}

/*  ‹ 1/38  7f3c09d2  mutation:createGoal  alice  1.28s  ✗1  53 spans  5 services  2025-11-20 … */
void app_draw_trace_title(const struct app *app, struct canvas *canvas, struct rect area)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    struct divider_pen pen = {.canvas = canvas, .area = area, .x = area.x};
    pen_word(&pen, TONE_ACCENT, TEXT("\xE2\x80\xB9"));
    const struct trace_row *selected = list_pane_selected(app->list);
    if (trace == NULL || (selected != NULL && selected->number == trace->row.number)) {
        pen_position(&pen, app); /* a trace opened by a link or its id may stand elsewhere */
    }
    if (trace == NULL) {
        pen_word(&pen, TONE_DIM, TEXT("loading\xE2\x80\xA6"));
        return;
    }
    char text[FORMAT_BYTES + 16];
    char number[FORMAT_BYTES];
    const struct trace_row *row = &trace->row;
    if (area.w >= LEAST_FOR_ID) {
        pen_id(&pen, row, 8);
    }
    pen_name(&pen, TONE_STRONG, row->root_operation, area.w / 3);
    if (area.w >= LEAST_FOR_USER) {
        pen_name(&pen, TONE_NORMAL, row->user, area.w / 5);
    }
    bool running = row->status == STATUS_IN_PROGRESS;
    struct text duration =
        format_duration(number, list_duration_ns(row, clock_now_ns()), canvas->ascii);
    snprintf(text, sizeof(text), "%.*s%s", TEXT_ARGS(duration), running ? "+ running" : "");
    pen_word(&pen, running ? TONE_RUNNING : TONE_STRONG, text_from(text));
    if (trace->is_partial) {
        pen_partial(&pen, app, trace);
    }
    if (trace->errors > 0) {
        snprintf(text, sizeof(text), "\xE2\x9C\x97%zu", trace->errors);
        pen_word(&pen, TONE_ERROR, text_from(text));
    }
    const struct {
        size_t count;
        const char *words;
    } warnings[] = {{trace->missing_parents,
                     trace->missing_parents == 1 ? "parent missing" : "parents missing"},
                    {trace->cycles, trace->cycles == 1 ? "cycle cut" : "cycles cut"}};
    for (size_t i = 0; i < ARRAY_LEN(warnings); i++) {
        if (warnings[i].count > 0) {
            snprintf(text, sizeof(text), "%zu %s", warnings[i].count, warnings[i].words);
            pen_word(&pen, TONE_WARN, text_from(text));
        }
    }
    pen_count(&pen, row->span_count, "span");
    pen_count(&pen, (int64_t)trace->services, "service");
    pen_spare(&pen, TONE_DIM, format_date(text, row->start_ns));
    if (row->session.length > 0 && pen_has_room(&pen, 9 + canvas_width(row->session))) {
        pen_word(&pen, TONE_DIM, TEXT("session"));
        pen_word(&pen, TONE_NORMAL, row->session);
    }
    if (app->opening != 0) {
        pen_word(&pen, TONE_DIM, TEXT("loading\xE2\x80\xA6"));
    }
}

/* ─ waterfall  7f3c09d2  1.28s  53 spans  critical: createGoal › charge › … ─ */
void app_draw_waterfall_title(const struct app *app, struct canvas *canvas, struct rect area)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    draw_divider(canvas, area);
    struct divider_pen pen = {.canvas = canvas, .area = area, .x = area.x + 1};
    pen_word(&pen, app->focus == KEYS_WATERFALL ? TONE_ACCENT : TONE_TITLE, TEXT("waterfall"));
    if (trace == NULL) {
        return;
    }
    char text[FORMAT_BYTES];
    pen_id(&pen, &trace->row, 8);
    pen_word(&pen, TONE_NORMAL,
             format_duration(text, list_duration_ns(&trace->row, clock_now_ns()), canvas->ascii));
    pen_count(&pen, trace->row.span_count, "span");
    pen_word(&pen, TONE_DIM, text_buffer_text(&app->critical));
}

void app_draw_message(const struct app *app, struct canvas *canvas, struct rect area)
{
    draw_divider(canvas, area);
    struct divider_pen pen = {.canvas = canvas, .area = area, .x = area.x + 1};
    pen_word(&pen, TONE_STRONG, text_from(app->message));
}
