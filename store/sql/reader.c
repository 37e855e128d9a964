/* reader — the connection behind the questions: opening, transactions, cancelling, sizes. */
#include "store/reader.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "store/base/clock.h"
#include "store/sql/block_scan.h"
#include "store/sql/filter_functions.h"
#include "store/sql/query_trace.h"
#include "store/sql/reader_private.h"
#include "store/sql/schema.h"
#include "store/sql/segment_scan.h"
#include "store/sql/segment_store.h"

enum {
    PROGRESS_STEPS = 1000, /* opcodes between two looks at the flag: well under a millisecond */
    NAMES_LIMIT_BYTES = 64 << 20,
    SIZE_SHARE = 20, /* counting everything may take one part in 20 of the time */
};

/* A busy receiver writes some 20 MB a second into the WAL, which may have 64. */
static const int64_t snapshot_longest_ns = NS_PER_S / 4;

static const char *const statement_texts[READ_STATEMENT_COUNT] = {
    [READ_VERSION] = "PRAGMA user_version",
    [READ_NAME] = "SELECT text FROM name WHERE id = ?",
    [READ_NAME_ID] = "SELECT id FROM name WHERE kind = ? AND text = ?",
    [READ_KIND] = "SELECT id, text FROM name WHERE kind = ?",
    [READ_TRACE_ID] = "SELECT number FROM id_of_trace WHERE id = ?",
    [READ_TRACE_ROW] = "SELECT " TRACE_COLUMNS " FROM trace t WHERE t.number = ?",
    [READ_SKELETONS] = "SELECT " SKELETON_COLUMNS " FROM span s"
                       " WHERE s.trace = ?1 AND (s.id, s.side) > (ifnull(?2, 0), ?3)",
    [READ_SKELETON] = "SELECT " SKELETON_COLUMNS " FROM span s"
                      " WHERE s.trace = ? AND s.id = ? AND s.side = ?",
    [READ_RANKS] = "SELECT ranks FROM trace WHERE number = ?",
    [READ_BODY] = "SELECT " BODY_COLUMNS " FROM body b LEFT JOIN resource r ON r.id = b.resource"
                  " LEFT JOIN scope c ON c.id = b.scope WHERE b.id = ?",
    [READ_CLIENT] = "SELECT client_type FROM body WHERE id = ?",
    [READ_NEWEST] = "SELECT number FROM trace ORDER BY number DESC LIMIT ?",
    [READ_SOME_DURATIONS] = "SELECT service, name, status, duration_ns FROM span"
                            " WHERE trace = ? AND duration_ns IS NOT NULL LIMIT ?",
    [READ_KIND_IN_ORDER] = "SELECT id FROM name WHERE kind = ? ORDER BY text",
    [READ_NAME_UP_TO] = "SELECT id, text FROM name WHERE kind = ? AND text <= ?"
                        " ORDER BY text DESC LIMIT 1",
    [READ_SEGMENTS] = "SELECT id, start_least, start_largest, duration_least, duration_largest,"
                      " spans_least, spans_largest, errors_least, errors_largest,"
                      " ifnull(operation_first, -1), ifnull(operation_last, -1),"
                      " ifnull(user_first, -1), ifnull(user_last, -1)"
                      " FROM trace_segment ORDER BY id",
    [READ_STALE] = "SELECT number FROM trace_stale ORDER BY number",
    [READ_COLUMN] = SEGMENT_COLUMN_SQL,
    [READ_NEXT_NUMBER] = "SELECT min(number) FROM trace WHERE number >= ?",
    [READ_SEGMENT_ROWS] = SEGMENT_ROWS_SQL,
    [READ_STALE_ROWS] = "SELECT " SEGMENT_TRACE_COLUMNS " FROM trace_stale x"
                        " CROSS JOIN trace t ON t.number = x.number"
                        " WHERE x.number >= ?1 AND x.number < ?2 ORDER BY x.number",
    [READ_BLOCKS] = "SELECT id, level, dimensions FROM trace_block ORDER BY id",
    [READ_SUM_FIGURES] = "SELECT figures, ranges FROM trace_sum WHERE id = ?1",
    [READ_SUMS] = "SELECT id, figures, durations, starts FROM trace_sum"
                  " WHERE id >= ?1 AND id < ?2 ORDER BY id",
    [READ_SPANS] = SEGMENT_SPANS_SQL,
};

/* Runs inside SQLite, also while the connection is being closed; the flag is all it looks at, so a
 * cancel that came before the question began is not lost. */
static int on_progress(void *ctx)
{
    const struct reader *reader = ctx;
    return atomic_load_explicit(&reader->cancelled, memory_order_relaxed);
}

