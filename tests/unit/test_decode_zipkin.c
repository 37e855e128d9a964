/* test_decode_zipkin — Zipkin v2 and Jaeger JSON as their users send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/decode.h"

struct result {
    struct batch *batch;
    struct decode_report report;
    enum err err;
    struct err_msg why;
};

static struct result decode(decode_fn fn, const char *json)
{
    struct result result = {.batch = batch_new()};
    struct decode_context context = {.now_ns = INT64_C(1766012400000000000)};
    result.err = fn(&context, text_from(json), result.batch, &result.report, &result.why);
    return result;
}

static void clear(struct result *result)
{
    batch_free(result->batch);
}

static void check_text(struct text text, const char *expected, int line)
{
    if (!text_is(text, expected)) {
        fail_msg("line %d: got '%.*s', expected '%s'", line, TEXT_ARGS(text), expected);
    }
}
#define assert_text(text, expected) check_text((text), (expected), __LINE__)

static void assert_id(const struct id *id, const char *expected)
{
    char printed[ID_PRINT_BYTES];
    id_print(id, printed);
    assert_string_equal(printed, expected);
}

static void test_client_and_server_halves(void **state)
{
    (void)state;
    struct result r = decode(
        decode_zipkin,
        "[{\"traceId\":\"a03ee8fff1dcd9b9\",\"id\":\"7a778764a0d0b594\",\"kind\":\"CLIENT\","
        "\"name\":\"get\",\"timestamp\":1571896375310000,\"duration\":3000,"
        "\"localEndpoint\":{\"serviceName\":\"mobile_api\"},"
        "\"remoteEndpoint\":{\"serviceName\":\"spectre\",\"port\":31286}},"
        "{\"traceId\":\"a03ee8fff1dcd9b9\",\"id\":\"7a778764a0d0b594\",\"kind\":\"SERVER\","
        "\"timestamp\":1571896375310740,\"duration\":1490,\"shared\":true,"
        "\"localEndpoint\":{\"serviceName\":\"spectre\"}},"
        "{\"traceId\":\"1\",\"id\":\"2\",\"kind\":\"CLIENT\",\"timestamp\":1571896375310740},"
        "{\"traceId\":\"1\",\"id\":\"2\",\"kind\":\"SERVER\",\"parentId\":\"0\","
        "\"timestamp\":1571896375310740}]");
    assert_int_equal(r.batch->count, 4);
    const struct span *spans = r.batch->spans;
    assert_int_equal(spans[0].flags & SPAN_SERVER_HALF, 0);
    assert_int_equal(spans[1].flags & SPAN_SERVER_HALF, SPAN_SERVER_HALF);
    assert_int_equal(spans[2].flags & SPAN_SERVER_HALF, 0);
    assert_int_equal(spans[3].flags & SPAN_SERVER_HALF, SPAN_SERVER_HALF);
    assert_text(spans[0].service, "mobile_api");
    assert_text(spans[0].attributes, "{\"peer.service\":\"spectre\",\"network.peer.port\":31286}");
    assert_true(spans[0].start_ns == INT64_C(1571896375310000000));
    assert_true(spans[0].end_ns - spans[0].start_ns == INT64_C(3000000));
    assert_text(spans[1].name, "unknown");
    assert_id(&spans[2].trace, "0000000000000001");
    assert_true(id_is_none(&spans[3].parent));
    assert_int_equal(spans[3].status, STATUS_IN_PROGRESS);
    clear(&r);
}

static void test_zipkin_errors_and_annotations(void **state)
{
    (void)state;
    struct result r =
        decode(decode_zipkin,
               "[{\"traceId\":\"00000000000000000000000000000abc\",\"id\":\"def\",\"name\":\"x\","
               "\"duration\":1,\"annotations\":[{\"timestamp\":1571896375310001,\"value\":\"ws\"}],"
               "\"tags\":{\"error\":\"\",\"http.status_code\":\"404\"}}]");
    assert_int_equal(r.batch->count, 1);
    const struct span *span = &r.batch->spans[0];
    assert_int_equal(span->status, STATUS_ERROR);
    assert_int_equal(span->kind, KIND_INTERNAL);
    assert_true(span->start_ns == INT64_C(1571896375310001000));
    assert_text(span->events, "[{\"name\":\"ws\",\"timestamp_ns\":\"1571896375310001000\","
                              "\"attributes\":{}}]");
    clear(&r);
}

static void test_zipkin_refusals(void **state)
{
    (void)state;
    struct result r =
        decode(decode_zipkin, "[{\"id\":\"1\"},{\"traceId\":\"x\",\"id\":\"1\"},"
                              "{\"traceId\":\"1\",\"id\":\"1\"},"
                              "{\"traceId\":\"1\",\"id\":\"1\",\"timestamp\":1571896375310}]");
    assert_int_equal(r.report.refused, 4);
    assert_string_equal(r.report.lines[0].text, "spans[0]: traceId, timestamp missing");
    assert_string_equal(r.report.lines[1].text,
                        "spans[1].traceId: 1 to 32 hex digits were expected");
    assert_string_equal(r.report.lines[2].text, "spans[2].timestamp: missing");
    assert_string_equal(
        r.report.lines[3].text,
        "spans[3].timestamp: 1571896375310 is before 2000: microseconds since 1970 expected");
    clear(&r);
    r = decode(decode_zipkin, "{}");
    assert_int_equal(r.err, ERR_PARSE);
    clear(&r);
    r = decode(decode_zipkin, "[]");
    assert_int_equal(r.err, ERR_OK);
    clear(&r);
}

static void test_jaeger_download(void **state)
{
    (void)state;
    struct result r = decode(
        decode_jaeger,
        "{\"data\":[{\"traceID\":\"a03ee8fff1dcd9b9\",\"spans\":[{"
        "\"traceID\":\"a03ee8fff1dcd9b9\",\"spanID\":\"7a778764a0d0b594\","
        "\"operationName\":\"SELECT\",\"references\":["
        "{\"refType\":\"CHILD_OF\",\"traceID\":\"a03ee8fff1dcd9b9\",\"spanID\":"
        "\"15fc03927f0f68df\"},"
        "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"a03ee8fff1dcd9b8\",\"spanID\":"
        "\"15fc03927f0f68de\"}],\"startTime\":1571896375310000,\"duration\":3000,\"tags\":["
        "{\"key\":\"span.kind\",\"type\":\"string\",\"value\":\"client\"},"
        "{\"key\":\"error\",\"type\":\"bool\",\"value\":true},"
        "{\"key\":\"n\",\"type\":\"int64\",\"value\":\"9007199254740993\"},"
        "{\"key\":\"db.statement\",\"type\":\"string\",\"value\":\"SELECT 1\"}],"
        "\"logs\":[{\"timestamp\":1571896375310001,\"fields\":["
        "{\"key\":\"event\",\"type\":\"string\",\"value\":\"retry\"}]}],\"processID\":\"p1\","
        "\"warnings\":null}],\"processes\":{\"p1\":{\"serviceName\":\"api\",\"tags\":["
        "{\"key\":\"hostname\",\"type\":\"string\",\"value\":\"h\"}]}}}]}");
    assert_string_equal(r.why.text, "");
    assert_int_equal(r.batch->count, 1);
    const struct span *span = &r.batch->spans[0];
    assert_id(&span->parent, "15fc03927f0f68df");
    assert_text(span->service, "api");
    assert_text(span->type, "db");
    assert_int_equal(span->kind, KIND_CLIENT);
    assert_int_equal(span->status, STATUS_ERROR);
    assert_text(span->links, "[{\"trace_id\":\"a03ee8fff1dcd9b8\",\"span_id\":"
                             "\"15fc03927f0f68de\",\"attributes\":{},\"type\":\"follows_from\"}]");
    assert_text(span->attributes, "{\"span.kind\":\"client\",\"error\":true,"
                                  "\"n\":9007199254740993,\"db.statement\":\"SELECT 1\"}");
    assert_text(span->resource->attributes, "{\"service.name\":\"api\",\"hostname\":\"h\"}");
    assert_true(span->flags & SPAN_HAS_SQL);
    clear(&r);
}

/* The file of tests/data/decode; the folder stands beside this one. */
static char *read_data(const char *name)
{
    char path[512];
    const char *slash = strrchr(__FILE__, '/');
    snprintf(path, sizeof path, "%.*s/../data/decode/%s", (int)(slash - __FILE__), __FILE__, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

static void check_features(const struct batch *batch)
{
    const struct span *spans = batch->spans;
    assert_int_equal(batch->count, 4);
    assert_id(&spans[0].trace, "0a03ee8fff1dcd9b");
    assert_id(&spans[0].id, "015fc03927f0f68d");
    assert_true(id_is_none(&spans[0].parent));
    assert_int_equal(spans[0].kind, KIND_SERVER);
    assert_int_equal(spans[0].status, STATUS_COMPLETED);
    assert_int_equal(spans[0].otlp_flags, 1);
    assert_true(spans[0].end_ns - spans[0].start_ns == INT64_C(20000000));
    assert_text(spans[0].user, "alice");
    assert_text(spans[0].trace_state, "a=1");
    assert_text(spans[0].scope->name, "http");
    assert_text(spans[0].scope->version, "1.2");
    assert_text(spans[0].attributes,
                "{\"span.kind\":\"server\",\"s\":\"naïve ☕\",\"t\":true,\"f\":false,\"i\":42,"
                "\"large\":-9223372036854775808,\"d\":2.0,\"e\":0.25,\"b\":{\"$bytes\":\"AP8Q\"},"
                "\"user.id\":\"alice\",\"otel.status_code\":\"OK\",\"otel.scope.name\":\"http\","
                "\"otel.scope.version\":\"1.2\",\"w3c.tracestate\":\"a=1\","
                "\"jaeger.warnings\":[\"clock skew adjusted\"]}");
    assert_text(
        spans[0].events,
        "[{\"name\":\"retry\",\"timestamp_ns\":\"1571896375300001000\",\"attributes\":{\"n\":3}},"
        "{\"name\":\"log\",\"timestamp_ns\":\"1571896375300002000\","
        "\"attributes\":{\"message\":\"no name\"}}]");
    assert_text(spans[0].resource->attributes,
                "{\"service.name\":\"api\",\"host.name\":\"h\",\"pid\":7}");
    assert_id(&spans[1].parent, "015fc03927f0f68d");
    assert_int_equal(spans[1].status, STATUS_ERROR);
    assert_text(spans[1].message, "no such table");
    assert_text(spans[1].service, "db");
    assert_text(
        spans[1].links,
        "[{\"trace_id\":\"0a03ee8fff1dcd9b\",\"span_id\":\"0000000000000001\",\"attributes\":{},"
        "\"type\":\"follows_from\"},"
        "{\"trace_id\":\"0b03ee8fff1dcd9b0b03ee8fff1dcd9b\",\"span_id\":\"0000000000000002\","
        "\"attributes\":{}},"
        "{\"trace_id\":\"0a03ee8fff1dcd9b\",\"span_id\":\"0000000000000003\",\"attributes\":{}}]");
    assert_text(spans[2].service, "inline");
    assert_id(&spans[2].parent, "015fc03927f0f68d");
    assert_true(id_is_none(&spans[3].parent));
    assert_ptr_equal(spans[3].resource, spans[0].resource);
}

static void test_jaeger_with_everything(void **state)
{
    (void)state;
    char *wrapped = read_data("jaeger-features.json");
    struct result r = decode(decode_jaeger, wrapped);
    assert_string_equal(r.why.text, "");
    assert_int_equal(r.report.refused, 0);
    check_features(r.batch);
    clear(&r);

    /* the same trace alone, and in an array */
    char *trace = strchr(wrapped, '[') + 1;
    char *end = strstr(trace, "],\n \"total\"");
    assert_non_null(end);
    *end = '\0';
    r = decode(decode_jaeger, trace);
    check_features(r.batch);
    clear(&r);
    end[0] = ']';
    end[1] = '\0';
    r = decode(decode_jaeger, trace - 1);
    check_features(r.batch);
    clear(&r);
    free(wrapped);
}

static void test_jaeger_processes(void **state)
{
    (void)state;
    static const struct {
        const char *member, *service;
    } spans[] = {
        {",\"processID\":\"p1\"", "one"},     {",\"processID\":\"p2\"", "two"},
        {",\"processID\":\"p3\"", "unknown"}, {"", "unknown"},
        {",\"processID\":\"p0\"", "unknown"}, {",\"process\":{\"serviceName\":\"own\"}", "own"},
        {",\"processID\":\"p1\"", "one"},
    };
    struct text_buffer json = {0};
    text_append_cstr(&json, "{\"data\":[{\"processes\":{\"p2\":{\"serviceName\":\"two\"},"
                            "\"p1\":{\"serviceName\":\"one\"},\"p2\":{\"serviceName\":\"again\"},"
                            "\"p0\":null},\"spans\":[");
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        text_append_format(&json,
                           "%s{\"traceID\":\"1\",\"spanID\":\"%zu\",\"operationName\":\"x\","
                           "\"startTime\":1571896375310000,\"duration\":1%s}",
                           i > 0 ? "," : "", i + 1, spans[i].member);
    }
    text_append_cstr(&json, "]}]}");
    struct result r = decode(decode_jaeger, json.data);
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.batch->count, ARRAY_LEN(spans));
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        assert_true(text_is(r.batch->spans[i].service, spans[i].service));
    }
    assert_ptr_equal(r.batch->spans[0].resource, r.batch->spans[6].resource);
    clear(&r);
    text_buffer_free(&json);
}

