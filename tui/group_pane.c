/* group_pane — figures by operation, user, service, type or error, in the place of the trace list.
 *
 *    OPERATION                COUNT▼               ERR%      AVG      P50      P95      MAX
 * ▌  mutation:createGoal        412 ━━━━━━━━━━━━   12.4%    611ms    487ms    1.28s    4.81s
 *    query:goals                377 ━━━━━━━━━━╸     0.3%   54.0ms   31.0ms    289ms    1.02s
 */
#include "tui/group_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/figure_table.h"
#include "tui/format.h"
#include "tui/query_edit.h"

enum { NAME_LARGEST = 60, REASON_BYTES = 200 };

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

static const struct figure_column columns[GROUP_COLUMNS] = {
    [GROUP_NAME] = {.order = "by name"},
    [GROUP_COUNT] = {.title = "COUNT", .w = 8, .order = "most traces first"},
    [GROUP_BAR] = {.title = "", .w = 13, .from = 72, .bar = 1},
    [GROUP_ERRORS] = {.title = "ERR%", .w = 8, .order = "largest share of errors first"},
    [GROUP_AVERAGE] = {.title = "AVG", .w = 9, .from = 56, .order = "longest average first"},
    [GROUP_P50] = {.title = "P50", .w = 9, .from = 104, .order = "longest p50 first"},
    [GROUP_P95] = {.title = "P95", .w = 9, .order = "longest p95 first"},
    [GROUP_MAX] = {.title = "MAX", .w = 9, .from = 104, .order = "longest first"},
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
    int64_t largest;
    struct figure_table table;
    int h;
};

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

static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct group_pane *pane = ctx;
    const struct group_row *left = *(const struct group_row *const *)a;
    const struct group_row *right = *(const struct group_row *const *)b;
    double x = figure(left, (enum group_column)pane->table.sort);
    double y = figure(right, (enum group_column)pane->table.sort);
    if (pane->table.sort != GROUP_NAME && (x < y || x > y)) {
        return x > y ? -1 : 1;
    }
    return text_compare(left->name, right->name);
}

static void sort_rows(struct group_pane *pane)
{
    if (pane->answer.count > 1) {
        qsort_r(pane->order, pane->answer.count, sizeof(*pane->order), compare_rows, pane);
    }
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

static void fit(struct group_pane *pane, int w)
{
    figure_table_fit(&pane->table, pane->answer.count, pane->h - 1, w);
}

static const struct group_row *selected(const struct group_pane *pane)
{
    return pane->table.rows.at < pane->answer.count ? pane->order[pane->table.rows.at] : NULL;
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
            struct row_cursor *rows = &pane->table.rows;
            size_t above = rows->at - rows->top; /* it keeps its place on the screen */
            rows->at = i;
            rows->top = i > above ? i - above : 0;
            return;
        }
    }
}

void group_pane_take(struct group_pane *pane, struct group_answer *answer)
{
    struct text_buffer name = {0};
    text_append(&name, group_pane_name(pane));
    bool had = selected(pane) != NULL && pane->shown_by == pane->by;
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
        pane->table.rows.at = pane->table.rows.top = 0;
    } else if (pane->table.rows.at > 0) { /* on the first row: whatever is most */
        select_again(pane, text_buffer_text(&name));
    }
    text_buffer_free(&name);
    pane->shown_by = pane->by;
    pane->waiting = false;
    pane->table.name_most = pane->by == GROUP_ERROR ? 0 : NAME_LARGEST; /* figures stay near it */
    fit(pane, pane->table.w);
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

static enum pane_reply group_act(void *pane_pointer, enum action action, int count)
{
    struct group_pane *pane = pane_pointer;
    int sort = pane->table.sort;
    if (!figure_table_act(&pane->table, action, count, pane)) {
        return PANE_IGNORED;
    }
    if (pane->table.sort != sort) {
        sort_rows(pane);
    }
    return PANE_HANDLED;
}

static void group_layout(void *pane_pointer, int h, int w)
{
    struct group_pane *pane = pane_pointer;
    pane->h = h;
    fit(pane, w);
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

static bool has_errors(const void *ctx, size_t index)
{
    const struct group_pane *pane = ctx;
    return pane->order[index]->errors > 0;
}

static void draw_name(const void *ctx, size_t index, struct canvas *canvas, struct rect area)
{
    const struct group_pane *pane = ctx;
    struct text name = pane->order[index]->name;
    if (name.length > 0) {
        canvas_text(canvas, area.y, area.x, area.w, INK(TONE_NORMAL), name);
    } else {
        canvas_print(canvas, area.y, area.x, area.w, INK(TONE_DIM), "(no %s)",
                     pane->shown_by == GROUP_ERROR ? "message" : groupings[pane->shown_by].one);
    }
}

static struct figure_cell cell_of(const void *ctx, size_t index, int column,
                                  char text[FIGURE_BYTES], bool ascii)
{
    const struct group_pane *pane = ctx;
    const struct group_row *row = pane->order[index];
    struct figure_cell cell = {.tone = TONE_NORMAL};
    switch ((enum group_column)column) {
    case GROUP_COUNT:
        cell.text = format_count(text, row->count);
        break;
    case GROUP_BAR:
        cell.share = (double)row->count / (double)pane->largest;
        cell.tone = TONE_ACCENT;
        break;
    case GROUP_ERRORS:
        cell.text = row->errors > 0 ? format_percent(text, row->errors, row->count) : TEXT("");
        cell.tone = TONE_ERROR;
        break;
    case GROUP_AVERAGE:
    case GROUP_P50:
    case GROUP_P95:
    case GROUP_MAX:
        cell.text = format_duration(text, (int64_t)figure(row, (enum group_column)column), ascii);
        break;
    case GROUP_NAME:
    case GROUP_COLUMNS:
        break;
    }
    return cell;
}

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

static const struct figure_form form = {
    .columns = columns,
    .count = GROUP_COLUMNS,
    .name_has_mark = true,
    .has_errors = has_errors,
    .draw_name = draw_name,
    .cell = cell_of,
    .say = say_row,
};

static void group_draw(const void *pane_pointer, struct canvas *canvas, struct rect area)
{
    const struct group_pane *pane = pane_pointer;
    figure_table_draw(&pane->table, canvas, area, groupings[pane->shown_by].title,
                      groupings[pane->shown_by].many, pane);
    if (pane->answer.count == 0 && area.h > 1) {
        canvas_text(canvas, area.y + 1, area.x + 3, area.w - 4, INK(TONE_DIM),
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
    canvas_fill(canvas, area, INK(TONE_DIM), RUNE_DASH);
    canvas_print(canvas, area.y, area.x + 1, area.w - 2, INK(TONE_NORMAL),
                 " %.*s %s%s   D next grouping   Esc back to the traces ", TEXT_ARGS(count),
                 one ? groupings[pane->shown_by].one : groupings[pane->shown_by].many,
                 pane->waiting ? " \xE2\x80\xA6" : "");
}

struct group_pane *group_pane_new(void)
{
    struct group_pane *pane = mem_zero(1, sizeof(*pane));
    pane->table =
        (struct figure_table){.form = &form, .sort = GROUP_COUNT, .name_most = NAME_LARGEST};
    return pane;
}

const struct pane_ops group_pane_ops = {
    .act = group_act,
    .layout = group_layout,
    .draw = group_draw,
    .free = group_free,
};
