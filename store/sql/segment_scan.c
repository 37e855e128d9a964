/* segment_scan — a question over all traces, by segments: stored ones, and rows where none is. */
#include "store/sql/segment_scan.h"

#include <stdlib.h>
#include <string.h>

#include "store/sql/reader_private.h"
#include "store/sql/segment_store.h"

/* Numbers that no trace or segment can have: arithmetic with them would overflow. */
enum { SEGMENTS_LARGEST = INT32_MAX };
static const int64_t numbers_largest = (int64_t)SEGMENTS_LARGEST * SEGMENT_ROWS;

bool segment_scan_can(struct reader *reader, const struct filter *filter)
{
    int64_t is_of_now = 0;
    if (!reader->has_segments &&
        db_get_i64(reader->db, SEGMENT_STORE_IS_OF_NOW_SQL, &is_of_now, NULL) == ERR_OK) {
        reader->has_segments = is_of_now > 0;
    }
    return reader->has_segments && segment_filter_can(filter);
}

/* ---- pieces --------------------------------------------------------------------------------- */

static void add_piece(struct segment_scan *scan, size_t *capacity, enum piece_kind kind,
                      int64_t from, int64_t to)
{
    if (scan->count == *capacity) {
        *capacity = *capacity != 0 ? *capacity * 2 : 64;
        scan->pieces = mem_grow(scan->pieces, *capacity * sizeof *scan->pieces);
    }
    scan->pieces[scan->count++] = (struct segment_piece){.kind = kind,
                                                         .from = from,
                                                         .to = to,
                                                         .zone = segment_zone_all(),
                                                         .operations = {-1, -1},
                                                         .users = {-1, -1}};
}

/* Pieces for the traces with numbers from..to that are in no segment. */
static enum err add_rows(struct segment_scan *scan, size_t *capacity, int64_t from, int64_t to,
                         struct err_msg *why)
{
    sqlite3_stmt *next;
    enum err err = reader_statement(scan->reader, READ_NEXT_NUMBER, &next, why);
    while (err == ERR_OK && from < to) {
        db_bind_i64(next, 1, from);
        int rc = sqlite3_step(next);
        bool found = rc == SQLITE_ROW && sqlite3_column_type(next, 0) != SQLITE_NULL;
        int64_t start = sqlite3_column_int64(next, 0) / SEGMENT_ROWS * SEGMENT_ROWS;
        err = reader_error(scan->reader, rc, why);
        sqlite3_reset(next);
        if (!found || start >= to) {
            break;
        }
        if (start > numbers_largest) {
            return err_set(why, ERR_CORRUPT, "database damaged: a trace has no possible number");
        }
        add_piece(scan, capacity, PIECE_ROWS, start, start + SEGMENT_ROWS);
        from = start + SEGMENT_ROWS;
    }
    return err;
}

static void read_ranges(sqlite3_stmt *row, struct segment_piece *piece)
{
    for (int i = COLUMN_START; i <= COLUMN_ERRORS; i++) {
        piece->zone.least[i] = sqlite3_column_int64(row, 2 * i - 1);
        piece->zone.largest[i] = sqlite3_column_int64(row, 2 * i);
    }
    piece->operations.first = sqlite3_column_int64(row, 9);
    piece->operations.last = sqlite3_column_int64(row, 10);
    piece->users.first = sqlite3_column_int64(row, 11);
    piece->users.last = sqlite3_column_int64(row, 12);
}

static enum err list_pieces(struct segment_scan *scan, struct err_msg *why)
{
    size_t capacity = 0;
    int64_t from = 0;
    sqlite3_stmt *row = NULL;
    enum err err = reader_statement(scan->reader, READ_SEGMENTS, &row, why);
    int rc = SQLITE_DONE;
    while (err == ERR_OK && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(row, 0);
        if (id < 0 || id > SEGMENTS_LARGEST) {
            err = err_set(why, ERR_CORRUPT, "database damaged: a segment");
            break;
        }
        int64_t start = id * SEGMENT_ROWS;
        err = add_rows(scan, &capacity, from, start, why);
        add_piece(scan, &capacity, PIECE_STORED, start, start + SEGMENT_ROWS);
        read_ranges(row, &scan->pieces[scan->count - 1]);
        from = start + SEGMENT_ROWS;
    }
    err = err == ERR_OK ? reader_error(scan->reader, rc, why) : err;
    sqlite3_reset(row); /* also when cancelled: it would hold the WAL, and go on from here */
    if (err == ERR_OK) {
        err = add_rows(scan, &capacity, from, INT64_MAX, why);
    }
    for (size_t i = 0; i < scan->stale_count; i += SEGMENT_ROWS) {
        size_t last = i + SEGMENT_ROWS < scan->stale_count ? i + SEGMENT_ROWS : scan->stale_count;
        add_piece(scan, &capacity, PIECE_STALE, scan->stale[i], scan->stale[last - 1] + 1);
    }
    return err;
}

static enum err list_stale(struct segment_scan *scan, struct err_msg *why)
{
    size_t capacity = 0;
    sqlite3_stmt *row;
    enum err err = reader_statement(scan->reader, READ_STALE, &row, why);
    if (err != ERR_OK) {
        return err;
    }
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        if (scan->stale_count == capacity) {
            capacity = capacity != 0 ? capacity * 2 : 256;
            scan->stale = mem_grow(scan->stale, capacity * sizeof *scan->stale);
        }
        scan->stale[scan->stale_count++] = sqlite3_column_int64(row, 0);
    }
    sqlite3_reset(row);
    return reader_error(scan->reader, rc, why);
}

