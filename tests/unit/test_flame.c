/* test_flame — stacks are merged by name and laid side by side, and chains of rows are folded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goal_trace.h"
#include "tui/flame.h"
#include "tui/waterfall_rows.h"

static uint32_t frame_named(const struct flame *flame, const struct trace *trace, const char *name)
{
    for (uint32_t i = 0; i < flame->count; i++) {
        if (text_is(trace->names[flame->frames[i].name], name)) {
            return i;
        }
    }
    fail_msg("no frame %s", name);
    return FLAME_NONE;
}

static void equal_stacks_share_a_frame(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct flame flame = {0};
    flame_set(&flame, trace, GOAL_START_NS + 1280 * NS_PER_MS);
    const struct flame_frame *selects = &flame.frames[frame_named(&flame, trace, "SELECT goals")];
    assert_int_equal(selects->count, GOAL_SELECTS);
    assert_int_equal(selects->self_ns, GOAL_SELECTS * 9500 * NS_PER_US);
    assert_int_equal(flame.count, 17);
    trace_free(trace);
    flame_clear(&flame);
}

static void children_lie_inside_their_parents_widest_first(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(NULL, 0);
    struct flame flame = {0};
    flame_set(&flame, trace, GOAL_START_NS + 1280 * NS_PER_MS);
    int64_t self_ns = 0;
    for (uint32_t i = 0; i < flame.count; i++) {
        const struct flame_frame *frame = &flame.frames[i];
        self_ns += frame->self_ns;
        if (frame->parent == FLAME_NONE) {
            continue;
        }
        const struct flame_frame *parent = &flame.frames[frame->parent];
        assert_true(frame->from_ns >= parent->from_ns);
        assert_true(frame->from_ns + frame->width_ns <= parent->from_ns + parent->width_ns);
        uint32_t before = flame_neighbour(&flame, i, -1);
        if (before != FLAME_NONE && flame.frames[before].parent == frame->parent) {
            assert_true(flame.frames[before].width_ns >= frame->width_ns);
            assert_int_equal(flame.frames[before].from_ns + flame.frames[before].width_ns,
                             frame->from_ns);
        }
    }
    assert_int_equal(self_ns, flame.width_ns);
    uint32_t insert = goal_index(trace, GOAL_INSERT);
    assert_int_equal(flame_find(&flame, trace, insert), frame_named(&flame, trace, "INSERT goals"));
    trace_free(trace);
    flame_clear(&flame);
}

/* 20 > 21 > 22 > 23 below the toast: only children. */
static const struct goal_span chain[] = {
    {20, 16, "api", "a", "service", 1262000, 9000, STATUS_COMPLETED, 0},
    {21, 20, "api", "b", "service", 1263000, 8000, STATUS_COMPLETED, 0},
    {22, 21, "api", "c", "service", 1264000, 7000, STATUS_COMPLETED, 0},
    {23, 22, "api", "d", "service", 1265000, 6000, STATUS_ERROR, 0},
};

static void only_children_fold_into_their_chain(void **state)
{
    (void)state;
    struct trace *trace = goal_trace(chain, ARRAY_LEN(chain));
    struct waterfall_rows rows = {.grouping = true};
    rows_set_trace(&rows, trace);
    size_t before = rows.count;
    rows_set_chaining(&rows, true);
    rows_update(&rows);
    /* 16 to 22 in one row; 23 failed and keeps its own; 1 and 2 have more than one child */
    assert_int_equal(rows.count, before - 3);
    const struct row *row = &rows.row[rows_find(&rows, goal_index(trace, 21))];
    assert_int_equal(row->span, goal_index(trace, 16));
    assert_int_equal(row->chain, goal_index(trace, 22));
    assert_int_equal(rows.row[rows_find(&rows, goal_index(trace, 23))].span, goal_index(trace, 23));
    rows_reveal(&rows, goal_index(trace, 22)); /* found by a search: it gets its row */
    rows_update(&rows);
    assert_int_equal(rows.row[rows_find(&rows, goal_index(trace, 22))].span, goal_index(trace, 22));
    rows_set_chaining(&rows, false);
    rows_update(&rows);
    assert_int_equal(rows.count, before);
    rows_clear(&rows);
    trace_free(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_stacks_share_a_frame),
        cmocka_unit_test(children_lie_inside_their_parents_widest_first),
        cmocka_unit_test(only_children_fold_into_their_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
