/* group_pane — figures by operation, user, service, type or error, in the place of the trace list.
 *
 *    OPERATION                COUNT▼               ERR%      AVG      P50      P95      MAX
 * ▌  mutation:createGoal        412 ━━━━━━━━━━━━   12.4%    611ms    487ms    1.28s    4.81s
 *    query:goals                377 ━━━━━━━━━━╸     0.3%   54.0ms   31.0ms    289ms    1.02s
 */
#include "tui/group_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/format.h"
#include "tui/query_edit.h"
#include "tui/spoken.h"

enum { FIRST_COLUMN = 3, NAME_LARGEST = 60, REASON_BYTES = 200 };

enum group_column {
    GROUP_NAME,
    GROUP_COUNT,
    GROUP_BAR,
    GROUP_ERRORS,
    GROUP_AVERAGE,
    GROUP_P50,
    GROUP_P95,
    GROUP_MAX,
    GROUP_COLUMNS
};

static const struct {
    const char *title;
    int w;    /* with the blanks before it; the name takes what is left over */
    int from; /* width of the screen from which the column is shown */
    bool sortable;
} columns[GROUP_COLUMNS] = {
    [GROUP_NAME] = {.title = "", .w = 0, .sortable = true},
    [GROUP_COUNT] = {.title = "COUNT", .w = 8, .sortable = true},
    [GROUP_BAR] = {.title = "", .w = 13, .from = 72},
    [GROUP_ERRORS] = {.title = "ERR%", .w = 8, .sortable = true},
    [GROUP_AVERAGE] = {.title = "AVG", .w = 9, .sortable = true, .from = 56},
    [GROUP_P50] = {.title = "P50", .w = 9, .sortable = true, .from = 104},
    [GROUP_P95] = {.title = "P95", .w = 9, .sortable = true},
    [GROUP_MAX] = {.title = "MAX", .w = 9, .sortable = true, .from = 104},
};

static const struct {
    const char *name; /* of :top */
    const char *title, *one, *many;
    const char *field; /* of the term */
} groupings[] = {
    [GROUP_OPERATION] = {"op", "OPERATION", "operation", "operations", "op:="},
    [GROUP_USER] = {"user", "USER", "user", "users", "user:"},
    [GROUP_SERVICE] = {"service", "SERVICE", "service", "services", "service:"},
    [GROUP_TYPE] = {"type", "TYPE", "span type", "span types", "type:"},
    [GROUP_ERROR] = {"err", "ERROR", "error", "errors", "err:"},
};

struct group_pane {
    struct group_answer answer;
    const struct group_row **order; /* rows of answer as they are shown */
    enum group_by by, shown_by;     /* asked for; of the rows there are */
    bool waiting;
    char reason[REASON_BYTES]; /* why there are none */
    enum group_column sort;
    int64_t largest;
    size_t top, cursor;
    int h, w;
};

struct group_pane *group_pane_new(void)
{
    struct group_pane *pane = mem_zero(1, sizeof(*pane));
    pane->sort = GROUP_COUNT;
    pane->h = 2;
    return pane;
}

static void group_free(void *pane_pointer)
{
    struct group_pane *pane = pane_pointer;
    if (pane != NULL) {
        group_answer_clear(&pane->answer);
        free(pane->order);
        free(pane);
    }
}

/* ---- order ---------------------------------------------------------------------------------- */

static int64_t average_ns(const struct group_row *row)
{
    return row->ended > 0 ? row->sum_ns / row->ended : 0;
}

static double figure(const struct group_row *row, enum group_column column)
{
    switch (column) {
    case GROUP_ERRORS:
        return row->count > 0 ? (double)row->errors / (double)row->count : 0;
    case GROUP_AVERAGE:
        return (double)average_ns(row);
    case GROUP_P50:
        return (double)row->p50_ns;
    case GROUP_P95:
        return (double)row->p95_ns;
    case GROUP_MAX:
        return (double)row->max_ns;
    case GROUP_NAME:
    case GROUP_COUNT:
    case GROUP_BAR:
    case GROUP_COLUMNS:
        break;
    }
    return (double)row->count;
}

