/* storm_batch — a batch of the storm: spans that tell where they belong, in any dialect. */
#include "storm_batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/proto_put.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

void storm_batch_print_trace(const struct storm_batch *batch, char target[STORM_TRACE_BYTES])
{
    snprintf(target, STORM_TRACE_BYTES, "%08" PRIx32 "%08" PRIx32 "%016" PRIx64, batch->seed,
             batch->sender + 1, batch->trace);
}

struct item {
    char trace[STORM_TRACE_BYTES], id[17], parent[17];
    int64_t start_ns, end_ns;
    bool error;
};

static struct item make_item(const struct storm_batch *batch, size_t index)
{
    struct item item = {.parent = "0000000000000000", .error = index % 11 == 5};
    int64_t now_ns = clock_now_ns();
    storm_batch_print_trace(batch, item.trace);
    snprintf(item.id, sizeof item.id, "%08" PRIx32 "%08" PRIx32, batch->number,
             (uint32_t)index + 1);
    if (index > 0) {
        snprintf(item.parent, sizeof item.parent, "%08" PRIx32 "%08" PRIx32, batch->number,
                 ((uint32_t)index + 1) / 2);
    }
    item.start_ns = now_ns / 1000000 * 1000000 - NS_PER_MS * (int64_t)(50 - index % 40);
    item.end_ns = item.start_ns + NS_PER_MS * (int64_t)(1 + index % 9);
    return item;
}

static void add_ballast(const struct storm_batch *batch, struct text_buffer *body)
{
    for (size_t i = 0; i < batch->ballast_bytes; i++) {
        text_append_char(body, (char)('a' + i % 26));
    }
}

static void put_time(struct text_buffer *message, unsigned field, int64_t value)
{
    text_append_char(message, (char)(field << 3 | 1));
    for (int shift = 0; shift < 64; shift += 8) {
        text_append_char(message, (char)((uint64_t)value >> shift));
    }
}

