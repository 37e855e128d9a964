/* test_context — a trace crosses process borders: headers out and in, JSON, Retry-After. */
/* clang-format off: cmocka needs these first, in this order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/json_check.h"
#include "ingest/client/retry_after.h"
#include "ingest/client/tracetui_client.h"
#include "ingest/client/w3c.h"

static const char *header_of(const char *name, void *ctx)
{
    const char *const(*headers)[2] = ctx;
    for (; (*headers)[0] != NULL; headers++) {
        if (strcmp((*headers)[0], name) == 0) {
            return (*headers)[1];
        }
    }
    return NULL;
}

static bool read_traceparent(const char *value, struct tt_context *context)
{
    const char *headers[][2] = {{"traceparent", value}, {NULL, NULL}};
    return tt_context_from_headers(header_of, headers, context);
}

static void traceparent_is_read_by_the_letter(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
        "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    };
    struct tt_context context;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(read_traceparent(wrong[i], &context));
    }
    assert_true(
        read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", &context));
    assert_false(context.sampled);
    assert_true(
        read_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what", &context));
    assert_string_equal(context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_string_equal(context.span_id, "00f067aa0ba902b7");
    assert_true(context.sampled);
    assert_false(context.random);
    assert_true(
        read_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fb", &context));
    assert_true(context.sampled && context.random);
}

static void tracestate_is_read_by_the_letter(void **state)
{
    (void)state;
    static const char *const right[] = {
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",   " a=1 ,\tb=2\t,,c=3",
        "fw529a3039@dt=FfIxZ2gBADMAAAA/x",           "0tenant@sys=1",
        "a_-*/0=!\"#$%&'()*+-./:;<>?@[\\]^_`{|}~ x",
    };
    static const char *const wrong[] = {
        "",       ",",       "a",    "=1",   "A=1",    "0a=1",    "a=",    "a=1=2",
        "a=\x7f", "a=1,a=2", "a@=1", "@a=1", "a@0b=1", "a@b@c=1", "a b=1", "a@abcdefghijklmno=1",
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        if (!tracestate_is_valid(right[i])) {
            fail_msg("refused: %s", right[i]);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (tracestate_is_valid(wrong[i])) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
    char many[33 * 8] = "";
    for (int i = 0; i < 33; i++) {
        snprintf(many + strlen(many), sizeof many - strlen(many), "%sk%d=1", i > 0 ? "," : "", i);
        assert_int_equal(tracestate_is_valid(many), i < 32);
    }
}

/* What tt_headers sets, as text: one line a header. */
static void add_line(const char *name, const char *value, void *ctx)
{
    char *text = ctx;
    size_t length = strlen(text);
    snprintf(text + length, 4096 - length, "%s: %s\n", name, value);
}

static bool has_line(const char *text, const char *name, const char *value)
{
    char line[1500];
    snprintf(line, sizeof line, "%s: %s\n", name, value);
    return strstr(text, line) != NULL;
}

static void headers_go_out_as_they_came_in(void **state)
{
    (void)state;
    const char *in[][2] = {
        {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02"},
        {"tracestate", "rojo=1,congo=2"},
        {"X-Trace-ID", "other"},
        {"X-Session-ID", "session 7"},
        {"X-Client-Type", "web"},
        {NULL, NULL}};
    struct tt_options options = {
        .endpoint = "http://127.0.0.1:1", .client_type = "plugin", .client_version = "1.0"};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_context context;
    assert_true(tt_context_from_headers(header_of, in, &context));
    assert_string_equal(context.client_type, "web");
    struct tt_span *served = tt_start_remote(tracer, &context, "served", 0);
    struct tt_span *call = tt_start_at(tracer, served, "call", 0);
    struct tt_context inner;
    tt_context_of(call, &inner);
    char out[4096] = "";
    tt_headers(call, add_line, out);
    char traceparent[128];
    snprintf(traceparent, sizeof traceparent, "00-4bf92f3577b34da6a3ce929d0e0e4736-%s-02",
             inner.span_id);
    assert_true(has_line(out, "traceparent", traceparent)); /* unsampled stays unsampled */
    assert_true(has_line(out, "tracestate", "rojo=1,congo=2"));
    assert_true(has_line(out, "X-Trace-ID", "4bf92f3577b34da6a3ce929d0e0e4736"));
    assert_true(has_line(out, "X-Span-ID", inner.span_id));
    assert_true(has_line(out, "X-Parent-Span-ID", inner.parent_span_id));
    assert_true(has_line(out, "X-Session-ID", "session 7"));
    assert_true(has_line(out, "X-Client-Type", "plugin"));
    assert_true(has_line(out, "X-Client-Version", "1.0"));
    assert_non_null(strstr(out, "X-Client-Timestamp: 1"));
    tt_context_of(served, &inner);
    assert_string_equal(inner.parent_span_id, "00f067aa0ba902b7");
    tt_close(tracer, 1);
}

static void ids_of_the_web_application_become_a_traceparent(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"4bf92f3577b34da6", "00-00000000000000004bf92f3577b34da6-"},
        {"4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", "00-4bf92f3577b34da6a3ce929d0e0e4736-"},
        {"abc-123-def-ghi", NULL},
        {"0000-00", NULL},
    };
    struct tt_options options = {.endpoint = "http://127.0.0.1:1"};
    struct tt_tracer *tracer = tt_open(&options);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *in[][2] = {{"X-Trace-ID", pairs[i][0]},
                               {"X-Parent-Span-ID", "span of the page"},
                               {"tracestate", "lost=1"}, /* belongs to a traceparent */
                               {NULL, NULL}};
        struct tt_context context;
        char out[4096] = "";
        assert_true(tt_context_from_headers(header_of, in, &context));
        struct tt_span *span = tt_start_remote(tracer, &context, "served", 0);
        tt_headers(span, add_line, out);
        assert_true(has_line(out, "X-Trace-ID", pairs[i][0]));
        assert_null(strstr(out, "tracestate"));
        const char *found = strstr(out, "traceparent: ");
        assert_int_equal(found != NULL, pairs[i][1] != NULL);
        if (found != NULL) {
            assert_memory_equal(found + 13, pairs[i][1], strlen(pairs[i][1]));
        }
        tt_end(span);
    }
    tt_close(tracer, 1);
}

