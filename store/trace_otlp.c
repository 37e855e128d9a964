/* trace_otlp — spans as one OTLP/JSON request, so that another collector can take them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/base/json.h"
#include "store/trace_json.h"

enum { TRACE_ID_BYTES = 16, SPAN_ID_BYTES = 8, ID_KEEP_BYTES = 16 };

/* ---- ids ---- */

/* OTLP knows ids of one size only. Others are hashed to it: the same id gives the same digits, so
 * parents are still found. */
static void append_id(struct text_buffer *target, const struct id *id, size_t size)
{
    uint8_t bytes[ID_KEEP_BYTES] = {0};
    if (id->form != ID_TEXT && id->length == size) {
        memcpy(bytes, id->bytes, size);
    } else {
        struct text text = text_make((const char *)id->bytes, id->length);
        uint64_t first = text_hash(text) | 1; /* never all zero */
        uint64_t second = first * 0x9E3779B97F4A7C15u;
        memcpy(bytes, &first, sizeof first);
        memcpy(bytes + sizeof first, &second, sizeof second);
    }
    text_append_char(target, '"');
    for (size_t i = 0; i < size; i++) {
        text_append_format(target, "%02x", bytes[i]);
    }
    text_append_char(target, '"');
}

/* The server's half of a call where the client's is there too: OTLP's ids belong to one span. */
static bool is_second_half(const struct trace *trace, const struct trace_span *span)
{
    if ((span->flags & SPAN_SERVER_HALF) == 0 || span->parent == TRACE_NO_SPAN) {
        return false;
    }
    const struct trace_span *parent = &trace->spans[span->parent];
    struct id id = trace_span_id(trace, span);
    struct id above = trace_span_id(trace, parent);
    return (parent->flags & SPAN_SERVER_HALF) == 0 && id_equals(&id, &above);
}

/* Its id: made from the shared one. */
static void append_second_id(struct text_buffer *target, const struct id *id)
{
    struct id second = {.form = ID_TEXT, .length = id->length};
    memcpy(second.bytes, id->bytes, id->length);
    append_id(target, &second, SPAN_ID_BYTES);
}

static void append_span_ids(const struct trace *trace, const struct trace_span *span,
                            struct text_buffer *target)
{
    struct id id = trace_span_id(trace, span);
    struct id parent = trace_span_parent_id(trace, span);
    bool second = is_second_half(trace, span);
    text_append_cstr(target, ",\"spanId\":");
    if (second) {
        append_second_id(target, &id);
        parent = id; /* the client's half */
    } else {
        append_id(target, &id, SPAN_ID_BYTES);
    }
    if (id_is_none(&parent)) {
        return;
    }
    text_append_cstr(target, ",\"parentSpanId\":");
    if (!second && span->parent != TRACE_NO_SPAN &&
        is_second_half(trace, &trace->spans[span->parent])) {
        append_second_id(target, &parent);
    } else {
        append_id(target, &parent, SPAN_ID_BYTES);
    }
}

/* The trace and span id of a link, as text in our form. */
static void append_text_id(struct text_buffer *target, struct text text, bool trace)
{
    struct id id = {0};
    enum err err = trace ? id_parse_trace(text, &id) : id_parse_span(text, &id);
    if (err == ERR_OK) {
        append_id(target, &id, trace ? TRACE_ID_BYTES : SPAN_ID_BYTES);
    } else {
        text_append(target, TEXT("\"\""));
    }
}

/* ---- attributes ---- */

static void append_value(struct json_reader *reader, struct arena *arena,
                         struct text_buffer *target);

/* [{"key":k,"value":v},...] from the members of the object at the cursor. */
static void append_members(struct json_reader *reader, struct arena *arena,
                           struct text_buffer *target)
{
    struct text key;
    bool first = true;
    text_append_char(target, '[');
    for (json_object_open(reader); json_object_next(reader, arena, &key); first = false) {
        text_append_cstr(target, first ? "{\"key\":" : ",{\"key\":");
        json_append_string(target, key);
        text_append_cstr(target, ",\"value\":");
        append_value(reader, arena, target);
        text_append_char(target, '}');
    }
    text_append_char(target, ']');
}

static bool is_odd_double(struct text text)
{
    return text_is(text, "NaN") || text_is(text, "Infinity") || text_is(text, "-Infinity");
}

