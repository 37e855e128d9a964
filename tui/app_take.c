/* app_take — takes things away from the screen: copy, pager, editor. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/base/clock.h"
#include "tui/app_state.h"
#include "tui/view_file.h"
#include "tui/welcome_pane.h"

static void append_trace_id(const struct app *app, struct text_buffer *target)
{
    const struct trace_row *row = app_current_row(app);
    char id[ID_PRINT_BYTES];
    if (row != NULL) {
        size_t length = id_print(&row->id, id);
        text_append(target, text_make(id, length));
    }
}

static void append_span_id(const struct app *app, struct text_buffer *target)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    char text[ID_PRINT_BYTES];
    if (trace != NULL && span != NULL) {
        struct id id = trace_span_id(trace, span);
        size_t length = id_print(&id, text);
        text_append(target, text_make(text, length));
    }
}

static void append_name(const struct app *app, struct text_buffer *target)
{
    const struct trace *trace = waterfall_pane_trace(app->waterfall);
    const struct trace_span *span = waterfall_pane_selected(app->waterfall);
    const struct trace_row *row = app_current_row(app);
    if (app->focus == KEYS_GROUPS) {
        text_append(target, group_pane_name(app->groups));
    } else if (app->focus != KEYS_LIST && trace != NULL && span != NULL) {
        text_append(target, trace_span_name(trace, span));
    } else if (row != NULL) {
        text_append(target, row->root_operation);
    }
}

static void append_value(const struct app *app, struct text_buffer *target)
{
    if (app->focus == KEYS_DETAILS) {
        detail_pane_value(app->details, target);
    } else {
        append_name(app, target);
    }
}

static void append_json(const struct app *app, struct text_buffer *target)
{
    detail_pane_json(app->details, target);
}

static void append_sql(const struct app *app, struct text_buffer *target)
{
    detail_pane_sql(app->details, target);
}

static void append_query(const struct app *app, struct text_buffer *target)
{
    text_append(target, text_buffer_text(&app->query));
}

/* One word for the shell, whatever it holds. */
static void append_quoted(struct text_buffer *target, struct text text)
{
    text_append_char(target, '\'');
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\'') {
            text_append_cstr(target, "'\\''");
        } else {
            text_append_char(target, text.data[i]);
        }
    }
    text_append_char(target, '\'');
}

/* An id is any text that its sender liked. What the shell takes as it is stays easy to read. */
static void append_word(struct text_buffer *target, struct text text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (strspn(text.data, plain) == text.length) {
        text_append(target, text);
    } else {
        append_quoted(target, text);
    }
}

/* The id of the trace or of the span, behind `before`. */
static void append_id(const struct app *app, const char *before,
                      void (*append)(const struct app *app, struct text_buffer *target),
                      struct text_buffer *target)
{
    struct text_buffer id = {0};
    append(app, &id);
    text_append_cstr(target, before);
    append_word(target, text_buffer_text(&id));
    text_buffer_free(&id);
}

/* From the root: the line may be typed in another folder. */
static void append_path(struct text_buffer *target, const char *path)
{
    char folder[PATH_MAX];
    struct text_buffer whole = {0};
    if (path[0] != '/' && getcwd(folder, sizeof folder) != NULL) {
        text_append_format(&whole, "%s/", strcmp(folder, "/") == 0 ? "" : folder);
        path += path[0] == '.' && path[1] == '/' ? 2 : 0;
    }
    text_append_cstr(&whole, path);
    append_quoted(target, text_buffer_text(&whole));
    text_buffer_free(&whole);
}

static void append_database(const struct app *app, struct text_buffer *target)
{
    if (app->options->db_given) {
        text_append_cstr(target, " --db ");
        append_path(target, app->options->db_path);
    }
}

/* What prints the same on a command line: the span that is looked at, or the list. */
static void append_command(const struct app *app, struct text_buffer *target)
{
    if (app->view == VIEW_LIST && app->query.length > 0) {
        text_append_cstr(target, "tracetui ls ");
        append_quoted(target, text_buffer_text(&app->query));
        append_database(app, target);
    } else if (app_current_row(app) != NULL) {
        char id[ID_PRINT_BYTES];
        (void)id_print(&app_current_row(app)->id, id);
        bool like_option = id[0] == '-';
        text_append_cstr(target, "tracetui show");
        if (!like_option) {
            append_id(app, " ", append_trace_id, target);
        }
        if (app->view == VIEW_TRACE && waterfall_pane_selected(app->waterfall) != NULL) {
            append_id(app, " --span ", append_span_id, target);
        }
        append_database(app, target);
        if (like_option) {
            append_id(app, " -- ", append_trace_id, target);
        }
    }
}

/* What opens the same view again: query, trace and span. */
static void append_reopen(const struct app *app, struct text_buffer *target)
{
    text_append_cstr(target, "tracetui");
    if (app->view == VIEW_TRACE && app_current_row(app) != NULL) {
        append_id(app, " --open ", append_trace_id, target);
        if (waterfall_pane_selected(app->waterfall) != NULL) {
            append_id(app, " --span ", append_span_id, target);
        }
    }
    if (app->query.length > 0) {
        text_append_char(target, ' ');
        append_quoted(target, text_buffer_text(&app->query));
    }
    append_database(app, target);
}

static void append_error(const struct app *app, struct text_buffer *target)
{
    const struct trace_row *row = app_current_row(app);
    if (app->focus != KEYS_LIST) {
        detail_pane_error(app->details, target);
    } else if (row != NULL) {
        text_append(target, row->error_message);
    }
}

static void append_curl(const struct app *app, struct text_buffer *target)
{
    if (app_address(app)[0] != '\0') {
        welcome_pane_curl(app_address(app), target);
    }
}

