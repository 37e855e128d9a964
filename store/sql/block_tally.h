/* block_tally — adds the traces of a block up by the values of a dimension, some values at a time.
 *
 *     struct block_tally tally = {.dimension = BLOCK_USER, .from = 0, .level = level,
 *                                 .first_bin = first_bin};
 *     int rc = block_tally_read(&tally, columns, block, &segment, &good);
 *     while (block_tally_next(&tally, &value, sum)) { ... }
 *     block_tally_clear(&tally);
 */
#ifndef TRACETUI_STORE_SQL_BLOCK_TALLY_H
#define TRACETUI_STORE_SQL_BLOCK_TALLY_H

#include "store/sql/block_sum.h"

enum { TALLY_VALUES = 32 }; /* 2 MiB */

struct tally_sum;

struct block_tally {
    enum block_dimension dimension;
    int64_t from;              /* values below are not wanted */
    size_t level;              /* of the bins */
    int64_t first_bin;         /* all starts lie in the BLOCK_BINS from there */
    int64_t first_ns, last_ns; /* all starts: known where spans are added up */
    bool more;                 /* there are values behind those that were added up */
    size_t count, given;
    struct tally_sum *sums[TALLY_VALUES]; /* of the least values, in their order */
};

/* Adds the stored segments of a block up, with a statement of SEGMENT_COLUMN_SQL and memory for a
 * segment. Returns SQLite's result code. ret_good: false if a segment says what cannot be: then
 * nothing can be said of the block. */
int block_tally_read(struct block_tally *tally, sqlite3_stmt *columns, int64_t block,
                     struct segment *segment, bool *ret_good) MUST_CHECK;

/* Between which times the traces of a block started. */
#define BLOCK_STARTS_SQL                                                                           \
    "SELECT max(0, min(start_least)), max(0, max(start_largest))"                                  \
    " FROM trace_segment WHERE id >= ?1 * 64 AND id < (?1 + 1) * 64"

/* The sums in order of their values; false behind the last. */
bool block_tally_next(struct block_tally *tally, int64_t *ret_value, struct block_sum *sum);
void block_tally_clear(struct block_tally *tally);

/* ---- values of a row ------------------------------------------------------------------------ */

/* Where each set of a segment begins. */
struct block_sets {
    uint32_t starts[SEGMENT_ROWS];
    size_t count;
};
void block_sets_find(struct block_sets *sets, const struct segment *segment);
/* The values of a row in a dimension: those of its set, or one. False: it cannot be known. */
bool block_values(const struct segment *segment, const struct block_sets *sets,
                  enum block_dimension dimension, size_t row, const int64_t **ret_values,
                  size_t *ret_count) MUST_CHECK;

#endif
