/* app_layout — where everything stands on a screen of any size.
 *
 *  title             1 row
 *  query             1
 *  histogram         3, or 8 from 40 rows on
 *  figures           1
 *  list              what is left
 *  waterfall, details   from 40 rows and 120 columns on
 *  preview line      1
 *  footer            1
 */
#include "tui/app_state.h"
#include "tui/heat_strip.h"

enum {
    TALL_ROWS = 40,
    WIDE_COLUMNS = 120,
    BESIDE_COLUMNS = 100,
    HEAT_LEAST_ROWS = 16,
    DETAILS_LOW = 6,
    DETAILS_TALL = 13,
    DETAILS_PREVIEW = 3,
};

static struct rect take_top(struct rect *area, int h)
{
    h = h < area->h ? h : area->h;
    struct rect taken = {area->y, area->x, h, area->w};
    area->y += h;
    area->h -= h;
    return taken;
}

static struct rect take_bottom(struct rect *area, int h)
{
    h = h < area->h ? h : area->h;
    area->h -= h;
    return (struct rect){area->y + area->h, area->x, h, area->w};
}

/* One pane at a time, and below it a line that always stands at the same place. */
static void layout_words(const struct app *app, struct rect area, struct app_layout *layout)
{
    layout->divider = take_bottom(&area, 1);
    if (app->view == VIEW_LIST) {
        layout->title = take_top(&area, 1);
        layout->bar = take_top(&area, 1);
        layout->heat = take_top(&area, app->header && app->h >= HEAT_LEAST_ROWS ? 1 : 0);
        layout->stats = take_top(&area, 1);
        layout->list = area;
        return;
    }
    layout->trace_title = take_top(&area, app->view == VIEW_DIFF ? 2 : 1);
    bool details = app->view == VIEW_TRACE && app->focus == KEYS_DETAILS;
    *(details ? &layout->details : &layout->waterfall) = area;
}

/* What a trace of few rows leaves over is the details'. */
static void give_spare(const struct app *app, struct app_layout *layout)
{
    int spare = layout->waterfall.h - app->waterfall_h;
    if (layout->details.h > 0 && app->waterfall_h > 0 && spare > 0) {
        layout->waterfall.h -= spare;
        layout->divider.y -= spare;
        layout->details.y -= spare;
        layout->details.h += spare;
    }
}

static void layout_list(const struct app *app, struct rect area, struct app_layout *layout)
{
    bool tall = app->h >= TALL_ROWS;
    layout->title = take_top(&area, 1);
    layout->bar = take_top(&area, 1);
    if (app->header && app->h >= HEAT_LEAST_ROWS) {
        layout->heat = take_top(&area, tall ? HEAT_STRIP_HIGH : HEAT_STRIP_LOW);
    }
    layout->stats = take_top(&area, app->h >= 10 ? 1 : 0);
    bool panes =
        app->preview && tall && app->w >= WIDE_COLUMNS && !app->groups_shown && !app->map_shown;
    if (!panes) {
        layout->divider = take_bottom(&area, app->h >= 12 ? 1 : 0);
        layout->list = area;
        return;
    }
    if (app->maximised && app->focus == KEYS_LIST) {
        layout->list = area;
    } else if (app->maximised && app->focus == KEYS_DETAILS) {
        layout->details = area;
    } else {
        layout->details =
            take_bottom(&area, app->focus == KEYS_DETAILS ? DETAILS_LOW * 2 : DETAILS_PREVIEW);
        layout->waterfall = take_bottom(&area, app->maximised ? area.h : area.h / 2);
        layout->waterfall_title = take_top(&layout->waterfall, 1);
        layout->list = area;
        give_spare(app, layout);
    }
}

/* The details beside the waterfall. With few columns they stay below. */
static bool layout_beside(const struct app *app, struct rect area, struct app_layout *layout)
{
    int w = area.w * 2 / 5;
    if (!app->beside || area.w < BESIDE_COLUMNS || area.h < 6) {
        return false;
    }
    layout->details = (struct rect){area.y, area.x + area.w - w, area.h, w};
    layout->waterfall = (struct rect){area.y, area.x, area.h, area.w - w - 1};
    return true;
}

static void layout_trace(const struct app *app, struct rect area, struct app_layout *layout)
{
    layout->trace_title = take_top(&area, app->view == VIEW_DIFF ? 2 : 1);
    if (app->view == VIEW_DIFF || app->lens != LENS_WATERFALL) {
        layout->waterfall = area;
        return;
    }
    if (app->maximised && app->focus == KEYS_DETAILS) {
        layout->details = area;
    } else if (app->maximised) {
        layout->waterfall = area;
    } else if (!layout_beside(app, area, layout)) {
        int details = app->h >= TALL_ROWS ? DETAILS_TALL
                      : app->h >= 30      ? DETAILS_LOW + 3
                                          : DETAILS_LOW;
        details = app->focus == KEYS_DETAILS ? app->h / 2 : details;
        layout->details = take_bottom(&area, app->h >= 14 ? details : 0);
        layout->divider = take_bottom(&area, app->h >= TALL_ROWS ? 1 : 0);
        layout->waterfall = area;
        give_spare(app, layout);
    }
}

/* Rows that are folded keep their place: the panes do not jump while one trace is looked at. */
static void measure_waterfall(struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    int64_t number = trace != NULL ? trace->row.number : 0;
    bool same = number == app->measured_number && app->view == app->measured_view;
    int before = app->waterfall_h;
    app->waterfall_h = 0; /* without it the layout tells the most there could be */
    int most = app_layout(app).waterfall.h;
    int h = number != 0 ? waterfall_pane_least_height(app->waterfall, most) : 0;
    app->waterfall_h = same && before > h ? before : h;
    app->measured_number = number;
    app->measured_view = app->view;
}

bool app_measure(struct app *app)
{
    int before = app->waterfall_h;
    bool preview = app->view == VIEW_LIST && app_layout(app).waterfall.h > 0;
    if (preview || (app->view == VIEW_TRACE && app->lens == LENS_WATERFALL)) {
        measure_waterfall(app);
    }
    return app->waterfall_h != before;
}

struct app_layout app_layout(const struct app *app)
{
    struct app_layout layout = {0};
    struct rect area = {0, 0, app->h, app->w};
    layout.footer = take_bottom(&area, 1);
    if (app->options->screen_reader) {
        layout_words(app, area, &layout);
    } else if (app->view != VIEW_LIST) {
        layout_trace(app, area, &layout);
    } else {
        layout_list(app, area, &layout);
    }
    return layout;
}

void app_layout_panes(struct app *app)
{
    struct app_layout layout = app_layout(app);
    if (layout.list.h > 0) {
        list_pane_ops.layout(app->list, layout.list.h, layout.list.w);
        group_pane_ops.layout(app->groups, layout.list.h, layout.list.w);
        map_pane_ops.layout(app->map, layout.list.h, layout.list.w);
    }
    if (app->view == VIEW_DIFF) {
        diff_pane_ops.layout(app->diff, layout.waterfall.h, layout.waterfall.w);
    } else if (app->view == VIEW_TRACE && app->lens != LENS_WATERFALL) {
        span_pane_ops.layout(app->spans, layout.waterfall.h, layout.waterfall.w);
        flame_pane_ops.layout(app->flame, layout.waterfall.h, layout.waterfall.w);
    } else if (layout.waterfall.h > 0) {
        waterfall_pane_ops.layout(app->waterfall, layout.waterfall.h, layout.waterfall.w);
    }
    if (layout.details.h > 0) {
        detail_pane_ops.layout(app->details, layout.details.h, layout.details.w);
    }
    app->dirty = true;
}
