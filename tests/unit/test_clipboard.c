/* test_clipboard — the sequence that sets the clipboard of a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/clipboard.h"

static void check(struct text text, const char *expected)
{
    struct text_buffer sequence = {0};
    clipboard_osc52(text, &sequence);
    assert_string_equal(sequence.data, expected);
    text_buffer_free(&sequence);
}

static void text_travels_as_base64(void **state)
{
    (void)state;
    check(TEXT(""), "\033]52;c;\a");
    check(TEXT("f"), "\033]52;c;Zg==\a");
    check(TEXT("fo"), "\033]52;c;Zm8=\a");
    check(TEXT("foo"), "\033]52;c;Zm9v\a");
    check(TEXT("\xFF\x00\x1b"), "\033]52;c;/wAb\a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_travels_as_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