static bool stands_before(const struct group_row *a, const struct group_row *b,
                          enum group_column column)
{
    double left = figure(a, column);
    double right = figure(b, column);
    bool by_name = column == GROUP_NAME || (left >= right && left <= right);
    return by_name ? text_compare(a->name, b->name) < 0 : left > right;
}

/* Shell sort: a few hundred rows, and qsort knows no context. */
static void sort_rows(struct group_pane *pane)
{
    size_t count = pane->answer.count;
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            const struct group_row *row = pane->order[i];
            size_t j = i;
            for (; j >= gap && stands_before(row, pane->order[j - gap], pane->sort); j -= gap) {
                pane->order[j] = pane->order[j - gap];
            }
            pane->order[j] = row;
        }
    }
}

static void sort_by(struct group_pane *pane, int step)
{
    int column = (int)pane->sort;
    do {
        column = (column + step + GROUP_COLUMNS) % GROUP_COLUMNS;
    } while (!columns[column].sortable || pane->w < columns[column].from);
    pane->sort = (enum group_column)column;
    sort_rows(pane);
    pane->cursor = pane->top = 0;
}

/* ---- rows ----------------------------------------------------------------------------------- */

void group_pane_await(struct group_pane *pane, enum group_by by)
{
    pane->by = by;
    pane->waiting = true;
    pane->reason[0] = '\0';
}

enum group_by group_pane_by(const struct group_pane *pane)
{
    return pane->by;
}

static size_t rows_on_screen(const struct group_pane *pane)
{
    return pane->h > 1 ? (size_t)pane->h - 1 : 1;
}

static void move_to(struct group_pane *pane, int64_t target)
{
    int64_t last = (int64_t)pane->answer.count - 1;
    target = target > last ? last : target;
    pane->cursor = target > 0 ? (size_t)target : 0;
    size_t rows = rows_on_screen(pane);
    if (pane->cursor < pane->top) {
        pane->top = pane->cursor;
    } else if (pane->cursor >= pane->top + rows) {
        pane->top = pane->cursor - rows + 1;
    }
}

static const struct group_row *selected(const struct group_pane *pane)
{
    return pane->cursor < pane->answer.count ? pane->order[pane->cursor] : NULL;
}

struct text group_pane_name(const struct group_pane *pane)
{
    const struct group_row *row = selected(pane);
    return row != NULL ? row->name : (struct text){0};
}

/* The group that was selected, wherever it stands now; else the same row. */
static void select_again(struct group_pane *pane, struct text name)
{
    for (size_t i = 0; i < pane->answer.count; i++) {
        if (text_equals(pane->order[i]->name, name)) {
            int64_t shift = (int64_t)i - (int64_t)pane->cursor;
            int64_t top = (int64_t)pane->top + shift; /* it keeps its place on the screen */
            pane->cursor = i;
            pane->top = top > 0 ? (size_t)top : 0;
            return;
        }
    }
}

void group_pane_take(struct group_pane *pane, struct group_answer *answer)
{
    struct text_buffer name = {0};
    text_append(&name, group_pane_name(pane));
    bool had = pane->cursor < pane->answer.count && pane->shown_by == pane->by;
    group_answer_clear(&pane->answer);
    pane->answer = *answer;
    *answer = (struct group_answer){0};
    pane->order = mem_grow(pane->order, (pane->answer.count + 1) * sizeof(*pane->order));
    pane->largest = 1;
    for (size_t i = 0; i < pane->answer.count; i++) {
        const struct group_row *row = &pane->answer.rows[i];
        pane->order[i] = row;
        pane->largest = row->count > pane->largest ? row->count : pane->largest;
    }
    sort_rows(pane);
    if (!had) {
        pane->cursor = pane->top = 0;
    } else if (pane->cursor > 0) { /* on the first row: whatever is most */
        select_again(pane, text_buffer_text(&name));
    }
    text_buffer_free(&name);
    pane->shown_by = pane->by;
    pane->waiting = false;
    move_to(pane, (int64_t)pane->cursor);
}

