/* app_command — the last line as a prompt: find text, and the commands behind the colon. */
#include <string.h>

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

static void command_goto(struct app *app, struct text rest)
{
    if (rest.length == 0) {
        app_say(app, ":goto TRACE (4 characters of its id or more)");
        return;
    }
    loader_ask_find(app->loader, rest);
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

static void command_save(struct app *app, struct text rest)
{
    struct err_msg why = {"nowhere to keep it"};
    const char *path = app->options->filters_path;
    bool saved =
        path != NULL &&
        saved_filters_save(&app->saved, rest, text_buffer_text(&app->query), path, &why) == ERR_OK;
    if (saved) {
        app_say(app, "saved as %.*s (B lists them)", TEXT_ARGS(rest));
    } else {
        app_say(app, ":save %.*s: %s", TEXT_ARGS(rest), why.text);
    }
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

static const struct {
    const char *name;
    void (*run)(struct app *app, struct text rest);
} commands[] = {
    {"q", command_quit},      {"quit", command_quit},   {"w", app_write_trace},
    {"sort", command_sort},   {"since", command_since}, {"goto", command_goto},
    {"theme", command_theme}, {"set", command_set},     {"save", command_save},
    {"load", command_load},
};

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
        app_say(app, "no command \"%.*s\": try :q :w :sort :since :goto :save :load :theme :set",
                TEXT_ARGS(name));
    }
}

static void find(struct app *app, struct text text)
{
    size_t found = app->focus == KEYS_DETAILS ? detail_pane_find(app->details, text)
                                              : waterfall_pane_find(app->waterfall, text);
    if (text.length > 0) {
        app_say(app, found > 0 ? "%zu matches (n N)" : "no match", found);
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
        if (prompt == PROMPT_COMMAND) {
            app_command(app, text_buffer_text(&line));
        } else {
            find(app, text_buffer_text(&line));
        }
        text_buffer_free(&line);
        break;
    }
    case EDIT_CANCEL:
        app->prompt = PROMPT_NONE;
        break;
    case EDIT_CHANGED:
    case EDIT_COMPLETE:
    case EDIT_IGNORED:
        break;
    }
}
