/* test_spoken — what a screen reader gets to read. */
#include "tui/spoken.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_row(const struct canvas *canvas, int y, const char *expected)
{
    struct text_buffer row = {0};
    canvas_row(canvas, y, &row);
    text_append_char(&row, '\0');
    assert_string_equal(row.data, expected);
    text_buffer_free(&row);
}

static void lines_go_and_gaps_become_commas(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 3, 40);
    canvas_print(&canvas, 0, 0, 40, INK(TONE_NORMAL),
                 "  \u2502 \u2717 db   \u2588\u2501\u2501  40ms \u2502");
    canvas_print(&canvas, 1, 0, 40, INK(TONE_NORMAL), " COUNT\u25BC   ERR%%");
    canvas_print(&canvas, 2, 3, 40, INK(TONE_NORMAL), "caf\u00E9");
    canvas_mark(&canvas, (struct rect){1, 0, 1, 40}, INK_SELECTED);
    spoken_canvas(&canvas, true);
    assert_row(&canvas, 0, "error, db, 40ms");
    assert_row(&canvas, 1, "COUNT down, ERR%");
    assert_row(&canvas, 2, "caf?");
    assert_int_equal(canvas.cursor_y, 1); /* a braille display follows it */
    assert_int_equal(canvas.cursor_x, 0);
    canvas_free(&canvas);
}

static void the_cursor_stays_where_text_is_edited(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 2, 20);
    canvas_print(&canvas, 0, 0, 20, INK(TONE_NORMAL), "  /  ab cd");
    canvas_mark(&canvas, (struct rect){1, 0, 1, 20}, INK_SELECTED);
    canvas.cursor_y = 0;
    canvas.cursor_x = 8;
    spoken_canvas(&canvas, false);
    assert_row(&canvas, 0, "/, ab cd");
    assert_int_equal(canvas.cursor_y, 0);
    assert_int_equal(canvas.cursor_x, 6);
    canvas_free(&canvas);
}

static void a_sentence_takes_only_whole_parts(void **state)
{
    (void)state;
    struct spoken line = {0};
    spoken_add(&line, TEXT("error"));
    spoken_add(&line, TEXT(""));
    spoken_duration(&line, "starts after ", INT64_C(125000000000), "");
    spoken_count(&line, 1, "span");
    spoken_count(&line, 2163, "span");
    char expected[] = "error, starts after 2 m 05 s, 1 span, 2,163 spans";
    assert_int_equal(spoken_text(&line).length, sizeof expected - 1);
    assert_memory_equal(spoken_text(&line).data, expected, sizeof expected - 1);
    for (int i = 0; i < 100; i++) {
        spoken_add(&line, TEXT("more words"));
    }
    assert_true(spoken_text(&line).length <= SPOKEN_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_and_gaps_become_commas),
        cmocka_unit_test(the_cursor_stays_where_text_is_edited),
        cmocka_unit_test(a_sentence_takes_only_whole_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
