/* test_json_indent — what a pager shows of JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/json_indent.h"

static void becomes(const char *json, const char *wanted)
{
    struct text_buffer target = {0};
    json_indent(text_from(json), &target);
    text_append_char(&target, '\0');
    assert_string_equal(target.data, wanted);
    text_buffer_free(&target);
}

static void members_get_lines(void **state)
{
    (void)state;
    becomes("{\"a\":1,\"b\":[true,null],\"c\":{\"d\":-1.5e3}}",
            "{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {\n    \"d\": -1.5e3\n"
            "  }\n}");
    becomes(" { \"a\" :\n[ ] , \"b\":{ } }", "{\n  \"a\": [],\n  \"b\": {}\n}");
    becomes("17", "17");
    becomes("", "");
}

static void strings_stay_as_they_are(void **state)
{
    (void)state;
    becomes("[\"a, {b}: \\\"c\\\" \\\\\",\"d\"]", "[\n  \"a, {b}: \\\"c\\\" \\\\\",\n  \"d\"\n]");
}

static void broken_json_ends(void **state)
{
    (void)state;
    becomes("]}\"abc\\", "\n]\n}\"abc\\");
    becomes("[\"", "[\n  \"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_get_lines),
        cmocka_unit_test(strings_stay_as_they_are),
        cmocka_unit_test(broken_json_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
