/* test_expression — what regular expressions mean, beside another implementation, and what they
 * cost. */
#include <locale.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/base/expression.h"

static struct expression *compiled(const char *source)
{
    struct expression *expression = NULL;
    struct err_msg why = {""};
    if (expression_compile(text_from(source), &expression, &why) != ERR_OK) {
        fail_msg("%s: %s", source, why.text);
    }
    return expression;
}

static void they_mean_what_everybody_expects(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text, *match; /* NULL: none */
    } cases[] = {
        {"abc", "xabcx", "abc"},
        {"a.c", "abbc aéc", "aéc"},
        {"^GET /api/v[0-9]+", "GET /api/v12/users", "GET /api/v12"},
        {"^b", "ab", NULL},
        {"b$", "ab", "b"},
        {"a$", "ab", NULL},
        {"a|ab|abc", "abcd", "abc"}, /* the longest */
        {"x*", "aaxxx", "xxx"},      /* the first that is not empty */
        {"(a|b)*c", "xxabac", "abac"},
        {"(foo|bar){2}", "foobarfoo", "foobar"},
        {"a{2,3}", "aaaa", "aaa"},
        {"^a{,2}$", "aaa", NULL},
        {"^a{2,}$", "aaaaa", "aaaaa"},
        {"a{0}b", "aab", "b"},
        {"{\"id\": ?{2}", "{\"id\":  ", "{\"id\":  "}, /* a brace that begins no interval */
        {"a{x}", "a{x}", "a{x}"},
        {"<.*?>", "<a> <b>", "<a> <b>"}, /* there is no shortest match */
        {"a+?", "aa", "aa"},
        {"^a+?$", "", NULL},
        {"[]a]+", "x]a]", "]a]"},
        {"[^]a]+", "]xya", "xy"},
        {"[a-c-]+", "x-b", "-b"},
        {"[\\]\\w-]+", "(a-b])", "a-b]"},
        {"[^\\s\"]+", " \"word\"", "word"},
        {"[\\D]+", "12ab3", "ab"},
        {"[[:alpha:]_]+[[:digit:]]", "1_ab2", "_ab2"},
        {"[ä-ü]+", "aöäz", "öä"},
        {"[^ä]", "äö", "ö"},
        {"\\d+\\.\\d+", "v1.25x", "1.25"},
        {"\\w+\\W\\w+", "  user.id ", "user.id"},
        {"\\S+\\s\\S+", " a\tb ", "a\tb"},
        {"a\\nb", "a\nb", "a\nb"},
        {"\\bid\\b", "width id", "id"},
        {"\\bid\\b", "width", NULL},
        {"\\Bid", "id width", "id"},
        {"\\<a\\w*\\>", "ba ab", "ab"},
        {"\\Aa\\z", "a", "a"},
        {"(?i)time(?:d )?out", "Request TIMED OUT", "TIMED OUT"},
        {"(?i)[a-c]+x", "ABCX", "ABCX"},
        {"(?i)[^a]", "Ab", "b"},
        {"TIME", "time", NULL},
        {"(|a)(|b)c", "abc", "abc"},
        {"(a*)*b", "aab", "aab"},
        {"((a?){2}){2}$", "aaaaaa", "aaaa"},
        {".", "\xFF", "\xFF"}, /* a byte that is no character counts as one */
        {"^[^a]$", "\xC3", "\xC3"},
        {"é", "\xC3", NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expression *expression = compiled(cases[i].source);
        struct text text = text_from(cases[i].text);
        uint64_t steps_left = 1000000;
        size_t start = 0, end = 0;
        bool found = expression_find(expression, text, 0, &steps_left, &start, &end);
        struct text match = text_make(text.data + start, end - start);
        if (found != (cases[i].match != NULL) || (found && !text_is(match, cases[i].match))) {
            fail_msg("%s in '%s': '%.*s'", cases[i].source, cases[i].text, TEXT_ARGS(match));
        }
        assert_true(expression_matches(expression, text) || !found);
        expression_free(expression);
    }
}

/* Behind a match the rest is searched as what it is: not the begin of a text, and behind what
 * stands in front of it. */
static void a_search_goes_on_behind_a_match(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
        size_t from;
        bool found;
    } cases[] = {
        {"^x", "ax", 1, false},       {"\\bx", "ax", 1, false},    {"\\bx", "-x", 1, true},
        {"\\bx", "äx", 2, true},      {"\\bx", "a\x80x", 2, true}, /* a byte that is no character is
                                                                      none of a word */
        {"\\Bx", "a\x80x", 2, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expression *expression = compiled(cases[i].source);
        uint64_t steps_left = 1000;
        size_t start, end;
        bool found = expression_find(expression, text_from(cases[i].text), cases[i].from,
                                     &steps_left, &start, &end);
        if (found != cases[i].found) {
            fail_msg("%s in '%s'", cases[i].source, cases[i].text);
        }
        expression_free(expression);
    }
}

