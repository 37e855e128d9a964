/* test_json — the JSON reader to the letter of the standard, and the writer of strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/json.h"

/* The offset at which the text stops being JSON, or -1 if it is JSON. */
static int wrong_at(struct text text, int depth)
{
    struct json_reader reader;
    json_reader_init(&reader, text, depth);
    json_skip(&reader, NULL);
    bool fine = json_end(&reader);
    assert_int_equal(fine, !json_failed(&reader));
    assert_true(fine || reader.problem[0] != '\0');
    assert_true(text.length == 0 || json_offset(&reader) <= text.length);
    return fine ? -1 : (int)json_offset(&reader);
}

static void valid_texts_are_accepted(void **state)
{
    (void)state;
    static const char *const valid[] = {
        "0",
        "-0",
        "10",
        "-1.5e+10",
        "1E5",
        "0.0",
        "\"\"",
        "\"\\u00e9\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ 1 , 2 ] ",
        "{\"a\":{}}",
        "[[[]]]",
        "\"\\\\\"",
        "\"\x7f\"",
        "\"\xF0\x9F\x98\x80\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "{\"a\":1,\"a\":2}",
        "[\"\\/\"]",
        "\t\r\n1",
    };
    for (size_t i = 0; i < ARRAY_LEN(valid); i++) {
        if (wrong_at(text_from(valid[i]), 32) != -1) {
            fail_msg("refused: %s", valid[i]);
        }
    }
}

static void invalid_texts_are_refused(void **state)
{
    (void)state;
    static const char *const invalid[] = {
        "",
        " ",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "-",
        "--1",
        "tru",
        "nul",
        "True",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "[1 2]",
        "1 2",
        "[1]]",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"a\nb\"",
        "\"\xff\"",
        "\"\xC0\x80\"",
        "'a'",
        "[",
        "{",
        "[1",
        "{\"a\":1",
        "// x\n1",
        "/* */1",
        "NaN",
        "Infinity",
        "\xEF\xBB\xBF"
        "1",
        "\"\\",
        "\"\\u",
        "{\"a\" 1}",
        "{1:2}",
        "]",
        "}",
        ",",
        ":",
    };
    for (size_t i = 0; i < ARRAY_LEN(invalid); i++) {
        if (wrong_at(text_from(invalid[i]), 32) == -1) {
            fail_msg("accepted: %s", invalid[i]);
        }
    }
    assert_int_not_equal(wrong_at(text_make("1\0", 2), 32), -1);
    assert_int_not_equal(wrong_at((struct text){0}, 32), -1);
}

/* Strings are read eight bytes at a time: each byte in each place has its meaning all the same. */
static void no_byte_of_a_string_is_overlooked(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 20; length++) {
        for (size_t at = 0; at < length; at++) {
            for (int byte = 0; byte < 256; byte++) {
                char text[22];
                memset(text, 'a', sizeof text);
                text[0] = text[length + 1] = '"';
                text[at + 1] = (char)byte;
                bool fine = byte >= ' ' && byte < 0x80 && byte != '"' && byte != '\\';
                assert_int_equal(wrong_at(text_make(text, length + 2), 1) == -1, fine);
            }
        }
    }
}

static void depth_is_limited(void **state)
{
    (void)state;
    char text[2000];
    memset(text, '[', 1000);
    memset(text + 1000, ']', 1000);
    assert_int_equal(wrong_at(text_make(text + 968, 64), 32), -1);
    assert_int_equal(wrong_at(text_make(text + 967, 66), 32), 32);
    assert_int_not_equal(wrong_at(text_make(text, 2000), 100000), -1);
}

static void members_come_one_by_one(void **state)
{
    (void)state;
    struct json_reader reader;
    struct arena arena = {0};
    struct text key;
    struct text name = {0};
    struct text number = {0};
    struct text raw = {0};
    bool truth = false;
    size_t items = 0;
    json_reader_init(&reader,
                     TEXT("{\"na\\u006de\":\"a\\tb\\u20ac\\ud83d\\ude00\",\"n\":-12.50,\"t\":true,"
                          "\"l\":[1,[2],{\"x\":3}],\"z\":null}"),
                     8);
    for (json_object_open(&reader); json_object_next(&reader, &arena, &key);) {
        if (text_is(key, "name")) {
            assert_true(json_string(&reader, &arena, &name));
        } else if (text_is(key, "n")) {
            assert_true(json_number(&reader, &number));
        } else if (text_is(key, "t")) {
            assert_true(json_bool(&reader, &truth));
        } else if (text_is(key, "l")) {
            for (json_array_open(&reader); json_array_next(&reader); items++) {
                assert_true(json_skip(&reader, &raw));
            }
        } else {
            assert_true(json_null(&reader));
        }
    }
    assert_true(json_end(&reader));
    assert_true(text_is(name, "a\tb\xE2\x82\xAC\xF0\x9F\x98\x80"));
    assert_true(text_is(number, "-12.50"));
    assert_true(truth);
    assert_int_equal(items, 3);
    assert_true(text_is(raw, "{\"x\":3}"));
    arena_clear(&arena);
}

