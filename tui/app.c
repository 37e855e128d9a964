/* app — what is on the screen and what keys do; knows the loader and the panes, but no terminal. */
#include "tui/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/heat_strip.h"

enum { VISIBLE_ROWS_LARGEST = 256, CTRL_C = 3, CTRL_L = 12, CTRL_Z = 26 };

/* Without a commit for so long the rate of arrival is zero. */
#define RATE_HOLDS_NS (3 * NS_PER_S)

#define HINT_HOLDS_NS (5 * NS_PER_S)

/* Questions that take longer are shown to be under way. */
#define SLOW_NS (200 * NS_PER_MS)

void app_say(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->message, sizeof(app->message), format, arguments);
    va_end(arguments);
    app->message_until_ns = 0;
    app->dirty = true;
}

void app_hint(struct app *app, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(app->message, sizeof(app->message), format, arguments);
    va_end(arguments);
    app->message_until_ns = clock_monotonic_ns() + HINT_HOLDS_NS;
    app->dirty = true;
}

bool app_is_waiting_for_first_span(const struct app *app)
{
    return app->size_known && app->size.traces == 0 && app->query.length == 0 &&
           app->view == VIEW_LIST && !filter_bar_is_open(app->bar) &&
           list_pane_selected(app->list) == NULL;
}

bool app_shows_nothing(const struct app *app)
{
    return app->view == VIEW_LIST && !app->groups_shown && !app->map_shown &&
           app->overlay == OVERLAY_NONE && list_pane_selected(app->list) == NULL;
}

const struct trace_row *app_current_row(const struct app *app)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    return app->view == VIEW_TRACE && trace != NULL ? &trace->row : list_pane_selected(app->list);
}

/* ---- asking --------------------------------------------------------------------------------- */

void app_ask_missing(struct app *app)
{
    if (app->options->screen_reader) {
        list_pane_pause(app->list); /* what was heard stays where it is: R shows what is new */
    }
    struct list_question question;
    if (list_pane_wants(app->list, &question)) {
        question.filter = &app->filter;
        question.now_ns = clock_now_ns();
        loader_ask_list(app->loader, &question);
    }
    if (app->dirty && app_measure(app)) {
        app_layout_panes(app);
    }
    app_want_groups(app);
    app_want_map(app);
    app_want_trace(app);
    app_want_bodies(app);
    app_want_usual(app);
    app_want_matches(app);
    if (app->size_due && !loader_is_asking(app->loader, LOADER_SIZE)) {
        app->size_due = false;
        loader_ask_size(app->loader);
    }
    if (app->rows_due && !loader_is_asking(app->loader, LOADER_ROWS)) {
        int64_t numbers[VISIBLE_ROWS_LARGEST];
        size_t count = list_pane_visible(app->list, numbers, ARRAY_LEN(numbers));
        app->rows_due = false;
        const struct trace *open = waterfall_pane_trace(app->waterfall);
        if (app->view == VIEW_TRACE && open != NULL && count < ARRAY_LEN(numbers)) {
            numbers[count++] = open->row.number; /* it need not be in the list */
        }
        if (count > 0) {
            loader_ask_rows(app->loader, numbers, count);
        }
    }
    if (app->dirty) {
        text_buffer_clear(&app->critical);
        text_buffer_clear(&app->waterfall_status);
        if (waterfall_pane_trace(app->waterfall) != NULL) {
            text_append_cstr(&app->critical, "critical: ");
            waterfall_pane_critical(app->waterfall, &app->critical);
            waterfall_pane_status(app->waterfall, &app->waterfall_status);
        }
    }
}

