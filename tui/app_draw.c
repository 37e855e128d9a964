/* app_draw — paints the whole screen from the app's state; changes nothing. */
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/footer.h"
#include "tui/format.h"
#include "tui/heat_strip.h"
#include "tui/help_pane.h"
#include "tui/line_edit.h"
#include "tui/query_edit.h"
#include "tui/spoken.h"
#include "tui/stats_strip.h"
#include "tui/title_bar.h"
#include "tui/welcome_pane.h"

enum { LEAST_ROWS = 8, LEAST_COLUMNS = 40, WORDS_COLUMNS = 74 };

static void draw_title(const struct app *app, struct canvas *canvas, struct rect area)
{
    const struct app_options *options = app->options;
    int64_t lag_ns = -1;
    if (options->counters != NULL && atomic_load(&options->counters->commits) > 0) {
        lag_ns = atomic_load(&options->counters->commit_ns);
    }
    char reasons[COUNTERS_REASONS_BYTES] = "";
    if (options->counters != NULL) {
        counters_reasons(options->counters, reasons);
    }
    struct title_bar bar = {
        .host = options->host_name,
        .path = options->db_path,
        .problem = app->status.problem,
        .role = app->status.role,
        .refused = options->counters != NULL ? counters_refused(options->counters) : 0,
        .reasons = reasons,
        .size = app->size_known ? &app->size : NULL,
        .demo = options->demo,
        .live = options->live,
        .no_receiver = app->status.no_receiver,
        .following = list_pane_is_following(app->list) || app->groups_shown,
        .spans_per_s = app->spans_per_s,
        .lag_ns = lag_ns,
        .now_ns = clock_now_ns(),
    };
    title_bar_draw(&bar, canvas, area);
}

/* "scanning 31% 1.2M/3.9M  ^C stop"; false if nothing is missing or it does not take long. */
static bool progress(const struct app *app, char *target, size_t size)
{
    bool missing = app->summary == NULL || !app->summary->done || list_pane_is_waiting(app->list);
    int64_t scanned = app->scanned > app->list_scanned ? app->scanned : app->list_scanned;
    if (!app->slow || !missing || app->partial || !app->size_known || app->size.traces == 0) {
        return false;
    }
    char done[FORMAT_BYTES];
    char all[FORMAT_BYTES];
    scanned = scanned < app->size.traces ? scanned : app->size.traces;
    struct text part = format_count(done, scanned);
    struct text whole = format_count(all, app->size.traces);
    snprintf(target, size, "scanning %d%% %.*s/%.*s  ^C stop",
             (int)((double)scanned * 100 / (double)app->size.traces), TEXT_ARGS(part),
             TEXT_ARGS(whole));
    return true;
}

/* "38 of 2.48M  41ms" */
static void draw_bar(const struct app *app, struct canvas *canvas, struct rect area)
{
    char count[FORMAT_BYTES];
    char total[FORMAT_BYTES];
    char took[FORMAT_BYTES];
    char right[3 * FORMAT_BYTES + 16] = "\xE2\x80\xA6";
    if (!progress(app, right, sizeof(right)) && app->summary != NULL) {
        bool wide = area.w >= 120;
        struct text matches = wide ? format_exact(count, app->summary->total)
                                   : format_count(count, app->summary->total);
        struct text stored =
            wide ? format_exact(total, app->size.traces) : format_count(total, app->size.traces);
        struct text time =
            format_duration(took, app->summary_took_ns / NS_PER_MS * NS_PER_MS, canvas->ascii);
        time = app->summary_took_ns < NS_PER_MS ? TEXT("<1ms") : time;
        snprintf(right, sizeof(right), "%.*s%s of %.*s  %.*s", TEXT_ARGS(matches),
                 app->summary->done ? "" : "+", TEXT_ARGS(stored),
                 TEXT_ARGS(app->partial ? TEXT("partial") : time));
    } else if (app->partial && app->summary == NULL) {
        snprintf(right, sizeof(right), "partial");
    }
    filter_bar_draw(app->bar, canvas, area, text_from(right));
}

