/* trace_keys — the number of a trace by its id: table trace_key, and the newest ids in memory.
 *
 * Ids are random. Were each put into its place at once, every new trace would change a page of its
 * own. So the newest ids wait, and go into the table some ten thousand at a time, in their order:
 * slice by slice, each a transaction. Who reads the file looks through the newest traces one by
 * one, see schema_view_keys. */
#ifndef TRACETUI_STORE_SQL_TRACE_KEYS_H
#define TRACETUI_STORE_SQL_TRACE_KEYS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/base/err.h"
#include "store/span.h"

struct trace_keys;

enum err trace_keys_open(sqlite3 *db, struct trace_keys **ret_keys, struct err_msg *why) MUST_CHECK;
void trace_keys_close(struct trace_keys *keys);

/* ret_number: 0 if there is no such trace. A number may be that of a row that was deleted
 * meanwhile: look. */
enum err trace_keys_find(struct trace_keys *keys, const struct id *id, int64_t *ret_number,
                         struct err_msg *why) MUST_CHECK;

/* A new trace, whose number is the largest so far. */
void trace_keys_add(struct trace_keys *keys, const struct id *id, int64_t number);

/* Those from that number on were rolled back. */
void trace_keys_take_back(struct trace_keys *keys, int64_t number);

/* Brings one slice into the table if enough ids wait, outside of a transaction. With idle, some are
 * enough. ret_more: there is more to do soon. On failure the same slice is tried the next time. */
enum err trace_keys_merge(struct trace_keys *keys, bool idle, bool *ret_more,
                          struct err_msg *why) MUST_CHECK;

#endif
