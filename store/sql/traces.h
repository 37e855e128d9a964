/* traces — the rows of table trace: found by id, brought up to date, written once a transaction. */
#ifndef TRACETUI_STORE_SQL_TRACES_H
#define TRACETUI_STORE_SQL_TRACES_H

#include <sqlite3.h>

#include "store/sql/trace_entries.h"

struct traces;
struct trace_keys;

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
