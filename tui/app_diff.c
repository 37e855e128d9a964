/* app_diff — two traces side by side: which they are, and the way into each and back. */
#include "store/base/clock.h"
#include "tui/app_state.h"

void app_diff_marked(struct app *app)
{
    const struct trace_row *row = app_current_row(app);
    int64_t b = row != NULL ? row->number : 0;
    int64_t a = app->marked[0] != b ? app->marked[0] : app->marked[1];
    if (b == 0 || a == 0) {
        app_say(app, "mark a trace (ma), go to another one, press d: what the second has more, "
                     "less, slower");
        return;
    }
    app_show_diff(app, a, b);
}

void app_show_diff(struct app *app, int64_t a, int64_t b)
{
    if (app->view != VIEW_DIFF) {
        app->diff_from = app->view;
        app_pause_list(app);
    }
    app->diff_a = a;
    app->diff_b = b;
    app->view = VIEW_DIFF;
    app->focus = KEYS_DIFF;
    app->maximised = app->back_to_diff = false;
    loader_ask_diff(app->loader, a, b);
    app_layout_panes(app);
}

bool app_leave_diff(struct app *app)
{
    if (app->view != VIEW_DIFF) {
        return false;
    }
    loader_forget(app->loader, LOADER_DIFF);
    app->back_to_diff = false;
    if (app->diff_from == VIEW_TRACE && waterfall_pane_trace(app->waterfall) != NULL) {
        app->view = VIEW_TRACE;
        app->focus = KEYS_WATERFALL;
        app_layout_panes(app);
    } else {
        app_close_trace(app);
    }
    return true;
}

void app_open_side(struct app *app, bool b)
{
    uint32_t span = diff_pane_span(app->diff, b);
    if (span == UINT32_MAX) {
        app_say(app, b ? "this span is only in A" : "this span is only in B");
        return;
    }
    int64_t number = b ? app->diff_b : app->diff_a;
    const struct trace *shown = waterfall_pane_trace(app->waterfall);
    app->back_to_diff = true;
    app->trace_failed = 0;
    app->lens = LENS_WATERFALL;
    if (shown != NULL && shown->row.number == number) {
        app->view = VIEW_TRACE;
        app->focus = KEYS_WATERFALL;
        app_layout_panes(app);
        waterfall_pane_select(app->waterfall, span);
    } else {
        app->opening = number;
        app->select_span = span;
    }
}

void app_open_differing(struct app *app)
{
    app_open_side(app, diff_pane_span(app->diff, true) != UINT32_MAX);
}

void app_diff_answer(struct app *app, struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        app_say(app, "diff: %s",
                answer->why.text[0] != '\0' ? answer->why.text : err_name(answer->code));
        return;
    }
    diff_pane_set(app->diff, answer->trace, answer->other, clock_now_ns());
    answer->trace = answer->other = NULL;
}
