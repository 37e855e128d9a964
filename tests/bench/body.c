/* body — request bodies with spans of the world, cheap to make: encoded once, ids patched in.
 *
 * What differs from one period of the world to the next has a fixed width in all three formats, so
 * a body is a copy of its template with some bytes written over. */
#include "tests/bench/body.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/proto.h"
#include "ingest/proto_put.h"
#include "tests/bench/world.h"

enum patch_kind {
    PATCH_TRACE,
    PATCH_ID,
    PATCH_PARENT,
    PATCH_TRACE_HEX,
    PATCH_ID_HEX,
    PATCH_PARENT_HEX,
    PATCH_START_FIXED,
    PATCH_END_FIXED,
    PATCH_START_NS,
    PATCH_END_NS,
    PATCH_START_MS,
    PATCH_END_MS,
    PATCH_USER,
    PATCH_REQUEST,
};

static const uint8_t patch_bytes[] = {
    [PATCH_TRACE] = 16,    [PATCH_ID] = 8,          [PATCH_PARENT] = 8,      [PATCH_TRACE_HEX] = 32,
    [PATCH_ID_HEX] = 16,   [PATCH_PARENT_HEX] = 16, [PATCH_START_FIXED] = 8, [PATCH_END_FIXED] = 8,
    [PATCH_START_NS] = 19, [PATCH_END_NS] = 19,     [PATCH_START_MS] = 13,   [PATCH_END_MS] = 13,
    [PATCH_USER] = 4,      [PATCH_REQUEST] = 16,
};

struct patch {
    uint32_t offset, span;
    enum patch_kind kind;
};

/* Some bytes and the places in them that differ each time. */
struct part {
    struct text_buffer bytes;
    struct patch *patches;
    size_t count, capacity;
};

struct bodies {
    enum body_format format;
    size_t spans, period; /* templates: after so many bodies the world repeats itself */
    int64_t begin_ns;
    struct part *parts;
};

/* ---- parts ---------------------------------------------------------------------------------- */

static void remember(struct part *part, struct patch patch)
{
    if (part->count == part->capacity) {
        part->capacity = part->capacity * 2 + 8;
        part->patches = mem_grow(part->patches, part->capacity * sizeof *part->patches);
    }
    part->patches[part->count++] = patch;
}

/* Room for what is patched in. */
static void put_patch(struct part *part, enum patch_kind kind, size_t span)
{
    remember(part, (struct patch){(uint32_t)part->bytes.length, (uint32_t)span, kind});
    for (size_t i = 0; i < patch_bytes[kind]; i++) {
        text_append_char(&part->bytes, '0');
    }
}

static void part_clear(struct part *part)
{
    text_buffer_free(&part->bytes);
    free(part->patches);
    *part = (struct part){0};
}

/* A protobuf field that holds the inner part; empties that. */
static void put_message(struct part *part, unsigned field, struct part *inner)
{
    proto_put_bytes(&part->bytes, field, text_buffer_text(&inner->bytes));
    size_t shift = part->bytes.length - inner->bytes.length;
    for (size_t i = 0; i < inner->count; i++) {
        struct patch patch = inner->patches[i];
        patch.offset += (uint32_t)shift;
        remember(part, patch);
    }
    part_clear(inner);
}

static void put(struct part *part, const char *text)
{
    text_append_cstr(&part->bytes, text);
}

static bool is_request(const struct world_attribute *attribute)
{
    return strcmp(attribute->key, "request.id") == 0;
}

static bool is_user(const struct world_attribute *attribute)
{
    return strcmp(attribute->key, "user.id") == 0;
}

/* ---- OTLP protobuf -------------------------------------------------------------------------- */

static void put_text_field(struct part *part, unsigned field, const char *text)
{
    proto_put_bytes(&part->bytes, field, text_from(text));
}

static void put_pb_string(struct part *part, const char *key, const char *text)
{
    struct part pair = {0}, value = {0};
    put_text_field(&pair, 1, key);
    put_text_field(&value, 1, text);
    put_message(&pair, 2, &value);
    put_message(part, 1, &pair);
}

