/* time_histogram — counts traces by start in bins that grow with the window they cover. */
#ifndef TRACETUI_STORE_SQL_TIME_HISTOGRAM_H
#define TRACETUI_STORE_SQL_TIME_HISTOGRAM_H

#include "store/reader.h"

/* {0} is empty. Bins begin at multiples of their width. */
struct time_histogram {
    struct summary_bucket *bins; /* NULL while empty */
    size_t level;                /* which width */
    int64_t base;                /* bin number of bins[0] */
    int64_t low, high;           /* numbers of the first and last bin in use */
    int64_t first_ns, last_ns;   /* earliest and latest start */
};

void summary_bucket_count(struct summary_bucket *bucket, enum span_status status,
                          int64_t duration_ns);

void time_histogram_add(struct time_histogram *histogram, int64_t start_ns, enum span_status status,
                        int64_t duration_ns);

/* Fills from_ns, bucket_ns, buckets and bucket: the smallest pleasant bucket width that needs at
 * most `buckets` of them. Exact from two buckets on: every pleasant width is a multiple of the
 * bins' width. */
void time_histogram_fill(const struct time_histogram *histogram, size_t buckets,
                         struct summary *summary);

/* ---- many traces at once --------------------------------------------------------------------- */

/* Bins come in levels, each as wide as some of the one before. */
enum { TIME_LEVELS = 17 };
int64_t time_bin_of(size_t level, int64_t start_ns);
/* The finest level where starts from..to lie in at most so many bins. */
size_t time_level_of_range(int64_t from_ns, int64_t to_ns, int64_t bins);
/* The widest bins that do not show in buckets that hold starts from..to, nor in any wider ones. */
size_t time_level_of_buckets(int64_t from_ns, int64_t to_ns, size_t buckets);

/* A bin of any level: the histogram gets no finer than that. The starts in it lie between first_ns
 * and last_ns. */
void time_histogram_add_bin(struct time_histogram *histogram, size_t level, int64_t bin,
                            const struct summary_bucket *counts);
/* There are traces that started then: one of the bins holds each. */
void time_histogram_reach(struct time_histogram *histogram, int64_t first_ns, int64_t last_ns);

void time_histogram_clear(struct time_histogram *histogram);

#endif