static bool is_base64(struct text text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t length = text.length;
    while (length > 0 && text.length - length < 2 && text.data[length - 1] == '=') {
        length--;
    }
    for (size_t i = 0; i < length; i++) {
        if (memchr(digits, text.data[i], sizeof digits - 1) == NULL) {
            return false;
        }
    }
    return text.length % 4 == 0;
}

/* {"$double":"NaN"} and {"$bytes":"..."} stand for values that JSON has no form for. A sender's map
 * that only looks alike is none of them: OTLP's readers refuse a request for one wrong value. */
static bool append_marked(struct text raw, struct arena *arena, struct text_buffer *target)
{
    static const struct {
        const char *key, *name;
        bool (*fits)(struct text text);
    } marks[] = {{"$double", "doubleValue", is_odd_double}, {"$bytes", "bytesValue", is_base64}};
    struct json_reader reader;
    struct text key;
    struct text next;
    struct text value;
    json_reader_init(&reader, raw, JSON_DEPTH_LARGEST);
    if (!json_object_open(&reader) || !json_object_next(&reader, arena, &key) ||
        json_kind(&reader) != JSON_STRING || !json_string(&reader, arena, &value) ||
        json_object_next(&reader, arena, &next)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
        if (text_is(key, marks[i].key) && marks[i].fits(value)) {
            text_append_format(target, "{\"%s\":", marks[i].name);
            json_append_string(target, value);
            text_append_char(target, '}');
            return true;
        }
    }
    return false;
}

static void append_object(struct json_reader *reader, struct arena *arena,
                          struct text_buffer *target)
{
    struct json_reader ahead = *reader;
    struct text raw;
    if (json_skip(&ahead, &raw) && append_marked(raw, arena, target)) {
        *reader = ahead;
        return;
    }
    text_append_cstr(target, "{\"kvlistValue\":{\"values\":");
    append_members(reader, arena, target);
    text_append_cstr(target, "}}");
}

static void append_number(struct json_reader *reader, struct text_buffer *target)
{
    struct text digits;
    int64_t whole;
    if (!json_number(reader, &digits)) {
        text_append_cstr(target, "{}");
    } else if (text_parse_i64(digits, &whole) == ERR_OK) {
        text_append_format(target, "{\"intValue\":\"%" PRId64 "\"}", whole);
    } else {
        text_append_format(target, "{\"doubleValue\":%.*s}", TEXT_ARGS(digits));
    }
}

/* One AnyValue. As deep as the JSON reader's own limit. */
static void append_value(struct json_reader *reader, struct arena *arena,
                         struct text_buffer *target)
{
    struct text text = {0};
    bool truth = false;
    switch (json_kind(reader)) {
    case JSON_STRING:
        json_string(reader, arena, &text);
        text_append_cstr(target, "{\"stringValue\":");
        json_append_string(target, text);
        text_append_char(target, '}');
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        json_bool(reader, &truth);
        text_append_format(target, "{\"boolValue\":%s}", truth ? "true" : "false");
        return;
    case JSON_NUMBER:
        append_number(reader, target);
        return;
    case JSON_OBJECT:
        append_object(reader, arena, target);
        return;
    case JSON_ARRAY: {
        bool first = true;
        text_append_cstr(target, "{\"arrayValue\":{\"values\":[");
        for (json_array_open(reader); json_array_next(reader); first = false) {
            text_append_cstr(target, first ? "" : ",");
            append_value(reader, arena, target);
        }
        text_append_cstr(target, "]}}");
        return;
    }
    case JSON_NULL:
    case JSON_NONE:
        json_skip(reader, NULL);
        text_append_cstr(target, "{}");
        return;
    }
}

static bool is_whole(struct text raw, enum json_kind wanted)
{
    struct json_reader reader;
    json_reader_init(&reader, raw, JSON_DEPTH_LARGEST);
    return raw.length > 0 && json_kind(&reader) == wanted && json_skip(&reader, NULL) &&
           json_end(&reader);
}

static void append_attributes(struct text raw, struct text_buffer *target)
{
    struct json_reader reader;
    struct arena arena = {0};
    if (!is_whole(raw, JSON_OBJECT)) {
        text_append_cstr(target, "[]");
        return;
    }
    json_reader_init(&reader, raw, JSON_DEPTH_LARGEST);
    append_members(&reader, &arena, target);
    arena_clear(&arena);
}

