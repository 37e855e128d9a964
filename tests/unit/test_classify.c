/* test_classify — what attributes mean, and how they are written down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/classify.h"
#include "ingest/wire.h"

/* Attributes of strings, from "key", "value", ..., NULL. */
static struct traits classify(struct arena *arena, const char *const *pairs)
{
    struct attributes attributes = {0};
    struct traits traits = {0};
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        attributes_add(&attributes, arena, text_from(pairs[i]),
                       value_string(text_from(pairs[i + 1])));
    }
    classify_attributes(&attributes, arena, &traits);
    return traits;
}

static void test_operation_types(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        const char *pairs[5];
    } cases[] = {
        {"graphql", {"graphql.operation.name", "x", "http.request.method", "POST", NULL}},
        {"cache", {"db.system", "redis", NULL}},
        {"cache", {"db.system.name", "Memcached", "db.query.text", "GET", NULL}},
        {"cache", {"cacheHit", "true", NULL}},
        {"db", {"db.system.name", "postgresql", "http.method", "GET", NULL}},
        {"db", {"db.statement", "SELECT 1", NULL}},
        {"db", {"sql", "SELECT 1", NULL}},
        {"ui", {"app.screen.name", "home", NULL}},
        {"http", {"http.route", "/", NULL}},
        {"http", {"url.full", "http://x", NULL}},
        {"service", {"rpc.system", "grpc", NULL}},
        {"service", {NULL}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = {0};
        struct traits traits = classify(&arena, cases[i].pairs);
        if (!text_is(classify_type(&traits), cases[i].type)) {
            fail_msg("case %zu: '%.*s'", i, TEXT_ARGS(classify_type(&traits)));
        }
        arena_clear(&arena);
    }
}

static void test_the_best_name_wins(void **state)
{
    (void)state;
    static const char *const pairs[] = {
        "userId",    "c", "enduser.id",     "b",         "user.id", "a", "session_id", "y",
        "sessionId", "x", "http.client_ip", "192.0.2.1", NULL};
    struct arena arena = {0};
    struct traits traits = classify(&arena, pairs);
    assert_true(text_is(traits.text[TRAIT_USER], "a"));
    assert_true(text_is(traits.text[TRAIT_SESSION], "x"));
    assert_true(text_is(traits.text[TRAIT_IP], "192.0.2.1"));
    arena_clear(&arena);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[3];
        enum span_kind kind;
        bool error;
    } cases[] = {
        {{"http.response.status_code", "404", NULL}, KIND_SERVER, false},
        {{"http.response.status_code", "404", NULL}, KIND_CLIENT, true},
        {{"http.status_code", "500", NULL}, KIND_SERVER, true},
        {{"http.status_code", "200", NULL}, KIND_CLIENT, false},
        {{"error", "true", NULL}, KIND_INTERNAL, true},
        {{"error", "false", NULL}, KIND_INTERNAL, false},
        {{"exception.message", "caught", NULL}, KIND_INTERNAL, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = {0};
        struct traits traits = classify(&arena, cases[i].pairs);
        if (classify_is_error(&traits, cases[i].kind) != cases[i].error) {
            fail_msg("case %zu", i);
        }
        arena_clear(&arena);
    }
}

static void test_json_form(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct attributes attributes = {0};
    struct text_buffer json = {0};
    static const double numbers[] = {0.1, 1, -2.5e300, 1e21, 0};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        attributes_add(&attributes, &arena, arena_format(&arena, "d%zu", i),
                       (struct value){.kind = VALUE_DOUBLE, .number = numbers[i]});
    }
    attributes_add(&attributes, &arena, TEXT("d1"), value_int(INT64_MAX));
    attributes_add(&attributes, &arena, TEXT("b\"\n"), value_string(TEXT("\xff")));
    attributes_unique(&attributes, &arena);
    assert_int_equal(attributes_append(&json, &attributes, SIZE_MAX), 0);
    assert_string_equal(json.data,
                        "{\"d0\":0.1,\"d1\":9223372036854775807,\"d2\":-2.5e+300,\"d3\":1e+21,"
                        "\"d4\":0.0,\"b\\\"\\n\":\"\xEF\xBF\xBD\"}");
    text_buffer_free(&json);
    arena_clear(&arena);
}

static void test_limits(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct attributes attributes = {0};
    struct text_buffer json = {0};
    char *longest = arena_bytes(&arena, WIRE_VALUE_LIMIT_BYTES + 10);
    memset(longest, 'v', WIRE_VALUE_LIMIT_BYTES + 10);
    attributes_add(&attributes, &arena, TEXT("v"),
                   value_string(text_make(longest, WIRE_VALUE_LIMIT_BYTES + 10)));
    assert_int_equal(attributes_append(&json, &attributes, SIZE_MAX), 1);
    assert_int_equal(json.length, WIRE_VALUE_LIMIT_BYTES + strlen("{\"v\":\"\xE2\x80\xA6\"}"));
    for (size_t i = 0; i < WIRE_ATTRIBUTES_LIMIT + 5; i++) {
        attributes_add(&attributes, &arena, arena_format(&arena, "key%zu", i % 700), value_int(1));
    }
    assert_int_equal(attributes.count, WIRE_ATTRIBUTES_LIMIT);
    assert_int_equal(attributes.dropped, 6);
    attributes_unique(&attributes, &arena);
    assert_int_equal(attributes.count, 701);
    text_buffer_clear(&json);
    attributes_append(&json, &attributes, 100);
    assert_true(json.length <= 101);
    assert_true(attributes.dropped > 600);
    text_buffer_free(&json);
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operation_types), cmocka_unit_test(test_the_best_name_wins),
        cmocka_unit_test(test_errors),          cmocka_unit_test(test_json_form),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
