/* test_trace_json — JSON, CSV and OTLP of a trace: valid, typed, nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/json.h"
#include "store/trace_json.h"

#define START_NS INT64_C(1763647400412345678)

static struct trace *one_span(void)
{
    struct trace *trace = trace_new();
    struct id id;
    struct id parent;
    assert_int_equal(id_parse_trace(TEXT("7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"), &trace->row.id),
                     ERR_OK);
    assert_int_equal(id_parse_span(TEXT("00f067aa0ba902b7"), &id), ERR_OK);
    assert_int_equal(id_parse_span(TEXT("text-parent"), &parent), ERR_OK);
    trace->row.root_operation = TEXT("say \"hi\"");
    trace->row.service = TEXT("web");
    trace->row.services = TEXT("api web");
    trace->row.status = STATUS_ERROR;
    trace->row.start_ns = START_NS;
    trace->row.duration_ns = 1280500000;
    trace->row.span_count = 1;
    trace->row.error_count = 1;
    trace->row.metadata = TEXT("{\"ip\":\"::1\"}");
    struct trace_span *span = trace_add(trace, &id, &parent);
    span->name = trace_name(trace, TEXT("INSERT"));
    span->service = trace_name(trace, TEXT("api"));
    span->type = trace_name(trace, TEXT("db"));
    span->status = STATUS_ERROR;
    span->kind = KIND_CLIENT;
    span->start_ns = START_NS;
    span->duration_ns = 255000000;
    span->flags = SPAN_HAS_EVENTS;
    return trace;
}

static struct span_body rich_body(void)
{
    return (struct span_body){
        .message = TEXT("bad\nthing"),
        .user = TEXT("alice"),
        .attributes = TEXT(
            "{\"s\":\"x\",\"i\":-5,\"big\":18446744073709551615,\"d\":1.0,\"t\":true,\"n\":null,"
            "\"nan\":{\"$double\":\"NaN\"},\"b\":{\"$bytes\":\"AAE=\"},\"a\":[1,\"y\"],"
            "\"o\":{\"k\":2}}"),
        .events = TEXT("[{\"name\":\"exception\",\"timestamp_ns\":\"1763647400500000000\","
                       "\"attributes\":{\"k\":1},\"dropped\":2}]"),
        .links = TEXT("[{\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":"
                      "\"00f067aa0ba902b8\",\"trace_state\":\"a=b\",\"attributes\":{}}]"),
        .scope_name = TEXT("lib"),
        .dropped_events = 3,
    };
}

static void assert_valid_json(struct text text)
{
    struct json_reader reader;
    json_reader_init(&reader, text, 64);
    json_skip(&reader, NULL);
    if (!json_end(&reader)) {
        fail_msg("%s at %zu: %.*s", reader.problem, json_offset(&reader), TEXT_ARGS(text));
    }
}

static void assert_member(struct text object, const char *key, const char *expected)
{
    struct text raw = {0};
    assert_true(json_find(object, text_from(key), &raw));
    if (!text_is(raw, expected)) {
        fail_msg("%s is %.*s, not %s", key, TEXT_ARGS(raw), expected);
    }
}

static void assert_contains(const struct text_buffer *buffer, const char *part)
{
    if (strstr(buffer->data, part) == NULL) {
        fail_msg("no %s in %s", part, buffer->data);
    }
}

static void a_row_has_the_documented_members(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    struct text_buffer json = {0};
    trace_json_row(&trace->row, &json);
    struct text text = text_buffer_text(&json);
    assert_valid_json(text);
    assert_member(text, "trace_id", "\"7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1\"");
    assert_member(text, "root_operation", "\"say \\\"hi\\\"\"");
    assert_member(text, "user_id", "null");
    assert_member(text, "status", "\"error\"");
    assert_member(text, "started_at", "1763647400412");
    assert_member(text, "start_ns", "\"1763647400412345678\"");
    assert_member(text, "duration_ns", "1280500000");
    assert_member(text, "duration_ms", "1280.5");
    assert_member(text, "services", "[\"api\",\"web\"]");
    text_buffer_free(&json);
    trace_free(trace);
}

static void a_trace_is_one_object_with_its_spans(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    struct text_buffer json = {0};
    trace->row.metadata = TEXT("{broken");
    trace_json_begin(&trace->row, &json);
    struct span_body body = rich_body();
    trace_json_span(trace, &trace->spans[0], &body, &json);
    text_append_cstr(&json, ",");
    trace->spans[0].duration_ns = SPAN_RUNNING;
    trace_json_span(trace, &trace->spans[0], &(struct span_body){0}, &json);
    trace_json_end(&json);
    assert_valid_json(text_buffer_text(&json));
    assert_member(text_buffer_text(&json), "metadata", "{}");
    struct text span = {0};
    assert_true(json_find(text_buffer_text(&json), TEXT("spans"), &span));
    span = text_make(span.data + 1, span.length - 1);
    assert_contains(&json, "\"parent_span_id\":\"text-parent\"");
    assert_contains(&json, "\"kind\":\"client\"");
    assert_contains(&json, "\"error_message\":\"bad\\nthing\"");
    assert_contains(&json, "\"ended_at\":1763647400667,\"duration_ms\":255,");
    assert_contains(&json, "\"ended_at\":null,\"duration_ms\":null,\"duration_ns\":null");
    assert_contains(&json, "\"nan\":{\"$double\":\"NaN\"}");
    text_buffer_free(&json);
    trace_free(trace);
}

static void otlp_keeps_the_types_of_attributes(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    struct text_buffer json = {0};
    const struct trace_span *spans[] = {&trace->spans[0]};
    struct span_body body = rich_body();
    trace_otlp(trace, spans, &body, 1, &json);
    assert_valid_json(text_buffer_text(&json));
    static const char *const parts[] = {
        "\"traceId\":\"7f3c09d251b44e0c9a550c1e77ab90f1\"",
        "\"spanId\":\"00f067aa0ba902b7\"",
        "\"startTimeUnixNano\":\"1763647400412345678\"",
        "\"endTimeUnixNano\":\"1763647400667345678\"",
        "\"kind\":3",
        "{\"key\":\"s\",\"value\":{\"stringValue\":\"x\"}}",
        "{\"key\":\"i\",\"value\":{\"intValue\":\"-5\"}}",
        "{\"key\":\"d\",\"value\":{\"doubleValue\":1.0}}",
        "{\"key\":\"t\",\"value\":{\"boolValue\":true}}",
        "{\"key\":\"n\",\"value\":{}}",
        "{\"key\":\"nan\",\"value\":{\"doubleValue\":\"NaN\"}}",
        "{\"key\":\"b\",\"value\":{\"bytesValue\":\"AAE=\"}}",
        "{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{\"stringValue\":\"y\"}]}}",
        "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"intValue\":\"2\"}}]}}",
        "{\"key\":\"user.id\",\"value\":{\"stringValue\":\"alice\"}}",
        "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"api\"}}",
        "\"events\":[{\"timeUnixNano\":\"1763647400500000000\",\"name\":\"exception\"",
        "\"droppedAttributesCount\":2",
        "\"droppedEventsCount\":3",
        "\"links\":[{\"traceId\":\"4bf92f3577b34da6a3ce929d0e0e4736\"",
        "\"traceState\":\"a=b\"",
        "\"scope\":{\"name\":\"lib\"",
        "\"status\":{\"code\":2,\"message\":\"bad\\nthing\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        assert_contains(&json, parts[i]);
    }
    const char *parent = strstr(json.data, "\"parentSpanId\":\"");
    assert_non_null(parent);
    assert_int_equal(strspn(parent + 16, "0123456789abcdef"), 16);
    text_buffer_free(&json);
    trace_free(trace);
}

/* OTLP's readers refuse a whole request for bytes that are not base64. */
static void otlp_keeps_a_map_that_looks_like_bytes(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    struct text_buffer json = {0};
    const struct trace_span *spans[] = {&trace->spans[0]};
    struct span_body body = rich_body();
    body.attributes =
        TEXT("{\"a\":{\"$bytes\":\"sixteen of them\"},\"b\":{\"$bytes\":\"AAE=\",\"k\":1},"
             "\"c\":{\"k\":1,\"$double\":\"NaN\"},\"d\":{\"$double\":\"1.5\"},"
             "\"e\":{\"$bytes\":5},\"f\":{\"$bytes\":\"\"}}");
    trace_otlp(trace, spans, &body, 1, &json);
    assert_valid_json(text_buffer_text(&json));
    static const char *const parts[] = {
        "{\"key\":\"a\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"$bytes\",\"value\":"
        "{\"stringValue\":\"sixteen of them\"}}]}}}",
        "{\"key\":\"b\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"$bytes\",\"value\":"
        "{\"stringValue\":\"AAE=\"}},{\"key\":\"k\"",
        "{\"key\":\"c\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\"",
        "{\"key\":\"d\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"$double\"",
        "{\"key\":\"e\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"$bytes\"",
        "{\"key\":\"f\",\"value\":{\"bytesValue\":\"\"}}",
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        assert_contains(&json, parts[i]);
    }
    text_buffer_free(&json);
    trace_free(trace);
}

