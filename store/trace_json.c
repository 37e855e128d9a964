/* trace_json — traces and spans as JSON and CSV, for commands and for copying. */
#include "store/trace_json.h"

#include <inttypes.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/json.h"

/* ---- JSON ---- */

static void add_key(struct text_buffer *target, const char *key)
{
    if (target->length > 0 && target->data[target->length - 1] != '{') {
        text_append_char(target, ',');
    }
    text_append_format(target, "\"%s\":", key);
}

static void add_text(struct text_buffer *target, const char *key, struct text text)
{
    add_key(target, key);
    json_append_string(target, text);
}

static void add_text_or_null(struct text_buffer *target, const char *key, struct text text)
{
    add_key(target, key);
    if (text.length > 0) {
        json_append_string(target, text);
    } else {
        text_append(target, TEXT("null"));
    }
}

static void add_id(struct text_buffer *target, const char *key, const struct id *id)
{
    char printed[ID_PRINT_BYTES];
    size_t length = id_print(id, printed);
    add_text_or_null(target, key, text_make(printed, length));
}

static void add_number(struct text_buffer *target, const char *key, int64_t number)
{
    add_key(target, key);
    text_append_format(target, "%" PRId64, number);
}

/* Milliseconds with as many decimals as there are; no double in between. */
static void append_milliseconds(struct text_buffer *target, int64_t ns)
{
    int64_t fraction = ns % NS_PER_MS;
    text_append_format(target, "%" PRId64, ns / NS_PER_MS);
    if (fraction != 0) {
        int digits = 6;
        for (; fraction % 10 == 0; digits--) {
            fraction /= 10;
        }
        text_append_format(target, ".%0*" PRId64, digits, fraction);
    }
}

/* JSON from the database, or `otherwise` where somebody else's hand made it unreadable. */
static void add_json(struct text_buffer *target, const char *key, struct text raw,
                     const char *otherwise)
{
    struct json_reader reader;
    json_reader_init(&reader, raw, JSON_DEPTH_LARGEST);
    add_key(target, key);
    if (raw.length > 0 && json_skip(&reader, NULL) && json_end(&reader)) {
        text_append(target, text_trim(raw));
    } else {
        text_append_cstr(target, otherwise);
    }
}

static void add_services(struct text_buffer *target, struct text services)
{
    add_key(target, "services");
    text_append_char(target, '[');
    for (bool first = true; services.length > 0; first = false) {
        const char *blank = memchr(services.data, ' ', services.length);
        size_t length = blank != NULL ? (size_t)(blank - services.data) : services.length;
        text_append_cstr(target, first ? "" : ",");
        json_append_string(target, text_make(services.data, length));
        size_t used = length + (blank != NULL);
        services = text_make(services.data + used, services.length - used);
    }
    text_append_char(target, ']');
}

/* A new object: add_key asks for the byte before, and target may hold other things. */
static void add_row_members(const struct trace_row *row, struct text_buffer *target)
{
    text_append_char(target, '{');
    add_id(target, "trace_id", &row->id);
    add_text(target, "root_operation", row->root_operation);
    add_text(target, "service", row->service);
    add_text_or_null(target, "user_id", row->user);
    add_text_or_null(target, "session_id", row->session);
    add_text_or_null(target, "client_type", row->client_type);
    add_text(target, "status", text_from(status_name(row->status)));
    add_text_or_null(target, "error_message", row->error_message);
    add_number(target, "started_at", row->start_ns / NS_PER_MS);
    add_key(target, "start_ns");
    text_append_format(target, "\"%" PRId64 "\"", row->start_ns);
    add_number(target, "duration_ns", row->duration_ns);
    add_key(target, "duration_ms");
    append_milliseconds(target, row->duration_ns);
    add_number(target, "span_count", row->span_count);
    add_number(target, "error_count", row->error_count);
    add_number(target, "running_count", row->running_count);
    add_services(target, row->services);
}

/* The columns of the view `traces`. */
static void add_columns(const struct trace_row *row, struct text_buffer *target)
{
    text_append_char(target, '{');
    add_id(target, "id", &row->id);
    add_text_or_null(target, "user_id", row->user);
    add_text_or_null(target, "session_id", row->session);
    add_text(target, "root_operation", row->root_operation);
    add_number(target, "started_at", row->start_ns / NS_PER_MS);
    if (row->running_count > 0) {
        add_key(target, "ended_at");
        text_append(target, TEXT("null,\"duration_ms\":null"));
    } else {
        add_number(target, "ended_at", (row->start_ns + row->duration_ns) / NS_PER_MS);
        add_key(target, "duration_ms");
        append_milliseconds(target, row->duration_ns);
    }
    add_text(target, "status", text_from(status_name(row->status)));
    add_text_or_null(target, "error_message", row->error_message);
    add_text_or_null(target, "error_stack", row->error_stack);
    add_number(target, "created_at", row->created_ms);
    add_text(target, "service", row->service);
    add_services(target, row->services);
    add_text_or_null(target, "client_type", row->client_type);
    add_key(target, "start_ns");
    text_append_format(target, "\"%" PRId64 "\"", row->start_ns);
    add_number(target, "duration_ns", row->duration_ns);
    add_number(target, "span_count", row->span_count);
    add_number(target, "error_count", row->error_count);
    add_number(target, "running_count", row->running_count);
}

