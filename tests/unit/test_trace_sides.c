/* test_trace_sides — client against server time, and whether a span is slow or normal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "goal_trace.h"
#include "tui/span_usual.h"
#include "tui/trace_sides.h"

static const int64_t now_ns = GOAL_START_NS + 1280 * NS_PER_MS;

static void the_sides_add_up_to_the_trace(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct trace_sides sides = {0};
    struct text_buffer words = {0};
    trace_sides_set(&sides, trace, now_ns);
    assert_true(sides.known);
    /* POST /graphql 20 ... 1260 ms waits for graphql:createGoal 42 ... 1252 ms; notify.push runs
     * below it, so nothing else is the server's */
    assert_int_equal(sides.server_ns, 1210 * NS_PER_MS);
    assert_int_equal(sides.between_ns, 30 * NS_PER_MS);
    assert_int_equal(sides.client_ns, 40 * NS_PER_MS);
    trace_sides_words(&sides, false, &words);
    assert_string_equal(words.data, "client 40.0ms 3%   between 30.0ms 2%   server 1.21s 95%");
    text_buffer_free(&words);
    trace_sides_clear(&sides);
    trace_free(trace);
}

static void a_server_alone_has_no_sides(void **state)
{
    (void)state;
    static const struct goal_span span = {1, 0, "api", "work", "service", 0, 10, 1, 0};
    struct trace *trace = trace_new();
    struct trace_sides sides = {0};
    struct text_buffer words = {0};
    goal_add(trace, &span);
    trace_build(trace);
    trace_sides_set(&sides, trace, now_ns);
    trace_sides_words(&sides, false, &words);
    assert_false(sides.known);
    assert_int_equal(words.length, 0);
    trace_sides_clear(&sides);
    trace_free(trace);
}

static void a_span_is_slow_against_its_own_kind(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct span_usual usual = {0};
    char words[USUAL_BYTES];
    span_usual_set(&usual, trace);
    assert_int_equal(usual.count, 17); /* different operations */
    struct baseline *given = mem_zero(usual.count, sizeof *given);
    for (size_t i = 0; i < usual.count; i++) {
        bool insert = text_is(usual.keys[i].operation, "INSERT goals");
        given[i] = (struct baseline){.count = insert ? 100 : USUAL_LEAST - 1,
                                     .p50_ns = 30 * NS_PER_MS,
                                     .p95_ns = 60 * NS_PER_MS};
    }
    span_usual_give(&usual, given, usual.count);
    free(given);
    const struct trace_span *insert = &trace->spans[goal_index(trace, GOAL_INSERT)];
    const struct baseline *found = span_usual_of(&usual, insert);
    assert_non_null(found);
    assert_null(span_usual_of(&usual, &trace->spans[0])); /* too few to say anything */
    struct text shown = span_usual_words(words, found, 255 * NS_PER_MS, true);
    assert_true(text_is(shown, "x4.2 p95"));
    assert_int_equal(span_usual_words(words, found, 61 * NS_PER_MS, true).length, 0);
    assert_int_equal(span_usual_words(words, NULL, 255 * NS_PER_MS, true).length, 0);

    struct trace *grown = goal_trace(NULL, 0); /* what was known stays until it is asked again */
    span_usual_set(&usual, grown);
    assert_non_null(span_usual_of(&usual, &grown->spans[goal_index(grown, GOAL_INSERT)]));
    assert_false(usual.given);
    span_usual_clear(&usual);
    trace_free(trace);
    trace_free(grown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sides_add_up_to_the_trace),
        cmocka_unit_test(a_server_alone_has_no_sides),
        cmocka_unit_test(a_span_is_slow_against_its_own_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
