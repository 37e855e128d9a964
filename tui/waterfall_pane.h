/* waterfall_pane — one trace as a tree of rows with bars over a ruler.
 *
 *     struct waterfall_pane *pane = waterfall_pane_new(false);
 *     waterfall_pane_set_trace(pane, trace, now_ns);      // takes the trace
 *     waterfall_pane_ops.layout(pane, h, w);
 *     waterfall_pane_ops.act(pane, ACTION_NEXT_ERROR, 1);
 *     waterfall_pane_ops.draw(pane, &canvas, area);
 *
 * Events are fetched by the app: it asks which bodies the visible rows want, and gives them. */
#ifndef TRACETUI_TUI_WATERFALL_PANE_H
#define TRACETUI_TUI_WATERFALL_PANE_H

#include "store/reader.h"
#include "tui/pane.h"
#include "tui/waterfall_rows.h"

struct waterfall_pane;

extern const struct pane_ops waterfall_pane_ops;

/* ascii: how the status text writes its signs; drawing follows the canvas. */
struct waterfall_pane *waterfall_pane_new(bool ascii);
void waterfall_pane_free(struct waterfall_pane *pane);

/* Shows another trace, or the same one grown (same row.number): then cursor, folds, zoom and find
 * stay. NULL empties the pane. Owns: the pane owns trace. */
void waterfall_pane_set_trace(struct waterfall_pane *pane, struct trace *trace, int64_t now_ns);
/* Running spans reach to now_ns. Returns true when that changes the picture. */
bool waterfall_pane_set_now(struct waterfall_pane *pane, int64_t now_ns);
/* The least height up to `most` in which all rows have room, with the header that `most` has; two
 * or three rows do without its minimap. */
int waterfall_pane_least_height(const struct waterfall_pane *pane, int most);
/* Shows or hides the minimap, as the key does. */
void waterfall_pane_set_header(struct waterfall_pane *pane, bool shown);

/* All borrowed until the next _set_trace; NULL when there is none. On a group row _selected is its
 * first merged member and _selected_group the group. */
const struct trace *waterfall_pane_trace(const struct waterfall_pane *pane);
const struct trace_span *waterfall_pane_selected(const struct waterfall_pane *pane);
const struct row_group *waterfall_pane_selected_group(const struct waterfall_pane *pane);

/* Moves the cursor to a span (index), opening what hides it. */
void waterfall_pane_select(struct waterfall_pane *pane, uint32_t span);
/* Moves the cursor to the row at y of the pane, or toggles its fold when x is on the mark; for the
 * mouse. False when no row is there. */
bool waterfall_pane_click(struct waterfall_pane *pane, int y, int x);

/* Marks the spans whose name, service or type contains text and goes to the first at or below the
 * cursor; empty text ends the search. Returns the number of matches. What else is stored about the
 * spans is looked through by the app, as _wants_matches says. */
size_t waterfall_pane_find(struct waterfall_pane *pane, struct text text);
/* The same of the spans for which the query found the trace: all are given by the app, and the
 * cursor goes to the first one. */
void waterfall_pane_find_query(struct waterfall_pane *pane);
bool waterfall_pane_is_finding(const struct waterfall_pane *pane);
bool waterfall_pane_finds_query(const struct waterfall_pane *pane);
/* True until the app was asked for matches: it looks for them, says so, and gives the bodies of
 * those spans, in any order and as many times as it likes; last: these were all. Returns the number
 * of matches. */
bool waterfall_pane_wants_matches(const struct waterfall_pane *pane);
void waterfall_pane_asked_matches(struct waterfall_pane *pane);
size_t waterfall_pane_give_matches(struct waterfall_pane *pane, const int64_t *bodies, size_t count,
                                   bool last);

/* Keys of the bodies whose events the visible rows need and do not have; returns how many. */
size_t waterfall_pane_wanted_bodies(const struct waterfall_pane *pane, int64_t *keys, size_t cap);
/* Bodies as asked, in any order; the pane copies what it needs. Unknown ones count as given. */
void waterfall_pane_give_events(struct waterfall_pane *pane, const int64_t *keys,
                                const struct span_body *bodies, size_t count);

/* The operations whose usual durations are not known yet, as they are to be asked for; NULL if all
 * are. Borrowed until the next _set_trace. */
const struct baseline_key *waterfall_pane_wants_usual(const struct waterfall_pane *pane,
                                                      size_t *ret_count);
void waterfall_pane_give_usual(struct waterfall_pane *pane, const struct baseline *baselines,
                               size_t count);
/* Of the selected span's operation; NULL = not known. */
const struct baseline *waterfall_pane_usual(const struct waterfall_pane *pane);

/* What the last action did that cannot be seen, "wrapped to the first error"; NULL = nothing. */
const char *waterfall_pane_notice(const struct waterfall_pane *pane);

/* "17 of 53 spans shown (1 group folded)   critical path 1.28s: 8 spans   view 0 - 1.28s ..." */
void waterfall_pane_status(const struct waterfall_pane *pane, struct text_buffer *target);
/* The longest spans of the critical path in order of time: "createGoal > charge > INSERT goals". */
void waterfall_pane_critical(const struct waterfall_pane *pane, struct text_buffer *target);

#endif
