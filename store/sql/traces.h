/* traces — the rows of table trace: found by id, brought up to date, written once a transaction. */
#ifndef TRACETUI_STORE_SQL_TRACES_H
#define TRACETUI_STORE_SQL_TRACES_H

#include <sqlite3.h>

#include "store/sql/aggregate.h"

struct traces;
struct trace_keys;

/* A trace of the running transaction. */
struct trace_entry {
    int64_t number;
    struct id id;
    bool was_complete; /* when the transaction began: its root was there, and nothing ran */
    /* private to traces.c */
    struct aggregate aggregate;
    bool changed;
    bool rebuild;         /* the aggregate could not be kept up to date */
    int64_t left_service; /* that a span had before the transaction changed it; 0: none */
    /* the row as stored, for the choice of the cheaper update */
    bool stored, listed;
    int64_t version;
    int64_t stored_root_operation, stored_user, stored_session, stored_start_ns;
    enum span_status stored_status;
    struct trace_entry *next;
};

enum err traces_open(sqlite3 *db, struct traces **ret_traces, struct err_msg *why) MUST_CHECK;
void traces_close(struct traces *traces);

/* The trace with that id; a new one gets the next number. The entry lives until the transaction
 * ends. */
enum err traces_get(struct traces *traces, const struct id *id, struct trace_entry **ret_entry,
                    struct err_msg *why) MUST_CHECK;

/* A span came in; a stored span has changed. */
void traces_add_span(struct trace_entry *entry, const struct span_fact *fact);
void traces_change_span(struct trace_entry *entry, const struct span_fact *old_fact,
                        const struct span_fact *new_fact);

/* Writes all rows that changed: the last thing before COMMIT. */
enum err traces_write(struct traces *traces, struct err_msg *why) MUST_CHECK;

/* Before a transaction; keeps the memory for known traces below its limit. */
void traces_begin(struct traces *traces);

/* After a rollback: all has to be read again. Numbers that were given are not given again. */
void traces_forget(struct traces *traces);

/* Where ids are looked up; for trace_keys_merge. */
struct trace_keys *traces_keys(struct traces *traces);

/* The row of that id was deleted. */
void traces_drop(struct traces *traces, const struct id *id);

#endif