static void put_hex(struct text_buffer *message, unsigned field, const char *hex)
{
    char bytes[16];
    size_t count = strlen(hex) / 2;
    for (size_t i = 0; i < count; i++) {
        char digits[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        bytes[i] = (char)strtoul(digits, NULL, 16);
    }
    proto_put_bytes(message, field, text_make(bytes, count));
}

static void put_message(struct text_buffer *target, unsigned field, struct text_buffer *message)
{
    proto_put_bytes(target, field, text_buffer_text(message));
    text_buffer_free(message);
}

static void put_attribute(struct text_buffer *target, unsigned field, const char *key,
                          struct text value)
{
    struct text_buffer any = {0};
    struct text_buffer pair = {0};
    proto_put_bytes(&any, 1, value);
    proto_put_bytes(&pair, 1, text_from(key));
    put_message(&pair, 2, &any);
    put_message(target, field, &pair);
}

static void make_protobuf(struct storm_batch *batch)
{
    struct text_buffer resource = {0};
    struct text_buffer scope = {0};
    struct text_buffer group = {0};
    struct text_buffer ballast = {0};
    add_ballast(batch, &ballast);
    put_attribute(&resource, 1, "service.name", text_from("storm"));
    for (size_t i = 0; i < batch->count; i++) {
        struct item item = make_item(batch, i);
        struct text_buffer span = {0};
        put_hex(&span, 1, item.trace);
        put_hex(&span, 2, item.id);
        if (i > 0) {
            put_hex(&span, 4, item.parent);
        }
        proto_put_bytes(&span, 5, text_from("work"));
        proto_put_number(&span, 6, 2);
        put_time(&span, 7, item.start_ns);
        put_time(&span, 8, item.end_ns);
        put_attribute(&span, 9, "check", text_from(item.id));
        if (ballast.length > 0) {
            put_attribute(&span, 9, "ballast", text_buffer_text(&ballast));
        }
        if (item.error) {
            struct text_buffer status = {0};
            proto_put_number(&status, 3, 2);
            put_message(&span, 15, &status);
        }
        put_message(&scope, 2, &span);
    }
    put_message(&group, 1, &resource);
    put_message(&group, 2, &scope);
    put_message(&batch->body, 1, &group);
    text_buffer_free(&ballast);
}

/* The dialects of JSON: what stands in front, one span, what stands behind. */
static const struct {
    char letter;
    const char *path, *head, *span, *error, *middle, *tail, *foot;
} forms[] = {
    {.letter = 'j',
     .path = WIRE_PATH_OTLP,
     .head = "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\","
             "\"value\":{\"stringValue\":\"storm\"}}]},\"scopeSpans\":[{\"spans\":[",
     .span = "{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\",\"name\":\"work\","
             "\"kind\":2,\"startTimeUnixNano\":\"%" PRId64 "000000\",\"endTimeUnixNano\":\"%" PRId64
             "000000\",",
     .error = "\"status\":{\"code\":2},",
     .middle = "\"attributes\":[{\"key\":\"check\",\"value\":{\"stringValue\":\"%s\"}},"
               "{\"key\":\"ballast\",\"value\":{\"stringValue\":\"",
     .tail = "\"}}]}",
     .foot = "]}]}]}"},
    {.letter = 'f',
     .path = WIRE_PATH_FLAT,
     .head = "{\"spans\":[",
     .span = "{\"traceId\":\"%s\",\"id\":\"%s\",\"parentSpanId\":\"%s\",\"operationName\":\"work\","
             "\"operationType\":\"service\",\"service\":\"storm\",\"startedAt\":%" PRId64
             ",\"endedAt\":%" PRId64 ",",
     .error = "\"status\":\"error\",",
     .middle = "\"attributes\":{\"check\":\"%s\",\"ballast\":\"",
     .tail = "\"}}",
     .foot = "]}"},
    {.letter = 'z',
     .path = WIRE_PATH_ZIPKIN,
     .head = "[",
     .span = "{\"traceId\":\"%s\",\"id\":\"%s\",\"parentId\":\"%s\",\"name\":\"work\","
             "\"localEndpoint\":{\"serviceName\":\"storm\"},\"timestamp\":%" PRId64
             "000,\"duration\":%" PRId64 "000,",
     .middle = "\"tags\":{\"check\":\"%s\",\"ballast\":\"",
     .tail = "\"}}",
     .foot = "]"},
};

static size_t form_of(char letter)
{
    size_t form = 0;
    while (forms[form].letter != letter) {
        form++;
    }
    return form;
}

static void make_json(struct storm_batch *batch, size_t form)
{
    struct text_buffer *body = &batch->body;
    text_append_format(body, "%s", forms[form].head);
    for (size_t i = 0; i < batch->count; i++) {
        struct item item = make_item(batch, i);
        int64_t start_ms = item.start_ns / NS_PER_MS;
        int64_t end_ms = item.end_ns / NS_PER_MS;
        text_append_format(body, "%s", i > 0 ? "," : "");
        text_append_format(body, forms[form].span, item.trace, item.id, item.parent, start_ms,
                           forms[form].letter == 'z' ? end_ms - start_ms : end_ms);
        if (item.error && forms[form].error != NULL) {
            text_append_format(body, "%s", forms[form].error);
        }
        text_append_format(body, forms[form].middle, item.id);
        add_ballast(batch, body);
        text_append_format(body, "%s", forms[form].tail);
    }
    text_append_format(body, "%s", forms[form].foot);
}

static bool is_protobuf(const struct storm_batch *batch)
{
    return batch->dialect == 'p' || batch->dialect == 'g';
}

void storm_batch_make(struct storm_batch *batch)
{
    text_buffer_clear(&batch->body);
    if (is_protobuf(batch)) {
        make_protobuf(batch);
    } else {
        make_json(batch, form_of(batch->dialect));
    }
}

const char *storm_batch_path(const struct storm_batch *batch)
{
    return is_protobuf(batch) ? WIRE_PATH_OTLP : forms[form_of(batch->dialect)].path;
}

const char *storm_batch_type(const struct storm_batch *batch)
{
    return is_protobuf(batch) ? "application/x-protobuf" : "application/json";
}
