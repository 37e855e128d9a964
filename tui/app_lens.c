/* app_lens — other looks at the open trace: its spans added up, and where the time went. */
#include "store/base/clock.h"
#include "tui/app_state.h"

static enum key_scope scope_of(enum app_lens lens)
{
    return lens == LENS_SPANS ? KEYS_SPANS : lens == LENS_FLAME ? KEYS_FLAME : KEYS_WATERFALL;
}

void app_refresh_lens(struct app *app, const struct trace *trace)
{
    int64_t now_ns = clock_now_ns();
    if (trace != NULL && trace->end_ns > now_ns) {
        now_ns = trace->end_ns;
    }
    /* the trace they look at may be gone: each forgets it, also when it is not shown */
    span_pane_set(app->spans, app->lens == LENS_SPANS ? trace : NULL, now_ns);
    flame_pane_set(app->flame, app->lens == LENS_FLAME ? trace : NULL, now_ns);
}

void app_set_lens(struct app *app, enum app_lens lens)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    if (trace == NULL) {
        return;
    }
    app->lens = lens;
    app->focus = scope_of(lens);
    app->maximised = false;
    app_refresh_lens(app, trace);
    if (lens == LENS_FLAME && span != NULL) {
        flame_pane_select(app->flame, (uint32_t)(span - trace->spans));
    }
    app_layout_panes(app);
}

void app_open_hottest(struct app *app)
{
    uint32_t span =
        app->lens == LENS_SPANS ? span_pane_hottest(app->spans) : flame_pane_hottest(app->flame);
    if (span != UINT32_MAX) {
        app_set_lens(app, LENS_WATERFALL);
        waterfall_pane_select(app->waterfall, span);
    }
}

bool app_draw_lens(const struct app *app, struct canvas *canvas, struct rect area)
{
    if (app->view != VIEW_TRACE || app->lens == LENS_WATERFALL) {
        return false;
    }
    if (app->lens == LENS_SPANS) {
        span_pane_ops.draw(app->spans, canvas, area);
    } else {
        flame_pane_ops.draw(app->flame, canvas, area);
    }
    return true;
}
