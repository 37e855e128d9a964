/* test_decode_flat — what the flat JSON endpoint takes, and the words it refuses with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/decode.h"
#include "ingest/headers.h"
#include "ingest/trace_context.h"

#define NOW_NS INT64_C(1766012400000000000)

struct result {
    struct batch *batch;
    struct decode_report report;
    enum err err;
    struct err_msg why;
};

static struct result decode(const char *json)
{
    struct result result = {.batch = batch_new()};
    struct decode_context context = {
        .now_ns = NOW_NS,
        .oldest_ns = NOW_NS - 7 * INT64_C(86400000000000),
        .session = TEXT("header-session"),
        .client_address = TEXT("192.0.2.7"),
        .user_agent = TEXT("Mozilla/5.0"),
    };
    result.err = decode_flat(&context, text_from(json), result.batch, &result.report, &result.why);
    return result;
}

static void clear(struct result *result)
{
    batch_free(result->batch);
}

#define assert_text(text, expected) assert_true_text((text), (expected), __LINE__)
static void assert_true_text(struct text text, const char *expected, int line)
{
    if (!text_is(text, expected)) {
        fail_msg("line %d: got '%.*s', expected '%s'", line, TEXT_ARGS(text), expected);
    }
}

static void assert_id(const struct id *id, const char *expected)
{
    char printed[ID_PRINT_BYTES];
    id_print(id, printed);
    assert_string_equal(printed, expected);
}

static void refuses(const char *json, enum refusal reason, const char *text)
{
    struct result r = decode(json);
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.batch->count, 0);
    assert_int_equal(r.report.refused, 1);
    assert_string_equal(r.report.lines[0].text, text);
    assert_int_equal(r.report.lines[0].reason, reason);
    clear(&r);
}

static void test_web_application_span(void **state)
{
    (void)state;
    struct result r = decode(
        "{\"spans\":[{\"id\":\"0123456789abcdef\",\"traceId\":\"fedcba9876543210\","
        "\"operationName\":\"click:save\",\"operationType\":\"ui\",\"service\":\"frontend\","
        "\"startedAt\":1766012345678,\"endedAt\":1766012345700.5,\"status\":\"completed\","
        "\"userId\":42,\"attributes\":{\"componentName\":\"Save\",\"n\":1,\"f\":1.5,\"ok\":true,"
        "\"deep\":{\"a\":[1,null,\"x\"]}},\"metadata\":{\"browser\":\"Firefox\"}}]}");
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.batch->count, 1);
    const struct span *span = &r.batch->spans[0];
    assert_id(&span->trace, "fedcba9876543210");
    assert_id(&span->id, "0123456789abcdef");
    assert_true(id_is_none(&span->parent));
    assert_text(span->name, "click:save");
    assert_text(span->type, "ui");
    assert_text(span->service, "frontend");
    assert_true(span->start_ns == INT64_C(1766012345678000000));
    assert_true(span->end_ns == INT64_C(1766012345700500000));
    assert_int_equal(span->status, STATUS_COMPLETED);
    assert_text(span->user, "42");
    assert_text(span->session, "header-session");
    assert_text(span->attributes, "{\"componentName\":\"Save\",\"n\":1,\"f\":1.5,\"ok\":true,"
                                  "\"deep\":{\"a\":[1,null,\"x\"]}}");
    assert_text(span->metadata,
                "{\"browser\":\"Firefox\",\"ip\":\"192.0.2.7\",\"userAgent\":\"Mozilla/5.0\"}");
    clear(&r);
}

static void test_plugin_spans_in_snake_case(void **state)
{
    (void)state;
    struct result r = decode(
        "[{\"trace_id\":\"abc-123-def\",\"span_id\":\"span-456-ghi\",\"parent_span_id\":\"p\","
        "\"name\":\"audio.encode\",\"start_time_ms\":\"1766012345678\",\"duration_ms\":1500,"
        "\"status\":\"error\",\"status_message\":\"no codec\",\"client_type\":\"plugin\","
        "\"client_version\":\"1.0.0\",\"attributes\":{\"codec\":\"mp3\"},"
        "\"events\":[[1766012345679,\"started\"],{\"name\":\"done\",\"timestampMs\":1766012345680}]"
        "}]");
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.batch->count, 1);
    const struct span *span = &r.batch->spans[0];
    assert_id(&span->trace, "abc-123-def");
    assert_id(&span->parent, "p");
    assert_true(span->end_ns - span->start_ns == INT64_C(1500000000));
    assert_int_equal(span->status, STATUS_ERROR);
    assert_text(span->message, "no codec");
    assert_text(span->service, "plugin");
    assert_text(span->type, "service");
    assert_text(span->client_version, "1.0.0");
    assert_text(span->events,
                "[{\"name\":\"started\",\"timestamp_ns\":\"1766012345679000000\",\"attributes\":{}}"
                ",{\"name\":\"done\",\"timestamp_ns\":\"1766012345680000000\",\"attributes\":{}}]");
    assert_true(span->flags & SPAN_HAS_EVENTS);
    clear(&r);
}

static void test_exact_nanoseconds_and_links(void **state)
{
    (void)state;
    struct result r = decode(
        "[{\"traceId\":\"t\",\"spanId\":\"s\",\"name\":\"n\",\"startTimeMs\":1766012345678,"
        "\"startNs\":\"1766012345678901234\",\"endNs\":\"1766012345678901235\",\"kind\":\"client\","
        "\"links\":[{\"traceId\":\"00000000000000010000000000000002\",\"spanId\":\"l\"}]}]");
    assert_int_equal(r.batch->count, 1);
    assert_true(r.batch->spans[0].start_ns == INT64_C(1766012345678901234));
    assert_true(r.batch->spans[0].end_ns == INT64_C(1766012345678901235));
    assert_int_equal(r.batch->spans[0].kind, KIND_CLIENT);
    assert_text(r.batch->spans[0].links,
                "[{\"trace_id\":\"00000000000000010000000000000002\",\"span_id\":\"l\","
                "\"attributes\":{}}]");
    clear(&r);
}

/* A span of `tracetui export`: its ended_at is of whole milliseconds, and so before its start. */
static void test_what_export_writes_comes_back(void **state)
{
    (void)state;
    struct result r = decode(
        "{\"spans\":[{\"id\":\"s\",\"trace_id\":\"t\",\"parent_span_id\":null,\"operation_name\":"
        "\"n\","
        "\"started_at\":1766012345678,\"start_ns\":\"1766012345678901234\","
        "\"ended_at\":1766012345678,\"duration_ms\":0.00099,\"duration_ns\":990,"
        "\"links\":[{\"trace_id\":\"00000000000000010000000000000002\",\"span_id\":\"l\","
        "\"trace_state\":\"a=b\",\"attributes\":{},\"flags\":769,\"type\":\"follows_from\"}],"
        "\"resource\":{\"service.name\":\"shop\",\"host.name\":\"h\"},\"scope\":\"lib\","
        "\"client_type\":\"web\",\"client_version\":\"2.1\",\"metadata\":{\"plan\":\"free\"},"
        "\"server_half\":true},"
        "{\"id\":\"r\",\"trace_id\":\"t\",\"operation_name\":\"n\",\"start_ns\":"
        "\"1766012345678901234\","
        "\"ended_at\":null,\"duration_ns\":null,\"resource\":\"GET /\",\"scope\":{\"user\":1}}]}");
    assert_int_equal(r.batch->count, 2);
    const struct span *span = &r.batch->spans[0];
    assert_true(span->end_ns == INT64_C(1766012345678902224));
    assert_text(span->service, "shop");
    assert_text(span->resource->attributes, "{\"service.name\":\"shop\",\"host.name\":\"h\"}");
    assert_text(span->scope->name, "lib");
    assert_text(span->client_type, "web");
    assert_text(span->client_version, "2.1");
    assert_true(text_starts_with(span->metadata, "{\"plan\":\"free\""));
    assert_int_equal(span->flags & SPAN_SERVER_HALF, SPAN_SERVER_HALF);
    assert_text(span->links,
                "[{\"trace_id\":\"00000000000000010000000000000002\",\"span_id\":\"l\","
                "\"trace_state\":\"a=b\",\"attributes\":{},\"flags\":769,"
                "\"type\":\"follows_from\"}]");
    assert_true(r.batch->spans[1].end_ns == SPAN_RUNNING);
    assert_null(r.batch->spans[1].resource); /* whatever that sender means */
    assert_null(r.batch->spans[1].scope);
    clear(&r);
}

