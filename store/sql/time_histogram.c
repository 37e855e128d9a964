/* time_histogram — counts traces by start in bins that grow with the window they cover. */
#include "store/sql/time_histogram.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/clock.h"

/* So many bins that even 512 buckets are some times wider than a bin; that makes each pleasant
 * width below a multiple of the bin width in use. */
enum { BINS = 16384 };

#define MINUTE (60 * NS_PER_S)
#define HOUR   (60 * MINUTE)

/* Each divides the next. */
static const int64_t bin_widths[] = {
    NS_PER_MS,     10 * NS_PER_MS, 100 * NS_PER_MS, NS_PER_S,    5 * NS_PER_S,   10 * NS_PER_S,
    30 * NS_PER_S, MINUTE,         5 * MINUTE,      10 * MINUTE, 30 * MINUTE,    HOUR,
    2 * HOUR,      6 * HOUR,       12 * HOUR,       NS_PER_DAY,  7 * NS_PER_DAY,
};

static const int64_t pleasant_widths[] = {
    NS_PER_MS,       2 * NS_PER_MS,  5 * NS_PER_MS,   10 * NS_PER_MS,
    20 * NS_PER_MS,  50 * NS_PER_MS, 100 * NS_PER_MS, 200 * NS_PER_MS,
    500 * NS_PER_MS, NS_PER_S,       2 * NS_PER_S,    5 * NS_PER_S,
    10 * NS_PER_S,   15 * NS_PER_S,  30 * NS_PER_S,   MINUTE,
    2 * MINUTE,      5 * MINUTE,     10 * MINUTE,     15 * MINUTE,
    30 * MINUTE,     HOUR,           2 * HOUR,        3 * HOUR,
    6 * HOUR,        12 * HOUR,      NS_PER_DAY,      2 * NS_PER_DAY,
    7 * NS_PER_DAY,
};

static int64_t floor_div(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0);
}

_Static_assert(ARRAY_LEN(bin_widths) == TIME_LEVELS, "the header says how many");

int64_t time_bin_of(size_t level, int64_t start_ns)
{
    return floor_div(start_ns, bin_widths[level]);
}

size_t time_level_of_range(int64_t from_ns, int64_t to_ns, int64_t bins)
{
    size_t level = 0;
    while (level + 1 < TIME_LEVELS &&
           time_bin_of(level, to_ns) - time_bin_of(level, from_ns) >= bins) {
        level++;
    }
    return level;
}

static bool fits(const struct time_histogram *histogram, int64_t width, size_t buckets)
{
    int64_t needed =
        floor_div(histogram->last_ns, width) - floor_div(histogram->first_ns, width) + 1;
    return (uint64_t)needed <= buckets && width >= bin_widths[histogram->level];
}

static int64_t choose_width(const struct time_histogram *histogram, size_t buckets)
{
    for (size_t i = 0; i < ARRAY_LEN(pleasant_widths); i++) {
        if (fits(histogram, pleasant_widths[i], buckets)) {
            return pleasant_widths[i];
        }
    }
    int64_t width = 14 * NS_PER_DAY;
    while (!fits(histogram, width, buckets) && width < INT64_MAX / 4) {
        width *= 2;
    }
    return width;
}

static bool shows_in_none(size_t level, int64_t from_width_ns)
{
    for (size_t i = 0; i < ARRAY_LEN(pleasant_widths); i++) {
        if (pleasant_widths[i] >= from_width_ns && pleasant_widths[i] % bin_widths[level] != 0) {
            return false;
        }
    }
    return true;
}

size_t time_level_of_buckets(int64_t from_ns, int64_t to_ns, size_t buckets)
{
    struct time_histogram range = {.first_ns = from_ns, .last_ns = to_ns};
    int64_t width_ns = choose_width(&range, buckets);
    size_t level = 0;
    while (level + 1 < TIME_LEVELS && bin_widths[level + 1] <= width_ns &&
           shows_in_none(level + 1, width_ns)) {
        level++;
    }
    return level;
}

static void add_bucket(struct summary_bucket *target, const struct summary_bucket *source)
{
    target->count += source->count;
    target->errors += source->errors;
    for (size_t i = 0; i < SUMMARY_BANDS; i++) {
        target->bands[i] += source->bands[i];
    }
}

void summary_bucket_count(struct summary_bucket *bucket, enum span_status status,
                          int64_t duration_ns)
{
    size_t band = duration_ns < 100 * NS_PER_MS ? 0 : duration_ns < NS_PER_S ? 1 : 2;
    bucket->count++;
    bucket->errors += status == STATUS_ERROR;
    bucket->bands[band]++;
}

