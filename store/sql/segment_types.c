/* segment_types — the spans of a segment's traces, added up by type. */
#include "store/sql/segment_types.h"

#include <stdlib.h>

enum type_value {
    TYPE_ID,
    TYPE_COUNT,
    TYPE_ERRORS,
    TYPE_ENDED,
    TYPE_SUM,
    TYPE_LEAST,
    TYPE_LARGEST,
    TYPE_BUCKETS, /* how many pairs */
    TYPE_VALUES
};

static int by_id(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

void segment_types_set(struct segment *segment, struct grouping *types)
{
    segment->columns[COLUMN_TYPES].count = segment->columns[COLUMN_TYPE_BUCKETS].count = 0;
    if (types->count == 0 || types->count > SEGMENT_TYPES_LARGEST) {
        return;
    }
    qsort(types->groups, types->count, sizeof *types->groups, by_id);
    for (size_t i = 0; i < types->count; i++) {
        const struct group *group = &types->groups[i];
        int64_t pairs = 0, count;
        for (size_t at = 0; distribution_next_bucket(&group->durations, &at, &count); at++) {
            segment_add(segment, COLUMN_TYPE_BUCKETS, (int64_t)at);
            segment_add(segment, COLUMN_TYPE_BUCKETS, count);
            pairs++;
        }
        const int64_t values[TYPE_VALUES] = {
            [TYPE_ID] = group->id,
            [TYPE_COUNT] = group->count,
            [TYPE_ERRORS] = group->errors,
            [TYPE_ENDED] = group->durations.count,
            [TYPE_SUM] = group->durations.sum,
            [TYPE_LEAST] = group->durations.least,
            [TYPE_LARGEST] = group->durations.largest,
            [TYPE_BUCKETS] = pairs,
        };
        for (size_t v = 0; v < TYPE_VALUES; v++) {
            segment_add(segment, COLUMN_TYPES, values[v]);
        }
    }
}

bool segment_types_known(const struct segment *segment)
{
    return segment->columns[COLUMN_TYPES].count > 0;
}

bool segment_types_add(const struct segment *segment, struct grouping *target)
{
    const struct segment_values *types = &segment->columns[COLUMN_TYPES];
    const struct segment_values *buckets = &segment->columns[COLUMN_TYPE_BUCKETS];
    size_t at = 0;
    if (types->count % TYPE_VALUES != 0) {
        return false;
    }
    for (size_t i = 0; i < types->count; i += TYPE_VALUES) {
        const int64_t *values = types->values + i;
        if (values[TYPE_BUCKETS] < 0 ||
            (uint64_t)values[TYPE_BUCKETS] > (buckets->count - at) / 2) {
            return false;
        }
        struct distribution_part part = {
            .count = values[TYPE_ENDED],
            .sum = values[TYPE_SUM],
            .least = values[TYPE_LEAST],
            .largest = values[TYPE_LARGEST],
            .buckets = buckets->values + at,
            .bucket_count = (size_t)values[TYPE_BUCKETS],
        };
        if (!grouping_add_part(target, values[TYPE_ID], values[TYPE_COUNT], values[TYPE_ERRORS],
                               &part)) {
            return false;
        }
        at += 2 * part.bucket_count;
    }
    return at == buckets->count;
}
