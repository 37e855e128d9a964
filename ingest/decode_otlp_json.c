/* decode_otlp_json — OTLP/JSON, read in one pass without a tree.
 *
 * The specification wants lowerCamelCase, enumerations as numbers and 64-bit integers as strings;
 * senders also write snake_case, names and plain numbers, so all of that is taken. Unknown members
 * are skipped. A member of the wrong type costs its span, not the body, but where an array or an
 * object is expected. */
#include "ingest/decode.h"
#include "ingest/otlp.h"
#include "ingest/otlp_json.h"
#include "ingest/wire.h"

/* ---- a span ---- */

static void read_status(struct otlp_json *reading)
{
    static const struct {
        const char *name;
        int64_t code;
    } names[] = {{"STATUS_CODE_UNSET", 0}, {"STATUS_CODE_OK", 1}, {"STATUS_CODE_ERROR", 2}};
    struct text key;
    int64_t code = 0;
    if (!otlp_json_open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (otlp_json_is(key, "message")) {
            reading->draft->span.message = otlp_json_string(reading, "status.message");
        } else if (otlp_json_is(key, "code")) {
            struct text digits = otlp_json_digits(reading, "status.code");
            code = 0;
            for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                code = otlp_json_is(digits, names[i].name) ? names[i].code : code;
            }
            if (digits.length > 0 && digits.data[0] != 'S' && !otlp_json_parse_i64(digits, &code)) {
                draft_refuse(reading->draft, REFUSED_FIELD, "status.code", "a number was expected");
            }
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    otlp_set_status(reading->draft, code);
}

static void read_kind(struct otlp_json *reading)
{
    struct text digits = otlp_json_digits(reading, "kind");
    enum span_kind kind;
    int64_t number = 0;
    if (kind_parse(digits, &kind) == ERR_OK) {
        number = kind;
    } else if (digits.length > 0 && !otlp_json_parse_i64(digits, &number)) {
        draft_refuse(reading->draft, REFUSED_FIELD, "kind", "a number was expected");
    }
    otlp_set_kind(reading->draft, number);
}

static void read_event(struct otlp_json *reading)
{
    struct draft_event event = {0};
    struct text key;
    uint32_t dropped = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (otlp_json_is_either(key, "timeUnixNano", "time_unix_nano")) {
            event.time_ns = otlp_event_time(otlp_json_time(reading, "events.timeUnixNano"));
        } else if (otlp_json_is(key, "name")) {
            event.name = otlp_json_string(reading, "events.name");
        } else if (otlp_json_is(key, "attributes")) {
            otlp_json_attributes(reading, &event.attributes);
        } else if (otlp_json_is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            dropped = otlp_json_count(reading, "events.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    event.attributes.dropped += dropped;
    otlp_add_event(reading->draft, &event);
}

static void read_link(struct otlp_json *reading)
{
    struct draft_link link = {.flags = 0};
    struct text key;
    struct text trace = {0};
    struct text span = {0};
    uint32_t dropped = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (otlp_json_is_either(key, "traceId", "trace_id")) {
            trace = otlp_json_hex(reading, "links.traceId");
        } else if (otlp_json_is_either(key, "spanId", "span_id")) {
            span = otlp_json_hex(reading, "links.spanId");
        } else if (otlp_json_is_either(key, "traceState", "trace_state")) {
            link.trace_state = otlp_json_string(reading, "links.traceState");
        } else if (otlp_json_is(key, "attributes")) {
            otlp_json_attributes(reading, &link.attributes);
        } else if (otlp_json_is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            dropped = otlp_json_count(reading, "links.droppedAttributesCount");
        } else if (otlp_json_is(key, "flags")) {
            link.flags = otlp_json_count(reading, "links.flags");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    link.attributes.dropped += dropped;
    if (otlp_set_link(&link, trace, span)) {
        otlp_add_link(reading->draft, &link);
    } else {
        reading->draft->span.dropped_links++;
    }
}

static void read_list(struct otlp_json *reading, void (*read_one)(struct otlp_json *))
{
    if (otlp_json_open_array(reading)) {
        while (json_array_next(&reading->json)) {
            read_one(reading);
        }
    }
}

static void read_trace_id(struct otlp_json *reading)
{
    otlp_set_trace(reading->draft, otlp_json_hex(reading, "traceId"));
}

static void read_span_id(struct otlp_json *reading)
{
    otlp_set_span(reading->draft, otlp_json_hex(reading, "spanId"));
}

static void read_parent_id(struct otlp_json *reading)
{
    otlp_set_parent(reading->draft, otlp_json_hex(reading, "parentSpanId"));
}

static void read_trace_state(struct otlp_json *reading)
{
    reading->draft->span.trace_state = otlp_json_string(reading, "traceState");
}

static void read_name(struct otlp_json *reading)
{
    reading->draft->span.name = otlp_json_string(reading, "name");
}

static void read_start(struct otlp_json *reading)
{
    otlp_set_start(reading->draft, otlp_json_time(reading, "startTimeUnixNano"));
}

static void read_end(struct otlp_json *reading)
{
    otlp_set_end(reading->draft, otlp_json_time(reading, "endTimeUnixNano"));
}

static void read_span_attributes(struct otlp_json *reading)
{
    otlp_json_attributes(reading, &reading->draft->attributes);
}

static void read_events(struct otlp_json *reading)
{
    read_list(reading, read_event);
}

static void read_links(struct otlp_json *reading)
{
    read_list(reading, read_link);
}

static void read_flags(struct otlp_json *reading)
{
    reading->draft->span.otlp_flags = otlp_json_count(reading, "flags");
}

static void read_dropped_attributes(struct otlp_json *reading)
{
    reading->draft->span.dropped_attributes = otlp_json_count(reading, "droppedAttributesCount");
}

static void read_dropped_events(struct otlp_json *reading)
{
    reading->draft->span.dropped_events += otlp_json_count(reading, "droppedEventsCount");
}

static void read_dropped_links(struct otlp_json *reading)
{
    reading->draft->span.dropped_links += otlp_json_count(reading, "droppedLinksCount");
}

static const struct {
    const char *camel;
    const char *snake;
    void (*read)(struct otlp_json *reading);
} span_members[] = {
    {"traceId", "trace_id", read_trace_id},
    {"spanId", "span_id", read_span_id},
    {"parentSpanId", "parent_span_id", read_parent_id},
    {"name", "name", read_name},
    {"kind", "kind", read_kind},
    {"startTimeUnixNano", "start_time_unix_nano", read_start},
    {"endTimeUnixNano", "end_time_unix_nano", read_end},
    {"attributes", "attributes", read_span_attributes},
    {"events", "events", read_events},
    {"links", "links", read_links},
    {"status", "status", read_status},
    {"flags", "flags", read_flags},
    {"traceState", "trace_state", read_trace_state},
    {"droppedAttributesCount", "dropped_attributes_count", read_dropped_attributes},
    {"droppedEventsCount", "dropped_events_count", read_dropped_events},
    {"droppedLinksCount", "dropped_links_count", read_dropped_links},
};

static void read_span_member(struct otlp_json *reading, struct text key)
{
    for (size_t i = 0; i < ARRAY_LEN(span_members); i++) {
        if (otlp_json_is_either(key, span_members[i].camel, span_members[i].snake)) {
            span_members[i].read(reading);
            return;
        }
    }
    json_skip(&reading->json, NULL);
}

static void read_span(struct otlp_json *reading)
{
    struct draft draft;
    struct text key;
    reading->err = finish_draft(&reading->finish, &otlp_names, &draft, reading->why);
    if (reading->err != ERR_OK) {
        json_fail(&reading->json, "too many spans");
        return;
    }
    reading->draft = &draft;
    reading->arena = &reading->finish.scratch;
    if (json_kind(&reading->json) != JSON_OBJECT) {
        draft_refuse(&draft, REFUSED_FIELD, NULL, "an object was expected");
        json_skip(&reading->json, NULL);
    } else {
        for (json_object_open(&reading->json);
             json_object_next(&reading->json, reading->arena, &key);) {
            read_span_member(reading, key);
        }
    }
    if (!json_failed(&reading->json)) {
        otlp_complete(&draft, &reading->producer, reading->scope);
        finish_add(&reading->finish, &draft);
    }
    reading->draft = NULL;
    reading->arena = &reading->finish.producer;
    reading->finish.span_index++;
}

/* ---- what surrounds the spans ---- */

static void read_scope(struct otlp_json *reading)
{
    struct attributes attributes = {0};
    struct scope *scope = reading->scope;
    struct text key;
    if (!otlp_json_open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (otlp_json_is(key, "name")) {
            scope->name = finish_label(&reading->finish, otlp_json_string(reading, "scope.name"));
        } else if (otlp_json_is(key, "version")) {
            scope->version =
                finish_label(&reading->finish, otlp_json_string(reading, "scope.version"));
        } else if (otlp_json_is(key, "attributes")) {
            otlp_json_attributes(reading, &attributes);
        } else if (otlp_json_is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            scope->dropped_attributes = otlp_json_count(reading, "scope.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    scope->attributes = finish_attributes(&reading->finish, &attributes, NULL);
    scope->dropped_attributes += attributes.dropped;
}

static void read_scope_spans(struct otlp_json *reading)
{
    struct text key;
    reading->scope = arena_zero(&reading->finish.batch->arena, 1, sizeof *reading->scope);
    reading->finish.span_index = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (otlp_json_is(key, "spans")) {
            read_list(reading, read_span);
        } else if (otlp_json_is(key, "scope") ||
                   otlp_json_is_either(key, "instrumentationLibrary", "instrumentation_library")) {
            read_scope(reading);
        } else if (otlp_json_is_either(key, "schemaUrl", "schema_url")) {
            reading->scope->schema_url =
                finish_label(&reading->finish, otlp_json_string(reading, "schemaUrl"));
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    reading->finish.scope_index++;
}

static void read_resource(struct otlp_json *reading, struct resource *resource)
{
    struct attributes attributes = {0};
    struct text key;
    if (!otlp_json_open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (otlp_json_is(key, "attributes")) {
            otlp_json_attributes(reading, &attributes);
        } else if (otlp_json_is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            resource->dropped_attributes =
                otlp_json_count(reading, "resource.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    otlp_set_resource(&reading->finish, &reading->producer, &attributes);
}

static bool is_scope_list(struct text key)
{
    return otlp_json_is_either(key, "scopeSpans", "scope_spans") ||
           otlp_json_is_either(key, "instrumentationLibrarySpans", "instrumentation_library_spans");
}

/* The spans need their resource; where it is written behind them, all are read a second time. raw:
 * the object of the resource and its spans. */
static void read_late_spans(struct otlp_json *reading, struct text raw)
{
    struct json_reader outer = reading->json;
    struct text key;
    json_reader_init(&reading->json, raw, WIRE_JSON_DEPTH_LIMIT - outer.depth);
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (is_scope_list(key)) {
            read_list(reading, read_scope_spans);
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    bool failed = json_failed(&reading->json);
    const char *problem = reading->json.problem;
    reading->json = outer;
    if (failed) {
        json_fail(&reading->json, problem);
    }
}

static void read_resource_spans(struct otlp_json *reading)
{
    struct resource *resource = arena_zero(&reading->finish.batch->arena, 1, sizeof *resource);
    struct text key;
    bool has_resource = false;
    bool late = false; /* spans stood before their resource */
    arena_clear(&reading->finish.producer);
    reading->producer = (struct producer){.stored = resource};
    reading->finish.scope_index = 0;
    (void)json_kind(&reading->json); /* steps over blanks */
    const char *start = reading->json.at;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (otlp_json_is(key, "resource")) {
            read_resource(reading, resource);
            has_resource = true;
        } else if (is_scope_list(key) && has_resource && !late) {
            read_list(reading, read_scope_spans);
        } else if (is_scope_list(key)) {
            json_skip(&reading->json, NULL);
            late = true;
        } else if (otlp_json_is_either(key, "schemaUrl", "schema_url")) {
            resource->schema_url =
                finish_label(&reading->finish, otlp_json_string(reading, "schemaUrl"));
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    if (late && !json_failed(&reading->json)) {
        read_late_spans(reading, text_make(start, (size_t)(reading->json.at - start)));
    }
    reading->finish.resource_index++;
}

static void read_request(struct otlp_json *reading, bool *ret_flat)
{
    struct json_reader *json = &reading->json;
    struct text key;
    bool spans = false;
    bool resources = false;
    if (json_kind(json) == JSON_ARRAY) {
        json_skip(json, NULL);
        *ret_flat = json_end(json);
        return;
    }
    for (json_object_open(json); json_object_next(json, reading->arena, &key);) {
        if (otlp_json_is_either(key, "resourceSpans", "resource_spans")) {
            reading->finish.resource_index = (int)reading->finish.context->first_index;
            read_list(reading, read_resource_spans);
            resources = true;
        } else {
            spans |= otlp_json_is(key, "spans");
            json_skip(json, NULL);
        }
    }
    *ret_flat = json_end(json) && spans && !resources;
}

enum err decode_otlp_json(const struct decode_context *context, struct text body,
                          struct batch *batch, struct decode_report *report, struct err_msg *why)
{
    struct otlp_json reading = {.why = why};
    const struct json_reader *json = &reading.json;
    bool flat = false;
    json_reader_init(&reading.json, body, WIRE_JSON_DEPTH_LIMIT);
    finish_init(&reading.finish, context, batch, report);
    reading.arena = &reading.finish.producer;
    read_request(&reading, &flat);
    enum err err = reading.err;
    if (err == ERR_OK && json_failed(json)) {
        err = json->depth >= WIRE_JSON_DEPTH_LIMIT ? ERR_LIMIT : ERR_PARSE;
        err_set(why, err, "not OTLP/JSON: %s (byte %zu)", json->problem, json_offset(json));
    } else if (err == ERR_OK && flat) {
        /* All its members are unknown, so OTLP would take it, and the spans were lost in silence.
         */
        err =
            err_set(why, ERR_PARSE, "no resourceSpans here: flat spans go to POST " WIRE_PATH_FLAT);
    }
    return finish_end(&reading.finish, err);
}
