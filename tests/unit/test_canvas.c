/* test_canvas — what untrusted bytes look like, clipping, wide characters, ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tui/canvas.h"
#include "tui/rune.h"

enum { WIDTH = 40 };

/* Draws bytes at the start of a row of `width` cells and compares the row. */
static void check_row(bool ascii, int width, const char *bytes, size_t length, const char *expected)
{
    struct canvas canvas;
    canvas_init(&canvas, ascii);
    canvas_resize(&canvas, 1, width);
    int used = canvas_text(&canvas, 0, 0, width, INK(TONE_NORMAL), text_make(bytes, length));
    assert_true(used >= 0 && used <= width);
    struct text_buffer row = {0};
    canvas_row(&canvas, 0, &row);
    text_append_cstr(&row, "");
    assert_string_equal(row.data != NULL ? row.data : "", expected);
    text_buffer_free(&row);
    canvas_free(&canvas);
}

static void check(const char *bytes, const char *expected)
{
    check_row(false, WIDTH, bytes, strlen(bytes), expected);
}

static void control_characters_are_shown_not_sent(void **state)
{
    (void)state;
    check("a\x1b[31mred", "a^[[31mred");
    check("bell\x07 del\x7f", "bell^G del^?");
    check("one\ntwo\tthree\r", "one⏎two three^M");
    check_row(false, WIDTH, "nul\0!", 5, "nul^@!");
    check("c1 \xC2\x9B"
          "31m",
          "c1 <9B>31m");
}

static void reordering_characters_are_named(void **state)
{
    (void)state;
    check("a\u202Eb\u2066c\u061Cd", "a<U+202E>b<U+2066>c<U+061C>d");
}

static void characters_without_ink_vanish(void **state)
{
    (void)state;
    check("a\u200Bb\u200Dc\uFEFFd\u00ADe\uFE0Ff\u2060g", "abcdefg");
    check("tag\U000E0061s skin\U0001F3FD.", "tags skin.");
}

static void broken_utf8_becomes_one_stand_in_for_each_byte(void **state)
{
    (void)state;
    check("\xFF\xFE", "\uFFFD\uFFFD");
    check("\xC0\x80|\xED\xA0\x80|\xF4\x90\x80\x80", "\uFFFD\uFFFD|\uFFFD\uFFFD\uFFFD|"
                                                    "\uFFFD\uFFFD\uFFFD\uFFFD");
    check("cut \xE4\xB8", "cut \uFFFD\uFFFD");
    check("\uFFFF\uFDD0", "\uFFFD\uFFFD");
}

static void at_most_two_marks_stand_on_a_character(void **state)
{
    (void)state;
    check("e\u0301\u0302\u0303\u0304x", "e\u0301\u0302x");
    check("\u0301a", "\u25CC\u0301a");
}

static void long_text_ends_in_an_ellipsis(void **state)
{
    (void)state;
    check_row(false, 5, "abcde", 5, "abcde");
    check_row(false, 5, "abcdef", 6, "abcd…");
    check_row(false, 1, "abc", 3, "…");
    check_row(true, 5, "abcdef", 6, "abcd~");
}

static void wide_characters_are_never_split(void **state)
{
    (void)state;
    check("中文", "中文");
    check_row(false, 4, "中文", strlen("中文"), "中文");
    check_row(false, 4, "中文字", strlen("中文字"), "中 …");
    check_row(false, 3, "中文", strlen("中文"), "中…");
    assert_int_equal(canvas_width(TEXT("中文a\x1b")), 7);

    /* painting over one half clears the other */
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 6);
    canvas_text(&canvas, 0, 0, 6, INK(TONE_NORMAL), TEXT("中文字"));
    canvas_rune(&canvas, 0, 3, INK(TONE_NORMAL), 'x');
    struct text_buffer row = {0};
    canvas_row(&canvas, 0, &row);
    assert_string_equal(row.data, "中 x字");
    text_buffer_free(&row);
    canvas_free(&canvas);
}

static void everything_clips_at_the_edges(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 2, 5);
    canvas_text(&canvas, -1, 0, 9, INK(TONE_NORMAL), TEXT("above"));
    canvas_text(&canvas, 2, 0, 9, INK(TONE_NORMAL), TEXT("below"));
    canvas_text(&canvas, 0, 7, 9, INK(TONE_NORMAL), TEXT("right"));
    canvas_text(&canvas, 0, -2, 9, INK(TONE_NORMAL), TEXT("xxabc"));
    canvas_text(&canvas, 1, -1, 9, INK(TONE_NORMAL), TEXT("中b"));
    canvas_fill(&canvas, (struct rect){-3, -3, 3, 20}, INK(TONE_NORMAL), '#');
    canvas_fill(&canvas, (struct rect){1, 4, 9, 9}, INK(TONE_NORMAL), '#');
    canvas_mark(&canvas, (struct rect){-5, -5, 20, 20}, INK_SELECTED);
    canvas_rune(&canvas, 9, 9, INK(TONE_NORMAL), 'x');
    struct text_buffer rows = {0};
    canvas_row(&canvas, 0, &rows);
    text_append_char(&rows, '|');
    canvas_row(&canvas, 1, &rows);
    assert_string_equal(rows.data, "abc| b  #");
    assert_int_equal(canvas.cells[9].ink.flags, INK_SELECTED);
    text_buffer_free(&rows);
    canvas_resize(&canvas, 0, 0);
    canvas_text(&canvas, 0, 0, 5, INK(TONE_NORMAL), TEXT("none"));
    canvas_free(&canvas);
}

