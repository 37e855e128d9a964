/* test_line_edit — typing, killing, history, paste, and what a narrow prompt shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tui/keys.h"
#include "tui/line_edit.h"

enum { CTRL_A = 1, CTRL_E = 5, CTRL_K = 11, CTRL_U = 21, CTRL_W = 23, CTRL_Y = 25 };

static void type(struct line_edit *edit, const char *keys)
{
    struct text text = text_from(keys);
    while (text.length > 0) {
        uint32_t rune;
        size_t length = text_rune(text, &rune);
        line_edit_feed(edit, rune);
        text = text_make(text.data + length, text.length - length);
    }
}

static void check(const struct line_edit *edit, const char *expected, size_t cursor)
{
    struct text text = line_edit_text(edit);
    if (!text_is(text, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARGS(text), expected);
    }
    assert_int_equal(edit->cursor, cursor);
}

static void typing_and_moving_goes_by_characters(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    type(&edit, "aé中");
    check(&edit, "aé中", 6);
    line_edit_feed(&edit, KEY_CODE_LEFT);
    line_edit_feed(&edit, KEY_CODE_LEFT);
    type(&edit, "x");
    check(&edit, "axé中", 2);
    line_edit_feed(&edit, KEY_CODE_DELETE);
    check(&edit, "ax中", 2);
    line_edit_feed(&edit, KEY_CODE_BACKSPACE);
    check(&edit, "a中", 1);
    line_edit_feed(&edit, KEY_CODE_HOME);
    line_edit_feed(&edit, KEY_CODE_BACKSPACE);
    line_edit_feed(&edit, KEY_CODE_LEFT);
    check(&edit, "a中", 0);
    line_edit_feed(&edit, CTRL_E);
    line_edit_feed(&edit, KEY_CODE_RIGHT);
    line_edit_feed(&edit, KEY_CODE_DELETE);
    check(&edit, "a中", 4);
}

static void words_and_kills_work_as_in_a_shell(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    line_edit_set(&edit, TEXT("user:alice dur>250ms  "));
    line_edit_feed(&edit, CTRL_W);
    check(&edit, "user:alice ", 11);
    line_edit_feed(&edit, CTRL_Y);
    check(&edit, "user:alice dur>250ms  ", 22);
    line_edit_feed(&edit, KEY_CODE_ALT + 'b');
    check(&edit, "user:alice dur>250ms  ", 15);
    line_edit_feed(&edit, KEY_CODE_ALT + 'b');
    line_edit_feed(&edit, KEY_CODE_ALT + 'b');
    check(&edit, "user:alice dur>250ms  ", 5);
    line_edit_feed(&edit, KEY_CODE_ALT + 'f');
    check(&edit, "user:alice dur>250ms  ", 10);
    line_edit_feed(&edit, CTRL_K);
    check(&edit, "user:alice", 10);
    line_edit_feed(&edit, CTRL_A);
    line_edit_feed(&edit, CTRL_U);
    check(&edit, "user:alice", 0);
    line_edit_feed(&edit, CTRL_Y);
    check(&edit, " dur>250ms  user:alice", 12);
    line_edit_feed(&edit, CTRL_U);
    check(&edit, "user:alice", 0);
}

static void special_keys_are_told_to_the_caller(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    assert_int_equal(line_edit_feed(&edit, '\r'), EDIT_SUBMIT);
    assert_int_equal(line_edit_feed(&edit, 0x1B), EDIT_CANCEL);
    assert_int_equal(line_edit_feed(&edit, 3), EDIT_CANCEL);
    assert_int_equal(line_edit_feed(&edit, '\t'), EDIT_COMPLETE);
    assert_int_equal(line_edit_feed(&edit, KEY_CODE_F5), EDIT_IGNORED);
    assert_int_equal(line_edit_feed(&edit, 0x9B), EDIT_IGNORED);
    check(&edit, "", 0);
}

static void history_finds_lines_with_the_typed_start(void **state)
{
    (void)state;
    const struct text lines[] = {TEXT("user:bob"), TEXT("status:error"), TEXT("user:alice"),
                                 TEXT("op:query")};
    struct line_edit edit = {0};
    line_edit_set_history(&edit, lines, ARRAY_LEN(lines));
    type(&edit, "us");
    line_edit_feed(&edit, KEY_CODE_UP);
    check(&edit, "user:alice", 10);
    line_edit_feed(&edit, KEY_CODE_UP);
    check(&edit, "user:bob", 8);
    line_edit_feed(&edit, KEY_CODE_UP);
    check(&edit, "user:bob", 8);
    line_edit_feed(&edit, KEY_CODE_DOWN);
    check(&edit, "user:alice", 10);
    line_edit_feed(&edit, KEY_CODE_DOWN);
    check(&edit, "us", 2);
    line_edit_feed(&edit, KEY_CODE_UP);
    type(&edit, "x"); /* from here on it is a line of its own */
    line_edit_feed(&edit, KEY_CODE_UP);
    check(&edit, "user:alicex", 11);
}

