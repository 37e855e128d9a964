/* test_text — slices, numbers from text, UTF-8 borders, the growing buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/text.h"

static void an_absent_text_is_harmless(void **state)
{
    (void)state;
    struct text none = {0};
    int64_t number = 7;
    double real = 7;
    assert_true(text_is_empty(none));
    assert_true(text_is(none, ""));
    assert_true(text_is_nocase(none, ""));
    assert_true(text_equals(none, TEXT("")));
    assert_true(text_contains_nocase(TEXT("abc"), none));
    assert_false(text_contains_nocase(none, TEXT("a")));
    assert_true(text_starts_with(none, ""));
    assert_int_equal(text_compare(none, TEXT("")), 0);
    assert_int_equal(text_trim(none).length, 0);
    assert_int_equal(text_cut(none, 5), 0);
    assert_true(text_is_utf8(none));
    assert_int_equal(text_parse_i64(none, &number), ERR_PARSE);
    assert_int_equal(text_parse_f64(none, &real), ERR_PARSE);
    assert_int_equal(number, 7);
    assert_true(text_is_empty(text_from(NULL)));
}

static void comparing_is_bytewise_then_by_length(void **state)
{
    (void)state;
    assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
    assert_true(text_compare(TEXT("ab"), TEXT("a")) > 0);
    assert_true(text_compare(TEXT("\xff"), TEXT("a")) > 0);
    assert_true(text_is_nocase(TEXT("ErRoR"), "error"));
    assert_false(text_is_nocase(TEXT("error "), "error"));
    assert_true(text_contains_nocase(TEXT("SELECT goals"), TEXT("GOAL")));
    assert_false(text_contains_nocase(TEXT("abc"), TEXT("abcd")));
    assert_true(text_is(text_trim(TEXT(" \t a b \r\n")), "a b"));
}

/* Long texts are searched in blocks: the part in every place, whole, cut short, in other case. */
static void a_part_is_found_wherever_it_stands(void **state)
{
    (void)state;
    static const char *const parts[] = {"g", "GoAl", "\xC3\xA9t\xC3\xA9", "[a]@{`}"};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        struct text part = text_from(parts[i]);
        for (size_t at = 0; at + part.length <= 100; at++) {
            char bytes[101];
            memset(bytes, 'x', sizeof bytes);
            memcpy(bytes + at, part.data, part.length);
            assert_true(text_contains_nocase(text_make(bytes, 100), part));
            assert_true(text_contains_nocase(text_make(bytes, at + part.length), part));
            assert_false(text_contains_nocase(text_make(bytes, at + part.length - 1), part));
            assert_false(text_contains_nocase(text_make(bytes + at + 1, 100 - at), part));
            bytes[at] ^= 0x20; /* the other case of a letter, another byte of all else */
            assert_int_equal(text_contains_nocase(text_make(bytes, 100), part), i < 2);
        }
    }
}

static void integers_are_whole_or_refused(void **state)
{
    (void)state;
    int64_t value = 0;
    uint64_t natural = 0;
    assert_int_equal(text_parse_i64(TEXT("-9223372036854775808"), &value), ERR_OK);
    assert_true(value == INT64_MIN);
    assert_int_equal(text_parse_i64(TEXT("9223372036854775807"), &value), ERR_OK);
    assert_true(value == INT64_MAX);
    assert_int_equal(text_parse_i64(TEXT("+5"), &value), ERR_OK);
    assert_int_equal(value, 5);
    assert_int_equal(text_parse_i64(TEXT("9223372036854775808"), &value), ERR_LIMIT);
    assert_int_equal(text_parse_u64(TEXT("18446744073709551615"), &natural), ERR_OK);
    assert_true(natural == UINT64_MAX);
    assert_int_equal(text_parse_u64(TEXT("18446744073709551616"), &natural), ERR_LIMIT);
    static const char *const wrong[] = {"",   "-",  "+",    "--1", "+-1",
                                        " 1", "1 ", "0x10", "1.0", "1e3"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(text_parse_i64(text_from(wrong[i]), &value), ERR_PARSE);
        assert_int_equal(value, 5);
    }
    assert_int_equal(text_parse_u64(TEXT("+1"), &natural), ERR_PARSE);
}

static void reals_are_decimals(void **state)
{
    (void)state;
    double value = 0;
    assert_int_equal(text_parse_f64(TEXT("-1.5e3"), &value), ERR_OK);
    assert_true(value == -1500.0);
    assert_int_equal(text_parse_f64(TEXT(".5"), &value), ERR_OK);
    assert_true(value == 0.5);
    /* 2^53 + 1 and others that lie between two: the nearer one, or the even one */
    static const char *const whole[] = {"0",
                                        "007",
                                        "9007199254740993",
                                        "9999999999999999999",
                                        "18446744073709551615",
                                        "100000000000000000000"};
    for (size_t i = 0; i < ARRAY_LEN(whole); i++) {
        assert_int_equal(text_parse_f64(text_from(whole[i]), &value), ERR_OK);
        assert_true(value == strtod(whole[i], NULL));
    }
    static const char *const wrong[] = {"inf", "nan", "0x1p3", " 1", "1 ", "1,5", "1e", "--1", "."};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_int_equal(text_parse_f64(text_from(wrong[i]), &value), ERR_PARSE);
    }
    assert_int_equal(text_parse_f64(TEXT("1e999"), &value), ERR_LIMIT);
    assert_int_equal(text_parse_f64(text_make("1.5x", 3), &value), ERR_OK);
}

