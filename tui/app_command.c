/* app_command — the last line as a prompt: find text, and the commands behind the colon. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/base/clock.h"
#include "store/filter_time.h"
#include "tui/app_state.h"
#include "tui/query_edit.h"

/* Takes the next word off the front of text. */
static struct text next_word(struct text *text)
{
    *text = text_trim(*text);
    size_t end = 0;
    while (end < text->length && text->data[end] != ' ') {
        end++;
    }
    struct text word = text_make(text->data, end);
    *text = text_trim(text_make(text->data + end, text->length - end));
    return word;
}

static void command_quit(struct app *app, struct text rest)
{
    (void)rest;
    app->quit = true;
}

static void command_sort(struct app *app, struct text rest)
{
    static const struct {
        const char *name;
        enum list_sort sort;
        bool ascending;
    } sorts[] = {
        {"start", SORT_START, false},  {"time", SORT_START, false},
        {"dur", SORT_DURATION, false}, {"duration", SORT_DURATION, false},
        {"spans", SORT_SPANS, false},  {"errors", SORT_ERRORS, false},
        {"op", SORT_OPERATION, true},  {"operation", SORT_OPERATION, true},
        {"user", SORT_USER, true},
    };
    struct text name = next_word(&rest);
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
        if (text_is_nocase(name, sorts[i].name)) {
            bool ascending = text_is_nocase(rest, "asc") ||
                             (sorts[i].ascending && !text_is_nocase(rest, "desc"));
            list_pane_set_sort(app->list, sorts[i].sort, ascending);
            return;
        }
    }
    app_say(app, ":sort start|dur|spans|errors|op|user [asc|desc]");
}

static void command_since(struct app *app, struct text rest)
{
    static const enum filter_field fields[] = {FIELD_SINCE};
    struct text_buffer text = {0};
    query_without_fields(&app->filter, fields, ARRAY_LEN(fields), &text);
    if (rest.length > 0) {
        text_append_format(&text, "%ssince:%.*s", text.length > 0 ? " " : "", TEXT_ARGS(rest));
    }
    if (!app_commit_query(app, text_buffer_text(&text))) {
        filter_bar_set_error(app->bar, NULL);
        app_say(app, ":since 2h, :since 14:00, :since 2025-11-20T14:03Z, or nothing for all");
    }
    text_buffer_free(&text);
}

/* ":goto 14:03" is that minute, the latest there was; newest first its end comes first. */
static int64_t moment_of(const struct filter_time *time, bool minute, int64_t now_ns)
{
    int64_t within_ns = minute ? 60 * NS_PER_S - 1 : 0;
    if (time->form == TIME_RELATIVE) {
        return now_ns + time->number;
    }
    if (time->form == TIME_ABSOLUTE) {
        return time->number + within_ns;
    }
    time_t now_s = (time_t)(now_ns / NS_PER_S);
    struct tm day = {0};
    localtime_r(&now_s, &day);
    day.tm_hour = day.tm_min = day.tm_sec = 0;
    day.tm_isdst = -1;
    int64_t moment_ns = (int64_t)mktime(&day) * NS_PER_S + time->number;
    return (moment_ns > now_ns ? moment_ns - NS_PER_DAY : moment_ns) + within_ns;
}

/* Only what looks like a time: ids may be digits, too. */
static bool parse_moment(struct text text, int64_t *ret_ns)
{
    struct filter_time time;
    struct err_msg why;
    size_t colons = 0;
    for (size_t i = 0; i < text.length; i++) {
        colons += text.data[i] == ':';
    }
    bool date = text.length == 10 && text.data[4] == '-';
    bool looks = colons > 0 || date || text.length < 4;
    if (!looks || filter_time_parse(text, &time, &why) != ERR_OK) {
        return false;
    }
    *ret_ns = moment_of(&time, colons == 1, clock_now_ns());
    return true;
}

