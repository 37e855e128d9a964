/* otlp_bodies — generated trace requests, each written as protobuf and as JSON at once. */
#ifndef TRACETUI_TESTS_UNIT_OTLP_BODIES_H
#define TRACETUI_TESTS_UNIT_OTLP_BODIES_H

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/base64.h"
#include "store/base/json.h"

enum { PARTS = 48, NOW_S = 1766012400 };

/* ---- chance ---- */

static uint64_t state; /* of one program of one thread */

static uint64_t chance(uint64_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % below;
}

static bool rarely(void)
{
    return chance(40) == 0;
}

/* ---- a message in both encodings ---------------------------------------------------------------
 *
 * Members are kept apart until the message is closed, because it may have them in any order. The
 * order is the same in both: of several faults the first one read is the one reported. */

struct both {
    struct text_buffer json, pb;
};

struct message {
    struct both parts[PARTS];
    size_t count;
};

static void put_varint(struct text_buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        text_append_char(out, (char)(value | 0x80));
    }
    text_append_char(out, (char)value);
}

static void put_fixed(struct text_buffer *out, int size, uint64_t value)
{
    for (int i = 0; i < size; i++) {
        text_append_char(out, (char)(value >> (8 * i)));
    }
}

static void put_bytes(struct text_buffer *out, unsigned number, struct text bytes)
{
    put_varint(out, number << 3 | 2);
    put_varint(out, bytes.length);
    text_append(out, bytes);
}

static void put_digits(struct text_buffer *out, bool quoted, const char *digits)
{
    text_append_format(out, quoted ? "\"%s\"" : "%s", digits);
}

/* A new member; its name is written "likeThis" or "like_this". */
static struct both *part(struct message *message, const char *name)
{
    bool snake = chance(2) == 0;
    assert_true(message->count < PARTS);
    struct both *added = &message->parts[message->count++];
    text_append_char(&added->json, '"');
    for (const char *at = name; *at != '\0'; at++) {
        if (snake && *at >= 'A' && *at <= 'Z') {
            text_append_char(&added->json, '_');
            text_append_char(&added->json, (char)(*at - 'A' + 'a'));
        } else {
            text_append_char(&added->json, *at);
        }
    }
    text_append_cstr(&added->json, "\":");
    return added;
}

static void add_text(struct message *message, unsigned number, const char *name, struct text text)
{
    struct both *to = part(message, name);
    json_append_string(&to->json, text);
    put_bytes(&to->pb, number, text);
}

static void add_int(struct message *message, unsigned number, const char *name, int64_t value)
{
    char digits[24];
    struct both *to = part(message, name);
    snprintf(digits, sizeof digits, "%" PRId64, value);
    put_digits(&to->json, chance(2) == 0, digits);
    put_varint(&to->pb, number << 3);
    put_varint(&to->pb, (uint64_t)value);
}

static void add_fixed64(struct message *message, unsigned number, const char *name, uint64_t value)
{
    char digits[24];
    struct both *to = part(message, name);
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    put_digits(&to->json, chance(2) == 0, digits);
    put_varint(&to->pb, number << 3 | 1);
    put_fixed(&to->pb, 8, value);
}

static void add_fixed32(struct message *message, unsigned number, const char *name, uint32_t value)
{
    struct both *to = part(message, name);
    text_append_format(&to->json, "%" PRIu32, value);
    put_varint(&to->pb, number << 3 | 5);
    put_fixed(&to->pb, 4, value);
}

static void add_id(struct message *message, unsigned number, const char *name, struct text bytes)
{
    struct both *to = part(message, name);
    const char *format = chance(2) == 0 ? "%02x" : "%02X";
    text_append_char(&to->json, '"');
    for (size_t i = 0; i < bytes.length; i++) {
        text_append_format(&to->json, format, (uint8_t)bytes.data[i]);
    }
    text_append_char(&to->json, '"');
    put_bytes(&to->pb, number, bytes);
}

