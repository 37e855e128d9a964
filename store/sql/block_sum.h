/* block_sum — the traces of a block that share a value, added up: all of them, those of a user, ...
 *
 * A block is 64 segments. What its sums say is what figures, strips and groups are made of, so that
 * a question about many traces looks at a row a block instead of each trace. Durations are kept in
 * the buckets of distribution.h, starts in the bins of time_histogram.h. A sum is a function of the
 * segments as they are stored; see block_store.h for who makes it, block_scan.h for who uses it. */
#ifndef TRACETUI_STORE_SQL_BLOCK_SUM_H
#define TRACETUI_STORE_SQL_BLOCK_SUM_H

#include "store/sql/distribution.h"
#include "store/sql/segment.h"
#include "store/sql/time_histogram.h"

/* The order is stored. */
enum block_dimension {
    BLOCK_ALL, /* one value, 0 */
    BLOCK_STATUS,
    BLOCK_OPERATION,
    BLOCK_USER,
    BLOCK_SERVICE,  /* of the root */
    BLOCK_SERVICES, /* of any span: a trace counts once for each of its services */
    BLOCK_TYPE,     /* spans instead of traces: counts, errors, what has ended, and no bins */
    BLOCK_DIMENSIONS
};

enum {
    BLOCK_SEGMENTS = 64,
    BLOCK_TRACES = BLOCK_SEGMENTS * SEGMENT_ROWS,
    BLOCK_BINS = 1024,     /* of a block's starts */
    BLOCK_VALUE_BITS = 28, /* names have no larger ids */
    BLOCK_DIMENSION_BITS = 3,
    BLOCK_NO_BUCKET = 0xFFFF,
};

/* The keys of table trace_sum are sorted by block, dimension and value. */
static inline int64_t block_sum_key(int64_t block, enum block_dimension dimension, int64_t value)
{
    return (block << BLOCK_DIMENSION_BITS | (int64_t)dimension) << BLOCK_VALUE_BITS | value;
}

/* The column of a dimension; COLUMN_COUNT where there is none. */
enum segment_column block_column(enum block_dimension dimension);

/* The durations of one segment's traces, running ones too: buckets of distribution.h. */
struct block_range {
    uint16_t least, largest; /* BLOCK_NO_BUCKET: it has no such trace */
};

struct block_sum {
    int64_t count, errors, running, cancelled, spans;
    int64_t first_ns, last_ns;      /* starts, never below 0 */
    struct distribution_part ended; /* its buckets are pairs */
    int64_t shortest, longest;      /* how many of them have its least and largest duration */
    int64_t pairs[2 * DISTRIBUTION_BUCKETS];
    struct block_range ranges[BLOCK_SEGMENTS];
    size_t level; /* of the bins: the same in all sums of a block */
    size_t bin_count;
    int64_t bin_numbers[BLOCK_BINS]; /* ascending */
    struct summary_bucket bins[BLOCK_BINS];
};

/* What a segment says of a trace. */
struct block_trace {
    int64_t value, start_ns, duration_ns, spans;
    enum span_status status;
};
/* Takes a trace out again. False: what is left cannot be said, since the trace was the first, the
 * only longest or the like, or was not in the sum. */
bool block_sum_remove(struct block_sum *sum, const struct block_trace *trace) MUST_CHECK;

/* ---- as bytes ------------------------------------------------------------------------------- */

/* In pieces, since not everybody wants all of it. */
struct block_sum_bytes {
    struct text_buffer figures, ranges, durations, starts;
};
void block_sum_write(const struct block_sum *sum, struct block_sum_bytes *target);
void block_sum_bytes_clear(struct block_sum_bytes *bytes);

/* False if the bytes make no sense. _figures fills all but pairs, ranges and bins; level is for
 * the caller to fill. The others are to be called behind it. */
bool block_sum_read_figures(struct block_sum *sum, struct text bytes) MUST_CHECK;
bool block_sum_read_ranges(struct block_sum *sum, struct text bytes) MUST_CHECK;
bool block_sum_read_durations(struct block_sum *sum, struct text bytes) MUST_CHECK;
bool block_sum_read_starts(struct block_sum *sum, struct text bytes) MUST_CHECK;

#endif