static void command_goto(struct app *app, struct text rest)
{
    int64_t at_ns;
    if (rest.length == 0) {
        app_say(app, ":goto 14:03, :goto 2025-11-20T14:03, or :goto TRACE (4 characters and more)");
    } else if (parse_moment(rest, &at_ns)) {
        if (app->view != VIEW_LIST) {
            app_close_trace(app);
        }
        app_leave_groups(app);
        list_pane_go_to_time(app->list, at_ns);
    } else {
        loader_ask_find(app->loader, rest);
    }
}

static void command_theme(struct app *app, struct text rest)
{
    const struct app_host *host = &app->options->host;
    char name[32];
    if (rest.length > 0 && rest.length < sizeof(name) && host->set_theme != NULL) {
        memcpy(name, rest.data, rest.length);
        name[rest.length] = '\0';
        if (host->set_theme(name, host->ctx) == ERR_OK) {
            return;
        }
    }
    app_say(app, ":theme dark|light|mono|high-contrast|16");
}

static void command_set(struct app *app, struct text rest)
{
    static const struct {
        const char *name;
        enum action action;
    } settings[] = {
        {"header", ACTION_HEADER},
        {"preview", ACTION_PREVIEW},
        {"mouse", ACTION_MOUSE},
        {"follow", ACTION_FOLLOW},
    };
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        if (text_is_nocase(rest, settings[i].name)) {
            app_act(app, settings[i].action, 1);
            return;
        }
    }
    app_say(app, ":set header|preview|mouse|follow (each changes over)");
}

void app_save_filter(struct app *app, struct text name, struct text query)
{
    struct err_msg why = {"nowhere to keep it"};
    const char *path = app->options->filters_path;
    if (path != NULL && saved_filters_save(&app->saved, name, query, path, &why) == ERR_OK) {
        app_say(app, "saved as %.*s (B lists them)", TEXT_ARGS(name));
    } else {
        app_say(app, "not saved as \"%.*s\": %s", TEXT_ARGS(name), why.text);
    }
}

static void command_save(struct app *app, struct text rest)
{
    app_save_filter(app, rest, text_buffer_text(&app->query));
}

static void command_delete(struct app *app, struct text rest)
{
    struct err_msg why = {"there are none"};
    const char *path = app->options->filters_path;
    if (path != NULL && saved_filters_delete(&app->saved, rest, path, &why) == ERR_OK) {
        app_say(app, "%.*s is deleted", TEXT_ARGS(rest));
    } else {
        app_say(app, "not deleted: %s", why.text);
    }
}

static void command_mouse(struct app *app, struct text rest)
{
    (void)rest;
    app_act(app, ACTION_MOUSE, 1);
}

static void command_load(struct app *app, struct text rest)
{
    const struct saved_filter *filter = saved_filters_find(&app->saved, rest);
    if (filter == NULL) {
        app_say(app, "no saved filter \"%.*s\" (B lists them)", TEXT_ARGS(rest));
    } else {
        app_commit_query(app, filter->query);
    }
}

static void command_top(struct app *app, struct text rest)
{
    enum group_by by = group_pane_by(app->groups);
    if (rest.length > 0 && !group_by_parse(rest, &by)) {
        app_say(app, ":top op|user|service|type|err");
        return;
    }
    app_show_groups(app, by);
}

/* ":diff": the marked one against this one; ":diff a b": two marks; ":diff TRACE" is found first.
 */
static void command_diff(struct app *app, struct text rest)
{
    struct text first = next_word(&rest);
    int64_t numbers[2] = {0};
    struct text words[2] = {first, text_trim(rest)};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        bool mark = words[i].length == 1 && words[i].data[0] >= 'a' && words[i].data[0] <= 'z';
        numbers[i] = mark ? app->marks[words[i].data[0] - 'a'] : 0;
    }
    const struct trace_row *row = app_current_row(app);
    if (first.length == 0) {
        app_diff_marked(app);
    } else if (numbers[0] != 0 && words[1].length == 0 && row != NULL) {
        app_show_diff(app, numbers[0], row->number);
    } else if (numbers[0] != 0 && numbers[1] != 0) {
        app_show_diff(app, numbers[0], numbers[1]);
    } else {
        app_say(app, ":diff, :diff a or :diff a b, with marks set by ma and mb");
    }
}

