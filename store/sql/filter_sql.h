/* filter_sql — compiles the tree of a query to conditions over `trace t`. */
#ifndef TRACETUI_STORE_SQL_FILTER_SQL_H
#define TRACETUI_STORE_SQL_FILTER_SQL_H

#include "store/filter.h"
#include "store/sql/query.h"

struct reader;

/* Which index answers the anchor; the later, the fewer rows are expected. */
enum filter_anchor {
    ANCHOR_NONE,
    ANCHOR_TIME,
    ANCHOR_STATUS,
    ANCHOR_OPERATION,
    ANCHOR_TRACE,
    ANCHOR_NOTHING, /* no row can match */
};

/* The conditions in two parts, each empty or a run of " AND (...)": the anchor holds time ranges
 * and at most one equality that has an index in start order, the rest has to be tested row by row.
 * {0} matches everything. */
struct filter_sql {
    struct query anchor;
    struct query rest;
    enum filter_anchor strength;
    bool has_rest;
};

/* Resolves names to ids, so it belongs into the read transaction of the question, or before it when
 * rows of names that come later need not be found. filter may be NULL and must outlive the result.
 * Owns: the caller clears ret_sql; it is untouched on failure. */
enum err filter_sql_build(struct reader *reader, const struct filter *filter, int64_t now_ns,
                          struct filter_sql *ret_sql, struct err_msg *why) MUST_CHECK;
void filter_sql_clear(struct filter_sql *sql);

/* Adds one condition, 0 or 1, over `span s`, and over its `body b` if it needs that. node is a
 * FILTER_SPAN, which must outlive target, or NULL: every span. */
enum err filter_sql_of_span(struct reader *reader, const struct filter_node *node, int64_t now_ns,
                            struct query *target, bool *ret_needs_body,
                            struct err_msg *why) MUST_CHECK;

#endif
