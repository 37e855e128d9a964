/* test_list_pane — the window over a long list: paging, selection, following. A fake store answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/list_pane.h"

enum { SCREEN_ROWS = 21, SCREEN_COLUMNS = 80 };

/* A store of traces 1 ... count; trace n starts at second n. */
struct fake {
    struct list_pane *pane;
    int64_t count;
    int questions;
};

static struct trace_row fake_row(int64_t number)
{
    return (struct trace_row){
        .number = number,
        .root_operation = TEXT("query:goals"),
        .user = TEXT("alice"),
        .status = STATUS_COMPLETED,
        .start_ns = number * 1000000000,
        .duration_ns = number * 1000000,
        .span_count = 3,
        .has_root = true,
    };
}

/* Answers as a reader would: newest first unless ascending, by key. */
static void answer(struct fake *fake, const struct list_question *question)
{
    struct trace_row *rows = calloc(question->limit + 1, sizeof *rows);
    bool up = question->ascending != question->backward;
    int64_t number = up ? 1 : fake->count;
    if (question->after.set) {
        number = question->after.number + (up ? 1 : -1);
    }
    struct list_answer got = {.rows = rows};
    while (number >= 1 && number <= fake->count && got.count < question->limit) {
        rows[got.count++] = fake_row(number);
        number += up ? 1 : -1;
    }
    got.done = number < 1 || number > fake->count;
    for (size_t i = 0; question->backward && i < got.count / 2; i++) {
        struct trace_row row = rows[i];
        rows[i] = rows[got.count - 1 - i];
        rows[got.count - 1 - i] = row;
    }
    list_pane_answer(fake->pane, &got, true);
    free(rows);
}

static void settle(struct fake *fake)
{
    struct list_question question;
    while (list_pane_wants(fake->pane, &question)) {
        fake->questions++;
        assert_true(question.limit > 0);
        answer(fake, &question);
    }
}

static struct fake fake_open(int64_t count)
{
    struct fake fake = {.pane = list_pane_new(), .count = count};
    list_pane_ops.layout(fake.pane, SCREEN_ROWS, SCREEN_COLUMNS);
    list_pane_reset(fake.pane, NULL);
    settle(&fake);
    return fake;
}

static void act(struct fake *fake, enum action action, int count)
{
    list_pane_ops.act(fake->pane, action, count);
    settle(fake);
}

static int64_t selected(const struct fake *fake)
{
    const struct trace_row *row = list_pane_selected(fake->pane);
    return row != NULL ? row->number : 0;
}

static void moving_down_reaches_every_trace_in_order(void **state)
{
    (void)state;
    struct fake fake = fake_open(5000);
    for (int64_t number = 5000; number >= 1; number--) {
        assert_int_equal(selected(&fake), number);
        assert_int_equal(list_pane_position(fake.pane), 5001 - number);
        act(&fake, ACTION_DOWN, 1);
    }
    assert_int_equal(selected(&fake), 1);
    for (int64_t number = 1; number <= 5000; number++) {
        assert_int_equal(selected(&fake), number);
        act(&fake, ACTION_UP, 1);
    }
    list_pane_ops.free(fake.pane);
}

static void the_end_is_read_from_the_other_side(void **state)
{
    (void)state;
    struct fake fake = fake_open(1000000);
    int before = fake.questions;
    act(&fake, ACTION_LAST, 1);
    assert_int_equal(selected(&fake), 1);
    assert_true(fake.questions - before <= 2);
    for (int i = 0; i < 30; i++) {
        act(&fake, ACTION_PAGE_UP, 1);
    }
    assert_int_equal(selected(&fake), 1 + 30 * (SCREEN_ROWS - 1));
    act(&fake, ACTION_FIRST, 1);
    assert_int_equal(selected(&fake), 1000000);
    list_pane_ops.free(fake.pane);
}

static void a_row_can_be_gone_to_by_its_position(void **state)
{
    (void)state;
    struct fake fake = fake_open(5000);
    act(&fake, ACTION_LAST, 1700);
    assert_int_equal(list_pane_position(fake.pane), 1700);
    assert_int_equal(selected(&fake), 5000 - 1699);
    act(&fake, ACTION_FIRST, 3);
    assert_int_equal(list_pane_position(fake.pane), 3);
    list_pane_ops.free(fake.pane);
}

static void the_list_follows_while_on_its_first_row(void **state)
{
    (void)state;
    struct fake fake = fake_open(100);
    assert_true(list_pane_is_following(fake.pane));
    fake.count = 110;
    list_pane_store_changed(fake.pane);
    settle(&fake);
    assert_int_equal(selected(&fake), 110);
    list_pane_ops.free(fake.pane);
}

