/* test_filter_bar — what Tab puts into the query line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/filter_bar.h"
#include "tui/keys.h"

static struct filter_bar *bar_with(const struct query_history *history, const char *keys)
{
    struct filter_bar *bar = filter_bar_new(history);
    filter_bar_open(bar);
    for (const char *at = keys; *at != '\0'; at++) {
        filter_bar_key(bar, (uint32_t)*at);
    }
    return bar;
}

static void check(struct filter_bar *bar, const char *expected)
{
    struct text text = filter_bar_text(bar);
    if (!text_is(text, expected)) {
        fail_msg("\"%.*s\" is not \"%s\"", TEXT_ARGS(text), expected);
    }
}

static void the_only_choice_needs_one_tab(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *text;
    } cases[] = {
        {"us\t", "user:"},
        {"sta\t", "status:"},
        {"status:err\t", "status:error"},
        {"-status:canc\t", "-status:cancelled"},
        {"kind:serv\t", "kind:server"},
        {"has:orp\t", "has:orphan"},
        {"since:24\t", "since:24h"},
        {"span.\t", "span.dur>"},
        {"errors\t", "errors>"},
        {"attr\t", "attr."},
        {"meta\t", "meta."},
        {"sp\t", "sp"}, /* three begin so */
        {"sp\t\t", "span:"},
        {"nothing\t", "nothing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct query_history history = {0};
        struct filter_bar *bar = bar_with(&history, cases[i].keys);
        check(bar, cases[i].text);
        filter_bar_free(bar);
    }
}

static void every_field_can_be_chosen(void **state)
{
    (void)state;
    struct query_history history = {0};
    struct filter_bar *bar = bar_with(&history, "\t");
    filter_bar_key(bar, KEY_CODE_UP); /* the last of them */
    filter_bar_key(bar, '\t');
    check(bar, "limit:");
    filter_bar_free(bar);
}

static void a_field_without_its_value_is_not_tried(void **state)
{
    (void)state;
    struct query_history history = {0};
    struct filter_bar *bar = bar_with(&history, "stat");
    assert_int_equal(filter_bar_key(bar, '\t'), FILTER_BAR_IGNORED); /* "status:" would be wrong */
    assert_int_equal(filter_bar_key(bar, '\t'), FILTER_BAR_CHANGED);
    check(bar, "status:error");
    filter_bar_free(bar);
}

static void names_narrow_while_typing_goes_on(void **state)
{
    (void)state;
    struct query_history history = {0};
    struct filter_bar *bar = bar_with(&history, "us\t");
    enum filter_field field;
    struct text part;
    assert_true(filter_bar_wants_names(bar, &field, &part));
    assert_false(filter_bar_wants_names(bar, &field, &part)); /* once is enough */
    const struct name_count names[] = {{.name = TEXT("erin"), .count = 9},
                                       {.name = TEXT("alice"), .count = 7}};
    filter_bar_give_names(bar, field, names, ARRAY_LEN(names));

    filter_bar_key(bar, 'a');
    assert_true(filter_bar_wants_names(bar, &field, &part)); /* there may be more of these */
    assert_true(text_is(part, "a"));
    filter_bar_key(bar, '\t'); /* no answer is waited for */
    check(bar, "user:alice");
    filter_bar_free(bar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_only_choice_needs_one_tab),
        cmocka_unit_test(every_field_can_be_chosen),
        cmocka_unit_test(a_field_without_its_value_is_not_tried),
        cmocka_unit_test(names_narrow_while_typing_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
