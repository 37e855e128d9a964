/* test_anonymize — nobody is named in an anonymous export, and the program still is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/anonymize.h"
#include "store/base/json.h"

static const struct anonymizer one = {{1, 2}};
static const struct anonymizer other = {{3, 4}};

static struct text rewritten(const struct anonymizer *anonymizer, const char *attributes,
                             struct arena *arena)
{
    struct span_body body = {.attributes = text_from(attributes)};
    anonymize_body(anonymizer, &body, arena);
    return body.attributes;
}

static void assert_text(struct text text, const char *expected)
{
    if (!text_is(text, expected)) {
        fail_msg("'%.*s' instead of '%s'", TEXT_ARGS(text), expected);
    }
}

static void test_what_describes_the_program_stays(void **state)
{
    (void)state;
    static const char attributes[] =
        "{\"http.request.method\":\"GET\",\"http.route\":\"/users/:id\",\"retry\":3,\"ok\":true,"
        "\"none\":null,\"ratio\":0.5,\"nan\":{\"$double\":\"NaN\"},\"db.system\":\"sqlite\"}";
    struct arena arena = {0};
    assert_text(rewritten(&one, attributes, &arena), attributes);
    arena_clear(&arena);
}

static void test_what_may_name_somebody_does_not(void **state)
{
    (void)state;
    static const char attributes[] =
        "{\"user.id\":\"alice\",\"note\":\"for alice\",\"userId\":4711,\"order_id\":12,"
        "\"list\":[\"alice\",1],\"alice@example.org\":1,\"deep\":{\"who\":{\"name\":\"alice\"}},"
        "\"raw\":{\"$bytes\":\"YWxpY2U=\"},\"client.address\":\"10.1.2.3\",\"empty\":\"\","
        "\"userid\":4712,\"carts\":{\"4713\":1},"
        "\"db.operation.parameter.name\":\"alice\",\"otel.status_description\":\"no alice\"}";
    static const char *const gone[] = {"alice", "4711",     "4712",    "4713",
                                       "12",    "10.1.2.3", "YWxpY2U="};
    struct arena arena = {0};
    struct text text = rewritten(&one, attributes, &arena);
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        if (text_contains_nocase(text, text_from(gone[i])) && strcmp(gone[i], "12") != 0) {
            fail_msg("%s is in %.*s", gone[i], TEXT_ARGS(text));
        }
    }
    struct text order;
    assert_true(json_find(text, TEXT("order_id"), &order));
    assert_true(text_starts_with(order, "\"anon-"));
    assert_true(json_find(text, TEXT("empty"), &order));
    assert_text(order, "\"\"");
    arena_clear(&arena);
}

static void test_a_pseudonym_is_the_same_within_an_export_only(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct span_body body = {.user = TEXT("alice"), .attributes = TEXT("{\"user.id\":\"alice\"}")};
    struct span_body again = body;
    struct trace_row row = {.user = TEXT("alice"), .session = TEXT("s1")};
    anonymize_body(&one, &body, &arena);
    anonymize_body(&other, &again, &arena);
    anonymize_row(&one, &row, &arena);
    assert_true(text_equals(row.user, body.user));
    assert_false(text_equals(row.user, row.session));
    assert_false(text_equals(again.user, body.user));
    struct text raw;
    assert_true(json_find(body.attributes, TEXT("user.id"), &raw));
    assert_true(text_equals(json_plain(raw, &arena), body.user));
    arena_clear(&arena);
}

static void test_sql_keeps_its_shape(void **state)
{
    (void)state;
    static const struct {
        const char *given, *shown;
    } cases[] = {
        {"SELECT a1 FROM t WHERE name = 'O''Brien' AND x=42",
         "SELECT a1 FROM t WHERE name = ?? AND x=?"},
        {"SELECT 1.5e3, t_2.c /* for bob */ -- bob", "SELECT ?, t_2.c ? ?"},
        {"SELECT 'open", "SELECT ?"},
        {"SELECT x /*/ bob */ y", "SELECT x ? y"},
        {"SELECT \"u\".\"id\" FROM \"u\" WHERE \"u\".\"a\" = \"b\".\"c\"",
         "SELECT \"u\".\"id\" FROM \"u\" WHERE \"u\".\"a\" = \"b\".\"c\""},
        {"SELECT x WHERE name = \"alice\" OR a LIKE \"al%\"",
         "SELECT x WHERE name = ? OR a LIKE ?"},
        {"INSERT INTO t (\"a\",\"b\") VALUES (\"bob\", \"b\"\"o\"), (1)",
         "INSERT INTO t (\"a\",\"b\") VALUES (?, ?"
         "?), (?)"},
        {"SELECT 'it\\'s alice', 'bob'", "SELECT ?"},
        {"SELECT $$for alice$$, $a$b$$c$a$, $1", "SELECT ?, ?, $1"},
        {"SELECT concat(\"alice@example.org\", \"a 4711\", \"b\")", "SELECT concat(?, ?, \"b\")"},
        {" (select 1)", " (select ?)"},
        {"/* by bob */ DELETE FROM t", "? DELETE FROM t"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = {0};
        struct text_buffer json = {0};
        struct text raw;
        text_append_cstr(&json, "{\"sql\":");
        json_append_string(&json, text_from(cases[i].given));
        text_append_char(&json, '}');
        assert_true(json_find(rewritten(&one, json.data, &arena), TEXT("sql"), &raw));
        assert_text(json_plain(raw, &arena), cases[i].shown);
        text_buffer_free(&json);
        arena_clear(&arena);
    }
}

