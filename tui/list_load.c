/* list_load — which rows the trace list asks for, and where the answers go. */
#include "tui/list_state.h"

enum { PAGE_ROWS = 200, WINDOW_ROWS = 600, RESTORE_ROWS = 5000, GOAL_ROWS = 1000 };

void list_pane_reset(struct list_pane *pane, const struct list_place *place)
{
    pane->wanted = ERRAND_FRESH;
    pane->asked = ERRAND_NONE;
    pane->by_itself = false;
    pane->keep = place != NULL ? *place : (struct list_place){.position = -1};
    pane->goal = -1;
    pane->failed = false;
    pane->total = pane->total_paused = -1;
}

void list_want_refresh(struct list_pane *pane)
{
    bool near = pane->shown.base == 0 && pane->cursor < RESTORE_ROWS;
    pane->keep =
        pane->follow || !near ? (struct list_place){.position = -1} : list_pane_place(pane);
    pane->wanted = ERRAND_REFRESH;
    pane->by_itself = false;
    pane->failed = false;
}

void list_pane_store_changed(struct list_pane *pane)
{
    bool idle = pane->asked == ERRAND_NONE && pane->wanted == ERRAND_NONE;
    if (idle && (pane->follow || pane->shown.count == 0)) {
        list_want_refresh(pane);
        pane->by_itself = true;
    }
}

static size_t first_page_limit(const struct list_pane *pane)
{
    int64_t limit = PAGE_ROWS;
    if (pane->keep.position >= 0 && pane->keep.position < RESTORE_ROWS) {
        limit += pane->keep.position;
    }
    return (size_t)(pane->limit > 0 && pane->limit < limit ? pane->limit : limit);
}

static bool wants_more(const struct list_pane *pane)
{
    if (pane->shown.at_end || pane->shown.count == 0) {
        return false;
    }
    bool near_end = pane->top + 3 * list_rows_on_screen(pane) >= pane->shown.count;
    bool short_of_goal = pane->goal >= 0 && pane->shown.base >= 0 &&
                         pane->goal >= pane->shown.base + (int64_t)pane->shown.count;
    return near_end || short_of_goal;
}

static size_t more_limit(const struct list_pane *pane)
{
    int64_t limit = pane->goal >= 0 ? GOAL_ROWS : PAGE_ROWS;
    int64_t known = pane->shown.base + (int64_t)pane->shown.count;
    if (pane->limit > 0 && pane->shown.base >= 0 && pane->limit - known < limit) {
        limit = pane->limit - known;
    }
    return limit > 0 ? (size_t)limit : 0;
}

bool list_pane_wants(struct list_pane *pane, struct list_question *ret_question)
{
    struct list_question question = {.sort = pane->sort, .ascending = pane->ascending};
    if (pane->wanted != ERRAND_NONE) {
        list_rows_clear(&pane->incoming);
        pane->incoming.at_start = true;
        question.limit = first_page_limit(pane);
        if (pane->wanted == ERRAND_TAIL) {
            question.ascending = !question.ascending;
            question.limit = PAGE_ROWS;
        }
        if (pane->wanted == ERRAND_TIME) {
            pane->incoming.at_start = false;
            pane->incoming.base = -1;
            question.limit = PAGE_ROWS;
            question.after =
                (struct list_cursor){.set = true,
                                     .key = pane->time_ns,
                                     .number = pane->ascending ? INT64_MIN : INT64_MAX};
        }
        pane->asked = pane->wanted;
        pane->wanted = ERRAND_NONE;
    } else if (pane->asked != ERRAND_NONE || pane->failed) {
        return false;
    } else if (wants_more(pane)) {
        question.limit = more_limit(pane);
        if (question.limit == 0) {
            pane->shown.at_end = true;
            return false;
        }
        question.after =
            list_cursor_of(&pane->shown.rows[pane->shown.count - 1].row, question.sort);
        pane->asked = ERRAND_MORE;
    } else if (!pane->shown.at_start && pane->shown.count > 0 &&
               pane->top < 2 * list_rows_on_screen(pane)) {
        question.after = list_cursor_of(&pane->shown.rows[0].row, question.sort);
        question.backward = true;
        question.limit = PAGE_ROWS;
        pane->asked = ERRAND_BACK;
    } else {
        return false;
    }
    *ret_question = question;
    return true;
}

/* What was read anew takes the place of what was shown. */
static void show_incoming(struct list_pane *pane)
{
    list_rows_clear(&pane->shown);
    pane->shown = pane->incoming;
    pane->incoming = (struct list_rows){0};
    pane->cursor = pane->top = 0;
    size_t kept =
        pane->keep.number > 0 ? list_rows_find(&pane->shown, pane->keep.number) : pane->shown.count;
    if (kept < pane->shown.count) {
        pane->cursor = kept;
        pane->top = kept > (size_t)pane->keep.row ? kept - (size_t)pane->keep.row : 0;
    }
    list_scroll_to_cursor(pane);
}

