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
    KEPT_PAGES = 512, /* stay free for the next spans */
    /* Deleting begins before the limit is reached: commits go on meanwhile. */
    MARGIN_PART = 8,
    MARGIN_LARGEST_BYTES = 32 << 20,
};

/* A waiting batch is delayed by one slice at most. */
static const int64_t slice_ns = 25 * NS_PER_MS;

struct retention {
    sqlite3 *db;
    struct traces *traces;
    sqlite3_stmt *oldest, *bodies, *delete_body, *delete_spans, *delete_trace;
    sqlite3_stmt *gone, *add_gone, *delete_gone, *free_pages;
};

/* One transaction under way. */
struct slice {
    int64_t cutoff_ns, deadline_ns;
    int64_t wanted_pages; /* so many free ones are enough; 0: all goes that is before the cutoff */
    size_t traces, spans;
    bool done;   /* nothing is left to delete */
    bool enough; /* pages are free */
};

enum err retention_create(sqlite3 *db, struct err_msg *why)
{
    return db_run(db, "CREATE TABLE IF NOT EXISTS trace_gone(number INTEGER PRIMARY KEY)", why);
}

enum err retention_open(sqlite3 *db, struct traces *traces, struct retention **ret_retention,
                        struct err_msg *why)
{
    struct retention *retention = mem_zero(1, sizeof *retention);
    const struct db_statement statements[] = {
        {&retention->oldest, "SELECT number, id FROM trace WHERE start_ns < ?1"
                             " ORDER BY start_ns LIMIT 1"},
        {&retention->bodies, "SELECT body, id, side FROM span WHERE trace = ?1"
                             " ORDER BY id, side LIMIT ?2"},
        {&retention->delete_body, "DELETE FROM body WHERE id = ?1"},
        {&retention->delete_spans, "DELETE FROM span WHERE trace = ?1 AND (id, side) <= (?2, ?3)"},
        {&retention->delete_trace, "DELETE FROM trace WHERE number = ?1"},
        {&retention->gone, "SELECT number FROM trace_gone LIMIT 1"},
        {&retention->add_gone, "INSERT INTO trace_gone VALUES(?1)"},
        {&retention->delete_gone, "DELETE FROM trace_gone WHERE number = ?1"},
        {&retention->free_pages, "PRAGMA freelist_count"},
    };
    retention->db = db;
    retention->traces = traces;
    enum err err = db_prepare_all(db, statements, ARRAY_LEN(statements), why);
    if (err != ERR_OK) {
        retention_close(retention);
        return err;
    }
    *ret_retention = retention;
    return ERR_OK;
}

void retention_close(struct retention *retention)
{
    if (retention == NULL) {
        return;
    }
    sqlite3_stmt *const statements[] = {
        retention->oldest,       retention->bodies,       retention->delete_body,
        retention->delete_spans, retention->delete_trace, retention->gone,
        retention->add_gone,     retention->delete_gone,  retention->free_pages,
    };
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
    size_t count = 0;
    enum err err = ERR_OK;
    int rc;
    db_bind_i64(row, 1, number);
    db_bind_i64(row, 2, (int64_t)limit);
    while (err == ERR_OK && (rc = sqlite3_step(row)) != SQLITE_DONE) {
        err = db_error(retention->db, rc, why);
        if (err == ERR_OK) {
            count++;
            db_bind_value(retention->delete_spans, 2, sqlite3_column_value(row, 1));
            db_bind_value(retention->delete_spans, 3, sqlite3_column_value(row, 2));
            db_bind_i64(retention->delete_body, 1, sqlite3_column_int64(row, 0));
            err = db_step_reset(retention->delete_body, why);
        }
    }
    sqlite3_reset(row);
    if (err == ERR_OK && count > 0) {
        db_bind_i64(retention->delete_spans, 1, number);
        err = db_step_reset(retention->delete_spans, why);
    }
    if (err == ERR_OK) {
        *ret_count = count;
    }
    return err;
}