static void draw_welcome(const struct app *app, struct canvas *canvas, struct rect area)
{
    char refusal[256] = "";
    struct counters *counters = app->options->counters;
    struct welcome_pane pane = {
        .address = app_address(app),
        .problem = app->options->address_problem != NULL ? app->options->address_problem : "",
        .last_refusal = refusal,
        .waiting_ns = clock_is_fixed() ? 0 : clock_monotonic_ns() - app->started_ns,
    };
    if (counters != NULL) {
        pane.received = atomic_load(&counters->received);
        pane.refused = counters_refused(counters);
        counters_last_refusal(counters, refusal);
    }
    welcome_pane_draw(&pane, canvas, area);
}

/* What to say where no row is. */
static void draw_nothing(const struct app *app, struct canvas *canvas, struct rect area)
{
    if (!list_pane_is_empty(app->list) || area.h < 2) {
        return;
    }
    int y = area.y + 1 + (area.h > 4);
    canvas_print(canvas, y, area.x + 3, area.w - 4, INK(TONE_NORMAL), "%s",
                 app->summary != NULL && app->summary->total == 0 ? "0 traces." : "");
    canvas_text(canvas, y + 1, area.x + 3, area.w - 4, INK(TONE_DIM), text_from(app->hint));
}

static void draw_list_view(const struct app *app, const struct app_layout *layout,
                           struct canvas *canvas)
{
    draw_title(app, canvas, layout->title);
    if (app_is_waiting_for_first_span(app)) {
        struct rect rest = {1, 0, app->h - 3, app->w};
        draw_welcome(app, canvas, rest);
        return;
    }
    draw_bar(app, canvas, layout->bar);
    const struct trace_row *row = list_pane_selected(app->list);
    bool in_strip = app->focus == KEYS_STRIP && app_strip_is_usable(app);
    if (layout->heat.h > 0) {
        heat_strip_draw(app->summary, row != NULL ? row->start_ns : 0,
                        in_strip ? &app->strip : NULL, canvas, layout->heat);
    }
    if (in_strip && layout->stats.h > 0) {
        strip_cursor_draw_figures(&app->strip, app->summary, canvas, layout->stats);
    } else if (layout->stats.h > 0) {
        struct stats_strip stats = {
            .summary = app->summary,
            .following = list_pane_is_following(app->list),
            .new_rows = app->groups_shown ? 0 : list_pane_new_rows(app->list),
        };
        stats_strip_draw(&stats, canvas, layout->stats);
    }
    if (app->map_shown) {
        map_pane_ops.draw(app->map, canvas, layout->list);
        if (layout->divider.h > 0) {
            map_pane_title(app->map, canvas, layout->divider);
        }
        return;
    }
    if (app->groups_shown) {
        group_pane_ops.draw(app->groups, canvas, layout->list);
        if (layout->divider.h > 0) {
            group_pane_title(app->groups, canvas, layout->divider);
        }
        return;
    }
    if (layout->list.h > 0) {
        list_pane_ops.draw(app->list, canvas, layout->list);
        draw_nothing(app, canvas, layout->list);
    }
    if (layout->waterfall_title.h > 0) {
        app_draw_waterfall_title(app, canvas, layout->waterfall_title);
    }
    if (layout->divider.h > 0) {
        app_draw_preview_line(app, canvas, layout->divider);
    }
}

static void draw_panes(const struct app *app, const struct app_layout *layout,
                       struct canvas *canvas)
{
    bool loaded = waterfall_pane_trace(app->waterfall) != NULL;
    if (layout->waterfall.h > 0 && app_draw_lens(app, canvas, layout->waterfall)) {
        return;
    }
    if (layout->waterfall.h > 0 && loaded) {
        waterfall_pane_ops.draw(app->waterfall, canvas, layout->waterfall);
    }
    if (layout->details.x > 0) {
        struct rect line = {layout->details.y, layout->details.x - 1, layout->details.h, 1};
        canvas_fill(canvas, line, INK(TONE_DIM), RUNE_PIPE);
    }
    if (layout->details.h > 0) {
        detail_pane_ops.draw(app->details, canvas, layout->details);
    }
}