static void words_have_a_distance(void **state)
{
    (void)state;
    assert_int_equal(text_distance(TEXT("user"), TEXT("user")), 0);
    assert_int_equal(text_distance(TEXT("usr"), TEXT("user")), 1);
    assert_int_equal(text_distance(TEXT("sevice"), TEXT("service")), 1);
    assert_int_equal(text_distance(TEXT(""), TEXT("abc")), 3);
    assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting")), 3);
    assert_true(text_distance(TEXT("012345678901234567890123456789012"), TEXT("a")) == SIZE_MAX);
}

static void text_is_cut_between_characters(void **state)
{
    (void)state;
    struct text text = TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 10};
    for (size_t limit = 0; limit < ARRAY_LEN(expected); limit++) {
        assert_int_equal(text_cut(text, limit), expected[limit]);
    }
    /* Bytes that are no characters are cut too: never to nothing. */
    assert_int_equal(text_cut(TEXT("\x80\x80\x80\x80\x80\x80"), 5), 5);
}

static void every_rune_survives_a_round_trip(void **state)
{
    (void)state;
    char bytes[4];
    for (uint32_t rune = 0; rune <= 0x10FFFF; rune++) {
        uint32_t read;
        size_t length = text_put_rune(bytes, rune);
        bool surrogate = rune >= 0xD800 && rune <= 0xDFFF;
        size_t used = text_rune(text_make(bytes, length), &read);
        assert_true(surrogate ? read == UINT32_MAX && used == 1 : read == rune && used == length);
    }
}

static void what_is_not_utf8_is_recognised(void **state)
{
    (void)state;
    static const char *const wrong[] = {"\x80",         "\xC0\x80",         "\xC1\xBF",
                                        "\xE0\x80\x80", "\xED\xA0\x80",     "\xF0\x80\x80\x80",
                                        "\xC3",         "\xE2\x82",         "\xF4\x90\x80\x80",
                                        "\xFF",         "\xF5\x80\x80\x80", "a\xC3(b"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        assert_false(text_is_utf8(text_from(wrong[i])));
    }
    assert_true(text_is_utf8(TEXT("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80")));
}

static void a_buffer_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct text_buffer buffer = {0};
    text_buffer_clear(&buffer);
    assert_null(text_buffer_text(&buffer).data);
    text_append(&buffer, (struct text){0});
    assert_string_equal(buffer.data, "");
    for (int i = 0; i < 1000; i++) {
        text_append_format(&buffer, "%d,", i % 10);
        text_append_char(&buffer, 'x');
        text_append_cstr(&buffer, "yz");
    }
    assert_int_equal(buffer.length, 5000);
    assert_int_equal(strlen(buffer.data), 5000);
    text_buffer_clear(&buffer);
    assert_string_equal(buffer.data, "");
    text_buffer_free(&buffer);
    text_buffer_free(&buffer);
}

static void a_long_message_is_cut_on_a_border(void **state)
{
    (void)state;
    struct err_msg why;
    char long_text[400];
    for (size_t i = 0; i + 1 < sizeof long_text; i += 2) {
        memcpy(long_text + i, "\xC3\xA9", 2);
    }
    for (int shift = 0; shift < 4; shift++) {
        assert_int_equal(err_set(&why, ERR_IO, "%*s%.*s", shift, "", 398, long_text), ERR_IO);
        assert_true(strlen(why.text) < sizeof why.text);
        assert_true(text_is_utf8(text_from(why.text)));
    }
    assert_int_equal(err_set(NULL, ERR_LIMIT, "ignored"), ERR_LIMIT);
    assert_string_equal(err_name(ERR_NOT_FOUND), "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absent_text_is_harmless),
        cmocka_unit_test(comparing_is_bytewise_then_by_length),
        cmocka_unit_test(a_part_is_found_wherever_it_stands),
        cmocka_unit_test(integers_are_whole_or_refused),
        cmocka_unit_test(reals_are_decimals),
        cmocka_unit_test(words_have_a_distance),
        cmocka_unit_test(text_is_cut_between_characters),
        cmocka_unit_test(every_rune_survives_a_round_trip),
        cmocka_unit_test(what_is_not_utf8_is_recognised),
        cmocka_unit_test(a_buffer_grows_and_stays_terminated),
        cmocka_unit_test(a_long_message_is_cut_on_a_border),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
