/* grouping — counts and durations by name, or by a pair of names. */
#include "store/sql/grouping.h"

#include <stdlib.h>

#include "store/base/err.h"
#include "store/sql/db.h"

/* Values kept for exact percentiles of one group; the groups can be many. */
enum { EXACT_VALUES = 4096, FIRST_SLOTS = 256 };

static uint32_t *slot_of(const struct grouping *grouping, int64_t id, int64_t second_id)
{
    uint64_t hash = (uint64_t)id * UINT64_C(0x9E3779B97F4A7C15);
    hash = (hash ^ (uint64_t)second_id) * UINT64_C(0xD6E8FEB86659FD93);
    size_t mask = grouping->slot_count - 1;
    for (size_t at = hash >> 32 & mask;; at = (at + 1) & mask) {
        uint32_t *slot = &grouping->slots[at];
        if (*slot == 0) {
            return slot;
        }
        const struct group *group = &grouping->groups[*slot - 1];
        if (group->id == id && group->second_id == second_id) {
            return slot;
        }
    }
}

static void grow(struct grouping *grouping)
{
    free(grouping->slots);
    grouping->slot_count = grouping->slot_count != 0 ? grouping->slot_count * 2 : FIRST_SLOTS;
    grouping->slots = mem_zero(grouping->slot_count, sizeof *grouping->slots);
    grouping->capacity = grouping->slot_count / 2;
    grouping->groups = mem_grow(grouping->groups, grouping->capacity * sizeof *grouping->groups);
    for (size_t i = 0; i < grouping->count; i++) {
        const struct group *group = &grouping->groups[i];
        *slot_of(grouping, group->id, group->second_id) = (uint32_t)i + 1;
    }
}

static struct group *group_of(struct grouping *grouping, int64_t id, int64_t second_id)
{
    if (grouping->count == grouping->capacity) {
        grow(grouping);
    }
    uint32_t *slot = slot_of(grouping, id, second_id);
    if (*slot == 0) {
        grouping->groups[grouping->count++] =
            (struct group){.id = id,
                           .second_id = second_id,
                           .durations.exact_limit = grouping->is_rough ? 0 : EXACT_VALUES};
        *slot = (uint32_t)grouping->count;
    }
    return &grouping->groups[*slot - 1];
}

void grouping_add(struct grouping *grouping, int64_t id, int64_t second_id, enum span_status status,
                  int64_t duration_ns)
{
    struct group *group = group_of(grouping, id, second_id);
    group->count++;
    group->errors += status == STATUS_ERROR;
    if (status != STATUS_IN_PROGRESS && duration_ns != SPAN_RUNNING) {
        distribution_add(&group->durations, duration_ns);
    }
}

bool grouping_add_part(struct grouping *grouping, int64_t id, int64_t count, int64_t errors,
                       const struct distribution_part *ended)
{
    if (errors < 0 || errors > count || ended->count > count || db_count(count) != count) {
        return false;
    }
    struct group *group = group_of(grouping, id, 0);
    group->count += count;
    group->errors += errors;
    return distribution_add_part(&group->durations, ended);
}

struct group *grouping_find(const struct grouping *grouping, int64_t id, int64_t second_id)
{
    if (grouping->count == 0) {
        return NULL;
    }
    uint32_t slot = *slot_of(grouping, id, second_id);
    return slot != 0 ? &grouping->groups[slot - 1] : NULL;
}

static int most_first(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return (a->id > b->id) - (a->id < b->id);
}

void grouping_sort(struct grouping *grouping)
{
    if (grouping->count > 0) {
        qsort(grouping->groups, grouping->count, sizeof *grouping->groups, most_first);
    }
}

void grouping_clear(struct grouping *grouping)
{
    for (size_t i = 0; i < grouping->count; i++) {
        distribution_clear(&grouping->groups[i].durations);
    }
    free(grouping->groups);
    free(grouping->slots);
    *grouping = (struct grouping){0};
}