static void test_long_integers_keep_their_digits(void **state)
{
    (void)state;
    struct result r = decode(
        "{\"spans\":[{\"id\":\"a\",\"traceId\":\"t\",\"name\":\"x "
        "\\\"12345678901234567\",\"userId\":"
        "9007199254740993,\"startNs\":1766012300000000001,\"endNs\":1766012300000000003,"
        "\"attributes\":{\"a\":9223372036854775807,\"b\":[-9007199254740993,1.5e300],\"c\":"
        "-9223372036854775808,\"d\":12345678901234567.5,\"e\":99999999999999999999,\"f\":7}}]}");
    assert_int_equal(r.batch->count, 1);
    assert_text(r.batch->spans[0].user, "9007199254740993");
    assert_true(r.batch->spans[0].start_ns == INT64_C(1766012300000000001));
    assert_true(r.batch->spans[0].end_ns == INT64_C(1766012300000000003));
    assert_text(r.batch->spans[0].attributes,
                "{\"a\":9223372036854775807,\"b\":[-9007199254740993,1.5e+300],\"c\":"
                "-9223372036854775808,\"d\":12345678901234568.0,\"e\":1e+20,\"f\":7}");
    clear(&r);
}

static void test_a_real_that_is_whole_stays_a_real(void **state)
{
    (void)state;
    struct result r =
        decode("{\"spans\":[{\"id\":\"a\",\"traceId\":\"t\",\"name\":\"2.0\",\"userId\":7.0,"
               "\"startedAt\":1766012300000.0,\"endedAt\":1.7660123e12,\"kind\":2.0,"
               "\"attributes\":{\"a\":2.0,\"b\":[1.50e3,-0.0],\"c\":2,\"d\":0.5,\"e\":\"3.0\","
               "\"f\":2e300}}]}");
    assert_int_equal(r.batch->count, 1);
    assert_text(r.batch->spans[0].user, "7");
    assert_true(r.batch->spans[0].start_ns == INT64_C(1766012300000000000));
    assert_true(r.batch->spans[0].end_ns == INT64_C(1766012300000000000));
    assert_int_equal(r.batch->spans[0].kind, KIND_SERVER);
    assert_text(r.batch->spans[0].attributes,
                "{\"a\":2.0,\"b\":[1500.0,-0.0],\"c\":2,\"d\":0.5,\"e\":\"3.0\",\"f\":2e+300}");
    clear(&r);
}

