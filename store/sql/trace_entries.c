/* trace_entries — the traces that are busy, in memory: found by id. */
#include "store/sql/trace_entries.h"

#include <stdlib.h>

#include "store/base/seed.h"

enum { BUCKETS = 1 << 15 };

struct trace_entries {
    uint64_t seed;
    size_t count;
    struct trace_entry *buckets[BUCKETS];
};

struct trace_entries *trace_entries_new(void)
{
    struct trace_entries *entries = mem_zero(1, sizeof *entries);
    entries->seed = seed_new();
    return entries;
}

void trace_entries_free(struct trace_entries *entries)
{
    if (entries != NULL) {
        trace_entries_clear(entries);
        free(entries);
    }
}

/* Where the pointer to the entry stands, or would. */
static struct trace_entry **find_place(struct trace_entries *entries, const struct id *id)
{
    struct trace_entry **place =
        &entries->buckets[seed_hash(entries->seed, id->bytes, id->length) & (BUCKETS - 1)];
    while (*place != NULL && !id_equals(&(*place)->id, id)) {
        place = &(*place)->next;
    }
    return place;
}

struct trace_entry *trace_entries_find(struct trace_entries *entries, const struct id *id)
{
    return *find_place(entries, id);
}

struct trace_entry *trace_entries_add(struct trace_entries *entries, const struct id *id)
{
    struct trace_entry *entry = mem_zero(1, sizeof *entry);
    entry->id = *id;
    *find_place(entries, id) = entry;
    entries->count++;
    return entry;
}

static void free_entry(struct trace_entry *entry)
{
    aggregate_clear(&entry->aggregate);
    free(entry);
}

void trace_entries_drop(struct trace_entries *entries, const struct id *id)
{
    struct trace_entry **place = find_place(entries, id);
    struct trace_entry *entry = *place;
    if (entry != NULL) {
        *place = entry->next;
        free_entry(entry);
        entries->count--;
    }
}

void trace_entries_clear(struct trace_entries *entries)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct trace_entry *next;
        for (struct trace_entry *entry = entries->buckets[i]; entry != NULL; entry = next) {
            next = entry->next;
            free_entry(entry);
        }
        entries->buckets[i] = NULL;
    }
    entries->count = 0;
}

size_t trace_entries_count(const struct trace_entries *entries)
{
    return entries->count;
}
