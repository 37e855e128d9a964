/* filter_terms — one term of a query as an SQL condition over `trace t` or one `span s`. */
#ifndef TRACETUI_STORE_SQL_FILTER_TERMS_H
#define TRACETUI_STORE_SQL_FILTER_TERMS_H

#include "store/sql/filter_sql.h"

/* What the conditions of one query share while they are written. */
struct compiler {
    struct reader *reader;
    int64_t now_ns;
    struct query *out;
    bool in_span;                /* conditions are about one `span s` */
    bool needs_body;             /* set by conditions on `body b` of the span */
    enum filter_anchor strength; /* of the condition written last */
    struct err_msg *why;
};

/* Adds the condition; it may be NULL for a row where its column is. */
enum err filter_term_add(struct compiler *compiler, const struct filter_node *term) MUST_CHECK;

/* The moments from *ret_low_ns to *ret_high_ns for since:, until: and at:. */
void filter_time_range(const struct filter_node *term, int64_t now_ns, int64_t *ret_low_ns,
                       int64_t *ret_high_ns);

#endif
