/* map_pane — who calls whom in the traces of the query, as a tree in the place of the list.
 *
 *    WHO CALLS WHOM                        CALLS     RATE   ERR%      P50      P95
 *    ▸ web                                   385    3.2/m   8.6%    126ms    965ms
 * ▌✗ └─▸ api                                 384    3.2/m   8.6%   49.0ms    891ms
 *        ├─▸ db                            1,938     16/m   0.6%   8.93ms   73.8ms
 *        └─▸ web ↺                             3
 *
 * Sorted by a figure, each call stands by itself: "api ▸ db". */
#include "tui/map_pane.h"

#include <stdio.h>
#include <stdlib.h>

#include "tui/map_state.h"

enum { NAME_LARGEST = 72 };

struct map_pane *map_pane_new(void)
{
    struct map_pane *pane = mem_zero(1, sizeof *pane);
    pane->table = (struct figure_table){.form = &map_form, .name_most = NAME_LARGEST};
    return pane;
}

static void free_pane(void *self)
{
    struct map_pane *pane = self;
    if (pane != NULL) {
        service_map_free(pane->map);
        free(pane->order);
        free(pane);
    }
}

const struct map_edge *map_edge_at(const struct map_pane *pane, size_t row)
{
    return pane->map != NULL && row < pane->map->row_count
               ? &pane->map->edges[pane->order[row]->edge]
               : NULL;
}

/* ---- order ---------------------------------------------------------------------------------- */

bool map_is_flat(const struct map_pane *pane)
{
    return pane->table.sort != MAP_NAME;
}

static double figure(const struct map_edge *edge, enum map_column column)
{
    switch (column) {
    case MAP_ERRORS:
        return edge->calls > 0 ? (double)edge->errors / (double)edge->calls : 0;
    case MAP_P50:
        return (double)edge->p50_ns;
    case MAP_P95:
        return (double)edge->p95_ns;
    case MAP_MAX:
        return (double)edge->max_ns;
    case MAP_NAME:
    case MAP_CALLS:
    case MAP_BAR:
    case MAP_RATE:
    case MAP_COLUMNS:
        break;
    }
    return (double)edge->calls;
}

/* Most first; what is equal stays in the order of the tree. */
static int compare_rows(const void *a, const void *b, void *ctx)
{
    const struct map_pane *pane = ctx;
    const struct map_row *left = *(const struct map_row *const *)a;
    const struct map_row *right = *(const struct map_row *const *)b;
    double x = figure(&pane->map->edges[left->edge], (enum map_column)pane->table.sort);
    double y = figure(&pane->map->edges[right->edge], (enum map_column)pane->table.sort);
    if (map_is_flat(pane) && (x < y || x > y)) {
        return x > y ? -1 : 1;
    }
    return (left > right) - (left < right);
}

static void sort_rows(struct map_pane *pane)
{
    if (pane->map != NULL && pane->map->row_count > 1) {
        qsort_r(pane->order, pane->map->row_count, sizeof *pane->order, compare_rows, pane);
    }
}

/* ---- rows ----------------------------------------------------------------------------------- */

static void fit(struct map_pane *pane, int w)
{
    figure_table_fit(&pane->table, pane->map != NULL ? pane->map->row_count : 0, pane->h - 1, w);
}

void map_pane_await(struct map_pane *pane, size_t traces)
{
    pane->waiting = true;
    pane->so_far = traces;
    pane->reason[0] = '\0';
}

/* The row of the call that had these names in the map before; the first if it is gone. */
static size_t row_of(const struct map_pane *pane, struct text from, struct text to)
{
    for (size_t i = 0; i < pane->map->row_count; i++) {
        const struct map_edge *edge = map_edge_at(pane, i);
        if (text_equals(pane->map->nodes[edge->from].name, from) &&
            text_equals(pane->map->nodes[edge->to].name, to)) {
            return i;
        }
    }
    return 0;
}

void map_pane_take(struct map_pane *pane, struct service_map *map)
{
    struct service_map *old = pane->map;
    const struct map_edge *edge = map_edge_at(pane, pane->table.rows.at);
    pane->map = map;
    pane->waiting = false;
    pane->most = 1;
    pane->order = mem_grow(pane->order, (map->row_count + 1) * sizeof *pane->order);
    for (size_t i = 0; i < map->row_count; i++) {
        const struct map_row *row = &map->rows[i];
        pane->order[i] = row;
        pane->most =
            map->edges[row->edge].calls > pane->most ? map->edges[row->edge].calls : pane->most;
    }
    sort_rows(pane);
    fit(pane, pane->table.w);
    row_cursor_go(
        &pane->table.rows,
        edge != NULL ? row_of(pane, old->nodes[edge->from].name, old->nodes[edge->to].name) : 0);
    service_map_free(old);
}

void map_pane_failed(struct map_pane *pane, const char *why)
{
    pane->waiting = false;
    snprintf(pane->reason, sizeof pane->reason, "%s", why);
}

bool map_pane_term(const struct map_pane *pane, struct text_buffer *target)
{
    const struct map_edge *edge = map_edge_at(pane, pane->table.rows.at);
    return edge != NULL && service_map_term(pane->map, edge, target);
}

/* ---- actions -------------------------------------------------------------------------------- */

static enum pane_reply act(void *self, enum action action, int count)
{
    struct map_pane *pane = self;
    int sort = pane->table.sort;
    if (!figure_table_act(&pane->table, action, count, pane)) {
        return PANE_IGNORED;
    }
    if (pane->table.sort != sort) {
        sort_rows(pane);
    }
    return PANE_HANDLED;
}

static void layout(void *self, int h, int w)
{
    struct map_pane *pane = self;
    pane->h = h;
    fit(pane, w);
}

const struct pane_ops map_pane_ops = {
    .act = act,
    .layout = layout,
    .draw = map_draw,
    .free = free_pane,
};
