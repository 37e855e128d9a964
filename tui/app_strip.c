/* app_strip — the strip above the list under the keys and the mouse: a range of time is marked and
 * becomes the query's. */
#include "tui/app_state.h"
#include "tui/heat_strip.h"

bool app_strip_is_usable(const struct app *app)
{
    return app->summary != NULL && app->summary->buckets > 0 && app->summary->bucket_ns > 0 &&
           app_layout(app).heat.h > 0;
}

void app_open_strip(struct app *app)
{
    const struct trace_row *row = list_pane_selected(app->list);
    if (!app->header) {
        app->header = true;
        app_layout_panes(app);
    }
    if (!app_strip_is_usable(app)) {
        app_say(app, app_layout(app).heat.h > 0 ? "nothing is known of the times yet"
                                                : "the screen is too low for the strip");
        return;
    }
    app->focus = KEYS_STRIP;
    app->maximised = false;
    app->strip = (struct strip_cursor){0};
    strip_cursor_place(&app->strip, app->summary, row != NULL ? row->start_ns : INT64_MAX);
    app_layout_panes(app);
}

bool app_leave_strip(struct app *app)
{
    if (app->focus != KEYS_STRIP) {
        return false;
    }
    if (app->strip.marked) {
        app->strip.marked = false;
        return true;
    }
    app->focus = app->groups_shown ? KEYS_GROUPS : KEYS_LIST;
    app_layout_panes(app);
    return true;
}

/* Leaves the strip; what was chosen in it lies between these. */
static void take_range(struct app *app, int64_t *ret_from_ns, int64_t *ret_to_ns)
{
    strip_range_times(strip_cursor_range(&app->strip, app->summary), app->summary, ret_from_ns,
                      ret_to_ns);
    app->strip.marked = false;
    app_leave_strip(app);
}

static void apply(struct app *app, bool exclude)
{
    int64_t from_ns;
    int64_t to_ns;
    take_range(app, &from_ns, &to_ns);
    app_commit_range(app, from_ns, to_ns, exclude);
}

/* The trace that stands first in the list for the bucket under the cursor. */
static void go_to_list(struct app *app)
{
    int64_t from_ns;
    int64_t to_ns;
    take_range(app, &from_ns, &to_ns);
    if (!app->groups_shown) {
        list_pane_go_to_time(app->list, to_ns - 1);
    }
}

bool app_act_strip(struct app *app, enum action action, int count)
{
    if (app->focus != KEYS_STRIP) {
        return false;
    }
    if (!app_strip_is_usable(app)) {
        app->strip.marked = false;
        app_leave_strip(app);
        return false;
    }
    switch ((int)action) {
    case ACTION_OPEN:
    case ACTION_INCLUDE:
        apply(app, false);
        return true;
    case ACTION_EXCLUDE:
        apply(app, true);
        return true;
    case ACTION_DOWN:
        go_to_list(app);
        return true;
    case ACTION_STRIP:
        app->strip.marked = false;
        app_leave_strip(app);
        return true;
    }
    return strip_cursor_act(&app->strip, app->summary, action, count);
}

/* ---- the mouse: pressed at one end of the range, let go at the other ---- */

static bool place_at(struct app *app, struct rect area, int x)
{
    size_t bucket;
    if (!app_strip_is_usable(app) || !heat_strip_bucket_at(app->summary, area, x, &bucket)) {
        return false;
    }
    int64_t ns = app->summary->from_ns + app->summary->bucket_ns * (int64_t)bucket;
    strip_cursor_place(&app->strip, app->summary, ns);
    return true;
}

bool app_press_strip(struct app *app, int y, int x)
{
    struct rect area = app_layout(app).heat;
    if (area.h == 0 || y < area.y || y >= area.y + area.h || !place_at(app, area, x)) {
        return false;
    }
    app->focus = KEYS_STRIP;
    app->maximised = false;
    app->strip.marked = false;
    strip_cursor_act(&app->strip, app->summary, ACTION_RANGE, 1);
    app->dragging = true;
    return true;
}

void app_release(struct app *app, int y, int x)
{
    struct rect area = app_layout(app).heat;
    bool dragged = app->dragging && app->focus == KEYS_STRIP;
    app->dragging = false;
    (void)y; /* wherever it is let go: the column counts */
    if (!dragged || !place_at(app, area, x)) {
        return;
    }
    struct strip_range range = strip_cursor_range(&app->strip, app->summary);
    app->dirty = true;
    if (range.first < range.last) {
        apply(app, false);
    } else {
        app->strip.marked = false; /* a click only looks */
    }
}
