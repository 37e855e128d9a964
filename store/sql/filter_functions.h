/* filter_functions — SQL functions for the terms of a query that SQL itself cannot compare.
 *
 *     term_matches(TERM, text)           one text against a term: names, messages
 *     term_in_attributes(TERM, json)     free text: does it stand in an attribute object
 *     term_on_attribute(TERM, json)      attr.KEY and meta.KEY; NULL where the object lacks the key
 *     term_on_sql(TERM, json)            the SQL text among the attributes
 *     term_on_events(TERM, json)         the name of one of the events
 *     has_attribute(key, json)           does the object hold the key
 *
 * TERM is bound with query_add_term. NULL texts never match. */
#ifndef TRACETUI_STORE_SQL_FILTER_FUNCTIONS_H
#define TRACETUI_STORE_SQL_FILTER_FUNCTIONS_H

#include <sqlite3.h>
#include <stdbool.h>

#include "store/base/text.h"

struct filter_node;
struct reader;

/* Returns SQLite's result code. */
int filter_functions_register(struct reader *reader);

/* One of the term's values matches; COMPARE_NE and COMPARE_NOT_REGEX are not looked at. */
bool term_matches(const struct filter_node *term, struct text text);

#endif
