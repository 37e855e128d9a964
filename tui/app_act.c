/* app_act — what an action does: the app's own ones here, the rest goes to the focused pane. */
#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/line_edit.h"
#include "tui/list_term.h"

static const struct {
    const struct pane_ops *ops;
} scopes[KEYS_SCOPE_COUNT] = {
    [KEYS_ALL] = {&list_pane_ops},       [KEYS_LIST] = {&list_pane_ops},
    [KEYS_GROUPS] = {&group_pane_ops},   [KEYS_WATERFALL] = {&waterfall_pane_ops},
    [KEYS_DETAILS] = {&detail_pane_ops}, [KEYS_STRIP] = {&list_pane_ops},
    [KEYS_SPANS] = {&span_pane_ops},     [KEYS_FLAME] = {&flame_pane_ops},
    [KEYS_MAP] = {&map_pane_ops},        [KEYS_DIFF] = {&diff_pane_ops},
};

static void *focused_pane(struct app *app)
{
    switch (app->focus) {
    case KEYS_GROUPS:
        return app->groups;
    case KEYS_WATERFALL:
        return app->waterfall;
    case KEYS_DETAILS:
        return app->details;
    case KEYS_SPANS:
        return app->spans;
    case KEYS_FLAME:
        return app->flame;
    case KEYS_MAP:
        return app->map;
    case KEYS_DIFF:
        return app->diff;
    case KEYS_ALL:
    case KEYS_LIST:
    case KEYS_STRIP:
    case KEYS_SCOPE_COUNT:
        break;
    }
    return app->list;
}

static void set_focus(struct app *app, enum key_scope focus)
{
    app->focus = focus;
    app->maximised = false;
    app_layout_panes(app);
}

/* In the list, or in what stands over it or in its place. */
static bool is_above_list(const struct app *app)
{
    return app->focus == KEYS_LIST || app->focus == KEYS_GROUPS || app->focus == KEYS_STRIP ||
           app->focus == KEYS_MAP;
}

/* Panes in the order of Tab; those that are not on the screen are passed over. */
static void step_focus(struct app *app, int step)
{
    struct app_layout layout = app_layout(app);
    const struct {
        enum key_scope scope;
        bool shown;
    } panes[] = {
        {KEYS_LIST, app->view == VIEW_LIST},
        {KEYS_WATERFALL, app->view == VIEW_TRACE || layout.waterfall.h > 0},
        {KEYS_DETAILS, layout.details.h > 0 || ((app->maximised || app->options->screen_reader) &&
                                                app->view == VIEW_TRACE)},
        {KEYS_STRIP, app->view == VIEW_LIST && app_strip_is_usable(app)},
    };
    int count = (int)ARRAY_LEN(panes);
    int at = 0;
    while (at < count - 1 && panes[at].scope != app->focus) {
        at++;
    }
    do {
        at = (at + step + count) % count;
    } while (!panes[at].shown);
    if (panes[at].scope == KEYS_STRIP) {
        app_open_strip(app);
    } else {
        set_focus(app, panes[at].scope);
    }
}

/* One level back; false at the top. */
static bool go_back(struct app *app)
{
    if (app->opening != 0) {
        app->opening = 0;
        return true;
    }
    if (app->maximised) {
        app->maximised = false;
        app_layout_panes(app);
        return true;
    }
    if (app->view == VIEW_TRACE && app->lens != LENS_WATERFALL) {
        app_set_lens(app, LENS_WATERFALL);
        return true;
    }
    if (app_leave_diff(app)) {
        return true;
    }
    if (app->view == VIEW_TRACE && app->focus == KEYS_DETAILS) {
        set_focus(app, KEYS_WATERFALL);
        return true;
    }
    if (app->view == VIEW_TRACE) {
        app_close_trace(app);
        return true;
    }
    if (app_leave_strip(app) || app_leave_groups(app) || app_leave_map(app)) {
        return true;
    }
    if (app->focus != KEYS_LIST) {
        set_focus(app, KEYS_LIST);
        return true;
    }
    return list_pane_leave_column(app->list) || app_leave_row(app);
}

