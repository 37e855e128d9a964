/* filter_names — the dictionary ids of all names that a term matches, as an SQL condition. */
#ifndef TRACETUI_STORE_SQL_FILTER_NAMES_H
#define TRACETUI_STORE_SQL_FILTER_NAMES_H

#include "store/filter.h"
#include "store/sql/query.h"
#include "store/sql/schema.h"

struct reader;

/* Adds "column = ?", "column IN (...)" or, without any such name, "0", and says how many ids there
 * are. Exact names are looked up; patterns are tested against every name of the kind. */
enum err filter_names_add(struct query *query, struct reader *reader,
                          const struct filter_node *term, const char *column, enum name_kind kind,
                          size_t *ret_count, struct err_msg *why) MUST_CHECK;

/* The ids themselves, in no order. Owns: the caller frees *ret_ids. */
enum err filter_names_find(struct reader *reader, const struct filter_node *term,
                           enum name_kind kind, int64_t **ret_ids, size_t *ret_count,
                           struct err_msg *why) MUST_CHECK;

#endif
