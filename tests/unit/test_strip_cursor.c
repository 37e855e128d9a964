/* test_strip_cursor — a place and a range in the strip above the list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "store/base/clock.h"
#include "tui/strip_cursor.h"

enum { BUCKETS = 30, WIDTH_S = 60 };

static struct summary *an_hour(void)
{
    struct summary *summary = mem_zero(1, sizeof *summary);
    summary->buckets = BUCKETS;
    summary->from_ns = 1763647200 * NS_PER_S;
    summary->bucket_ns = WIDTH_S * NS_PER_S;
    summary->bucket[4].errors = summary->bucket[9].errors = 1;
    return summary;
}

static void assert_range(const struct strip_cursor *cursor, const struct summary *summary,
                         size_t first, size_t last)
{
    struct strip_range range = strip_cursor_range(cursor, summary);
    assert_int_equal(range.first, first);
    assert_int_equal(range.last, last);
}

static void it_stays_inside(void **state)
{
    (void)state;
    struct summary *summary = an_hour();
    struct strip_cursor cursor = {0};
    strip_cursor_place(&cursor, summary, INT64_MAX);
    assert_range(&cursor, summary, BUCKETS - 1, BUCKETS - 1);
    strip_cursor_act(&cursor, summary, ACTION_RIGHT, 999999999);
    assert_range(&cursor, summary, BUCKETS - 1, BUCKETS - 1);
    strip_cursor_act(&cursor, summary, ACTION_LEFT, 999999999);
    assert_range(&cursor, summary, 0, 0);
    strip_cursor_place(&cursor, summary, summary->from_ns - 1);
    assert_range(&cursor, summary, 0, 0);
    free(summary);
}

static void a_range_goes_both_ways(void **state)
{
    (void)state;
    struct summary *summary = an_hour();
    struct strip_cursor cursor = {0};
    int64_t from_ns;
    int64_t to_ns;
    strip_cursor_place(&cursor, summary, summary->from_ns + 10 * summary->bucket_ns);
    assert_true(strip_cursor_act(&cursor, summary, ACTION_RANGE, 1));
    strip_cursor_act(&cursor, summary, ACTION_RIGHT, 3);
    assert_range(&cursor, summary, 10, 13);
    strip_cursor_act(&cursor, summary, ACTION_LEFT, 5);
    assert_range(&cursor, summary, 8, 10);
    strip_range_times(strip_cursor_range(&cursor, summary), summary, &from_ns, &to_ns);
    assert_int_equal(from_ns, summary->from_ns + 8 * summary->bucket_ns);
    assert_int_equal(to_ns, summary->from_ns + 11 * summary->bucket_ns);
    strip_cursor_act(&cursor, summary, ACTION_RANGE, 1);
    assert_range(&cursor, summary, 8, 8);
    free(summary);
}

static void the_moment_stays_when_the_strip_is_drawn_anew(void **state)
{
    (void)state;
    struct summary *summary = an_hour();
    struct strip_cursor cursor = {0};
    strip_cursor_place(&cursor, summary, summary->from_ns + 10 * summary->bucket_ns);
    summary->from_ns += 2 * summary->bucket_ns; /* a live window moves on */
    assert_range(&cursor, summary, 8, 8);
    summary->bucket_ns *= 2;
    assert_range(&cursor, summary, 4, 4);
    free(summary);
}

static void errors_are_jumped_to(void **state)
{
    (void)state;
    struct summary *summary = an_hour();
    struct strip_cursor cursor = {0};
    strip_cursor_place(&cursor, summary, 0);
    strip_cursor_act(&cursor, summary, ACTION_NEXT_ERROR, 1);
    assert_range(&cursor, summary, 4, 4);
    strip_cursor_act(&cursor, summary, ACTION_NEXT_ERROR, 1);
    assert_range(&cursor, summary, 9, 9);
    strip_cursor_act(&cursor, summary, ACTION_NEXT_ERROR, 1);
    assert_range(&cursor, summary, 9, 9);
    strip_cursor_act(&cursor, summary, ACTION_PREVIOUS_ERROR, 5);
    assert_range(&cursor, summary, 4, 4);
    assert_false(strip_cursor_act(&cursor, summary, ACTION_WRAP, 1));
    free(summary);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_stays_inside),
        cmocka_unit_test(a_range_goes_both_ways),
        cmocka_unit_test(the_moment_stays_when_the_strip_is_drawn_anew),
        cmocka_unit_test(errors_are_jumped_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