void group_pane_failed(struct group_pane *pane, const char *why)
{
    pane->waiting = false;
    snprintf(pane->reason, sizeof(pane->reason), "%s", why);
}

bool group_by_parse(struct text name, enum group_by *ret_by)
{
    for (size_t i = 0; i < ARRAY_LEN(groupings); i++) {
        if (text_is_nocase(name, groupings[i].name) || text_is_nocase(name, groupings[i].one)) {
            *ret_by = (enum group_by)i;
            return true;
        }
    }
    return false;
}

/* ---- actions -------------------------------------------------------------------------------- */

static void go_error(struct group_pane *pane, int step, int count)
{
    int64_t found = (int64_t)pane->cursor;
    for (int64_t i = found + step; i >= 0 && i < (int64_t)pane->answer.count && count > 0;
         i += step) {
        if (pane->order[i]->errors > 0) {
            found = i;
            count--;
        }
    }
    move_to(pane, found);
}

static enum pane_reply group_act(void *pane_pointer, enum action action, int count)
{
    struct group_pane *pane = pane_pointer;
    int64_t at = (int64_t)pane->cursor;
    int64_t rows = (int64_t)rows_on_screen(pane);
    switch ((int)action) {
    case ACTION_DOWN:
        move_to(pane, at + count);
        return PANE_HANDLED;
    case ACTION_UP:
        move_to(pane, at - count);
        return PANE_HANDLED;
    case ACTION_PAGE_DOWN:
        move_to(pane, at + rows * count);
        return PANE_HANDLED;
    case ACTION_PAGE_UP:
        move_to(pane, at - rows * count);
        return PANE_HANDLED;
    case ACTION_HALF_DOWN:
        move_to(pane, at + rows / 2 * count);
        return PANE_HANDLED;
    case ACTION_HALF_UP:
        move_to(pane, at - rows / 2 * count);
        return PANE_HANDLED;
    case ACTION_FIRST:
        move_to(pane, count - 1);
        return PANE_HANDLED;
    case ACTION_LAST:
        move_to(pane, count > 1 ? count - 1 : INT64_MAX);
        return PANE_HANDLED;
    case ACTION_NEXT_ERROR:
    case ACTION_PREVIOUS_ERROR:
        go_error(pane, action == ACTION_NEXT_ERROR ? 1 : -1, count);
        return PANE_HANDLED;
    case ACTION_SORT_NEXT:
    case ACTION_SORT_PREVIOUS:
        sort_by(pane, action == ACTION_SORT_NEXT ? 1 : -1);
        return PANE_HANDLED;
    }
    return PANE_IGNORED;
}

static void group_layout(void *pane_pointer, int h, int w)
{
    struct group_pane *pane = pane_pointer;
    pane->h = h;
    pane->w = w;
    move_to(pane, (int64_t)pane->cursor);
}

bool group_pane_term(const struct group_pane *pane, struct text_buffer *target)
{
    const struct group_row *row = selected(pane);
    if (row == NULL || row->name.length == 0) {
        return false;
    }
    text_append_cstr(target, groupings[pane->shown_by].field);
    query_append_value(target, row->name);
    return true;
}

/* ---- drawing -------------------------------------------------------------------------------- */

static bool is_shown(const struct group_pane *pane, int column)
{
    return pane->w >= columns[column].from;
}

static int name_width(const struct group_pane *pane)
{
    int left = pane->w - FIRST_COLUMN - 1;
    for (int i = GROUP_NAME + 1; i < GROUP_COLUMNS; i++) {
        left -= is_shown(pane, i) ? columns[i].w : 0;
    }
    bool names = pane->shown_by != GROUP_ERROR; /* of which the figures stay near */
    left = names && left > NAME_LARGEST ? NAME_LARGEST : left;
    return left > 8 ? left : 8;
}

