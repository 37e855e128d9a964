/* distribution — percentiles of many values: exact for some, then within 1 % for any number. */
#ifndef TRACETUI_STORE_SQL_DISTRIBUTION_H
#define TRACETUI_STORE_SQL_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values from a bucket's least to its largest are one. */
enum { DISTRIBUTION_BUCKETS = 3712 };
size_t distribution_bucket(int64_t value); /* below zero counts as zero */
int64_t distribution_bucket_least(size_t bucket);
int64_t distribution_bucket_largest(size_t bucket);

/* {0} is empty, with room for no exact value: set exact_limit first. */
struct distribution {
    size_t exact_limit;
    int64_t *values; /* all of them, as long as they are not more than exact_limit */
    size_t capacity;
    uint64_t *buckets; /* NULL while the values are kept */
    int64_t count, sum, least, largest;
};

/* Many values as a distribution knows them: pairs of the number of a bucket and how many values it
 * holds. */
struct distribution_part {
    int64_t count, sum, least, largest;
    const int64_t *buckets;
    size_t bucket_count; /* of pairs */
};

/* Values below zero count as zero. The sum stops at INT64_MAX. */
void distribution_add(struct distribution *distribution, int64_t value);

/* Whether the part's numbers can be those of so many values. */
bool distribution_part_is_sound(const struct distribution_part *part);
/* From now on percentiles are within 1 %. False, and nothing changes, if the part makes no sense.
 */
bool distribution_add_part(struct distribution *distribution, const struct distribution_part *part);
/* The first bucket from *at on that holds values, with how many; false if there is none. For a
 * distribution with an exact_limit of 0. */
bool distribution_next_bucket(const struct distribution *distribution, size_t *at,
                              int64_t *ret_count);

/* The value that percent of all do not exceed (nearest rank); 0 when empty. Moves
 * values about. */
int64_t distribution_percentile(struct distribution *distribution, int percent);

bool distribution_is_exact(const struct distribution *distribution);
void distribution_clear(struct distribution *distribution);

#endif