static void a_moved_selection_stands_still_until_g(void **state)
{
    (void)state;
    struct fake fake = fake_open(100);
    list_pane_set_total(fake.pane, 100);
    act(&fake, ACTION_DOWN, 4);
    assert_false(list_pane_is_following(fake.pane));
    fake.count = 142;
    list_pane_store_changed(fake.pane);
    settle(&fake);
    list_pane_set_total(fake.pane, 142);
    assert_int_equal(selected(&fake), 96);
    assert_int_equal(list_pane_position(fake.pane), 5);
    assert_int_equal(list_pane_new_rows(fake.pane), 42);
    act(&fake, ACTION_FIRST, 1);
    assert_int_equal(selected(&fake), 142);
    assert_true(list_pane_is_following(fake.pane));
    assert_int_equal(list_pane_new_rows(fake.pane), 0);
    list_pane_ops.free(fake.pane);
}

static void a_merge_keeps_the_selected_trace(void **state)
{
    (void)state;
    struct fake fake = fake_open(100);
    act(&fake, ACTION_DOWN, 4);
    fake.count = 142;
    act(&fake, ACTION_REFRESH, 1);
    assert_int_equal(selected(&fake), 96);
    list_pane_ops.free(fake.pane);
}

static void a_new_order_begins_with_its_first_unless_one_was_chosen(void **state)
{
    (void)state;
    struct fake fake = fake_open(100);
    act(&fake, ACTION_SORT_REVERSE, 1);
    assert_int_equal(selected(&fake), 1);
    assert_int_equal(list_pane_position(fake.pane), 1);
    act(&fake, ACTION_DOWN, 4);
    act(&fake, ACTION_SORT_REVERSE, 1);
    assert_int_equal(selected(&fake), 5);
    assert_int_equal(list_pane_position(fake.pane), 96);
    list_pane_ops.free(fake.pane);
}

static void a_row_changes_where_it_stands(void **state)
{
    (void)state;
    struct fake fake = fake_open(100);
    struct trace_row row = fake_row(100);
    assert_false(list_pane_update(fake.pane, &row)); /* the same version */
    row.version = 2;
    row.status = STATUS_ERROR;
    assert_true(list_pane_update(fake.pane, &row));
    assert_int_equal(list_pane_selected(fake.pane)->status, STATUS_ERROR);
    list_pane_ops.free(fake.pane);
}

static void a_limit_ends_the_list(void **state)
{
    (void)state;
    struct fake fake = {.pane = list_pane_new(), .count = 5000};
    list_pane_ops.layout(fake.pane, SCREEN_ROWS, SCREEN_COLUMNS);
    list_pane_set_limit(fake.pane, 250);
    list_pane_reset(fake.pane, NULL);
    settle(&fake);
    act(&fake, ACTION_LAST, 1);
    assert_int_equal(list_pane_position(fake.pane), 250);
    list_pane_ops.free(fake.pane);
}

static void a_failed_question_is_not_repeated_by_itself(void **state)
{
    (void)state;
    struct fake fake = fake_open(5000);
    act(&fake, ACTION_DOWN, 180);
    struct list_question question;
    list_pane_reset(fake.pane, NULL);
    assert_true(list_pane_wants(fake.pane, &question));
    list_pane_answer_failed(fake.pane);
    assert_false(list_pane_wants(fake.pane, &question));
    list_pane_ops.free(fake.pane);
}

static void rows_are_drawn_in_columns(void **state)
{
    (void)state;
    struct fake fake = fake_open(3);
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, SCREEN_ROWS, SCREEN_COLUMNS);
    list_pane_set_now(fake.pane, 4000000000);
    list_pane_ops.draw(fake.pane, &canvas, (struct rect){0, 0, SCREEN_ROWS, SCREEN_COLUMNS});
    struct text_buffer row = {0};
    canvas_row(&canvas, 0, &row);
    assert_non_null(strstr(row.data, "START\xE2\x96\xBC"));
    assert_non_null(strstr(row.data, "OPERATION"));
    text_buffer_clear(&row);
    canvas_row(&canvas, 1, &row);
    assert_non_null(strstr(row.data, "00:00:03.000"));
    assert_non_null(strstr(row.data, "query:goals"));
    assert_non_null(strstr(row.data, "alice"));
    text_buffer_free(&row);
    canvas_free(&canvas);
    list_pane_ops.free(fake.pane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moving_down_reaches_every_trace_in_order),
        cmocka_unit_test(the_end_is_read_from_the_other_side),
        cmocka_unit_test(a_row_can_be_gone_to_by_its_position),
        cmocka_unit_test(the_list_follows_while_on_its_first_row),
        cmocka_unit_test(a_moved_selection_stands_still_until_g),
        cmocka_unit_test(a_merge_keeps_the_selected_trace),
        cmocka_unit_test(a_new_order_begins_with_its_first_unless_one_was_chosen),
        cmocka_unit_test(a_row_changes_where_it_stands),
        cmocka_unit_test(a_limit_ends_the_list),
        cmocka_unit_test(a_failed_question_is_not_repeated_by_itself),
        cmocka_unit_test(rows_are_drawn_in_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
