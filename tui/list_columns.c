/* list_columns — which columns of the trace list fit into a width, and where they stand. */
#include "tui/list_columns.h"

static const struct list_column_info infos[COLUMN_COUNT] = {
    [COLUMN_START] =
        {.title = "START", .width = 12, .width_wide = 12, .from = 40, .gap = 0, .sort = SORT_START},
    [COLUMN_DURATION] = {.term = true,
                         .title = "DUR",
                         .width = 8,
                         .width_wide = 9,
                         .from = 0,
                         .gap = 1,
                         .right = true,
                         .sort = SORT_DURATION},
    [COLUMN_BAR] =
        {.title = "", .width = 9, .width_wide = 14, .from = 72, .gap = 1, .sort = SORT_COUNT},
    [COLUMN_ERRORS] = {.term = true,
                       .title = "ERR",
                       .width = 4,
                       .width_wide = 5,
                       .from = 100,
                       .gap = 1,
                       .right = true,
                       .sort = SORT_ERRORS},
    [COLUMN_SPANS] = {.term = true,
                      .title = "SPANS",
                      .width = 6,
                      .width_wide = 6,
                      .from = 52,
                      .gap = 1,
                      .right = true,
                      .sort = SORT_SPANS},
    [COLUMN_OPERATION] = {.term = true,
                          .title = "OPERATION",
                          .width = 22,
                          .width_wide = 30,
                          .from = 0,
                          .gap = 2,
                          .sort = SORT_OPERATION},
    [COLUMN_USER] = {.term = true,
                     .title = "USER",
                     .width = 12,
                     .width_wide = 12,
                     .from = 66,
                     .gap = 2,
                     .sort = SORT_USER},
    [COLUMN_SERVICES] = {.term = true,
                         .title = "SERVICES",
                         .width = 20,
                         .width_wide = 22,
                         .from = 132,
                         .gap = 2,
                         .sort = SORT_COUNT},
    [COLUMN_TRACE] = {.term = true,
                      .title = "TRACE",
                      .width = 8,
                      .width_wide = 8,
                      .from = 112,
                      .gap = 2,
                      .sort = SORT_COUNT},
    [COLUMN_ERROR] = {.term = true,
                      .title = "ERROR",
                      .width = 14,
                      .width_wide = 16,
                      .from = 124,
                      .gap = 2,
                      .sort = SORT_COUNT},
    [COLUMN_SESSION] = {.term = true,
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

/* The error message gets what is left over; without it the operation does. */
void list_columns_layout(struct list_columns *columns, int width)
{
    int used = LIST_FIRST_COLUMN;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        columns->w[i] = 0;
        if (width >= infos[i].from) {
            columns->w[i] = width >= LIST_WIDE ? infos[i].width_wide : infos[i].width;
            used += columns->w[i] + infos[i].gap;
        }
    }
    int *flexible =
        columns->w[COLUMN_ERROR] > 0 ? &columns->w[COLUMN_ERROR] : &columns->w[COLUMN_OPERATION];
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