void trace_json_admin_row(const struct trace_row *row, struct text_buffer *target)
{
    add_columns(row, target);
    add_text(target, "metadata", row->metadata.length > 0 ? row->metadata : TEXT("{}"));
    text_append_char(target, '}');
}

void trace_json_admin_begin(const struct trace_row *row, struct text_buffer *target)
{
    add_columns(row, target);
    add_json(target, "metadata", row->metadata, "{}");
    add_key(target, "spans");
    text_append_char(target, '[');
}

void trace_json_row(const struct trace_row *row, struct text_buffer *target)
{
    add_row_members(row, target);
    text_append_char(target, '}');
}

void trace_json_begin(const struct trace_row *row, struct text_buffer *target)
{
    add_row_members(row, target);
    add_text_or_null(target, "error_stack", row->error_stack);
    add_json(target, "metadata", row->metadata, "{}");
    add_key(target, "spans");
    text_append_char(target, '[');
}

void trace_json_end(struct text_buffer *target)
{
    text_append(target, TEXT("]}"));
}

static void add_end(const struct trace_span *span, struct text_buffer *target)
{
    if (span->duration_ns == SPAN_RUNNING) {
        add_key(target, "ended_at");
        text_append(target, TEXT("null,\"duration_ms\":null,\"duration_ns\":null"));
        return;
    }
    add_number(target, "ended_at", trace_span_end_ns(span, 0) / NS_PER_MS);
    add_key(target, "duration_ms");
    append_milliseconds(target, span->duration_ns);
    add_number(target, "duration_ns", span->duration_ns);
}

void trace_json_span(const struct trace *trace, const struct trace_span *span,
                     const struct span_body *body, struct text_buffer *target)
{
    struct id id = trace_span_id(trace, span);
    struct id parent = trace_span_parent_id(trace, span);
    text_append_char(target, '{');
    add_id(target, "id", &id);
    add_id(target, "trace_id", &trace->row.id);
    add_id(target, "parent_span_id", &parent);
    add_text(target, "operation_name", trace_span_name(trace, span));
    add_text(target, "operation_type", trace_span_type(trace, span));
    add_text(target, "service", trace_span_service(trace, span));
    add_text(target, "kind", text_from(kind_name(span->kind)));
    add_text(target, "status", text_from(status_name(span->status)));
    add_text_or_null(target, "error_message", body->message);
    add_text_or_null(target, "error_stack", body->stack);
    add_number(target, "started_at", span->start_ns / NS_PER_MS);
    add_key(target, "start_ns");
    text_append_format(target, "\"%" PRId64 "\"", span->start_ns);
    add_end(span, target);
    add_text_or_null(target, "user_id", body->user);
    add_text_or_null(target, "session_id", body->session);
    add_json(target, "attributes", body->attributes, "{}");
    add_json(target, "events", body->events, "[]");
    add_json(target, "links", body->links, "[]");
    add_json(target, "resource", body->resource, "{}");
    add_text_or_null(target, "scope", body->scope_name);
    add_text_or_null(target, "client_type", body->client_type);
    add_text_or_null(target, "client_version", body->client_version);
    add_json(target, "metadata", body->metadata, "{}");
    if ((span->flags & SPAN_SERVER_HALF) != 0) { /* another span may have the same id */
        text_append(target, TEXT(",\"server_half\":true"));
    }
    text_append_char(target, '}');
}

/* ---- CSV ---- */

/* A spreadsheet would run a cell that starts with one of these. */
static bool is_formula(struct text text)
{
    return text.length > 0 && memchr("=+-@\t\r\n", text.data[0], 7) != NULL;
}

void csv_cell(struct text_buffer *target, struct text text)
{
    bool quoted = is_formula(text);
    for (size_t i = 0; i < text.length && !quoted; i++) {
        quoted = memchr(",\"\r\n", text.data[i], 4) != NULL;
    }
    if (!quoted) {
        text_append(target, text);
        return;
    }
    text_append_cstr(target, is_formula(text) ? "\"'" : "\"");
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"') {
            text_append_char(target, '"');
        }
        text_append_char(target, text.data[i]);
    }
    text_append_char(target, '"');
}

void trace_csv_header(struct text_buffer *target)
{
    text_append(target, TEXT("trace_id,root_operation,service,user_id,session_id,status,started_at,"
                             "start_ns,duration_ns,duration_ms,span_count,error_count,services,"
                             "error_message"));
}

void trace_csv_row(const struct trace_row *row, struct text_buffer *target)
{
    char id[ID_PRINT_BYTES];
    size_t length = id_print(&row->id, id);
    const struct text cells[] = {
        text_make(id, length), row->root_operation,
        row->service,          row->user,
        row->session,          text_from(status_name(row->status)),
    };
    for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
        csv_cell(target, cells[i]);
        text_append_char(target, ',');
    }
    text_append_format(target, "%" PRId64 ",%" PRId64 ",%" PRId64 ",", row->start_ns / NS_PER_MS,
                       row->start_ns, row->duration_ns);
    append_milliseconds(target, row->duration_ns);
    text_append_format(target, ",%" PRId64 ",%" PRId64 ",", row->span_count, row->error_count);
    csv_cell(target, row->services);
    text_append_char(target, ',');
    csv_cell(target, row->error_message);
}
