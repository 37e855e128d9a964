/* block_tally — adds the traces of a block up by the values of a dimension, some values at a time.
 */
#include "store/sql/block_tally.h"

#include <stdlib.h>
#include <string.h>

#include "store/sql/segment_types.h"

struct tally_sum {
    int64_t value;
    int64_t count, errors, running, cancelled, spans;
    int64_t first_ns, last_ns;
    struct distribution ended;
    int64_t shortest, longest;
    struct block_range ranges[BLOCK_SEGMENTS];
    struct summary_bucket bins[BLOCK_BINS];
};

static uint32_t columns_of(enum block_dimension dimension)
{
    uint32_t columns =
        1u << COLUMN_START | 1u << COLUMN_DURATION | 1u << COLUMN_STATUS | 1u << COLUMN_SPANS;
    if (dimension == BLOCK_SERVICES) {
        columns |= 1u << COLUMN_SETS;
    }
    if (dimension == BLOCK_TYPE) {
        columns |= 1u << COLUMN_TYPES | 1u << COLUMN_TYPE_BUCKETS;
    }
    return block_column(dimension) == COLUMN_COUNT ? columns
                                                   : columns | 1u << block_column(dimension);
}

/* ---- values of a row ------------------------------------------------------------------------ */

void block_sets_find(struct block_sets *sets, const struct segment *segment)
{
    const struct segment_values *values = &segment->columns[COLUMN_SETS];
    sets->count = 0;
    for (size_t at = 0; at < values->count && sets->count < SEGMENT_ROWS;) {
        if (values->values[at] < 0 || (uint64_t)values->values[at] >= values->count - at) {
            return;
        }
        sets->starts[sets->count++] = (uint32_t)at;
        at += (size_t)values->values[at] + 1;
    }
}

bool block_values(const struct segment *segment, const struct block_sets *sets,
                  enum block_dimension dimension, size_t row, const int64_t **ret_values,
                  size_t *ret_count)
{
    static const int64_t all = 0;
    *ret_values = &all;
    *ret_count = 1;
    if (dimension == BLOCK_ALL) {
        return true;
    }
    const int64_t *value = &segment->columns[block_column(dimension)].values[row];
    *ret_values = value;
    if (dimension != BLOCK_SERVICES) {
        return true;
    }
    if (*value < 0 || (uint64_t)*value >= sets->count) {
        return false;
    }
    const int64_t *set = &segment->columns[COLUMN_SETS].values[sets->starts[*value]];
    if (set[0] > SEGMENT_SET_LARGEST) { /* each row looks at all of it */
        return false;
    }
    *ret_count = (size_t)set[0];
    *ret_values = set + 1;
    return true;
}

/* ---- adding --------------------------------------------------------------------------------- */

static void free_sum(struct tally_sum *sum)
{
    distribution_clear(&sum->ended);
    free(sum);
}

static struct tally_sum *new_sum(int64_t value)
{
    struct tally_sum *sum = mem_zero(1, sizeof *sum);
    sum->value = value;
    memset(sum->ranges, 0xFF, sizeof sum->ranges); /* BLOCK_NO_BUCKET */
    return sum;
}

/* A trace has many services: with few of them at a time a slice is no longer than of others. */
static size_t values_at_once(enum block_dimension dimension)
{
    return dimension == BLOCK_SERVICES ? TALLY_VALUES / 8 : TALLY_VALUES;
}

/* The sum of a value; NULL if there are enough smaller ones. The largest makes room for a new one:
 * of the smallest values no trace is missed. */
static struct tally_sum *sum_of(struct block_tally *tally, int64_t value)
{
    struct tally_sum **sums = tally->sums;
    size_t limit = values_at_once(tally->dimension);
    size_t low = 0;
    for (size_t high = tally->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (sums[middle]->value < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low < tally->count && sums[low]->value == value) {
        return sums[low];
    }
    if (tally->count == limit) {
        tally->more = true;
        if (low == limit) {
            return NULL;
        }
        free_sum(sums[--tally->count]);
    }
    memmove(sums + low + 1, sums + low, (tally->count - low) * sizeof(struct tally_sum *));
    tally->count++;
    sums[low] = new_sum(value);
    return sums[low];
}

static void widen(struct block_range *range, int64_t duration_ns)
{
    uint16_t bucket = (uint16_t)distribution_bucket(duration_ns);
    bool none = range->least == BLOCK_NO_BUCKET;
    range->least = none || bucket < range->least ? bucket : range->least;
    range->largest = none || bucket > range->largest ? bucket : range->largest;
}

static void add_duration(struct tally_sum *sum, int64_t duration_ns)
{
    struct distribution before = sum->ended;
    distribution_add(&sum->ended, duration_ns);
    if (before.count == 0 || before.least != sum->ended.least) {
        sum->shortest = 0;
    }
    if (before.count == 0 || before.largest != sum->ended.largest) {
        sum->longest = 0;
    }
    sum->shortest += duration_ns == sum->ended.least;
    sum->longest += duration_ns == sum->ended.largest;
}

static void add(struct tally_sum *sum, const struct block_trace *trace, size_t segment, size_t bin)
{
    sum->errors += trace->status == STATUS_ERROR;
    sum->running += trace->status == STATUS_IN_PROGRESS;
    sum->cancelled += trace->status == STATUS_CANCELLED;
    sum->spans += db_count(trace->spans);
    sum->first_ns =
        sum->count == 0 || trace->start_ns < sum->first_ns ? trace->start_ns : sum->first_ns;
    sum->last_ns = trace->start_ns > sum->last_ns ? trace->start_ns : sum->last_ns;
    sum->count++;
    if (trace->status != STATUS_IN_PROGRESS) {
        add_duration(sum, trace->duration_ns);
    }
    widen(&sum->ranges[segment], trace->duration_ns);
    summary_bucket_count(&sum->bins[bin], trace->status, trace->duration_ns);
}

static bool add_segment(struct block_tally *tally, size_t segment_of_block,
                        const struct segment *segment)
{
    const struct segment_values *columns = segment->columns;
    struct block_sets sets = {.count = 0};
    if (tally->dimension == BLOCK_SERVICES) {
        block_sets_find(&sets, segment);
    }
    for (size_t row = 0; row < segment->count; row++) {
        struct block_trace trace = {
            .start_ns = columns[COLUMN_START].values[row],
            .duration_ns = columns[COLUMN_DURATION].values[row],
            .spans = columns[COLUMN_SPANS].values[row],
            .status = (enum span_status)columns[COLUMN_STATUS].values[row],
        };
        const int64_t *values;
        size_t count;
        int64_t bin = time_bin_of(tally->level, trace.start_ns) - tally->first_bin;
        if (!block_values(segment, &sets, tally->dimension, row, &values, &count) ||
            trace.start_ns < 0 || trace.duration_ns < 0 || bin < 0 || bin >= BLOCK_BINS) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (values[i] < 0 || values[i] >> BLOCK_VALUE_BITS != 0) {
                return false;
            }
            struct tally_sum *sum = values[i] >= tally->from ? sum_of(tally, values[i]) : NULL;
            if (sum != NULL) {
                add(sum, &trace, segment_of_block, (size_t)bin);
            }
        }
    }
    return true;
}

