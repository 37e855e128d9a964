/* test_keys_file — the user's own keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/keys_file.h"
#include "tui/keys_names.h"

static struct keymap *map_of(const char *text)
{
    struct keymap *map = NULL;
    struct err_msg why = {""};
    if (keys_read_text(text_from(text), "keys", &map, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
    return map;
}

static void assert_wrong(const char *text, const char *error)
{
    struct keymap *map = NULL;
    struct err_msg why = {""};
    assert_int_equal(keys_read_text(text_from(text), "keys", &map, &why), ERR_PARSE);
    assert_string_equal(why.text, error);
    assert_null(map);
}

static enum action feed(const struct keymap *map, enum key_scope scope, const char *keys)
{
    struct key_state state = {0};
    int count;
    bool unknown = false;
    enum action action = ACTION_NONE;
    for (; *keys != '\0'; keys++) {
        action = keys_feed(&state, map, scope, (unsigned char)*keys, &count, &unknown);
    }
    return unknown ? ACTION_COUNT : action;
}

static void every_action_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        enum action action;
        const char *name = keys_action_name((enum action)i);
        if (name == NULL) {
            fail_msg("action %d has no name in keys_names.c", i);
        }
        assert_true(keys_action_parse(text_from(name), &action));
        assert_int_equal(action, i);
    }
    for (int i = 0; i < KEYS_SCOPE_COUNT; i++) {
        assert_non_null(keys_scope_name((enum key_scope)i));
    }
}

static void without_a_file_nothing_changes(void **state)
{
    (void)state;
    struct keymap *map = map_of("\n# list j up\n");
    assert_int_equal(map->count, keys_standard()->count);
    assert_memory_equal(map->rows, keys_standard()->rows, map->count * sizeof(*map->rows));
    keys_free(map);
}

static void a_key_means_something_else_in_one_pane(void **state)
{
    (void)state;
    struct keymap *map =
        map_of("waterfall J page-down\nlist ^O open # as in vim\nwaterfall zm fold-all");
    assert_int_equal(feed(map, KEYS_WATERFALL, "J"), ACTION_PAGE_DOWN);
    assert_int_equal(feed(map, KEYS_WATERFALL, "K"), ACTION_PREVIOUS_SIBLING);
    assert_int_equal(feed(map, KEYS_LIST, "\x0F"), ACTION_OPEN);
    assert_int_equal(feed(map, KEYS_LIST, "\r"), ACTION_OPEN); /* the other key stays */
    assert_int_equal(feed(map, KEYS_WATERFALL, "zm"), ACTION_FOLD_ALL);
    assert_int_equal(feed(map, KEYS_WATERFALL, "zM"), ACTION_FOLD_ALL);
    keys_free(map);
}

static void a_key_means_something_else_everywhere(void **state)
{
    (void)state;
    struct keymap *map = map_of("all e page-down\nall ^E next-error\n");
    assert_int_equal(feed(map, KEYS_LIST, "e"), ACTION_PAGE_DOWN);
    assert_int_equal(feed(map, KEYS_DETAILS, "e"), ACTION_PAGE_DOWN);
    assert_int_equal(feed(map, KEYS_WATERFALL, "\x05"), ACTION_NEXT_ERROR);
    assert_int_equal(feed(map, KEYS_LIST, "j"), ACTION_DOWN);
    keys_free(map);
}

static void none_takes_a_key_away(void **state)
{
    (void)state;
    struct keymap *map = map_of("list D none\nlist x none\nall Q none\n");
    assert_int_equal(feed(map, KEYS_LIST, "D"), ACTION_COUNT);
    assert_int_equal(feed(map, KEYS_GROUPS, "D"), ACTION_GROUPS);
    assert_int_equal(feed(map, KEYS_LIST, "x"), ACTION_COUNT); /* of all panes, but here */
    assert_int_equal(feed(map, KEYS_DETAILS, "x"), ACTION_EXCLUDE);
    assert_int_equal(feed(map, KEYS_WATERFALL, "Q"), ACTION_COUNT);
    keys_free(map);
}

static void help_and_footer_name_the_new_key(void **state)
{
    (void)state;
    struct keymap *map = map_of("list o open\nlist Enter none\n");
    bool found = false;
    for (size_t i = 0; i < map->count; i++) {
        const struct key_binding *row = &map->rows[i];
        if (row->scope == KEYS_LIST && row->action == ACTION_OPEN) {
            assert_null(strstr(row->keys, "Enter"));
            found = found || strcmp(row->keys, "o") == 0;
        }
    }
    assert_true(found);
    keys_free(map);
}

static void what_is_printed_can_be_read(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    keys_print(keys_standard(), file);
    fclose(file);
    struct keymap *map = map_of(text);
    for (size_t i = 0; i < keys_standard()->count; i++) {
        const struct key_binding *row = &keys_standard()->rows[i];
        if (row->prefix == 0 && row->codes[0] < 0x7F) {
            char key[2] = {(char)row->codes[0], '\0'};
            assert_int_equal(feed(map, row->scope, key), row->action);
        }
    }
    keys_free(map);
    free(text);
}

static void wrong_lines_are_named(void **state)
{
    (void)state;
    assert_wrong("list j page-down\nlist j up", "keys:2: j has its meaning in list from line 1");
    assert_wrong("\nlist j leap", "keys:2: no action \"leap\": --print-keys lists them");
    assert_wrong("lists j up", "keys:1: no pane \"lists\": --print-keys lists them");
    assert_wrong("list j", "keys:1: PANE KEY ACTION expected, like: list J page-down");
    assert_wrong("list j up down", "keys:1: PANE KEY ACTION expected, like: list J page-down");
    assert_wrong("list jk up", "keys:1: no key \"jk\": a character, ^X, Enter, PgDn, F5 ... or zM");
    assert_wrong("list F9 up", "keys:1: no key \"F9\": a character, ^X, Enter, PgDn, F5 ... or zM");
    assert_wrong("waterfall z up", "keys:1: z begins other keys in waterfall");
    assert_wrong("list fold-all up", "keys:1: no key \"fold-all\": a character, ^X, Enter, PgDn, "
                                     "F5 ... or zM");
    assert_wrong("list a fold-all", "keys:1: fold-all means nothing in list");
    assert_wrong("list 5 up", "keys:1: 5 counts, as in 5j");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_has_a_name_of_its_own),
        cmocka_unit_test(without_a_file_nothing_changes),
        cmocka_unit_test(a_key_means_something_else_in_one_pane),
        cmocka_unit_test(a_key_means_something_else_everywhere),
        cmocka_unit_test(none_takes_a_key_away),
        cmocka_unit_test(help_and_footer_name_the_new_key),
        cmocka_unit_test(what_is_printed_can_be_read),
        cmocka_unit_test(wrong_lines_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
