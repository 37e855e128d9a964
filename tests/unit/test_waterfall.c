/* test_waterfall — bars stand where the time is, whatever the times are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "store/base/err.h"
#include "tui/waterfall.h"

#define MS INT64_C(1000000)

/* xorshift: the same numbers in every run */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int first_cell(const struct bar_cell *cells, int width)
{
    int i = 0;
    while (i < width && cells[i].part == BAR_NONE) {
        i++;
    }
    return i;
}

static int last_cell(const struct bar_cell *cells, int width)
{
    int i = width - 1;
    while (i >= 0 && cells[i].part == BAR_NONE) {
        i--;
    }
    return i;
}

static void every_bar_covers_its_time_and_at_least_one_cell(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252U;
    for (int round = 0; round < 20000; round++) {
        int width = 1 + (int)(next_random(&seed) % 200);
        int64_t range = 1 + (int64_t)(next_random(&seed) % (UINT64_C(1) << (round % 62)));
        int64_t origin = (int64_t)(next_random(&seed) % (UINT64_C(1) << 60));
        struct time_view view = time_view_fit(origin, origin + range, width);
        range = view.end_ns - view.start_ns;
        int64_t start = origin + (int64_t)(next_random(&seed) % (uint64_t)range);
        int64_t end = start + (int64_t)(next_random(&seed) % (uint64_t)(view.end_ns - start + 1));
        struct bar bar = {.start_ns = start, .end_ns = end};
        struct bar_cell cells[200];
        int covered = bar_shape(&view, &bar, cells);
        int first = first_cell(cells, width);
        int last = last_cell(cells, width);
        assert_true(covered >= 1);
        assert_int_equal(covered, last - first + 1);
        long double a = (long double)(start - origin) * width / range;
        long double b = (long double)(end - origin) * width / range;
        assert_true(first >= a - 1.01L && first <= a + 0.01L);
        assert_true(last + 1 >= b - 0.14L && last <= b + 0.14L);
        for (int i = first; i <= last; i++) {
            assert_int_not_equal(cells[i].rune, 0);
        }
    }
}

static void edges_are_eighths(void **state)
{
    (void)state;
    struct time_view view = time_view_fit(0, 800, 10); /* a cell is 80 ns, an eighth 10 */
    struct bar_cell cells[10];
    static const struct {
        int64_t start, end;
        int cell;
        uint32_t rune;
    } cases[] = {
        {0, 800, 0, 0x2588},  {0, 70, 0, 0x2589},  {0, 10, 0, 0x258F},
        {0, 0, 0, 0x258F},    {50, 50, 0, 0x2590}, {10, 160, 0, 0x2588},
        {20, 160, 0, 0x2590}, {0, 120, 1, 0x258C}, {800, 800, 9, 0x2590},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct bar bar = {.start_ns = cases[i].start, .end_ns = cases[i].end};
        bar_shape(&view, &bar, cells);
        assert_int_equal(cells[cases[i].cell].rune, cases[i].rune);
    }
}

static void time_in_children_is_thin(void **state)
{
    (void)state;
    struct time_view view = time_view_fit(0, 800, 10);
    struct bar bar = {.start_ns = 0, .end_ns = 800};
    struct bar_cell cells[10];
    uint8_t covered[10] = {0};
    bar_shape(&view, &bar, cells);
    bar_cover(&view, 160, 600, covered);
    bar_weigh(&view, &bar, covered, false, cells);
    assert_int_equal(cells[1].part, BAR_THICK);
    assert_int_equal(cells[2].part, BAR_THIN);
    assert_int_equal(cells[2].rune, 0x2501);
    assert_int_equal(cells[6].part, BAR_THIN);
    assert_int_equal(cells[7].part, BAR_THICK); /* exactly half is self time */
    bar_shape(&view, &bar, cells);
    bar_weigh(&view, &bar, covered, true, cells);
    assert_int_equal(cells[1].part, BAR_THIN);
    assert_int_equal(cells[2].part, BAR_THICK);
}

static void running_and_clipped_bars_say_so(void **state)
{
    (void)state;
    struct time_view extent = time_view_fit(0, 1000 * MS, 20);
    struct bar bar = {.start_ns = 100 * MS, .end_ns = 1000 * MS, .running = true};
    struct bar_cell cells[20];
    bar_shape(&extent, &bar, cells);
    assert_int_equal(cells[19].part, BAR_RUNNING);
    struct time_view view = {.start_ns = 400 * MS, .end_ns = 600 * MS, .width = 20};
    bar_shape(&view, &bar, cells);
    assert_int_equal(cells[0].rune, 0x2039);
    assert_int_equal(cells[19].rune, 0x203A);
    bar = (struct bar){.start_ns = 0, .end_ns = 300 * MS};
    assert_int_equal(bar_shape(&view, &bar, cells), 1);
    assert_int_equal(cells[0].part, BAR_OUTSIDE);
    bar = (struct bar){.start_ns = 700 * MS, .end_ns = 800 * MS};
    bar_shape(&view, &bar, cells);
    assert_int_equal(cells[19].part, BAR_OUTSIDE);
}

