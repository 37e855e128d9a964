/* name_cache — texts of name ids, in memory: dictionary rows never change. */
#include "store/sql/name_cache.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 1024 };

static struct name_cache_slot *slot_of(struct name_cache_slot *slots, size_t capacity, int64_t id)
{
    size_t mask = capacity - 1;
    size_t at = (size_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> 32) & mask;
    while (slots[at].id != 0 && slots[at].id != id) {
        at = (at + 1) & mask;
    }
    return &slots[at];
}

const struct name_cache_slot *name_cache_find(const struct name_cache *cache, int64_t id)
{
    if (cache->capacity == 0) {
        return NULL;
    }
    const struct name_cache_slot *slot = slot_of(cache->slots, cache->capacity, id);
    return slot->id == id ? slot : NULL;
}

static void grow(struct name_cache *cache)
{
    size_t capacity = cache->capacity != 0 ? cache->capacity * 2 : FIRST_SLOTS;
    struct name_cache_slot *slots = mem_zero(capacity, sizeof *slots);
    for (size_t i = 0; i < cache->capacity; i++) {
        if (cache->slots[i].id != 0) {
            *slot_of(slots, capacity, cache->slots[i].id) = cache->slots[i];
        }
    }
    free(cache->slots);
    cache->slots = slots;
    cache->capacity = capacity;
}

struct text name_cache_add(struct name_cache *cache, int64_t id, struct text text)
{
    if (cache->count * 2 >= cache->capacity) {
        grow(cache);
    }
    struct name_cache_slot *slot = slot_of(cache->slots, cache->capacity, id);
    *slot = (struct name_cache_slot){.id = id, .text = arena_copy(&cache->arena, text)};
    cache->count++;
    return slot->text;
}

void name_cache_clear(struct name_cache *cache)
{
    arena_clear(&cache->arena);
    free(cache->slots);
    *cache = (struct name_cache){0};
}
