/* app_map — who calls whom in the matching traces, in the place of the list. */
#include "store/base/clock.h"
#include "tui/app_state.h"

void app_show_map(struct app *app)
{
    if (app->map_shown) {
        app_leave_map(app);
        return;
    }
    if (app->view != VIEW_LIST) {
        app_close_trace(app);
    }
    app_leave_groups(app);
    app_pause_list(app);
    app->map_shown = app->map_due = true;
    app->focus = KEYS_MAP;
    app->maximised = false;
    map_pane_await(app->map, 0);
    app_layout_panes(app);
}

bool app_leave_map(struct app *app)
{
    if (!app->map_shown) {
        return false;
    }
    app->map_shown = app->map_due = false;
    app->focus = KEYS_LIST;
    loader_forget(app->loader, LOADER_MAP);
    app_layout_panes(app);
    app_resume_list(app);
    return true;
}

void app_open_call(struct app *app)
{
    struct text_buffer term = {0};
    if (map_pane_term(app->map, &term)) {
        app_leave_map(app);
        app_commit_row(app, text_buffer_text(&term), KEYS_MAP);
    }
    text_buffer_free(&term);
}

void app_want_map(struct app *app)
{
    if (app->map_due && app->map_shown && !loader_is_asking(app->loader, LOADER_MAP)) {
        app->map_due = false;
        map_pane_await(app->map, 0);
        loader_ask_map(app->loader, &app->filter, clock_now_ns());
    }
}

void app_map_answer(struct app *app, struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        map_pane_failed(app->map, answer->code == ERR_CANCELLED ? "stopped (R begins again)"
                                                                : answer->why.text);
    } else if (answer->map != NULL) {
        map_pane_take(app->map, answer->map);
        answer->map = NULL;
    } else {
        map_pane_await(app->map, answer->traces);
    }
}
