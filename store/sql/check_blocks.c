/* check_blocks — do the sums of every block say what its segments say? */
#include "store/sql/check_blocks.h"

#include <stdlib.h>
#include <string.h>

#include "store/sql/block_tally.h"

struct comparison {
    sqlite3 *db;
    sqlite3_stmt *next, *starts, *column, *sums;
    struct segment segment;
    struct block_sum sum;
    struct block_sum_bytes bytes;
};

/* A row of trace_block. */
struct block {
    int64_t id, level, dimensions;
};

static bool same_blob(sqlite3_stmt *row, int column, const struct text_buffer *bytes)
{
    size_t length = (size_t)sqlite3_column_bytes(row, column);
    return length == bytes->length &&
           (length == 0 || memcmp(sqlite3_column_blob(row, column), bytes->data, length) == 0);
}

/* Whether the next row is that sum. */
static bool is_next_row(struct comparison *comparison, int64_t key)
{
    sqlite3_stmt *row = comparison->sums;
    block_sum_write(&comparison->sum, &comparison->bytes);
    return sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int64(row, 0) == key &&
           same_blob(row, 1, &comparison->bytes.figures) &&
           same_blob(row, 2, &comparison->bytes.ranges) &&
           same_blob(row, 3, &comparison->bytes.durations) &&
           same_blob(row, 4, &comparison->bytes.starts);
}

/* Some values of a dimension from tally->from on; the next ones begin at *ret_next. */
static enum err compare_values(struct comparison *comparison, const struct block *block,
                               struct block_tally *tally, bool *ret_same, int64_t *ret_next,
                               struct err_msg *why)
{
    int64_t value;
    int rc = block_tally_read(tally, comparison->column, block->id, &comparison->segment, ret_same);
    enum err err = db_error(comparison->db, rc, why);
    while (err == ERR_OK && *ret_same && block_tally_next(tally, &value, &comparison->sum)) {
        *ret_same = is_next_row(comparison, block_sum_key(block->id, tally->dimension, value));
        *ret_next = value + 1;
    }
    return err;
}

static enum err compare_dimension(struct comparison *comparison, const struct block *block,
                                  enum block_dimension dimension, int64_t first_bin, bool *ret_same,
                                  struct err_msg *why)
{
    int64_t key = block_sum_key(block->id, dimension, 0);
    int64_t next = 0;
    enum err err = ERR_OK;
    bool more = true;
    db_bind_i64(comparison->sums, 1, key);
    db_bind_i64(comparison->sums, 2, key + (INT64_C(1) << BLOCK_VALUE_BITS));
    while (err == ERR_OK && *ret_same && more) {
        struct block_tally tally = {.dimension = dimension,
                                    .from = next,
                                    .level = (size_t)block->level,
                                    .first_bin = first_bin};
        err = compare_values(comparison, block, &tally, ret_same, &next, why);
        more = tally.more;
        block_tally_clear(&tally);
    }
    if (err == ERR_OK && *ret_same) {
        *ret_same = sqlite3_step(comparison->sums) == SQLITE_DONE;
    }
    sqlite3_reset(comparison->sums);
    return err;
}

static enum err compare(struct comparison *comparison, const struct block *block, bool *ret_same,
                        struct err_msg *why)
{
    db_bind_i64(comparison->starts, 1, block->id);
    int rc = sqlite3_step(comparison->starts);
    int64_t first_ns = sqlite3_column_int64(comparison->starts, 0);
    enum err err = db_error(comparison->db, rc, why);
    sqlite3_reset(comparison->starts);
    *ret_same = block->level >= 0 && block->level < TIME_LEVELS;
    for (int i = 0; i < BLOCK_DIMENSIONS && err == ERR_OK && *ret_same; i++) {
        if ((block->dimensions >> i & 1) != 0) {
            err = compare_dimension(comparison, block, (enum block_dimension)i,
                                    time_bin_of((size_t)block->level, first_ns), ret_same, why);
        }
    }
    return err;
}

/* The block behind that id. */
static enum err compare_next(struct comparison *comparison, struct block *block, bool *ret_found,
                             bool *ret_same, struct err_msg *why)
{
    sqlite3_stmt *next = comparison->next;
    db_bind_i64(next, 1, block->id);
    int rc = sqlite3_step(next);
    *ret_found = rc == SQLITE_ROW;
    block->id = sqlite3_column_int64(next, 0);
    block->level = sqlite3_column_int64(next, 1);
    block->dimensions = sqlite3_column_int64(next, 2);
    enum err err = db_error(comparison->db, rc, why);
    sqlite3_reset(next);
    if (err == ERR_OK && *ret_found) {
        err = compare(comparison, block, ret_same, why);
    }
    return err;
}

enum err check_blocks(sqlite3 *db, void (*differs)(int64_t number, void *ctx), void *ctx,
                      struct err_msg *why)
{
    struct comparison *comparison = mem_zero(1, sizeof *comparison);
    const struct db_statement statements[] = {
        {&comparison->next, "SELECT id, level, dimensions FROM trace_block"
                            " WHERE id > ?1 AND id < 1 << 25 ORDER BY id LIMIT 1"},
        {&comparison->starts, BLOCK_STARTS_SQL},
        {&comparison->column, SEGMENT_COLUMN_SQL},
        {&comparison->sums, "SELECT id, figures, ranges, durations, starts FROM trace_sum"
                            " WHERE id >= ?1 AND id < ?2 ORDER BY id"},
    };
    comparison->db = db;
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    struct block block = {.id = -1};
    bool found = true, same;
    while (err == ERR_OK && found) {
        err = db_run(db, "BEGIN", why);
        if (err == ERR_OK) {
            err = compare_next(comparison, &block, &found, &same, why);
        }
        if (err == ERR_OK && found && !same) {
            differs(block.id * BLOCK_TRACES, ctx);
        }
        db_rollback(db);
    }
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(*statements[i].place);
    }
    segment_clear(&comparison->segment);
    block_sum_bytes_clear(&comparison->bytes);
    free(comparison);
    return err;
}
