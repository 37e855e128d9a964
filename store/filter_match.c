/* filter_match — does a text match a value: exact, part, glob, regular expression. */
#include "store/filter_match.h"

#include "store/base/expression.h"
#include "store/base/glob.h"

enum err filter_value_compile(struct filter_value *value, struct filter *owner, struct err_msg *why)
{
    struct filter_regex *regex = arena_zero(&owner->arena, 1, sizeof *regex);
    enum err err = expression_compile(value->text, &regex->compiled, why);
    if (err == ERR_OK) {
        regex->next = owner->regexes;
        owner->regexes = regex;
        value->regex = regex;
    }
    return err;
}

/* For a value that no parser made. */
static bool matches_uncompiled(struct text source, struct text text)
{
    struct expression *expression;
    struct err_msg ignored;
    if (expression_compile(source, &expression, &ignored) != ERR_OK) {
        return false;
    }
    bool matches = expression_matches(expression, text);
    expression_free(expression);
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
        return glob_matches(value->text, text);
    case MATCH_REGEX:
        return value->regex != NULL ? expression_matches(value->regex->compiled, text)
                                    : matches_uncompiled(value->text, text);
    case MATCH_PREFIX:
        return text.length >= value->text.length &&
               text_contains_nocase(text_make(text.data, value->text.length), value->text);
    }
    return false;
}
