/* test_decode_otlp — OTLP in both encodings: the same trace gives the same spans. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/decode.h"

struct result {
    struct batch *batch;
    struct decode_report report;
    enum err err;
    struct err_msg why;
};

static struct result decode(decode_fn fn, struct text body)
{
    struct result result = {.batch = batch_new()};
    struct decode_context context = {.now_ns = INT64_C(1766012400000000000)};
    result.err = fn(&context, body, result.batch, &result.report, &result.why);
    return result;
}

static struct result decode_json(const char *json)
{
    return decode(decode_otlp_json, text_from(json));
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

/* ---- a small protobuf writer ---- */

static void put_varint(struct text_buffer *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        text_append_char(out, (char)(value | 0x80));
    }
    text_append_char(out, (char)value);
}

static void put_int(struct text_buffer *out, unsigned number, uint64_t value)
{
    put_varint(out, number << 3);
    put_varint(out, value);
}

static void put_fixed(struct text_buffer *out, unsigned number, int size, uint64_t value)
{
    put_varint(out, number << 3 | (size == 8 ? 1 : 5));
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

static void put_string(struct text_buffer *out, unsigned number, const char *text)
{
    put_bytes(out, number, text_from(text));
}

/* Moves inner into out as a field, and empties it. */
static void put_message(struct text_buffer *out, unsigned number, struct text_buffer *inner)
{
    put_bytes(out, number, text_buffer_text(inner));
    text_buffer_free(inner);
}

static void put_attribute(struct text_buffer *out, unsigned number, const char *key,
                          struct text_buffer *value)
{
    struct text_buffer attribute = {0};
    put_string(&attribute, 1, key);
    put_message(&attribute, 2, value);
    put_message(out, number, &attribute);
}

static void put_string_attribute(struct text_buffer *out, unsigned number, const char *key,
                                 const char *text)
{
    struct text_buffer value = {0};
    put_string(&value, 1, text);
    put_attribute(out, number, key, &value);
}

#define TRACE_BYTES "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef"
#define SPAN_BYTES  "\xee\xe1\x9b\x7e\xc3\xc1\xb1\x74"
#define LINK_BYTES  "\xee\xe1\x9b\x7e\xc3\xc1\xb1\x75"

static void put_span(struct text_buffer *out)
{
    struct text_buffer span = {0};
    struct text_buffer part = {0};
    struct text_buffer inner = {0};
    double number = 0.1;
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    put_bytes(&span, 1, TEXT(TRACE_BYTES));
    put_bytes(&span, 2, TEXT(SPAN_BYTES));
    put_string(&span, 3, "vendor=1");
    put_string(&span, 5, "GET /goals");
    put_int(&span, 6, 2);
    put_fixed(&span, 7, 8, UINT64_C(1766012345678901234));
    put_fixed(&span, 8, 8, UINT64_C(1766012345678901299));
    put_string_attribute(&span, 9, "http.request.method", "GET");
    put_int(&part, 3, (uint64_t)INT64_MIN);
    put_attribute(&span, 9, "big", &part);
    put_fixed(&part, 4, 8, bits);
    put_attribute(&span, 9, "tenth", &part);
    put_int(&part, 2, 1);
    put_attribute(&span, 9, "yes", &part);
    put_bytes(&part, 7, TEXT("\x00\xff\x10"));
    put_attribute(&span, 9, "raw", &part);
    put_attribute(&span, 9, "nothing", &part);
    put_string(&inner, 1, "a"); /* AnyValue of an array */
    struct text_buffer array = {0};
    put_message(&array, 1, &inner);
    put_message(&part, 5, &array);
    put_attribute(&span, 9, "list", &part);
    put_string_attribute(&inner, 1, "k", "v"); /* KeyValueList */
    put_message(&part, 6, &inner);
    put_attribute(&span, 9, "map", &part);
    put_int(&span, 10, 3);
    put_fixed(&part, 1, 8, UINT64_C(1766012345678901240));
    put_string(&part, 2, "exception");
    put_string_attribute(&part, 3, "exception.message", "boom");
    put_string_attribute(&part, 3, "exception.stacktrace", "at main");
    put_message(&span, 11, &part);
    put_bytes(&part, 1, TEXT(TRACE_BYTES));
    put_bytes(&part, 2, TEXT(LINK_BYTES));
    put_fixed(&part, 6, 4, 0x301);
    put_message(&span, 13, &part);
    put_int(&part, 3, 2);
    put_message(&span, 15, &part);
    put_fixed(&span, 16, 4, 0x101);
    put_int(&span, 99, 1); /* unknown: skipped */
    put_message(out, 2, &span);
}

static struct text_buffer example_pb(void)
{
    struct text_buffer body = {0};
    struct text_buffer resource_spans = {0};
    struct text_buffer scope_spans = {0};
    struct text_buffer part = {0};
    put_string(&part, 1, "lib");
    put_string(&part, 2, "1.2");
    put_message(&scope_spans, 1, &part);
    put_span(&scope_spans);
    put_string(&scope_spans, 3, "https://schema/scope");
    put_message(&resource_spans, 2, &scope_spans); /* before its resource, on purpose */
    put_string_attribute(&part, 1, "service.name", "api");
    put_string_attribute(&part, 1, "user.id", "alice");
    put_message(&resource_spans, 1, &part);
    put_string(&resource_spans, 3, "https://schema/resource");
    put_message(&body, 1, &resource_spans);
    return body;
}

static const char example_json[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
    "{\"stringValue\":\"api\"}},{\"key\":\"user.id\",\"value\":{\"stringValue\":\"alice\"}}]},"
    "\"scopeSpans\":[{\"scope\":{\"name\":\"lib\",\"version\":\"1.2\"},\"spans\":[{"
    "\"traceId\":\"0123456789ABCDEF0123456789abcdef\",\"spanId\":\"eee19b7ec3c1b174\","
    "\"parentSpanId\":\"\",\"traceState\":\"vendor=1\",\"name\":\"GET /goals\",\"kind\":2,"
    "\"startTimeUnixNano\":\"1766012345678901234\",\"endTimeUnixNano\":1766012345678901299,"
    "\"attributes\":[{\"key\":\"http.request.method\",\"value\":{\"stringValue\":\"GET\"}},"
    "{\"key\":\"big\",\"value\":{\"intValue\":\"-9223372036854775808\"}},"
    "{\"key\":\"tenth\",\"value\":{\"doubleValue\":0.1}},"
    "{\"key\":\"yes\",\"value\":{\"boolValue\":true}},"
    "{\"key\":\"raw\",\"value\":{\"bytesValue\":\"AP8Q\"}},{\"key\":\"nothing\",\"value\":{}},"
    "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"a\"}]}}},"
    "{\"key\":\"map\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":"
    "{\"stringValue\":\"v\"}}]}}}],\"droppedAttributesCount\":3,"
    "\"events\":[{\"timeUnixNano\":\"1766012345678901240\",\"name\":\"exception\",\"attributes\":"
    "[{\"key\":\"exception.message\",\"value\":{\"stringValue\":\"boom\"}},"
    "{\"key\":\"exception.stacktrace\",\"value\":{\"stringValue\":\"at main\"}}]}],"
    "\"links\":[{\"traceId\":\"0123456789abcdef0123456789abcdef\",\"spanId\":\"eee19b7ec3c1b175\","
    "\"flags\":769}],\"status\":{\"code\":2},\"flags\":257,\"somethingNew\":[1,{}]}],"
    "\"schemaUrl\":\"https://schema/scope\"}],\"schemaUrl\":\"https://schema/resource\"}]}";

static void assert_same(struct text a, struct text b)
{
    if (!text_equals(a, b)) {
        fail_msg("'%.*s' is not '%.*s'", TEXT_ARGS(a), TEXT_ARGS(b));
    }
}

static void assert_same_span(const struct span *a, const struct span *b)
{
    assert_true(id_equals(&a->trace, &b->trace) && id_equals(&a->id, &b->id));
    assert_true(id_equals(&a->parent, &b->parent));
    assert_same(a->name, b->name);
    assert_same(a->type, b->type);
    assert_same(a->service, b->service);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->otlp_flags, b->otlp_flags);
    assert_true(a->start_ns == b->start_ns && a->end_ns == b->end_ns);
    assert_same(a->message, b->message);
    assert_same(a->stack, b->stack);
    assert_same(a->user, b->user);
    assert_same(a->session, b->session);
    assert_same(a->metadata, b->metadata);
    assert_same(a->attributes, b->attributes);
    assert_same(a->events, b->events);
    assert_same(a->links, b->links);
    assert_same(a->trace_state, b->trace_state);
    assert_int_equal(a->dropped_attributes, b->dropped_attributes);
    assert_same(a->resource->attributes, b->resource->attributes);
    assert_same(a->resource->schema_url, b->resource->schema_url);
    assert_same(a->scope->name, b->scope->name);
    assert_same(a->scope->version, b->scope->version);
    assert_same(a->scope->schema_url, b->scope->schema_url);
}

static void test_both_encodings_agree(void **state)
{
    (void)state;
    struct text_buffer body = example_pb();
    struct result pb = decode(decode_otlp_pb, text_buffer_text(&body));
    struct result json = decode_json(example_json);
    assert_string_equal(pb.why.text, "");
    assert_string_equal(json.why.text, "");
    assert_int_equal(pb.batch->count, 1);
    assert_int_equal(json.batch->count, 1);
    assert_same_span(&pb.batch->spans[0], &json.batch->spans[0]);
    const struct span *span = &json.batch->spans[0];
    assert_text(span->service, "api");
    assert_text(span->user, "alice");
    assert_text(span->type, "http");
    assert_text(span->message, "boom");
    assert_text(span->stack, "at main");
    assert_true(span->start_ns == INT64_C(1766012345678901234));
    assert_text(span->attributes,
                "{\"http.request.method\":\"GET\",\"big\":-9223372036854775808,\"tenth\":0.1,"
                "\"yes\":true,\"raw\":{\"$bytes\":\"AP8Q\"},\"nothing\":null,\"list\":[\"a\"],"
                "\"map\":{\"k\":\"v\"}}");
    assert_int_equal(span->dropped_attributes, 3);
    clear(&pb);
    clear(&json);
    text_buffer_free(&body);
}

/* Every shortened and every slightly changed body is refused or read, never more. */
static void test_damaged_protobuf_is_survived(void **state)
{
    (void)state;
    struct text_buffer body = example_pb();
    for (size_t i = 0; i < body.length; i++) {
        struct result cut = decode(decode_otlp_pb, text_make(body.data, i));
        assert_true(cut.err == ERR_OK || cut.batch->count == 0);
        clear(&cut);
        for (int bit = 0; bit < 8; bit++) {
            body.data[i] = (char)(body.data[i] ^ 1 << bit);
            struct result changed = decode(decode_otlp_pb, text_buffer_text(&body));
            assert_true(changed.err == ERR_OK || changed.batch->count == 0);
            clear(&changed);
            body.data[i] = (char)(body.data[i] ^ 1 << bit);
        }
    }
    text_buffer_free(&body);
}

static void test_protobuf_refusals(void **state)
{
    (void)state;
    struct result group = decode(decode_otlp_pb, TEXT("\x0b\x0c"));
    assert_int_equal(group.err, ERR_PARSE);
    clear(&group);

    struct text_buffer body = {0};
    struct text_buffer part = {0};
    struct text_buffer scope_spans = {0};
    put_int(&part, 5, 7); /* the name as a number */
    put_message(&scope_spans, 2, &part);
    put_message(&part, 2, &scope_spans);
    put_message(&body, 1, &part);
    struct result wrong = decode(decode_otlp_pb, text_buffer_text(&body));
    assert_int_equal(wrong.err, ERR_PARSE);
    assert_string_equal(wrong.why.text,
                        "resourceSpans[0].scopeSpans[0].spans[0].name: wrong wire type");
    clear(&wrong);
    text_buffer_free(&body);

    for (int i = 0; i < 100; i++) { /* values in values in values */
        struct text_buffer list = {0};
        put_message(&list, 1, &part);
        put_message(&part, 5, &list);
    }
    put_attribute(&body, 1, "deep", &part);
    put_message(&part, 1, &body);
    put_message(&body, 1, &part);
    struct result deep = decode(decode_otlp_pb, text_buffer_text(&body));
    assert_int_equal(deep.err, ERR_LIMIT);
    clear(&deep);
    text_buffer_free(&body);
}

static void refuses(const char *members, enum refusal reason, const char *text)
{
    struct text_buffer json = {0};
    text_append_format(&json, "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{%s}]}]}]}",
                       members);
    struct result r = decode(decode_otlp_json, text_buffer_text(&json));
    assert_string_equal(r.why.text, "");
    assert_int_equal(r.batch->count, 0);
    assert_int_equal(r.report.refused_by[reason], 1);
    assert_string_equal(r.report.lines[0].text, text);
    clear(&r);
    text_buffer_free(&json);
}

#define IDS "\"traceId\":\"0123456789abcdef0123456789abcdef\",\"spanId\":\"eee19b7ec3c1b174\""

static void test_json_refusals_name_the_place(void **state)
{
    (void)state;
    refuses("\"spanId\":\"eee19b7ec3c1b174\"", REFUSED_ID,
            "resourceSpans[0].scopeSpans[0].spans[0]: traceId, startTimeUnixNano missing");
    refuses("\"traceId\":\"00000000000000000000000000000000\"", REFUSED_ID,
            "resourceSpans[0].scopeSpans[0].spans[0].traceId: all zero");
    refuses("\"traceId\":\"xyz\"", REFUSED_ID,
            "resourceSpans[0].scopeSpans[0].spans[0].traceId: hex digits were expected");
    refuses(IDS, REFUSED_TIME,
            "resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: missing");
    refuses(IDS ",\"startTimeUnixNano\":\"1766012345678901234\","
                "\"endTimeUnixNano\":\"1766012345678901233\"",
            REFUSED_TIME,
            "resourceSpans[0].scopeSpans[0].spans[0].endTimeUnixNano: before startTimeUnixNano");
    refuses(IDS ",\"name\":5", REFUSED_FIELD,
            "resourceSpans[0].scopeSpans[0].spans[0].name: a string was expected");
}

static void test_other_peoples_json(void **state)
{
    (void)state;
    struct result r = decode_json(
        "{\"resource_spans\":[{\"instrumentation_library_spans\":[{\"spans\":[{"
        "\"trace_id\":\"0123456789abcdef0123456789abcdef\",\"span_id\":\"eee19b7ec3c1b174\","
        "\"kind\":\"SPAN_KIND_CLIENT\",\"start_time_unix_nano\":\"1766012345678901234\","
        "\"attributes\":[{\"key\":\"n\",\"value\":{\"int_value\":9007199254740993}},"
        "{\"key\":\"x\",\"value\":{\"doubleValue\":\"NaN\"}},"
        "{\"key\":\"i\",\"value\":{\"doubleValue\":5}}],"
        "\"status\":{\"code\":\"STATUS_CODE_OK\",\"message\":null},\"links\":null}]}],"
        "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":"
        "\"late\"}}]}}]}");
    assert_string_equal(r.why.text, "");
    assert_int_equal(r.batch->count, 1);
    assert_int_equal(r.batch->spans[0].kind, KIND_CLIENT);
    assert_text(r.batch->spans[0].name, "unknown");
    assert_text(r.batch->spans[0].service, "late");
    assert_int_equal(r.batch->spans[0].status, STATUS_IN_PROGRESS);
    assert_text(r.batch->spans[0].attributes,
                "{\"n\":9007199254740993,\"x\":{\"$double\":\"NaN\"},\"i\":5.0}");
    clear(&r);
}

/* Senders between two versions of OTLP wrote both names. */
static void test_no_list_before_the_resource_is_lost(void **state)
{
    (void)state;
#define LISTED(id)                                                                                 \
    "[{\"spans\":[{\"traceId\":\"0123456789abcdef0123456789abcdef\",\"spanId\":\"" id              \
    "\",\"startTimeUnixNano\":\"1766012345678901234\"}]}]"
    struct result r = decode_json("{\"resourceSpans\":[ {\"scopeSpans\":" LISTED(
        "eee19b7ec3c1b171") ","
                            "\"instrumentationLibrarySpans\":" LISTED(
                                "eee19b7ec3c1b172") ","
                                                    "\"resource\":{\"attributes\":[{\"key\":"
                                                    "\"service.name\",\"value\":{\"stringValue\":"
                                                    "\"late\"}}]},\"scopeSpans\":" LISTED(
                                                        "eee19b7ec3c1b173") "}]}");
    assert_string_equal(r.why.text, "");
    assert_int_equal(r.report.received, 3);
    assert_int_equal(r.batch->count, 3);
    for (size_t i = 0; i < r.batch->count; i++) {
        assert_text(r.batch->spans[i].service, "late");
    }
    clear(&r);
}

static void test_bodies_that_cannot_be_read(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "", "[", "{", "{\"resourceSpans\":5}", "{} x", "{\"resourceSpans\":[5]}", "{'a':1}",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct result r = decode_json(bodies[i]);
        assert_int_equal(r.err, ERR_PARSE);
        assert_non_null(strstr(r.why.text, "not OTLP/JSON"));
        clear(&r);
    }
    struct result empty = decode_json("{}");
    assert_int_equal(empty.err, ERR_OK);
    clear(&empty);
    empty = decode(decode_otlp_pb, (struct text){0});
    assert_int_equal(empty.err, ERR_OK);
    clear(&empty);
}