/* ---- time ----------------------------------------------------------------------------------- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The waterfall's running spans grow once a second; so do the counters of the first screen. */
static int64_t tick_seconds(struct app *app, int64_t now_ns)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    bool running = app->options->live && trace != NULL && trace->running > 0;
    bool waiting = app_is_waiting_for_first_span(app) && app->options->counters != NULL;
    bool growing = app->options->live && app->view == VIEW_LIST && list_pane_has_running(app->list);
    if (!running && !waiting && !growing) {
        return INT64_MAX;
    }
    if (now_ns >= app->second_ns) {
        app->second_ns = now_ns + NS_PER_S;
        bool moved = running && waterfall_pane_set_now(app->waterfall, clock_now_ns());
        moved = (running && detail_pane_set_now(app->details, clock_now_ns())) || moved;
        app->dirty = app->dirty || moved || waiting || growing;
    }
    return app->second_ns;
}

/* Hints go away; questions that take long are shown. */
static int64_t tick_messages(struct app *app, int64_t now_ns)
{
    int64_t next_ns = INT64_MAX;
    if (app->message_until_ns != 0 && now_ns >= app->message_until_ns) {
        app->message[0] = '\0';
        app->message_until_ns = 0;
        app->dirty = true;
    } else if (app->message_until_ns != 0) {
        next_ns = app->message_until_ns;
    }
    bool busy = loader_is_busy(app->loader);
    if (!busy) {
        app->dirty = app->dirty || app->slow;
        app->busy_ns = 0;
        app->slow = false;
        return next_ns;
    }
    app->busy_ns = app->busy_ns != 0 ? app->busy_ns : now_ns;
    if (!app->slow && now_ns >= app->busy_ns + SLOW_NS) {
        app->slow = app->dirty = true;
    }
    return app->slow ? next_ns : earlier(next_ns, app->busy_ns + SLOW_NS);
}

int64_t app_tick(struct app *app)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t next_ns = INT64_MAX;
    if (app->preview_due && now_ns >= app->preview_ns) {
        struct text_buffer text = {0};
        text_append(&text, filter_bar_text(app->bar));
        app->preview_due = false;
        app->awaited = true; /* what is wrong with it, at least */
        app_set_query(app, text_buffer_text(&text), NULL);
        text_buffer_free(&text);
    }
    if (app->preview_due) {
        next_ns = app->preview_ns;
    }
    if (app->summary_due && now_ns >= app->summary_ns &&
        !loader_is_asking(app->loader, LOADER_SUMMARY)) {
        app_ask_summary(app);
    }
    if (app->summary_due) {
        next_ns = earlier(next_ns, app->summary_ns > now_ns ? app->summary_ns : now_ns + NS_PER_S);
    }
    if (app->spans_per_s > 0 && now_ns >= app->received_ns + RATE_HOLDS_NS) {
        app->spans_per_s = 0;
        app->dirty = true;
    }
    if (app->spans_per_s > 0) {
        next_ns = earlier(next_ns, app->received_ns + RATE_HOLDS_NS);
    }
    next_ns = earlier(next_ns, tick_seconds(app, now_ns));
    next_ns = earlier(next_ns, app_tick_groups(app, now_ns));
    app_check_status(app);
    next_ns = earlier(next_ns, app_tick_counters(app, now_ns));
    app_ask_missing(app);
    if (app->view != VIEW_LIST || app->opening != 0 || now_ns >= app->rest_ns) {
        app->rest_ns = 0; /* no preview waits any more */
    }
    next_ns = app->rest_ns != 0 ? earlier(next_ns, app->rest_ns) : next_ns;
    return earlier(next_ns, tick_messages(app, now_ns));
}

/* ---- keys ----------------------------------------------------------------------------------- */

static void help_key(struct app *app, uint32_t key)
{
    switch (key) {
    case 'j':
    case ' ':
    case KEY_CODE_DOWN:
    case KEY_CODE_PAGE_DOWN:
        app->help_page++;
        break;
    case 'k':
    case KEY_CODE_UP:
    case KEY_CODE_PAGE_UP:
        app->help_page -= app->help_page > 0;
        break;
    case '/':
        app_open_prompt(app, PROMPT_HELP);
        break;
    default:
        app->overlay = OVERLAY_NONE;
    }
}

