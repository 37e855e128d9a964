/* decode_otlp_json — OTLP/JSON, read in one pass without a tree.
 *
 * The specification wants lowerCamelCase, enumerations as numbers and 64-bit integers as strings;
 * senders also write snake_case, names and plain numbers, so all of that is taken. Unknown members
 * are skipped. A member of the wrong type costs its span, not the body. */
#include <math.h>

#include "ingest/base64.h"
#include "ingest/decode.h"
#include "ingest/finish.h"
#include "ingest/otlp.h"
#include "ingest/wire.h"
#include "store/base/json.h"

/* One body being read. */
struct reading {
    struct json_reader json;
    struct finish finish;
    struct arena *arena; /* of the values being read: the span's or the producer's */
    struct draft *draft; /* NULL outside of a span */
    struct producer producer;
    struct scope *scope;
    enum err err; /* of finish_draft, which ends the body */
    struct err_msg *why;
};

/* Most names differ in their first byte, so no length is asked for. */
static bool is_name(struct text key, const char *name)
{
    size_t i = 0;
    while (i < key.length && name[i] != '\0' && name[i] == key.data[i]) {
        i++;
    }
    return i == key.length && name[i] == '\0';
}

static bool is_either(struct text key, const char *camel, const char *snake)
{
    return is_name(key, camel) || is_name(key, snake);
}

/* ---- values of a known type --------------------------------------------------------------------
 */

/* Skips what stands at the cursor; it counts as absent if it is null, else it costs the span. */
static void skip_wrong(struct reading *reading, const char *field, const char *problem)
{
    if (json_kind(&reading->json) != JSON_NULL && reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_FIELD, field, "%s", problem);
    }
    json_skip(&reading->json, NULL);
}

static struct text read_string(struct reading *reading, const char *field)
{
    struct text text = {0};
    if (json_kind(&reading->json) == JSON_STRING) {
        json_string(&reading->json, reading->arena, &text);
    } else {
        skip_wrong(reading, field, "a string was expected");
    }
    return text;
}

/* The digits of a number, whether they stand in quotes or not; the empty text for anything else. */
static struct text read_digits(struct reading *reading, const char *field)
{
    struct text digits = {0};
    switch (json_kind(&reading->json)) {
    case JSON_STRING:
        json_string(&reading->json, reading->arena, &digits);
        break;
    case JSON_NUMBER:
        json_number(&reading->json, &digits);
        break;
    default:
        skip_wrong(reading, field, "a number was expected");
    }
    return digits;
}

static bool parse_i64(struct text digits, int64_t *ret_value)
{
    double number;
    if (text_parse_i64(digits, ret_value) == ERR_OK) {
        return true;
    }
    /* 1.5e9: JavaScript writes large integers so */
    if (text_parse_f64(digits, &number) == ERR_OK && number >= -9e18 && number <= 9e18 &&
        number == (double)(int64_t)number) {
        *ret_value = (int64_t)number;
        return true;
    }
    return false;
}

static int64_t read_int(struct reading *reading, const char *field)
{
    int64_t value = 0;
    struct text digits = read_digits(reading, field);
    if (digits.length > 0 && !parse_i64(digits, &value) && reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_FIELD, field, "an integer was expected");
    }
    return value;
}

