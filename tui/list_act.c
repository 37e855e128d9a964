/* list_act — what keys do in the trace list: move, jump, sort, follow, choose a column. */
#include "tui/list_state.h"

static void move_by(struct list_pane *pane, int64_t delta)
{
    int64_t target = (int64_t)pane->cursor + delta;
    int64_t last = (int64_t)pane->shown.count - 1;
    target = target > last ? last : target;
    pane->cursor = target > 0 ? (size_t)target : 0;
    list_scroll_to_cursor(pane);
    if (!list_is_on_first_row(pane)) {
        list_stop_following(pane);
    } else if (delta < 0 && !pane->follow && list_is_newest_first(pane)) {
        pane->follow = true; /* back at the edge: rows come in again */
        list_want_refresh(pane);
    }
}

/* A page keeps the cursor's row on the screen, as pagers do. */
static void move_page(struct list_pane *pane, int64_t rows)
{
    int64_t top = (int64_t)pane->top + rows;
    pane->top = top > 0 ? (size_t)top : 0;
    if (pane->top >= pane->shown.count) {
        pane->top = pane->shown.count > 0 ? pane->shown.count - 1 : 0;
    }
    move_by(pane, rows);
}

static void go_first(struct list_pane *pane)
{
    bool merge = !pane->follow || !pane->shown.at_start;
    pane->follow = list_is_newest_first(pane);
    pane->cursor = pane->top = 0;
    if (merge) {
        list_want_refresh(pane);
        pane->keep = (struct list_place){.position = -1};
    }
}

static void go_to(struct list_pane *pane, int64_t position)
{
    if (position == 0) {
        go_first(pane);
        return;
    }
    list_stop_following(pane);
    pane->goal = position;
    if (pane->shown.base < 0 || position < pane->shown.base) {
        pane->wanted = ERRAND_FRESH;
        pane->keep = (struct list_place){.position = -1};
    }
    list_go_to_goal(pane, pane->shown.at_end);
}

static void go_last(struct list_pane *pane)
{
    list_stop_following(pane);
    if (pane->shown.at_end) {
        pane->cursor = pane->shown.count;
        list_scroll_to_cursor(pane);
    } else if (pane->limit > 0) {
        go_to(pane, pane->limit - 1);
    } else {
        pane->wanted = ERRAND_TAIL;
    }
}

static void go_error(struct list_pane *pane, int step, int count)
{
    int64_t found = (int64_t)pane->cursor;
    for (int64_t i = found + step; i >= 0 && i < (int64_t)pane->shown.count && count > 0;
         i += step) {
        if (pane->shown.rows[i].row.error_count > 0 ||
            pane->shown.rows[i].row.status == STATUS_ERROR) {
            found = i;
            count--;
        }
    }
    if (found == (int64_t)pane->cursor) {
        pane->notice = step > 0 ? "no failed trace further down" : "no failed trace further up";
    }
    move_by(pane, found - (int64_t)pane->cursor);
}

static void toggle_follow(struct list_pane *pane)
{
    if (pane->follow) {
        list_stop_following(pane);
    } else {
        go_first(pane);
    }
}

/* The next or previous column that can be sorted by, as they stand on the screen. */
static void sort_by_neighbour(struct list_pane *pane, int step)
{
    static const enum list_sort order[] = {SORT_START, SORT_DURATION,  SORT_ERRORS,
                                           SORT_SPANS, SORT_OPERATION, SORT_USER};
    int count = (int)ARRAY_LEN(order);
    int at = 0;
    while (at < count - 1 && order[at] != pane->sort) {
        at++;
    }
    enum list_sort sort = order[(at + step + count) % count];
    list_pane_set_sort(pane, sort, sort == SORT_OPERATION || sort == SORT_USER);
}

/* The next column to the left or right that makes a term; the first one chosen is the operation. */
static void step_column(struct list_pane *pane, int step)
{
    int column = (int)pane->column;
    if (column == COLUMN_COUNT) {
        pane->column = COLUMN_OPERATION;
        return;
    }
    do {
        column += step;
    } while (column >= 0 && column < COLUMN_COUNT &&
             (pane->columns.w[column] == 0 || !list_column_info((enum list_column)column)->term));
    if (column >= 0 && column < COLUMN_COUNT) {
        pane->column = (enum list_column)column;
    }
}

static bool act_sort(struct list_pane *pane, enum action action)
{
    static const struct {
        enum action action;
        enum list_sort sort;
        bool ascending;
    } sorts[] = {
        {ACTION_SORT_START, SORT_START, false},        {ACTION_SORT_DURATION, SORT_DURATION, false},
        {ACTION_SORT_ERRORS, SORT_ERRORS, false},      {ACTION_SORT_SPANS, SORT_SPANS, false},
        {ACTION_SORT_OPERATION, SORT_OPERATION, true}, {ACTION_SORT_USER, SORT_USER, true},
    };
    for (size_t i = 0; i < ARRAY_LEN(sorts); i++) {
        if (sorts[i].action == action) {
            list_pane_set_sort(pane, sorts[i].sort, sorts[i].ascending);
            return true;
        }
    }
    switch ((int)action) {
    case ACTION_SORT_REVERSE:
        list_pane_set_sort(pane, pane->sort, !pane->ascending);
        return true;
    case ACTION_SORT_PREVIOUS:
        sort_by_neighbour(pane, -1);
        return true;
    case ACTION_SORT_NEXT:
        sort_by_neighbour(pane, 1);
        return true;
    }
    return false;
}

enum pane_reply list_act(void *pane_pointer, enum action action, int count)
{
    struct list_pane *pane = pane_pointer;
    int64_t rows = (int64_t)list_rows_on_screen(pane);
    pane->failed = false;
    pane->notice = NULL;
    switch ((int)action) {
    case ACTION_DOWN:
        move_by(pane, count);
        break;
    case ACTION_UP:
        move_by(pane, -(int64_t)count);
        break;
    case ACTION_PAGE_DOWN:
        move_page(pane, rows * count);
        break;
    case ACTION_PAGE_UP:
        move_page(pane, -rows * count);
        break;
    case ACTION_HALF_DOWN:
        move_page(pane, rows / 2 * count);
        break;
    case ACTION_HALF_UP:
        move_page(pane, -(rows / 2) * count);
        break;
    case ACTION_FIRST:
        go_to(pane, count - 1);
        break;
    case ACTION_LAST:
        if (count > 1) {
            go_to(pane, count - 1);
        } else {
            go_last(pane);
        }
        break;
    case ACTION_NEXT_ERROR:
        go_error(pane, 1, count);
        break;
    case ACTION_PREVIOUS_ERROR:
        go_error(pane, -1, count);
        break;
    case ACTION_LEFT:
        step_column(pane, -1);
        break;
    case ACTION_RIGHT:
        step_column(pane, 1);
        break;
    case ACTION_FOLLOW:
        toggle_follow(pane);
        break;
    case ACTION_REFRESH:
        list_want_refresh(pane);
        break;
    case ACTION_TIME_FORMAT:
        pane->times.relative = !pane->times.relative;
        break;
    default:
        return act_sort(pane, action) ? PANE_HANDLED : PANE_IGNORED;
    }
    return PANE_HANDLED;
}