/* Of the request's headers, where a span does not say. */
static void test_the_trace_of_the_headers(void **state)
{
    (void)state;
    struct trace_context trace;
    struct headers headers = {0};
    headers_add(&headers, "traceparent",
                TEXT("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    headers_add(&headers, "tracestate", TEXT("vendor=x"));
    trace_context_read(&headers, &trace);
    struct decode_context context = {.now_ns = NOW_NS, .trace = &trace};
    struct result r = {.batch = batch_new()};
    assert_int_equal(
        decode_flat(
            &context,
            TEXT("[{\"id\":\"a\",\"name\":\"n\",\"startedAt\":1766012300000},"
                 "{\"id\":\"b\",\"parentSpanId\":\"a\",\"name\":\"n\",\"startedAt\":1766012300000},"
                 "{\"id\":\"c\",\"traceId\":\"own\",\"name\":\"n\",\"startedAt\":1766012300000}]"),
            r.batch, &r.report, &r.why),
        ERR_OK);
    assert_int_equal(r.batch->count, 3);
    const struct span *spans = r.batch->spans;
    assert_id(&spans[0].trace, "0af7651916cd43dd8448eb211c80319c");
    assert_id(&spans[0].parent, "b7ad6b7169203331");
    assert_text(spans[0].trace_state, "vendor=x");
    assert_int_equal(spans[0].otlp_flags, 1);
    assert_id(&spans[1].trace, "0af7651916cd43dd8448eb211c80319c");
    assert_id(&spans[1].parent, "a");
    assert_id(&spans[2].trace, "own");
    assert_true(id_is_none(&spans[2].parent));
    assert_text(spans[2].trace_state, "");
    clear(&r);
}

static void test_running_and_final_states(void **state)
{
    (void)state;
    struct result r = decode(
        "[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678},"
        "{\"traceId\":\"t\",\"id\":\"b\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
        "\"endedAt\":null,\"status\":\"in_progress\"},"
        "{\"traceId\":\"t\",\"id\":\"c\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
        "\"status\":\"cancelled\"}]");
    assert_int_equal(r.batch->count, 3);
    assert_int_equal(r.batch->spans[0].status, STATUS_IN_PROGRESS);
    assert_true(r.batch->spans[0].end_ns == SPAN_RUNNING);
    assert_int_equal(r.batch->spans[1].status, STATUS_IN_PROGRESS);
    assert_int_equal(r.batch->spans[2].status, STATUS_CANCELLED);
    assert_true(r.batch->spans[2].end_ns == r.batch->spans[2].start_ns);
    clear(&r);
}

static void test_refusals_name_the_field(void **state)
{
    (void)state;
    refuses("[{\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678}]", REFUSED_ID,
            "spans[0].traceId: missing");
    refuses("[{\"traceId\":\"t\",\"span_id\":\"a\",\"start_time_ms\":1766012345678}]",
            REFUSED_FIELD, "spans[0].name: missing");
    refuses("[{\"traceId\":\"t\",\"id\":null,\"operationName\":\"n\",\"startedAt\":1766012345678}]",
            REFUSED_ID, "spans[0].id: missing");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345}]",
            REFUSED_TIME,
            "spans[0].startedAt: 1766012345 is before 2000: milliseconds since 1970 expected");
    refuses(
        "[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766999999999}]",
        REFUSED_TIME,
        "spans[0].startedAt: 1766999999999 is more than a day ahead: milliseconds since 1970 "
        "expected");
    refuses(
        "[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1765407599999}]",
        REFUSED_AGE, "spans[0].startedAt: older than what --retention keeps");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
            "\"kind\":1.5}]",
            REFUSED_FIELD,
            "spans[0].kind: internal, server, client, producer or consumer was expected");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1e300}]",
            REFUSED_TIME, "spans[0].startedAt: too large: milliseconds since 1970 expected");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
            "\"durationMs\":\"long\"}]",
            REFUSED_TIME, "spans[0].durationMs: milliseconds expected");
    refuses(
        "[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":\"yesterday\"}]",
        REFUSED_TIME, "spans[0].startedAt: milliseconds since 1970 expected");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
            "\"endedAt\":1766012345677}]",
            REFUSED_TIME, "spans[0].endedAt: before startedAt");
    refuses("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
            "\"attributes\":[]}]",
            REFUSED_FIELD, "spans[0].attributes: an object was expected");
    refuses("[{\"traceId\":7,\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678}]",
            REFUSED_FIELD, "spans[0].traceId: a string was expected");
    refuses("[5]", REFUSED_FIELD, "spans[0]: an object was expected");
}

