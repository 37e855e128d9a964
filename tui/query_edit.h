/* query_edit — changes of a query's text that keep the user's own words: a term less, a term more.
 */
#ifndef TRACETUI_TUI_QUERY_EDIT_H
#define TRACETUI_TUI_QUERY_EDIT_H

#include "store/filter.h"

enum { QUERY_TERMS_LARGEST = 200 };

/* The terms that stand side by side at the top of the query, outside parentheses, braces and
 * negations, in the order of the text. Borrowed from the filter. Returns their number, at most
 * capacity. */
size_t query_terms(const struct filter *filter, const struct filter_node **ret_terms,
                   size_t capacity);

/* Appends the query's text without those terms. */
void query_without(const struct filter *filter, const struct filter_node *const *terms,
                   size_t count, struct text_buffer *target);

/* The same, leaving out every top term of the `count` fields. */
void query_without_fields(const struct filter *filter, const enum filter_field *fields,
                          size_t count, struct text_buffer *target);

/* Appends the query's text with one more term; an OR is put into parentheses first. A term that is
 * there already is not added twice. */
void query_with(const struct filter *filter, struct text term, struct text_buffer *target);

/* Appends the whole query as something that can stand beside other terms: an OR in parentheses. */
void query_append_group(const struct filter *filter, struct text_buffer *target);

/* Appends a value as it must be written in a query: quoted where it needs to be. */
void query_append_value(struct text_buffer *target, struct text value);

/* Appends "2025-11-20T14:03:20.412Z", as since: and until: read it. */
void query_append_time(struct text_buffer *target, int64_t ns);

#endif
