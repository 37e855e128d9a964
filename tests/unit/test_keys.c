/* test_keys — the key table: no key means two things, every action is documented, counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "store/base/err.h"
#include "tui/keys.h"

static enum action feed(struct key_state *state, enum key_scope scope, const char *keys, int *count)
{
    enum action action = ACTION_NONE;
    bool unknown;
    for (; *keys != '\0'; keys++) {
        action = keys_feed(state, keys_standard(), scope, (unsigned char)*keys, count, &unknown);
    }
    return action;
}

static void check(enum key_scope scope, const char *keys, enum action action, int count)
{
    struct key_state state = {0};
    int got = 0;
    assert_int_equal(feed(&state, scope, keys, &got), action);
    assert_int_equal(got, count);
    assert_int_equal(state.count, 0);
    assert_int_equal(state.prefix, 0);
}

static bool share_a_code(const struct key_binding *a, const struct key_binding *b)
{
    for (size_t i = 0; i < ARRAY_LEN(a->codes) && a->codes[i] != 0; i++) {
        for (size_t j = 0; j < ARRAY_LEN(b->codes) && b->codes[j] != 0; j++) {
            if (a->codes[i] == b->codes[j]) {
                return true;
            }
        }
    }
    return false;
}

/* A pane may have its own words for a key of all panes, but not another meaning. */
static void no_key_means_two_things_in_a_pane(void **state)
{
    (void)state;
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            const struct key_binding *a = &table[i];
            const struct key_binding *b = &table[j];
            bool meet = a->scope == b->scope || a->scope == KEYS_ALL || b->scope == KEYS_ALL;
            if (!meet || a->prefix != b->prefix || !share_a_code(a, b)) {
                continue;
            }
            if (a->scope == b->scope || a->action != b->action) {
                fail_msg("%s and %s", a->keys, b->keys);
            }
        }
    }
}

static void every_row_has_words_and_every_action_a_row(void **state)
{
    (void)state;
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    bool bound[ACTION_COUNT] = {false};
    for (size_t i = 0; i < count; i++) {
        assert_non_null(table[i].keys);
        assert_non_null(table[i].group);
        assert_non_null(table[i].label);
        assert_int_not_equal(table[i].label[0], '\0');
        assert_int_equal(table[i].footer_priority != 0,
                         table[i].brief != NULL && table[i].action != ACTION_HELP);
        assert_int_not_equal(table[i].codes[0], 0);
        bound[table[i].action] = true;
    }
    for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
        if (!bound[action]) {
            fail_msg("action %d has no key", action);
        }
    }
}

static void every_prefix_is_introduced(void **state)
{
    (void)state;
    size_t count = keys_standard()->count;
    const struct key_binding *table = keys_standard()->rows;
    for (size_t i = 0; i < count; i++) {
        if (table[i].prefix == 0) {
            continue;
        }
        struct key_state keys = {0};
        int number;
        bool unknown;
        assert_int_equal(keys_feed(&keys, keys_standard(), table[i].scope,
                                   (unsigned char)table[i].prefix, &number, &unknown),
                         ACTION_NONE);
        assert_false(unknown);
        assert_int_equal(keys.prefix, table[i].prefix);
    }
}

static void keys_mean_what_the_pane_says(void **state)
{
    (void)state;
    check(KEYS_LIST, "j", ACTION_DOWN, 1);
    check(KEYS_LIST, " ", ACTION_PAGE_DOWN, 1);
    check(KEYS_WATERFALL, " ", ACTION_FOLD_TOGGLE, 1);
    check(KEYS_LIST, "p", ACTION_PREVIEW, 1);
    check(KEYS_WATERFALL, "p", ACTION_PARENT, 1);
    check(KEYS_LIST, "l", ACTION_OPEN, 1);
    check(KEYS_WATERFALL, "l", ACTION_RIGHT, 1);
    check(KEYS_DETAILS, "w", ACTION_WRAP, 1);
    check(KEYS_LIST, "\x05", ACTION_DOWN, 1);
    check(KEYS_LIST, "\x1b", ACTION_BACK, 1);
}

