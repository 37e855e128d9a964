/* reader_private — what the questions share: connection, statements, names, read transactions. */
#ifndef TRACETUI_STORE_SQL_READER_PRIVATE_H
#define TRACETUI_STORE_SQL_READER_PRIVATE_H

#include <stdatomic.h>

#include "store/reader.h"
#include "store/sql/db.h"
#include "store/sql/grouping.h"
#include "store/sql/name_cache.h"
#include "store/sql/name_ranks.h"

/* Statements whose text is fixed stay prepared. */
enum reader_statement {
    READ_VERSION,   /* of the schema */
    READ_NAME,      /* text of a name id */
    READ_NAME_ID,   /* id of a kind and text */
    READ_KIND,      /* all names of a kind */
    READ_TRACE_ID,  /* number of an id */
    READ_TRACE_ROW, /* one trace by number */
    READ_SKELETONS, /* the spans of a trace behind an id and side */
    READ_SKELETON,  /* one of them, by id and side */
    READ_RANKS,     /* of a trace, see aggregate.h */
    READ_BODY,
    READ_CLIENT,
    READ_NEWEST,         /* numbers of the newest traces */
    READ_SOME_DURATIONS, /* of ended spans of a trace */
    READ_KIND_IN_ORDER,  /* ids of the names of a kind, by text */
    READ_NAME_UP_TO,     /* the last name of a kind up to a text */
    READ_SEGMENTS,
    READ_STALE,
    READ_COLUMN,
    READ_NEXT_NUMBER,  /* of a trace, from a number on */
    READ_SEGMENT_ROWS, /* traces in a range of numbers, see segment.h */
    READ_STALE_ROWS,   /* the same of stale ones */
    READ_BLOCKS,       /* see block_store.h */
    READ_SUM_FIGURES,  /* and ranges, of one sum */
    READ_SUMS,         /* in a range of keys */
    READ_SPANS,        /* service, type, status and duration of the spans of a trace */
    READ_STATEMENT_COUNT
};

/* See query_baselines.c; taken_at_ns = 0: none yet. */
struct baseline_sample {
    struct grouping sample; /* by service and operation */
    int64_t version, taken_at_ns;
};

struct reader {
    sqlite3 *db;
    atomic_bool cancelled; /* any thread writes; read by the progress handler */
    sqlite3_stmt *statements[READ_STATEMENT_COUNT];
    struct name_cache names;
    struct text_buffer object; /* of filter_functions.c */
    struct store_size size;    /* as of size_version */
    struct baseline_sample baselines;
    struct name_ranks user_ranks, operation_ranks;
    int64_t began_ns; /* the read transaction */
    bool has_segments, has_blocks;
    int64_t size_version, size_number, size_cost_ns, size_counted_at;
};

/* A read transaction. _begin fails with ERR_CANCELLED when reader_cancel came before, and with
 * ERR_VERSION when a newer program has changed the file meanwhile; _end is right after success
 * only. A running statement ends with SQLITE_INTERRUPT soon after reader_cancel. */
enum err reader_begin(struct reader *reader, struct err_msg *why) MUST_CHECK;
void reader_end(struct reader *reader);

/* A snapshot that is held keeps the WAL from being reset, which then grows with all that comes in.
 * _holds_long: it is time to let go. _renew goes on with the newest snapshot when it is, so it is
 * called where no statement runs and nothing depends on what was read before. After an error
 * there is no transaction; reader_end does no harm then. */
bool reader_holds_long(const struct reader *reader);
enum err reader_renew(struct reader *reader, struct err_msg *why) MUST_CHECK;

/* The statement, prepared at first use and reset. The caller resets it when done. */
enum err reader_statement(struct reader *reader, enum reader_statement which,
                          sqlite3_stmt **ret_statement, struct err_msg *why) MUST_CHECK;

/* The text of a name; empty for 0 and for an id that is not there. Borrowed until reader_end. */
struct text reader_name(struct reader *reader, int64_t id);

/* Errors of SQLite in words. */
enum err reader_error(struct reader *reader, int rc, struct err_msg *why) MUST_CHECK;

#endif