enum err segment_scan_begin(struct segment_scan *scan, const struct filter *filter, int64_t now_ns,
                            struct err_msg *why)
{
    enum err err = segment_filter_build(scan->reader, filter, now_ns, &scan->filter, why);
    if (err == ERR_OK) {
        err = list_stale(scan, why);
    }
    if (err == ERR_OK) {
        err = list_pieces(scan, why);
    }
    scan->columns |= scan->filter.columns | (scan->stale_count > 0 ? 1u << COLUMN_NUMBER : 0);
    return err;
}

/* ---- one piece ------------------------------------------------------------------------------ */

/* more: the rows of some columns are there. */
static enum err load_columns(struct segment_scan *scan, const struct segment_piece *piece,
                             uint32_t columns, bool more, struct err_msg *why)
{
    sqlite3_stmt *statement;
    enum err err = reader_statement(scan->reader, READ_COLUMN, &statement, why);
    if (err == ERR_OK) {
        bool good;
        int rc = segment_read_columns(&scan->segment, statement, piece->from / SEGMENT_ROWS,
                                      columns, more, &good);
        err = reader_error(scan->reader, rc, why);
        if (err == ERR_OK && !good) {
            err = err_set(why, ERR_CORRUPT, "database damaged: a segment");
        }
    }
    return err;
}

static enum err load_rows(struct segment_scan *scan, const struct segment_piece *piece,
                          struct err_msg *why)
{
    struct reader *reader = scan->reader;
    sqlite3_stmt *rows, *spans;
    bool stale = piece->kind == PIECE_STALE;
    enum err err =
        reader_statement(reader, stale ? READ_STALE_ROWS : READ_SEGMENT_ROWS, &rows, why);
    if (err == ERR_OK) {
        err = reader_statement(reader, READ_SPANS, &spans, why);
    }
    if (err != ERR_OK) {
        return err;
    }
    db_bind_i64(rows, 1, piece->from);
    db_bind_i64(rows, 2, piece->to);
    int rc = segment_read_rows(&scan->segment, rows);
    err = reader_error(reader, rc, why);
    sqlite3_reset(rows);
    if (err == ERR_OK && (scan->columns >> COLUMN_SETS & 1) != 0) {
        rc = segment_read_spans(&scan->segment, spans, NULL);
        err = reader_error(reader, rc, why);
    }
    return err;
}

/* The first stale number of a piece, or behind it. */
static size_t find_stale(const struct segment_scan *scan, const struct segment_piece *piece)
{
    size_t low = 0;
    for (size_t high = scan->stale_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (scan->stale[middle] < piece->from) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool segment_scan_has_past(const struct segment_scan *scan, const struct segment_piece *piece)
{
    size_t at = find_stale(scan, piece);
    return at < scan->stale_count && scan->stale[at] < piece->to;
}

/* Rows of a stored segment that are no longer true, or all others, are not kept. Both lists are
 * sorted. */
static void drop_rows(struct segment_scan *scan, const struct segment_piece *piece, bool stale)
{
    const int64_t *numbers = scan->segment.columns[COLUMN_NUMBER].values;
    size_t i = 0;
    for (size_t at = find_stale(scan, piece); at < scan->stale_count && scan->stale[at] < piece->to;
         at++) {
        for (; i < scan->segment.count && numbers[i] < scan->stale[at]; i++) {
            scan->keep[i] &= stale;
        }
        if (i < scan->segment.count && numbers[i] == scan->stale[at]) {
            scan->keep[i++] &= !stale;
        }
    }
    for (; i < scan->segment.count; i++) {
        scan->keep[i] &= stale;
    }
}

/* What the filter looks at comes first: where it leaves no row, nobody asks for the rest. */
static enum err load_stored(struct segment_scan *scan, const struct segment_piece *piece,
                            struct err_msg *why)
{
    uint32_t tested = scan->filter.columns != 0 ? scan->filter.columns : scan->columns;
    tested |= scan->stale_count > 0 ? 1u << COLUMN_NUMBER : 0;
    enum err err = load_columns(scan, piece, tested, false, why);
    if (err != ERR_OK) {
        return err;
    }
    segment_filter_run(&scan->filter, &scan->segment, scan->keep);
    if (scan->stale_count > 0) {
        drop_rows(scan, piece, true);
    }
    if (memchr(scan->keep, 1, scan->segment.count) == NULL) {
        return ERR_OK;
    }
    return load_columns(scan, piece, scan->columns & ~tested, true, why);
}

enum err segment_scan_load(struct segment_scan *scan, const struct segment_piece *piece,
                           struct err_msg *why)
{
    if (atomic_load_explicit(&scan->reader->cancelled, memory_order_relaxed)) {
        return err_set(why, ERR_CANCELLED, "cancelled");
    }
    scan->segment.count = 0;
    if (piece->is_done || !segment_filter_may(&scan->filter, &piece->zone)) {
        return ERR_OK;
    }
    if (piece->kind == PIECE_STORED) {
        return load_stored(scan, piece, why);
    }
    enum err err = load_rows(scan, piece, why);
    if (err == ERR_OK) {
        segment_filter_run(&scan->filter, &scan->segment, scan->keep);
    }
    return err;
}

enum err segment_scan_load_past(struct segment_scan *scan, const struct segment_piece *piece,
                                uint32_t columns, struct err_msg *why)
{
    enum err err = load_columns(scan, piece, scan->columns | columns, false, why);
    if (err == ERR_OK) {
        segment_filter_run(&scan->filter, &scan->segment, scan->keep);
        drop_rows(scan, piece, false);
    }
    return err;
}

void segment_scan_clear(struct segment_scan *scan)
{
    segment_filter_clear(&scan->filter);
    segment_clear(&scan->segment);
    free(scan->pieces);
    free(scan->stale);
    scan->pieces = NULL;
    scan->stale = NULL;
}
