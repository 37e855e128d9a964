/* test_format — numbers as people read them, at their edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "tui/format.h"

static void durations_have_three_digits(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1ns"},
        {850, "850ns"},
        {999, "999ns"},
        {1000, "1.00us"},
        {12345, "12.3us"},
        {999400, "999us"},
        {999600, "1.00ms"},
        {2 * NS_PER_MS, "2.00ms"},
        {27 * NS_PER_MS, "27.0ms"},
        {255 * NS_PER_MS, "255ms"},
        {1280 * NS_PER_MS, "1.28s"},
        {9995 * NS_PER_MS, "10.0s"},
        {12400 * NS_PER_MS, "12.4s"},
        {59940 * NS_PER_MS, "59.9s"},
        {59960 * NS_PER_MS, "1m00s"},
        {125 * NS_PER_S, "2m05s"},
        {3599 * NS_PER_S + 900 * NS_PER_MS, "1h00m"},
        {12000 * NS_PER_S, "3h20m"},
        {4 * NS_PER_DAY + 7200 * NS_PER_S, "4d02h"},
        {86399 * NS_PER_S, "1d00h"},
        {999 * NS_PER_DAY, "999d00h"},
        {5000 * NS_PER_DAY, "5000d"},
        {INT64_MAX, "106751d"},
        {-34 * NS_PER_MS, "-34.0ms"},
    };
    char target[FORMAT_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        format_duration(target, cases[i].ns, true);
        assert_string_equal(target, cases[i].text);
    }
    format_duration(target, 12345, false);
    assert_string_equal(target, "12.3\xC2\xB5s");
}

static void durations_fit_seven_cells(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    for (int64_t ns = 1; ns < INT64_MAX / 2; ns += ns / 7 + 1) {
        assert_true(format_duration(target, ns, true).length <= 7);
    }
}

static void counts_fit_five_cells(void **state)
{
    (void)state;
    static const struct {
        int64_t count;
        const char *text;
    } cases[] = {
        {0, "0"},
        {147, "147"},
        {999, "999"},
        {1000, "1.0k"},
        {1900, "1.9k"},
        {9960, "10k"},
        {51200, "51k"},
        {999400, "999k"},
        {999600, "1.00M"},
        {2481033, "2.48M"},
        {24810330, "24.8M"},
        {248103300, "248M"},
        {999600000, "1.0G"},
        {1200000000, "1.2G"},
        {INT64_MAX, "9.2E"},
        {-1900, "-1.9k"},
    };
    char target[FORMAT_BYTES];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        format_count(target, cases[i].count);
        assert_string_equal(target, cases[i].text);
    }
    for (int64_t count = 1; count < INT64_MAX / 2; count += count / 7 + 1) {
        assert_true(format_count(target, count).length <= 5);
    }
}

static void exact_counts_are_grouped(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    assert_string_equal(format_exact(target, 0).data, "0");
    assert_string_equal(format_exact(target, 999).data, "999");
    assert_string_equal(format_exact(target, 2481033).data, "2,481,033");
    assert_string_equal(format_exact(target, INT64_MIN).data, "-9,223,372,036,854,775,808");
}

static void sizes_are_decimal(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    assert_string_equal(format_size(target, 640).data, "640 B");
    assert_string_equal(format_size(target, 640000).data, "640 kB");
    assert_string_equal(format_size(target, INT64_C(11800000000)).data, "11.8 GB");
    assert_string_equal(format_size(target, 999999).data, "1.00 MB");
    assert_string_equal(format_size(target, INT64_MAX).data, "9.22 EB");
}

static void times_are_of_the_local_zone(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    int64_t ns = INT64_C(1763647400) * NS_PER_S + 412 * NS_PER_MS + 999999;
    setenv("TZ", "UTC", 1);
    tzset();
    assert_string_equal(format_clock(target, ns).data, "14:03:20.412");
    assert_string_equal(format_date(target, ns).data, "2025-11-20 14:03:20.412");
    setenv("TZ", "CET-1", 1);
    tzset();
    assert_string_equal(format_clock(target, ns).data, "15:03:20.412");
}

static void ages_have_one_unit(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    int64_t now_ns = 1000 * NS_PER_DAY;
    assert_string_equal(format_ago(target, now_ns - 3 * NS_PER_S, now_ns).data, "3s ago");
    assert_string_equal(format_ago(target, now_ns - 750 * NS_PER_S, now_ns).data, "12m ago");
    assert_string_equal(format_ago(target, now_ns - 7200 * NS_PER_S, now_ns).data, "2h ago");
    assert_string_equal(format_ago(target, now_ns - 5 * NS_PER_DAY, now_ns).data, "5d ago");
    assert_string_equal(format_ago(target, now_ns + 4 * NS_PER_S, now_ns).data, "in 4s");
    assert_string_equal(format_ago(target, now_ns + 5, now_ns).data, "now");
}

static void percentages_are_honest_at_the_ends(void **state)
{
    (void)state;
    char target[FORMAT_BYTES];
    assert_string_equal(format_percent(target, 37, 38).data, "97.4%");
    assert_string_equal(format_percent(target, 0, 38).data, "0%");
    assert_string_equal(format_percent(target, 38, 38).data, "100%");
    assert_string_equal(format_percent(target, 1, 1000000).data, "<0.1%");
    assert_string_equal(format_percent(target, 999999, 1000000).data, "99.9%");
    assert_string_equal(format_percent(target, 5, 0).data, "0%");
    assert_string_equal(format_percent(target, INT64_MAX, INT64_MAX).data, "100%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_three_digits),
        cmocka_unit_test(durations_fit_seven_cells),
        cmocka_unit_test(counts_fit_five_cells),
        cmocka_unit_test(exact_counts_are_grouped),
        cmocka_unit_test(sizes_are_decimal),
        cmocka_unit_test(times_are_of_the_local_zone),
        cmocka_unit_test(ages_have_one_unit),
        cmocka_unit_test(percentages_are_honest_at_the_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
