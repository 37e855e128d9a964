/* retention — old traces leave, a slice at a time, and the file shrinks behind them. */
#include "store/sql/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/sql/db.h"
#include "store/sql/traces.h"

enum {
    SLICE_TRACES = 500,
    SLICE_SPANS = 5000,
    VACUUM_PAGES = 256, /* a slice; of 8 KiB: 2 MiB */
    KEPT_PAGES = 512,   /* stay free for the next spans */
    /* Deleting begins before the limit is reached: commits go on meanwhile. */
    MARGIN_PART = 8,
    MARGIN_LARGEST_BYTES = 32 << 20,
};

/* A waiting batch is delayed by one slice at most. */
static const int64_t slice_ns = 25 * NS_PER_MS;

struct retention {
    sqlite3 *db;
    struct traces *traces;
    sqlite3_stmt *oldest, *bodies, *delete_body, *delete_spans, *delete_trace, *mark_trace;
};

/* One transaction under way. */
struct slice {
    int64_t cutoff_ns, deadline_ns;
    size_t limit; /* of whole traces */
    size_t traces, spans;
    bool done; /* nothing is left to delete */
    bool full; /* the next trace does not fit */
};

enum err retention_open(sqlite3 *db, struct traces *traces, struct retention **ret_retention,
                        struct err_msg *why)
{
    struct retention *retention = mem_zero(1, sizeof *retention);
    const struct {
        sqlite3_stmt **statement;
        const char *sql;
    } statements[] = {
        {&retention->oldest, "SELECT number, id, span_count FROM trace WHERE start_ns < ?1"
                             " ORDER BY start_ns LIMIT 1"},
        {&retention->bodies, "SELECT body, id, side FROM span WHERE trace = ?1"
                             " ORDER BY id, side LIMIT ?2"},
        {&retention->delete_body, "DELETE FROM body WHERE id = ?1"},
        {&retention->delete_spans, "DELETE FROM span WHERE trace = ?1 AND (id, side) <= (?2, ?3)"},
        {&retention->delete_trace, "DELETE FROM trace WHERE number = ?1"},
        {&retention->mark_trace, "UPDATE trace SET ranks = x'' WHERE number = ?1"},
    };
    retention->db = db;
    retention->traces = traces;
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        enum err err = db_prepare(db, statements[i].sql, statements[i].statement, why);
        if (err != ERR_OK) {
            retention_close(retention);
            return err;
        }
    }
    *ret_retention = retention;
    return ERR_OK;
}

void retention_close(struct retention *retention)
{
    if (retention == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {retention->oldest,       retention->bodies,
                                        retention->delete_body,  retention->delete_spans,
                                        retention->delete_trace, retention->mark_trace};
    for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
        sqlite3_finalize(statements[i]);
    }
    free(retention);
}

/* Deletes some spans of a trace with their bodies; ret_count tells how many. */
static enum err delete_spans(struct retention *retention, int64_t number, size_t limit,
                             size_t *ret_count, struct err_msg *why)
{
    sqlite3_stmt *row = retention->bodies;
    struct id last = {0};
    int64_t side = 0;
    size_t count = 0;
    enum err err = ERR_OK;
    int rc;
    db_bind_i64(row, 1, number);
    db_bind_i64(row, 2, (int64_t)limit);
    while (err == ERR_OK && (rc = sqlite3_step(row)) != SQLITE_DONE) {
        err = db_error(retention->db, rc, why);
        if (err == ERR_OK) {
            count++;
            last = db_column_id(row, 1, ID_HEX);
            side = sqlite3_column_int64(row, 2);
            db_bind_i64(retention->delete_body, 1, sqlite3_column_int64(row, 0));
            err = db_step_reset(retention->delete_body, why);
        }
    }
    sqlite3_reset(row);
    if (err == ERR_OK && count > 0) {
        db_bind_i64(retention->delete_spans, 1, number);
        db_bind_id(retention->delete_spans, 2, &last);
        db_bind_i64(retention->delete_spans, 3, side);
        err = db_step_reset(retention->delete_spans, why);
    }
    if (err == ERR_OK) {
        *ret_count = count;
    }
    return err;
}

/* Deletes the oldest trace. Only one that is larger than a slice leaves in parts; what is left of
 * it has no ranks: a late span then makes the writer add up the row anew. */
