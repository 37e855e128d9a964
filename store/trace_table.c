/* trace_table — hash table from bytes to a number, for ids and names of one trace. */
#include "store/trace_table.h"

#include <stdlib.h>
#include <string.h>

#include "store/base/err.h"
#include "store/base/seed.h"

enum { TABLE_FIRST_SLOTS = 256 };

static uint32_t hash_of(uint64_t seed, const void *bytes, size_t length)
{
    return (uint32_t)seed_hash(seed, bytes, length);
}

uint32_t trace_table_find(const struct trace_table *table, const void *bytes, size_t length,
                          trace_table_key_fn key, const void *keys)
{
    if (table->size == 0) {
        return TABLE_NONE;
    }
    uint32_t hash = hash_of(table->seed, bytes, length);
    size_t i = hash & (table->size - 1);
    while (table->slots[i].number != TABLE_NONE) {
        if (table->slots[i].hash == hash) {
            size_t other_length;
            const void *other = key(keys, table->slots[i].number, &other_length);
            if (other_length == length && memcmp(other, bytes, length) == 0) {
                return table->slots[i].number;
            }
        }
        i = (i + 1) & (table->size - 1);
    }
    return TABLE_NONE;
}

void trace_table_prefetch(const struct trace_table *table, const void *bytes, size_t length)
{
    if (table->size > 0) {
        size_t i = hash_of(table->seed, bytes, length) & (table->size - 1);
        __builtin_prefetch(&table->slots[i]);
    }
}

static void put(struct trace_table *table, struct trace_table_slot slot)
{
    size_t i = slot.hash & (table->size - 1);
    while (table->slots[i].number != TABLE_NONE) {
        i = (i + 1) & (table->size - 1);
    }
    table->slots[i] = slot;
}

void trace_table_reserve(struct trace_table *table, size_t count)
{
    struct trace_table grown = {.size = TABLE_FIRST_SLOTS, .used = table->used};
    while (grown.size < count * 2) {
        grown.size *= 2;
    }
    if (grown.size <= table->size) {
        return;
    }
    grown.seed = table->size == 0 ? seed_new() : table->seed;
    grown.slots = mem_alloc(grown.size * sizeof *grown.slots);
    memset(grown.slots, 0xFF, grown.size * sizeof *grown.slots); /* all TABLE_NONE */
    for (size_t i = 0; i < table->size; i++) {
        if (table->slots[i].number != TABLE_NONE) {
            put(&grown, table->slots[i]);
        }
    }
    free(table->slots);
    *table = grown;
}

void trace_table_add(struct trace_table *table, uint32_t number, const void *bytes, size_t length)
{
    if ((table->used + 1) * 2 > table->size) {
        trace_table_reserve(table, (table->used + 1) * 2);
    }
    put(table,
        (struct trace_table_slot){.number = number, .hash = hash_of(table->seed, bytes, length)});
    table->used++;
}

void trace_table_free(struct trace_table *table)
{
    free(table->slots);
    *table = (struct trace_table){0};
}