static void command_map(struct app *app, struct text rest)
{
    (void)rest;
    if (!app->map_shown) {
        app_show_map(app);
    }
}

static void command_flame(struct app *app, struct text rest)
{
    (void)rest;
    if (app->view == VIEW_TRACE) {
        app_set_lens(app, LENS_FLAME);
    } else {
        app_say(app, ":flame is for an open trace");
    }
}

static void command_spans(struct app *app, struct text rest)
{
    enum span_grouping by = SPANS_BY_OPERATION;
    if (app->view != VIEW_TRACE || (rest.length > 0 && !span_grouping_parse(rest, &by))) {
        app_say(app, ":spans op|service|type, for an open trace");
        return;
    }
    app_set_lens(app, LENS_SPANS);
    span_pane_set_grouping(app->spans, by);
}

/* The choice is kept for the next run; "default" forgets it. */
static void keep_columns(struct app *app, struct text columns)
{
    const char *path = app->options->columns_path;
    FILE *file = path != NULL ? fopen(path, "we") : NULL;
    if (file != NULL) {
        fprintf(file, "%.*s\n", TEXT_ARGS(columns));
        fclose(file);
    }
}

static void command_columns(struct app *app, struct text rest)
{
    struct err_msg why = {""};
    struct text_buffer now = {0};
    bool forget = text_is_nocase(rest, "default");
    if (rest.length > 0 && list_pane_choose_columns(app->list, rest, &why) != ERR_OK) {
        app_say(app, "%s", why.text);
        return;
    }
    list_pane_print_columns(app->list, &now);
    if (rest.length > 0) {
        keep_columns(app, forget ? TEXT("default") : text_buffer_text(&now));
    }
    app_say(app, "columns: %.*s%s", TEXT_ARGS(text_buffer_text(&now)),
            rest.length > 0 ? "" : "   (:columns op user dur, :columns +session -trace, default)");
    text_buffer_free(&now);
}

static void command_status(struct app *app, struct text rest)
{
    (void)rest;
    app_show_status(app);
}

static void command_help(struct app *app, struct text rest)
{
    (void)rest;
    app->overlay = OVERLAY_COMMANDS;
}

static const struct {
    const char *name;
    void (*run)(struct app *app, struct text rest);
    const char *arguments;
    const char *label;
} commands[] = {
    {"sort", command_sort, "start|dur|spans|errors|op|user [asc|desc]", "order of the list"},
    {"since", command_since, "2h", "only from then on; nothing: all"},
    {"goto", command_goto, "14:03 or TRACE", "a moment or a trace"},
    {"columns", command_columns, "op user dur, +session -trace", "of the list; default"},
    {"top", command_top, "op|user|service|type|err", "figures by group"},
    {"map", command_map, "", "who calls whom"},
    {"diff", command_diff, "[a [b]]", "marked traces side by side"},
    {"spans", command_spans, "op|service|type", "the open trace added up"},
    {"flame", command_flame, "", "where the open trace's time went"},
    {"w", app_write_view, "FILE.json|.csv|.txt", "write what is shown"},
    {"save", command_save, "NAME", "keep the query under a name"},
    {"load", command_load, "NAME", "a kept query"},
    {"delete", command_delete, "NAME", "forget a kept query"},
    {"set", command_set, "header|preview|mouse|follow", "change it over"},
    {"theme", command_theme, "dark|light|mono|high-contrast|16", "colours"},
    {"mouse", command_mouse, "", "on, off"},
    {"status", command_status, "", "received, refused, stored"},
    {"help", command_help, "", "this list"},
    {"q", command_quit, "", "quit"},
    {"quit", command_quit, "", "quit"},
};

