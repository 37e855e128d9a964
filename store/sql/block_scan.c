/* block_scan — a question over all traces, with sums of blocks in the place of their segments. */
#include "store/sql/block_scan.h"

#include <stdlib.h>

#include "store/sql/block_store.h"
#include "store/sql/reader_private.h"

/* With more stale traces in a block its segments are read, as if it had no sums. */
enum { STALE_LARGEST = SEGMENT_ROWS };

struct block {
    int64_t id;
    size_t level;
    uint32_t dimensions;
    size_t first_piece; /* of BLOCK_SEGMENTS pieces */
    bool is_unusable;
};

struct walk {
    const struct block_scan *question;
    struct segment_scan *scan;
    struct segment_filter_core filter;
    enum block_dimension dimension; /* of the sums to look at */
    struct block *blocks;
    size_t count;
    struct block_trace *stale; /* as the segments of the present block know them, by value */
    size_t stale_count, stale_capacity;
    struct block_sum sum;
};

/* ---- blocks of a scan ----------------------------------------------------------------------- */

static bool dimension_of(enum segment_column column, enum block_dimension *ret_dimension)
{
    for (int i = 0; i < BLOCK_DIMENSIONS; i++) {
        if (block_column((enum block_dimension)i) == column) {
            *ret_dimension = (enum block_dimension)i;
            return true;
        }
    }
    return false;
}

static bool can(struct reader *reader)
{
    int64_t is_of_now = 0;
    if (!reader->has_blocks &&
        db_get_i64(reader->db, BLOCK_STORE_IS_OF_NOW_SQL, &is_of_now, NULL) == ERR_OK) {
        reader->has_blocks = is_of_now > 0;
    }
    return reader->has_blocks;
}

/* Whether the pieces from there on are all segments of a block. */
static bool is_whole(const struct segment_scan *scan, size_t piece, int64_t id)
{
    for (size_t i = 0; i < BLOCK_SEGMENTS; i++) {
        if (piece + i >= scan->count || scan->pieces[piece + i].kind != PIECE_STORED ||
            scan->pieces[piece + i].from != id * BLOCK_TRACES + (int64_t)i * SEGMENT_ROWS) {
            return false;
        }
    }
    return true;
}

/* The blocks with sums of that dimension; both lists are in order. */
static enum err list_blocks(struct walk *walk, struct err_msg *why)
{
    struct segment_scan *scan = walk->scan;
    sqlite3_stmt *row = NULL;
    size_t piece = 0;
    int rc = SQLITE_DONE;
    if (!can(scan->reader)) {
        return ERR_OK;
    }
    enum err err = reader_statement(scan->reader, READ_BLOCKS, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    walk->blocks = mem_alloc((scan->count / BLOCK_SEGMENTS + 1) * sizeof *walk->blocks);
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        struct block block = {.id = sqlite3_column_int64(row, 0),
                              .level = (size_t)sqlite3_column_int64(row, 1),
                              .dimensions = (uint32_t)sqlite3_column_int64(row, 2)};
        if (block.id < 0 || block.id > INT32_MAX / BLOCK_SEGMENTS || block.level >= TIME_LEVELS ||
            (block.dimensions >> walk->dimension & 1) == 0) {
            continue;
        }
        while (piece < scan->count && scan->pieces[piece].kind != PIECE_STALE &&
               scan->pieces[piece].from < block.id * BLOCK_TRACES) {
            piece++;
        }
        if (is_whole(scan, piece, block.id)) {
            block.first_piece = piece;
            walk->blocks[walk->count++] = block;
            piece += BLOCK_SEGMENTS;
        }
    }
    sqlite3_reset(row);
    return reader_error(scan->reader, rc, why);
}

/* ---- traces that changed -------------------------------------------------------------------- */

static void keep_stale(struct walk *walk)
{
    const struct segment *segment = &walk->scan->segment;
    const struct segment_values *columns = segment->columns;
    enum segment_column by = block_column(walk->question->by);
    for (size_t row = 0; row < segment->count; row++) {
        if (!walk->scan->keep[row]) {
            continue;
        }
        if (walk->stale_count == walk->stale_capacity) {
            walk->stale_capacity = walk->stale_capacity != 0 ? 2 * walk->stale_capacity : 64;
            walk->stale = mem_grow(walk->stale, walk->stale_capacity * sizeof *walk->stale);
        }
        walk->stale[walk->stale_count++] = (struct block_trace){
            .value = by == COLUMN_COUNT ? walk->filter.value : columns[by].values[row],
            .start_ns = columns[COLUMN_START].values[row],
            .duration_ns = columns[COLUMN_DURATION].values[row],
            .spans = columns[COLUMN_SPANS].values[row],
            .status = (enum span_status)columns[COLUMN_STATUS].values[row],
        };
    }
}

