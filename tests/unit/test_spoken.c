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

static void a_sentence_has_commas_and_an_end(void **state)
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

static void say_number(const void *ctx, size_t row, struct spoken *line)
{
    const char *const *sentences = ctx;
    spoken_add(line, text_from(sentences[row]));
}

static void the_selected_sentence_is_wrapped(void **state)
{
    (void)state;
    static const char *const sentences[] = {"one short", "two is far too long for a row", "three",
                                            "abcdefghijklmnopqrstuvwxyz"};
    struct row_cursor rows = {.at = 1, .count = 4};
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 4, 12);
    spoken_rows(&canvas, (struct rect){0, 0, 4, 12}, &rows, say_number, sentences);
    assert_row(&canvas, 0, "one short");
    assert_row(&canvas, 1, "two is far");
    assert_row(&canvas, 2, "too long for");
    assert_row(&canvas, 3, "a row");
    canvas_clear(&canvas);
    rows.at = 3; /* the last one: its end is on the screen, too */
    spoken_rows(&canvas, (struct rect){0, 0, 4, 12}, &rows, say_number, sentences);
    assert_row(&canvas, 0, "three");
    assert_row(&canvas, 1, "abcdefghijkl");
    assert_row(&canvas, 3, "yz");
    rows.at = 0;
    spoken_rows(&canvas, (struct rect){0, 0, 2, 12}, &rows, say_number, sentences);
    assert_row(&canvas, 1, "two is far \u2026");
    canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_go_and_gaps_become_commas),
        cmocka_unit_test(the_cursor_stays_where_text_is_edited),
        cmocka_unit_test(a_sentence_has_commas_and_an_end),
        cmocka_unit_test(the_selected_sentence_is_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