static void right_alignment_keeps_the_end_column(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 8);
    assert_int_equal(canvas_text_right(&canvas, 0, 0, 8, INK(TONE_NORMAL), TEXT("1.28s")), 5);
    struct text_buffer row = {0};
    canvas_row(&canvas, 0, &row);
    assert_string_equal(row.data, "   1.28s");
    text_buffer_free(&row);
    canvas_free(&canvas);
}

static void ascii_replaces_glyphs_and_foreign_text(void **state)
{
    (void)state;
    check_row(true, WIDTH, "█━▌▶✗▾▸├│└─•·…‹›●○×", strlen("█━▌▶✗▾▸├│└─•·…‹›●○×"),
              "#=|>xv>+|`-!.~<>*ox");
    check_row(true, WIDTH, "▁▂▃▄▅▆▇█", strlen("▁▂▃▄▅▆▇█"), ".:-=+*%#");
    check_row(true, WIDTH, "caf\u00E9 中", strlen("caf\u00E9 中"), "caf? ??");
    for (uint32_t rune = 0; rune < 0x3000; rune++) {
        assert_true(canvas_ascii_glyph(rune) >= 0);
    }
}

static void stand_ins_are_dim(void **state)
{
    (void)state;
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 8);
    canvas_text(&canvas, 0, 0, 8, INK(TONE_ERROR), TEXT("a\x1b"));
    assert_int_equal(canvas.cells[0].ink.flags, 0);
    assert_int_equal(canvas.cells[1].ink.flags, INK_DIM);
    assert_int_equal(canvas.cells[2].ink.tone, TONE_ERROR);
    canvas_free(&canvas);
}

static void line_output_is_harmless_too(void **state)
{
    (void)state;
    struct text_buffer shown = {0};
    canvas_sanitise(TEXT("\x1b]52;c;aGk=\x07\n\u202Ea\xFF"), &shown);
    assert_string_equal(shown.data, "^[]52;c;aGk=^G⏎<U+202E>a\uFFFD");
    text_buffer_free(&shown);
}

/* Whatever comes in: only characters that a terminal draws, in exactly the promised columns. */
static void random_bytes_keep_the_grid(void **state)
{
    (void)state;
    setlocale(LC_CTYPE, "C.UTF-8");
    struct canvas canvas;
    canvas_init(&canvas, false);
    canvas_resize(&canvas, 1, 23);
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        char bytes[64];
        size_t length = 0;
        while (length < sizeof bytes - 4) {
            seed = seed * 1664525 + 1013904223;
            if (seed >> 30 == 0) {
                bytes[length++] = (char)(seed >> 8);
            } else {
                length += text_put_rune(bytes + length, (seed >> 8) % 0x30000);
            }
        }
        canvas_clear(&canvas);
        canvas_text(&canvas, 0, (int)(seed >> 28) - 4, 20, INK(TONE_NORMAL),
                    text_make(bytes, length));
        for (int x = 0; x < canvas.w; x++) {
            uint32_t rune = canvas.cells[x].rune;
            if (rune == 0) {
                assert_true(x > 0 && rune_width(canvas.cells[x - 1].rune) == 2);
                continue;
            }
            enum rune_class class = rune_class(rune);
            assert_true(class == RUNE_NARROW || class == RUNE_WIDE);
            assert_int_equal(class == RUNE_WIDE, x + 1 < canvas.w && canvas.cells[x + 1].rune == 0);
            for (int i = 0; i < 2; i++) {
                uint32_t mark = canvas.cells[x].combining[i];
                assert_true(mark == 0 || rune_class(mark) == RUNE_COMBINING);
            }
        }
    }
    canvas_free(&canvas);
}

/* The C library may be newer or older than our table, so only what all versions agree on. */
static void widths_agree_with_the_c_library(void **state)
{
    (void)state;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        skip();
    }
    static const uint32_t samples[] = {'a',    0xE9,   0x3B1,  0x416,   0x5D0,  0x1100,  0x2014,
                                       0x2500, 0x2588, 0x25B6, 0x3042,  0x4E2D, 0xAC00,  0xFF21,
                                       0x2717, 0x25CF, 0x2026, 0x1F600, 0x300,  0x20000, 0xE000};
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        assert_int_equal(rune_width(samples[i]), wcwidth((wchar_t)samples[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(control_characters_are_shown_not_sent),
        cmocka_unit_test(reordering_characters_are_named),
        cmocka_unit_test(characters_without_ink_vanish),
        cmocka_unit_test(broken_utf8_becomes_one_stand_in_for_each_byte),
        cmocka_unit_test(at_most_two_marks_stand_on_a_character),
        cmocka_unit_test(long_text_ends_in_an_ellipsis),
        cmocka_unit_test(wide_characters_are_never_split),
        cmocka_unit_test(everything_clips_at_the_edges),
        cmocka_unit_test(right_alignment_keeps_the_end_column),
        cmocka_unit_test(ascii_replaces_glyphs_and_foreign_text),
        cmocka_unit_test(stand_ins_are_dim),
        cmocka_unit_test(line_output_is_harmless_too),
        cmocka_unit_test(random_bytes_keep_the_grid),
        cmocka_unit_test(widths_agree_with_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