static void append_export(const struct app *app, struct text_buffer *target)
{
    if (app_address(app)[0] != '\0') {
        welcome_pane_export(app_address(app), target);
    }
}

static const char nobody[] = "no address to copy: nobody is known to receive spans over HTTP here";

static const struct {
    enum action action;
    const char *what;
    void (*append)(const struct app *app, struct text_buffer *target);
    const char *missing; /* what to say when it appends nothing, NULL = "no WHAT here to copy" */
} copies[] = {
    {ACTION_COPY_TRACE_ID, "trace id", append_trace_id, NULL},
    {ACTION_COPY_SPAN_ID, "span id", append_span_id, NULL},
    {ACTION_COPY_NAME, "name", append_name, NULL},
    {ACTION_COPY_VALUE, "value", append_value, NULL},
    {ACTION_COPY_JSON, "JSON", append_json, NULL},
    {ACTION_COPY_SQL, "SQL", append_sql, NULL},
    {ACTION_COPY_QUERY, "query", append_query, NULL},
    {ACTION_COPY_COMMAND, "command", append_command, NULL},
    {ACTION_COPY_REOPEN, "command", append_reopen, NULL},
    {ACTION_COPY_ERROR, "error", append_error, NULL},
    {ACTION_COPY_CURL, "curl", append_curl, nobody},
    {ACTION_COPY_EXPORT, "OTLP settings", append_export, nobody},
};

static void copy(struct app *app, const char *what, const struct text_buffer *text)
{
    const struct app_host *host = &app->options->host;
    struct err_msg message = {""};
    if (text->length == 0) {
        app_say(app, "no %s here to copy", what);
    } else if (host->copy != NULL) {
        host->copy(text_buffer_text(text), &message, host->ctx);
        app_say(app, "%s: %s", what, message.text);
    }
}

static void page(struct app *app, bool editor, struct text text)
{
    const struct app_host *host = &app->options->host;
    struct err_msg message = {""};
    if (text.length == 0) {
        app_say(app, "nothing is selected");
    } else if (host->page != NULL) {
        host->page(text, editor, &message, host->ctx);
        if (message.text[0] != '\0') {
            app_say(app, "%s", message.text);
        }
    }
}

/* The JSON of a whole trace is made by the query thread. */
static void ask_json(struct app *app, enum json_errand errand)
{
    const struct trace_row *row = app_current_row(app);
    if (row == NULL) {
        app_say(app, "no trace is selected");
        return;
    }
    app->json_errand = errand;
    loader_ask_json(app->loader, row->number);
}

void app_write_view(struct app *app, struct text path)
{
    const struct trace_row *row = app_current_row(app);
    enum view_format format;
    if (path.length == 0 || path.length >= sizeof(app->write_path)) {
        app_say(app, ":w FILE.json, FILE.csv or FILE.txt writes what is shown");
        return;
    }
    if (!view_format_of(path, &format)) {
        app_say(app,
                "nothing is written: the name ends in .json, .csv or .txt, as in :w FILE.json");
        return;
    }
    memcpy(app->write_path, path.data, path.length);
    app->write_path[path.length] = '\0';
    bool trace = app->view == VIEW_TRACE && row != NULL;
    struct view_file file = {
        .path = app->write_path,
        .format = format,
        .ascii = app->options->ascii,
        .number = trace ? row->number : 0,
        .list = {.filter = &app->filter,
                 .sort = list_pane_sort(app->list),
                 .ascending = list_pane_is_ascending(app->list),
                 .limit = app->filter.limit > 0 ? (size_t)app->filter.limit : 0,
                 .now_ns = clock_now_ns()},
    };
    loader_ask_write(app->loader, &file);
}

void app_wrote(struct app *app, const struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        app_say(app, "%s", answer->why.text[0] != '\0' ? answer->why.text : err_name(answer->code));
    } else {
        app_say(app, "%zu %s%s written to %.300s", answer->count,
                app->view == VIEW_TRACE ? "span" : "trace", text_plural(answer->count),
                app->write_path);
    }
}

void app_take_json(struct app *app, const struct loader_answer *answer)
{
    if (answer->code != ERR_OK) {
        app_say(app, "JSON: %s",
                answer->why.text[0] != '\0' ? answer->why.text : err_name(answer->code));
        return;
    }
    switch (app->json_errand) {
    case JSON_COPY:
        copy(app, "trace JSON", &answer->json);
        break;
    case JSON_PAGE:
    case JSON_EDIT:
        page(app, app->json_errand == JSON_EDIT, text_buffer_text(&answer->json));
        break;
    }
}

/* In the details the span, elsewhere the trace. */
static void page_selected(struct app *app, bool editor)
{
    if (app->focus != KEYS_DETAILS) {
        ask_json(app, editor ? JSON_EDIT : JSON_PAGE);
        return;
    }
    struct text_buffer text = {0};
    detail_pane_json(app->details, &text);
    page(app, editor, text_buffer_text(&text));
    text_buffer_free(&text);
}

bool app_take_away(struct app *app, enum action action)
{
    if (action == ACTION_PAGER || action == ACTION_EDITOR) {
        page_selected(app, action == ACTION_EDITOR);
        return true;
    }
    if (action == ACTION_COPY_TRACE_JSON) {
        ask_json(app, JSON_COPY);
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(copies); i++) {
        if (copies[i].action == action) {
            struct text_buffer text = {0};
            copies[i].append(app, &text);
            if (text.length == 0 && copies[i].missing != NULL) {
                app_say(app, "%s", copies[i].missing);
            } else {
                copy(app, copies[i].what, &text);
            }
            text_buffer_free(&text);
            return true;
        }
    }
    return false;
}
