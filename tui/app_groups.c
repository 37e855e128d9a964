/* app_groups — figures by operation, user, service, type or error in the place of the list. */
#include "store/base/clock.h"
#include "tui/app_state.h"

void app_show_groups(struct app *app, enum group_by by)
{
    if (app->view != VIEW_LIST) {
        app_close_trace(app);
    }
    app_leave_map(app);
    if (!app->groups_shown) {
        app_pause_list(app);
    }
    app->groups_shown = app->groups_due = true;
    app->focus = KEYS_GROUPS;
    app->maximised = false;
    group_pane_await(app->groups, by);
    app_layout_panes(app);
}

bool app_leave_groups(struct app *app)
{
    if (!app->groups_shown) {
        return false;
    }
    app->groups_shown = app->groups_due = false;
    app->focus = KEYS_LIST;
    loader_forget(app->loader, LOADER_GROUPS);
    app_layout_panes(app);
    app_resume_list(app);
    return true;
}

void app_open_group(struct app *app)
{
    struct text_buffer term = {0};
    if (group_pane_term(app->groups, &term)) {
        app_leave_groups(app);
        app_commit_row(app, text_buffer_text(&term), KEYS_GROUPS);
    } else {
        app_say(app, "these traces have no such value to filter by");
    }
    text_buffer_free(&term);
}

void app_want_groups(struct app *app)
{
    if (app->groups_due && app->groups_shown && !loader_is_asking(app->loader, LOADER_GROUPS)) {
        app->groups_due = false;
        loader_ask_groups(app->loader, &app->filter, group_pane_by(app->groups), clock_now_ns());
    }
}

/* New traces count, too: figures that took t are made anew after ten times t, a second at least. */
int64_t app_tick_groups(struct app *app, int64_t now_ns)
{
    if (!app->groups_shown || !app->groups_stale || !app->options->live) {
        return INT64_MAX;
    }
    if (now_ns < app->groups_ns) {
        return app->groups_ns;
    }
    app->groups_stale = false;
    app->groups_due = true;
    return INT64_MAX;
}

void app_groups_answer(struct app *app, struct loader_answer *answer)
{
    enum { REST_FACTOR = 10 };
    int64_t rest_ns = answer->took_ns * REST_FACTOR;
    app->groups_ns = clock_monotonic_ns() + (rest_ns > NS_PER_S ? rest_ns : NS_PER_S);
    if (answer->code == ERR_OK) {
        group_pane_take(app->groups, &answer->groups);
    } else {
        group_pane_failed(app->groups, answer->code == ERR_CANCELLED ? "stopped (R begins again)"
                                                                     : answer->why.text);
    }
}