/* Joins the members: JSON into an object, protobuf as it is. */
static struct both close_message(struct message *message)
{
    struct both whole = {0};
    size_t first = message->count > 0 ? chance(message->count) : 0;
    text_append_char(&whole.json, '{');
    for (size_t i = 0; i < message->count; i++) {
        struct both *next = &message->parts[(first + i) % message->count];
        text_append_cstr(&whole.json, i > 0 ? "," : "");
        text_append(&whole.json, text_buffer_text(&next->json));
        text_append(&whole.pb, text_buffer_text(&next->pb));
    }
    text_append_char(&whole.json, '}');
    for (size_t i = 0; i < message->count; i++) {
        text_buffer_free(&message->parts[i].json);
        text_buffer_free(&message->parts[i].pb);
    }
    *message = (struct message){.count = 0};
    return whole;
}

static void free_both(struct both *both)
{
    text_buffer_free(&both->json);
    text_buffer_free(&both->pb);
}

/* inner as a member of its own; inner is emptied. */
static void add_message(struct message *message, unsigned number, const char *name,
                        struct message *inner)
{
    struct both whole = close_message(inner);
    struct both *to = part(message, name);
    text_append(&to->json, text_buffer_text(&whole.json));
    put_bytes(&to->pb, number, text_buffer_text(&whole.pb));
    free_both(&whole);
}

/* A repeated member: one array in JSON, several fields in protobuf. */
static void add_list(struct message *message, unsigned number, const char *name, size_t count,
                     void (*fill)(struct message *element))
{
    struct both *to = part(message, name);
    text_append_char(&to->json, '[');
    for (size_t i = 0; i < count; i++) {
        struct message element = {.count = 0};
        fill(&element);
        struct both whole = close_message(&element);
        text_append_cstr(&to->json, i > 0 ? "," : "");
        text_append(&to->json, text_buffer_text(&whole.json));
        put_bytes(&to->pb, number, text_buffer_text(&whole.pb));
        free_both(&whole);
    }
    text_append_char(&to->json, ']');
}

/* ---- what the bodies hold ---- */

static struct text some_text(char room[64])
{
    static const char *const words[] = {
        "GET /",
        "naïve ☕ 名前",
        "\U0001F680",
        "\"\\/\b\f\n\r\t",
        "a\x01\x7f",
        "null",
        "<b>&amp;",
        "0",
        "hunter2",
        "Bearer abcdefgh",
        "",
        "é\xCC\x81",
        "4111111111111111 paid",
        "https://h/p?token=abc&x=1",
    };
    if (rarely()) {
        memcpy(room, "a\0b", 3);
        return text_make(room, 3);
    }
    int length = snprintf(room, 64, "%s", words[chance(ARRAY_LEN(words))]);
    return text_make(room, (size_t)length);
}

static const char *some_key(void)
{
    static const char *const keys[] = {
        "http.request.method",
        "user.id",
        "db.statement",
        "password",
        "http.response.status_code",
        "k",
        "k2",
        "ключ",
        "error",
        "exception.message",
        "session.id",
        "url.full",
        "",
        "params",
        "exception.stacktrace",
    };
    return keys[chance(ARRAY_LEN(keys))];
}

static int64_t some_int(void)
{
    static const int64_t ints[] = {0,   -1,        1,         INT64_MAX,
                                   200, INT64_MIN, 500,       INT64_C(9007199254740993),
                                   404, INT32_MAX, INT32_MIN, -INT64_C(9007199254740993)};
    return ints[chance(ARRAY_LEN(ints))];
}

static int depth;

static void fill_attribute(struct message *attribute);
static void fill_value(struct message *value);