/* The window stays small: rows far from the screen can be read again. */
static void trim(struct list_pane *pane, bool at_front)
{
    if (pane->shown.count <= WINDOW_ROWS || pane->goal >= 0) {
        return;
    }
    size_t excess = pane->shown.count - WINDOW_ROWS;
    if (at_front) {
        size_t margin = pane->top < pane->cursor ? pane->top : pane->cursor;
        size_t drop = margin > PAGE_ROWS ? margin - PAGE_ROWS : 0;
        drop = drop < excess ? drop : excess;
        list_rows_drop_first(&pane->shown, drop);
        pane->top -= drop;
        pane->cursor -= drop;
    } else {
        size_t used = pane->top + list_rows_on_screen(pane);
        used = (used > pane->cursor ? used : pane->cursor + 1) + PAGE_ROWS;
        size_t drop = pane->shown.count > used ? pane->shown.count - used : 0;
        list_rows_drop_last(&pane->shown, drop < excess ? drop : excess);
    }
}

void list_go_to_goal(struct list_pane *pane, bool last)
{
    if (pane->goal < 0 || pane->shown.base < 0 || pane->goal < pane->shown.base) {
        return;
    }
    int64_t loaded = pane->shown.base + (int64_t)pane->shown.count;
    if (pane->goal < loaded || (last && pane->shown.at_end)) {
        int64_t index = pane->goal - pane->shown.base;
        pane->cursor = index > 0 ? (size_t)index : 0;
        pane->goal = -1;
        list_scroll_to_cursor(pane);
        trim(pane, true);
    }
}

static void answer_fresh(struct list_pane *pane, const struct list_answer *answer, bool last)
{
    list_rows_append(&pane->incoming, answer->rows, answer->count);
    pane->incoming.at_end = last && answer->done;
    bool waits_for_kept = pane->keep.number > 0 && !last;
    if (!last && (pane->incoming.count == 0 || waits_for_kept)) {
        return;
    }
    show_incoming(pane);
    pane->follow = list_is_newest_first(pane) && pane->cursor == 0;
    pane->asked = last ? ERRAND_NONE : ERRAND_MORE;
}

void list_pane_answer(struct list_pane *pane, const struct list_answer *answer, bool last)
{
    switch (pane->asked) {
    case ERRAND_NONE:
        return;
    case ERRAND_FRESH:
        answer_fresh(pane, answer, last);
        break;
    case ERRAND_REFRESH:
        list_rows_append(&pane->incoming, answer->rows, answer->count);
        pane->incoming.at_end = last && answer->done;
        if (last) {
            show_incoming(pane);
            pane->asked = ERRAND_NONE;
            pane->total_paused = pane->total;
        }
        break;
    case ERRAND_TAIL:
        list_rows_append(&pane->incoming, answer->rows, answer->count);
        pane->incoming.at_end = last && answer->done;
        if (last) {
            list_rows_reverse(&pane->incoming);
            pane->keep = (struct list_place){0};
            show_incoming(pane);
            pane->cursor = pane->shown.count;
            list_scroll_to_cursor(pane);
            pane->asked = ERRAND_NONE;
        }
        break;
    case ERRAND_TIME:
        list_rows_append(&pane->incoming, answer->rows, answer->count);
        pane->incoming.at_end = last && answer->done;
        if (last && pane->incoming.count == 0) {
            pane->wanted = ERRAND_TAIL; /* nothing is as old as that: the nearest */
            pane->asked = ERRAND_NONE;
        } else if (last) {
            pane->keep = (struct list_place){0};
            show_incoming(pane);
            pane->asked = ERRAND_NONE;
        }
        break;
    case ERRAND_MORE:
        list_rows_append(&pane->shown, answer->rows, answer->count);
        pane->shown.at_end = last && answer->done;
        trim(pane, true);
        pane->asked = last ? ERRAND_NONE : ERRAND_MORE;
        break;
    case ERRAND_BACK:
        list_rows_prepend(&pane->shown, answer->rows, answer->count);
        pane->top += answer->count;
        pane->cursor += answer->count;
        if (last) {
            pane->shown.at_start = answer->done;
            pane->shown.base = answer->done ? 0 : pane->shown.base;
            pane->asked = ERRAND_NONE;
        }
        trim(pane, false);
        break;
    }
    list_go_to_goal(pane, last);
}

void list_pane_answer_failed(struct list_pane *pane)
{
    if (pane->asked == ERRAND_FRESH) {
        show_incoming(pane);
    }
    list_rows_clear(&pane->incoming);
    pane->asked = ERRAND_NONE;
    pane->failed = true;
    pane->goal = -1;
}

bool list_pane_update(struct list_pane *pane, const struct trace_row *row)
{
    return list_rows_update(&pane->shown, row);
}

size_t list_pane_visible(const struct list_pane *pane, int64_t *numbers, size_t capacity)
{
    size_t rows = list_rows_on_screen(pane);
    size_t count = 0;
    for (size_t i = pane->top; i < pane->shown.count && i < pane->top + rows && count < capacity;
         i++) {
        numbers[count++] = pane->shown.rows[i].row.number;
    }
    return count;
}