static bool add_types(struct block_tally *tally, struct grouping *types,
                      const struct segment *segment)
{
    const int64_t *starts = segment->columns[COLUMN_START].values;
    for (size_t row = 0; row < segment->count; row++) {
        tally->first_ns = starts[row] < tally->first_ns ? starts[row] : tally->first_ns;
        tally->last_ns = starts[row] > tally->last_ns ? starts[row] : tally->last_ns;
    }
    return segment_types_known(segment) && segment_types_add(segment, types);
}

/* The sums get what the groups hold. */
static bool keep_types(struct block_tally *tally, struct grouping *types)
{
    if (types->count > TALLY_VALUES || tally->first_ns < 0) {
        return false;
    }
    for (size_t i = 0; i < types->count; i++) {
        struct group *group = &types->groups[i];
        if (group->id < 0 || group->id >> BLOCK_VALUE_BITS != 0) {
            return false;
        }
        struct tally_sum *sum = sum_of(tally, group->id);
        sum->count = group->count;
        sum->errors = group->errors;
        sum->running = group->count - group->durations.count;
        sum->first_ns = tally->first_ns;
        sum->last_ns = tally->last_ns;
        sum->ended = group->durations;
        group->durations = (struct distribution){0};
    }
    return true;
}

int block_tally_read(struct block_tally *tally, sqlite3_stmt *columns, int64_t block,
                     struct segment *segment, bool *ret_good)
{
    struct grouping types = {.is_rough = true};
    int rc = SQLITE_DONE;
    tally->first_ns = INT64_MAX;
    *ret_good = true;
    for (size_t i = 0; i < BLOCK_SEGMENTS && *ret_good; i++) {
        rc = segment_read_columns(segment, columns, block * BLOCK_SEGMENTS + (int64_t)i,
                                  columns_of(tally->dimension), false, ret_good);
        *ret_good = *ret_good && (tally->dimension == BLOCK_TYPE ? add_types(tally, &types, segment)
                                                                 : add_segment(tally, i, segment));
    }
    *ret_good = *ret_good && keep_types(tally, &types);
    grouping_clear(&types);
    return rc;
}

/* ---- the result ----------------------------------------------------------------------------- */

bool block_tally_next(struct block_tally *tally, int64_t *ret_value, struct block_sum *sum)
{
    if (tally->given == tally->count) {
        return false;
    }
    const struct tally_sum *found = tally->sums[tally->given++];
    *ret_value = found->value;
    sum->count = found->count;
    sum->errors = found->errors;
    sum->running = found->running;
    sum->cancelled = found->cancelled;
    sum->spans = found->spans;
    sum->first_ns = found->first_ns;
    sum->last_ns = found->last_ns;
    sum->level = tally->level;
    sum->ended = (struct distribution_part){
        .count = found->ended.count,
        .sum = found->ended.sum,
        .least = found->ended.least,
        .largest = found->ended.largest,
        .buckets = sum->pairs,
    };
    sum->shortest = found->shortest;
    sum->longest = found->longest;
    int64_t count;
    for (size_t at = 0; distribution_next_bucket(&found->ended, &at, &count); at++) {
        sum->pairs[2 * sum->ended.bucket_count] = (int64_t)at;
        sum->pairs[2 * sum->ended.bucket_count++ + 1] = count;
    }
    memcpy(sum->ranges, found->ranges, sizeof sum->ranges);
    sum->bin_count = 0;
    for (size_t i = 0; i < BLOCK_BINS; i++) {
        if (found->bins[i].count > 0) {
            sum->bin_numbers[sum->bin_count] = tally->first_bin + (int64_t)i;
            sum->bins[sum->bin_count++] = found->bins[i];
        }
    }
    return true;
}

void block_tally_clear(struct block_tally *tally)
{
    for (size_t i = 0; i < tally->count; i++) {
        free_sum(tally->sums[i]);
    }
    tally->count = tally->given = 0;
}
