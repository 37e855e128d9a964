/* segment_scan — a question over all traces, by segments: stored ones, and rows where none is.
 *
 *     struct segment_scan scan = {.reader = reader, .columns = 1u << COLUMN_START};
 *     enum err err = segment_scan_begin(&scan, filter, now_ns, why);
 *     for (size_t i = 0; i < scan.count && err == ERR_OK; i++) {
 *         err = segment_scan_load(&scan, &scan.pieces[i], why);
 *         ... scan.segment.columns[COLUMN_START].values[row] where scan.keep[row] ...
 *     }
 *     segment_scan_clear(&scan);
 *
 * Every trace is in exactly one piece, as it is now. All inside one read transaction. */
#ifndef TRACETUI_STORE_SQL_SEGMENT_SCAN_H
#define TRACETUI_STORE_SQL_SEGMENT_SCAN_H

#include "store/sql/filter_segment.h"
#include "store/sql/segment_names.h"

enum piece_kind {
    PIECE_STORED, /* a segment; without its stale traces */
    PIECE_ROWS,   /* traces of which there is no segment yet */
    PIECE_STALE,  /* traces that changed since their segments were built */
};

struct segment_piece {
    enum piece_kind kind;
    int64_t from, to;         /* numbers; to is behind the last */
    struct segment_zone zone; /* of a stored one; else everything is possible */
    struct segment_name_range operations, users;
    bool is_done; /* none of its traces is wanted any more: it gives no rows */
};

struct segment_scan {
    struct reader *reader;
    uint32_t columns; /* wanted by the asker: 1 << enum segment_column */
    struct segment_filter filter;
    struct segment_piece *pieces; /* newest numbers last, stale ones behind them */
    size_t count;
    int64_t *stale; /* sorted */
    size_t stale_count;
    struct segment segment; /* of the piece loaded last; other columns than wanted are undefined */
    uint8_t keep[SEGMENT_ROWS];
};

/* Whether the store has segments at all: an older file that no writer has opened yet has none. */
bool segment_scan_can(struct reader *reader, const struct filter *filter);

enum err segment_scan_begin(struct segment_scan *scan, const struct filter *filter, int64_t now_ns,
                            struct err_msg *why) MUST_CHECK;
enum err segment_scan_load(struct segment_scan *scan, const struct segment_piece *piece,
                           struct err_msg *why) MUST_CHECK;
/* What a stored segment said of its traces that changed since, with some columns more. */
enum err segment_scan_load_past(struct segment_scan *scan, const struct segment_piece *piece,
                                uint32_t columns, struct err_msg *why) MUST_CHECK;
/* Whether there are any. */
bool segment_scan_has_past(const struct segment_scan *scan, const struct segment_piece *piece);
void segment_scan_clear(struct segment_scan *scan);

#endif
