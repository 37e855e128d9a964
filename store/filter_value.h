/* filter_value — one value of a term: from the text as typed to its canonical form. */
#ifndef TRACETUI_STORE_FILTER_VALUE_H
#define TRACETUI_STORE_FILTER_VALUE_H

#include "store/filter_rules.h"

/* Fills number, real, relative, ... of a value whose text, match and present are set, as the field
 * wants it, and replaces the text by its canonical form (in arena). Errors: ERR_PARSE with why. */
enum err filter_value_read(enum filter_field field, struct filter_value *value, struct arena *arena,
                           struct err_msg *why) MUST_CHECK;

/* True when text cannot stand bare as a value of field (or as free text, FIELD_TEXT). */
bool filter_value_needs_quotes(enum filter_field field, enum filter_match match, struct text text);

#endif