static void put_pb_attribute(struct part *part, const struct world_attribute *attribute,
                             size_t span)
{
    struct part pair = {0}, value = {0}, text = {0};
    put_text_field(&pair, 1, attribute->key);
    if (is_request(attribute) || is_user(attribute)) {
        put(&text, is_user(attribute) ? "user-" : "r");
        put_patch(&text, is_user(attribute) ? PATCH_USER : PATCH_REQUEST, span);
        put_message(&value, 1, &text);
    } else if (attribute->text != NULL) {
        put_text_field(&value, 1, attribute->text);
    } else {
        proto_put_number(&value.bytes, 3, (uint64_t)attribute->number);
    }
    put_message(&pair, 2, &value);
    put_message(part, 9, &pair);
}

/* Protobuf's tag and length of a field whose bytes are patched in. */
static void put_pb_patch(struct part *part, unsigned field, enum patch_kind kind, size_t span)
{
    struct part bytes = {0};
    put_patch(&bytes, kind, span);
    put_message(part, field, &bytes);
}

static void put_pb_fixed(struct part *part, unsigned field, enum patch_kind kind, size_t span)
{
    text_append_char(&part->bytes, (char)(field << 3 | PROTO_FIXED64));
    put_patch(part, kind, span);
}

static void put_pb_span(struct part *part, const struct world_span *span, size_t number)
{
    struct part inner = {0}, status = {0};
    put_pb_patch(&inner, 1, PATCH_TRACE, number);
    put_pb_patch(&inner, 2, PATCH_ID, number);
    if (!span->is_root) {
        put_pb_patch(&inner, 4, PATCH_PARENT, number);
    }
    put_text_field(&inner, 5, span->name);
    proto_put_number(&inner.bytes, 6, (uint64_t)span->kind);
    put_pb_fixed(&inner, 7, PATCH_START_FIXED, number);
    put_pb_fixed(&inner, 8, PATCH_END_FIXED, number);
    for (size_t i = 0; i < span->attribute_count; i++) {
        put_pb_attribute(&inner, &span->attributes[i], number);
    }
    if (span->is_error) {
        put_text_field(&status, 2, "UNIQUE constraint failed");
        proto_put_number(&status.bytes, 3, 2);
        put_message(&inner, 15, &status);
    }
    put_message(part, 2, &inner);
}

static void put_pb_resource(struct part *part, const char *service, struct part *spans)
{
    struct part whole = {0}, resource = {0}, scope = {0};
    put_pb_string(&resource, "service.name", service);
    put_pb_string(&resource, "service.version", "1.4.2");
    put_pb_string(&resource, "host.name", "bench-host-1");
    put_pb_string(&resource, "telemetry.sdk.name", "opentelemetry");
    put_message(&whole, 1, &resource);
    put_text_field(&scope, 1, "bench");
    put_message(spans, 1, &scope);
    put_message(&whole, 2, spans);
    put_message(part, 1, &whole);
}

/* ---- OTLP JSON ------------------------------------------------------------------------------ */

static void put_json_pair(struct part *part, const char *key, enum patch_kind kind, size_t span)
{
    text_append_format(&part->bytes, "\"%s\":\"", key);
    put_patch(part, kind, span);
    put(part, "\",");
}

static void put_json_attribute(struct part *part, const struct world_attribute *attribute,
                               size_t span)
{
    text_append_format(&part->bytes, "{\"key\":\"%s\",\"value\":{", attribute->key);
    if (is_request(attribute) || is_user(attribute)) {
        put(part, is_user(attribute) ? "\"stringValue\":\"user-" : "\"stringValue\":\"r");
        put_patch(part, is_user(attribute) ? PATCH_USER : PATCH_REQUEST, span);
        put(part, "\"}}");
    } else if (attribute->text != NULL) {
        text_append_format(&part->bytes, "\"stringValue\":\"%s\"}}", attribute->text);
    } else {
        text_append_format(&part->bytes, "\"intValue\":\"%" PRId64 "\"}}", attribute->number);
    }
}

static void put_json_span(struct part *part, const struct world_span *span, size_t number)
{
    put(part, part->bytes.length > 0 ? ",{" : "{");
    put_json_pair(part, "traceId", PATCH_TRACE_HEX, number);
    put_json_pair(part, "spanId", PATCH_ID_HEX, number);
    if (!span->is_root) {
        put_json_pair(part, "parentSpanId", PATCH_PARENT_HEX, number);
    }
    text_append_format(&part->bytes, "\"name\":\"%s\",\"kind\":%d,", span->name, span->kind);
    put_json_pair(part, "startTimeUnixNano", PATCH_START_NS, number);
    put_json_pair(part, "endTimeUnixNano", PATCH_END_NS, number);
    put(part, "\"attributes\":[");
    for (size_t i = 0; i < span->attribute_count; i++) {
        put(part, i > 0 ? "," : "");
        put_json_attribute(part, &span->attributes[i], number);
    }
    put(part, span->is_error ? "],\"status\":{\"code\":2,\"message\":\"UNIQUE constraint failed\"}}"
                             : "],\"status\":{}}");
}