static void an_empty_match_is_a_match_but_not_a_find(void **state)
{
    (void)state;
    static const char *const sources[] = {"", "^$", "a*", "\\b|", "()"};
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        struct expression *expression = compiled(sources[i]);
        uint64_t steps_left = 1000;
        size_t start = 7, end = 7;
        assert_true(expression_matches(expression, TEXT("")));
        assert_true(expression_matches(expression, (struct text){NULL, 0}));
        assert_false(expression_find(expression, TEXT(""), 0, &steps_left, &start, &end));
        assert_true(start == 7 && end == 7);
        expression_free(expression);
    }
}

static void a_wrong_one_is_explained(void **state)
{
    (void)state;
    static const struct {
        const char *source, *why;
    } cases[] = {
        {"(a", "a ( is not closed"},
        {"a)", "a ) without its ("},
        {"[a", "a [ is not closed"},
        {"[]", "a [ is not closed"},
        {"*a", "nothing to repeat before *"},
        {"a|+", "nothing to repeat before +"},
        {"({2})", "nothing to repeat before {"},
        {"a{3,2}", "in {3,2} the second number is smaller"},
        {"[z-a]", "a range in [] ends before it begins"},
        {"[[:word:]]", "after [: a class like alpha:] expected"},
        {"[[.a.]]", "[.x.] and [=x=] are not supported"},
        {"a\\", "the expression ends in a backslash"},
        {"(a)\\1", "back-references like \\1 are not supported"},
        {"\\p{L}", "\\p means nothing here"},
        {"(?=a)", "of what begins with (? only (?:...) and, at the begin, (?i) are supported"},
        {"a(?i)b", "of what begins with (? only (?:...) and, at the begin, (?i) are supported"},
        {"(a{100}){100}",
         "the expression repeats more than fits: written out it has over 2000 steps"},
        {"((((a{99}){99}){99}){99}){99}",
         "the expression repeats more than fits: written out it has over 2000 steps"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct expression *expression = NULL;
        struct err_msg why = {""};
        assert_int_not_equal(expression_compile(text_from(cases[i].source), &expression, &why),
                             ERR_OK);
        assert_null(expression);
        assert_string_equal(why.text, cases[i].why);
    }
    char long_one[EXPRESSION_LARGEST_BYTES + 2];
    memset(long_one, 'a', sizeof long_one);
    long_one[sizeof long_one - 1] = '\0';
    struct expression *expression;
    assert_int_equal(expression_compile(text_from(long_one), &expression, NULL), ERR_LIMIT);
    expression_free(compiled(long_one + 1));
}

/* Two bytes that name six ranges, as often as fits. */
static void there_is_room_for_all_characters_one_names(void **state)
{
    (void)state;
    char source[EXPRESSION_LARGEST_BYTES + 1] = "(?i)\\b";
    char text[EXPRESSION_LARGEST_BYTES] = "";
    while (strlen(source) + 2 <= EXPRESSION_LARGEST_BYTES) {
        strcat(source, "\\w");
        strcat(text, "a");
    }
    struct expression *expression = compiled(source);
    assert_true(expression_matches(expression, text_from(text)));
    assert_false(expression_matches(expression, text_from(text + 1)));
    expression_free(expression);
}

static uint64_t random_state = 88172645463325252u;

static size_t any(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % below);
}

static struct text append_any(char *target, const char *const *words, size_t count, size_t most)
{
    target[0] = '\0';
    for (size_t left = any(most + 1); left > 0; left--) {
        strcat(target, words[any(count)]);
    }
    return text_from(target);
}

/* libc reads the same language, but for what it is not asked here: shortest matches, letters beyond
 * ASCII as parts of words, and \< inside of a repetition, where it is wrong. */
static void they_find_what_libc_finds(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "(", ")",   "|",    "*",  "+",    "(b)?", "{2}",   "{0,3}",       "{3,}",
        "a", "b",   "^",    "$",  "[ab]", "[^a]", ".",     "(a|b)",       "(|a)",
        "é", "[é]", "[^é]", "a*", "b+",   " ",    "(ab|)", "[[:digit:]]", "1"};
    static const char *const pieces[] = {"a", "b", "ab", "ba", "é", " ", "1"};
    char *locale = setlocale(LC_ALL, "C.UTF-8");
    assert_non_null(locale);
    size_t compared = 0;
    while (compared < 20000) {
        char source[128], text[64];
        append_any(source, parts, ARRAY_LEN(parts), 7);
        regex_t regex;
        struct expression *expression;
        if (expression_compile(text_from(source), &expression, NULL) != ERR_OK) {
            continue;
        }
        if (regcomp(&regex, source, REG_EXTENDED) != 0) {
            expression_free(expression);
            continue;
        }
        for (size_t i = 0; i < 10; i++, compared++) {
            struct text given = append_any(text, pieces, ARRAY_LEN(pieces), 7);
            regmatch_t range;
            bool expected = regexec(&regex, text, 1, &range, 0) == 0;
            uint64_t steps_left = 1000000;
            size_t start, end;
            bool found = expression_find(expression, given, 0, &steps_left, &start, &end);
            if (expression_matches(expression, given) != expected || (found && !expected)) {
                fail_msg("%s in '%s': libc %d", source, text, expected);
            }
            if (expected && range.rm_eo > range.rm_so &&
                (!found || start != (size_t)range.rm_so || end != (size_t)range.rm_eo)) {
                fail_msg("%s in '%s': %zu to %zu", source, text, start, end);
            }
        }
        regfree(&regex);
        expression_free(expression);
    }
}