static void add_double(struct message *value)
{
    static const double doubles[] = {0, -0.0, 0.1, 1, -1e300, 5e-324, 1e16, 123456789.125, 1e21};
    static const char *const odd[] = {"\"NaN\"", "\"Infinity\"", "\"-Infinity\""};
    struct both *to = part(value, "doubleValue");
    size_t which = chance(ARRAY_LEN(doubles) + ARRAY_LEN(odd));
    double number;
    uint64_t bits;
    if (which < ARRAY_LEN(doubles)) {
        char digits[40];
        number = doubles[which];
        snprintf(digits, sizeof digits, "%.17g", number);
        put_digits(&to->json, chance(3) == 0, digits);
    } else {
        which -= ARRAY_LEN(doubles);
        number = which == 0 ? (double)NAN : which == 1 ? (double)INFINITY : -(double)INFINITY;
        text_append_cstr(&to->json, odd[which]);
    }
    memcpy(&bits, &number, sizeof bits);
    put_varint(&to->pb, 4 << 3 | 1);
    put_fixed(&to->pb, 8, bits);
}

static void add_bool(struct message *value)
{
    struct both *to = part(value, "boolValue");
    bool yes = chance(2) == 0;
    text_append_cstr(&to->json, yes ? "true" : "false");
    put_varint(&to->pb, 2 << 3);
    put_varint(&to->pb, yes);
}

static void add_base64(struct message *value)
{
    char bytes[16];
    size_t length = chance(sizeof bytes);
    struct both *to = part(value, "bytesValue");
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (char)chance(256);
    }
    text_append_char(&to->json, '"');
    base64_append(&to->json, text_make(bytes, length));
    text_append_char(&to->json, '"');
    put_bytes(&to->pb, 7, text_make(bytes, length));
}

static void fill_value(struct message *value)
{
    char room[64];
    struct message inner = {.count = 0};
    switch (chance(depth < 4 ? 9 : 6)) {
    case 0:
        add_int(value, 3, "intValue", some_int());
        break;
    case 1:
        add_double(value);
        break;
    case 2:
        add_bool(value);
        break;
    case 3:
        add_base64(value);
        break;
    case 6:
        depth++;
        add_list(&inner, 1, "values", chance(4), fill_value);
        add_message(value, 5, "arrayValue", &inner);
        depth--;
        break;
    case 7:
        depth++;
        add_list(&inner, 1, "values", chance(4), fill_attribute);
        add_message(value, 6, "kvlistValue", &inner);
        depth--;
        break;
    case 8: /* no value at all */
        break;
    default:
        add_text(value, 1, "stringValue", some_text(room));
    }
}

static void fill_attribute(struct message *attribute)
{
    struct message value = {.count = 0};
    add_text(attribute, 1, "key", text_from(some_key()));
    if (rarely()) {
        return;
    }
    fill_value(&value);
    add_message(attribute, 2, "value", &value);
}

static struct text some_id(char room[16], size_t length)
{
    bool zero = rarely();
    for (size_t i = 0; i < length; i++) {
        room[i] = (char)(zero ? 0 : chance(256));
    }
    return text_make(room, rarely() ? chance(length) : length);
}

static uint64_t some_time(void)
{
    static const uint64_t odd[] = {0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1};
    return rarely() ? odd[chance(ARRAY_LEN(odd))]
                    : UINT64_C(1000000000) * NOW_S + chance(UINT64_C(1) << 40);
}

static void add_dropped(struct message *message, unsigned number, const char *name)
{
    if (chance(8) == 0) {
        add_int(message, number, name, chance(2) == 0 ? 7 : UINT32_MAX / 2);
    }
}

static void fill_event(struct message *event)
{
    char room[64];
    add_fixed64(event, 1, "timeUnixNano", some_time());
    add_text(event, 2, "name", chance(3) == 0 ? TEXT("exception") : some_text(room));
    add_list(event, 3, "attributes", chance(4), fill_attribute);
    add_dropped(event, 4, "droppedAttributesCount");
}

