/* distribution — percentiles of many values: exact for some, then within 1 % for any number.
 *
 * The buckets are those of an HDR histogram: 64 for each power of two, so a bucket's middle is at
 * most one part in 128 away from each of its values. */
#include "store/sql/distribution.h"

#include <stdlib.h>

#include "store/base/err.h"

enum { SUB_BITS = 6, SUB_BUCKETS = 1 << SUB_BITS, BUCKETS = DISTRIBUTION_BUCKETS };
_Static_assert(BUCKETS == (63 - SUB_BITS + 1) * SUB_BUCKETS, "one for every value");

static size_t bucket_of(int64_t value)
{
    if (value < SUB_BUCKETS) {
        return (size_t)value;
    }
    int exponent = 63 - __builtin_clzll((unsigned long long)value);
    size_t sub = (size_t)(value >> (exponent - SUB_BITS)) & (SUB_BUCKETS - 1);
    return (size_t)(exponent - SUB_BITS + 1) * SUB_BUCKETS + sub;
}

static int64_t width_of(size_t bucket)
{
    return bucket < SUB_BUCKETS ? 1 : INT64_C(1) << (bucket / SUB_BUCKETS - 1);
}

static int64_t middle_of(size_t bucket)
{
    return distribution_bucket_least(bucket) + width_of(bucket) / 2;
}

size_t distribution_bucket(int64_t value)
{
    return bucket_of(value > 0 ? value : 0);
}

int64_t distribution_bucket_least(size_t bucket)
{
    if (bucket < SUB_BUCKETS) {
        return (int64_t)bucket;
    }
    return (int64_t)(bucket % SUB_BUCKETS + SUB_BUCKETS) * width_of(bucket);
}

int64_t distribution_bucket_largest(size_t bucket)
{
    return distribution_bucket_least(bucket) + (width_of(bucket) - 1);
}

static void pour_into_buckets(struct distribution *distribution)
{
    if (distribution->buckets != NULL) {
        return;
    }
    distribution->buckets = mem_zero(BUCKETS, sizeof *distribution->buckets);
    for (int64_t i = 0; i < distribution->count; i++) {
        distribution->buckets[bucket_of(distribution->values[i])]++;
    }
    free(distribution->values);
    distribution->values = NULL;
    distribution->capacity = 0;
}

static void keep(struct distribution *distribution, int64_t value)
{
    size_t count = (size_t)distribution->count;
    if (distribution->values == NULL || count == distribution->capacity) {
        size_t capacity = count != 0 ? count * 2 : 64;
        capacity = capacity < distribution->exact_limit ? capacity : distribution->exact_limit;
        distribution->values =
            mem_grow(distribution->values, capacity * sizeof *distribution->values);
        distribution->capacity = capacity;
    }
    distribution->values[count] = value;
}

/* Everything but the values: there are `count` more, from least to largest. */
static void sum_up(struct distribution *distribution, int64_t count, int64_t sum, int64_t least,
                   int64_t largest)
{
    if (distribution->count == 0 || least < distribution->least) {
        distribution->least = least;
    }
    if (largest > distribution->largest) {
        distribution->largest = largest;
    }
    if (__builtin_add_overflow(distribution->sum, sum, &distribution->sum)) {
        distribution->sum = INT64_MAX;
    }
    distribution->count += count;
}

void distribution_add(struct distribution *distribution, int64_t value)
{
    value = value > 0 ? value : 0;
    if (distribution->buckets == NULL && (size_t)distribution->count == distribution->exact_limit) {
        pour_into_buckets(distribution);
    }
    if (distribution->buckets != NULL) {
        distribution->buckets[bucket_of(value)]++;
    } else {
        keep(distribution, value);
    }
    sum_up(distribution, 1, value, value, value);
}

bool distribution_part_is_sound(const struct distribution_part *part)
{
    int64_t left = part->count;
    for (size_t i = 0; i < part->bucket_count; i++) {
        int64_t bucket = part->buckets[2 * i];
        int64_t count = part->buckets[2 * i + 1];
        if (bucket < 0 || bucket >= BUCKETS || count < 0 || count > left) {
            return false;
        }
        left -= count;
    }
    return left == 0 && part->sum >= 0 && part->least >= 0 && part->least <= part->largest;
}

bool distribution_add_part(struct distribution *distribution, const struct distribution_part *part)
{
    if (!distribution_part_is_sound(part)) {
        return false;
    }
    if (part->count == 0) {
        return true;
    }
    pour_into_buckets(distribution);
    for (size_t i = 0; i < part->bucket_count; i++) {
        distribution->buckets[part->buckets[2 * i]] += (uint64_t)part->buckets[2 * i + 1];
    }
    sum_up(distribution, part->count, part->sum, part->least, part->largest);
    return true;
}

bool distribution_next_bucket(const struct distribution *distribution, size_t *at,
                              int64_t *ret_count)
{
    for (; distribution->buckets != NULL && *at < BUCKETS; ++*at) {
        if (distribution->buckets[*at] != 0) {
            *ret_count = (int64_t)distribution->buckets[*at];
            return true;
        }
    }
    return false;
}

/* The value that would stand at a place if all were sorted: Hoare's selection. It leaves the values
 * partly sorted, so that the next one is found sooner. */
static int64_t select_value(int64_t *values, size_t count, size_t place)
{
    size_t low = 0;
    size_t high = count - 1;
    while (low < high) {
        int64_t pivot = values[low + (high - low) / 2];
        size_t left = low;
        size_t right = high;
        for (;;) {
            while (values[left] < pivot) {
                left++;
            }
            while (values[right] > pivot) {
                right--;
            }
            if (left >= right) {
                break;
            }
            int64_t value = values[left];
            values[left++] = values[right];
            values[right--] = value;
        }
        if (place <= right) {
            high = right;
        } else {
            low = right + 1;
        }
    }
    return values[place];
}

static int64_t clamp(const struct distribution *distribution, int64_t value)
{
    value = value > distribution->least ? value : distribution->least;
    return value < distribution->largest ? value : distribution->largest;
}

int64_t distribution_percentile(struct distribution *distribution, int percent)
{
    if (distribution->count == 0) {
        return 0;
    }
    int64_t rank = (int64_t)(((__int128)distribution->count * percent + 99) / 100);
    rank = rank > 0 ? rank : 1;
    if (distribution->buckets == NULL) {
        return select_value(distribution->values, (size_t)distribution->count, (size_t)rank - 1);
    }
    size_t bucket = 0;
    for (uint64_t seen = distribution->buckets[0]; seen < (uint64_t)rank;) {
        seen += distribution->buckets[++bucket];
    }
    return clamp(distribution, middle_of(bucket));
}

bool distribution_is_exact(const struct distribution *distribution)
{
    return distribution->buckets == NULL;
}

void distribution_clear(struct distribution *distribution)
{
    free(distribution->values);
    free(distribution->buckets);
    *distribution = (struct distribution){.exact_limit = distribution->exact_limit};
}