static int by_value(const void *left, const void *right)
{
    const struct block_trace *a = left;
    const struct block_trace *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

static enum err list_stale(struct walk *walk, struct block *block, struct err_msg *why)
{
    enum err err = ERR_OK;
    walk->stale_count = 0;
    for (size_t i = 0; i < BLOCK_SEGMENTS && err == ERR_OK && !block->is_unusable; i++) {
        const struct segment_piece *piece = &walk->scan->pieces[block->first_piece + i];
        if (!segment_scan_has_past(walk->scan, piece)) {
            continue;
        }
        if (walk->dimension == BLOCK_TYPE) { /* no segment knows the spans of a single trace */
            block->is_unusable = true;
            break;
        }
        err = segment_scan_load_past(walk->scan, piece,
                                     1u << COLUMN_START | 1u << COLUMN_DURATION |
                                         1u << COLUMN_SPANS | 1u << COLUMN_STATUS,
                                     why);
        if (err == ERR_OK) {
            keep_stale(walk);
        }
        block->is_unusable = walk->stale_count > STALE_LARGEST;
    }
    if (walk->stale_count > 1) {
        qsort(walk->stale, walk->stale_count, sizeof *walk->stale, by_value);
    }
    return err;
}

/* ---- sums ----------------------------------------------------------------------------------- */

static struct text blob(sqlite3_stmt *row, int column)
{
    const char *bytes = sqlite3_column_blob(row, column);
    return text_make(bytes, (size_t)sqlite3_column_bytes(row, column));
}

static enum err damaged(struct err_msg *why)
{
    return err_set(why, ERR_CORRUPT, "database damaged: sums of traces");
}

static bool lies_outside(const struct walk *walk)
{
    return walk->sum.first_ns > walk->filter.to_ns || walk->sum.last_ns < walk->filter.from_ns;
}

static bool lies_inside(const struct walk *walk)
{
    return walk->sum.first_ns >= walk->filter.from_ns && walk->sum.last_ns <= walk->filter.to_ns;
}

/* False if the bytes make no sense. */
static bool read_sum(struct walk *walk, sqlite3_stmt *row)
{
    struct block_sum *sum = &walk->sum;
    sum->bin_count = 0;
    return block_sum_read_figures(sum, blob(row, 1)) &&
           block_sum_read_durations(sum, blob(row, 2)) &&
           (!walk->question->with_starts || block_sum_read_starts(sum, blob(row, 3))) &&
           distribution_part_is_sound(&sum->ended);
}

/* Takes the stale traces from *at on that have this value out again. */
static bool remove_stale(struct walk *walk, int64_t value, size_t *at)
{
    for (; *at < walk->stale_count && walk->stale[*at].value == value; ++*at) {
        if (!block_sum_remove(&walk->sum, &walk->stale[*at])) {
            return false;
        }
    }
    return true;
}

/* Reads the sums of a block, and gives them away if that is wanted. */
static enum err visit(struct walk *walk, struct block *block, bool give, struct err_msg *why)
{
    const struct block_scan *question = walk->question;
    bool one = question->by == BLOCK_ALL;
    int64_t key = block_sum_key(block->id, walk->dimension, one ? walk->filter.value : 0);
    size_t at = 0;
    int rc = SQLITE_DONE;
    sqlite3_stmt *row;
    enum err err = reader_statement(walk->scan->reader, READ_SUMS, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(row, 1, key);
    db_bind_i64(row, 2, key + (one ? 1 : INT64_C(1) << BLOCK_VALUE_BITS));
    walk->sum.level = block->level;
    while (!block->is_unusable && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t value = sqlite3_column_int64(row, 0) & ((INT64_C(1) << BLOCK_VALUE_BITS) - 1);
        if (!read_sum(walk, row)) {
            err = damaged(why);
            break;
        }
        if (lies_outside(walk)) {
            continue;
        }
        block->is_unusable = !lies_inside(walk) || !remove_stale(walk, value, &at);
        if (give && !block->is_unusable) {
            question->take(&walk->sum, value, question->ctx);
        }
    }
    block->is_unusable = block->is_unusable || at < walk->stale_count;
    err = err == ERR_OK ? reader_error(walk->scan->reader, rc, why) : err;
    sqlite3_reset(row);
    return err;
}

static enum err read_figures(struct walk *walk, const struct block *block, bool with_ranges,
                             bool *ret_found, struct err_msg *why)
{
    sqlite3_stmt *row;
    enum err err = reader_statement(walk->scan->reader, READ_SUM_FIGURES, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(row, 1, block_sum_key(block->id, walk->dimension, walk->filter.value));
    int rc = sqlite3_step(row);
    *ret_found = rc == SQLITE_ROW;
    bool good = !*ret_found || (block_sum_read_figures(&walk->sum, blob(row, 0)) &&
                                (!with_ranges || block_sum_read_ranges(&walk->sum, blob(row, 1))));
    err = reader_error(walk->scan->reader, rc, why);
    sqlite3_reset(row);
    return err == ERR_OK && !good ? damaged(why) : err;
}

/* The strip covers the matches of all blocks at least: where bins are too wide for that, the
 * starts of the traces are asked for one by one. */
static enum err leave_wide_bins(struct walk *walk, struct err_msg *why)
{
    int64_t first_ns = INT64_MAX, last_ns = 0;
    enum err err = ERR_OK;
    for (size_t i = 0; i < walk->count && err == ERR_OK; i++) {
        bool found;
        err = read_figures(walk, &walk->blocks[i], false, &found, why);
        if (err == ERR_OK && found && lies_inside(walk)) {
            first_ns = walk->sum.first_ns < first_ns ? walk->sum.first_ns : first_ns;
            last_ns = walk->sum.last_ns > last_ns ? walk->sum.last_ns : last_ns;
        }
    }
    if (err != ERR_OK || first_ns > last_ns) {
        return err;
    }
    size_t widest = time_level_of_buckets(first_ns, last_ns, walk->question->strip_buckets);
    for (size_t i = 0; i < walk->count; i++) {
        walk->blocks[i].is_unusable = walk->blocks[i].level > widest;
    }
    return ERR_OK;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static enum err use_block(struct walk *walk, struct block *block, struct err_msg *why)
{
    if (atomic_load_explicit(&walk->scan->reader->cancelled, memory_order_relaxed)) {
        return err_set(why, ERR_CANCELLED, "cancelled");
    }
    enum err err = list_stale(walk, block, why);
    bool may_fail =
        walk->stale_count > 0 || walk->filter.from_ns > 0 || walk->filter.to_ns < INT64_MAX;
    if (err == ERR_OK && !block->is_unusable && may_fail) {
        err = visit(walk, block, false, why); /* all or none: the last may be the one that cannot */
    }
    if (err == ERR_OK && !block->is_unusable) {
        err = visit(walk, block, true, why);
    }
    for (size_t i = 0; i < BLOCK_SEGMENTS && !block->is_unusable; i++) {
        walk->scan->pieces[block->first_piece + i].is_done = true;
    }
    return err;
}

static enum err run(struct walk *walk, struct err_msg *why)
{
    const struct block_scan *question = walk->question;
    if (!walk->filter.is_all || !dimension_of(walk->filter.column, &walk->dimension) ||
        (question->by != BLOCK_ALL && walk->dimension != BLOCK_ALL)) {
        return ERR_OK;
    }
    walk->dimension = question->by != BLOCK_ALL ? question->by : walk->dimension;
    enum err err = list_blocks(walk, why);
    if (err == ERR_OK && question->with_starts) {
        err = leave_wide_bins(walk, why);
    }
    for (size_t i = walk->count; i-- > 0 && err == ERR_OK;) {
        if (!walk->blocks[i].is_unusable) {
            err = use_block(walk, &walk->blocks[i], why);
        }
    }
    return err;
}

static struct walk *new_walk(struct segment_scan *scan)
{
    struct walk *walk = mem_zero(1, sizeof *walk);
    walk->scan = scan;
    walk->filter = segment_filter_core(&scan->filter);
    return walk;
}

static void free_walk(struct walk *walk)
{
    free(walk->blocks);
    free(walk->stale);
    free(walk);
}

enum err block_scan_run(const struct block_scan *question, struct err_msg *why)
{
    struct walk *walk = new_walk(question->scan);
    walk->question = question;
    enum err err = run(walk, why);
    free_walk(walk);
    return err;
}

/* ---- which segments ------------------------------------------------------------------------- */

static void narrow_piece(struct segment_piece *piece, const struct block_range *range)
{
    struct segment_zone *zone = &piece->zone;
    if (range->least == BLOCK_NO_BUCKET) {
        piece->is_done = true;
        return;
    }
    int64_t least = distribution_bucket_least(range->least);
    int64_t largest = distribution_bucket_largest(range->largest);
    if (least > zone->least[COLUMN_DURATION]) {
        zone->least[COLUMN_DURATION] = least;
    }
    if (largest < zone->largest[COLUMN_DURATION]) {
        zone->largest[COLUMN_DURATION] = largest;
    }
}

static enum err narrow_block(struct walk *walk, const struct block *block, struct err_msg *why)
{
    bool found;
    enum err err = read_figures(walk, block, true, &found, why);
    for (size_t i = 0; i < BLOCK_SEGMENTS && err == ERR_OK; i++) {
        static const struct block_range none = {BLOCK_NO_BUCKET, BLOCK_NO_BUCKET};
        narrow_piece(&walk->scan->pieces[block->first_piece + i],
                     found ? &walk->sum.ranges[i] : &none);
    }
    return err;
}

enum err block_scan_narrow(struct segment_scan *scan, struct err_msg *why)
{
    struct walk *walk = new_walk(scan);
    enum err err = ERR_OK;
    if (dimension_of(walk->filter.column, &walk->dimension) && walk->dimension != BLOCK_ALL) {
        err = list_blocks(walk, why);
    }
    for (size_t i = 0; i < walk->count && err == ERR_OK; i++) {
        err = narrow_block(walk, &walk->blocks[i], why);
    }
    free_walk(walk);
    return err;
}