/* Puts one more string attribute into the list that ends the buffer, unless raw has the key. */
static void add_attribute(struct text_buffer *target, struct text raw, const char *key,
                          struct text value)
{
    struct text found;
    if (value.length == 0 || (raw.length > 0 && json_find(raw, text_from(key), &found))) {
        return;
    }
    target->length--; /* the closing bracket */
    text_append_format(target, "%s{\"key\":\"%s\",\"value\":{\"stringValue\":",
                       target->data[target->length - 1] == '[' ? "" : ",", key);
    json_append_string(target, value);
    text_append_cstr(target, "}}]");
}

/* ---- events and links ---- */

/* The plain text of a member, or nothing. */
static struct text member(struct text object, const char *key, struct arena *arena)
{
    struct text raw;
    return json_find(object, text_from(key), &raw) ? json_plain(raw, arena) : (struct text){0};
}

static void append_count(struct text_buffer *target, const char *key, struct text digits)
{
    uint64_t count;
    if (text_parse_u64(digits, &count) == ERR_OK && count > 0 && count <= UINT32_MAX) {
        text_append_format(target, ",\"%s\":%" PRIu64, key, count);
    }
}

static void append_event(struct text event, struct arena *arena, struct text_buffer *target)
{
    struct text attributes = {0};
    uint64_t time_ns = 0;
    if (text_parse_u64(member(event, "timestamp_ns", arena), &time_ns) != ERR_OK) {
        time_ns = 0;
    }
    text_append_format(target, "{\"timeUnixNano\":\"%" PRIu64 "\",\"name\":", time_ns);
    json_append_string(target, member(event, "name", arena));
    text_append_cstr(target, ",\"attributes\":");
    append_attributes(
        json_find(event, TEXT("attributes"), &attributes) ? attributes : (struct text){0}, target);
    append_count(target, "droppedAttributesCount", member(event, "dropped", arena));
    text_append_char(target, '}');
}

static void append_link(struct text link, struct arena *arena, struct text_buffer *target)
{
    struct text attributes = {0};
    struct text state = member(link, "trace_state", arena);
    text_append_cstr(target, "{\"traceId\":");
    append_text_id(target, member(link, "trace_id", arena), true);
    text_append_cstr(target, ",\"spanId\":");
    append_text_id(target, member(link, "span_id", arena), false);
    if (state.length > 0) {
        text_append_cstr(target, ",\"traceState\":");
        json_append_string(target, state);
    }
    text_append_cstr(target, ",\"attributes\":");
    append_attributes(
        json_find(link, TEXT("attributes"), &attributes) ? attributes : (struct text){0}, target);
    append_count(target, "flags", member(link, "flags", arena));
    append_count(target, "droppedAttributesCount", member(link, "dropped", arena));
    text_append_char(target, '}');
}

typedef void (*append_item_fn)(struct text item, struct arena *arena, struct text_buffer *target);

static void append_items(struct text raw, append_item_fn append_item, struct text_buffer *target)
{
    struct json_reader reader;
    struct arena arena = {0};
    struct text item;
    bool first = true;
    text_append_char(target, '[');
    json_reader_init(&reader, is_whole(raw, JSON_ARRAY) ? raw : TEXT("[]"), JSON_DEPTH_LARGEST);
    for (json_array_open(&reader); json_array_next(&reader) && json_skip(&reader, &item);
         first = false) {
        text_append_cstr(target, first ? "" : ",");
        append_item(item, &arena, target);
    }
    text_append_char(target, ']');
    arena_clear(&arena);
}

/* ---- spans ---- */

static void append_span(const struct trace *trace, const struct trace_span *span,
                        const struct span_body *body, struct text_buffer *target)
{
    int64_t end_ns = trace_span_end_ns(span, 0);
    text_append_cstr(target, "{\"traceId\":");
    append_id(target, &trace->row.id, TRACE_ID_BYTES);
    append_span_ids(trace, span, target);
    if (body->trace_state.length > 0) {
        text_append_cstr(target, ",\"traceState\":");
        json_append_string(target, body->trace_state);
    }
    text_append_cstr(target, ",\"name\":");
    json_append_string(target, trace_span_name(trace, span));
    text_append_format(target,
                       ",\"kind\":%d,\"startTimeUnixNano\":\"%" PRId64
                       "\",\"endTimeUnixNano\":\"%" PRId64 "\",\"flags\":%" PRIu32,
                       span->kind, span->start_ns, span->duration_ns == SPAN_RUNNING ? 0 : end_ns,
                       body->otlp_flags);
    text_append_cstr(target, ",\"attributes\":");
    append_attributes(body->attributes, target);
    add_attribute(target, body->attributes, "user.id", body->user);
    add_attribute(target, body->attributes, "session.id", body->session);
    if ((span->flags & SPAN_HAS_EVENTS) == 0) { /* else the exception event holds it */
        add_attribute(target, body->attributes, "exception.stacktrace", body->stack);
    }
    text_append_cstr(target, ",\"events\":");
    append_items(body->events, append_event, target);
    text_append_cstr(target, ",\"links\":");
    append_items(body->links, append_link, target);
    text_append_format(target,
                       ",\"droppedAttributesCount\":%" PRIu32 ",\"droppedEventsCount\":%" PRIu32
                       ",\"droppedLinksCount\":%" PRIu32 ",\"status\":{\"code\":%d",
                       body->dropped_attributes, body->dropped_events, body->dropped_links,
                       span->status == STATUS_ERROR ? 2 : 0);
    if (body->message.length > 0) {
        text_append_cstr(target, ",\"message\":");
        json_append_string(target, body->message);
    }
    text_append_cstr(target, "}}");
}

