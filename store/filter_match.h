/* filter_match — does a text match a value: exact, part, glob, regular expression. */
#ifndef TRACETUI_STORE_FILTER_MATCH_H
#define TRACETUI_STORE_FILTER_MATCH_H

#include "store/filter.h"

struct filter_regex {
    struct expression *compiled;
    struct filter_regex *next; /* of the same filter */
};

/* Compiles the pattern of a MATCH_REGEX value; filter_clear of the owner frees it. Errors:
 * ERR_PARSE and ERR_LIMIT with why. */
enum err filter_value_compile(struct filter_value *value, struct filter *owner,
                              struct err_msg *why) MUST_CHECK;

#endif
