/* segment_store — segments are built behind the newest traces, and known where they are stale. */
#include "store/sql/segment_store.h"

#include <stdlib.h>

#include "store/sql/segment_names.h"
#include "store/sql/segment_types.h"

/* Readers look at each stale trace, which is slow; a rebuild costs about 10 ms. Retention deletes
 * in order: half of a segment, and then the other half. */
enum { STALE_OF_SEGMENT = SEGMENT_ROWS / 2, STALE_LARGEST = SEGMENT_ROWS };

struct segment_store {
    sqlite3 *db;
    sqlite3_stmt *newest, *next_number, *last, *traces, *spans, *name;
    sqlite3_stmt *add_segment, *add_column, *delete_segment, *delete_columns, *delete_stale;
    sqlite3_stmt *count_stale, *most_stale, *of_earlier;
    bool all_are_of_now;
    struct segment segment;
    struct text_buffer bytes;
};

/* The ranges of the sort keys stand in the row of the segment, so that a reader can tell which
 * segments it needs not look at. */
static const char objects[] =
    "CREATE TABLE IF NOT EXISTS trace_segment("
    "  id INTEGER PRIMARY KEY,"
    "  start_least INTEGER, start_largest INTEGER,"
    "  duration_least INTEGER, duration_largest INTEGER,"
    "  spans_least INTEGER, spans_largest INTEGER,"
    "  errors_least INTEGER, errors_largest INTEGER,"
    "  operation_first INTEGER, operation_last INTEGER, user_first INTEGER, user_last INTEGER);"
    "CREATE TABLE IF NOT EXISTS trace_column("
    "  id INTEGER PRIMARY KEY," /* of the segment * 16 + enum segment_column */
    "  count INTEGER NOT NULL, least INTEGER NOT NULL, largest INTEGER NOT NULL,"
    "  width INTEGER NOT NULL, data BLOB);"
    "CREATE TABLE IF NOT EXISTS trace_stale(number INTEGER PRIMARY KEY);"
    "CREATE TRIGGER IF NOT EXISTS trace_is_changed AFTER UPDATE ON trace"
    " WHEN EXISTS (SELECT 1 FROM trace_segment WHERE id = old.number / 4096)"
    " BEGIN INSERT OR IGNORE INTO trace_stale VALUES(old.number); END;"
    "CREATE TRIGGER IF NOT EXISTS trace_is_gone AFTER DELETE ON trace"
    " WHEN EXISTS (SELECT 1 FROM trace_segment WHERE id = old.number / 4096)"
    " BEGIN INSERT OR IGNORE INTO trace_stale VALUES(old.number); END;";
_Static_assert(SEGMENT_ROWS == 4096 && SEGMENT_COLUMNS_LARGEST == 16 && COLUMN_TYPES == 13,
               "the texts know these");

static const char name_columns[] = "BEGIN IMMEDIATE;"
                                   "ALTER TABLE trace_segment ADD COLUMN operation_first INTEGER;"
                                   "ALTER TABLE trace_segment ADD COLUMN operation_last INTEGER;"
                                   "ALTER TABLE trace_segment ADD COLUMN user_first INTEGER;"
                                   "ALTER TABLE trace_segment ADD COLUMN user_last INTEGER;"
                                   "COMMIT";

enum err segment_store_create(sqlite3 *db, struct err_msg *why)
{
    int64_t is_of_now = 0;
    enum err err = db_run(db, objects, why);
    if (err == ERR_OK) {
        err = db_get_i64(db, SEGMENT_STORE_IS_OF_NOW_SQL, &is_of_now, why);
    }
    if (err == ERR_OK && is_of_now == 0) {
        err = db_run(db, name_columns, why);
        db_rollback(db);
    }
    return err;
}

