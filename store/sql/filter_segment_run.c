/* filter_segment_run — what a built filter says of a segment: perhaps, and row by row.
 *
 * Each test goes over a whole column, one value after the other, and leaves a byte a row: simple
 * loops that the compiler turns into vector code. */
#include <string.h>

#include "store/sql/filter_segment.h"
#include "store/sql/filter_segment_tests.h"

static bool may(const struct segment_test *test, const struct segment_zone *zone)
{
    if (test->kind == TEST_RANGE && !test->negative && test->column >= COLUMN_START &&
        test->column <= COLUMN_ERRORS) {
        return test->low <= zone->largest[test->column] && test->high >= zone->least[test->column];
    }
    if (test->kind == TEST_AND || test->kind == TEST_OR) {
        bool all = test->kind == TEST_AND;
        for (size_t i = 0; i < test->count; i++) {
            if (may(&test->children[i], zone) != all) {
                return !all;
            }
        }
        return all;
    }
    return true;
}

bool segment_filter_may(const struct segment_filter *filter, const struct segment_zone *zone)
{
    return filter->root == NULL || may(filter->root, zone);
}

void segment_filter_bounds(const struct segment_filter *filter, enum segment_column column,
                           int64_t *ret_least, int64_t *ret_largest)
{
    const struct segment_test *tests = filter->root;
    size_t count = tests != NULL;
    *ret_least = INT64_MIN;
    *ret_largest = INT64_MAX;
    if (count > 0 && tests->kind == TEST_AND) {
        count = tests->count;
        tests = tests->children;
    }
    for (size_t i = 0; i < count; i++) {
        const struct segment_test *test = &tests[i];
        if (test->kind == TEST_RANGE && test->column == column && !test->negative) {
            *ret_least = test->low > *ret_least ? test->low : *ret_least;
            *ret_largest = test->high < *ret_largest ? test->high : *ret_largest;
        }
    }
}

/* The only id among some; -1: there are more, or none. */
static int64_t only_id(const struct segment_test *test)
{
    int64_t found = -1;
    for (int64_t i = 0; i < test->bits_largest; i += 64) {
        uint64_t bits = test->bits[i / 64];
        if (bits != 0 && (found >= 0 || (bits & (bits - 1)) != 0)) {
            return -1;
        }
        found = bits != 0 ? i + __builtin_ctzll(bits) : found;
    }
    return found;
}

/* Whether the test holds for one value only. */
static bool is_of_one(const struct segment_test *test, int64_t *ret_value)
{
    if (test->negative) {
        return false;
    }
    if (test->kind == TEST_RANGE) {
        *ret_value = test->low;
        return test->low == test->high;
    }
    if (test->kind == TEST_LIST) {
        *ret_value = test->count == 1 ? test->numbers[0] : -1;
        return test->count == 1;
    }
    *ret_value = test->kind == TEST_IDS || test->kind == TEST_SETS ? only_id(test) : -1;
    return *ret_value >= 0;
}

struct segment_filter_core segment_filter_core(const struct segment_filter *filter)
{
    struct segment_filter_core core = {.column = COLUMN_COUNT, .is_all = true};
    const struct segment_test *tests = filter->root;
    size_t count = tests != NULL;
    segment_filter_bounds(filter, COLUMN_START, &core.from_ns, &core.to_ns);
    if (count > 0 && tests->kind == TEST_AND) {
        count = tests->count;
        tests = tests->children;
    }
    for (size_t i = 0; i < count; i++) {
        const struct segment_test *test = &tests[i];
        int64_t value;
        if (test->kind == TEST_OR && test->count == 1) {
            test = test->children;
        }
        bool is_time = test->kind == TEST_RANGE && test == &tests[i] && !test->negative &&
                       test->column == COLUMN_START;
        if (is_time || test->kind == TEST_TRUE) {
            continue;
        }
        if (core.column == COLUMN_COUNT && test->column >= COLUMN_STATUS &&
            is_of_one(test, &value)) {
            core.column = test->column;
            core.value = value;
        } else {
            core.is_all = false;
        }
    }
    return core;
}