/* Keys that mean the same whatever is open. */
static bool global_key(struct app *app, uint32_t key)
{
    switch (key) {
    case CTRL_C:
        app->pasting = false; /* the way out if the end of a paste got lost */
        app_act(app, ACTION_CANCEL, 1);
        return true;
    case CTRL_L:
        app_act(app, ACTION_REDRAW, 1);
        return true;
    case CTRL_Z:
        app_act(app, ACTION_SUSPEND, 1);
        return true;
    }
    return false;
}

/* Pasted text is never a command: its line breaks are blanks, and where no line is edited it goes
 * nowhere (true). */
static bool drop_pasted(struct app *app, uint32_t *key)
{
    bool edits =
        filter_bar_is_open(app->bar) || app->prompt != PROMPT_NONE || app->overlay == OVERLAY_FORM;
    app->pasting = app->pasting || *key == KEY_CODE_PASTE_BEGIN;
    bool drop = app->pasting && !edits;
    if (*key == KEY_CODE_PASTE_END) {
        app->pasting = false;
    } else if (app->pasting && *key < ' ') {
        *key = ' ';
    }
    return drop;
}

void app_key(struct app *app, uint32_t key)
{
    app->dirty = true;
    app->message[0] = '\0';
    app->message_until_ns = 0;
    app->says_found = false;
    if (global_key(app, key)) {
        app->keys = (struct key_state){0};
    } else if (drop_pasted(app, &key)) {
        app_hint(app, "pasted text goes into a line: / opens the filter, : the commands");
    } else if (filter_bar_is_open(app->bar)) {
        app_bar_key(app, key);
    } else if (app->prompt != PROMPT_NONE) {
        app_prompt_key(app, key);
    } else if (app->overlay == OVERLAY_FORM) {
        app_form_key(app, key);
    } else if (app->overlay == OVERLAY_STATUS || app->overlay == OVERLAY_COMMANDS) {
        app->overlay = OVERLAY_NONE;
    } else if (app->overlay == OVERLAY_HELP) {
        help_key(app, key);
    } else {
        int count = 1;
        bool unknown = false;
        enum action action = keys_feed(&app->keys, app->keymap, app->focus, key, &count, &unknown);
        if (unknown || (action != ACTION_NONE && !app_act(app, action, count))) {
            app_hint(app, "this key means nothing here: ? shows those that do");
        }
    }
    app_ask_missing(app);
}

void app_click(struct app *app, int y, int x)
{
    struct app_layout layout = app_layout(app);
    app->dirty = true;
    if (app->overlay != OVERLAY_NONE || filter_bar_is_open(app->bar)) {
        return;
    }
    if (app->view == VIEW_LIST && app_press_strip(app, y, x)) {
        app_layout_panes(app);
    } else if (layout.list.h > 0 && y >= layout.list.y && y < layout.list.y + layout.list.h) {
        const struct trace_row *before = list_pane_selected(app->list);
        int64_t number = before != NULL ? before->number : 0;
        if (app->focus == KEYS_STRIP) {
            app->focus = KEYS_LIST;
        }
        if (list_pane_select_row(app->list, y - layout.list.y) &&
            list_pane_selected(app->list)->number == number) {
            app_open_trace(app); /* a second click on the row */
        }
    } else if (layout.waterfall.h > 0 && y >= layout.waterfall.y &&
               y < layout.waterfall.y + layout.waterfall.h) {
        waterfall_pane_click(app->waterfall, y - layout.waterfall.y, x - layout.waterfall.x);
    }
    app_ask_missing(app);
}

void app_wheel(struct app *app, int rows)
{
    app_act(app, rows > 0 ? ACTION_DOWN : ACTION_UP, rows > 0 ? rows : -rows);
    app_ask_missing(app);
}

/* ---- life ----------------------------------------------------------------------------------- */