static void open_deeper(struct app *app)
{
    if (app->view == VIEW_DIFF) {
        app_open_differing(app);
    } else if (app->view == VIEW_TRACE && app->lens != LENS_WATERFALL) {
        app_open_hottest(app);
    } else if (app->map_shown) {
        app_open_call(app);
    } else if (app->groups_shown) {
        app_open_group(app);
    } else if (app->view == VIEW_LIST) {
        app_open_trace(app);
    } else if (app->focus == KEYS_WATERFALL) {
        set_focus(app, KEYS_DETAILS);
    } else if (detail_pane_ops.act(app->details, ACTION_OPEN, 1) == PANE_IGNORED) {
        app_follow_link(app);
    }
}

static void cancel(struct app *app)
{
    int64_t now_ns = clock_monotonic_ns();
    if (app->cancelled_ns != 0 && now_ns - app->cancelled_ns < NS_PER_S) {
        app->quit = true;
        return;
    }
    app->cancelled_ns = now_ns;
    if (loader_is_busy(app->loader)) {
        app->partial = loader_is_asking(app->loader, LOADER_LIST) ||
                       loader_is_asking(app->loader, LOADER_SUMMARY);
        app->summary_due = false;
        loader_cancel(app->loader);
        app_say(app, app->partial ? "stopped: the result is partial (R goes on, ^C again quits)"
                                  : "stopped (^C again quits)");
    } else {
        app_say(app, "^C again quits");
    }
}

static void open_form(struct app *app)
{
    app->overlay = OVERLAY_FORM;
    filter_form_open(app->form, &app->filter);
    loader_ask_names(app->loader, FIELD_SERVICE, (struct text){0}, FILTER_FORM_SERVICES + 4);
}

static void toggle_mouse(struct app *app)
{
    app->mouse = !app->mouse;
    if (app->options->host.set_mouse != NULL) {
        app->options->host.set_mouse(app->mouse, app->options->host.ctx);
    }
    app_say(app, app->mouse ? "mouse on (F2 off: the terminal selects text again)" : "mouse off");
}

/* Actions of the terminal and of what lies over the panes. */
static bool act_screen(struct app *app, enum action action)
{
    const struct app_host *host = &app->options->host;
    switch ((int)action) {
    case ACTION_HELP:
        app->overlay = OVERLAY_HELP;
        line_edit_set(&app->prompt_edit, (struct text){0});
        app->help_page = 0;
        return true;
    case ACTION_STATUS:
        app_show_status(app);
        return true;
    case ACTION_FORM:
        open_form(app);
        return true;
    case ACTION_COMMAND:
        app_open_prompt(app, PROMPT_COMMAND);
        return true;
    case ACTION_REDRAW:
        if (host->redraw != NULL) {
            host->redraw(host->ctx);
        }
        return true;
    case ACTION_SUSPEND:
        if (host->suspend != NULL) {
            host->suspend(host->ctx);
        }
        return true;
    case ACTION_CANCEL:
        cancel(app);
        return true;
    case ACTION_MOUSE:
        toggle_mouse(app);
        return true;
    case ACTION_MAXIMISE:
        app->maximised = !app->maximised && !app->options->screen_reader;
        app_layout_panes(app);
        return true;
    case ACTION_SPLIT:
        app->beside = !app->beside;
        app->measured_number = 0;
        app_measure(app);
        app_layout_panes(app);
        if (app->beside && app_layout(app).details.x == 0) {
            app_hint(app, "the screen is too narrow for details beside the spans");
        }
        return true;
    case ACTION_QUIT_NOW:
        app->quit = true;
        return true;
    case ACTION_QUIT:
        app->quit = !go_back(app);
        return true;
    case ACTION_NEXT_PANE:
        step_focus(app, 1);
        return true;
    case ACTION_PREVIOUS_PANE:
        step_focus(app, -1);
        return true;
    }
    return false;
}

/* "1 slow  2 mine": B lists what ' and a digit load. */
static void list_saved(struct app *app)
{
    struct text_buffer names = {0};
    for (size_t i = 0; i < app->saved.count && i < 9; i++) {
        text_append_format(&names, "'%zu %.*s   ", i + 1, TEXT_ARGS(app->saved.list[i].name));
    }
    app_say(app, names.length > 0 ? "press '1 \xE2\x80\xA6 '9: %s" : "no saved filters: :save NAME",
            names.length > 0 ? names.data : "");
    text_buffer_free(&names);
}

