/* test_age_clock — a clock that leaps ahead makes no trace old before its time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/age_clock.h"
#include "store/base/clock.h"

#define WALL (INT64_C(1700000000) * NS_PER_S)
#define BOOT (INT64_C(1000) * NS_PER_S)
#define HOUR (INT64_C(3600) * NS_PER_S)
#define YEAR (365 * 24 * HOUR)

static void time_passes(void **state)
{
    struct age_clock clock;
    (void)state;
    age_clock_start(&clock, WALL - HOUR, WALL, BOOT);
    assert_int_equal(age_clock_now(&clock, WALL, BOOT), WALL);
    assert_int_equal(age_clock_now(&clock, WALL + HOUR, BOOT + HOUR), WALL + HOUR);
    assert_int_equal(age_clock_now(&clock, WALL + 40 * HOUR, BOOT + 40 * HOUR), WALL + 40 * HOUR);
    assert_int_equal(age_clock_now(&clock, WALL + 50 * HOUR, BOOT + 41 * HOUR), WALL + 50 * HOUR);
    assert_false(age_clock_doubts(&clock));
}

static void a_leap_that_is_taken_back_had_no_effect(void **state)
{
    struct age_clock clock;
    (void)state;
    age_clock_start(&clock, 0, WALL, BOOT);
    assert_int_equal(age_clock_now(&clock, WALL + YEAR, BOOT + HOUR), WALL + HOUR);
    assert_true(age_clock_doubts(&clock));
    assert_int_equal(age_clock_now(&clock, WALL + YEAR + HOUR, BOOT + 2 * HOUR), WALL + 2 * HOUR);
    assert_int_equal(age_clock_now(&clock, WALL + 3 * HOUR, BOOT + 3 * HOUR), WALL + 3 * HOUR);
    assert_false(age_clock_doubts(&clock));
    assert_int_equal(age_clock_now(&clock, WALL - YEAR, BOOT + 4 * HOUR), WALL - YEAR);
    assert_false(age_clock_doubts(&clock));
}

static void a_leap_that_stays_is_believed_after_a_day(void **state)
{
    struct age_clock clock;
    (void)state;
    age_clock_start(&clock, WALL - YEAR, WALL, BOOT);
    assert_int_equal(age_clock_now(&clock, WALL, BOOT), WALL - YEAR);
    assert_int_equal(age_clock_now(&clock, WALL + 23 * HOUR, BOOT + 23 * HOUR),
                     WALL - YEAR + 23 * HOUR);
    assert_true(age_clock_doubts(&clock));
    assert_int_equal(age_clock_now(&clock, WALL + 24 * HOUR, BOOT + 24 * HOUR), WALL + 24 * HOUR);
    assert_false(age_clock_doubts(&clock));
}

static void a_file_from_the_future_counts_as_written_now(void **state)
{
    struct age_clock clock;
    (void)state;
    age_clock_start(&clock, INT64_MAX, WALL, BOOT);
    assert_int_equal(age_clock_now(&clock, WALL, BOOT), WALL);
    assert_false(age_clock_doubts(&clock));
    assert_int_equal(age_clock_now(&clock, INT64_MAX, BOOT + HOUR), WALL + HOUR);
    assert_int_equal(age_clock_now(&clock, INT64_MIN, BOOT + HOUR), INT64_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_passes),
        cmocka_unit_test(a_leap_that_is_taken_back_had_no_effect),
        cmocka_unit_test(a_leap_that_stays_is_believed_after_a_day),
        cmocka_unit_test(a_file_from_the_future_counts_as_written_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