/* ---- groups ---- */

/* A span with what it is grouped by. */
struct member_span {
    const struct trace_span *span;
    const struct span_body *body;
    struct text service;
};

static int compare_resources(const struct member_span *a, const struct member_span *b)
{
    int order = text_compare(a->body->resource, b->body->resource);
    order = order != 0 ? order
                       : text_compare(a->body->resource_schema_url, b->body->resource_schema_url);
    return order != 0 ? order : text_compare(a->service, b->service);
}

static int compare_scopes(const struct member_span *a, const struct member_span *b)
{
    int order = text_compare(a->body->scope_name, b->body->scope_name);
    order = order != 0 ? order : text_compare(a->body->scope_version, b->body->scope_version);
    order = order != 0 ? order : text_compare(a->body->scope_attributes, b->body->scope_attributes);
    return order != 0 ? order : text_compare(a->body->scope_schema_url, b->body->scope_schema_url);
}

static int compare_members(const void *left, const void *right)
{
    const struct member_span *a = left;
    const struct member_span *b = right;
    int order = compare_resources(a, b);
    order = order != 0 ? order : compare_scopes(a, b);
    return order != 0 ? order : (a->span > b->span) - (a->span < b->span);
}

static void append_schema(struct text schema_url, struct text_buffer *target)
{
    if (schema_url.length > 0) {
        text_append_cstr(target, ",\"schemaUrl\":");
        json_append_string(target, schema_url);
    }
}

static void open_resource(const struct member_span *member, struct text_buffer *target)
{
    text_append_cstr(target, "{\"resource\":{\"attributes\":");
    append_attributes(member->body->resource, target);
    add_attribute(target, member->body->resource, "service.name", member->service);
    text_append_char(target, '}');
    append_schema(member->body->resource_schema_url, target);
    text_append_cstr(target, ",\"scopeSpans\":[");
}

static void open_scope(const struct member_span *member, struct text_buffer *target)
{
    text_append_cstr(target, "{\"scope\":{\"name\":");
    json_append_string(target, member->body->scope_name);
    text_append_cstr(target, ",\"version\":");
    json_append_string(target, member->body->scope_version);
    text_append_cstr(target, ",\"attributes\":");
    append_attributes(member->body->scope_attributes, target);
    text_append_char(target, '}');
    append_schema(member->body->scope_schema_url, target);
    text_append_cstr(target, ",\"spans\":[");
}

void trace_otlp(const struct trace *trace, const struct trace_span *const *spans,
                const struct span_body *bodies, size_t count, struct text_buffer *target)
{
    struct member_span *members = mem_alloc(count * sizeof *members);
    for (size_t i = 0; i < count; i++) {
        members[i] =
            (struct member_span){spans[i], &bodies[i], trace_span_service(trace, spans[i])};
    }
    if (count > 0) {
        qsort(members, count, sizeof *members, compare_members);
    }
    text_append_cstr(target, "{\"resourceSpans\":[");
    for (size_t i = 0; i < count; i++) {
        bool resource = i == 0 || compare_resources(&members[i - 1], &members[i]) != 0;
        bool scope = resource || compare_scopes(&members[i - 1], &members[i]) != 0;
        text_append_cstr(target, i == 0 ? "" : resource ? "]}]}," : scope ? "]}," : ",");
        if (resource) {
            open_resource(&members[i], target);
        }
        if (scope) {
            open_scope(&members[i], target);
        }
        append_span(trace, members[i].span, members[i].body, target);
    }
    text_append_cstr(target, count > 0 ? "]}]}]}" : "]}");
    free(members);
}
