/* query_find — a trace by its id, in any spelling, or by how that begins. */
#ifndef TRACETUI_STORE_SQL_QUERY_FIND_H
#define TRACETUI_STORE_SQL_QUERY_FIND_H

#include <stdbool.h>

#include "store/base/text.h"

struct query;

/* Adds "SELECT number FROM id_of_trace ..." for all traces whose id is that text, in any spelling,
 * or begins with it. False if no id can begin so. */
bool trace_id_query(struct query *query, struct text id_or_prefix);

#endif