void app_draw_commands(struct canvas *canvas, struct rect area)
{
    enum { LABEL_X = 52 };
    struct rect inside = app_draw_frame(canvas, area, "Commands");
    int beside = inside.w >= LABEL_X + 20 ? LABEL_X : 24;
    for (size_t i = 0; i < ARRAY_LEN(commands) && (int)i < inside.h; i++) {
        int y = inside.y + (int)i;
        canvas_print(canvas, y, inside.x, beside - 1, INK(TONE_ACCENT), ":%s %s", commands[i].name,
                     commands[i].arguments);
        canvas_print(canvas, y, inside.x + beside, inside.w - beside, INK(TONE_NORMAL), "%s",
                     commands[i].label);
    }
}

/* The one with the fewest letters wrong. */
static const char *nearest_command(struct text name)
{
    size_t least = SIZE_MAX;
    const char *nearest = "help";
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        size_t far = text_distance(name, text_from(commands[i].name));
        if (far < least) {
            least = far;
            nearest = commands[i].name;
        }
    }
    return least <= 2 && least < name.length ? nearest : "help";
}

/* Tab: the first command that begins so. */
static void complete_command(struct app *app)
{
    struct text typed = line_edit_text(&app->prompt_edit);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct text name = text_from(commands[i].name);
        if (typed.length > 0 && name.length > typed.length &&
            memcmp(name.data, typed.data, typed.length) == 0) {
            line_edit_replace(&app->prompt_edit, 0, typed.length, name);
            return;
        }
    }
}

void app_command(struct app *app, struct text line)
{
    struct text rest = line;
    struct text name = next_word(&rest);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (text_is(name, commands[i].name)) {
            commands[i].run(app, rest);
            return;
        }
    }
    if (name.length > 0) {
        app_say(app, "no command \"%.*s\": try :%s", TEXT_ARGS(name), nearest_command(name));
    }
}

static void find(struct app *app, struct text text)
{
    if (app->focus != KEYS_DETAILS) {
        app_find_spans(app, text);
        return;
    }
    size_t found = detail_pane_find(app->details, text);
    if (text.length > 0) {
        app_say_found(app, found);
    }
}

void app_open_prompt(struct app *app, enum app_prompt prompt)
{
    app->prompt = prompt;
    line_edit_set(&app->prompt_edit, (struct text){0});
}

static void submit(struct app *app, enum app_prompt prompt, struct text line)
{
    switch (prompt) {
    case PROMPT_COMMAND:
        app_command(app, line);
        break;
    case PROMPT_FIND:
        find(app, line);
        break;
    case PROMPT_SAVE: {
        struct text_buffer query = {0};
        filter_form_print(app->form, &query);
        app_save_filter(app, line, text_buffer_text(&query));
        text_buffer_free(&query);
        break;
    }
    case PROMPT_HELP: /* the keys that match are there already */
    case PROMPT_NONE:
        break;
    }
}

void app_prompt_key(struct app *app, uint32_t key)
{
    app->dirty = true;
    switch (line_edit_feed(&app->prompt_edit, key)) {
    case EDIT_SUBMIT: {
        enum app_prompt prompt = app->prompt;
        app->prompt = PROMPT_NONE;
        struct text_buffer line = {0};
        text_append(&line, line_edit_text(&app->prompt_edit));
        submit(app, prompt, text_buffer_text(&line));
        text_buffer_free(&line);
        break;
    }
    case EDIT_CANCEL:
        line_edit_set(&app->prompt_edit, (struct text){0});
        app->prompt = PROMPT_NONE;
        break;
    case EDIT_CHANGED:
        app->help_page = 0;
        break;
    case EDIT_COMPLETE:
        if (app->prompt == PROMPT_COMMAND) {
            complete_command(app);
        }
        break;
    case EDIT_IGNORED:
        break;
    }
}