static void fill_link(struct message *link)
{
    char room[64];
    add_id(link, 1, "traceId", some_id(room, 16));
    add_id(link, 2, "spanId", some_id(room, 8));
    if (chance(2) == 0) {
        add_text(link, 3, "traceState", some_text(room));
    }
    add_list(link, 4, "attributes", chance(3), fill_attribute);
    add_dropped(link, 5, "droppedAttributesCount");
    if (chance(2) == 0) {
        add_fixed32(link, 6, "flags", (uint32_t)chance(1024));
    }
}

static void fill_status(struct message *status)
{
    char room[64];
    if (chance(2) == 0) {
        add_text(status, 2, "message", some_text(room));
    }
    if (chance(4) != 0) {
        add_int(status, 3, "code", rarely() ? -1 : (int64_t)chance(4));
    }
}

static void fill_span(struct message *span)
{
    char room[64];
    struct message status = {.count = 0};
    uint64_t start = some_time();
    if (!rarely()) {
        add_id(span, 1, "traceId", some_id(room, 16));
    }
    if (!rarely()) {
        add_id(span, 2, "spanId", some_id(room, 8));
    }
    if (chance(4) == 0) {
        add_text(span, 3, "traceState", some_text(room));
    }
    if (chance(2) == 0) {
        add_id(span, 4, "parentSpanId", some_id(room, 8));
    }
    add_text(span, 5, "name", some_text(room));
    add_int(span, 6, "kind", rarely() ? -3 : (int64_t)chance(8));
    add_fixed64(span, 7, "startTimeUnixNano", start);
    if (chance(6) != 0) {
        add_fixed64(span, 8, "endTimeUnixNano", rarely() ? some_time() : start + chance(1 << 30));
    }
    add_list(span, 9, "attributes", chance(chance(20) == 0 ? 40 : 8), fill_attribute);
    add_dropped(span, 10, "droppedAttributesCount");
    add_list(span, 11, "events", chance(4), fill_event);
    add_dropped(span, 12, "droppedEventsCount");
    add_list(span, 13, "links", chance(3), fill_link);
    add_dropped(span, 14, "droppedLinksCount");
    if (chance(3) != 0) {
        fill_status(&status);
        add_message(span, 15, "status", &status);
    }
    if (chance(2) == 0) {
        add_fixed32(span, 16, "flags", (uint32_t)chance(1024));
    }
}

static void fill_scope_spans(struct message *scope_spans)
{
    char room[64];
    struct message scope = {.count = 0};
    if (chance(4) != 0) {
        add_text(&scope, 1, "name", some_text(room));
        add_text(&scope, 2, "version", some_text(room));
        add_list(&scope, 3, "attributes", chance(3), fill_attribute);
        add_dropped(&scope, 4, "droppedAttributesCount");
        add_message(scope_spans, 1, "scope", &scope);
    }
    add_list(scope_spans, 2, "spans", chance(4), fill_span);
    if (chance(2) == 0) {
        add_text(scope_spans, 3, "schemaUrl", TEXT("https://opentelemetry.io/schemas/1.30.0"));
    }
}

static void fill_resource_spans(struct message *resource_spans)
{
    struct message resource = {.count = 0};
    if (chance(8) != 0) {
        add_list(&resource, 1, "attributes", chance(5), fill_attribute);
        add_dropped(&resource, 2, "droppedAttributesCount");
        add_message(resource_spans, 1, "resource", &resource);
    }
    add_list(resource_spans, 2, "scopeSpans", chance(3), fill_scope_spans);
    if (chance(2) == 0) {
        add_text(resource_spans, 3, "schemaUrl", TEXT("https://opentelemetry.io/schemas/1.30.0"));
    }
}

/* The body of that number, always the same. Owns: free_both. */
static struct both body_of(uint64_t number)
{
    struct message request = {.count = 0};
    state = number * UINT64_C(0x9E3779B97F4A7C15);
    add_list(&request, 1, "resourceSpans", 1 + chance(2), fill_resource_spans);
    return close_message(&request);
}

#endif
