/* scan — walks over matching traces in the order of a sort key, a range of keys at a time.
 *
 * A condition without an index may reject a million traces before it finds one. So the scan first
 * asks the index where the next some hundred candidates end, which costs nearly nothing, and then
 * tests the range up to there: the end of the range is a place to go on from, whatever was found in
 * it. The ranges grow and shrink with the time they take. */
#ifndef TRACETUI_STORE_SQL_SCAN_H
#define TRACETUI_STORE_SQL_SCAN_H

#include "store/reader.h"
#include "store/sql/filter_sql.h"

/* Fill reader, filter (by filter_sql_build), sort, descending and at, the rest is 0 at the start.
 */
struct scan {
    struct reader *reader;
    struct filter_sql filter;
    enum list_sort sort;
    bool descending;
    bool always_in_ranges; /* not only where a condition has no index */
    struct list_cursor at; /* everything before has been looked at; not set: nothing yet */
    bool done;
    int64_t scanned; /* candidates looked at; not counted where an index answers */
    int64_t range_rows;
};

/* Called with the statement on a row: the columns as asked, from 0 on. */
typedef void (*scan_row_fn)(sqlite3_stmt *statement, void *ctx);

/* Gives the matches of the next range, at most limit (-1: all), to on_row, in order, and moves on.
 * When limit cuts a range short, at stands behind the range all the same: go on from the last row.
 * Inside the read transaction of the caller. */
enum err scan_step(struct scan *scan, const char *columns, int64_t limit, scan_row_fn on_row,
                   void *ctx, struct err_msg *why) MUST_CHECK;

/* So many candidates are quicker looked at by their index than by segments. */
enum { SHORT_TRACES = 1000 };

/* Whether an index leads to at most limit candidates. */
enum err scan_is_short(const struct scan *scan, int64_t limit, bool *ret_short,
                       struct err_msg *why) MUST_CHECK;

/* The query of the next range, for tests. to may be NULL: up to the end. */
void scan_query(const struct scan *scan, const char *columns, const struct list_cursor *to,
                int64_t limit, struct query *query);

void scan_clear(struct scan *scan);

#endif