#define AT "\"startedAt\":1766012345678"

static void test_all_missing_fields_are_named_at_once(void **state)
{
    (void)state;
    refuses("[{\"operationName\":\"n\"," AT "}]", REFUSED_ID, "spans[0]: id, traceId missing");
    refuses("[{}]", REFUSED_ID, "spans[0]: id, traceId, operationName, startedAt missing");
    refuses("[{\"id\":\"a\",\"trace_id\":\"t\"}]", REFUSED_FIELD,
            "spans[0]: operation_name, started_at missing");
    refuses("[{\"spanId\":\"a\",\"name\":\"n\"}]", REFUSED_ID,
            "spans[0]: traceId, startTimeMs missing");
}

static void test_a_member_that_may_have_been_meant_is_named(void **state)
{
    (void)state;
    refuses("[{\"trace\":\"t\",\"id\":\"a\",\"operationName\":\"n\"," AT "}]", REFUSED_ID,
            "spans[0].traceId: missing; unknown member \"trace\": traceId?");
    refuses("[{\"Trace-ID\":\"t\",\"id\":\"a\",\"operationName\":\"n\"," AT "}]", REFUSED_ID,
            "spans[0].traceId: missing; unknown member \"Trace-ID\": traceId?");
    refuses("[{\"colour\":1,\"traceId\":\"t\",\"id\":\"a\",\"operation\":\"n\"," AT "}]",
            REFUSED_FIELD,
            "spans[0].operationName: missing; unknown member \"operation\": operationName?");
    refuses("[{\"startTimeUnixNano\":\"1\",\"traceId\":\"t\",\"operationName\":\"n\"}]", REFUSED_ID,
            "spans[0]: id, startedAt missing; unknown member \"startTimeUnixNano\": startedAt?");
    refuses("[{\"start\":1,\"span\":\"a\",\"trace_id\":\"t\",\"name\":\"n\"}]", REFUSED_ID,
            "spans[0]: span_id, start_time_ms missing; unknown member \"start\": start_time_ms?");
    static const char *const unlike[] = {"t",
                                         "tr",
                                         "tracing",
                                         "parent",
                                         "trace\\u001b[2J",
                                         "",
                                         "traceIdOfTheRequestThatThisSpanBelongsTo"};
    for (size_t i = 0; i < ARRAY_LEN(unlike); i++) {
        char body[200];
        snprintf(body, sizeof body, "[{\"%s\":\"t\",\"id\":\"a\",\"operationName\":\"n\"," AT "}]",
                 unlike[i]);
        refuses(body, REFUSED_ID, "spans[0].traceId: missing");
    }
}