/* The one line that may change by itself: what is wrong, what is new, where the cursor is. */
static void draw_standing(const struct app *app, struct canvas *canvas, struct rect area)
{
    struct app_status status = {0};
    struct spoken line = {0};
    int64_t news = app->view == VIEW_LIST ? list_pane_new_rows(app->list) : 0;
    if (app->options->status != NULL) {
        app->options->status(&status, app->options->status_ctx);
    }
    spoken_add(&line, text_from(status.problem));
    if (app->slow) {
        spoken_add(&line, TEXT("loading"));
    }
    if (news > 0) {
        spoken_count(&line, news, "new trace");
        spoken_add(&line, TEXT("R shows them"));
    }
    if (line.length > 0) {
        canvas_fill(canvas, area, INK(TONE_NORMAL), ' ');
        canvas_text(canvas, area.y, area.x, area.w, INK(TONE_NORMAL), spoken_text(&line));
    }
}

/* A row that may be covered for as long as a message is there: never the keys. */
static struct rect message_row(const struct app *app, const struct app_layout *layout)
{
    const struct rect rows[] = {layout->divider, layout->waterfall_title, layout->details};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (rows[i].h > 0) {
            return (struct rect){rows[i].y, rows[i].x, 1, rows[i].w};
        }
    }
    return (struct rect){app->h - 2, 0, 1, app->w};
}

/* Where the keys of the panes do not hold; what lies over them names its own. */
static bool draw_other_keys(const struct app *app, struct canvas *canvas, struct rect area)
{
    static const struct footer_hint query[] = {{"Enter", "run"},     {"Tab", "complete"},
                                               {"Up/Dn", "history"}, {"^R", "search it"},
                                               {"^U", "clear"},      {"Esc", "cancel"}};
    bool edits = filter_bar_is_open(app->bar);
    if (edits) {
        footer_draw_hints(canvas, area, query, ARRAY_LEN(query));
    }
    return edits || app->overlay != OVERLAY_NONE;
}

static void draw_footer(const struct app *app, struct canvas *canvas, struct rect area)
{
    if (app->prompt != PROMPT_NONE) {
        static const char *const signs[] = {[PROMPT_NONE] = "",
                                            [PROMPT_FIND] = "/",
                                            [PROMPT_COMMAND] = ":",
                                            [PROMPT_HELP] = "keys with",
                                            [PROMPT_SAVE] = "save as"};
        int x = area.x + 2 +
                canvas_print(canvas, area.y, area.x + 1, area.w - 1, INK(TONE_ACCENT), "%s",
                             signs[app->prompt]);
        line_edit_draw(&app->prompt_edit, canvas, area.y, x, area.w - x - 1, INK(TONE_STRONG), 0,
                       0);
        if (app->prompt == PROMPT_COMMAND && app->prompt_edit.length == 0) {
            canvas_text(canvas, area.y, x, area.w - x - 1, INK(TONE_DIM),
                        TEXT("help: all commands   Tab: complete"));
        }
        return;
    }
    bool back = app->view != VIEW_LIST || app->focus != KEYS_LIST || app_is_below_table(app);
    if (!draw_other_keys(app, canvas, area)) {
        footer_draw(canvas, area, app->keymap, app->focus, &app->keys, back ? "q back" : "q quit");
    }
    if (app->slow && !canvas->words) {
        canvas_rune(canvas, area.y, area.x + area.w - 1, INK(TONE_RUNNING), 0x2026);
    }
}