/* Takes over what the inner part holds. */
static void put_part(struct part *part, struct part *inner)
{
    size_t shift = part->bytes.length;
    text_append(&part->bytes, text_buffer_text(&inner->bytes));
    for (size_t i = 0; i < inner->count; i++) {
        struct patch patch = inner->patches[i];
        patch.offset += (uint32_t)shift;
        remember(part, patch);
    }
    part_clear(inner);
}

static void put_json_resource(struct part *part, const char *service, struct part *spans)
{
    text_append_format(
        &part->bytes,
        "%s{\"resource\":{\"attributes\":["
        "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"%s\"}},"
        "{\"key\":\"service.version\",\"value\":{\"stringValue\":\"1.4.2\"}},"
        "{\"key\":\"host.name\",\"value\":{\"stringValue\":\"bench-host-1\"}},"
        "{\"key\":\"telemetry.sdk.name\",\"value\":{\"stringValue\":\"opentelemetry\"}}]},"
        "\"scopeSpans\":[{\"scope\":{\"name\":\"bench\"},\"spans\":[",
        part->bytes.length > 0 ? "," : "{\"resourceSpans\":[", service);
    put_part(part, spans);
    put(part, "]}]}");
}

/* ---- flat JSON ------------------------------------------------------------------------------ */

static void put_flat_attribute(struct part *part, const struct world_attribute *attribute,
                               size_t span)
{
    text_append_format(&part->bytes, "\"%s\":", attribute->key);
    if (is_request(attribute)) {
        put(part, "\"r");
        put_patch(part, PATCH_REQUEST, span);
        put(part, "\"");
    } else if (attribute->text != NULL) {
        text_append_format(&part->bytes, "\"%s\"", attribute->text);
    } else {
        text_append_format(&part->bytes, "%" PRId64, attribute->number);
    }
}

static void put_flat_time(struct part *part, const char *key, enum patch_kind kind, size_t span)
{
    text_append_format(&part->bytes, "\"%s\":", key);
    put_patch(part, kind, span);
    put(part, ",");
}

static void put_flat_span(struct part *part, const struct world_span *span, size_t number)
{
    put(part, part->bytes.length > 0 ? ",{" : "{\"spans\":[{");
    put_json_pair(part, "id", PATCH_ID_HEX, number);
    put_json_pair(part, "traceId", PATCH_TRACE_HEX, number);
    if (!span->is_root) {
        put_json_pair(part, "parentSpanId", PATCH_PARENT_HEX, number);
    }
    text_append_format(&part->bytes,
                       "\"operationName\":\"%s\",\"operationType\":\"%s\",\"service\":\"%s\",",
                       span->name, span->type, span->service);
    put_flat_time(part, "startedAt", PATCH_START_MS, number);
    put_flat_time(part, "endedAt", PATCH_END_MS, number);
    put(part, span->is_error ? "\"status\":\"error\",\"errorMessage\":\"UNIQUE constraint failed\","
                             : "\"status\":\"completed\",");
    if (span->is_root) {
        put(part, "\"userId\":\"user-");
        put_patch(part, PATCH_USER, number);
        put(part, "\",");
    }
    put(part, "\"attributes\":{");
    for (size_t i = 0; i < span->attribute_count && !is_user(&span->attributes[i]); i++) {
        put(part, i > 0 ? "," : "");
        put_flat_attribute(part, &span->attributes[i], number);
    }
    put(part, "}}");
}

/* ---- templates ------------------------------------------------------------------------------ */

/* Spans of one service side by side share a resource. */
static struct part make_otlp(const struct bodies *bodies, size_t number)
{
    struct part part = {0}, spans = {0};
    bool json = bodies->format == BODY_JSON;
    const char *service = NULL;
    for (size_t i = 0; i <= bodies->spans; i++) {
        struct world_span span = world_span(number * bodies->spans + i, bodies->begin_ns);
        bool ends = i == bodies->spans || (service != NULL && strcmp(service, span.service) != 0);
        if (ends && json) {
            put_json_resource(&part, service, &spans);
        } else if (ends) {
            put_pb_resource(&part, service, &spans);
        }
        if (i < bodies->spans && json) {
            put_json_span(&spans, &span, i);
        } else if (i < bodies->spans) {
            put_pb_span(&spans, &span, i);
        }
        service = span.service;
    }
    part_clear(&spans);
    put(&part, json ? "]}" : "");
    return part;
}