static uint32_t read_count(struct reading *reading, const char *field)
{
    int64_t value = read_int(reading, field);
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static uint64_t read_time(struct reading *reading, const char *field)
{
    uint64_t value = 0;
    int64_t rounded;
    struct text digits = read_digits(reading, field);
    if (digits.length == 0 || text_parse_u64(digits, &value) == ERR_OK) {
        return value;
    }
    if (parse_i64(digits, &rounded) && rounded >= 0) {
        return (uint64_t)rounded;
    }
    if (reading->draft != NULL) {
        draft_refuse(reading->draft, REFUSED_TIME, field, "nanoseconds since 1970 expected");
    }
    return 0;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Hex digits to bytes; text that is not hex costs the span. */
static struct text read_hex(struct reading *reading, const char *field)
{
    struct text hex = read_string(reading, field);
    char *bytes = arena_bytes(reading->arena, hex.length / 2 + 1);
    for (size_t i = 0; i < hex.length; i++) {
        int digit = hex_digit(hex.data[i]);
        if (digit < 0 || hex.length % 2 != 0) {
            if (reading->draft != NULL) {
                draft_refuse(reading->draft, REFUSED_ID, field, "hex digits were expected");
            }
            return (struct text){0};
        }
        bytes[i / 2] = (char)(i % 2 == 0 ? digit << 4 : (uint8_t)bytes[i / 2] | digit);
    }
    return text_make(bytes, hex.length / 2);
}

/* Opens an array or object; null counts as absent and anything else ends the body. */
static bool open_array(struct reading *reading)
{
    if (json_kind(&reading->json) == JSON_NULL) {
        json_null(&reading->json);
        return false;
    }
    return json_array_open(&reading->json);
}

static bool open_object(struct reading *reading)
{
    if (json_kind(&reading->json) == JSON_NULL) {
        json_null(&reading->json);
        return false;
    }
    return json_object_open(&reading->json);
}

/* ---- attributes --------------------------------------------------------------------------------
 */

static struct value read_value(struct reading *reading);
static void read_attributes(struct reading *reading, struct attributes *attributes);

static struct value read_double(struct reading *reading)
{
    static const struct {
        const char *name;
        double number;
    } names[] = {{"NaN", NAN}, {"Infinity", INFINITY}, {"-Infinity", -INFINITY}};
    struct value value = {.kind = VALUE_DOUBLE};
    struct text digits = read_digits(reading, "attributes");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (is_name(digits, names[i].name) && digits.length > 0) {
            value.number = names[i].number;
            return value;
        }
    }
    if (text_parse_f64(digits, &value.number) != ERR_OK && digits.length > 0) {
        return value_string(digits);
    }
    return value;
}

/* An integer beyond 64 bits stays readable as a string. */
static struct value read_integer(struct reading *reading)
{
    int64_t integer = 0;
    struct text digits = read_digits(reading, "attributes");
    return digits.length == 0 || parse_i64(digits, &integer) ? value_int(integer)
                                                             : value_string(digits);
}

static struct value read_boolean(struct reading *reading)
{
    struct value value = {.kind = VALUE_BOOL};
    enum json_kind kind = json_kind(&reading->json);
    if (kind == JSON_TRUE || kind == JSON_FALSE) {
        json_bool(&reading->json, &value.boolean);
    } else {
        skip_wrong(reading, "attributes", "true or false was expected");
    }
    return value;
}

static struct value read_bytes(struct reading *reading)
{
    struct value value = {.kind = VALUE_BYTES};
    struct text text = read_string(reading, "attributes");
    if (base64_decode(text, reading->arena, &value.text) != ERR_OK) {
        return value_string(text);
    }
    return value;
}

/* {"values":[...]} of plain values, or of keys and values. */
static struct value read_composite(struct reading *reading, bool keyed)
{
    struct text key;
    struct value value = keyed ? value_map(reading->arena) : value_list(reading->arena);
    if (!open_object(reading)) {
        return value;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (!is_name(key, "values")) {
            json_skip(&reading->json, NULL);
        } else if (keyed) {
            read_attributes(reading, value.map);
        } else if (open_array(reading)) {
            while (json_array_next(&reading->json)) {
                values_add(value.list, reading->arena, read_value(reading));
            }
        }
    }
    return value;
}

/* An AnyValue; the recursion ends at the reader's depth limit. */
static struct value read_value(struct reading *reading)
{
    struct value value = {.kind = VALUE_NULL};
    struct text key;
    if (!open_object(reading)) {
        return value;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (json_kind(&reading->json) == JSON_NULL) {
            json_null(&reading->json);
        } else if (is_either(key, "stringValue", "string_value")) {
            value = value_string(read_string(reading, "attributes"));
        } else if (is_either(key, "intValue", "int_value")) {
            value = read_integer(reading);
        } else if (is_either(key, "boolValue", "bool_value")) {
            value = read_boolean(reading);
        } else if (is_either(key, "doubleValue", "double_value")) {
            value = read_double(reading);
        } else if (is_either(key, "arrayValue", "array_value")) {
            value = read_composite(reading, false);
        } else if (is_either(key, "kvlistValue", "kvlist_value")) {
            value = read_composite(reading, true);
        } else if (is_either(key, "bytesValue", "bytes_value")) {
            value = read_bytes(reading);
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    return value;
}

/* An array of KeyValue. */
static void read_attributes(struct reading *reading, struct attributes *attributes)
{
    struct text member;
    if (!open_array(reading)) {
        return;
    }
    while (json_array_next(&reading->json)) {
        struct text key = {0};
        struct value value = {.kind = VALUE_NULL};
        for (json_object_open(&reading->json);
             json_object_next(&reading->json, reading->arena, &member);) {
            if (is_name(member, "key")) {
                key = read_string(reading, "attributes");
            } else if (is_name(member, "value")) {
                value = read_value(reading);
            } else {
                json_skip(&reading->json, NULL);
            }
        }
        attributes_add(attributes, reading->arena, key, value);
    }
}

/* ---- a span ------------------------------------------------------------------------------------
 */

static void read_status(struct reading *reading)
{
    static const struct {
        const char *name;
        int64_t code;
    } names[] = {{"STATUS_CODE_UNSET", 0}, {"STATUS_CODE_OK", 1}, {"STATUS_CODE_ERROR", 2}};
    struct text key;
    int64_t code = 0;
    if (!open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (is_name(key, "message")) {
            reading->draft->span.message = read_string(reading, "status.message");
        } else if (is_name(key, "code")) {
            struct text digits = read_digits(reading, "status.code");
            code = 0;
            for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                code = is_name(digits, names[i].name) ? names[i].code : code;
            }
            if (digits.length > 0 && digits.data[0] != 'S' && !parse_i64(digits, &code)) {
                draft_refuse(reading->draft, REFUSED_FIELD, "status.code", "a number was expected");
            }
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    otlp_set_status(reading->draft, code);
}

static void read_kind(struct reading *reading)
{
    struct text digits = read_digits(reading, "kind");
    enum span_kind kind;
    int64_t number = 0;
    if (kind_parse(digits, &kind) == ERR_OK) {
        number = kind;
    } else if (digits.length > 0 && !parse_i64(digits, &number)) {
        draft_refuse(reading->draft, REFUSED_FIELD, "kind", "a number was expected");
    }
    otlp_set_kind(reading->draft, number);
}

static void read_event(struct reading *reading)
{
    struct draft_event event = {0};
    struct text key;
    uint32_t dropped = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (is_either(key, "timeUnixNano", "time_unix_nano")) {
            event.time_ns = otlp_event_time(read_time(reading, "events.timeUnixNano"));
        } else if (is_name(key, "name")) {
            event.name = read_string(reading, "events.name");
        } else if (is_name(key, "attributes")) {
            read_attributes(reading, &event.attributes);
        } else if (is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            dropped = read_count(reading, "events.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    event.attributes.dropped += dropped;
    otlp_add_event(reading->draft, &event);
}

static void read_link(struct reading *reading)
{
    struct draft_link link = {.flags = 0};
    struct text key;
    struct text trace = {0};
    struct text span = {0};
    uint32_t dropped = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (is_either(key, "traceId", "trace_id")) {
            trace = read_hex(reading, "links.traceId");
        } else if (is_either(key, "spanId", "span_id")) {
            span = read_hex(reading, "links.spanId");
        } else if (is_either(key, "traceState", "trace_state")) {
            link.trace_state = read_string(reading, "links.traceState");
        } else if (is_name(key, "attributes")) {
            read_attributes(reading, &link.attributes);
        } else if (is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            dropped = read_count(reading, "links.droppedAttributesCount");
        } else if (is_name(key, "flags")) {
            link.flags = read_count(reading, "links.flags");
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

static void read_list(struct reading *reading, void (*read_one)(struct reading *))
{
    if (open_array(reading)) {
        while (json_array_next(&reading->json)) {
            read_one(reading);
        }
    }
}

static void read_trace_id(struct reading *reading)
{
    otlp_set_trace(reading->draft, read_hex(reading, "traceId"));
}

static void read_span_id(struct reading *reading)
{
    otlp_set_span(reading->draft, read_hex(reading, "spanId"));
}

static void read_parent_id(struct reading *reading)
{
    otlp_set_parent(reading->draft, read_hex(reading, "parentSpanId"));
}

static void read_trace_state(struct reading *reading)
{
    reading->draft->span.trace_state = read_string(reading, "traceState");
}

static void read_name(struct reading *reading)
{
    reading->draft->span.name = read_string(reading, "name");
}

static void read_start(struct reading *reading)
{
    otlp_set_start(reading->draft, read_time(reading, "startTimeUnixNano"));
}

static void read_end(struct reading *reading)
{
    otlp_set_end(reading->draft, read_time(reading, "endTimeUnixNano"));
}

static void read_span_attributes(struct reading *reading)
{
    read_attributes(reading, &reading->draft->attributes);
}

static void read_events(struct reading *reading)
{
    read_list(reading, read_event);
}

static void read_links(struct reading *reading)
{
    read_list(reading, read_link);
}

static void read_flags(struct reading *reading)
{
    reading->draft->span.otlp_flags = read_count(reading, "flags");
}

static void read_dropped_attributes(struct reading *reading)
{
    reading->draft->span.dropped_attributes = read_count(reading, "droppedAttributesCount");
}

static void read_dropped_events(struct reading *reading)
{
    reading->draft->span.dropped_events += read_count(reading, "droppedEventsCount");
}

static void read_dropped_links(struct reading *reading)
{
    reading->draft->span.dropped_links += read_count(reading, "droppedLinksCount");
}

static const struct {
    const char *camel;
    const char *snake;
    void (*read)(struct reading *reading);
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

static void read_span_member(struct reading *reading, struct text key)
{
    for (size_t i = 0; i < ARRAY_LEN(span_members); i++) {
        if (is_either(key, span_members[i].camel, span_members[i].snake)) {
            span_members[i].read(reading);
            return;
        }
    }
    json_skip(&reading->json, NULL);
}

static void read_span(struct reading *reading)
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

/* ---- what surrounds the spans ------------------------------------------------------------------
 */

static void read_scope(struct reading *reading)
{
    struct attributes attributes = {0};
    struct scope *scope = reading->scope;
    struct text key;
    if (!open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (is_name(key, "name")) {
            scope->name = finish_text(&reading->finish, read_string(reading, "scope.name"),
                                      WIRE_NAME_LIMIT_BYTES);
        } else if (is_name(key, "version")) {
            scope->version = finish_text(&reading->finish, read_string(reading, "scope.version"),
                                         WIRE_NAME_LIMIT_BYTES);
        } else if (is_name(key, "attributes")) {
            read_attributes(reading, &attributes);
        } else if (is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            scope->dropped_attributes = read_count(reading, "scope.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    scope->attributes = finish_attributes(&reading->finish, &attributes, NULL);
    scope->dropped_attributes += attributes.dropped;
}

static void read_scope_spans(struct reading *reading)
{
    struct text key;
    reading->scope = arena_zero(&reading->finish.batch->arena, 1, sizeof *reading->scope);
    reading->finish.span_index = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (is_name(key, "spans")) {
            read_list(reading, read_span);
        } else if (is_name(key, "scope") ||
                   is_either(key, "instrumentationLibrary", "instrumentation_library")) {
            read_scope(reading);
        } else if (is_either(key, "schemaUrl", "schema_url")) {
            reading->scope->schema_url = finish_text(
                &reading->finish, read_string(reading, "schemaUrl"), WIRE_NAME_LIMIT_BYTES);
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    reading->finish.scope_index++;
}

static void read_resource(struct reading *reading, struct resource *resource)
{
    struct attributes attributes = {0};
    struct text key;
    if (!open_object(reading)) {
        return;
    }
    while (json_object_next(&reading->json, reading->arena, &key)) {
        if (is_name(key, "attributes")) {
            read_attributes(reading, &attributes);
        } else if (is_either(key, "droppedAttributesCount", "dropped_attributes_count")) {
            resource->dropped_attributes = read_count(reading, "resource.droppedAttributesCount");
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    resource->attributes =
        finish_attributes(&reading->finish, &attributes, &reading->producer.traits);
    resource->dropped_attributes += attributes.dropped;
}

static bool is_scope_list(struct text key)
{
    return is_either(key, "scopeSpans", "scope_spans") ||
           is_either(key, "instrumentationLibrarySpans", "instrumentation_library_spans");
}

/* The spans need their resource; where it is written behind them, they are read a second time. */
static void read_late_spans(struct reading *reading, struct text raw)
{
    struct json_reader outer = reading->json;
    json_reader_init(&reading->json, raw, WIRE_JSON_DEPTH_LIMIT - outer.depth);
    read_list(reading, read_scope_spans);
    bool failed = json_failed(&reading->json);
    const char *problem = reading->json.problem;
    reading->json = outer;
    if (failed) {
        json_fail(&reading->json, problem);
    }
}

static void read_resource_spans(struct reading *reading)
{
    struct resource *resource = arena_zero(&reading->finish.batch->arena, 1, sizeof *resource);
    struct text late = {0};
    struct text key;
    bool has_resource = false;
    arena_clear(&reading->finish.producer);
    reading->producer = (struct producer){.stored = resource};
    reading->finish.scope_index = 0;
    for (json_object_open(&reading->json);
         json_object_next(&reading->json, reading->arena, &key);) {
        if (is_name(key, "resource")) {
            read_resource(reading, resource);
            has_resource = true;
        } else if (is_scope_list(key) && has_resource) {
            read_list(reading, read_scope_spans);
        } else if (is_scope_list(key)) {
            json_skip(&reading->json, &late);
        } else if (is_either(key, "schemaUrl", "schema_url")) {
            resource->schema_url = finish_text(&reading->finish, read_string(reading, "schemaUrl"),
                                               WIRE_NAME_LIMIT_BYTES);
        } else {
            json_skip(&reading->json, NULL);
        }
    }
    if (late.length > 0 && !json_failed(&reading->json)) {
        read_late_spans(reading, late);
    }
    reading->finish.resource_index++;
}

enum err decode_otlp_json(const struct decode_context *context, struct text body,
                          struct batch *batch, struct decode_report *report, struct err_msg *why)
{
    struct reading reading = {.why = why};
    struct json_reader *json = &reading.json;
    struct text key;
    json_reader_init(json, body, WIRE_JSON_DEPTH_LIMIT);
    finish_init(&reading.finish, context, batch, report);
    reading.arena = &reading.finish.producer;
    for (json_object_open(json); json_object_next(json, reading.arena, &key);) {
        if (is_either(key, "resourceSpans", "resource_spans")) {
            reading.finish.resource_index = (int)context->first_index;
            read_list(&reading, read_resource_spans);
        } else {
            json_skip(json, NULL);
        }
    }
    json_end(json);
    enum err err = reading.err;
    if (err == ERR_OK && json_failed(json)) {
        err = json->depth >= WIRE_JSON_DEPTH_LIMIT ? ERR_LIMIT : ERR_PARSE;
        err_set(why, err, "not OTLP/JSON: %s (byte %zu)", json->problem, json_offset(json));
    }
    return finish_end(&reading.finish, err);
}