enum err segment_store_open(sqlite3 *db, struct segment_store **ret_store, struct err_msg *why)
{
    struct segment_store *store = mem_zero(1, sizeof *store);
    const struct db_statement statements[] = {
        {&store->newest, "SELECT ifnull(max(number), 0) FROM trace"},
        {&store->next_number, "SELECT min(number) FROM trace WHERE number >= ?1"},
        {&store->last, "SELECT ifnull(max(id), -1) FROM trace_segment"},
        {&store->traces, SEGMENT_ROWS_SQL},
        {&store->spans, SEGMENT_SPANS_SQL},
        {&store->name, SEGMENT_NAME_SQL},
        {&store->add_segment,
         "INSERT INTO trace_segment(id, start_least, start_largest, duration_least,"
         " duration_largest, spans_least, spans_largest, errors_least, errors_largest,"
         " operation_first, operation_last, user_first, user_last)"
         " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"},
        {&store->add_column, "INSERT INTO trace_column(id, count, least, largest, width, data)"
                             " VALUES(?1, ?2, ?3, ?4, ?5, ?6)"},
        {&store->delete_segment, "DELETE FROM trace_segment WHERE id = ?1"},
        {&store->delete_columns, "DELETE FROM trace_column WHERE id >= ?1 AND id < ?2"},
        {&store->delete_stale, "DELETE FROM trace_stale WHERE number >= ?1 AND number < ?2"},
        {&store->count_stale, "SELECT count(*) FROM trace_stale"},
        {&store->most_stale, "SELECT number / 4096, count(*) FROM trace_stale GROUP BY 1"
                             " ORDER BY 2 DESC LIMIT 1"},
        {&store->of_earlier,
         "SELECT id FROM trace_segment s WHERE user_last IS NULL OR NOT EXISTS"
         " (SELECT 1 FROM trace_column WHERE id = s.id * 16 + 13) ORDER BY id DESC LIMIT 1"},
    };
    store->db = db;
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    if (err != ERR_OK) {
        segment_store_close(store);
        return err;
    }
    *ret_store = store;
    return ERR_OK;
}

void segment_store_close(struct segment_store *store)
{
    if (store == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {
        store->newest,         store->next_number,    store->last,         store->traces,
        store->spans,          store->name,           store->add_segment,  store->add_column,
        store->delete_segment, store->delete_columns, store->delete_stale, store->count_stale,
        store->most_stale,     store->of_earlier,
    };
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    segment_clear(&store->segment);
    text_buffer_free(&store->bytes);
    free(store);
}

/* The first two columns of the first row; 0 where there is none. */
static enum err get(struct segment_store *store, sqlite3_stmt *statement, int64_t ret_values[2],
                    struct err_msg *why)
{
    int rc = sqlite3_step(statement);
    ret_values[0] = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    ret_values[1] = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 1) : 0;
    enum err err = db_error(store->db, rc, why);
    sqlite3_reset(statement);
    return err;
}

/* ---- one segment ---------------------------------------------------------------------------- */

static enum err delete_segment(struct segment_store *store, int64_t id, struct err_msg *why)
{
    const struct {
        sqlite3_stmt *statement;
        int64_t from, to;
    } steps[] = {
        {store->delete_columns, id * SEGMENT_COLUMNS_LARGEST, (id + 1) * SEGMENT_COLUMNS_LARGEST},
        {store->delete_stale, id * SEGMENT_ROWS, (id + 1) * SEGMENT_ROWS},
    };
    db_bind_i64(store->delete_segment, 1, id);
    enum err err = db_step_reset(store->delete_segment, why);
    for (size_t i = 0; i < ARRAY_LEN(steps) && err == ERR_OK; i++) {
        db_bind_i64(steps[i].statement, 1, steps[i].from);
        db_bind_i64(steps[i].statement, 2, steps[i].to);
        err = db_step_reset(steps[i].statement, why);
    }
    return err;
}

static enum err read_segment(struct segment_store *store, int64_t id, struct err_msg *why)
{
    db_bind_i64(store->traces, 1, id * SEGMENT_ROWS);
    db_bind_i64(store->traces, 2, (id + 1) * SEGMENT_ROWS);
    int rc = segment_read_rows(&store->segment, store->traces);
    enum err err = db_error(store->db, rc, why);
    sqlite3_reset(store->traces);
    if (err == ERR_OK) {
        struct grouping types = {.is_rough = true};
        rc = segment_read_spans(&store->segment, store->spans, &types);
        err = db_error(store->db, rc, why);
        segment_types_set(&store->segment, &types);
        grouping_clear(&types);
    }
    return err;
}

static enum err bind_names(struct segment_store *store, enum segment_column column, int parameter,
                           struct err_msg *why)
{
    struct segment_name_range range;
    int rc = segment_name_range(&store->segment, column, store->name, &range);
    db_bind_i64(store->add_segment, parameter, range.first);
    db_bind_i64(store->add_segment, parameter + 1, range.last);
    return db_error(store->db, rc, why);
}

