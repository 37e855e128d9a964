/* filter_rules — what each field of the query language takes; private to the filter modules. */
#ifndef TRACETUI_STORE_FILTER_RULES_H
#define TRACETUI_STORE_FILTER_RULES_H

#include "store/filter.h"

enum filter_value_type {
    VALUE_TEXT,
    VALUE_ATTRIBUTE, /* text, and a number where it reads as one */
    VALUE_DURATION,
    VALUE_COUNT,
    VALUE_TIME,
    VALUE_STATUS,
    VALUE_KIND,
    VALUE_ID,
    VALUE_HAS,
};

struct filter_rule {
    const char *name;
    enum filter_value_type type;
    enum filter_match match; /* of field:value */
    bool span;               /* asks about a span; FIELD_HAS: see filter_node_is_span */
    bool in_braces;          /* may be asked of a span in braces */
    bool one_value;          /* takes no list */
};

const struct filter_rule *filter_rule_of(enum filter_field field);

/* By name or alias, whole and case-sensitive; false if there is none. */
bool filter_field_find(struct text name, enum filter_field *ret_field);

/* The field name nearest to a wrong one, or NULL if none is near. */
const char *filter_field_nearest(struct text name);

/* True for a term that asks about one span when it stands outside braces. */
bool filter_term_is_span(const struct filter_node *term);

bool filter_has_is_known(struct text name);

/* "or", "and", "not" in any case: words that people write for operators. */
bool filter_word_is_operator(struct text word);

#endif
