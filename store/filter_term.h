/* filter_term — one term of a query: field, operator and values, or free text. */
#ifndef TRACETUI_STORE_FILTER_TERM_H
#define TRACETUI_STORE_FILTER_TERM_H

#include "store/filter_parser.h"

/* Reads the term at the cursor. *ret_node is NULL for limit:, which is no part of the tree. */
enum err filter_term_read(struct filter_parser *parser, struct filter_node **ret_node) MUST_CHECK;

#endif