static enum err add_segment(struct segment_store *store, int64_t id, struct err_msg *why)
{
    sqlite3_stmt *column = store->add_column;
    db_bind_i64(store->add_segment, 1, id);
    enum err err = bind_names(store, COLUMN_OPERATION, 10, why);
    if (err == ERR_OK) {
        err = bind_names(store, COLUMN_USER, 12, why);
    }
    for (int i = 0; i < COLUMN_COUNT && err == ERR_OK; i++) {
        struct segment_bytes bytes = segment_pack(&store->segment.columns[i], &store->bytes);
        if (i >= COLUMN_START && i <= COLUMN_ERRORS) {
            db_bind_i64(store->add_segment, 2 * i, bytes.least);
            db_bind_i64(store->add_segment, 2 * i + 1, bytes.largest);
        }
        db_bind_i64(column, 1, id * SEGMENT_COLUMNS_LARGEST + i);
        db_bind_i64(column, 2, bytes.count);
        db_bind_i64(column, 3, bytes.least);
        db_bind_i64(column, 4, bytes.largest);
        db_bind_i64(column, 5, bytes.width);
        db_bind_blob(column, 6, bytes.data.data, bytes.data.length);
        err = db_step_reset(column, why);
    }
    return err == ERR_OK ? db_step_reset(store->add_segment, why) : err;
}

/* A segment must lie below a trace that stays, lest its numbers be given again: the newest of all
 * is beyond it, see newest_number. */
static enum err renew(struct segment_store *store, int64_t id, struct err_msg *why)
{
    enum err err = db_run(store->db, "BEGIN IMMEDIATE", why);
    if (err == ERR_OK) {
        err = delete_segment(store, id, why);
    }
    if (err == ERR_OK) {
        err = read_segment(store, id, why);
    }
    if (err == ERR_OK && store->segment.count > 0) {
        err = add_segment(store, id, why);
    }
    if (err == ERR_OK) {
        err = db_run(store->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(store->db);
    }
    return err;
}

/* ---- which one ------------------------------------------------------------------------------ */

enum err segment_store_build(struct segment_store *store, bool *ret_more, struct err_msg *why)
{
    int64_t newest[2], last[2], number[2] = {0};
    enum err err = get(store, store->newest, newest, why);
    if (err == ERR_OK) {
        err = get(store, store->last, last, why);
    }
    *ret_more = false;
    if (err != ERR_OK || newest[0] < (last[0] + 2) * SEGMENT_ROWS + SEGMENT_MARGIN) {
        return err;
    }
    db_bind_i64(store->next_number, 1, (last[0] + 1) * SEGMENT_ROWS);
    err = get(store, store->next_number, number, why);
    int64_t id = number[0] / SEGMENT_ROWS;
    if (err != ERR_OK || newest[0] < (id + 1) * SEGMENT_ROWS + SEGMENT_MARGIN) {
        return err;
    }
    *ret_more = newest[0] >= (id + 2) * SEGMENT_ROWS + SEGMENT_MARGIN;
    return renew(store, id, why);
}

/* Once there is none there never will be: all new ones are like this version's. */
static enum err renew_of_earlier(struct segment_store *store, bool *ret_more, struct err_msg *why)
{
    if (store->all_are_of_now) {
        return ERR_OK;
    }
    int rc = sqlite3_step(store->of_earlier);
    int64_t id = sqlite3_column_int64(store->of_earlier, 0);
    enum err err = db_error(store->db, rc, why);
    sqlite3_reset(store->of_earlier);
    store->all_are_of_now = rc == SQLITE_DONE;
    *ret_more = rc == SQLITE_ROW;
    return err == ERR_OK && rc == SQLITE_ROW ? renew(store, id, why) : err;
}

enum err segment_store_renew(struct segment_store *store, bool *ret_more, struct err_msg *why)
{
    int64_t count[2], most[2];
    *ret_more = false;
    enum err err = get(store, store->count_stale, count, why);
    if (err != ERR_OK || count[0] < STALE_OF_SEGMENT) {
        return err == ERR_OK ? renew_of_earlier(store, ret_more, why) : err;
    }
    err = get(store, store->most_stale, most, why);
    if (err != ERR_OK || (most[1] < STALE_OF_SEGMENT && count[0] < STALE_LARGEST)) {
        return err == ERR_OK ? renew_of_earlier(store, ret_more, why) : err;
    }
    *ret_more = count[0] - most[1] >= STALE_OF_SEGMENT;
    return renew(store, most[0], why);
}