static void test_jaeger_refusals(void **state)
{
    (void)state;
    struct result r =
        decode(decode_jaeger,
               "{\"data\":[7,{\"traceID\":\"1\",\"spans\":["
               "{\"traceID\":\"xyz\"},{\"traceID\":\"1\"},{\"traceID\":\"0\",\"spanID\":\"1\"},"
               "{\"traceID\":\"1\",\"spanID\":\"1\",\"operationName\":\"x\",\"startTime\":"
               "1571896375310000,"
               "\"tags\":{\"a\":1}},"
               "{\"traceID\":\"1\",\"spanID\":\"1\",\"operationName\":\"x\",\"startTime\":\"now\"},"
               "{\"traceID\":\"1\",\"spanID\":\"1\",\"operationName\":\"x\",\"startTime\":"
               "1571896375310000,"
               "\"duration\":-1},null]}]}");
    static const char *const lines[] = {
        "data[0].spans: an array was expected",
        "data[1].spans[0].traceID: 1 to 32 hex digits were expected",
        "data[1].spans[1]: spanID, operationName, startTime missing",
        "data[1].spans[2].traceID: all zero",
        "data[1].spans[3].tags: an array was expected",
        "data[1].spans[4].startTime: microseconds since 1970 expected",
        "data[1].spans[5].duration: microseconds were expected",
        "data[1].spans[6]: an object was expected",
    };
    assert_int_equal(r.err, ERR_OK);
    assert_int_equal(r.report.received, ARRAY_LEN(lines));
    assert_int_equal(r.report.refused, ARRAY_LEN(lines));
    assert_int_equal(r.report.refused_by[REFUSED_SYNTAX], 1);
    assert_int_equal(r.report.refused_by[REFUSED_ID], 3);
    assert_int_equal(r.report.refused_by[REFUSED_TIME], 2);
    assert_int_equal(r.report.refused_by[REFUSED_FIELD], 2);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        assert_string_equal(r.report.lines[i].text, lines[i]);
    }
    clear(&r);
    r = decode(decode_jaeger, "{\"data\":7}");
    assert_int_equal(r.err, ERR_PARSE);
    clear(&r);
}