static void otlp_groups_by_resource_and_scope(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    const struct trace_span *span = &trace->spans[0];
    const struct trace_span *spans[] = {span, span, span, span};
    const struct span_body bodies[] = {
        {.resource = TEXT("{\"service.name\":\"a\"}"), .scope_name = TEXT("x")},
        {.resource = TEXT("{\"service.name\":\"b\"}"), .scope_name = TEXT("x")},
        {.resource = TEXT("{\"service.name\":\"a\"}"), .scope_name = TEXT("y")},
        {.resource = TEXT("{\"service.name\":\"a\"}"), .scope_name = TEXT("x")},
    };
    struct text_buffer json = {0};
    trace_otlp(trace, spans, bodies, 4, &json);
    assert_valid_json(text_buffer_text(&json));
    size_t resources = 0;
    size_t scopes = 0;
    for (const char *at = json.data; *at != '\0'; at++) {
        resources += strncmp(at, "\"resource\":", 11) == 0;
        scopes += strncmp(at, "\"scope\":", 8) == 0;
    }
    assert_int_equal(resources, 2);
    assert_int_equal(scopes, 3);
    text_buffer_clear(&json);
    trace_otlp(trace, spans, bodies, 0, &json);
    assert_string_equal(json.data, "{\"resourceSpans\":[]}");
    text_buffer_free(&json);
    trace_free(trace);
}

