/* block_store — sums are made of each 64 segments, a slice at a time, and go when one of them does.
 *
 * A slice reads the columns of all segments of a block, some five megabytes, and adds some values
 * of one dimension up: ten milliseconds. Table trace_block knows where the next one goes on. */
#include "store/sql/block_store.h"

#include <stdlib.h>

#include "store/sql/block_tally.h"
#include "store/sql/grouping.h"

static const char objects[] =
    "CREATE TABLE IF NOT EXISTS trace_block("
    "  id INTEGER PRIMARY KEY,"      /* the numbers of its segments / 64 */
    "  level INTEGER NOT NULL,"      /* of the bins of its sums */
    "  dimensions INTEGER NOT NULL," /* that have sums: 1 << enum block_dimension */
    /* What is to be added up next; when all is done the number of the dimensions. */
    "  next_dimension INTEGER NOT NULL, next_value INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS trace_sum("
    "  id INTEGER PRIMARY KEY," /* block, dimension and value: see block_sum.h, also for the rest */
    "  figures BLOB, ranges BLOB, durations BLOB, starts BLOB);"
    "CREATE TRIGGER IF NOT EXISTS trace_block_is_gone AFTER DELETE ON trace_segment BEGIN"
    "  DELETE FROM trace_block WHERE id = old.id / 64;"
    "  DELETE FROM trace_sum WHERE id >= (old.id / 64) << 31 AND id < (old.id / 64 + 1) << 31;"
    " END;";
_Static_assert(BLOCK_SEGMENTS == 64 && BLOCK_DIMENSION_BITS + BLOCK_VALUE_BITS == 31,
               "the texts know these");
_Static_assert(BLOCK_DIMENSIONS == 7, "so do those of the statements");

struct block_store {
    sqlite3 *db;
    sqlite3_stmt *unfinished, *missing, *starts, *column;
    sqlite3_stmt *set_block, *add_sum, *delete_sums;
    struct segment segment;
    struct block_sum sum;
    struct block_sum_bytes bytes;
};

/* A row of trace_block. */
struct block {
    int64_t id, level, dimensions, next_dimension, next_value;
};

enum err block_store_create(sqlite3 *db, struct err_msg *why)
{
    return db_run(db, objects, why);
}

enum err block_store_open(sqlite3 *db, struct block_store **ret_store, struct err_msg *why)
{
    struct block_store *store = mem_zero(1, sizeof *store);
    const struct db_statement statements[] = {
        {&store->unfinished,
         "SELECT id, level, dimensions, next_dimension, next_value FROM trace_block"
         " WHERE id >= 0 AND id < 1 << 25 AND level BETWEEN 0 AND 16"
         " AND next_dimension BETWEEN 0 AND 6 ORDER BY id DESC LIMIT 1"},
        {&store->missing, "SELECT id / 64 FROM trace_segment WHERE id >= 0 AND id < 1 << 31"
                          " GROUP BY id / 64 HAVING count(*) = 64"
                          " AND id / 64 NOT IN (SELECT id FROM trace_block)"
                          " ORDER BY id LIMIT 1"},
        {&store->starts, BLOCK_STARTS_SQL},
        {&store->column, SEGMENT_COLUMN_SQL},
        {&store->set_block, "INSERT OR REPLACE INTO trace_block"
                            "(id, level, dimensions, next_dimension, next_value)"
                            " VALUES(?1, ?2, ?3, ?4, ?5)"},
        {&store->add_sum, "INSERT OR REPLACE INTO trace_sum(id, figures, ranges, durations, starts)"
                          " VALUES(?1, ?2, ?3, ?4, ?5)"},
        {&store->delete_sums, "DELETE FROM trace_sum WHERE id >= ?1 AND id < ?2"},
    };
    _Static_assert(TIME_LEVELS == 17, "a text knows it");
    store->db = db;
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    if (err != ERR_OK) {
        block_store_close(store);
        return err;
    }
    *ret_store = store;
    return ERR_OK;
}

