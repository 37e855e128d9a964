/* name_ranks — the alphabetical order of names as numbers, so that rows sort without their texts.
 */
#ifndef TRACETUI_STORE_SQL_NAME_RANKS_H
#define TRACETUI_STORE_SQL_NAME_RANKS_H

#include "store/base/text.h"
#include "store/sql/schema.h"

struct reader;

/* Of one kind. {0} is empty. */
struct name_ranks {
    int32_t *ranks; /* by id; 0 for no name, which comes first */
    size_t count;
    int32_t last;   /* the rank of the name that comes last */
    int64_t newest; /* id of any kind when they were made: names never change */
};

/* Brings the ranks of a kind up to date. Borrowed until the next call. */
enum err name_ranks_get(struct reader *reader, enum name_kind kind,
                        const struct name_ranks **ret_ranks, struct err_msg *why) MUST_CHECK;

static inline int64_t name_rank(const struct name_ranks *ranks, int64_t id)
{
    return id > 0 && (uint64_t)id < ranks->count ? 2 * (int64_t)ranks->ranks[id] : 0;
}

static inline int64_t name_rank_largest(const struct name_ranks *ranks)
{
    return 2 * (int64_t)ranks->last;
}

/* Where a text stands among the ranks: an odd number, between two, if no name is like it. */
enum err name_rank_of_text(struct reader *reader, enum name_kind kind, struct text text,
                           int64_t *ret_rank, struct err_msg *why) MUST_CHECK;

void name_ranks_clear(struct name_ranks *ranks);

#endif