/* The likeliest wrong address: it must not look like success. */
static void test_flat_spans_are_sent_to_their_path(void **state)
{
    (void)state;
    static const char *const flat[] = {
        "[]",
        "[{\"id\":\"a\"}]",
        "{\"spans\":[{\"id\":\"a\"}]}",
        "{\"app\":1,\"spans\":[],\"b\":{}}",
    };
    static const char *const otlp[] = {"{}", "{\"other\":[{\"spans\":[]}]}",
                                       "{\"spans\":[],\"resourceSpans\":[]}",
                                       "{\"resource_spans\":[],\"spans\":[{}]}"};
    for (size_t i = 0; i < ARRAY_LEN(flat); i++) {
        struct result r = decode_json(flat[i]);
        assert_int_equal(r.err, ERR_PARSE);
        assert_string_equal(r.why.text,
                            "no resourceSpans here: flat spans go to POST /api/trace-log");
        clear(&r);
    }
    for (size_t i = 0; i < ARRAY_LEN(otlp); i++) {
        struct result r = decode_json(otlp[i]);
        assert_int_equal(r.err, ERR_OK);
        assert_int_equal(r.batch->count, 0);
        clear(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_encodings_agree),
        cmocka_unit_test(test_damaged_protobuf_is_survived),
        cmocka_unit_test(test_protobuf_refusals),
        cmocka_unit_test(test_json_refusals_name_the_place),
        cmocka_unit_test(test_other_peoples_json),
        cmocka_unit_test(test_no_list_before_the_resource_is_lost),
        cmocka_unit_test(test_bodies_that_cannot_be_read),
        cmocka_unit_test(test_flat_spans_are_sent_to_their_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
