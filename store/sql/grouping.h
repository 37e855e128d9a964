/* grouping — counts and durations by name, or by a pair of names. */
#ifndef TRACETUI_STORE_SQL_GROUPING_H
#define TRACETUI_STORE_SQL_GROUPING_H

#include "store/span.h"
#include "store/sql/distribution.h"

struct group {
    int64_t id, second_id; /* of the names; 0 = none, as of a trace without a user */
    int64_t count, errors;
    struct distribution durations; /* of what has ended */
};

/* {0} is empty. */
struct grouping {
    struct group *groups;
    size_t count, capacity;
    uint32_t *slots; /* open addressing: index + 1, 0 = free */
    size_t slot_count;
    bool is_rough; /* durations are kept in buckets from the first one on */
};

/* Counts one more. duration_ns has no meaning while the status is STATUS_IN_PROGRESS; a span may
 * have failed and not ended: SPAN_RUNNING. */
void grouping_add(struct grouping *grouping, int64_t id, int64_t second_id, enum span_status status,
                  int64_t duration_ns);

/* Counts many more at once, of which some have ended; false if the part makes no sense. */
bool grouping_add_part(struct grouping *grouping, int64_t id, int64_t count, int64_t errors,
                       const struct distribution_part *ended) MUST_CHECK;

/* NULL if there is none. Borrowed until the next _add. */
struct group *grouping_find(const struct grouping *grouping, int64_t id, int64_t second_id);

/* Most first, equals by id. Afterwards nothing can be found or added. */
void grouping_sort(struct grouping *grouping);

void grouping_clear(struct grouping *grouping);

#endif