static enum err run_with(sqlite3_stmt *statement, int64_t number, struct err_msg *why)
{
    db_bind_i64(statement, 1, number);
    return db_step_reset(statement, why);
}

/* The trace whose spans are to be deleted next: one that has left already, else the oldest, which
 * leaves now. Who reads comes to spans by the row of their trace only, and a late span finds none
 * and begins a new trace: so nobody ever sees a part of one. 0: there is none. */
static enum err next_number(struct retention *retention, struct slice *slice, int64_t *ret_number,
                            bool *ret_gone, struct err_msg *why)
{
    int rc = sqlite3_step(retention->gone);
    enum err err = db_error(retention->db, rc, why);
    *ret_gone = rc == SQLITE_ROW;
    *ret_number = *ret_gone ? sqlite3_column_int64(retention->gone, 0) : 0;
    sqlite3_reset(retention->gone);
    if (err != ERR_OK || *ret_gone) {
        return err;
    }
    db_bind_i64(retention->oldest, 1, slice->cutoff_ns);
    rc = sqlite3_step(retention->oldest);
    err = db_error(retention->db, rc, why);
    struct id id = {.form = ID_NONE};
    if (rc == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(retention->oldest, 0);
        id = db_column_id(retention->oldest, 1, ID_HEX);
    }
    sqlite3_reset(retention->oldest);
    if (rc == SQLITE_ROW) {
        traces_drop(retention->traces, &id);
        err = run_with(retention->delete_trace, *ret_number, why);
        slice->traces++;
    }
    slice->done = rc == SQLITE_DONE;
    return err;
}

static enum err count_free(struct retention *retention, struct slice *slice, struct err_msg *why)
{
    int rc = sqlite3_step(retention->free_pages);
    enum err err = db_error(retention->db, rc, why);
    slice->enough = sqlite3_column_int64(retention->free_pages, 0) >= slice->wanted_pages;
    sqlite3_reset(retention->free_pages);
    return err;
}

static enum err delete_some(struct retention *retention, struct slice *slice, struct err_msg *why)
{
    int64_t number = 0;
    bool gone = false;
    size_t limit = SLICE_SPANS - slice->spans, count = 0;
    enum err err = next_number(retention, slice, &number, &gone, why);
    if (err != ERR_OK || slice->done) {
        return err;
    }
    err = delete_spans(retention, number, limit, &count, why);
    slice->spans += count;
    bool whole = count < limit;
    if (err == ERR_OK && whole == gone) {
        err = run_with(whole ? retention->delete_gone : retention->add_gone, number, why);
    }
    return err == ERR_OK && slice->wanted_pages > 0 ? count_free(retention, slice, why) : err;
}

static bool slice_is_full(const struct slice *slice)
{
    return slice->done || slice->enough || slice->traces >= SLICE_TRACES ||
           slice->spans >= SLICE_SPANS || clock_monotonic_ns() > slice->deadline_ns;
}

/* Is there anything to delete? Asked before a transaction: nothing to do must not wait for whoever
 * has the database locked, and hold up senders with it. */
static enum err find_due(struct retention *retention, int64_t cutoff_ns, bool *ret_due,
                         struct err_msg *why)
{
    sqlite3_stmt *const questions[] = {retention->gone, retention->oldest};
    bool due = false;
    enum err err = ERR_OK;
    db_bind_i64(retention->oldest, 1, cutoff_ns);
    for (size_t i = 0; i < ARRAY_LEN(questions) && err == ERR_OK && !due; i++) {
        int rc = sqlite3_step(questions[i]);
        err = db_error(retention->db, rc, why);
        due = rc == SQLITE_ROW;
        sqlite3_reset(questions[i]);
    }
    *ret_due = due;
    return err;
}

