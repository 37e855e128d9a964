/* test_decode_zipkin — Zipkin v2 and Jaeger JSON as their users send them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
    assert_string_equal(r.report.lines[0].text, "spans[0].traceId: missing");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_and_server_halves),
        cmocka_unit_test(test_zipkin_errors_and_annotations),
        cmocka_unit_test(test_zipkin_refusals),
        cmocka_unit_test(test_jaeger_download),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
