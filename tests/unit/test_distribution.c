/* test_distribution — percentiles within 1 %, and histograms whose buckets are exact at any width.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/base/clock.h"
#include "store/sql/distribution.h"
#include "store/sql/time_histogram.h"

enum { VALUES = 20000 };

static int64_t random_value(unsigned *seed, int bits)
{
    uint64_t value = (uint64_t)rand_r(seed) << 31 ^ (uint64_t)rand_r(seed);
    return (int64_t)(value & ((UINT64_C(1) << bits) - 1));
}

static int compare_values(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left;
    int64_t b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* The same values with and without room to keep them. */
static void buckets_are_within_one_percent(void **state)
{
    (void)state;
    static const int percents[] = {1, 50, 90, 95, 99, 100};
    unsigned seed = 7;
    for (int bits = 1; bits < 62; bits += 4) {
        struct distribution exact = {.exact_limit = VALUES};
        struct distribution rough = {.exact_limit = 10};
        int64_t *values = mem_alloc(VALUES * sizeof *values);
        for (size_t i = 0; i < VALUES; i++) {
            values[i] = random_value(&seed, bits);
            distribution_add(&exact, values[i]);
            distribution_add(&rough, values[i]);
        }
        qsort(values, VALUES, sizeof *values, compare_values);
        assert_true(distribution_is_exact(&exact));
        assert_false(distribution_is_exact(&rough));
        assert_int_equal(exact.least, values[0]);
        assert_int_equal(rough.largest, values[VALUES - 1]);
        assert_int_equal(exact.sum, rough.sum);
        for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
            int64_t wanted = values[VALUES / 100 * percents[i] - 1];
            assert_int_equal(distribution_percentile(&exact, percents[i]), wanted);
            int64_t got = distribution_percentile(&rough, percents[i]);
            assert_true(llabs(got - wanted) <= wanted / 100);
        }
        free(values);
        distribution_clear(&exact);
        distribution_clear(&rough);
    }
}

static void extreme_values_do_not_overflow(void **state)
{
    (void)state;
    struct distribution distribution = {.exact_limit = 0};
    assert_int_equal(distribution_percentile(&distribution, 50), 0);
    distribution_add(&distribution, INT64_MAX);
    distribution_add(&distribution, INT64_MAX);
    distribution_add(&distribution, -5);
    assert_int_equal(distribution.sum, INT64_MAX);
    assert_int_equal(distribution.least, 0);
    assert_int_equal(distribution_percentile(&distribution, 1), 0);
    assert_true(distribution_percentile(&distribution, 99) > INT64_MAX / 100 * 99);
    distribution_clear(&distribution);
}

/* Windows from a millisecond to two centuries, starts in any order: the buckets that the histogram
 * fills are those that counting each start anew would fill. */
static void buckets_equal_a_recount(void **state)
{
    (void)state;
    enum { STARTS = 500 };
    static const size_t sizes[] = {2, 7, 60, SUMMARY_BUCKETS_LARGEST};
    unsigned seed = 11;
    for (int bits = 10; bits < 62; bits++) {
        struct time_histogram histogram = {0};
        int64_t starts[STARTS];
        for (size_t i = 0; i < STARTS; i++) {
            starts[i] = INT64_C(1000000000000000000) + random_value(&seed, bits);
            time_histogram_add(&histogram, starts[i], STATUS_COMPLETED, 1);
        }
        for (size_t size = 0; size < ARRAY_LEN(sizes); size++) {
            struct summary *summary = mem_zero(1, sizeof *summary);
            uint32_t counts[SUMMARY_BUCKETS_LARGEST] = {0};
            time_histogram_fill(&histogram, sizes[size], summary);
            assert_in_range(summary->buckets, 1, sizes[size]);
            for (size_t i = 0; i < STARTS; i++) {
                int64_t at = (starts[i] - summary->from_ns) / summary->bucket_ns;
                assert_in_range(at, 0, summary->buckets - 1);
                counts[at]++;
            }
            for (size_t i = 0; i < summary->buckets; i++) {
                assert_int_equal(summary->bucket[i].count, counts[i]);
            }
            free(summary);
        }
        time_histogram_clear(&histogram);
    }
}

/* Half of the starts come as bins, as wide as they may be: the strip is the same. */
static void wide_bins_do_not_show(void **state)
{
    (void)state;
    enum { STARTS = 400 };
    static const size_t sizes[] = {7, 60, SUMMARY_BUCKETS_LARGEST};
    unsigned seed = 12;
    for (int bits = 20; bits < 61; bits++) {
        for (size_t size = 0; size < ARRAY_LEN(sizes); size++) {
            struct time_histogram one_by_one = {0}, mixed = {0};
            struct summary expected = {0}, found = {0};
            int64_t starts[STARTS], first_ns = INT64_MAX, last_ns = 0;
            for (size_t i = 0; i < STARTS; i++) {
                starts[i] = INT64_C(1000000000000000000) + random_value(&seed, bits);
                time_histogram_add(&one_by_one, starts[i], STATUS_ERROR, 1);
                first_ns = i % 2 == 0 && starts[i] < first_ns ? starts[i] : first_ns;
                last_ns = i % 2 == 0 && starts[i] > last_ns ? starts[i] : last_ns;
            }
            size_t level = time_level_of_buckets(first_ns, last_ns, sizes[size]);
            for (size_t i = 0; i < STARTS; i++) {
                struct summary_bucket bin = {0};
                summary_bucket_count(&bin, STATUS_ERROR, 1);
                if (i % 2 == 0) {
                    time_histogram_add_bin(&mixed, level, time_bin_of(level, starts[i]), &bin);
                } else {
                    time_histogram_add(&mixed, starts[i], STATUS_ERROR, 1);
                }
            }
            time_histogram_reach(&mixed, first_ns, last_ns);
            time_histogram_fill(&one_by_one, sizes[size], &expected);
            time_histogram_fill(&mixed, sizes[size], &found);
            assert_memory_equal(&found, &expected, sizeof found);
            time_histogram_clear(&one_by_one);
            time_histogram_clear(&mixed);
        }
    }
}

/* Each value lies in its bucket, and the buckets in a row. */
static void buckets_have_ends(void **state)
{
    (void)state;
    unsigned seed = 13;
    for (size_t i = 0; i < DISTRIBUTION_BUCKETS; i++) {
        assert_int_equal(distribution_bucket(distribution_bucket_least(i)), i);
        assert_int_equal(distribution_bucket(distribution_bucket_largest(i)), i);
        assert_true(i + 1 == DISTRIBUTION_BUCKETS
                        ? distribution_bucket_largest(i) == INT64_MAX
                        : distribution_bucket_largest(i) + 1 == distribution_bucket_least(i + 1));
    }
    for (int bits = 1; bits < 62; bits++) {
        int64_t value = random_value(&seed, bits);
        size_t bucket = distribution_bucket(value);
        assert_true(distribution_bucket_least(bucket) <= value &&
                    distribution_bucket_largest(bucket) >= value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_are_within_one_percent),
        cmocka_unit_test(extreme_values_do_not_overflow),
        cmocka_unit_test(buckets_equal_a_recount),
        cmocka_unit_test(wide_bins_do_not_show),
        cmocka_unit_test(buckets_have_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