static struct part make_flat(const struct bodies *bodies, size_t number)
{
    struct part part = {0};
    for (size_t i = 0; i < bodies->spans; i++) {
        struct world_span span = world_span(number * bodies->spans + i, bodies->begin_ns);
        put_flat_span(&part, &span, i);
    }
    put(&part, "]}");
    return part;
}

static size_t common_divisor(size_t a, size_t b)
{
    return b == 0 ? a : common_divisor(b, a % b);
}

struct bodies *bodies_new(enum body_format format, size_t spans, int64_t begin_ns)
{
    struct bodies *bodies = mem_zero(1, sizeof *bodies);
    bodies->format = format;
    bodies->spans = spans;
    bodies->begin_ns = begin_ns;
    bodies->period = WORLD_PERIOD / common_divisor(spans, WORLD_PERIOD);
    bodies->parts = mem_zero(bodies->period, sizeof *bodies->parts);
    for (size_t i = 0; i < bodies->period; i++) {
        bodies->parts[i] = format == BODY_FLAT ? make_flat(bodies, i) : make_otlp(bodies, i);
    }
    return bodies;
}

void bodies_free(struct bodies *bodies)
{
    for (size_t i = 0; i < bodies->period; i++) {
        part_clear(&bodies->parts[i]);
    }
    free(bodies->parts);
    free(bodies);
}

/* ---- patches -------------------------------------------------------------------------------- */

static void write_hex(char *target, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        target[2 * i] = digits[bytes[i] >> 4];
        target[2 * i + 1] = digits[bytes[i] & 15];
    }
}

static void write_digits(char *target, size_t count, uint64_t value)
{
    for (size_t i = count; i > 0; i--) {
        target[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void write_fixed(char *target, int64_t value)
{
    for (int i = 0; i < 8; i++) {
        target[i] = (char)((uint64_t)value >> (8 * i));
    }
}

static void write_patch(char *target, enum patch_kind kind, const struct world_span *span)
{
    size_t bytes = patch_bytes[kind];
    switch (kind) {
    case PATCH_TRACE:
        memcpy(target, span->trace_id, bytes);
        break;
    case PATCH_ID:
        memcpy(target, span->id, bytes);
        break;
    case PATCH_PARENT:
        memcpy(target, span->parent, bytes);
        break;
    case PATCH_TRACE_HEX:
        write_hex(target, span->trace_id, bytes / 2);
        break;
    case PATCH_ID_HEX:
        write_hex(target, span->id, bytes / 2);
        break;
    case PATCH_PARENT_HEX:
        write_hex(target, span->parent, bytes / 2);
        break;
    case PATCH_START_FIXED:
        write_fixed(target, span->start_ns);
        break;
    case PATCH_END_FIXED:
        write_fixed(target, span->end_ns);
        break;
    case PATCH_START_NS:
        write_digits(target, bytes, (uint64_t)span->start_ns);
        break;
    case PATCH_END_NS:
        write_digits(target, bytes, (uint64_t)span->end_ns);
        break;
    case PATCH_START_MS:
        write_digits(target, bytes, (uint64_t)(span->start_ns / 1000000));
        break;
    case PATCH_END_MS:
        write_digits(target, bytes, (uint64_t)(span->end_ns / 1000000));
        break;
    case PATCH_USER:
        write_digits(target, bytes, span->user);
        break;
    case PATCH_REQUEST:
        write_digits(target, bytes, span->request);
        break;
    }
}

void bodies_make(const struct bodies *bodies, uint64_t batch, struct text_buffer *target)
{
    const struct part *part = &bodies->parts[batch % bodies->period];
    size_t start = target->length;
    text_append(target, text_buffer_text(&part->bytes));
    struct world_span span = {0};
    uint32_t current = UINT32_MAX;
    for (size_t i = 0; i < part->count; i++) {
        const struct patch *patch = &part->patches[i];
        if (patch->span != current) {
            current = patch->span;
            span = world_span(batch * bodies->spans + current, bodies->begin_ns);
        }
        write_patch(target->data + start + patch->offset, patch->kind, &span);
    }
}
