/* list_state — what the parts of the trace list share; included by list_pane.c, list_load.c and
 * list_act.c only. */
#ifndef TRACETUI_TUI_LIST_STATE_H
#define TRACETUI_TUI_LIST_STATE_H

#include "tui/list_cells.h"
#include "tui/list_columns.h"
#include "tui/list_pane.h"
#include "tui/list_rows.h"

/* Why rows were asked for, which decides where they go. */
enum errand {
    ERRAND_NONE,
    ERRAND_FRESH,   /* a new list: shown from the first slice on */
    ERRAND_REFRESH, /* the first page again: replaces the rows when complete */
    ERRAND_TAIL,    /* the last page: read from the other end */
    ERRAND_TIME,    /* a page from a moment on: replaces the rows */
    ERRAND_MORE,    /* behind the window */
    ERRAND_BACK,    /* before the window */
};

struct list_pane {
    struct list_rows shown;
    struct list_rows incoming; /* of FRESH before its first row, REFRESH and TAIL */
    enum errand wanted, asked;
    bool by_itself;     /* the last ERRAND_REFRESH: the store has changed, nobody pressed a key */
    size_t top, cursor; /* indices into shown */
    struct list_place keep; /* what FRESH and REFRESH select again */
    int64_t goal;           /* position to go to when it is loaded, -1 = none */
    int64_t time_ns;        /* of ERRAND_TIME */
    bool failed;            /* do not ask again by yourself */
    bool follow;
    int64_t total, total_paused; /* matches; -1 = unknown */
    enum list_sort sort;
    bool ascending;
    int64_t limit;
    struct list_times times;
    const char *notice; /* what the last action has to say, NULL = nothing */
    int h, w;
    struct list_columns columns;
    struct list_choice choice;
    enum list_column column; /* the one that i and x take their value from; COLUMN_COUNT = none */
};

/* ---- list_pane.c ---- */

size_t list_rows_on_screen(const struct list_pane *pane);
void list_scroll_to_cursor(struct list_pane *pane);
bool list_is_newest_first(const struct list_pane *pane);
bool list_is_on_first_row(const struct list_pane *pane);
void list_stop_following(struct list_pane *pane);

/* ---- list_load.c ---- */

/* The first page again; the selection stays unless the list follows the newest. */
void list_want_refresh(struct list_pane *pane);
/* Selects the row at pane->goal as soon as it is loaded. */
void list_go_to_goal(struct list_pane *pane, bool last);

/* ---- list_act.c ---- */

enum pane_reply list_act(void *pane, enum action action, int count);

#endif