void block_store_close(struct block_store *store)
{
    if (store == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {
        store->unfinished, store->missing, store->starts,      store->column,
        store->set_block,  store->add_sum, store->delete_sums,
    };
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    segment_clear(&store->segment);
    block_sum_bytes_clear(&store->bytes);
    free(store);
}

/* The first columns of the first row; ret_found: there is one. */
static enum err get(struct block_store *store, sqlite3_stmt *statement, int64_t *values,
                    size_t count, bool *ret_found, struct err_msg *why)
{
    int rc = sqlite3_step(statement);
    *ret_found = rc == SQLITE_ROW;
    for (size_t i = 0; i < count && *ret_found; i++) {
        values[i] = sqlite3_column_int64(statement, (int)i);
    }
    enum err err = db_error(store->db, rc, why);
    sqlite3_reset(statement);
    return err;
}

/* ---- one slice ------------------------------------------------------------------------------ */

/* Whether a dimension has more values in the block than are kept. */
static enum err has_too_many(struct block_store *store, const struct block *block,
                             enum block_dimension dimension, bool *ret_many, struct err_msg *why)
{
    uint32_t columns = 1u << block_column(dimension);
    columns |= dimension == BLOCK_SERVICES ? 1u << COLUMN_SETS : 0;
    struct grouping values = {0};
    enum err err = ERR_OK;
    bool good = true;
    for (int64_t i = 0; i < BLOCK_SEGMENTS && err == ERR_OK && good; i++) {
        struct block_sets sets = {.count = 0};
        int rc = segment_read_columns(&store->segment, store->column,
                                      block->id * BLOCK_SEGMENTS + i, columns, false, &good);
        err = db_error(store->db, rc, why);
        if (err == ERR_OK && good && dimension == BLOCK_SERVICES) {
            block_sets_find(&sets, &store->segment);
        }
        for (size_t row = 0; err == ERR_OK && good && row < store->segment.count; row++) {
            const int64_t *found;
            size_t count;
            good = block_values(&store->segment, &sets, dimension, row, &found, &count);
            for (size_t k = 0; good && k < count; k++) {
                grouping_add(&values, found[k], 0, STATUS_IN_PROGRESS, 0);
            }
            good = good && values.count <= BLOCK_VALUES_LARGEST;
        }
    }
    *ret_many = !good;
    grouping_clear(&values);
    return err;
}

static enum err keep_sums(struct block_store *store, struct block *block, struct block_tally *tally,
                          int64_t *ret_traces, struct err_msg *why)
{
    enum err err = ERR_OK;
    sqlite3_stmt *row = store->add_sum;
    const struct text_buffer *const blobs[] = {&store->bytes.figures, &store->bytes.ranges,
                                               &store->bytes.durations, &store->bytes.starts};
    int64_t value;
    *ret_traces = 0;
    while (err == ERR_OK && block_tally_next(tally, &value, &store->sum)) {
        block_sum_write(&store->sum, &store->bytes);
        db_bind_i64(row, 1, block_sum_key(block->id, tally->dimension, value));
        for (size_t i = 0; i < ARRAY_LEN(blobs); i++) {
            db_bind_blob(row, (int)i + 2, blobs[i]->data, blobs[i]->length);
        }
        err = db_step_reset(row, why);
        block->next_value = value + 1;
        *ret_traces += store->sum.count;
    }
    return err;
}

static enum err delete_sums(struct block_store *store, const struct block *block,
                            enum block_dimension dimension, struct err_msg *why)
{
    int64_t key = block_sum_key(block->id, dimension, 0);
    db_bind_i64(store->delete_sums, 1, key);
    db_bind_i64(store->delete_sums, 2, key + (INT64_C(1) << BLOCK_VALUE_BITS));
    return db_step_reset(store->delete_sums, why);
}

/* Adds the next values up, and says in block where to go on. */
static enum err add_slice(struct block_store *store, struct block *block, int64_t first_bin,
                          struct err_msg *why)
{
    struct block_tally tally = {
        .dimension = (enum block_dimension)block->next_dimension,
        .from = block->next_value,
        .level = (size_t)block->level,
        .first_bin = first_bin,
    };
    bool good = true, many = false;
    int64_t traces = 0;
    int rc = block_tally_read(&tally, store->column, block->id, &store->segment, &good);
    enum err err = db_error(store->db, rc, why);
    if (err == ERR_OK && good && tally.more && tally.from == 0) {
        err = has_too_many(store, block, tally.dimension, &many, why);
    }
    good = good && !many;
    if (err == ERR_OK && good) {
        err = keep_sums(store, block, &tally, &traces, why);
    } else if (err == ERR_OK) {
        err = delete_sums(store, block, tally.dimension, why);
    }
    if (good && !tally.more) {
        block->dimensions |= 1 << tally.dimension;
    }
    if (!good || !tally.more) {
        block->next_dimension++;
        block->next_value = 0;
    }
    if (tally.dimension == BLOCK_ALL && traces < BLOCK_TRACES - BLOCK_MISSING_LARGEST) {
        block->dimensions = 0;
        block->next_dimension = BLOCK_DIMENSIONS;
    }
    block_tally_clear(&tally);
    return err;
}

/* ---- which one ------------------------------------------------------------------------------ */

/* The block that is under way, or a new one. */
static enum err choose(struct block_store *store, struct block *block, bool *ret_found,
                       struct err_msg *why)
{
    int64_t values[5];
    enum err err = get(store, store->unfinished, values, ARRAY_LEN(values), ret_found, why);
    if (err != ERR_OK || *ret_found) {
        *block = (struct block){values[0], values[1], values[2], values[3], values[4]};
        return err;
    }
    *block = (struct block){.level = -1};
    return get(store, store->missing, &block->id, 1, ret_found, why);
}

static enum err build(struct block_store *store, struct block *block, struct err_msg *why)
{
    int64_t starts[2] = {0};
    bool found;
    db_bind_i64(store->starts, 1, block->id);
    enum err err = get(store, store->starts, starts, 2, &found, why);
    if (err != ERR_OK) {
        return err;
    }
    if (block->level < 0) {
        block->level = (int64_t)time_level_of_range(starts[0], starts[1], BLOCK_BINS);
    }
    int64_t first_bin = time_bin_of((size_t)block->level, starts[0]);
    err = add_slice(store, block, first_bin, why);
    const int64_t values[] = {block->id, block->level, block->dimensions, block->next_dimension,
                              block->next_value};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        db_bind_i64(store->set_block, (int)i + 1, values[i]);
    }
    return err == ERR_OK ? db_step_reset(store->set_block, why) : err;
}

enum err block_store_build(struct block_store *store, bool *ret_more, struct err_msg *why)
{
    struct block block;
    *ret_more = false;
    enum err err = choose(store, &block, ret_more, why);
    if (err != ERR_OK || !*ret_more) {
        return err;
    }
    err = db_run(store->db, "BEGIN IMMEDIATE", why);
    if (err == ERR_OK) {
        err = build(store, &block, why);
    }
    if (err == ERR_OK) {
        err = db_run(store->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(store->db);
        *ret_more = false;
    }
    return err;
}
