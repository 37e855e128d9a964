/* trace_table — hash table from bytes to a number, for ids and names of one trace. */
#ifndef TRACETUI_STORE_TRACE_TABLE_H
#define TRACETUI_STORE_TRACE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TABLE_NONE = UINT32_MAX };

struct trace_table_slot {
    uint32_t number; /* TABLE_NONE = free */
    uint32_t hash;   /* of its key, which is looked at only when this agrees */
};

/* Numbers only: the keys stay with the caller, who compares them. {0} is empty.
 * The hash is seeded anew each time: senders choose the keys and must not choose collisions. */
struct trace_table {
    struct trace_table_slot *slots;
    size_t size; /* a power of two */
    size_t used;
    uint64_t seed;
};

typedef const void *(*trace_table_key_fn)(const void *keys, uint32_t number, size_t *ret_length);

/* The number whose key has these bytes; TABLE_NONE if there is none. */
uint32_t trace_table_find(const struct trace_table *table, const void *bytes, size_t length,
                          trace_table_key_fn key, const void *keys);

/* Fetches the place of a key that will be asked for soon: large tables do not fit the cache. */
void trace_table_prefetch(const struct trace_table *table, const void *bytes, size_t length);

/* Adds a number whose key (these bytes) is not in the table yet. */
void trace_table_add(struct trace_table *table, uint32_t number, const void *bytes, size_t length);

/* Makes room for count numbers in all: saves growing step by step. */
void trace_table_reserve(struct trace_table *table, size_t count);
void trace_table_free(struct trace_table *table);

#endif
