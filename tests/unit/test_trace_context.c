/* test_trace_context — traceparent and tracestate by the letter, and the X- headers behind them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ingest/headers.h"
#include "ingest/trace_context.h"

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static struct trace_context read_state(const char *const *states, size_t count)
{
    struct headers headers = {0};
    struct trace_context context;
    headers_add(&headers, "Traceparent", TEXT("00-" TRACE "-" PARENT "-01"));
    for (size_t i = 0; i < count; i++) {
        headers_add(&headers, "TraceState", text_from(states[i]));
    }
    trace_context_read(&headers, &context);
    context.state.data = context.state_bytes; /* it moved with the copy */
    return context;
}

static void test_traceparent(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool valid;
        uint32_t flags;
    } cases[] = {
        {"00-" TRACE "-" PARENT "-01", true, 1},
        {"00-" TRACE "-" PARENT "-00", true, 0},
        {"00-" TRACE "-" PARENT "-ff", true, 255},
        {"cc-" TRACE "-" PARENT "-01", true, 1},
        {"cc-" TRACE "-" PARENT "-01-what the future brings", true, 1},
        {"cc-" TRACE "-" PARENT "-01.what", false, 0},
        {"00-" TRACE "-" PARENT "-01-", false, 0},
        {"00-" TRACE "-" PARENT "-01 ", false, 0},
        {"ff-" TRACE "-" PARENT "-01", false, 0},
        {"0-" TRACE "-" PARENT "-01", false, 0},
        {"0x-" TRACE "-" PARENT "-01", false, 0},
        {"00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01", false, 0},
        {"00-00000000000000000000000000000000-" PARENT "-01", false, 0},
        {"00-" TRACE "-0000000000000000-01", false, 0},
        {"00-" TRACE "-" PARENT "-0", false, 0},
        {"00-" TRACE "-" PARENT, false, 0},
        {"00-" TRACE "_" PARENT "-01", false, 0},
        {"00-" TRACE "-" PARENT "-0x", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct headers headers = {0};
        struct trace_context context;
        headers_add(&headers, "traceparent", text_from(cases[i].value));
        trace_context_read(&headers, &context);
        if (id_is_none(&context.trace) == cases[i].valid || context.flags != cases[i].flags) {
            fail_msg("%s is taken for %s", cases[i].value, cases[i].valid ? "wrong" : "right");
        }
    }
}

static void test_a_second_traceparent_makes_both_count_for_nothing(void **state)
{
    (void)state;
    struct headers headers = {0};
    struct trace_context context;
    headers_add(&headers, "traceparent", TEXT("00-" TRACE "-" PARENT "-01"));
    headers_add(&headers, "traceparent", TEXT("00-" TRACE "-" PARENT "-01"));
    trace_context_read(&headers, &context);
    assert_true(id_is_none(&context.trace));
    assert_null(headers.repeated); /* and the request is none the worse */
}

static void test_tracestate(void **state)
{
    (void)state;
    static const struct {
        const char *states[2];
        const char *kept;
    } cases[] = {
        {{"a=1,b=2"}, "a=1,b=2"},
        {{"a=1", "b=2"}, "a=1,b=2"},
        {{" a=1 ,\t b=2,"}, "a=1,b=2"},
        {{",,a=1,"}, "a=1"},
        {{"fw529a3039@dt=FfAA0;a b,x-_*/@=!"}, "fw529a3039@dt=FfAA0;a b,x-_*/@=!"},
        {{"tenant@vendor=1,0key=2"}, "tenant@vendor=1,0key=2"},
        {{"a=1,a=2"}, ""},
        {{"a=1", "a=2"}, ""},
        {{"A=1"}, ""},
        {{"-a=1"}, ""},
        {{"a"}, ""},
        {{"a="}, ""},
        {{"=1"}, ""},
        {{"a=1=2"}, ""},
        {{"a =1"}, ""},
        {{"a=\x01"}, ""},
        {{"ab=1,b=2,aab=3"}, "ab=1,b=2,aab=3"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct trace_context context =
            read_state(cases[i].states, cases[i].states[1] != NULL ? 2 : 1);
        if (!text_is(context.state, cases[i].kept)) {
            fail_msg("%s became %.*s", cases[i].states[0], TEXT_ARGS(context.state));
        }
        assert_false(id_is_none(&context.trace));
    }
}

static void test_limits_of_tracestate(void **state)
{
    (void)state;
    struct text_buffer text = {0};
    for (int i = 0; i < 32; i++) {
        text_append_format(&text, "%sk%d=%014d", i > 0 ? "," : "", i, i);
    }
    assert_true(text.length >= 512);
    const char *one = text.data;
    assert_int_equal(read_state(&one, 1).state.length, text.length);
    text_append_cstr(&text, ",k32=x");
    one = text.data;
    assert_int_equal(read_state(&one, 1).state.length, 0);
    text_buffer_clear(&text);
    text_append_format(&text, "a=%0257d", 0);
    one = text.data;
    assert_int_equal(read_state(&one, 1).state.length, 0);
    text_buffer_free(&text);
    const char *const many[] = {"a=1", "b=1", "c=1", "d=1", "e=1"};
    assert_int_equal(read_state(many, 4).state.length, 15);
    assert_int_equal(read_state(many, 5).state.length, 0);
}

static void test_the_headers_of_applications(void **state)
{
    (void)state;
    struct headers headers = {0};
    struct trace_context context;
    char printed[ID_PRINT_BYTES];
    headers_add(&headers, "X-Trace-ID", TEXT("abc-123-def"));
    headers_add(&headers, "X-Parent-Span-ID", TEXT("p1"));
    headers_add(&headers, "traceparent", TEXT("wrong"));
    headers_add(&headers, "tracestate", TEXT("a=1"));
    trace_context_read(&headers, &context);
    id_print(&context.trace, printed);
    assert_string_equal(printed, "abc-123-def");
    id_print(&context.parent, printed);
    assert_string_equal(printed, "p1");
    assert_int_equal(context.state.length, 0);
    headers_add(&headers, "X-Span-ID", TEXT("s1"));
    trace_context_read(&headers, &context);
    id_print(&context.parent, printed);
    assert_string_equal(printed, "s1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traceparent),
        cmocka_unit_test(test_a_second_traceparent_makes_both_count_for_nothing),
        cmocka_unit_test(test_tracestate),
        cmocka_unit_test(test_limits_of_tracestate),
        cmocka_unit_test(test_the_headers_of_applications),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
