/* detail_pane — everything stored about one span, in tabs: attributes, events, SQL, error, JSON,
 * links.
 *
 *     detail_pane_set(pane, trace, span, NULL);       // facts at once, "loading" for the rest
 *     detail_pane_set(pane, trace, span, &body);      // all of it; the pane keeps copies
 *     detail_pane_ops.act(pane, ACTION_NEXT_TAB, 1); */
#ifndef TRACETUI_TUI_DETAIL_PANE_H
#define TRACETUI_TUI_DETAIL_PANE_H

#include "store/reader.h"
#include "tui/pane.h"

struct detail_pane;

extern const struct pane_ops detail_pane_ops;

struct detail_pane *detail_pane_new(void);
/* From now on in sentences, for screen readers. */
void detail_pane_speak(struct detail_pane *pane);
void detail_pane_free(struct detail_pane *pane);

/* Copies what it needs. trace and span NULL: nothing is selected; body NULL: not there yet, or a
 * synthetic span, about which nothing is stored. The tab and its scroll position stay. */
void detail_pane_set(struct detail_pane *pane, const struct trace *trace,
                     const struct trace_span *span, const struct span_body *body);

/* How long spans like this one usually take; NULL = not known. Nothing changes while the pane still
 * tells of another span than this one, whose body has not come yet. */
void detail_pane_set_usual(struct detail_pane *pane, const struct trace_span *span,
                           const struct baseline *usual);
/* A running span lasts until now_ns; true if that is one. */
bool detail_pane_set_now(struct detail_pane *pane, int64_t now_ns);

/* What the last action did that cannot be seen; NULL = nothing. */
const char *detail_pane_notice(const struct detail_pane *pane);

/* Marks text and goes to the first row with it; empty text ends the search. Returns the rows with a
 * match. */
size_t detail_pane_find(struct detail_pane *pane, struct text text);

/* The term for the line under the cursor, "attr.db.system=sqlite", appended as the query language
 * writes it; nothing for lines that are no term. */
void detail_pane_term(const struct detail_pane *pane, struct text_buffer *target);
/* The value of the line under the cursor, as it was sent. */
void detail_pane_value(const struct detail_pane *pane, struct text_buffer *target);
/* The statement, or nothing; message and stack, or nothing. */
void detail_pane_sql(const struct detail_pane *pane, struct text_buffer *target);
void detail_pane_error(const struct detail_pane *pane, struct text_buffer *target);
/* Everything as one JSON object, for copying and paging. */
void detail_pane_json(const struct detail_pane *pane, struct text_buffer *target);

/* The link under the cursor (tab Links; ACTION_OPEN there is left to the app). False if none.
 * Borrowed until the next _set. */
bool detail_pane_link(const struct detail_pane *pane, struct text *ret_trace_id,
                      struct text *ret_span_id);

#endif
