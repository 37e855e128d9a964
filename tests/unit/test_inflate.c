/* test_inflate — gzip bodies come out whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ingest/inflate.h"
#include "tests/unit/gzip_text.h"

enum { LIMIT_BYTES = 1 << 20 };

static void text_comes_back(void **state)
{
    (void)state;
    struct text_buffer packed = {0};
    struct text_buffer plain = {0};
    struct text_buffer long_text = {0};
    for (int i = 0; i < 20000; i++) {
        text_append_format(&long_text, "span %d ", i);
    }
    deflate_text(&packed, text_buffer_text(&long_text));
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, NULL), ERR_OK);
    assert_true(text_equals(text_buffer_text(&plain), text_buffer_text(&long_text)));
    text_buffer_free(&packed);
    text_buffer_free(&plain);
    text_buffer_free(&long_text);
}

static void members_are_joined(void **state)
{
    (void)state;
    struct text_buffer packed = {0};
    struct text_buffer plain = {0};
    deflate_text(&packed, TEXT("{\"spans\":"));
    deflate_text(&packed, TEXT("[]}"));
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, NULL), ERR_OK);
    assert_true(text_is(text_buffer_text(&plain), "{\"spans\":[]}"));
    text_buffer_free(&packed);
    text_buffer_free(&plain);
}

static void empty_text_is_fine(void **state)
{
    (void)state;
    struct text_buffer packed = {0};
    struct text_buffer plain = {0};
    deflate_text(&packed, TEXT(""));
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, NULL), ERR_OK);
    assert_int_equal(plain.length, 0);
    text_buffer_free(&packed);
    text_buffer_free(&plain);
}

/* The limit is exact, and a bomb is given up at once whatever it would become. */
static void limit_holds(void **state)
{
    (void)state;
    struct text_buffer zeros = {0};
    struct text_buffer packed = {0};
    struct text_buffer plain = {0};
    struct err_msg why;
    for (int i = 0; i < LIMIT_BYTES; i++) {
        text_append_char(&zeros, '0');
    }
    deflate_text(&packed, text_buffer_text(&zeros));
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, &why), ERR_OK);
    text_buffer_free(&plain);
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES - 1, &plain, &why),
                     ERR_LIMIT);
    assert_null(plain.data);
    deflate_text(&packed, TEXT("0")); /* over all members together */
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, &why), ERR_LIMIT);
    text_buffer_free(&zeros);
    text_buffer_free(&packed);
}

static void damage_is_refused(void **state)
{
    (void)state;
    struct text_buffer packed = {0};
    struct text_buffer plain = {0};
    struct err_msg why;
    deflate_text(&packed, TEXT("a text of some length, so that there is something to damage"));

    for (size_t cut = 0; cut < packed.length; cut++) {
        assert_int_equal(inflate_gzip(text_make(packed.data, cut), LIMIT_BYTES, &plain, &why),
                         ERR_PARSE);
        assert_null(plain.data);
    }
    assert_string_equal(why.text, "gzip: cut off");

    packed.data[packed.length - 6] ^= 1; /* the checksum */
    assert_int_equal(inflate_gzip(text_buffer_text(&packed), LIMIT_BYTES, &plain, &why), ERR_PARSE);
    assert_string_equal(why.text, "gzip: damaged");
    assert_int_equal(inflate_gzip(TEXT("{\"spans\":[]}"), LIMIT_BYTES, &plain, &why), ERR_PARSE);
    assert_string_equal(why.text, "gzip: damaged");
    text_buffer_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back),    cmocka_unit_test(members_are_joined),
        cmocka_unit_test(empty_text_is_fine), cmocka_unit_test(limit_holds),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