static bool has_id(const struct segment_test *test, int64_t id)
{
    return id >= 0 && id < test->bits_largest && (test->bits[id / 64] >> (id % 64) & 1) != 0;
}

static void run_range(const struct segment_test *test, const int64_t *values, size_t count,
                      uint8_t *keep)
{
    int64_t low = test->low;
    int64_t high = test->high;
    uint8_t flip = test->negative;
    for (size_t i = 0; i < count; i++) {
        keep[i] = (uint8_t)((values[i] >= low) & (values[i] <= high)) ^ flip;
    }
}

static void run_list(const struct segment_test *test, const int64_t *values, size_t count,
                     uint8_t *keep)
{
    memset(keep, 0, count);
    for (size_t k = 0; k < test->count; k++) {
        int64_t number = test->numbers[k];
        for (size_t i = 0; i < count; i++) {
            keep[i] |= values[i] == number;
        }
    }
    for (size_t i = 0; test->negative && i < count; i++) {
        keep[i] ^= 1;
    }
}

static void run_ids(const struct segment_test *test, const int64_t *values, size_t count,
                    uint8_t *keep)
{
    for (size_t i = 0; i < count; i++) {
        keep[i] = has_id(test, values[i]) != test->negative;
    }
}

static void run_sets(const struct segment_test *test, const struct segment *segment, uint8_t *keep)
{
    const struct segment_values *sets = &segment->columns[COLUMN_SETS];
    uint8_t holds[SEGMENT_ROWS] = {0};
    size_t number = 0;
    for (size_t at = 0; at < sets->count && number < SEGMENT_ROWS; number++) {
        size_t left = sets->count - at - 1;
        size_t count = (uint64_t)sets->values[at] < left ? (size_t)sets->values[at] : left;
        for (size_t i = 1; i <= count && !holds[number]; i++) {
            holds[number] = has_id(test, sets->values[at + i]) != test->negative;
        }
        at += count + 1;
    }
    const int64_t *values = segment->columns[COLUMN_SERVICE_SET].values;
    for (size_t i = 0; i < segment->count; i++) {
        keep[i] = (uint64_t)values[i] < SEGMENT_ROWS && holds[values[i]];
    }
}

static void run(const struct segment_test *test, const struct segment *segment, uint8_t *keep)
{
    uint8_t other[SEGMENT_ROWS]; /* a level of the tree each: at most 20 */
    const int64_t *values = segment->columns[test->column].values;
    size_t count = segment->count;
    switch (test->kind) {
    case TEST_AND:
    case TEST_OR:
    case TEST_NOT:
        run(&test->children[0], segment, keep);
        for (size_t k = 1; k < test->count; k++) {
            run(&test->children[k], segment, other);
            for (size_t i = 0; i < count; i++) {
                keep[i] = test->kind == TEST_AND ? keep[i] & other[i] : keep[i] | other[i];
            }
        }
        for (size_t i = 0; test->kind == TEST_NOT && i < count; i++) {
            keep[i] ^= 1;
        }
        break;
    case TEST_TRUE:
        memset(keep, 1, count);
        break;
    case TEST_RANGE:
        run_range(test, values, count, keep);
        break;
    case TEST_LIST:
        run_list(test, values, count, keep);
        break;
    case TEST_IDS:
        run_ids(test, values, count, keep);
        break;
    case TEST_SETS:
        run_sets(test, segment, keep);
        break;
    }
}

void segment_filter_run(const struct segment_filter *filter, const struct segment *segment,
                        uint8_t keep[SEGMENT_ROWS])
{
    if (filter->root == NULL) {
        memset(keep, 1, segment->count);
    } else {
        run(filter->root, segment, keep);
    }
}