/* The columns of the last run. A file that makes no sense is as if there were none. */
static void load_columns(struct app *app)
{
    char line[256];
    struct err_msg why;
    const char *path = app->options->columns_path;
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    if (file == NULL) {
        return;
    }
    if (fgets(line, sizeof(line), file) != NULL &&
        list_pane_choose_columns(app->list, text_trim(text_from(line)), &why) != ERR_OK) {
        app_hint(app, "columns: %s", why.text);
    }
    fclose(file);
}

struct app *app_new(const struct app_options *options, struct loader *loader)
{
    struct app *app = mem_zero(1, sizeof(*app));
    app->options = options;
    app->keymap = options->keys != NULL ? options->keys : keys_standard();
    app->loader = loader;
    app->focus = KEYS_LIST;
    app->preview = app->header = true;
    app->spans_per_s = -1;
    app->started_ns = clock_monotonic_ns();
    app->size_due = true;
    if (options->history_path != NULL) {
        query_history_load(&app->history, options->history_path);
    }
    if (options->filters_path != NULL) {
        saved_filters_load(&app->saved, options->filters_path);
    }
    app->list = list_pane_new();
    load_columns(app);
    app->groups = group_pane_new();
    app->map = map_pane_new();
    app->diff = diff_pane_new();
    app->spans = span_pane_new();
    app->flame = flame_pane_new();
    app->select_span = UINT32_MAX;
    app->waterfall = waterfall_pane_new(options->ascii);
    app->details = detail_pane_new();
    if (options->screen_reader) {
        detail_pane_speak(app->details);
    }
    app->bar = filter_bar_new(&app->history);
    app->form = filter_form_new();
    app_resize(app, 24, 80);
    struct text query = text_from(options->query);
    if (!app_set_query(app, query, NULL)) {
        app_set_query(app, (struct text){0}, NULL);
        filter_bar_set_text(app->bar, query);
        app_open_bar(app); /* the text is there to be mended */
        app->preview_due = true;
    } else {
        filter_bar_set_text(app->bar, query);
    }
    query_undo_add(&app->undo, text_buffer_text(&app->query));
    if (options->open != NULL) {
        app->opening_span = options->open_span;
        loader_ask_find(app->loader, text_from(options->open));
    }
    return app;
}

void app_free(struct app *app)
{
    if (app == NULL) {
        return;
    }
    if (app->options->history_path != NULL && app->history.count > 0) {
        query_history_save(&app->history, app->options->history_path);
    }
    list_pane_ops.free(app->list);
    group_pane_ops.free(app->groups);
    map_pane_ops.free(app->map);
    diff_pane_ops.free(app->diff);
    span_pane_ops.free(app->spans);
    flame_pane_ops.free(app->flame);
    waterfall_pane_free(app->waterfall);
    detail_pane_free(app->details);
    filter_bar_free(app->bar);
    filter_form_free(app->form);
    filter_clear(&app->filter);
    filter_clear(&app->wanted);
    query_history_clear(&app->history);
    query_undo_clear(&app->undo);
    saved_filters_clear(&app->saved);
    text_buffer_free(&app->query);
    text_buffer_free(&app->table_query);
    text_buffer_free(&app->previous);
    text_buffer_free(&app->telling_message);
    text_buffer_free(&app->critical);
    text_buffer_free(&app->waterfall_status);
    free(app->summary);
    free(app);
}

void app_resize(struct app *app, int h, int w)
{
    size_t buckets = heat_strip_buckets(app->w);
    app->h = h;
    app->w = w;
    app->measured_number = 0;
    app_measure(app);
    app_layout_panes(app);
    if (heat_strip_buckets(w) != buckets) {
        app_ask_summary(app); /* one bucket a column */
    }
}

bool app_is_dirty(const struct app *app)
{
    return app->dirty;
}

bool app_is_awaited(const struct app *app)
{
    return app->awaited;
}

bool app_wants_quit(const struct app *app)
{
    return app->quit;
}

bool app_is_settled(const struct app *app)
{
    return !app->dirty && !app->preview_due && app->opening == 0 && app->rest_ns == 0 &&
           !loader_is_busy(app->loader);
}