/* Stores that speak no SQL have their commands under the same keys. */
static void test_what_is_no_sql_is_a_text(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "GET session:alice",
        "HGETALL user:alice@example.org",
        "SET user:alice 1",
        "delete alice",
        "{\"find\":\"users\",\"filter\":{\"name\":\"alice\"}}",
        "selected by alice",
    };
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        struct arena arena = {0};
        struct text_buffer json = {0};
        text_append_cstr(&json, "{\"db.query.text\":");
        json_append_string(&json, text_from(commands[i]));
        text_append_char(&json, '}');
        struct text text = rewritten(&one, json.data, &arena);
        if (!text_starts_with(text, "{\"db.query.text\":\"anon-")) {
            fail_msg("'%s' became '%.*s'", commands[i], TEXT_ARGS(text));
        }
        text_buffer_free(&json);
        arena_clear(&arena);
    }
}

/* What describes the program may have been made of data, and tell where somebody lives. */
static void test_words_of_the_program_lose_what_was_data(void **state)
{
    (void)state;
    static const char attributes[] =
        "{\"http.route\":\"/users/4711/cart\",\"service.name\":\"box of eve@example.org\","
        "\"code.function.name\":\"main\",\"code.file.path\":\"/home/alice/a.c\","
        "\"code.stacktrace\":\"at /home/alice/a.c\",\"d\":{\"$double\":\"alice\"},"
        "\"service.version\":\"2026.11.03\",\"telemetry.sdk.version\":\"1.27.01\","
        "\"otel.scope.name\":\"@opentelemetry/http\"}";
    static const char *const gone[] = {"alice", "eve", "4711"};
    static const char *const kept[] = {"/users/anon-", "/cart",   "\"box of anon-",     "\"main\"",
                                       "2026.11.03",   "1.27.01", "@opentelemetry/http"};
    struct arena arena = {0};
    struct text text = rewritten(&one, attributes, &arena);
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        if (text_contains_nocase(text, text_from(gone[i]))) {
            fail_msg("%s is in %.*s", gone[i], TEXT_ARGS(text));
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        if (!text_contains_nocase(text, text_from(kept[i]))) {
            fail_msg("%s is not in %.*s", kept[i], TEXT_ARGS(text));
        }
    }
    arena_clear(&arena);
}

static void test_names_lose_what_was_data(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    trace->row.root_operation = TEXT("GET /users/4711/cart?of=bob@example.org");
    uint32_t plain = trace_name(trace, TEXT("POST /v1/things (HTTP 404)"));
    uint32_t data = trace_name(trace, TEXT("mail bob@example.org"));
    anonymize_trace(&one, trace);
    assert_true(text_starts_with(trace->row.root_operation, "GET /users/anon-"));
    assert_true(text_contains_nocase(trace->row.root_operation, TEXT("/cart?of=anon-")));
    assert_text(trace->names[plain], "POST /v1/things (HTTP 404)");
    assert_true(text_starts_with(trace->names[data], "mail anon-"));
    trace_free(trace);
}

static void test_what_a_body_holds(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct span_body body = {
        .message = TEXT("no such user: alice"),
        .trace_state = TEXT("vendor=alice"),
        .events = TEXT(
            "[{\"name\":\"exception\",\"timestamp_ns\":\"12\",\"attributes\":{\"exception.type\":"
            "\"E\",\"exception.message\":\"alice\"},\"dropped\":1}]"),
        .links = TEXT("[{\"trace_id\":\"ab\",\"span_id\":\"cd\",\"trace_state\":\"v=alice\","
                      "\"attributes\":{}}]"),
        .client_type = TEXT("shop-4711"),
        .client_version = TEXT("2.1"),
        .metadata = TEXT("{\"plan\":\"of alice\"}"),
    };
    anonymize_body(&one, &body, &arena);
    assert_true(text_starts_with(body.message, "anon-"));
    assert_int_equal(body.trace_state.length, 0);
    assert_text(body.links, "[{\"trace_id\":\"ab\",\"span_id\":\"cd\",\"attributes\":{}}]");
    assert_true(text_contains_nocase(
        body.events, TEXT("{\"name\":\"exception\",\"timestamp_ns\":\"12\",\"attributes\":"
                          "{\"exception.type\":\"E\",\"exception.message\":\"anon-")));
    assert_false(text_contains_nocase(body.events, TEXT("alice")));
    assert_true(text_starts_with(body.client_type, "anon-"));
    assert_text(body.client_version, "2.1");
    assert_true(text_starts_with(body.metadata, "{\"plan\":\"anon-"));
    body.events = TEXT("[{\"name\":\"mail to alice@example.org\",\"attributes\":{}}]");
    anonymize_body(&one, &body, &arena);
    assert_true(text_starts_with(body.events, "[{\"name\":\"mail to anon-"));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_describes_the_program_stays),
        cmocka_unit_test(test_what_may_name_somebody_does_not),
        cmocka_unit_test(test_a_pseudonym_is_the_same_within_an_export_only),
        cmocka_unit_test(test_sql_keeps_its_shape),
        cmocka_unit_test(test_what_is_no_sql_is_a_text),
        cmocka_unit_test(test_words_of_the_program_lose_what_was_data),
        cmocka_unit_test(test_names_lose_what_was_data),
        cmocka_unit_test(test_what_a_body_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