static void counts_wait_for_a_motion(void **state)
{
    (void)state;
    check(KEYS_LIST, "5j", ACTION_DOWN, 5);
    check(KEYS_LIST, "120G", ACTION_LAST, 120);
    check(KEYS_LIST, "0", ACTION_FIT, 1);
    check(KEYS_LIST, "10j", ACTION_DOWN, 10);
    check(KEYS_WATERFALL, "3e", ACTION_NEXT_ERROR, 3);
    check(KEYS_WATERFALL, "2+", ACTION_ZOOM_IN, 2);
    check(KEYS_LIST, "99999999999999999999j", ACTION_DOWN, 999999999);
}

static void escape_drops_a_count_and_a_prefix(void **state)
{
    (void)state;
    struct key_state keys = {0};
    int count;
    bool unknown;
    feed(&keys, KEYS_LIST, "12", &count);
    assert_int_equal(keys.count, 12);
    assert_int_equal(keys_feed(&keys, keys_standard(), KEYS_LIST, 0x1B, &count, &unknown),
                     ACTION_NONE);
    assert_false(unknown);
    assert_int_equal(keys.count, 0);
    feed(&keys, KEYS_WATERFALL, "z", &count);
    assert_int_equal(keys_feed(&keys, keys_standard(), KEYS_WATERFALL, 0x1B, &count, &unknown),
                     ACTION_NONE);
    assert_false(unknown);
    assert_int_equal(keys.prefix, 0);
}

static void prefixes_take_one_more_key(void **state)
{
    (void)state;
    check(KEYS_WATERFALL, "zM", ACTION_FOLD_ALL, 1);
    check(KEYS_WATERFALL, "z4", ACTION_FOLD_DEPTH, 4);
    check(KEYS_DETAILS, "za", ACTION_FOLD_TOGGLE, 1);
    check(KEYS_LIST, "yt", ACTION_COPY_TRACE_ID, 1);
    check(KEYS_LIST, "sd", ACTION_SORT_DURATION, 1);
    check(KEYS_LIST, "mq", ACTION_MARK, 'q');
    check(KEYS_LIST, "'q", ACTION_GO_MARK, 'q');
    check(KEYS_LIST, "'3", ACTION_LOAD_SAVED, 3);
    check(KEYS_LIST, "''", ACTION_GO_BACK, 1);
    check(KEYS_LIST, "gg", ACTION_FIRST, 1);

    struct key_state keys = {0};
    int count;
    bool unknown;
    feed(&keys, KEYS_LIST, "y", &count);
    assert_int_equal(keys_feed(&keys, keys_standard(), KEYS_LIST, 'X', &count, &unknown),
                     ACTION_NONE);
    assert_true(unknown);
    assert_int_equal(keys.prefix, 0);
}

static void unknown_keys_are_reported(void **state)
{
    (void)state;
    struct key_state keys = {0};
    int count;
    bool unknown;
    assert_int_equal(keys_feed(&keys, keys_standard(), KEYS_LIST, 0xE9, &count, &unknown),
                     ACTION_NONE);
    assert_true(unknown);
    keys_feed(&keys, keys_standard(), KEYS_LIST, 'z', &count,
              &unknown); /* folds are for the other panes */
    assert_true(unknown);
    keys_feed(&keys, keys_standard(), KEYS_LIST, KEY_CODE_ALT + 'b', &count, &unknown);
    assert_true(unknown);
}

static void a_prefix_can_list_its_keys(void **state)
{
    (void)state;
    const struct key_binding *found[64];
    assert_int_equal(keys_prefix_bindings(keys_standard(), KEYS_WATERFALL, 'z', found, 64), 8);
    assert_int_equal(keys_prefix_bindings(keys_standard(), KEYS_DETAILS, 'z', found, 64), 3);
    assert_int_equal(keys_prefix_bindings(keys_standard(), KEYS_LIST, 'z', found, 64), 0);
    assert_int_equal(keys_prefix_bindings(keys_standard(), KEYS_LIST, 'y', found, 64), 13);
    assert_int_equal(keys_prefix_bindings(keys_standard(), KEYS_LIST, 'y', found, 2), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_means_two_things_in_a_pane),
        cmocka_unit_test(every_row_has_words_and_every_action_a_row),
        cmocka_unit_test(every_prefix_is_introduced),
        cmocka_unit_test(keys_mean_what_the_pane_says),
        cmocka_unit_test(counts_wait_for_a_motion),
        cmocka_unit_test(escape_drops_a_count_and_a_prefix),
        cmocka_unit_test(prefixes_take_one_more_key),
        cmocka_unit_test(unknown_keys_are_reported),
        cmocka_unit_test(a_prefix_can_list_its_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