static void test_bad_spans_leave_good_ones_alone(void **state)
{
    (void)state;
    struct result r = decode("[{},{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\","
                             "\"startedAt\":1766012345678},{\"traceId\":\"t\",\"id\":\"\\u0001\","
                             "\"operationName\":\"n\",\"startedAt\":1766012345678}]");
    assert_int_equal(r.report.received, 3);
    assert_int_equal(r.report.refused, 2);
    assert_int_equal(r.batch->count, 1);
    assert_string_equal(r.report.lines[1].text, "spans[2].id: not an id");
    clear(&r);
}

static void test_bodies_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", "{", "[1,]", "{\"spans\":5}", "{}", "5", "[] []", "nonsense", "[\"\\ud800\", ]",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct result r = decode(bodies[i]);
        assert_int_equal(r.err, ERR_PARSE);
        assert_true(r.why.text[0] != '\0');
        clear(&r);
    }
    struct result r = decode("{\"spans\":{}}");
    assert_string_equal(r.why.text, "spans: an array was expected");
    clear(&r);
    r = decode("{\"resourceSpans\":[]}");
    assert_int_equal(r.err, ERR_PARSE);
    assert_string_equal(r.why.text, "OTLP goes to POST /v1/traces");
    clear(&r);
    r = decode("{\"resource_spans\":[{}],\"spans\":null}");
    assert_int_equal(r.err, ERR_PARSE);
    assert_string_equal(r.why.text, "OTLP goes to POST /v1/traces");
    clear(&r);

    struct text_buffer wide = {0};
    text_append_char(&wide, '[');
    for (int i = 0; i < 400001; i++) {
        text_append_cstr(&wide, i > 0 ? ",1" : "1");
    }
    text_append_char(&wide, ']');
    r = decode(wide.data);
    assert_int_equal(r.err, ERR_LIMIT);
    assert_string_equal(r.why.text, "JSON: more than 400000 values in one body");
    clear(&r);
    text_buffer_free(&wide);

    char deep[500];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    r = decode(deep);
    assert_int_equal(r.err, ERR_LIMIT);
    clear(&r);
}

static void test_what_is_no_json_is_said_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *body, *why;
    } bodies[] = {
        {"", "not JSON: the text ends too early (byte 0)"},
        {"{", "not JSON: the text ends too early (byte 1)"},
        {"{\"spans\":[{\"id\":\"a", "not JSON: the text ends too early (byte 18)"},
        {"{\"a\":1,}", "not JSON: a comma stands before the closing bracket (byte 7)"},
        {"{'a':1}", "not JSON: a value was expected (byte 1)"},
        {"[1 2]", "not JSON: a comma was expected (byte 3)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct result r = decode(bodies[i].body);
        assert_int_equal(r.err, ERR_PARSE);
        assert_string_equal(r.why.text, bodies[i].why);
        clear(&r);
    }
}

