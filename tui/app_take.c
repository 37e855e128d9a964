/* app_take — takes things away from the screen: copy, pager, editor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/app_state.h"
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

static void append_command(const struct app *app, struct text_buffer *target)
{
    if (app_current_row(app) != NULL) {
        text_append_cstr(target, "tracetui show ");
        append_trace_id(app, target);
    }
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

static const char *address_of(const struct app *app)
{
    return app->options->address != NULL ? app->options->address : "";
}

static void append_curl(const struct app *app, struct text_buffer *target)
{
    welcome_pane_curl(address_of(app), target);
}

static void append_export(const struct app *app, struct text_buffer *target)
{
    welcome_pane_export(address_of(app), target);
}

static const struct {
    enum action action;
    const char *what;
    void (*append)(const struct app *app, struct text_buffer *target);
} copies[] = {
    {ACTION_COPY_TRACE_ID, "trace id", append_trace_id},
    {ACTION_COPY_SPAN_ID, "span id", append_span_id},
    {ACTION_COPY_NAME, "name", append_name},
    {ACTION_COPY_VALUE, "value", append_value},
    {ACTION_COPY_JSON, "JSON", append_json},
    {ACTION_COPY_SQL, "SQL", append_sql},
    {ACTION_COPY_QUERY, "query", append_query},
    {ACTION_COPY_COMMAND, "command", append_command},
    {ACTION_COPY_ERROR, "error", append_error},
    {ACTION_COPY_CURL, "curl", append_curl},
    {ACTION_COPY_EXPORT, "OTLP settings", append_export},
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

void app_write_trace(struct app *app, struct text path)
{
    if (path.length == 0 || path.length >= sizeof(app->write_path)) {
        app_say(app, ":w FILE writes the trace as JSON");
        return;
    }
    memcpy(app->write_path, path.data, path.length);
    app->write_path[path.length] = '\0';
    ask_json(app, JSON_WRITE);
}

/* An existing file is not overwritten. */
static void write_file(struct app *app, struct text text)
{
    int fd = open(app->write_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        app_say(app, "%.300s: %s", app->write_path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    bool failed =
        fwrite(text.data, 1, text.length, file) != text.length || fputc('\n', file) == EOF;
    failed = fclose(file) != 0 || failed;
    if (failed) {
        app_say(app, "%.300s: %s", app->write_path, strerror(errno));
    } else {
        app_say(app, "%zu bytes written to %.300s", text.length + 1, app->write_path);
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
    case JSON_WRITE:
        write_file(app, text_buffer_text(&answer->json));
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
            copy(app, copies[i].what, &text);
            text_buffer_free(&text);
            return true;
        }
    }
    return false;
}