/* Most of them made another implementation run for ever or take gigabytes. */
static void none_takes_for_ever(void **state)
{
    (void)state;
    static const struct {
        const char *before, *part;
        size_t times;
        const char *behind;
    } sources[] = {
        {"(", "(a*|b*)", 24, ")*c"},
        {"(", "(a?|b?)", 12, ")+c"},
        {"a", "+", 100, "c"},
        {"(a|b)", "*", 100, "c"},
        {"", "(.*)", 20, "c"},
        {"(a|aa)+c", "", 0, ""},
        {"((a*)*)*c", "", 0, ""},
        {"(", "a|", 100, "b)*c"},
        {"(a?){400}a{400}c", "", 0, ""},
        {"[ab]{900}c", "", 0, ""},
        {"(a|b)*a(a|b){200}c", "", 0, ""},
    };
    char text[20001];
    for (size_t i = 0; i < sizeof text - 1; i++) {
        text[i] = "ab"[any(2)];
    }
    text[sizeof text - 1] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        char source[EXPRESSION_LARGEST_BYTES + 1];
        strcpy(source, sources[i].before);
        for (size_t times = 0; times < sources[i].times; times++) {
            strcat(source, sources[i].part);
        }
        strcat(source, sources[i].behind);
        struct expression *expression = compiled(source);
        assert_false(expression_matches(expression, text_from(text)));
        expression_free(expression);
    }
}

static void a_search_stops_when_its_steps_are_used_up(void **state)
{
    (void)state;
    struct expression *expression = compiled("b|a.*b");
    char text[10001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[5] = 'b';
    uint64_t steps_left = 100000;
    size_t start, end;
    assert_true(expression_find(expression, text_from(text), 0, &steps_left, &start, &end));
    assert_int_equal(start, 0);
    assert_int_equal(end, 6);
    steps_left = 1000;
    assert_true(expression_find(expression, text_from(text), 3, &steps_left, &start, &end));
    assert_int_equal(start, 3); /* what was not searched to its end is all of it */
    assert_int_equal(end, sizeof text - 1);
    assert_int_equal(steps_left, 0);
    expression_free(expression);
}

/* What stands between two characters is work too, even if nothing comes of it. */
static void steps_that_take_no_character_are_steps(void **state)
{
    (void)state;
    struct expression *expression = compiled("(\\b|\\B)(x?){900}1");
    char text[1001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    uint64_t steps_left = 100000;
    size_t start, end;
    assert_true(expression_find(expression, text_from(text), 0, &steps_left, &start, &end));
    assert_int_equal(start, 0);
    assert_int_equal(end, sizeof text - 1);
    assert_int_equal(steps_left, 0);
    expression_free(expression);
}

/* More states than are kept: they are forgotten and worked out again. */
static void forgotten_states_are_found_again(void **state)
{
    (void)state;
    struct expression *expression = compiled("(a|b)*a(a|b){14}c");
    char text[4096];
    for (size_t round = 0; round < 20; round++) {
        size_t length = 200 + any(sizeof text - 200);
        for (size_t i = 0; i < length; i++) {
            text[i] = "ab"[any(2)];
        }
        text[length - 1] = 'c';
        bool expected = text[length - 16] == 'a';
        assert_int_equal(expression_matches(expression, text_make(text, length)), expected);
    }
    expression_free(expression);
}

enum { THREADS = 4 };

static void *search_often(void *argument)
{
    const struct expression *expression = argument;
    size_t right = 0;
    for (size_t i = 0; i < 500; i++) {
        char text[64];
        snprintf(text, sizeof text, "order %zu of %zu", i, i * 7919);
        right += expression_matches(expression, text_from(text));
        right += !expression_matches(expression, text_make(text, 6));
    }
    return right == 1000 ? argument : NULL;
}

static void several_threads_search_with_one(void **state)
{
    (void)state;
    struct expression *expression = compiled("order [0-9]+ of [0-9]*$");
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, search_often, expression), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        void *answer;
        assert_int_equal(pthread_join(threads[i], &answer), 0);
        assert_ptr_equal(answer, expression);
    }
    expression_free(expression);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_mean_what_everybody_expects),
        cmocka_unit_test(a_search_goes_on_behind_a_match),
        cmocka_unit_test(an_empty_match_is_a_match_but_not_a_find),
        cmocka_unit_test(a_wrong_one_is_explained),
        cmocka_unit_test(there_is_room_for_all_characters_one_names),
        cmocka_unit_test(they_find_what_libc_finds),
        cmocka_unit_test(none_takes_for_ever),
        cmocka_unit_test(a_search_stops_when_its_steps_are_used_up),
        cmocka_unit_test(steps_that_take_no_character_are_steps),
        cmocka_unit_test(forgotten_states_are_found_again),
        cmocka_unit_test(several_threads_search_with_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
