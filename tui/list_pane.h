/* list_pane — the trace list: a window of rows, the selection, live following, paging by key. */
#ifndef TRACETUI_TUI_LIST_PANE_H
#define TRACETUI_TUI_LIST_PANE_H

#include "store/reader.h"
#include "tui/list_columns.h"
#include "tui/pane.h"

struct list_pane;

extern const struct pane_ops list_pane_ops;

struct list_pane *list_pane_new(void);

/* ---- what the app asks the store ---- */

/* Where the user is: the selected trace, and its position in the whole list. */
struct list_place {
    int64_t number;   /* 0 = nowhere */
    int64_t position; /* -1 = unknown */
    int row;          /* of the screen */
};
struct list_place list_pane_place(const struct list_pane *pane);

/* A new query: everything is read again. The old rows stay on the screen until the first answer.
 * The trace of `place` (may be NULL) is selected again if it is still near its position. */
void list_pane_reset(struct list_pane *pane, const struct list_place *place);

/* The store has changed: a following list reads its first page again. */
void list_pane_store_changed(struct list_pane *pane);

/* True when rows are needed: sort, order, cursor, direction and limit are filled in. The pane then
 * waits for list_pane_answer; after a failure it asks again with the next action. */
bool list_pane_wants(struct list_pane *pane, struct list_question *ret_question);

/* Rows of the answer are copied; last as in struct loader_answer. */
void list_pane_answer(struct list_pane *pane, const struct list_answer *answer, bool last);
void list_pane_answer_failed(struct list_pane *pane);

/* A row that was read again: shown where it stands. True if something changed. */
bool list_pane_update(struct list_pane *pane, const struct trace_row *row);

/* Numbers of the rows on the screen, for reading them again. */
size_t list_pane_visible(const struct list_pane *pane, int64_t *numbers, size_t capacity);

/* ---- what the app shows elsewhere ---- */

/* NULL while the list is empty. Borrowed until the next call that changes the pane. */
const struct trace_row *list_pane_selected(const struct list_pane *pane);

/* Position of the selected row, from 1; 0 = unknown. */
int64_t list_pane_position(const struct list_pane *pane);

bool list_pane_is_following(const struct list_pane *pane);
bool list_pane_is_empty(const struct list_pane *pane); /* and not about to be filled */
/* Rows of a new list are on their way. */
bool list_pane_is_waiting(const struct list_pane *pane);
/* The rows are being read again because the store has changed. */
bool list_pane_is_refreshing(const struct list_pane *pane);
/* Such a reading was the last one, and the newest row is the selected one. */
bool list_pane_moves_by_itself(const struct list_pane *pane);
/* The user reads a trace or types: rows keep still until g or F. */
void list_pane_pause(struct list_pane *pane);
/* Ends a pause that the user has forgotten: the newest row is selected, rows come in again. */
void list_pane_resume(struct list_pane *pane);

/* What the last action did that cannot be seen; NULL = nothing. */
const char *list_pane_notice(const struct list_pane *pane);

/* A trace on the screen still runs: its duration grows. */
bool list_pane_has_running(const struct list_pane *pane);

/* The column chosen with the arrow keys, COLUMN_COUNT = none. */
enum list_column list_pane_column(const struct list_pane *pane);
/* What is shown, in the words of list_choice_parse; the choice holds at every width. */
enum err list_pane_choose_columns(struct list_pane *pane, struct text columns,
                                  struct err_msg *why) MUST_CHECK;
void list_pane_print_columns(const struct list_pane *pane, struct text_buffer *target);
/* False if there was none. */
bool list_pane_leave_column(struct list_pane *pane);

void list_pane_set_total(struct list_pane *pane, int64_t total);
/* Traces that came since the list stands still. */
int64_t list_pane_new_rows(const struct list_pane *pane);

void list_pane_set_now(struct list_pane *pane, int64_t now_ns);
/* The selected trace stays selected, unless it is the first: then the first of the new order is. */
void list_pane_set_sort(struct list_pane *pane, enum list_sort sort, bool ascending);
void list_pane_set_limit(struct list_pane *pane,
                         int64_t limit); /* limit:N of the query, 0 = none */
enum list_sort list_pane_sort(const struct list_pane *pane);
bool list_pane_is_ascending(const struct list_pane *pane);

/* The list by start, from the first trace at or beyond that moment on. */
void list_pane_go_to_time(struct list_pane *pane, int64_t ns);

/* Selects the row dy below the first one on the screen (mouse); false if there is none. */
bool list_pane_select_row(struct list_pane *pane, int dy);

#endif