static void draw_overlay(const struct app *app, struct canvas *canvas)
{
    struct rect all = {0, 0, app->h - 1, app->w};
    if (canvas->words) { /* the line for messages stays; keys stand below each other */
        all.h--;
        all.w = app->overlay == OVERLAY_HELP && all.w > WORDS_COLUMNS ? WORDS_COLUMNS : all.w;
    }
    if (app->overlay == OVERLAY_HELP) {
        struct help_view view = {.map = app->keymap,
                                 .scope = app->focus,
                                 .page = app->help_page,
                                 .filter = line_edit_text(&app->prompt_edit)};
        help_pane_draw(&view, canvas, all);
    }
    if (app->overlay == OVERLAY_STATUS) {
        app_draw_status(app, canvas, all);
    }
    if (app->overlay == OVERLAY_COMMANDS) {
        app_draw_commands(canvas, all);
    }
    if (app->overlay == OVERLAY_FORM) {
        char count[FORMAT_BYTES + 16] = "";
        if (app->summary != NULL) {
            char number[FORMAT_BYTES];
            struct text total = format_count(number, app->summary->total);
            snprintf(count, sizeof(count), "%.*s trace%s now", TEXT_ARGS(total),
                     text_plural(app->summary->total));
        }
        filter_form_draw(app->form, canvas, all, text_from(count));
    }
}

/* In as many lines as it takes: this is for the narrow ones. */
static void draw_too_small(const struct app *app, struct canvas *canvas)
{
    enum { ONE_LINE = 34 };
    bool wide = app->w >= ONE_LINE;
    int x = canvas_print(canvas, 0, 0, app->w, INK(TONE_NORMAL), "tracetui needs");
    canvas_print(canvas, wide ? 0 : 1, wide ? x + 1 : 0, app->w, INK(TONE_NORMAL),
                 "%dx%d, have %dx%d", LEAST_COLUMNS, LEAST_ROWS, app->w, app->h);
}

static void draw_all(struct app *app, struct canvas *canvas)
{
    if (app->h < LEAST_ROWS || app->w < LEAST_COLUMNS) {
        draw_too_small(app, canvas);
        return;
    }
    list_pane_set_now(app->list, clock_now_ns());
    struct app_layout layout = app_layout(app);
    bool covered = canvas->words && app->overlay != OVERLAY_NONE; /* nothing is read beside it */
    if (covered) {
        canvas_clear(canvas);
    } else if (app->view == VIEW_LIST) {
        draw_list_view(app, &layout, canvas);
    } else if (app->view == VIEW_DIFF) {
        diff_pane_title(app->diff, canvas, layout.trace_title);
        diff_pane_ops.draw(app->diff, canvas, layout.waterfall);
    } else {
        app_draw_trace_title(app, canvas, layout.trace_title);
        if (layout.divider.h > 0) {
            canvas_text(canvas, layout.divider.y, layout.divider.x + 1, layout.divider.w - 1,
                        INK(TONE_DIM), text_buffer_text(&app->waterfall_status));
        }
    }
    if (!app_is_waiting_for_first_span(app) && app->view != VIEW_DIFF && !covered) {
        draw_panes(app, &layout, canvas);
    }
    draw_footer(app, canvas, layout.footer);
    if (canvas->words) {
        draw_standing(app, canvas, layout.divider);
    }
    if (app->message[0] != '\0') {
        app_draw_message(app, canvas, message_row(app, &layout));
    }
    if (app->view == VIEW_LIST) {
        struct rect below = {layout.bar.y + 1, 0, app->h - layout.bar.y - 2, app->w};
        filter_bar_draw_below(app->bar, canvas, below);
    }
    draw_overlay(app, canvas);
}

void app_draw(struct app *app, struct canvas *canvas)
{
    bool ascii = canvas->ascii;
    app->dirty = app->awaited = false;
    canvas_clear(canvas);
    canvas->words = app->options->screen_reader;
    canvas->ascii = ascii && !canvas->words; /* signs are to become words, not other signs */
    draw_all(app, canvas);
    canvas->ascii = ascii;
    if (canvas->words) {
        spoken_canvas(canvas, ascii);
    }
}
