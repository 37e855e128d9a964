/* waterfall_rows — which rows of a trace are visible: folding, groups of repeated spans.
 *
 *     struct waterfall_rows rows = {.grouping = true};
 *     rows_set_trace(&rows, trace);            // default folding
 *     rows_set_closed(&rows, span, true);
 *     rows_update(&rows);                      // one linear walk, about 1 ms a million rows
 *     ... rows.row[i].span ...
 *
 * Five or more leaf siblings in a row with equal service, name and type share one group row;
 * members that failed or still run keep rows of their own below it.
 *
 * On demand a span and the only child below it, and its only child, and so on share a row, too:
 * three and more of them, up to one that failed or still runs. */
#ifndef TRACETUI_TUI_WATERFALL_ROWS_H
#define TRACETUI_TUI_WATERFALL_ROWS_H

#include "store/trace.h"

enum { ROWS_CHAIN_LEAST = 3, ROWS_GROUP_LEAST = 5, ROWS_ALL_OPEN = 200, ROWS_OPEN_DEPTH = 3 };

enum row_kind {
    ROW_SPAN,
    ROW_GROUP,
    ROW_MEMBER, /* of a group, shown because the group is open or because it failed */
};

struct row {
    uint32_t span;  /* index; of a group its first member, failed or not */
    uint32_t group; /* index in groups, for ROW_GROUP and ROW_MEMBER */
    uint8_t kind;   /* enum row_kind */
    uint32_t chain; /* of a chain its last span, else the span itself */
};

/* The siblings first ... end of one parent, of which count are merged into one row. */
struct row_group {
    uint32_t first, end;
    uint32_t count;
    uint32_t apart; /* failed or running ones: not merged */
    int64_t start_ns, end_ns, sum_ns;
    bool open;
};

/* The sizes of a group's members, for its details. */
struct group_figures {
    int64_t min_ns, p50_ns, max_ns;
};

/* {0} is empty. */
struct waterfall_rows {
    const struct trace *trace; /* borrowed */
    uint64_t *closed;          /* a bit a span */
    const uint64_t *only; /* borrowed: show just these spans, ignoring folds and groups; or NULL */
    struct row_group *groups; /* ordered by first */
    size_t group_count;
    bool grouping, chaining;
    uint64_t *apart; /* a bit a span: it was gone to, so no chain hides it */
    struct row *row;
    size_t count, capacity;
    size_t groups_closed, merged; /* group rows that hide members, and how many they hide */
    uint32_t folded_to; /* depth to which the default opened a large trace, 0 = all of it */
};

void rows_set_trace(struct waterfall_rows *rows, const struct trace *trace);
/* The same trace, grown: folds stay with their span ids. The old trace must still be there. */
void rows_reload(struct waterfall_rows *rows, const struct trace *trace);
void rows_clear(struct waterfall_rows *rows);

/* Makes rows->row anew from the folds; call after any change below. */
void rows_update(struct waterfall_rows *rows);

bool rows_is_closed(const struct waterfall_rows *rows, uint32_t span);
bool rows_is_leaf(const struct waterfall_rows *rows, uint32_t span);
void rows_set_closed(struct waterfall_rows *rows, uint32_t span, bool closed);
void rows_set_all(struct waterfall_rows *rows, bool closed); /* roots stay open */
void rows_set_subtree(struct waterfall_rows *rows, uint32_t span, bool closed);
void rows_set_depth(struct waterfall_rows *rows,
                    uint32_t depth);               /* open above, closed from there */
void rows_set_errors(struct waterfall_rows *rows); /* open just the ways to errors */
/* All open; of a large trace only the first levels, fewer the wider it is, and ways to errors. */
void rows_set_default(struct waterfall_rows *rows);
/* Opens everything above the span, its group included, so that it has a row. */
void rows_reveal(struct waterfall_rows *rows, uint32_t span);

/* Folds chains or opens them again. */
void rows_set_chaining(struct waterfall_rows *rows, bool on);

/* The row of the span, else of what hides it: its closed ancestor, its group or its chain. */
size_t rows_find(const struct waterfall_rows *rows, uint32_t span);
/* The row of the group that begins with the span, else as rows_find. */
size_t rows_find_group(const struct waterfall_rows *rows, uint32_t first);

/* Whether another child of the same parent follows below the row: decides its guide. */
bool rows_has_sibling_below(const struct waterfall_rows *rows, size_t row);

bool rows_is_merged(const struct trace *trace, uint32_t span); /* neither failed nor running */
struct group_figures rows_group_figures(const struct waterfall_rows *rows,
                                        const struct row_group *group);

#endif