static void draw_titles(const struct group_pane *pane, struct canvas *canvas, struct rect area)
{
    int x = area.x + FIRST_COLUMN;
    for (int i = 0; i < GROUP_COLUMNS; i++) {
        if (!is_shown(pane, i)) {
            continue;
        }
        bool sorted = (int)pane->sort == i;
        struct ink ink = INK(sorted ? TONE_STRONG : TONE_DIM);
        const char *mark = !sorted ? "" : i == GROUP_NAME ? "\xE2\x96\xB2" : "\xE2\x96\xBC";
        char title[32];
        snprintf(title, sizeof(title), "%s%s",
                 i == GROUP_NAME ? groupings[pane->shown_by].title : columns[i].title, mark);
        int w = i == GROUP_NAME ? name_width(pane) : columns[i].w;
        if (i == GROUP_NAME) {
            canvas_text(canvas, area.y, x, w, ink, text_from(title));
        } else {
            canvas_text_right(canvas, area.y, x, w, ink, text_from(title));
        }
        x += w;
    }
}

static void draw_bar(const struct group_pane *pane, struct canvas *canvas, int y, int x,
                     const struct group_row *row)
{
    int cells = columns[GROUP_BAR].w - 1;
    int halves = (int)((row->count * 2 * cells + pane->largest - 1) / pane->largest);
    canvas_fill(canvas, (struct rect){y, x + 1, 1, halves / 2}, INK(TONE_ACCENT), 0x2501);
    if (halves % 2 > 0) {
        canvas_rune(canvas, y, x + 1 + halves / 2, INK(TONE_ACCENT), 0x2578);
    }
}

static void draw_figure(const struct group_pane *pane, struct canvas *canvas, int y, int x,
                        enum group_column column, const struct group_row *row)
{
    char text[FORMAT_BYTES];
    int w = columns[column].w;
    switch (column) {
    case GROUP_COUNT:
        canvas_text_right(canvas, y, x, w, INK(TONE_NORMAL), format_count(text, row->count));
        break;
    case GROUP_BAR:
        draw_bar(pane, canvas, y, x, row);
        break;
    case GROUP_ERRORS:
        if (row->errors > 0) {
            canvas_text_right(canvas, y, x, w, INK(TONE_ERROR),
                              format_percent(text, row->errors, row->count));
        }
        break;
    case GROUP_AVERAGE:
    case GROUP_P50:
    case GROUP_P95:
    case GROUP_MAX:
        canvas_text_right(canvas, y, x, w, INK(TONE_NORMAL),
                          format_duration(text, (int64_t)figure(row, column), canvas->ascii));
        break;
    case GROUP_NAME:
    case GROUP_COLUMNS:
        break;
    }
}

static void draw_row(const struct group_pane *pane, struct canvas *canvas, int y, int x,
                     const struct group_row *row)
{
    int name_w = name_width(pane);
    if (row->name.length > 0) {
        canvas_text(canvas, y, x, name_w, INK(TONE_NORMAL), row->name);
    } else {
        canvas_print(canvas, y, x, name_w, INK(TONE_DIM), "(no %s)",
                     pane->shown_by == GROUP_ERROR ? "message" : groupings[pane->shown_by].one);
    }
    if (row->errors > 0) {
        canvas_rune(canvas, y, x - 2, INK(TONE_ERROR), 0x2717);
    }
    x += name_w;
    for (int i = GROUP_NAME + 1; i < GROUP_COLUMNS; i++) {
        if (is_shown(pane, i)) {
            draw_figure(pane, canvas, y, x, (enum group_column)i, row);
            x += columns[i].w;
        }
    }
}

/* ---- for screen readers ---- */

