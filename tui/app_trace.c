/* app_trace — the trace below the cursor: loaded for the preview, opened, stepped, kept up to date.
 */
#include "store/base/clock.h"
#include "tui/app_state.h"

enum { WANTED_BODIES_LARGEST = 128 };

static int64_t shown_number(const struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    return trace != NULL ? trace->row.number : 0;
}

static void show_nothing(struct app *app)
{
    if (shown_number(app) != 0) {
        app->lens = LENS_WATERFALL;
        app_refresh_lens(app, NULL);
        detail_pane_set(app->details, NULL, NULL, NULL);
        app->body_shown = 0;
        waterfall_pane_set_trace(app->waterfall, NULL, clock_now_ns());
        app->dirty = true;
    }
}

/* First rows are for who looks at them: not where the trace is shown already, nor where one span
 * is looked for, which may not be among them. */
static void ask_trace(struct app *app, int64_t number)
{
    bool any_span =
        id_is_none(&app->link_span) && app->select_span == UINT32_MAX && app->opening_span == NULL;
    app->trace_asked = number;
    app->trace_ns = clock_monotonic_ns();
    loader_ask_trace(app->loader, number, any_span && shown_number(app) != number);
}

/* A preview costs kilobytes, a step of the cursor some hundred bytes: previews wait until the
 * cursor rests. True while waiting. */
static bool is_passing(struct app *app, int64_t number)
{
    int64_t now_ns = clock_monotonic_ns();
    if (number != app->passing_number) {
        app->rest_ns = now_ns + app->options->preview_delay_ns;
        app->passing_number = number;
    }
    if (now_ns >= app->rest_ns) {
        app->rest_ns = 0;
    }
    return app->rest_ns != 0;
}

static void enter_trace(struct app *app)
{
    app->view = VIEW_TRACE;
    app->focus = KEYS_WATERFALL;
    app->maximised = false;
    app_layout_panes(app);
}

/* The trace that was to be opened is there: at the span that a link, a diff or the command line
 * named, else at the one that the query is about. */
static void show_opened(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    app->opening = 0;
    app->lens = LENS_WATERFALL;
    enter_trace(app);
    if (id_is_none(&app->link_span) && app->select_span == UINT32_MAX &&
        app->opening_span == NULL) {
        app_find_query(app);
    }
    int32_t linked =
        id_is_none(&app->link_span) ? TRACE_NO_SPAN : trace_find(trace, &app->link_span, false);
    if (linked != TRACE_NO_SPAN) {
        waterfall_pane_select(app->waterfall, (uint32_t)linked);
    }
    if (app->select_span != UINT32_MAX) {
        waterfall_pane_select(app->waterfall, app->select_span);
    }
    app->link_span = (struct id){0};
    app->select_span = UINT32_MAX;
}

/* The list shows a preview of its selected trace; an open trace follows its row while it grows. */
void app_want_trace(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    if (app->opening != 0 && shown_number(app) == app->opening) {
        show_opened(app);
        app->dirty = true;
    }
    if (app->view != VIEW_LIST || app->opening != 0) {
        int64_t number = app->opening != 0 ? app->opening : trace != NULL ? trace->row.number : 0;
        bool listed = row != NULL && row->number == number;
        bool grew = trace != NULL && trace->row.number == number &&
                    (listed ? row->version != trace->row.version : app->trace_grew);
        bool rested = clock_monotonic_ns() - app->trace_ns >= NS_PER_S;
        bool missing = number != 0 && (trace == NULL || trace->row.number != number);
        if (app->trace_asked == 0 && app->trace_failed != number && (missing || (grew && rested))) {
            ask_trace(app, number);
        }
        return;
    }
    if (row == NULL || row->span_count > PREVIEW_SPANS_LARGEST) {
        show_nothing(app);
        return;
    }
    bool shown = trace != NULL && trace->row.number == row->number;
    bool stale = shown && trace->row.version != row->version &&
                 clock_monotonic_ns() - app->trace_ns >= NS_PER_S;
    if (is_passing(app, row->number) && !shown) {
        return;
    }
    if ((!shown || stale) && app->trace_asked != row->number && app->trace_failed != row->number) {
        ask_trace(app, row->number);
    }
}

