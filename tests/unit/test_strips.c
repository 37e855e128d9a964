/* test_strips — the lines above the list: histogram, figures, title, first screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/counters.h"
#include "tui/heat_strip.h"
#include "tui/stats_strip.h"
#include "tui/title_bar.h"
#include "tui/welcome_pane.h"

static char *row_text(const struct canvas *canvas, int y)
{
    struct text_buffer row = {0};
    text_append_cstr(&row, "");
    canvas_row(canvas, y, &row);
    return row.data;
}

static void assert_row(const struct canvas *canvas, int y, const char *text)
{
    char *row = row_text(canvas, y);
    if (row == NULL || strstr(row, text) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", text, row != NULL ? row : "");
    }
    free(row);
}

static struct canvas canvas_of(int h, int w)
{
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, h, w);
    return canvas;
}

static void a_bucket_is_a_column(void **state)
{
    (void)state;
    struct summary *summary = mem_zero(1, sizeof *summary);
    struct canvas canvas = canvas_of(HEAT_STRIP_LOW, HEAT_STRIP_LABEL + 1 + 4);
    summary->buckets = 4;
    summary->from_ns = 1763647200 * NS_PER_S;
    summary->bucket_ns = 60 * NS_PER_S;
    summary->bucket[0].count = 8;
    summary->bucket[1].count = 4;
    summary->bucket[3].count = 1;
    summary->bucket[3].errors = 1;
    heat_strip_draw(summary, summary->from_ns + 130 * NS_PER_S, NULL, &canvas,
                    (struct rect){0, 0, HEAT_STRIP_LOW, HEAT_STRIP_LABEL + 5});
    assert_row(&canvas, 0, " n/min  \xE2\x96\x88\xE2\x96\x84 \xE2\x96\x81");
    assert_row(&canvas, 1, " err       \xE2\x96\x88");
    assert_row(&canvas, 2, "\xE2\x96\xB2");
    canvas_free(&canvas);
    free(summary);
}

/* Counts how often text stands in row 2. */
static int axis_count(const struct canvas *canvas, const char *text)
{
    char *row = row_text(canvas, 2);
    int count = 0;
    for (const char *at = row; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    free(row);
    return count;
}

static void the_mark_leaves_the_labels_whole(void **state)
{
    (void)state;
    struct summary *summary = mem_zero(1, sizeof *summary);
    summary->buckets = 71;
    summary->from_ns = 1763647200 * NS_PER_S; /* 14:00 */
    summary->bucket_ns = 60 * NS_PER_S;
    for (int64_t bucket = 0; bucket < 71; bucket++) {
        struct canvas canvas = canvas_of(HEAT_STRIP_LOW, 80);
        heat_strip_draw(summary, summary->from_ns + bucket * summary->bucket_ns + 1, NULL, &canvas,
                        (struct rect){0, 0, HEAT_STRIP_LOW, 80});
        assert_int_equal(axis_count(&canvas, "\xE2\x96\xB2"), 1);
        char *row = row_text(&canvas, 2);
        for (const char *at = strchr(row, ':'); at != NULL; at = strchr(at + 1, ':')) {
            assert_true(at - row > 2 && at[-3] == ' ' && (at[3] == ' ' || at[3] == '\0'));
        }
        free(row);
        assert_true(axis_count(&canvas, ":") >= 3);
        canvas_free(&canvas);
    }
    free(summary);
}

static void a_tiny_window_has_labels_that_differ(void **state)
{
    (void)state;
    struct summary *summary = mem_zero(1, sizeof *summary);
    summary->buckets = 71;
    summary->from_ns = 1763647200 * NS_PER_S;
    summary->bucket_ns = 70 * 1000; /* 5 ms in all */
    struct canvas canvas = canvas_of(HEAT_STRIP_LOW, 80);
    heat_strip_draw(summary, 0, NULL, &canvas, (struct rect){0, 0, HEAT_STRIP_LOW, 80});
    assert_int_equal(axis_count(&canvas, ":00:00.000"), 1);
    assert_int_equal(axis_count(&canvas, ":00:00.001"), 1);
    assert_int_equal(axis_count(&canvas, ":00:00.002"), 1);
    canvas_free(&canvas);
    free(summary);
}

/* A clock says nothing where a column is a month. */
static void long_windows_have_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t bucket_days;
        const char *label, *other;
    } cases[] = {
        {1, "11-20", "12-08"},

        {20, "2025-11", "2026-11"},
        {365, "2025", "2043"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct summary *summary = mem_zero(1, sizeof *summary);
        struct canvas canvas = canvas_of(HEAT_STRIP_LOW, 80);
        summary->buckets = 71;
        summary->from_ns = 1763647200 * NS_PER_S; /* 2025-11-20 14:00 */
        summary->bucket_ns = cases[i].bucket_days * NS_PER_DAY;
        heat_strip_draw(summary, 0, NULL, &canvas, (struct rect){0, 0, HEAT_STRIP_LOW, 80});
        assert_int_equal(axis_count(&canvas, ":"), 0);
        assert_row(&canvas, 2, cases[i].label);
        assert_row(&canvas, 2, cases[i].other);
        canvas_free(&canvas);
        free(summary);
    }
}

static void strips_without_data_are_drawn(void **state)
{
    (void)state;
    for (int w = 1; w < 200; w += 7) {
        struct canvas canvas = canvas_of(HEAT_STRIP_HIGH, w);
        heat_strip_draw(NULL, 0, NULL, &canvas, (struct rect){0, 0, HEAT_STRIP_HIGH, w});
        struct stats_strip strip = {0};
        stats_strip_draw(&strip, &canvas, (struct rect){0, 0, 1, w});
        struct title_bar bar = {
            .host = "h", .path = "/p", .problem = "", .role = "", .spans_per_s = -1};
        title_bar_draw(&bar, &canvas, (struct rect){0, 0, 1, w});
        canvas_free(&canvas);
    }
}

