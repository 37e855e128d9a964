/* block_store — sums are made of each 64 segments, a slice at a time, and go when one of them does.
 *
 * The sums of a block are a function of its segments as they are stored: a trigger deletes them in
 * the transaction in which a segment is built anew or deleted, and a stale trace does not touch
 * them, since a reader knows from the segment what to take out again. */
#ifndef TRACETUI_STORE_SQL_BLOCK_STORE_H
#define TRACETUI_STORE_SQL_BLOCK_STORE_H

#include "store/sql/block_sum.h"

/* A block in which more traces than this are missing is about to go: it gets no sums. Less than
 * retention deletes before a segment is built anew. */
enum { BLOCK_MISSING_LARGEST = SEGMENT_ROWS / 4 };
/* Of a dimension with more values in a block there are no sums: rows that stand for few traces each
 * cost more than they save. */
enum { BLOCK_VALUES_LARGEST = 1024 };

/* 1 if there are the tables that readers of this version ask for. */
#define BLOCK_STORE_IS_OF_NOW_SQL "SELECT count(*) FROM sqlite_master WHERE name = 'trace_sum'"

/* Makes the tables and the trigger where they are missing. */
enum err block_store_create(sqlite3 *db, struct err_msg *why) MUST_CHECK;

struct block_store;
enum err block_store_open(sqlite3 *db, struct block_store **ret_store,
                          struct err_msg *why) MUST_CHECK;
void block_store_close(struct block_store *store);

/* Some sums of the oldest block that lacks any, in a transaction of its own. ret_more: call again
 * soon. */
enum err block_store_build(struct block_store *store, bool *ret_more,
                           struct err_msg *why) MUST_CHECK;

#endif