static void load_saved(struct app *app, int number)
{
    if (number < 1 || (size_t)number > app->saved.count) {
        app_say(app, "no saved filter %d", number);
    } else {
        app_commit_query(app, app->saved.list[number - 1].query);
    }
}

static void jump_to(struct app *app, int64_t number)
{
    const struct trace_row *row = app_current_row(app);
    if (number == 0) {
        app_say(app, "no such mark");
        return;
    }
    app->jumped_from = row != NULL ? row->number : 0;
    app->opening = number;
    app->trace_failed = 0;
}

/* Marks are traces; the count of the action is the letter. */
static bool act_mark(struct app *app, enum action action, int letter)
{
    const struct trace_row *row = app_current_row(app);
    int64_t *mark = letter >= 'a' && letter <= 'z' ? &app->marks[letter - 'a'] : NULL;
    switch ((int)action) {
    case ACTION_MARK:
        if (mark != NULL && row != NULL) {
            *mark = row->number;
            app->marked[1] = app->marked[0] != row->number ? app->marked[0] : app->marked[1];
            app->marked[0] = row->number;
            app_say(app, "mark %c (d on another trace: what differs)", letter);
        }
        return true;
    case ACTION_GO_MARK:
        jump_to(app, mark != NULL ? *mark : 0);
        return true;
    case ACTION_GO_BACK:
        jump_to(app, app->jumped_from);
        return true;
    case ACTION_SAVED:
        list_saved(app);
        return true;
    case ACTION_LOAD_SAVED:
        load_saved(app, letter);
        return true;
    }
    return false;
}

/* Actions on the query and on which trace is shown. */
static bool act_query(struct app *app, enum action action, int count)
{
    switch ((int)action) {
    case ACTION_SEARCH:
        if (is_above_list(app)) {
            app_open_bar(app);
        } else {
            app_open_prompt(app, PROMPT_FIND);
        }
        return true;
    case ACTION_UNDO:
        app_undo(app, false);
        return true;
    case ACTION_REDO:
        app_undo(app, true);
        return true;
    case ACTION_INCLUDE:
        app_include(app, false);
        return true;
    case ACTION_EXCLUDE:
        app_include(app, true);
        return true;
    case ACTION_OPEN:
        open_deeper(app);
        return true;
    case ACTION_NEXT_TRACE:
        app_step_trace(app, 1, count);
        return true;
    case ACTION_PREVIOUS_TRACE:
        app_step_trace(app, -1, count);
        return true;
    }
    return false;
}

/* D shows the table, then goes through the groupings. */
static enum group_by next_grouping(const struct app *app)
{
    enum group_by by = group_pane_by(app->groups);
    return !app->groups_shown ? by : by == GROUP_ERROR ? GROUP_OPERATION : (enum group_by)(by + 1);
}

/* Says what i and x would do with the column that was just chosen. */
static void explain_column(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    struct text_buffer term = {0};
    if (row != NULL && list_term_append(row, list_pane_column(app->list), &term)) {
        app_hint(app, "i only %.*s   x without it   Esc no column",
                 TEXT_ARGS(text_buffer_text(&term)));
    }
    text_buffer_free(&term);
}

static bool act_list(struct app *app, enum action action, int count)
{
    switch ((int)action) {
    case ACTION_LEFT:
    case ACTION_RIGHT:
        if (app->focus != KEYS_LIST) {
            return false;
        }
        list_pane_ops.act(app->list, action, count);
        explain_column(app);
        return true;
    case ACTION_PREVIEW:
        app->preview = !app->preview;
        app_layout_panes(app);
        return true;
    case ACTION_HEADER:
        app->header = !app->header;
        app_layout_panes(app);
        return true;
    case ACTION_STRIP:
        app_open_strip(app);
        return true;
    case ACTION_GROUPS:
        app_show_groups(app, next_grouping(app));
        return true;
    case ACTION_REFRESH:
        app->summary_due = app->groups_due = app->map_due = true;
        app->partial = false;
        app->list_scanned = 0;
        list_pane_ops.act(app->list, action, count);
        return true;
    }
    return app_zoom_time(app, action, count);
}