static void the_first_error_sticks(void **state)
{
    (void)state;
    struct json_reader reader;
    struct text text = TEXT("kept");
    json_reader_init(&reader, TEXT("[1,\"x\"]"), 8);
    assert_true(json_array_open(&reader));
    assert_true(json_array_next(&reader));
    assert_false(json_string(&reader, NULL, &text));
    assert_string_equal(reader.problem, "a string was expected");
    assert_false(json_number(&reader, &text));
    assert_false(json_array_next(&reader));
    assert_int_equal(json_kind(&reader), JSON_NONE);
    assert_string_equal(reader.problem, "a string was expected");
    assert_true(text_is(text, "kept"));
}

static void written_strings_read_back(void **state)
{
    (void)state;
    uint64_t random = 99;
    for (int round = 0; round < 20000; round++) {
        char bytes[24];
        size_t length = (size_t)(round % (int)sizeof bytes);
        for (size_t i = 0; i < length; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[i] = (char)(random >> 56);
        }
        struct text text = text_make(bytes, length);
        struct text_buffer json = {0};
        struct arena arena = {0};
        struct json_reader reader;
        struct text read = {0};
        json_append_string(&json, text);
        json_reader_init(&reader, text_buffer_text(&json), 1);
        assert_true(json_string(&reader, &arena, &read));
        assert_true(json_end(&reader));
        assert_true(text_is_utf8(read));
        if (text_is_utf8(text)) {
            assert_true(text_equals(read, text));
        }
        arena_clear(&arena);
        text_buffer_free(&json);
    }
}

static void paths_find_dotted_and_nested_keys(void **state)
{
    (void)state;
    static const struct {
        const char *object, *path, *expected;
    } cases[] = {
        {"{\"a\":1,\"b\":\"x\"}", "b", "\"x\""},
        {"{\"a.b\":1}", "a.b", "1"},
        {"{\"a\":{\"b\":2}}", "a.b", "2"},
        {"{\"a\":{\"b\":1},\"a.b\":2}", "a.b", "2"}, /* the key that holds the dots comes first */
        {"{\"a.b\":{\"c.d\":3}}", "a.b.c.d", "3"},
        {"{\"a\":{\"b\":{\"c\":4}}}", "a.b.c", "4"},
        {"{\"\\u0061\":5}", "a", "5"},
        {"{\"\\u0061.b\":{\"c\":6}}", "a.b.c", "6"},
        {"{\"a\":{}}", "a.b", NULL},
        {"{\"a\":1}", "a.b", NULL},
        {"{\"a\":1}", "", NULL},
        {"[1]", "a", NULL},
        {"", "a", NULL},
        {"{broken", "a", NULL},
        {"{\"x\":1,broken", "x", "1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text raw = {0};
        bool found = json_find(text_from(cases[i].object), text_from(cases[i].path), &raw);
        assert_int_equal(found, cases[i].expected != NULL);
        if (found && !text_is(raw, cases[i].expected)) {
            fail_msg("%s in %s: %.*s", cases[i].path, cases[i].object, TEXT_ARGS(raw));
        }
    }
}

static void plain_values_lose_their_quotes(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_true(text_is(json_plain(TEXT("\"a\\nb\""), &arena), "a\nb"));
    assert_true(text_is(json_plain(TEXT("1.50"), &arena), "1.50"));
    assert_true(text_is(json_plain(TEXT("{\"a\":1}"), &arena), "{\"a\":1}"));
    assert_true(text_is(json_plain(TEXT(""), &arena), ""));
    arena_clear(&arena);
}

static void random_bytes_end(void **state)
{
    (void)state;
    static const char alphabet[] = "[]{},:\"\\u0e1.-+tfnrulsa \x01\xC3\xA9\xFF";
    uint64_t random = 5;
    char text[40];
    for (int round = 0; round < 200000; round++) {
        size_t length = 0;
        for (size_t limit = (size_t)(round % (int)sizeof text); length < limit; length++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            text[length] = alphabet[(random >> 40) % (sizeof alphabet - 1)];
        }
        wrong_at(text_make(text, length), 8);
    }
}

static void test_absent_text_is_the_empty_string(void **state)
{
    (void)state;
    struct text_buffer json = {0};
    json_append_string(&json, (struct text){0});
    assert_string_equal(json.data, "\"\"");
    text_buffer_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent_text_is_the_empty_string),
        cmocka_unit_test(valid_texts_are_accepted),
        cmocka_unit_test(invalid_texts_are_refused),
        cmocka_unit_test(no_byte_of_a_string_is_overlooked),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(members_come_one_by_one),
        cmocka_unit_test(the_first_error_sticks),
        cmocka_unit_test(written_strings_read_back),
        cmocka_unit_test(paths_find_dotted_and_nested_keys),
        cmocka_unit_test(plain_values_lose_their_quotes),
        cmocka_unit_test(random_bytes_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
