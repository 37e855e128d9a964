/* top — the first few of many rows by a key and a number, without sorting the many. */
#ifndef TRACETUI_STORE_SQL_TOP_H
#define TRACETUI_STORE_SQL_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct top_row {
    int64_t key, number;
};

/* Fill limit and descending, the rest is 0 at the start. */
struct top {
    size_t limit;    /* at least 1 */
    bool descending; /* largest key first; equal keys in order of number, in the same direction */
    struct top_row *rows; /* a heap whose root comes last of all */
    size_t count;
};

/* Whether a comes before b. */
bool top_before(const struct top *top, struct top_row a, struct top_row b);

/* Whether this row can still come among the first. */
bool top_wants(const struct top *top, struct top_row row);

void top_add(struct top *top, struct top_row row);

/* Puts the rows in order; nothing can be added afterwards. */
void top_sort(struct top *top);
void top_clear(struct top *top);

#endif