/* Tabs are the details' also while the waterfall has the focus; what the details have no use for,
 * the time axis or the next error, is the waterfall's. */
static bool act_trace(struct app *app, enum action action, int count)
{
    if (app->view == VIEW_DIFF) {
        if (action == ACTION_REFRESH) {
            loader_ask_diff(app->loader, app->diff_a, app->diff_b);
        }
        return action == ACTION_REFRESH;
    }
    if (app->lens != LENS_WATERFALL && action != ACTION_REFRESH) {
        return false; /* the lens has its own */
    }
    bool tab = action == ACTION_NEXT_TAB || action == ACTION_PREVIOUS_TAB;
    if (action == ACTION_REFRESH) {
        app_reload_trace(app);
        return true;
    }
    if (tab && app->focus == KEYS_WATERFALL) {
        return detail_pane_ops.act(app->details, action, count) == PANE_HANDLED;
    }
    if (app->focus != KEYS_DETAILS) {
        return false;
    }
    enum pane_reply reply = detail_pane_ops.act(app->details, action, count);
    return reply == PANE_HANDLED ||
           (reply == PANE_IGNORED &&
            waterfall_pane_ops.act(app->waterfall, action, count) == PANE_HANDLED);
}

/* Actions that change to another view. */
static bool act_views(struct app *app, enum action action)
{
    bool trace = app->view == VIEW_TRACE;
    switch ((int)action) {
    case ACTION_GROUPS:
        if (!trace || app->lens == LENS_SPANS) {
            return false; /* the next grouping */
        }
        app_set_lens(app, LENS_SPANS);
        return true;
    case ACTION_FLAME:
        app_set_lens(app, app->lens == LENS_FLAME ? LENS_WATERFALL : LENS_FLAME);
        return true;
    case ACTION_MAP:
        app_show_map(app);
        return true;
    case ACTION_DIFF:
        app_diff_marked(app);
        return true;
    case ACTION_OPEN_A:
    case ACTION_OPEN_B:
        app_open_side(app, action == ACTION_OPEN_B);
        return true;
    }
    return false;
}

static bool act(struct app *app, enum action action, int count)
{
    app->dirty = true;
    if (app_act_strip(app, action, count) || act_views(app, action) || act_screen(app, action) ||
        act_query(app, action, count) || act_mark(app, action, count) ||
        app_take_away(app, action)) {
        return true;
    }
    if (is_above_list(app) ? act_list(app, action, count) : act_trace(app, action, count)) {
        return true;
    }
    enum pane_reply reply = scopes[app->focus].ops->act(focused_pane(app), action, count);
    if (reply == PANE_CLOSE || (reply == PANE_IGNORED && action == ACTION_BACK)) {
        go_back(app); /* the pane had nothing of its own to leave, like a search */
        return true;
    }
    return reply == PANE_HANDLED;
}

bool app_act(struct app *app, enum action action, int count)
{
    bool done = act(app, action, count);
    bool moves = app->focus == KEYS_DIFF || action == ACTION_NEXT_ERROR ||
                 action == ACTION_PREVIOUS_ERROR || action == ACTION_NEXT_MATCH ||
                 action == ACTION_PREVIOUS_MATCH || action == ACTION_HOTTEST ||
                 action == ACTION_COLOUR_BY || action == ACTION_EMPHASIS ||
                 action == ACTION_FOLD_CHAINS;
    if (!done || !moves) {
        return done;
    }
    const char *notice = app->focus == KEYS_LIST   ? list_pane_notice(app->list)
                         : app->focus == KEYS_DIFF ? diff_pane_notice(app->diff)
                         : app->focus == KEYS_DETAILS && detail_pane_notice(app->details) != NULL
                             ? detail_pane_notice(app->details)
                             : waterfall_pane_notice(app->waterfall);
    if (notice != NULL) {
        app_hint(app, "%s", notice);
    }
    return true;
}