/* Goes to the next bin width. Targets never overtake their sources, so this works in place. */
static void coarsen(struct time_histogram *histogram)
{
    int64_t ratio = bin_widths[histogram->level + 1] / bin_widths[histogram->level];
    int64_t low = floor_div(histogram->low, ratio);
    for (int64_t bin = histogram->low; bin <= histogram->high; bin++) {
        struct summary_bucket *source = &histogram->bins[bin - histogram->base];
        struct summary_bucket moved = *source;
        *source = (struct summary_bucket){0};
        add_bucket(&histogram->bins[floor_div(bin, ratio) - low], &moved);
    }
    histogram->level++;
    histogram->high = floor_div(histogram->high, ratio);
    histogram->low = low;
    histogram->base = low;
}

/* Moves the bins in use to the end, or to the beginning, of the array. */
static void rebase(struct time_histogram *histogram, int64_t base)
{
    size_t used = (size_t)(histogram->high - histogram->low + 1);
    struct summary_bucket *source = &histogram->bins[histogram->low - histogram->base];
    struct summary_bucket *kept = mem_alloc(used * sizeof *kept);
    memcpy(kept, source, used * sizeof *kept);
    memset(source, 0, used * sizeof *source);
    memcpy(&histogram->bins[histogram->low - base], kept, used * sizeof *kept);
    free(kept);
    histogram->base = base;
}

/* Makes room for a start; returns its bin. */
static struct summary_bucket *bin_of(struct time_histogram *histogram, int64_t start_ns)
{
    for (;;) {
        int64_t bin = floor_div(start_ns, bin_widths[histogram->level]);
        int64_t low = bin < histogram->low ? bin : histogram->low;
        int64_t high = bin > histogram->high ? bin : histogram->high;
        if (high - low >= BINS && histogram->level + 1 < ARRAY_LEN(bin_widths)) {
            coarsen(histogram);
            continue;
        }
        if (bin < histogram->base) {
            rebase(histogram, high - BINS + 1);
        } else if (bin >= histogram->base + BINS) {
            rebase(histogram, low);
        }
        histogram->low = low;
        histogram->high = high;
        return &histogram->bins[bin - histogram->base];
    }
}

static void begin(struct time_histogram *histogram, int64_t start_ns)
{
    if (histogram->bins == NULL) {
        histogram->bins = mem_zero(BINS, sizeof *histogram->bins);
        histogram->low = histogram->high = floor_div(start_ns, bin_widths[0]);
        histogram->base = histogram->high - BINS + 1; /* the newest come first */
        histogram->first_ns = 1;                      /* nothing is reached yet */
        histogram->last_ns = 0;
    }
}

void time_histogram_add(struct time_histogram *histogram, int64_t start_ns, enum span_status status,
                        int64_t duration_ns)
{
    start_ns = start_ns > 0 ? start_ns : 0; /* twice the span of time would need twice the bins */
    begin(histogram, start_ns);
    summary_bucket_count(bin_of(histogram, start_ns), status, duration_ns);
    time_histogram_reach(histogram, start_ns, start_ns);
}

void time_histogram_add_bin(struct time_histogram *histogram, size_t level, int64_t bin,
                            const struct summary_bucket *counts)
{
    int64_t start_ns = bin * bin_widths[level];
    begin(histogram, start_ns);
    while (histogram->level < level) {
        coarsen(histogram);
    }
    add_bucket(bin_of(histogram, start_ns), counts);
}

void time_histogram_reach(struct time_histogram *histogram, int64_t first_ns, int64_t last_ns)
{
    bool none = histogram->last_ns < histogram->first_ns;
    histogram->first_ns = none || first_ns < histogram->first_ns ? first_ns : histogram->first_ns;
    histogram->last_ns = none || last_ns > histogram->last_ns ? last_ns : histogram->last_ns;
}

void time_histogram_fill(const struct time_histogram *histogram, size_t buckets,
                         struct summary *summary)
{
    if (histogram->bins == NULL || buckets == 0) {
        return;
    }
    int64_t width = choose_width(histogram, buckets);
    int64_t first = floor_div(histogram->first_ns, width);
    int64_t ratio = width / bin_widths[histogram->level];
    summary->from_ns = first * width;
    summary->bucket_ns = width;
    summary->buckets = (size_t)(floor_div(histogram->last_ns, width) - first + 1);
    summary->buckets = summary->buckets <= buckets ? summary->buckets : buckets;
    for (int64_t bin = histogram->low; bin <= histogram->high; bin++) {
        size_t at = (size_t)(floor_div(bin, ratio) - first);
        at = at < summary->buckets ? at : summary->buckets - 1;
        add_bucket(&summary->bucket[at], &histogram->bins[bin - histogram->base]);
    }
}

void time_histogram_clear(struct time_histogram *histogram)
{
    free(histogram->bins);
    *histogram = (struct time_histogram){0};
}
