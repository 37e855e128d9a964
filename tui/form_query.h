/* form_query — a query as the fields of a form: what they can show, and the rest, which survives
 * edits. */
#ifndef TRACETUI_TUI_FORM_QUERY_H
#define TRACETUI_TUI_FORM_QUERY_H

#include "store/filter.h"

/* Values are written as in the query: lists, globs and quotes included. */
enum form_field {
    FORM_USER,
    FORM_SESSION,
    FORM_OPERATION,
    FORM_SPAN,
    FORM_STATUS, /* comma list of status names */
    FORM_DURATION_LEAST,
    FORM_DURATION_MOST,
    FORM_SPANS_LEAST,
    FORM_SERVICE, /* comma list */
    FORM_TYPE,    /* comma list */
    FORM_LAST,    /* since: an age */
    FORM_FROM,    /* since: a moment */
    FORM_TO,
    FORM_KEY, /* of an attribute */
    FORM_COMPARE,
    FORM_VALUE,
    FORM_TEXT,
    FORM_FIELD_COUNT
};

/* {0} is the form of the empty query. */
struct form_query {
    struct text_buffer values[FORM_FIELD_COUNT];
    bool longer, shorter;    /* dur> and dur< rather than dur>= and dur<= */
    struct text_buffer also; /* what the fields cannot show, as the user wrote it */
};

/* form must be empty. */
void form_query_read(struct form_query *form, const struct filter *filter);
/* Appends the query; reading it again gives the same form. */
void form_query_print(const struct form_query *form, struct text_buffer *target);
void form_query_clear(struct form_query *form);

/* Comma lists: is value in it; put it in or take it out. */
bool form_list_has(struct text list, struct text value);
void form_list_toggle(struct text_buffer *list, struct text value);

#endif