static void header_values_cannot_forge_headers(void **state)
{
    (void)state;
    struct tt_options options = {.endpoint = "http://127.0.0.1:1", .session = "a\r\nX-Evil: 1"};
    struct tt_tracer *tracer = tt_open(&options);
    struct tt_span *span = tt_start(tracer, "x");
    char out[4096] = "";
    tt_headers(span, add_line, out);
    assert_null(strstr(out, "X-Evil"));
    assert_non_null(strstr(out, "traceparent"));
    tt_close(tracer, 1);
    options.token = "a\r\nX-Evil: 1";
    assert_null(tt_open(&options));
}

static void context_survives_json(void **state)
{
    (void)state;
    struct tt_context context = {.trace_id = "abc-123-def",
                                 .span_id = "span-456",
                                 .user = "Zo\xC3\xAB",
                                 .session = "s \"1\"\n",
                                 .tracestate = "a=1,b=2",
                                 .random = true};
    struct tt_context back;
    char json[512];
    size_t length = tt_context_to_json(&context, json, sizeof json);
    assert_int_equal(length, strlen(json));
    assert_int_equal(tt_context_to_json(&context, NULL, 0), length);
    assert_true(tt_context_from_json(json, &back));
    assert_memory_equal(&context, &back, sizeof context);
    assert_true(tt_context_from_json(
        " { \"later\" : [{\"traceId\":\"no\"},\"]}\\\"\"] , "
        "\"traceId\":\"\\u00e9\\ud83d\\ude00\\/\","
        "\"a key that is longer than any of ours could be\":1,\"spanId\":null,\"sampled\":false}",
        &back));
    assert_string_equal(back.trace_id, "\xC3\xA9\xF0\x9F\x98\x80/");
    assert_string_equal(back.span_id, "");
    assert_false(back.sampled);
    static const char *const wrong[] = {
        "",
        "{}",
        "[]",
        "{\"traceId\":\"x\"",
        "{\"traceId\":\"x\"} y",
        "{\"traceId\":\"\\u0000\"}",
        "{\"traceId\":\"\\ud800\"}",
        "{\"traceId\":\"x\",}",
        "{\"traceId\":\"\xC3\"}",
        "{\"traceId\":\"0123456789012345678901234567890123456789012345678901234567890123456\"}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (tt_context_from_json(wrong[i], &back)) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
}

static void json_of_the_program_is_checked(void **state)
{
    (void)state;
    static const char *const right[] = {
        "0",
        "-1.5e+3",
        " true ",
        "null",
        "\"\\u00e9\\n\"",
        "[]",
        "{}",
        "[1,[2,{\"a\":[]}],3]",
        "{\"a\":{\"b\":[1]},\"c\":\"}\"}",
    };
    static const char *const wrong[] = {
        "",        "01",     "1.",        ".5",   "+1",    "1e",      "tru",      "\"",
        "\"\\x\"", "\"\n\"", "\"\\u12\"", "[1,]", "[1 2]", "{\"a\"}", "{a:1}",    "{\"a\":1,}",
        "[}",      "{]",     "1 2",       "[[1]", "]",     "nullx",   "\"\xff\"",
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        if (!json_check_value(right[i])) {
            fail_msg("refused: %s", right[i]);
        }
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (json_check_value(wrong[i])) {
            fail_msg("taken: %s", wrong[i]);
        }
    }
    char deep[80];
    memset(deep, '[', 33);
    memset(deep + 33, ']', 33);
    deep[66] = '\0';
    assert_false(json_check_value(deep));
    assert_true(
        json_check_value("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"));
}

static void retry_after_is_seconds_or_a_date(void **state)
{
    (void)state;
    const int64_t now_s = 784111777 - 90; /* Sun, 06 Nov 1994 08:49:37 GMT is 90 s ahead */
    assert_int_equal(retry_after_ms("120\r\nDate: x", now_s), 120000);
    assert_int_equal(retry_after_ms("0", now_s), 0);
    assert_int_equal(retry_after_ms("99999999999999999999", now_s), 999999999000);
    assert_int_equal(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT\r\n", now_s), 90000);
    assert_int_equal(retry_after_ms("Sunday, 06-Nov-94 08:49:37 GMT", now_s), 90000);
    assert_int_equal(retry_after_ms("Sun Nov  6 08:49:37 1994", now_s), 90000);
    assert_int_equal(retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", now_s + 1000), 0);
    static const char *const wrong[] = {"", "soon", "-1", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun,"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(retry_after_ms(wrong[i], now_s), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(traceparent_is_read_by_the_letter),
        cmocka_unit_test(tracestate_is_read_by_the_letter),
        cmocka_unit_test(headers_go_out_as_they_came_in),
        cmocka_unit_test(ids_of_the_web_application_become_a_traceparent),
        cmocka_unit_test(header_values_cannot_forge_headers),
        cmocka_unit_test(context_survives_json),
        cmocka_unit_test(json_of_the_program_is_checked),
        cmocka_unit_test(retry_after_is_seconds_or_a_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
