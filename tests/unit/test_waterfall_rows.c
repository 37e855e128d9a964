/* test_waterfall_rows — folding and grouping show what they should, and survive a reload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "goal_trace.h"
#include "tui/waterfall_rows.h"

static void repeated_siblings_share_a_row(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    assert_int_equal(rows.count, ARRAY_LEN(goal_spans) + 1);
    assert_int_equal(rows.groups_closed, 1);
    assert_int_equal(rows.merged, GOAL_SELECTS);
    uint32_t first = goal_index(trace, GOAL_FIRST_SELECT);
    size_t row = rows_find_group(&rows, first);
    assert_int_equal(rows.row[row].kind, ROW_GROUP);
    assert_int_equal(rows_find(&rows, first + 5), row);
    assert_int_equal(rows.groups[0].count, GOAL_SELECTS);
    assert_int_equal(rows.groups[0].sum_ns, GOAL_SELECTS * 9500 * NS_PER_US);
    assert_int_equal(rows_group_figures(&rows, &rows.groups[0]).p50_ns, 9500 * NS_PER_US);
    rows_reveal(&rows, first + 5);
    rows_update(&rows);
    assert_int_equal(rows.count, ARRAY_LEN(goal_spans) + 1 + GOAL_SELECTS);
    assert_int_equal(rows.row[rows_find(&rows, first + 5)].kind, ROW_MEMBER);
    rows.grouping = false;
    rows_update(&rows);
    assert_int_equal(rows.count, trace->count);
    rows_clear(&rows);
    trace_free(trace);
}

static void failed_members_keep_a_row_of_their_own(void **state)
{
    (void)state;
    const struct goal_span extra[] = {
        {200, 6, "db", "SELECT goals", "db", 80000, 100, STATUS_ERROR, 0}};
    struct trace *trace = goal_trace(extra, ARRAY_LEN(extra));
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    assert_int_equal(rows.groups[0].count, GOAL_SELECTS);
    size_t row = rows_find(&rows, goal_index(trace, 200));
    assert_int_equal(rows.row[row].kind, ROW_MEMBER);
    assert_int_equal(rows.row[row - 1].kind, ROW_GROUP);
    /* a hidden member behind the failed one is still found in the group's row */
    assert_int_equal(rows_find(&rows, goal_index(trace, GOAL_FIRST_SELECT + 9)), row - 1);
    rows_clear(&rows);
    trace_free(trace);
}

static void folds_hide_subtrees(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    uint32_t api = goal_index(trace, 3);
    rows_set_closed(&rows, api, true);
    rows_update(&rows);
    assert_int_equal(rows.count, 4);
    assert_int_equal(rows_find(&rows, goal_index(trace, GOAL_INSERT)), rows_find(&rows, api));
    rows_reveal(&rows, goal_index(trace, GOAL_INSERT));
    rows_update(&rows);
    assert_int_equal(rows.count, ARRAY_LEN(goal_spans) + 1);
    rows_set_all(&rows, true);
    rows_update(&rows);
    assert_int_equal(rows.count, 3);
    rows_set_depth(&rows, 2);
    rows_update(&rows);
    assert_int_equal(rows.count, 4);
    rows_set_errors(&rows);
    rows_update(&rows);
    assert_int_equal(rows.row[rows_find(&rows, goal_index(trace, GOAL_INSERT))].span,
                     goal_index(trace, GOAL_INSERT));
    assert_true(rows_is_closed(&rows, goal_index(trace, 6)));
    rows_clear(&rows);
    trace_free(trace);
}

static void folds_stay_when_the_trace_grows(void **state)
{
    (void)state;
    const struct goal_span extra[] = {
        {300, 1, "web", "early", "ui", 1, 2, STATUS_COMPLETED, 0},
        {301, 7, "db", "late", "db", 900000, 10, STATUS_COMPLETED, 0}};
    struct trace *trace = goal_trace(NULL, 0);
    struct trace *grown = goal_trace(extra, ARRAY_LEN(extra));
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    rows_set_closed(&rows, goal_index(trace, 7), true);
    rows_reveal(&rows, goal_index(trace, GOAL_FIRST_SELECT));
    rows_reload(&rows, grown);
    trace_free(trace);
    assert_true(rows_is_closed(&rows, goal_index(grown, 7)));
    assert_false(rows_is_closed(&rows, goal_index(grown, 6)));
    assert_true(rows.groups[0].open);
    assert_int_equal(rows.count, grown->count + 1 - 4);
    rows_clear(&rows);
    trace_free(grown);
}

static struct trace *large_trace(unsigned count, unsigned failed)
{
    struct trace *trace = trace_new();
    for (unsigned i = 1; i <= count; i++) {
        struct goal_span span = {
            i,         i / 3, "api", i % 2 == 0 ? "even" : "odd",
            "service", i,     10,    i == failed ? STATUS_ERROR : STATUS_COMPLETED,
            0};
        goal_add(trace, &span);
    }
    trace_build(trace);
    return trace;
}

static void large_traces_open_to_depth_three_and_to_errors(void **state)
{
    (void)state;
    struct trace *trace = large_trace(5000, 4999);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    assert_int_equal(rows.folded_to, 3);
    assert_true(rows.count < 200);
    uint32_t failed = goal_index(trace, 4999);
    assert_int_equal(rows.row[rows_find(&rows, failed)].span, failed);
    rows_set_all(&rows, false);
    rows_update(&rows);
    assert_int_equal(rows.count, trace->count);
    assert_int_equal(rows.folded_to, 0);
    rows_clear(&rows);
    trace_free(trace);
}

/* An import: every row of the file is a span with a span of its own. */
static void wide_traces_open_to_fewer_levels(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    struct goal_span root = {1, 0, "api", "import", "http", 0, 9000, STATUS_COMPLETED, 0};
    goal_add(trace, &root);
    for (unsigned i = 2; i < 2002; i += 2) {
        struct goal_span row = {i, 1, "api", "row", "service", i, 2, STATUS_COMPLETED, 0};
        struct goal_span insert = {i + 1, i, "db", "INSERT", "db", i, 1, STATUS_COMPLETED, 0};
        goal_add(trace, &row);
        goal_add(trace, &insert);
    }
    trace_build(trace);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    assert_int_equal(rows.folded_to, 1);
    assert_int_equal(rows.count, 1001);
    rows_clear(&rows);
    trace_free(trace);
}

static void an_empty_trace_has_no_rows(void **state)
{
    (void)state;
    struct trace *trace = trace_new();
    trace_build(trace);
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    assert_int_equal(rows.count, 0);
    rows_reload(&rows, trace);
    assert_int_equal(rows_find(&rows, 0), 0);
    rows_clear(&rows);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeated_siblings_share_a_row),
        cmocka_unit_test(failed_members_keep_a_row_of_their_own),
        cmocka_unit_test(folds_hide_subtrees),
        cmocka_unit_test(folds_stay_when_the_trace_grows),
        cmocka_unit_test(large_traces_open_to_depth_three_and_to_errors),
        cmocka_unit_test(wide_traces_open_to_fewer_levels),
        cmocka_unit_test(an_empty_trace_has_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