static struct trace_span *add_half(struct trace *trace, const char *id, const char *parent,
                                   uint32_t flags)
{
    struct id own;
    struct id above = {0};
    assert_int_equal(id_parse_span(text_from(id), &own), ERR_OK);
    assert_true(parent == NULL || id_parse_span(text_from(parent), &above) == ERR_OK);
    struct trace_span *span = trace_add(trace, &own, &above);
    span->name = span->service = span->type = trace_name(trace, TEXT("x"));
    span->flags = flags;
    span->start_ns = 1000 + (int64_t)trace->count;
    return span;
}

/* Copies the id behind the n-th "member":" */
static void find_id(const char *json, const char *member, int n, char target[17])
{
    const char *at = json;
    for (int i = 0; i <= n; i++) {
        at = strstr(at, member);
        assert_non_null(at);
        at += strlen(member);
    }
    snprintf(target, 17, "%s", at);
}

static void otlp_gives_a_shared_id_to_one_span_only(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    add_half(trace, "00000000000000a1", NULL, 0);
    add_half(trace, "00000000000000a1", NULL, SPAN_SERVER_HALF);
    add_half(trace, "00000000000000b2", "00000000000000a1", 0);
    add_half(trace, "00000000000000c3", NULL, SPAN_SERVER_HALF); /* its client is not there */
    trace_build(trace);
    assert_int_equal(trace->count, 4);
    const struct trace_span *spans[4];
    const struct span_body bodies[4] = {{.resource = {0}}};
    for (size_t i = 0; i < 4; i++) {
        spans[i] = &trace->spans[i];
    }
    struct text_buffer json = {0};
    trace_otlp(trace, spans, bodies, 4, &json);
    char ids[4][17];
    char parents[2][17];
    for (int i = 0; i < 4; i++) {
        find_id(json.data, "\"spanId\":\"", i, ids[i]);
    }
    find_id(json.data, "\"parentSpanId\":\"", 0, parents[0]);
    find_id(json.data, "\"parentSpanId\":\"", 1, parents[1]);
    assert_string_equal(ids[0], "00000000000000a1");
    assert_string_not_equal(ids[1], ids[0]);
    assert_string_equal(parents[0], ids[0]);
    assert_string_equal(ids[2], "00000000000000b2");
    assert_string_equal(parents[1], ids[1]);
    assert_string_equal(ids[3], "00000000000000c3");
    text_buffer_free(&json);
    trace_free(trace);
}

static void csv_quotes_and_defuses(void **state)
{
    (void)state;
    struct trace *trace = one_span();
    struct text_buffer csv = {0};
    trace->row.user = TEXT("=HYPERLINK(1)");
    trace->row.session = TEXT("a,b");
    trace_csv_row(&trace->row, &csv);
    assert_string_equal(csv.data,
                        "7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1,\"say \"\"hi\"\"\",web,"
                        "\"'=HYPERLINK(1)\",\"a,b\",error,1763647400412,1763647400412345678,"
                        "1280500000,1280.5,1,1,api web,");
    static const char *const formulas[] = {"=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1"};
    for (size_t i = 0; i < ARRAY_LEN(formulas); i++) {
        text_buffer_clear(&csv);
        csv_cell(&csv, text_from(formulas[i]));
        assert_true(text_starts_with(text_buffer_text(&csv), "\"'"));
        assert_string_equal(csv.data + csv.length - 1, "\"");
    }
    text_buffer_clear(&csv);
    trace_csv_header(&csv);
    size_t commas = 0;
    for (size_t i = 0; i < csv.length; i++) {
        commas += csv.data[i] == ',';
    }
    assert_int_equal(commas, 13);
    text_buffer_free(&csv);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_has_the_documented_members),
        cmocka_unit_test(a_trace_is_one_object_with_its_spans),
        cmocka_unit_test(otlp_keeps_the_types_of_attributes),
        cmocka_unit_test(otlp_keeps_a_map_that_looks_like_bytes),
        cmocka_unit_test(otlp_groups_by_resource_and_scope),
        cmocka_unit_test(otlp_gives_a_shared_id_to_one_span_only),
        cmocka_unit_test(csv_quotes_and_defuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