static void say_row(const void *ctx, size_t index, struct spoken *line)
{
    const struct group_pane *pane = ctx;
    const struct group_row *row = pane->order[index];
    char share[FORMAT_BYTES];
    if (row->name.length > 0) {
        spoken_add(line, row->name);
    } else {
        spoken_format(line, "no %s",
                      pane->shown_by == GROUP_ERROR ? "message" : groupings[pane->shown_by].one);
    }
    spoken_count(line, row->count, "trace");
    if (row->errors > 0) {
        struct text percent = format_percent(share, row->errors, row->count);
        spoken_format(line, "%.*s errors", TEXT_ARGS(percent));
    }
    if (row->ended > 0) {
        spoken_duration(line, "average ", average_ns(row), "");
        spoken_duration(line, "p50 ", row->p50_ns, "");
        spoken_duration(line, "p95 ", row->p95_ns, "");
        spoken_duration(line, "longest ", row->max_ns, "");
    }
}

static void draw_words(const struct group_pane *pane, struct canvas *canvas, struct rect area)
{
    static const char *const orders[GROUP_COLUMNS] = {
        [GROUP_NAME] = "by name",
        [GROUP_COUNT] = "most traces first",
        [GROUP_BAR] = "",
        [GROUP_ERRORS] = "largest share of errors first",
        [GROUP_AVERAGE] = "longest average first",
        [GROUP_P50] = "longest p50 first",
        [GROUP_P95] = "longest p95 first",
        [GROUP_MAX] = "longest first",
    };
    const struct row_cursor rows = {
        .at = pane->cursor, .top = pane->top, .count = pane->answer.count};
    canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "%s, %s",
                 groupings[pane->shown_by].many, orders[pane->sort]);
    area.y++;
    area.h--;
    spoken_rows(canvas, area, &rows, say_row, pane);
}

static void draw_table(const struct group_pane *pane, struct canvas *canvas, struct rect area)
{
    draw_titles(pane, canvas, area);
    for (int y = 1; y < area.h && pane->top + (size_t)y - 1 < pane->answer.count; y++) {
        size_t index = pane->top + (size_t)y - 1;
        draw_row(pane, canvas, area.y + y, area.x + FIRST_COLUMN, pane->order[index]);
        if (index == pane->cursor) {
            canvas_rune(canvas, area.y + y, area.x, INK(TONE_ACCENT), 0x258C);
            canvas_mark(canvas, (struct rect){area.y + y, area.x, 1, area.w}, INK_SELECTED);
        }
    }
}

static void group_draw(const void *pane_pointer, struct canvas *canvas, struct rect area)
{
    const struct group_pane *pane = pane_pointer;
    if (canvas->words) {
        draw_words(pane, canvas, area);
    } else {
        draw_table(pane, canvas, area);
    }
    if (pane->answer.count == 0 && area.h > 1) {
        canvas_text(canvas, area.y + 1, area.x + FIRST_COLUMN, area.w - 4, INK(TONE_DIM),
                    pane->reason[0] != '\0' ? text_from(pane->reason)
                    : pane->waiting         ? TEXT("adding up\xE2\x80\xA6")
                                            : TEXT("no traces."));
    }
}

void group_pane_title(const struct group_pane *pane, struct canvas *canvas, struct rect area)
{
    char number[FORMAT_BYTES];
    bool one = pane->answer.count == 1;
    struct text count = format_count(number, (int64_t)pane->answer.count);
    canvas_fill(canvas, area, INK(TONE_DIM), 0x2500);
    canvas_print(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_NORMAL),
                 " %.*s %s%s   D next grouping   Esc back to the traces ", TEXT_ARGS(count),
                 one ? groupings[pane->shown_by].one : groupings[pane->shown_by].many,
                 pane->waiting ? " \xE2\x80\xA6" : "");
}

const struct pane_ops group_pane_ops = {
    .act = group_act,
    .layout = group_layout,
    .draw = group_draw,
    .free = group_free,
};
