/* block_scan — a question over all traces, with sums of blocks in the place of their segments.
 *
 *     struct block_scan blocks = {.scan = &scan, .take = add_sum, .ctx = work};
 *     enum err err = block_scan_run(&blocks, why);
 *     ... then the pieces of the scan, as ever: those that sums stand for give no rows ...
 *
 * Between _begin and the first _load of a segment scan. Sums can stand for a block's segments where
 * the filter asks for nothing, or for one value, and the time in which the traces started; and
 * where the traces that changed since can be taken out again: those come with the stale piece. */
#ifndef TRACETUI_STORE_SQL_BLOCK_SCAN_H
#define TRACETUI_STORE_SQL_BLOCK_SCAN_H

#include "store/sql/block_sum.h"
#include "store/sql/segment_scan.h"

struct block_scan {
    struct segment_scan *scan;
    /* Called with each sum; newest blocks first. */
    void (*take)(const struct block_sum *sum, int64_t value, void *ctx);
    void *ctx;
    /* BLOCK_ALL: a sum a block, of all traces that the filter keeps. Else a sum for each value of
     * this dimension, where the filter asks for no value. */
    enum block_dimension by;
    bool with_starts;     /* bins too, */
    size_t strip_buckets; /* so narrow that they do not show in a strip of so many buckets */
};

enum err block_scan_run(const struct block_scan *question, struct err_msg *why) MUST_CHECK;

/* Where all matches have a value that sums know, these say which segments of a scan have none of
 * it, and between what their durations lie otherwise. Behind segment_scan_begin. */
enum err block_scan_narrow(struct segment_scan *scan, struct err_msg *why) MUST_CHECK;

#endif
