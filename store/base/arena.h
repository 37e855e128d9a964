/* arena — memory that lives and dies with one message: nothing in it is freed singly. */
#ifndef TRACETUI_STORE_BASE_ARENA_H
#define TRACETUI_STORE_BASE_ARENA_H

#include <stddef.h>

#include "store/base/text.h"

struct arena_chunk;

/* {0} is an empty arena. Thread: one at a time. */
struct arena {
    struct arena_chunk *chunks; /* newest first */
    size_t used_bytes;          /* handed out so far */
};

/* Memory aligned for any type; contents undefined for _alloc, zero for _zero. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_zero(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));

/* Unaligned bytes, for text. */
char *arena_bytes(struct arena *arena, size_t size) __attribute__((returns_nonnull));

/* Copies; the copy is terminated, so .data can be given to C functions. The copy of an absent
 * text (data NULL) stays absent. */
struct text arena_copy(struct arena *arena, struct text text);
struct text arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2);

/* Frees everything; the arena is empty and usable again. */
void arena_clear(struct arena *arena);

/* Moves all memory of source into target, in constant time; source is empty afterwards. */
void arena_take(struct arena *target, struct arena *source);

#endif