static void test_halves_that_arrive_apart(void **state)
{
    (void)state;
    struct result client =
        decode(decode_zipkin, "[{\"traceId\":\"1\",\"id\":\"2\",\"kind\":\"CLIENT\","
                              "\"timestamp\":1571896375310740}]");
    struct result server =
        decode(decode_zipkin, "[{\"traceId\":\"1\",\"id\":\"2\",\"kind\":\"SERVER\","
                              "\"timestamp\":1571896375310740}]");
    assert_int_equal(client.batch->spans[0].flags & SPAN_SERVER_HALF, 0);
    assert_int_equal(server.batch->spans[0].flags & SPAN_SERVER_HALF, SPAN_SERVER_HALF);
    clear(&client);
    clear(&server);
}

static void test_odd_b3_ids(void **state)
{
    (void)state;
    struct result r =
        decode(decode_zipkin,
               "[{\"traceId\":\"7e2be2d4d1f8d80a1\",\"id\":\"1\",\"parentId\":\"0000000000000000\","
               "\"timestamp\":1571896375310000},"
               "{\"traceId\":\"0000000000000000463AC35C9F6413AD\",\"id\":\"2\",\"shared\":true,"
               "\"parentId\":\"1\",\"timestamp\":1571896375310000},"
               "{\"traceId\":\"463ac35c9f6413ad\",\"id\":\"0\",\"timestamp\":1571896375310000},"
               "{\"traceId\":\"463ac35c9f6413ad1\",\"id\":\"00000000000000001\","
               "\"timestamp\":1571896375310000}]");
    assert_int_equal(r.batch->count, 2);
    assert_id(&r.batch->spans[0].trace, "0000000000000007e2be2d4d1f8d80a1");
    assert_true(id_is_none(&r.batch->spans[0].parent));
    assert_id(&r.batch->spans[1].trace, "463ac35c9f6413ad");
    assert_int_equal(r.batch->spans[1].flags & SPAN_SERVER_HALF, SPAN_SERVER_HALF);
    assert_int_equal(r.batch->spans[1].kind, KIND_SERVER);
    assert_string_equal(r.report.lines[0].text, "spans[2].id: all zero");
    assert_string_equal(r.report.lines[1].text, "spans[3].id: 1 to 16 hex digits were expected");
    clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_and_server_halves),
        cmocka_unit_test(test_zipkin_errors_and_annotations),
        cmocka_unit_test(test_zipkin_refusals),
        cmocka_unit_test(test_halves_that_arrive_apart),
        cmocka_unit_test(test_odd_b3_ids),
        cmocka_unit_test(test_jaeger_download),
        cmocka_unit_test(test_jaeger_with_everything),
        cmocka_unit_test(test_jaeger_processes),
        cmocka_unit_test(test_jaeger_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