const struct trace_span *app_telling_span(const struct trace *trace)
{
    const struct trace_span *slowest = NULL;
    for (size_t i = 0; i < trace->count; i++) {
        const struct trace_span *span = &trace->spans[i];
        if (span->status == STATUS_ERROR && (span->flags & TRACE_SPAN_ERROR_BELOW) == 0) {
            return span;
        }
        if (slowest == NULL || span->self_ns > slowest->self_ns) {
            slowest = span;
        }
    }
    return slowest;
}

/* The body of the selected span, together with that of the span the preview line names. */
static void ask_bodies(struct app *app, const struct trace *trace, int64_t selected)
{
    const struct trace_span *telling = app_telling_span(trace);
    int64_t keys[2] = {selected};
    size_t count = selected != 0;
    if (app->view == VIEW_LIST && telling != NULL && telling->status == STATUS_ERROR &&
        telling->body != 0 && telling->body != selected) {
        keys[count++] = telling->body;
    }
    if (count > 0) {
        app->body_asked = selected;
        loader_ask_bodies(app->loader, LOADER_BODIES, keys, count);
    }
}

/* The body of the selected span, and the events of those on the screen. */
void app_want_bodies(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    if (trace == NULL || span == NULL) {
        return;
    }
    if (span->body != 0 && span->body != app->body_shown && span->body != app->body_asked) {
        ask_bodies(app, trace, span->body);
    }
    if (span->body == 0 && app->body_shown != -1) {
        detail_pane_set(app->details, trace, span, NULL);
        app->body_shown = -1; /* a synthetic span: nothing is stored about it */
        ask_bodies(app, trace, 0);
        app->dirty = true;
    }
    if (!loader_is_asking(app->loader, LOADER_EVENTS)) {
        int64_t keys[WANTED_BODIES_LARGEST];
        size_t count = waterfall_pane_wanted_bodies(app->waterfall, keys, ARRAY_LEN(keys));
        if (count > 0) {
            loader_ask_bodies(app->loader, LOADER_EVENTS, keys, count);
        }
    }
}

void app_want_usual(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    size_t count;
    const struct baseline_key *keys = waterfall_pane_wants_usual(app->waterfall, &count);
    if (keys != NULL && !loader_is_asking(app->loader, LOADER_BASELINES)) {
        app->usual_asked = trace->row.number;
        loader_ask_baselines(app->loader, keys, count);
    }
    detail_pane_set_usual(app->details, waterfall_pane_selected(app->waterfall),
                          waterfall_pane_usual(app->waterfall));
}

void app_usual_answer(struct app *app, const struct loader_answer *answer)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    if (trace == NULL || trace->row.number != app->usual_asked) {
        return; /* it is asked again for the trace that is shown now */
    }
    bool fine = answer->code == ERR_OK;
    waterfall_pane_give_usual(app->waterfall, answer->baselines, fine ? answer->count : 0);
    app->dirty = true;
}

void app_bodies_answer(struct app *app, const struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        return;
    }
    if (answer->kind == LOADER_EVENTS) {
        int64_t keys[WANTED_BODIES_LARGEST];
        size_t count = 0;
        for (size_t i = 0; i < answer->count && count < ARRAY_LEN(keys); i++) {
            keys[count++] = answer->bodies[i].body;
        }
        waterfall_pane_give_events(app->waterfall, keys, answer->bodies, count);
        app->dirty = true;
        return;
    }
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    app->body_asked = 0;
    const struct trace_span *telling = trace != NULL ? app_telling_span(trace) : NULL;
    for (size_t i = 0; telling != NULL && i < answer->count; i++) {
        if (answer->bodies[i].body != 0 && answer->bodies[i].body == telling->body) {
            app->telling_body = telling->body;
            text_buffer_clear(&app->telling_message);
            text_append(&app->telling_message, answer->bodies[i].message);
            app->dirty = true;
        }
    }
    if (trace != NULL && span != NULL && answer->count > 0 && span->body != 0 &&
        answer->bodies[0].body == span->body) {
        detail_pane_set(app->details, trace, span, &answer->bodies[0]);
        app->body_shown = span->body;
        app->dirty = true;
    }
}