static void ticks_are_round_and_far_enough_apart(void **state)
{
    (void)state;
    struct tick ticks[WATERFALL_TICKS_LARGEST];
    struct time_view view = time_view_fit(5000, 5000 + 1280 * MS, 39);
    assert_int_equal(ruler_ticks(&view, 5000, 10, ticks), 3);
    assert_int_equal(ticks[1].offset_ns, 500 * MS);
    assert_int_equal(ticks[1].column, 15);
    uint64_t seed = 1;
    for (int round = 0; round < 5000; round++) {
        int width = 1 + (int)(next_random(&seed) % 300);
        int64_t range = (int64_t)(next_random(&seed) >> (1 + round % 62));
        view = time_view_fit(7, range, width);
        size_t count = ruler_ticks(&view, 7, 10, ticks);
        assert_true(count >= 1);
        for (size_t i = 0; i < count; i++) {
            assert_in_range(ticks[i].column, 0, width - 1);
            int least = width < 10 ? width - 1 : 9; /* the step is rounded to whole columns */
            assert_true(i == 0 || ticks[i].column - ticks[i - 1].column >= least);
        }
    }
}

static void zoom_and_pan_stay_inside_the_extent(void **state)
{
    (void)state;
    uint64_t seed = 42;
    struct time_view extent = time_view_fit(1000, 1000 + 3600 * 1000 * MS, 60);
    struct time_view view = extent;
    for (int round = 0; round < 5000; round++) {
        int steps = (int)(next_random(&seed) % 7) - 3;
        int64_t centre = (int64_t)(next_random(&seed) >> 1);
        view = round % 2 == 0 ? time_view_zoom(&view, &extent, centre, steps)
                              : time_view_pan(&view, &extent, steps);
        assert_true(view.start_ns >= extent.start_ns && view.end_ns <= extent.end_ns);
        assert_true(view.end_ns - view.start_ns >= extent.width);
    }
    view = time_view_zoom(&extent, &extent, 1000, 200);
    assert_int_equal(view.end_ns - view.start_ns, extent.width);
    view = time_view_zoom(&view, &extent, 1000, -200);
    assert_int_equal(view.end_ns, extent.end_ns);
    view = time_view_around(&extent, 5000 * MS, 6000 * MS);
    assert_true(view.start_ns < 5000 * MS && view.end_ns > 6000 * MS);
}

static void extreme_times_do_no_harm(void **state)
{
    (void)state;
    struct time_view view = time_view_fit(0, INT64_MAX, WATERFALL_CELLS_LARGEST);
    struct bar bar = {.start_ns = INT64_MAX, .end_ns = INT64_MAX};
    struct bar_cell cells[WATERFALL_CELLS_LARGEST];
    struct tick ticks[WATERFALL_TICKS_LARGEST];
    assert_int_equal(bar_shape(&view, &bar, cells), 1);
    assert_true(ruler_ticks(&view, 0, 10, ticks) > 0);
    view = time_view_fit(INT64_MAX, INT64_MAX, 80);
    assert_int_equal(view.end_ns - view.start_ns, 80);
    assert_true(bar_shape(&view, &bar, cells) >= 1);
    view = time_view_around(&view, 0, INT64_MAX);
    assert_true(view.end_ns > view.start_ns);
}

static void names_take_the_promised_width(void **state)
{
    (void)state;
    assert_int_equal(waterfall_name_width(80, 0), 33);
    assert_int_equal(waterfall_name_width(120, 0), 41);
    assert_int_equal(waterfall_name_width(160, 0), 49);
    assert_int_equal(waterfall_name_width(160, 4), 53);
    assert_true(waterfall_name_width(60, 1000) <= 36);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bar_covers_its_time_and_at_least_one_cell),
        cmocka_unit_test(edges_are_eighths),
        cmocka_unit_test(time_in_children_is_thin),
        cmocka_unit_test(running_and_clipped_bars_say_so),
        cmocka_unit_test(ticks_are_round_and_far_enough_apart),
        cmocka_unit_test(zoom_and_pan_stay_inside_the_extent),
        cmocka_unit_test(extreme_times_do_no_harm),
        cmocka_unit_test(names_take_the_promised_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
