/* name_cache — texts of name ids, in memory: dictionary rows never change. */
#ifndef TRACETUI_STORE_SQL_NAME_CACHE_H
#define TRACETUI_STORE_SQL_NAME_CACHE_H

#include <stdint.h>

#include "store/base/arena.h"

struct name_cache_slot {
    int64_t id; /* 0 = free; SQLite's ids start at 1 */
    struct text text;
};

/* {0} is empty. */
struct name_cache {
    struct arena arena;
    struct name_cache_slot *slots; /* open addressing; a power of two */
    size_t count, capacity;
};

/* NULL if not there. Borrowed until the next _add or _clear. */
const struct name_cache_slot *name_cache_find(const struct name_cache *cache, int64_t id);

/* Keeps a copy; id must not be there yet. */
struct text name_cache_add(struct name_cache *cache, int64_t id, struct text text);

void name_cache_clear(struct name_cache *cache);

#endif
