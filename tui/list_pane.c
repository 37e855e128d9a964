/* list_pane — the trace list: a window of rows, the selection, live following, paging by key.
 *
 *    START▼            DUR            SPANS  OPERATION               USER
 * ▌✗ 14:03:20.412    1.28s ██████▌      147  mutation:createGoal     alice
 *  ▶ 14:00:57.412   12.4s+ ████████▋   2.2k  rest:POST /import/csv   alice
 */
#include "tui/list_pane.h"

#include <stdlib.h>

#include "tui/list_state.h"
#include "tui/spoken.h"

struct list_pane *list_pane_new(void)
{
    struct list_pane *pane = mem_zero(1, sizeof(*pane));
    pane->goal = -1;
    pane->column = COLUMN_COUNT;
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

size_t list_rows_on_screen(const struct list_pane *pane)
{
    return pane->h > 1 ? (size_t)pane->h - 1 : 1;
}

void list_scroll_to_cursor(struct list_pane *pane)
{
    size_t rows = list_rows_on_screen(pane);
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

bool list_is_newest_first(const struct list_pane *pane)
{
    return pane->sort == SORT_START && !pane->ascending;
}

bool list_is_on_first_row(const struct list_pane *pane)
{
    return pane->cursor == 0 && pane->shown.at_start;
}

void list_stop_following(struct list_pane *pane)
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

bool list_pane_is_waiting(const struct list_pane *pane)
{
    return pane->wanted == ERRAND_FRESH || pane->asked == ERRAND_FRESH;
}

bool list_pane_is_refreshing(const struct list_pane *pane)
{
    return pane->asked == ERRAND_REFRESH && pane->by_itself;
}

bool list_pane_moves_by_itself(const struct list_pane *pane)
{
    return pane->follow && pane->by_itself;
}

void list_pane_pause(struct list_pane *pane)
{
    list_stop_following(pane);
}

void list_pane_resume(struct list_pane *pane)
{
    if (!pane->follow && list_is_newest_first(pane)) {
        pane->follow = true;
        list_want_refresh(pane);
    }
}

bool list_pane_has_running(const struct list_pane *pane)
{
    size_t end = pane->top + list_rows_on_screen(pane);
    for (size_t i = pane->top; i < pane->shown.count && i < end; i++) {
        if (pane->shown.rows[i].row.status == STATUS_IN_PROGRESS) {
            return true;
        }
    }
    return false;
}

const char *list_pane_notice(const struct list_pane *pane)
{
    return pane->notice;
}

enum list_column list_pane_column(const struct list_pane *pane)
{
    return pane->column;
}

enum err list_pane_choose_columns(struct list_pane *pane, struct text columns, struct err_msg *why)
{
    enum err code = list_choice_parse(columns, &pane->columns, &pane->choice, why);
    list_columns_layout(&pane->columns, &pane->choice, pane->w);
    return code;
}

void list_pane_print_columns(const struct list_pane *pane, struct text_buffer *target)
{
    struct list_choice shown = {.made = true};
    for (int i = 0; i < COLUMN_COUNT; i++) {
        shown.shown[i] = pane->columns.w[i] > 0;
    }
    list_choice_print(pane->choice.made ? &pane->choice : &shown, target);
}

bool list_pane_leave_column(struct list_pane *pane)
{
    bool was = pane->column < COLUMN_COUNT;
    pane->column = COLUMN_COUNT;
    return was;
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
    place.number = list_is_on_first_row(pane) ? 0 : place.number; /* nothing was chosen yet */
    pane->sort = sort;
    pane->ascending = ascending;
    pane->follow = false;
    int64_t total = pane->total;
    list_pane_reset(pane, &place);
    pane->total = pane->total_paused = total;
}

void list_pane_go_to_time(struct list_pane *pane, int64_t ns)
{
    if (pane->sort != SORT_START) {
        list_pane_set_sort(pane, SORT_START, false);
    }
    list_stop_following(pane);
    pane->time_ns = ns;
    pane->goal = -1;
    pane->failed = false;
    pane->wanted = ERRAND_TIME;
}

bool list_pane_select_row(struct list_pane *pane, int dy)
{
    size_t index = pane->top + (size_t)(dy > 0 ? dy - 1 : 0);
    if (dy < 1 || index >= pane->shown.count) {
        return false;
    }
    pane->cursor = index;
    if (!list_is_on_first_row(pane)) {
        list_stop_following(pane);
    }
    return true;
}

static void list_layout(void *pane_pointer, int h, int w)
{
    struct list_pane *pane = pane_pointer;
    pane->h = h;
    pane->w = w;
    list_columns_layout(&pane->columns, &pane->choice, w);
    if (pane->column < COLUMN_COUNT && pane->columns.w[pane->column] == 0) {
        pane->column = COLUMN_COUNT; /* no longer on the screen */
    }
    list_scroll_to_cursor(pane);
}

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
        if ((int)pane->column == i) {
            canvas_mark(canvas, (struct rect){area.y, area.x + pane->columns.x[i], 1, w},
                        INK_REVERSE);
        }
    }
}

static const char *const first_words[SORT_COUNT][2] = {
    [SORT_START] = {"newest", "oldest"},
    [SORT_DURATION] = {"slowest", "fastest"},
    [SORT_SPANS] = {"most spans", "fewest spans"},
    [SORT_ERRORS] = {"most errors", "fewest errors"},
    [SORT_OPERATION] = {"last operation", "first operation"},
    [SORT_USER] = {"last user", "first user"},
};

static void say_row(const void *ctx, size_t row, struct spoken *line)
{
    const struct list_pane *pane = ctx;
    list_row_words(&pane->times, &pane->shown.rows[row].row, line);
}

/* For screen readers: a sentence a row. */
static void draw_words(const struct list_pane *pane, struct canvas *canvas, struct rect area)
{
    const struct row_cursor rows = {
        .at = pane->cursor, .top = pane->top, .count = pane->shown.count};
    canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "traces, %s first",
                 first_words[pane->sort][pane->ascending]);
    area.y++;
    area.h--;
    spoken_rows(canvas, area, &rows, say_row, pane);
}

static void list_draw(const void *pane_pointer, struct canvas *canvas, struct rect area)
{
    const struct list_pane *pane = pane_pointer;
    if (canvas->words) {
        draw_words(pane, canvas, area);
        return;
    }
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
            if (pane->column < COLUMN_COUNT) {
                canvas_mark(canvas,
                            (struct rect){area.y + y, area.x + pane->columns.x[pane->column], 1,
                                          pane->columns.w[pane->column]},
                            INK_REVERSE | INK_UNDERLINE);
            }
        }
    }
}

const struct pane_ops list_pane_ops = {
    .act = list_act,
    .layout = list_layout,
    .draw = list_draw,
    .free = list_free,
};