enum err reader_open(const char *path, struct reader **ret_reader, struct err_msg *why)
{
    sqlite3 *db = NULL;
    enum err err = db_open(path, DB_READ, &db, why);
    if (err != ERR_OK) {
        return err;
    }
    struct reader *reader = mem_zero(1, sizeof *reader);
    reader->db = db;
    reader->size_version = -1;
    atomic_init(&reader->cancelled, false);
    err = reader_error(reader, filter_functions_register(reader), why);
    if (err != ERR_OK) {
        reader_close(reader);
        return err;
    }
    *ret_reader = reader;
    return ERR_OK;
}

void reader_close(struct reader *reader)
{
    if (reader == NULL) {
        return;
    }
    for (size_t i = 0; i < READ_STATEMENT_COUNT; i++) {
        sqlite3_finalize(reader->statements[i]);
    }
    db_close(reader->db);
    name_cache_clear(&reader->names);
    text_buffer_free(&reader->object);
    grouping_clear(&reader->baselines.sample);
    name_ranks_clear(&reader->user_ranks);
    name_ranks_clear(&reader->operation_ranks);
    free(reader);
}

void reader_cancel(struct reader *reader)
{
    atomic_store(&reader->cancelled, true);
}

void reader_resume(struct reader *reader)
{
    atomic_store(&reader->cancelled, false);
}

/* ---- for the questions ---------------------------------------------------------------------- */

enum err reader_error(struct reader *reader, int rc, struct err_msg *why)
{
    return db_error(reader->db, rc, why);
}

/* Who looks on for days may see the receiver come back as a newer program. */
static enum err check_version(struct reader *reader, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(reader, READ_VERSION, &statement, why);
    if (err != ERR_OK) {
        return err;
    }
    int rc = sqlite3_step(statement);
    bool newer = rc == SQLITE_ROW && sqlite3_column_int64(statement, 0) > SCHEMA_VERSION;
    err = reader_error(reader, rc, why);
    sqlite3_reset(statement);
    return newer ? err_set(why, ERR_VERSION, "a newer tracetui has changed the database: use that")
                 : err;
}

enum err reader_begin(struct reader *reader, struct err_msg *why)
{
    if (atomic_load(&reader->cancelled)) {
        return err_set(why, ERR_CANCELLED, "cancelled");
    }
    if (reader->names.arena.used_bytes > NAMES_LIMIT_BYTES) {
        name_cache_clear(&reader->names);
    }
    enum err err = db_run(reader->db, "BEGIN", why);
    if (err == ERR_OK) {
        err = check_version(reader, why);
        if (err != ERR_OK) {
            db_rollback(reader->db);
        }
    }
    if (err == ERR_OK) {
        reader->began_ns = clock_monotonic_ns();
        sqlite3_progress_handler(reader->db, PROGRESS_STEPS, on_progress, reader);
    }
    return err;
}

bool reader_holds_long(const struct reader *reader)
{
    return clock_monotonic_ns() - reader->began_ns > snapshot_longest_ns;
}

enum err reader_renew(struct reader *reader, struct err_msg *why)
{
    if (!reader_holds_long(reader)) {
        return ERR_OK;
    }
    reader_end(reader);
    return reader_begin(reader, why);
}

void reader_end(struct reader *reader)
{
    sqlite3_progress_handler(reader->db, 0, NULL, NULL);
    db_rollback(reader->db); /* nothing was written: the same as COMMIT, and cannot fail */
}

enum err reader_statement(struct reader *reader, enum reader_statement which,
                          sqlite3_stmt **ret_statement, struct err_msg *why)
{
    sqlite3_stmt **statement = &reader->statements[which];
    if (*statement == NULL) {
        enum err err = db_prepare(reader->db, statement_texts[which], statement, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_statement = *statement;
    return ERR_OK;
}

struct text reader_name(struct reader *reader, int64_t id)
{
    sqlite3_stmt *statement;
    struct text text = {0};
    if (id == 0) {
        return text;
    }
    const struct name_cache_slot *known = name_cache_find(&reader->names, id);
    if (known != NULL) {
        return known->text;
    }
    if (reader_statement(reader, READ_NAME, &statement, NULL) != ERR_OK) {
        return text;
    }
    sqlite3_bind_int64(statement, 1, id);
    int rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        text = name_cache_add(&reader->names, id, db_column_text(statement, 0));
    }
    (void)!reader_error(reader, rc, NULL); /* without memory there is no name to show instead */
    sqlite3_reset(statement);
    return text;
}

/* ---- figures of the file -------------------------------------------------------------------- */

enum err reader_version(struct reader *reader, int64_t *ret_version)
{
    return db_get_i64(reader->db, "PRAGMA data_version", ret_version, NULL);
}

bool reader_has_moved(struct reader *reader)
{
    return db_has_moved(reader->db);
}

/* Adds the traces behind a number to the size. */
static enum err count_from(struct reader *reader, int64_t number, struct store_size *size,
                           int64_t *last_number)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(reader->db,
                                "SELECT count(*), ifnull(sum(span_count), 0),"
                                " ifnull(max(number), 0) FROM trace WHERE number > ?",
                                -1, &statement, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, number);
        rc = sqlite3_step(statement);
    }
    if (rc == SQLITE_ROW) {
        size->traces += sqlite3_column_int64(statement, 0);
        size->spans += db_column_count(statement, 1);
        int64_t last = sqlite3_column_int64(statement, 2);
        *last_number = last > number ? last : number;
    }
    sqlite3_finalize(statement);
    return reader_error(reader, rc, NULL);
}

