/* filter_match — does a text match a value: exact, part, glob, regular expression. */
#include "store/filter_match.h"

#include "store/base/pattern.h"

enum err filter_value_compile(struct filter_value *value, struct filter *owner, struct err_msg *why)
{
    struct filter_regex *regex = arena_zero(&owner->arena, 1, sizeof *regex);
    enum err err = pattern_compile(value->text, REG_NOSUB, &regex->compiled, why);
    if (err == ERR_OK) {
        regex->next = owner->regexes;
        owner->regexes = regex;
        value->regex = regex;
    }
    return err;
}

/* For a value that no parser made. */
static bool matches_uncompiled(struct text pattern, struct text text)
{
    regex_t regex;
    struct err_msg ignored;
    if (pattern_compile(pattern, REG_NOSUB, &regex, &ignored) != ERR_OK) {
        return false;
    }
    bool matches = pattern_matches_regex(&regex, text);
    regfree(&regex);
    return matches;
}

bool filter_value_matches(const struct filter_value *value, struct text text)
{
    switch (value->match) {
    case MATCH_EXACT:
        return text_equals(value->text, text);
    case MATCH_CONTAINS:
        return text_contains_nocase(text, value->text);
    case MATCH_GLOB:
        return pattern_matches_glob(value->text, text);
    case MATCH_REGEX:
        return value->regex != NULL ? pattern_matches_regex(&value->regex->compiled, text)
                                    : matches_uncompiled(value->text, text);
    case MATCH_PREFIX:
        return text.length >= value->text.length &&
               text_contains_nocase(text_make(text.data, value->text.length), value->text);
    }
    return false;
}
