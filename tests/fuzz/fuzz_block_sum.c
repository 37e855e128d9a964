/* fuzz_block_sum — sums of traces from a database that somebody has made: read, changed, used.
 *
 * The input: the level of the bins (1), the lengths of figures, ranges and durations (1, 2, 2), a
 * trace that is taken out again (19), the three, and the starts. */
#include <stdlib.h>
#include <string.h>

#include "store/sql/block_sum.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD_BYTES = 25 };

static struct text next_piece(struct text *rest, size_t wanted)
{
    size_t length = wanted < rest->length ? wanted : rest->length;
    struct text piece = text_make(rest->data, length);
    *rest = text_make(rest->data + length, rest->length - length);
    return piece;
}

/* As a strip and figures do. */
static void use(const struct block_sum *sum)
{
    struct distribution durations = {.exact_limit = 10};
    struct time_histogram histogram = {0};
    struct summary summary = {0};
    distribution_add(&durations, 12);
    if (distribution_add_part(&durations, &sum->ended)) {
        (void)distribution_percentile(&durations, 99);
    }
    for (size_t i = sum->bin_count; i-- > 0;) {
        time_histogram_add_bin(&histogram, sum->level, sum->bin_numbers[i], &sum->bins[i]);
    }
    time_histogram_reach(&histogram, sum->first_ns, sum->last_ns);
    time_histogram_add(&histogram, 1766012300000000000, STATUS_COMPLETED, 12);
    time_histogram_fill(&histogram, 100, &summary);
    distribution_clear(&durations);
    time_histogram_clear(&histogram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct block_sum sum;
    uint16_t lengths[2];
    struct block_trace trace = {0};
    if (size < HEAD_BYTES) {
        return 0;
    }
    struct text rest = text_make((const char *)data + HEAD_BYTES, size - HEAD_BYTES);
    memcpy(lengths, data + 2, sizeof lengths);
    memcpy(&trace.start_ns, data + 6, 8);
    memcpy(&trace.duration_ns, data + 14, 8);
    trace.spans = data[22];
    trace.status = (enum span_status)(data[23] % 4);
    sum.level = data[0] % TIME_LEVELS;
    sum.bin_count = 0;
    struct text figures = next_piece(&rest, data[1]);
    struct text ranges = next_piece(&rest, lengths[0]);
    struct text durations = next_piece(&rest, lengths[1]);
    if (!block_sum_read_figures(&sum, figures) || !block_sum_read_ranges(&sum, ranges) ||
        !block_sum_read_durations(&sum, durations) || !block_sum_read_starts(&sum, rest) ||
        !distribution_part_is_sound(&sum.ended)) {
        return 0;
    }
    for (size_t i = 0; i < BLOCK_SEGMENTS; i++) {
        if (sum.ranges[i].least != BLOCK_NO_BUCKET &&
            distribution_bucket_least(sum.ranges[i].least) >
                distribution_bucket_largest(sum.ranges[i].largest)) {
            abort();
        }
    }
    use(&sum);
    if (block_sum_remove(&sum, &trace)) {
        use(&sum);
    }
    return 0;
}