/* Where there are no segments counting reads every trace row, so after a commit only the new traces
 * are added, until a full count has become cheap compared to the time since the last one. In
 * between, traces that were pruned and spans added to old traces are not seen. */
static enum err count_traces(struct reader *reader, int64_t version, struct store_size *size)
{
    int64_t now = clock_monotonic_ns();
    bool all = reader->size_version < 0 ||
               now - reader->size_counted_at >= reader->size_cost_ns * SIZE_SHARE;
    struct store_size counted = {0};
    int64_t number = 0;
    if (!all) {
        counted.traces = reader->size.traces;
        counted.spans = reader->size.spans;
        number = reader->size_number;
    }
    enum err err = count_from(reader, number, &counted, &number);
    if (err != ERR_OK) {
        return err;
    }
    if (all) {
        reader->size_counted_at = clock_monotonic_ns();
        reader->size_cost_ns = reader->size_counted_at - now;
    }
    reader->size = counted;
    reader->size_number = number;
    reader->size_version = version;
    size->traces = counted.traces;
    size->spans = counted.spans;
    return ERR_OK;
}

static void add_sum(const struct block_sum *sum, int64_t value, void *ctx)
{
    struct store_size *size = ctx;
    (void)value;
    size->traces += sum->count;
    size->spans += sum->spans;
}

/* The exact numbers, in a millisecond for a million traces. */
static enum err count_segments(struct reader *reader, struct store_size *size)
{
    struct segment_scan scan = {.reader = reader, .columns = 1u << COLUMN_SPANS};
    const struct block_scan blocks = {.scan = &scan, .take = add_sum, .ctx = size};
    enum err err = segment_scan_begin(&scan, NULL, 0, NULL);
    size->traces = size->spans = 0;
    if (err == ERR_OK) {
        err = block_scan_run(&blocks, NULL);
    }
    for (size_t i = 0; i < scan.count && err == ERR_OK; i++) {
        err = segment_scan_load(&scan, &scan.pieces[i], NULL);
        for (size_t row = 0; err == ERR_OK && row < scan.segment.count; row++) {
            size->traces += scan.keep[row];
            size->spans +=
                scan.keep[row] ? db_count(scan.segment.columns[COLUMN_SPANS].values[row]) : 0;
        }
    }
    segment_scan_clear(&scan);
    return err;
}

static int64_t wal_bytes(sqlite3 *db)
{
    struct stat found;
    const char *wal = sqlite3_filename_wal(sqlite3_db_filename(db, "main"));
    return stat(wal, &found) == 0 ? found.st_size : 0;
}

enum err reader_size(struct reader *reader, struct store_size *ret_size)
{
    struct store_size size = {.traces = reader->size.traces, .spans = reader->size.spans};
    int64_t version = 0;
    int64_t pages = 0;
    int64_t page_bytes = 0;
    enum err err = reader_version(reader, &version);
    if (err == ERR_OK) {
        err = reader_begin(reader, NULL);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (segment_scan_can(reader, NULL)) {
        err = count_segments(reader, &size);
    } else if (version != reader->size_version) {
        err = count_traces(reader, version, &size);
    }
    const struct {
        const char *sql;
        int64_t *value;
    } figures[] = {
        {"PRAGMA page_count", &pages},
        {"PRAGMA page_size", &page_bytes},
        {"SELECT ifnull(min(start_ns), 0) FROM trace", &size.oldest_ns},
        {"SELECT ifnull(max(start_ns), 0) FROM trace", &size.newest_ns},
    };
    for (size_t i = 0; i < ARRAY_LEN(figures) && err == ERR_OK; i++) {
        err = db_get_i64(reader->db, figures[i].sql, figures[i].value, NULL);
    }
    reader_end(reader);
    if (err == ERR_OK) {
        size.file_bytes = pages * page_bytes;
        size.wal_bytes = wal_bytes(reader->db);
        *ret_size = size;
    }
    return err;
}