static enum err delete_oldest(struct retention *retention, struct slice *slice, struct err_msg *why)
{
    db_bind_i64(retention->oldest, 1, slice->cutoff_ns);
    int rc = sqlite3_step(retention->oldest);
    enum err err = db_error(retention->db, rc, why);
    if (rc != SQLITE_ROW) {
        slice->done = true;
        sqlite3_reset(retention->oldest);
        return err;
    }
    int64_t number = sqlite3_column_int64(retention->oldest, 0);
    struct id id = db_column_id(retention->oldest, 1, ID_HEX);
    int64_t spans = sqlite3_column_int64(retention->oldest, 2);
    sqlite3_reset(retention->oldest);
    size_t limit = SLICE_SPANS - slice->spans, count = 0;
    if (slice->spans > 0 && spans >= (int64_t)limit) {
        slice->full = true;
        return ERR_OK;
    }
    traces_drop(retention->traces, &id);
    err = delete_spans(retention, number, limit, &count, why);
    slice->spans += count;
    if (err != ERR_OK) {
        return err;
    }
    bool whole = count < limit;
    slice->traces += whole;
    sqlite3_stmt *statement = whole ? retention->delete_trace : retention->mark_trace;
    db_bind_i64(statement, 1, number);
    return db_step_reset(statement, why);
}

static bool slice_is_full(const struct slice *slice)
{
    return slice->done || slice->full || slice->traces >= slice->limit ||
           slice->spans >= SLICE_SPANS || clock_monotonic_ns() > slice->deadline_ns;
}

static enum err cut(struct retention *retention, int64_t cutoff_ns, size_t limit,
                    struct retention_slice *ret_slice, struct err_msg *why)
{
    struct slice slice = {
        .cutoff_ns = cutoff_ns,
        .limit = limit,
        .deadline_ns = clock_monotonic_ns() + slice_ns,
    };
    enum err err = db_run(retention->db, "BEGIN IMMEDIATE", why);
    while (err == ERR_OK && !slice_is_full(&slice)) {
        err = delete_oldest(retention, &slice, why);
    }
    if (err == ERR_OK) {
        err = db_run(retention->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(retention->db);
        return err;
    }
    *ret_slice = (struct retention_slice){.traces = slice.traces, .more = !slice.done};
    return ERR_OK;
}

enum err retention_cut(struct retention *retention, int64_t cutoff_ns,
                       struct retention_slice *ret_slice, struct err_msg *why)
{
    return cut(retention, cutoff_ns, SLICE_TRACES, ret_slice, why);
}

/* SQLite itself then refuses to let the file grow; a file that is larger already may only shrink.
 */
static enum err cap_pages(struct retention *retention, int64_t most_pages, struct err_msg *why)
{
    char sql[64]; /* a PRAGMA takes no parameters */
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %" PRId64, most_pages > 0 ? most_pages : 1);
    return db_run(retention->db, sql, why);
}

enum err retention_shrink(struct retention *retention, int64_t limit_bytes,
                          struct retention_slice *ret_slice, struct err_msg *why)
{
    int64_t pages = 0, free_pages = 0, page_bytes = 0, begun = 0;
    int64_t margin = limit_bytes / MARGIN_PART < MARGIN_LARGEST_BYTES ? limit_bytes / MARGIN_PART
                                                                      : MARGIN_LARGEST_BYTES;
    enum err err = db_get_i64(retention->db, "PRAGMA page_count", &pages, why);
    if (err == ERR_OK) {
        err = db_get_i64(retention->db, "PRAGMA freelist_count", &free_pages, why);
    }
    if (err == ERR_OK) {
        err = db_get_i64(retention->db, "PRAGMA page_size", &page_bytes, why);
    }
    if (err == ERR_OK) {
        err = cap_pages(retention, limit_bytes / page_bytes, why);
    }
    if (err == ERR_OK) { /* the oldest trace is gone in part: the rest follows in any case */
        err = db_get_i64(retention->db,
                         "SELECT ifnull((SELECT length(ranks) = 0 FROM trace ORDER BY start_ns"
                         " LIMIT 1), 0)",
                         &begun, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    bool small = (pages - free_pages) * page_bytes <= limit_bytes - margin;
    bool large = pages * page_bytes > limit_bytes;
    if (small && begun == 0) {
        *ret_slice = (struct retention_slice){.large = large};
        return ERR_OK;
    }
    err = cut(retention, INT64_MAX, small ? 1 : SLICE_TRACES, ret_slice, why);
    if (err == ERR_OK) {
        ret_slice->large = large;
    }
    return err;
}

enum err retention_vacuum(struct retention *retention, bool all, bool *ret_more,
                          struct err_msg *why)
{
    int64_t free_pages = 0;
    int64_t kept_pages = all ? 0 : KEPT_PAGES;
    enum err err = db_get_i64(retention->db, "PRAGMA freelist_count", &free_pages, why);
    if (err == ERR_OK && free_pages > kept_pages) {
        err = db_run(retention->db, "PRAGMA incremental_vacuum(256)", why);
    }
    if (err == ERR_OK) {
        *ret_more = free_pages > kept_pages + VACUUM_PAGES;
    }
    return err;
}
