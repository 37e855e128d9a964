/* top — the first few of many rows by a key and a number, without sorting the many. */
#include "store/sql/top.h"

#include <stdlib.h>

#include "store/base/err.h"

bool top_before(const struct top *top, struct top_row a, struct top_row b)
{
    if (a.key != b.key) {
        return (a.key > b.key) == top->descending;
    }
    return a.number != b.number && (a.number > b.number) == top->descending;
}

bool top_wants(const struct top *top, struct top_row row)
{
    return top->count < top->limit || top_before(top, row, top->rows[0]);
}

static void swap(struct top_row *a, struct top_row *b)
{
    struct top_row row = *a;
    *a = *b;
    *b = row;
}

static void sink(struct top *top, size_t at, size_t count)
{
    for (;;) {
        size_t last = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            last = top_before(top, top->rows[last], top->rows[child]) ? child : last;
        }
        if (last == at) {
            return;
        }
        swap(&top->rows[at], &top->rows[last]);
        at = last;
    }
}

void top_add(struct top *top, struct top_row row)
{
    if (top->rows == NULL) {
        top->rows = mem_alloc(top->limit * sizeof *top->rows);
    }
    if (top->count == top->limit) {
        if (top_wants(top, row)) {
            top->rows[0] = row;
            sink(top, 0, top->count);
        }
        return;
    }
    size_t at = top->count++;
    top->rows[at] = row;
    while (at > 0 && top_before(top, top->rows[(at - 1) / 2], top->rows[at])) {
        swap(&top->rows[at], &top->rows[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

void top_sort(struct top *top)
{
    for (size_t count = top->count; count > 1; count--) {
        swap(&top->rows[0], &top->rows[count - 1]);
        sink(top, 0, count - 1);
    }
}

void top_clear(struct top *top)
{
    free(top->rows);
    top->rows = NULL;
    top->count = 0;
}
