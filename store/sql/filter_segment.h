/* filter_segment — compiles the tree of a query to tests over the columns of a segment. */
#ifndef TRACETUI_STORE_SQL_FILTER_SEGMENT_H
#define TRACETUI_STORE_SQL_FILTER_SEGMENT_H

#include "store/filter.h"
#include "store/sql/segment.h"

struct reader;
struct segment_test;

/* {0} holds for every row. */
struct segment_filter {
    struct segment_test *root;
    uint32_t columns; /* that must be filled: 1 << enum segment_column */
};

/* True if all terms of the filter are about what segments hold. */
bool segment_filter_can(const struct filter *filter);

/* Only if it can. Resolves names, so it belongs into the read transaction of the question. Owns:
 * the caller clears ret_filter. */
enum err segment_filter_build(struct reader *reader, const struct filter *filter, int64_t now_ns,
                              struct segment_filter *ret_filter, struct err_msg *why) MUST_CHECK;
void segment_filter_clear(struct segment_filter *filter);

/* False: no row of a segment with these ranges can satisfy the filter. */
bool segment_filter_may(const struct segment_filter *filter, const struct segment_zone *zone);

/* What values of a column the filter leaves possible, as far as that is easily said. */
void segment_filter_bounds(const struct segment_filter *filter, enum segment_column column,
                           int64_t *ret_least, int64_t *ret_largest);

/* What a filter asks for where that is easily said: a value of a column, and when traces started.
 */
struct segment_filter_core {
    enum segment_column column; /* COLUMN_SERVICE_SET: one member; COLUMN_COUNT: no value */
    int64_t value, from_ns, to_ns;
    bool is_all; /* it asks for nothing else */
};
struct segment_filter_core segment_filter_core(const struct segment_filter *filter);

/* keep[i] becomes 1 where row i satisfies the filter, else 0. */
void segment_filter_run(const struct segment_filter *filter, const struct segment *segment,
                        uint8_t keep[SEGMENT_ROWS]);

#endif
