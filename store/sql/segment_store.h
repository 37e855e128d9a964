/* segment_store — segments are built behind the newest traces, and known where they are stale.
 *
 * When enough newer traces are there, the writer copies the next 4,096 into a segment. Triggers
 * note each trace of a segment that changes or is deleted afterwards in table trace_stale, in the
 * transaction of the change: what a segment says of any other trace is true after every commit, so
 * a reader takes those from the segment, and the stale ones and the newest from table trace. A
 * segment with many stale traces is built anew. */
#ifndef TRACETUI_STORE_SQL_SEGMENT_STORE_H
#define TRACETUI_STORE_SQL_SEGMENT_STORE_H

#include "store/sql/segment.h"

/* Of a trace that ended late most spans come within so many newer traces. */
enum { SEGMENT_MARGIN = 1024 };

#define SEGMENT_ROWS_SQL                                                                           \
    "SELECT " SEGMENT_TRACE_COLUMNS " FROM trace t WHERE t.number >= ?1"                           \
    " AND t.number < ?2 ORDER BY t.number"

/* 1 if the tables have all that readers of this version ask for. */
#define SEGMENT_STORE_IS_OF_NOW_SQL                                                                \
    "SELECT count(*) FROM pragma_table_info('trace_segment') WHERE name = 'user_last'"

/* Makes the tables and triggers where they are missing: files of earlier versions have none. */
enum err segment_store_create(sqlite3 *db, struct err_msg *why) MUST_CHECK;

struct segment_store;
enum err segment_store_open(sqlite3 *db, struct segment_store **ret_store,
                            struct err_msg *why) MUST_CHECK;
void segment_store_close(struct segment_store *store);

/* Builds the next segment if its traces are there, in a transaction of its own. ret_more: call
 * again soon. */
enum err segment_store_build(struct segment_store *store, bool *ret_more,
                             struct err_msg *why) MUST_CHECK;
/* Builds the segment with the most stale traces anew, if they are many, else one of an earlier
 * version that does not know its types or its first and last names. */
enum err segment_store_renew(struct segment_store *store, bool *ret_more,
                             struct err_msg *why) MUST_CHECK;

#endif