static enum err cut(struct retention *retention, int64_t cutoff_ns, int64_t wanted_pages,
                    struct retention_slice *ret_slice, struct err_msg *why)
{
    bool due = false;
    enum err err = find_due(retention, cutoff_ns, &due, why);
    if (err != ERR_OK) {
        return err;
    }
    if (!due) {
        *ret_slice = (struct retention_slice){0};
        return ERR_OK;
    }
    struct slice slice = {
        .cutoff_ns = cutoff_ns,
        .wanted_pages = wanted_pages,
        .deadline_ns = clock_monotonic_ns() + slice_ns,
    };
    err = db_run(retention->db, "BEGIN IMMEDIATE", why);
    while (err == ERR_OK && !slice_is_full(&slice)) {
        err = delete_some(retention, &slice, why);
    }
    if (err == ERR_OK) {
        err = db_run(retention->db, "COMMIT", why);
    }
    if (err != ERR_OK) {
        db_rollback(retention->db);
        return err;
    }
    *ret_slice =
        (struct retention_slice){.traces = slice.traces, .spans = slice.spans, .more = !slice.done};
    return ERR_OK;
}

enum err retention_cut(struct retention *retention, int64_t cutoff_ns,
                       struct retention_slice *ret_slice, struct err_msg *why)
{
    return cut(retention, cutoff_ns, 0, ret_slice, why);
}

enum err retention_last_ns(struct retention *retention, int64_t *ret_last_ns, struct err_msg *why)
{
    int64_t created_ms = 0;
    enum err err = db_get_i64(retention->db,
                              "SELECT coalesce((SELECT created_at FROM trace"
                              " ORDER BY number DESC LIMIT 1), 0)",
                              &created_ms, why);
    if (err == ERR_OK) {
        bool sane = created_ms > 0 && created_ms <= INT64_MAX / NS_PER_MS;
        *ret_last_ns = sane ? created_ms * NS_PER_MS : 0;
    }
    return err;
}

enum err retention_cap(struct retention *retention, int64_t limit_bytes, struct err_msg *why)
{
    int64_t page_bytes = 0;
    enum err err = db_get_i64(retention->db, "PRAGMA page_size", &page_bytes, why);
    if (err == ERR_OK) {
        char sql[64]; /* a PRAGMA takes no parameters */
        int64_t most_pages = limit_bytes / page_bytes;
        snprintf(sql, sizeof sql, "PRAGMA max_page_count = %" PRId64,
                 most_pages > 0 ? most_pages : 1);
        err = db_run(retention->db, sql, why);
    }
    return err;
}

enum err retention_shrink(struct retention *retention, int64_t limit_bytes,
                          struct retention_slice *ret_slice, struct err_msg *why)
{
    int64_t pages = 0, free_pages = 0, page_bytes = 0, gone = 0;
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
        err = retention_cap(retention, limit_bytes, why);
    }
    if (err == ERR_OK) { /* the spans of what has left follow in any case */
        err = db_get_i64(retention->db, "SELECT EXISTS (SELECT 1 FROM trace_gone)", &gone, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    bool small = (pages - free_pages) * page_bytes <= limit_bytes - margin;
    bool large = pages * page_bytes > limit_bytes;
    if (small && gone == 0) {
        *ret_slice = (struct retention_slice){.large = large};
        return ERR_OK;
    }
    err = small ? cut(retention, INT64_MIN, 0, ret_slice, why)
                : cut(retention, INT64_MAX, pages - (limit_bytes - margin) / page_bytes, ret_slice,
                      why);
    if (err == ERR_OK) {
        ret_slice->large = large;
    }
    return err;
}

enum err retention_vacuum(struct retention *retention, bool all, bool *ret_more,
                          struct err_msg *why)
{
    int64_t free_pages = 0, left_pages = 0;
    int64_t kept_pages = all ? 0 : KEPT_PAGES;
    enum err err = db_get_i64(retention->db, "PRAGMA freelist_count", &free_pages, why);
    if (err == ERR_OK && free_pages > kept_pages) {
        err = db_run(retention->db, "PRAGMA incremental_vacuum(256)", why); /* 2 MiB */
    }
    if (err == ERR_OK) {
        err = db_get_i64(retention->db, "PRAGMA freelist_count", &left_pages, why);
    }
    if (err == ERR_OK) { /* a file that others have made may keep all it has */
        *ret_more = left_pages > kept_pages && left_pages < free_pages;
    }
    return err;
}