static void a_paste_is_text_and_never_a_command(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    line_edit_feed(&edit, KEY_CODE_PASTE_BEGIN);
    assert_int_equal(line_edit_feed(&edit, 'a'), EDIT_CHANGED);
    assert_int_equal(line_edit_feed(&edit, '\r'), EDIT_CHANGED);
    line_edit_feed(&edit, '\t');
    line_edit_feed(&edit, 'b');
    assert_int_equal(line_edit_feed(&edit, 0x1B), EDIT_IGNORED);
    line_edit_feed(&edit, KEY_CODE_PASTE_END);
    check(&edit, "a  b", 4);
    assert_int_equal(line_edit_feed(&edit, '\r'), EDIT_SUBMIT);
}

static void long_lines_and_odd_bytes_are_refused(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    for (int i = 0; i < LINE_EDIT_BYTES; i++) {
        line_edit_feed(&edit, 0x4E2D);
    }
    assert_true(edit.length <= LINE_EDIT_BYTES);
    assert_true(text_is_utf8(line_edit_text(&edit)));
    line_edit_set(&edit, TEXT("a\nb\xFF"
                              "c\xC2\x9B"));
    check(&edit, "a bc ", 5);
}

static void completion_replaces_a_piece(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    line_edit_set(&edit, TEXT("us status:error"));
    line_edit_replace(&edit, 0, 2, TEXT("user:"));
    check(&edit, "user: status:error", 5);
    line_edit_replace(&edit, 900, 900, TEXT("!"));
    check(&edit, "user: status:error!", 19);
}

static void check_drawn(const struct line_edit *edit, int w, const char *expected, int cursor)
{
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 20);
    line_edit_draw(edit, &canvas, 0, 2, w, INK(TONE_NORMAL), 0, 0);
    struct text_buffer row = {0};
    canvas_row(&canvas, 0, &row);
    assert_string_equal(row.data, expected);
    assert_int_equal(canvas.cursor_y, 0);
    assert_int_equal(canvas.cursor_x, cursor);
    text_buffer_free(&row);
    canvas_free(&canvas);
}

static void a_narrow_prompt_scrolls_to_the_cursor(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    line_edit_set(&edit, TEXT("abcdefghij"));
    check_drawn(&edit, 18, "  abcdefghij", 12);
    check_drawn(&edit, 6, "  fghij", 7);
    line_edit_feed(&edit, KEY_CODE_HOME);
    check_drawn(&edit, 6, "  abcdef", 2);
}

static void the_wrong_piece_is_underlined(void **state)
{
    (void)state;
    struct line_edit edit = {0};
    line_edit_set(&edit, TEXT("a usr:b"));
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 20);
    line_edit_draw(&edit, &canvas, 0, 0, 20, INK(TONE_NORMAL), 2, 3);
    for (int x = 0; x < 7; x++) {
        bool wrong = x >= 2 && x < 5;
        assert_int_equal(canvas.cells[x].ink.flags, wrong ? INK_UNDERLINE : 0);
        assert_int_equal(canvas.cells[x].ink.tone, wrong ? TONE_ERROR : TONE_NORMAL);
    }
    canvas_free(&canvas);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typing_and_moving_goes_by_characters),
        cmocka_unit_test(words_and_kills_work_as_in_a_shell),
        cmocka_unit_test(special_keys_are_told_to_the_caller),
        cmocka_unit_test(history_finds_lines_with_the_typed_start),
        cmocka_unit_test(a_paste_is_text_and_never_a_command),
        cmocka_unit_test(long_lines_and_odd_bytes_are_refused),
        cmocka_unit_test(completion_replaces_a_piece),
        cmocka_unit_test(a_narrow_prompt_scrolls_to_the_cursor),
        cmocka_unit_test(the_wrong_piece_is_underlined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
