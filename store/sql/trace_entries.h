/* trace_entries — the traces that are busy, in memory: found by id. */
#ifndef TRACETUI_STORE_SQL_TRACE_ENTRIES_H
#define TRACETUI_STORE_SQL_TRACE_ENTRIES_H

#include "store/sql/aggregate.h"

struct trace_entries;

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
    struct trace_entry *next; /* private to trace_entries.c */
};

struct trace_entries *trace_entries_new(void);
void trace_entries_free(struct trace_entries *entries); /* NULL is fine */

/* NULL: there is none. */
struct trace_entry *trace_entries_find(struct trace_entries *entries, const struct id *id);

/* A new one with only its id, which no other has. */
struct trace_entry *trace_entries_add(struct trace_entries *entries, const struct id *id);

/* Frees the entry, if there is one; frees all. */
void trace_entries_drop(struct trace_entries *entries, const struct id *id);
void trace_entries_clear(struct trace_entries *entries);

size_t trace_entries_count(const struct trace_entries *entries);

#endif