/* The span that was named on the command line. */
static void select_opening_span(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    if (app->opening_span != NULL) {
        int32_t span = trace_find_text(trace, text_from(app->opening_span));
        if (span == TRACE_NO_SPAN) {
            app_say(app, "no span %.60s in this trace", app->opening_span);
        } else {
            waterfall_pane_select(app->waterfall, (uint32_t)span);
        }
        app->opening_span = NULL;
    }
}

/* Takes the trace out of the answer. */
void app_trace_answer(struct app *app, struct loader_answer *answer)
{
    app->trace_asked = answer->last ? 0 : answer->number;
    app->dirty = true;
    if (answer->code != ERR_OK) {
        app->trace_failed = answer->number;
        app->opening = 0;
        app_say(app, "trace: %s",
                answer->why.text[0] != '\0' ? answer->why.text : err_name(answer->code));
        return;
    }
    app->trace_failed = 0;
    app->trace_grew = false;
    app->body_shown = 0;
    bool same = shown_number(app) == answer->number;
    app->lens = same ? app->lens : LENS_WATERFALL;
    app_refresh_lens(app, answer->trace); /* before the old one goes away */
    waterfall_pane_set_trace(app->waterfall, answer->trace, clock_now_ns());
    answer->trace = NULL;
    if (app->opening == answer->number) {
        show_opened(app);
        select_opening_span(app);
    }
}

void app_open_trace(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    if (row == NULL) {
        return;
    }
    app_pause_list(app);
    app->trace_failed = 0;
    if (shown_number(app) == row->number) {
        enter_trace(app);
        app_find_query(app);
    } else {
        app->opening = row->number;
    }
}

void app_reload_trace(struct app *app)
{
    if (app->trace_asked == 0 && shown_number(app) != 0) {
        ask_trace(app, shown_number(app));
    }
}

void app_close_trace(struct app *app)
{
    app->opening = 0;
    app->lens = LENS_WATERFALL;
    app_end_find(app);
    if (app->back_to_diff && app->view == VIEW_TRACE) {
        app->back_to_diff = false;
        app->view = VIEW_DIFF;
        app->focus = KEYS_DIFF;
        app_layout_panes(app);
        return;
    }
    app->view = VIEW_LIST;
    app->focus = KEYS_LIST;
    app->maximised = false;
    app_layout_panes(app);
    app_resume_list(app);
}

void app_follow_link(struct app *app)
{
    struct text trace_id;
    struct text span_id;
    const struct trace_row *row = app_current_row(app);
    if (detail_pane_link(app->details, &trace_id, &span_id)) {
        app->jumped_from = row != NULL ? row->number : 0; /* '' leads back */
        if (id_parse_span(span_id, &app->link_span) != ERR_OK) {
            app->link_span = (struct id){0};
        }
        loader_ask_find(app->loader, trace_id);
    }
}

/* { and }: the list moves, and the trace there is opened. */
void app_step_trace(struct app *app, int step, int count)
{
    const struct trace_row *before = list_pane_selected(app->list);
    int64_t number = before != NULL ? before->number : 0;
    list_pane_ops.act(app->list, step > 0 ? ACTION_DOWN : ACTION_UP, count);
    const struct trace_row *row = list_pane_selected(app->list);
    if (row == NULL || row->number == number) {
        app_say(app, step > 0 ? "this is the last trace" : "this is the first trace");
        return;
    }
    app->trace_failed = 0;
    if (app->view == VIEW_TRACE) {
        app->opening = row->number;
    }
}
