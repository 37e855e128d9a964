/* test_app_keys — every key that the help shows does something where the help shows it. */
#include "app_screen.h"

#include "tui/keys.h"

static const char nothing[] = "means nothing here";

/* What leads into a pane from the list. */
static const char *const ways[KEYS_SCOPE_COUNT] = {
    [KEYS_LIST] = "",     [KEYS_GROUPS] = "D",  [KEYS_WATERFALL] = "\r", [KEYS_DETAILS] = "\r\r",
    [KEYS_SPANS] = "\rD", [KEYS_FLAME] = "\rW", [KEYS_MAP] = "W",        [KEYS_DIFF] = "majd",
};

static bool quits(enum action action)
{
    return action == ACTION_QUIT_NOW || action == ACTION_QUIT || action == ACTION_BACK;
}

static void press_binding(struct setup *setup, const struct key_binding *binding, uint32_t code)
{
    if (binding->prefix != 0) {
        press(setup, (uint32_t)binding->prefix);
    }
    press(setup, code == KEY_CODE_DIGIT ? '1' : code == KEY_CODE_LETTER ? 'a' : code);
}

/* One store for all keys: none of them writes, and making one takes longer than all the rest. */
static void check_pane(enum key_scope scope)
{
    struct fixture *fixture = many_traces(3);
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    for (size_t i = 0; i < count; i++) {
        if (!keys_binding_holds(keys_standard(), &table[i], scope) || quits(table[i].action)) {
            continue;
        }
        for (size_t j = 0; j < ARRAY_LEN(table[i].codes) && table[i].codes[j] != 0; j++) {
            struct setup *setup = setup_on(fixture, NULL, 45, 160);
            type(setup, ways[scope]);
            press_binding(setup, &table[i], table[i].codes[j]);
            if (row_with(setup, nothing) >= 0) {
                fail_msg("%s in pane %d: %s", table[i].keys, (int)scope, nothing);
            }
            setup_leave(setup);
        }
    }
    fixture_free(fixture);
}

static void every_key_of_the_list_works(void **state)
{
    (void)state;
    check_pane(KEYS_LIST);
}

static void every_key_of_the_groups_works(void **state)
{
    (void)state;
    check_pane(KEYS_GROUPS);
}

static void every_key_of_the_waterfall_works(void **state)
{
    (void)state;
    check_pane(KEYS_WATERFALL);
}

static void every_key_of_the_details_works(void **state)
{
    (void)state;
    check_pane(KEYS_DETAILS);
}

static void every_key_of_the_span_table_works(void **state)
{
    (void)state;
    check_pane(KEYS_SPANS);
}

static void every_key_of_the_flame_view_works(void **state)
{
    (void)state;
    check_pane(KEYS_FLAME);
}

static void every_key_of_the_map_works(void **state)
{
    (void)state;
    check_pane(KEYS_MAP);
}

static void every_key_of_the_diff_works(void **state)
{
    (void)state;
    check_pane(KEYS_DIFF);
}

static void other_keys_are_said_to_mean_nothing(void **state)
{
    (void)state;
    struct setup *setup = setup_new(3, NULL, 24, 80);
    press(setup, 0xE9);
    assert_shows(setup, nothing);
    press(setup, 'j');
    assert_hides(setup, nothing);
    setup_free(setup);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_the_list_works),
        cmocka_unit_test(every_key_of_the_groups_works),
        cmocka_unit_test(every_key_of_the_waterfall_works),
        cmocka_unit_test(every_key_of_the_details_works),
        cmocka_unit_test(every_key_of_the_span_table_works),
        cmocka_unit_test(every_key_of_the_flame_view_works),
        cmocka_unit_test(every_key_of_the_map_works),
        cmocka_unit_test(every_key_of_the_diff_works),
        cmocka_unit_test(other_keys_are_said_to_mean_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
