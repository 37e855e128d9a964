/* list_pane — the trace list: a window of rows, the selection, live following, paging by key.
 *
 *    START▼            DUR            SPANS  OPERATION               USER
 * ▌✗ 14:03:20.412    1.28s ██████▌      147  mutation:createGoal     alice
 *  ▶ 14:00:57.412   12.4s+ ████████▋   2.2k  rest:POST /import/csv   alice
 */
#include "tui/list_pane.h"

#include <stdlib.h>

#include "tui/list_cells.h"
#include "tui/list_columns.h"
#include "tui/list_rows.h"

enum { PAGE_ROWS = 200, WINDOW_ROWS = 600, RESTORE_ROWS = 5000, GOAL_ROWS = 1000 };

/* Why rows were asked for, which decides where they go. */
enum errand {
    ERRAND_NONE,
    ERRAND_FRESH,   /* a new list: shown from the first slice on */
    ERRAND_REFRESH, /* the first page again: replaces the rows when complete */
    ERRAND_TAIL,    /* the last page: read from the other end */
    ERRAND_MORE,    /* behind the window */
    ERRAND_BACK,    /* before the window */
};

struct list_pane {
    struct list_rows shown;
    struct list_rows incoming; /* of FRESH before its first row, REFRESH and TAIL */
    enum errand wanted, asked;
    size_t top, cursor;     /* indices into shown */
    struct list_place keep; /* what FRESH and REFRESH select again */
    int64_t goal;           /* position to go to when it is loaded, -1 = none */
    bool failed;            /* do not ask again by yourself */
    bool follow;
    int64_t total, total_paused; /* matches; -1 = unknown */
    enum list_sort sort;
    bool ascending;
    int64_t limit;
    struct list_times times;
    int h, w;
    struct list_columns columns;
};

struct list_pane *list_pane_new(void)
{
    struct list_pane *pane = mem_zero(1, sizeof(*pane));
    pane->goal = -1;
    pane->total = pane->total_paused = -1;
    pane->h = 2;
    return pane;
}

static void list_free(void *pane_pointer)
{
    struct list_pane *pane = pane_pointer;
    if (pane != NULL) {
        list_rows_clear(&pane->shown);
        list_rows_clear(&pane->incoming);
        free(pane);
    }
}

/* ---- places --------------------------------------------------------------------------------- */

static size_t rows_on_screen(const struct list_pane *pane)
{
    return pane->h > 1 ? (size_t)pane->h - 1 : 1;
}

static void scroll_to_cursor(struct list_pane *pane)
{
    size_t rows = rows_on_screen(pane);
    if (pane->shown.count == 0) {
        pane->cursor = pane->top = 0;
        return;
    }
    if (pane->cursor >= pane->shown.count) {
        pane->cursor = pane->shown.count - 1;
    }
    if (pane->cursor < pane->top) {
        pane->top = pane->cursor;
    }
    if (pane->cursor >= pane->top + rows) {
        pane->top = pane->cursor - rows + 1;
    }
    if (pane->top + rows > pane->shown.count) {
        pane->top = pane->shown.count > rows ? pane->shown.count - rows : 0;
    }
}

static bool newest_first(const struct list_pane *pane)
{
    return pane->sort == SORT_START && !pane->ascending;
}

static bool on_first_row(const struct list_pane *pane)
{
    return pane->cursor == 0 && pane->shown.at_start;
}

static void stop_following(struct list_pane *pane)
{
    if (pane->follow) {
        pane->follow = false;
        pane->total_paused = pane->total;
    }
}

struct list_place list_pane_place(const struct list_pane *pane)
{
    if (pane->shown.count == 0) {
        return (struct list_place){.position = -1};
    }
    return (struct list_place){
        .number = pane->shown.rows[pane->cursor].row.number,
        .position = pane->shown.base >= 0 ? pane->shown.base + (int64_t)pane->cursor : -1,
        .row = (int)(pane->cursor - pane->top),
    };
}

/* ---- asking --------------------------------------------------------------------------------- */

void list_pane_reset(struct list_pane *pane, const struct list_place *place)
{
    pane->wanted = ERRAND_FRESH;
    pane->asked = ERRAND_NONE;
    pane->keep = place != NULL ? *place : (struct list_place){.position = -1};
    pane->goal = -1;
    pane->failed = false;
    pane->total = pane->total_paused = -1;
}