static void test_parts_of_a_span_are_refused_by_name(void **state)
{
    (void)state;
#define PARTS(members)                                                                             \
    "[{\"id\":\"a\",\"traceId\":\"t\",\"operationName\":\"x\",\"startedAt\":"                      \
    "1766012345678," members "}]"
    refuses(PARTS("\"events\":[{\"name\":\"a\"},{}]"), REFUSED_FIELD,
            "spans[0].events[1]: a name was expected");
    refuses(PARTS("\"events\":[{\"name\":\"a\",\"timestamp\":\"noon\"}]"), REFUSED_FIELD,
            "spans[0].events[0]: a timestamp since 1970 was expected");
    refuses(PARTS("\"events\":[{\"name\":\"a\",\"attributes\":[1]}]"), REFUSED_FIELD,
            "spans[0].events[0]: attributes: an object was expected");
    refuses(PARTS("\"links\":[{\"traceId\":\"t\",\"spanId\":\"s\",\"attributes\":[1]}]"),
            REFUSED_FIELD, "spans[0].links[0]: attributes: an object was expected");
}

static void test_broken_text_is_kept_readable(void **state)
{
    (void)state;
    struct result r =
        decode("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\\u0000m\\\\u0000\xff\","
               "\"startedAt\":1766012345678,\"attributes\":{\"k\":\"a\\ud83d\",\"e\":"
               "\"\\ud83d\\ude00\"}}]");
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.batch->count, 1);
    assert_text(r.batch->spans[0].name, "n\xEF\xBF\xBDm\\u0000\xEF\xBF\xBD");
    assert_text(r.batch->spans[0].attributes,
                "{\"k\":\"a\xEF\xBF\xBD\",\"e\":\"\xF0\x9F\x98\x80\"}");
    clear(&r);
}

static void test_secrets_do_not_reach_the_batch(void **state)
{
    (void)state;
    struct result r =
        decode("[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\","
               "\"startedAt\":1766012345678,\"sessionId\":\"s-1\",\"attributes\":{\"password\":"
               "\"hunter2\",\"session.id\":\"s-1\",\"a\":1,\"a\":2}}]");
    assert_text(r.batch->spans[0].attributes,
                "{\"password\":\"[MASKED]\",\"session.id\":\"s-1\",\"a\":2}");
    assert_true(r.batch->spans[0].flags & SPAN_MASKED);
    assert_int_equal(r.batch->masked, 1);
    clear(&r);
    r = decode(
        "[{\"traceId\":\"t\",\"id\":\"a\",\"operationName\":\"n\",\"startedAt\":1766012345678,"
        "\"service\":\"redis://me:hunter2@cache\",\"operationType\":\"token=hunter2\"}]");
    assert_text(r.batch->spans[0].service, "redis://me:[MASKED]@cache");
    assert_text(r.batch->spans[0].type, "token=[MASKED]");
    assert_int_equal(r.batch->masked, 2);
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_web_application_span),
        cmocka_unit_test(test_plugin_spans_in_snake_case),
        cmocka_unit_test(test_exact_nanoseconds_and_links),
        cmocka_unit_test(test_what_export_writes_comes_back),
        cmocka_unit_test(test_long_integers_keep_their_digits),
        cmocka_unit_test(test_a_real_that_is_whole_stays_a_real),
        cmocka_unit_test(test_the_trace_of_the_headers),
        cmocka_unit_test(test_running_and_final_states),
        cmocka_unit_test(test_refusals_name_the_field),
        cmocka_unit_test(test_all_missing_fields_are_named_at_once),
        cmocka_unit_test(test_a_member_that_may_have_been_meant_is_named),
        cmocka_unit_test(test_bad_spans_leave_good_ones_alone),
        cmocka_unit_test(test_bodies_that_cannot_be_read),
        cmocka_unit_test(test_what_is_no_json_is_said_with_its_place),
        cmocka_unit_test(test_parts_of_a_span_are_refused_by_name),
        cmocka_unit_test(test_broken_text_is_kept_readable),
        cmocka_unit_test(test_secrets_do_not_reach_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
