/* segment — what the list sorts and filters by, of 4,096 traces at a time, column by column.
 *
 * A row of table trace costs SQLite most of a microsecond; a value of a column costs a nanosecond.
 * Segment n holds the traces with the numbers from n * 4096 on. It is a copy: see segment_store.h
 * for how it is kept true. */
#ifndef TRACETUI_STORE_SQL_SEGMENT_H
#define TRACETUI_STORE_SQL_SEGMENT_H

#include <sqlite3.h>

#include "store/span.h"
#include "store/sql/db.h"

enum { SEGMENT_ROWS = 4096 };

/* The order is stored; SEGMENT_COLUMNS_LARGEST is part of the keys of table trace_column. */
enum segment_column {
    COLUMN_NUMBER,
    COLUMN_START,
    COLUMN_DURATION,
    COLUMN_SPANS,
    COLUMN_ERRORS,
    COLUMN_STATUS,
    COLUMN_OPERATION,
    COLUMN_USER,
    COLUMN_SESSION,
    COLUMN_CLIENT,
    COLUMN_SERVICE,     /* of the root */
    COLUMN_SERVICE_SET, /* which of the sets: the services of all spans */
    COLUMN_SETS,        /* not by row: the length of a set and its ids, then the next set */
    /* Not by row, and missing in segments of earlier versions; see segment_types.h. */
    COLUMN_TYPES,
    COLUMN_TYPE_BUCKETS,
    COLUMN_COUNT
};
enum { SEGMENT_SET_LARGEST = 1 << 10 }; /* services of a trace; the rest is not found by service */
enum { SEGMENT_COLUMNS_LARGEST = 16, COLUMNS_ALL = (1 << COLUMN_COUNT) - 1 };

struct grouping;

struct segment_values {
    int64_t *values;
    size_t count, capacity;
};

/* {0} is empty. Rows are in order of their numbers. */
struct segment {
    size_t count; /* of rows, at most SEGMENT_ROWS */
    struct segment_values columns[COLUMN_COUNT];
};

void segment_clear(struct segment *segment);
void segment_add(struct segment *segment, enum segment_column column, int64_t value);

/* What the values of some columns lie between, from COLUMN_START to COLUMN_ERRORS. */
struct segment_zone {
    int64_t least[COLUMN_ERRORS + 1], largest[COLUMN_ERRORS + 1];
};
struct segment_zone segment_zone_all(void); /* anything is possible */

/* ---- from rows ------------------------------------------------------------------------------ */

/* What a statement for _read_rows selects from `trace t`, in order of t.number. */
#define SEGMENT_TRACE_COLUMNS                                                                      \
    "t.number, t.start_ns, t.duration_ns, t.span_count, t.error_count, t.status,"                  \
    " t.root_operation, ifnull(t.user, 0), ifnull(t.session, 0), ifnull(t.client, 0), t.service"

/* Fills all columns but the sets; returns SQLite's result code. */
int segment_read_rows(struct segment *segment, sqlite3_stmt *traces) MUST_CHECK;
/* Fills the sets of the rows, and counts the spans by type where types is not NULL. */
#define SEGMENT_SPANS_SQL "SELECT service, type, status, duration_ns FROM span WHERE trace = ?1"
int segment_read_spans(struct segment *segment, sqlite3_stmt *spans,
                       struct grouping *types) MUST_CHECK;

/* ---- as bytes ------------------------------------------------------------------------------- */

/* Values as their distance from the least one, in as many bytes as the largest distance needs. */
struct segment_bytes {
    int64_t count, least, largest, width; /* width: bytes a value, 0 = all are the least */
    struct text data;
};

/* Owns: data stands in target, which is emptied first. */
struct segment_bytes segment_pack(const struct segment_values *values, struct text_buffer *target);
/* Fills some columns (as bits) of a stored segment; returns SQLite's result code. more: they must
 * have as many rows as those that are there. ret_good: false if one is not there or its bytes make
 * no sense. */
#define SEGMENT_COLUMN_SQL "SELECT count, least, width, data FROM trace_column WHERE id = ?1"
int segment_read_columns(struct segment *segment, sqlite3_stmt *columns, int64_t id,
                         uint32_t wanted, bool more, bool *ret_good) MUST_CHECK;

#endif
