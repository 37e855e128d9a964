/* list_columns — which columns of the trace list fit into a width, and where they stand. */
#include "tui/list_columns.h"

static const struct list_column_info infos[COLUMN_COUNT] = {
    [COLUMN_START] = {.name = "start",
                      .title = "START",
                      .width = 12,
                      .width_wide = 12,
                      .from = 40,
                      .gap = 0,
                      .sort = SORT_START},
    [COLUMN_DURATION] = {.name = "dur",
                         .term = true,
                         .title = "DUR",
                         .width = 8,
                         .width_wide = 9,
                         .from = 0,
                         .gap = 1,
                         .right = true,
                         .sort = SORT_DURATION},
    [COLUMN_BAR] = {.name = "bar",
                    .title = "",
                    .width = 9,
                    .width_wide = 14,
                    .from = 72,
                    .gap = 1,
                    .sort = SORT_COUNT},
    [COLUMN_ERRORS] = {.name = "errors",
                       .term = true,
                       .title = "ERR",
                       .width = 4,
                       .width_wide = 5,
                       .from = 100,
                       .gap = 1,
                       .right = true,
                       .sort = SORT_ERRORS},
    [COLUMN_SPANS] = {.name = "spans",
                      .term = true,
                      .title = "SPANS",
                      .width = 6,
                      .width_wide = 6,
                      .from = 52,
                      .gap = 1,
                      .right = true,
                      .sort = SORT_SPANS},
    [COLUMN_OPERATION] = {.name = "op",
                          .term = true,
                          .title = "OPERATION",
                          .width = 22,
                          .width_wide = 30,
                          .from = 0,
                          .gap = 2,
                          .sort = SORT_OPERATION},
    [COLUMN_USER] = {.name = "user",
                     .term = true,
                     .title = "USER",
                     .width = 12,
                     .width_wide = 12,
                     .from = 66,
                     .gap = 2,
                     .sort = SORT_USER},
    [COLUMN_SERVICES] = {.name = "services",
                         .term = true,
                         .title = "SERVICES",
                         .width = 20,
                         .width_wide = 22,
                         .from = 132,
                         .gap = 2,
                         .sort = SORT_COUNT},
    [COLUMN_TRACE] = {.name = "trace",
                      .term = true,
                      .title = "TRACE",
                      .width = 8,
                      .width_wide = 8,
                      .from = 112,
                      .gap = 2,
                      .sort = SORT_COUNT},
    [COLUMN_ERROR] = {.name = "error",
                      .term = true,
                      .title = "ERROR",
                      .width = 14,
                      .width_wide = 16,
                      .from = 124,
                      .gap = 2,
                      .sort = SORT_COUNT},
    [COLUMN_SESSION] = {.name = "session",
                        .term = true,
                        .title = "SESSION",
                        .width = 14,
                        .width_wide = 14,
                        .from = 190,
                        .gap = 2,
                        .sort = SORT_COUNT},
};

const struct list_column_info *list_column_info(enum list_column column)
{
    return &infos[column];
}

static int width_of(int column, int width)
{
    return width >= LIST_WIDE ? infos[column].width_wide : infos[column].width;
}

/* Of the chosen ones the last are left out until the rest fits. */
static void place_chosen(struct list_columns *columns, const struct list_choice *choice, int width)
{
    int used = LIST_FIRST_COLUMN;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        int w = width_of(i, width) + infos[i].gap;
        bool fits = used + w <= width || used == LIST_FIRST_COLUMN;
        columns->w[i] = choice->shown[i] && fits ? w - infos[i].gap : 0;
        used += columns->w[i] > 0 ? w : 0;
    }
}

/* What is left over goes to the error message, else to the operation, else to the last column. */
static int *flexible_of(struct list_columns *columns)
{
    int last = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        last = columns->w[i] > 0 ? i : last;
    }
    return columns->w[COLUMN_ERROR] > 0       ? &columns->w[COLUMN_ERROR]
           : columns->w[COLUMN_OPERATION] > 0 ? &columns->w[COLUMN_OPERATION]
                                              : &columns->w[last];
}

void list_columns_layout(struct list_columns *columns, const struct list_choice *choice, int width)
{
    int used = LIST_FIRST_COLUMN;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        columns->w[i] = width >= infos[i].from ? width_of(i, width) : 0;
    }
    if (choice->made) {
        place_chosen(columns, choice, width);
    }
    for (int i = 0; i < COLUMN_COUNT; i++) {
        used += columns->w[i] > 0 ? columns->w[i] + infos[i].gap : 0;
    }
    int *flexible = flexible_of(columns);
    *flexible += width - used;
    if (*flexible < 1) {
        *flexible = 1;
    }
    int x = LIST_FIRST_COLUMN;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (columns->w[i] > 0) {
            columns->x[i] = x + infos[i].gap;
            x = columns->x[i] + columns->w[i];
        }
    }
}

/* ---- the choice ----------------------------------------------------------------------------- */

static bool find_column(struct text name, int *ret_column)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (text_is_nocase(name, infos[i].name) || text_is_nocase(name, infos[i].title)) {
            *ret_column = i;
            return true;
        }
    }
    return false;
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\n';
}

enum err list_choice_parse(struct text text, const struct list_columns *now,
                           struct list_choice *ret_choice, struct err_msg *why)
{
    struct list_choice choice = {.made = true};
    bool any = false;
    if (text_is_nocase(text_trim(text), "default")) {
        *ret_choice = (struct list_choice){0};
        return ERR_OK;
    }
    for (size_t at = 0; at < text.length;) {
        size_t end = at;
        while (end < text.length && !is_separator(text.data[end])) {
            end++;
        }
        struct text word = text_make(text.data + at, end - at);
        at = end + 1;
        if (word.length == 0) {
            continue;
        }
        bool sign = word.data[0] == '+' || word.data[0] == '-';
        bool off = word.data[0] == '-';
        int column;
        if (!find_column(text_make(word.data + sign, word.length - sign), &column)) {
            return err_set(why, ERR_PARSE,
                           "no column \"%.*s\": start dur bar errors spans op user services trace "
                           "error session, or default",
                           (int)text_cut(word, 40), word.data);
        }
        for (int i = 0; sign && !any && i < COLUMN_COUNT; i++) {
            choice.shown[i] = now->w[i] > 0; /* a change of what there is */
        }
        any = true;
        choice.shown[column] = !off;
    }
    bool none = true;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        none = none && !choice.shown[i];
    }
    if (none) {
        return err_set(why, ERR_PARSE, "at least one column is needed");
    }
    *ret_choice = choice;
    return ERR_OK;
}

void list_choice_print(const struct list_choice *choice, struct text_buffer *target)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (choice->made && choice->shown[i]) {
            text_append_format(target, "%s%s", target->length > 0 ? " " : "", infos[i].name);
        }
    }
}