/* The first page again; the selection stays unless the list follows the newest. */
static void want_refresh(struct list_pane *pane)
{
    bool near = pane->shown.base == 0 && pane->cursor < RESTORE_ROWS;
    pane->keep =
        pane->follow || !near ? (struct list_place){.position = -1} : list_pane_place(pane);
    pane->wanted = ERRAND_REFRESH;
    pane->failed = false;
}

void list_pane_store_changed(struct list_pane *pane)
{
    bool idle = pane->asked == ERRAND_NONE && pane->wanted == ERRAND_NONE;
    if (idle && (pane->follow || pane->shown.count == 0)) {
        want_refresh(pane);
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
    bool near_end = pane->top + 3 * rows_on_screen(pane) >= pane->shown.count;
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
               pane->top < 2 * rows_on_screen(pane)) {
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

/* ---- answers -------------------------------------------------------------------------------- */

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
    scroll_to_cursor(pane);
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
        size_t used = pane->top + rows_on_screen(pane);
        used = (used > pane->cursor ? used : pane->cursor + 1) + PAGE_ROWS;
        size_t drop = pane->shown.count > used ? pane->shown.count - used : 0;
        list_rows_drop_last(&pane->shown, drop < excess ? drop : excess);
    }
}

static void go_to_goal(struct list_pane *pane, bool last)
{
    if (pane->goal < 0 || pane->shown.base < 0 || pane->goal < pane->shown.base) {
        return;
    }
    int64_t loaded = pane->shown.base + (int64_t)pane->shown.count;
    if (pane->goal < loaded || (last && pane->shown.at_end)) {
        int64_t index = pane->goal - pane->shown.base;
        pane->cursor = index > 0 ? (size_t)index : 0;
        pane->goal = -1;
        scroll_to_cursor(pane);
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
    pane->follow = newest_first(pane) && pane->cursor == 0;
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
            scroll_to_cursor(pane);
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
    go_to_goal(pane, last);
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
    size_t rows = rows_on_screen(pane);
    size_t count = 0;
    for (size_t i = pane->top; i < pane->shown.count && i < pane->top + rows && count < capacity;
         i++) {
        numbers[count++] = pane->shown.rows[i].row.number;
    }
    return count;
}

/* ---- what others ask ------------------------------------------------------------------------ */

const struct trace_row *list_pane_selected(const struct list_pane *pane)
{
    return pane->cursor < pane->shown.count ? &pane->shown.rows[pane->cursor].row : NULL;
}

int64_t list_pane_position(const struct list_pane *pane)
{
    bool known = pane->shown.base >= 0 && pane->shown.count > 0;
    return known ? pane->shown.base + (int64_t)pane->cursor + 1 : 0;
}

bool list_pane_is_following(const struct list_pane *pane)
{
    return pane->follow;
}

bool list_pane_is_empty(const struct list_pane *pane)
{
    return pane->shown.count == 0 && pane->asked == ERRAND_NONE && pane->wanted == ERRAND_NONE;
}

void list_pane_pause(struct list_pane *pane)
{
    stop_following(pane);
}

void list_pane_set_total(struct list_pane *pane, int64_t total)
{
    pane->total = total;
    if (pane->total_paused < 0) {
        pane->total_paused = total;
    }
}

int64_t list_pane_new_rows(const struct list_pane *pane)
{
    bool grew = !pane->follow && pane->total_paused >= 0 && pane->total > pane->total_paused;
    return grew ? pane->total - pane->total_paused : 0;
}

void list_pane_set_now(struct list_pane *pane, int64_t now_ns)
{
    pane->times.now_ns = now_ns;
}

void list_pane_set_limit(struct list_pane *pane, int64_t limit)
{
    pane->limit = limit;
}

enum list_sort list_pane_sort(const struct list_pane *pane)
{
    return pane->sort;
}

bool list_pane_is_ascending(const struct list_pane *pane)
{
    return pane->ascending;
}

void list_pane_set_sort(struct list_pane *pane, enum list_sort sort, bool ascending)
{
    struct list_place place = list_pane_place(pane);
    place.position = -1;
    pane->sort = sort;
    pane->ascending = ascending;
    pane->follow = false;
    int64_t total = pane->total;
    list_pane_reset(pane, &place);
    pane->total = pane->total_paused = total;
}

bool list_pane_select_row(struct list_pane *pane, int dy)
{
    size_t index = pane->top + (size_t)(dy > 0 ? dy - 1 : 0);
    if (dy < 1 || index >= pane->shown.count) {
        return false;
    }
    pane->cursor = index;
    if (!on_first_row(pane)) {
        stop_following(pane);
    }
    return true;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void move_by(struct list_pane *pane, int64_t delta)
{
    int64_t target = (int64_t)pane->cursor + delta;
    int64_t last = (int64_t)pane->shown.count - 1;
    target = target > last ? last : target;
    pane->cursor = target > 0 ? (size_t)target : 0;
    scroll_to_cursor(pane);
    if (!on_first_row(pane)) {
        stop_following(pane);
    } else if (delta < 0 && !pane->follow && newest_first(pane)) {
        pane->follow = true; /* back at the edge: rows come in again */
        want_refresh(pane);
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
    pane->follow = newest_first(pane);
    pane->cursor = pane->top = 0;
    if (merge) {
        want_refresh(pane);
        pane->keep = (struct list_place){.position = -1};
    }
}

static void go_to(struct list_pane *pane, int64_t position)
{
    if (position == 0) {
        go_first(pane);
        return;
    }
    stop_following(pane);
    pane->goal = position;
    if (pane->shown.base < 0 || position < pane->shown.base) {
        pane->wanted = ERRAND_FRESH;
        pane->keep = (struct list_place){.position = -1};
    }
    go_to_goal(pane, pane->shown.at_end);
}

static void go_last(struct list_pane *pane)
{
    stop_following(pane);
    if (pane->shown.at_end) {
        pane->cursor = pane->shown.count;
        scroll_to_cursor(pane);
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
    move_by(pane, found - (int64_t)pane->cursor);
}

static void toggle_follow(struct list_pane *pane)
{
    if (pane->follow) {
        stop_following(pane);
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

static enum pane_reply list_act(void *pane_pointer, enum action action, int count)
{
    struct list_pane *pane = pane_pointer;
    int64_t rows = (int64_t)rows_on_screen(pane);
    pane->failed = false;
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
    case ACTION_FOLLOW:
        toggle_follow(pane);
        break;
    case ACTION_REFRESH:
        want_refresh(pane);
        break;
    case ACTION_TIME_FORMAT:
        pane->times.relative = !pane->times.relative;
        break;
    default:
        return act_sort(pane, action) ? PANE_HANDLED : PANE_IGNORED;
    }
    return PANE_HANDLED;
}

static void list_layout(void *pane_pointer, int h, int w)
{
    struct list_pane *pane = pane_pointer;
    pane->h = h;
    pane->w = w;
    list_columns_layout(&pane->columns, w);
    scroll_to_cursor(pane);
}

/* ---- drawing -------------------------------------------------------------------------------- */

static void draw_titles(const struct list_pane *pane, struct canvas *canvas, struct rect area)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        const struct list_column_info *info = list_column_info((enum list_column)i);
        int w = pane->columns.w[i];
        if (w == 0) {
            continue;
        }
        bool sorted = info->sort == pane->sort;
        const char *mark = !sorted ? "" : pane->ascending ? "\xE2\x96\xB2" : "\xE2\x96\xBC";
        int length = (int)text_from(info->title).length + (sorted ? 1 : 0);
        int x = pane->columns.x[i] + (info->right && w > length ? w - length : 0);
        canvas_print(canvas, area.y, area.x + x, length, INK(sorted ? TONE_STRONG : TONE_DIM),
                     "%s%s", info->title, mark);
    }
}

static void list_draw(const void *pane_pointer, struct canvas *canvas, struct rect area)
{
    const struct list_pane *pane = pane_pointer;
    draw_titles(pane, canvas, area);
    for (int y = 1; y < area.h; y++) {
        size_t index = pane->top + (size_t)(y - 1);
        if (index >= pane->shown.count) {
            break;
        }
        const struct trace_row *row = &pane->shown.rows[index].row;
        for (int i = 0; i < COLUMN_COUNT; i++) {
            if (pane->columns.w[i] > 0) {
                list_cell_draw(&pane->times, canvas, area.y + y, area.x + pane->columns.x[i],
                               pane->columns.w[i], (enum list_column)i, row);
            }
        }
        list_cell_status(canvas, area.y + y, area.x + 1, row->status);
        if (index == pane->cursor) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT), 0x258C);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
}

const struct pane_ops list_pane_ops = {
    .act = list_act,
    .layout = list_layout,
    .draw = list_draw,
    .free = list_free,
};