static void figures_fit_the_narrow_screen_whole(void **state)
{
    (void)state;
    struct summary *summary = mem_zero(1, sizeof *summary);
    *summary = (struct summary){
        .total = 38,
        .errors = 37,
        .running = 1,
        .sum_ns = 37 * 1120 * NS_PER_MS,
        .p50_ns = 487 * NS_PER_MS,
        .p95_ns = 4810 * NS_PER_MS,
        .p99_ns = 4810 * NS_PER_MS,
        .max_ns = 4810 * NS_PER_MS,
        .exact = true,
        .done = true,
    };
    struct canvas canvas = canvas_of(1, 80);
    struct stats_strip strip = {.summary = summary};
    stats_strip_draw(&strip, &canvas, (struct rect){0, 0, 1, 80});
    assert_row(&canvas, 0,
               " 38 traces 37 err 1 run \xE2\x94\x82 avg 1.12s  p50 487ms  p95 4.81s  p99 4.81s  "
               "max 4.81s");
    canvas_free(&canvas);
    free(summary);
}

static void new_rows_are_announced(void **state)
{
    (void)state;
    struct summary *summary = mem_zero(1, sizeof *summary);
    summary->total = 180;
    summary->done = true;
    struct canvas canvas = canvas_of(1, 80);
    struct stats_strip strip = {.summary = summary, .new_rows = 142};
    stats_strip_draw(&strip, &canvas, (struct rect){0, 0, 1, 80});
    assert_row(&canvas, 0, "+142 new (g)");
    canvas_free(&canvas);
    free(summary);
}

static void the_title_tells_trouble_first(void **state)
{
    (void)state;
    struct canvas canvas = canvas_of(1, 80);
    struct title_bar bar = {
        .host = "prod-7",
        .path = "/var/lib/traces.db",
        .problem = "disk full",
        .role = "",
        .live = true,
        .following = true,
        .spans_per_s = 3214,
        .lag_ns = -1,
    };
    title_bar_draw(&bar, &canvas, (struct rect){0, 0, 1, 80});
    assert_row(&canvas, 0, "prod-7 traces.db");
    assert_row(&canvas, 0, "\xE2\x9C\x96 disk full");
    canvas_clear(&canvas);
    bar.problem = "";
    bar.role = "read-only: ingest by pid 812";
    title_bar_draw(&bar, &canvas, (struct rect){0, 0, 1, 80});
    assert_row(&canvas, 0, "read-only: ingest by pid 812");
    assert_row(&canvas, 0, "LIVE 3.2k span/s");
    canvas_clear(&canvas);
    bar.no_receiver = true;
    title_bar_draw(&bar, &canvas, (struct rect){0, 0, 1, 80});
    assert_row(&canvas, 0, "NO RECEIVER");
    canvas_free(&canvas);
}

static void the_title_says_why_spans_are_refused(void **state)
{
    (void)state;
    struct counters counters;
    char reasons[COUNTERS_REASONS_BYTES];
    counters_init(&counters);
    counters_reasons(&counters, reasons);
    assert_string_equal(reasons, "");
    counters_refuse(&counters, REFUSED_ID, 1, "spans[0].id: missing");
    counters_refuse(&counters, REFUSED_TIME, 2, "spans[1].startedAt: missing");
    counters_reasons(&counters, reasons);
    assert_string_equal(reasons, "time 2, id 1");
    struct title_bar bar = {.host = "h", .path = "/t.db", .problem = "", .role = "", .live = true};
    bar.refused = counters_refused(&counters);
    bar.reasons = reasons;
    for (int w = 80; w <= 160; w += 80) {
        struct canvas canvas = canvas_of(1, w);
        title_bar_draw(&bar, &canvas, (struct rect){0, 0, 1, w});
        assert_row(&canvas, 0,
                   w == 80 ? "\xE2\x9C\x97 3 refused: time  "
                           : "\xE2\x9C\x97 3 refused: time 2, id 1  ");
        canvas_free(&canvas);
    }
    counters_clear(&counters);
}

static void the_first_screen_explains_refusals(void **state)
{
    (void)state;
    for (int h = 8; h <= 40; h += 4) {
        struct canvas canvas = canvas_of(h, 80);
        struct welcome_pane pane = {
            .address = "http://127.0.0.1:4318",
            .problem = "",
            .refused = 3,
            .last_refusal = "spans[0].traceId: missing",
        };
        welcome_pane_draw(&pane, &canvas, (struct rect){0, 0, h, 80});
        bool explained = false;
        for (int y = 0; y < h; y++) {
            char *row = row_text(&canvas, y);
            explained = explained || strstr(row, "spans[0].traceId: missing") != NULL;
            free(row);
        }
        assert_true(explained);
        canvas_free(&canvas);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bucket_is_a_column),
        cmocka_unit_test(the_mark_leaves_the_labels_whole),
        cmocka_unit_test(a_tiny_window_has_labels_that_differ),
        cmocka_unit_test(long_windows_have_dates),
        cmocka_unit_test(strips_without_data_are_drawn),
        cmocka_unit_test(figures_fit_the_narrow_screen_whole),
        cmocka_unit_test(new_rows_are_announced),
        cmocka_unit_test(the_title_tells_trouble_first),
        cmocka_unit_test(the_title_says_why_spans_are_refused),
        cmocka_unit_test(the_first_screen_explains_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
