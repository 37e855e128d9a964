/* arena — memory that lives and dies with one message: nothing in it is freed singly. */
#include "store/base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FIRST_BYTES = 4096, CHUNK_LARGEST_BYTES = 1 << 20 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    size_t used;
    max_align_t start[];
};

static struct arena_chunk *chunk_with_room(struct arena *arena, size_t size)
{
    struct arena_chunk *head = arena->chunks;
    size_t chunk_size = head == NULL ? CHUNK_FIRST_BYTES : head->size * 2;
    if (chunk_size > CHUNK_LARGEST_BYTES) {
        chunk_size = CHUNK_LARGEST_BYTES;
    }
    if (chunk_size < size) {
        chunk_size = size;
    }
    struct arena_chunk *chunk = mem_alloc(sizeof *chunk + chunk_size);
    chunk->size = chunk_size;
    chunk->used = 0;
    /* A block larger than a chunk goes behind the head, so the head's free room stays in use. */
    if (head != NULL && size >= CHUNK_LARGEST_BYTES && head->used < head->size) {
        chunk->next = head->next;
        head->next = chunk;
    } else {
        chunk->next = head;
        arena->chunks = chunk;
    }
    return chunk;
}

static void *take(struct arena *arena, size_t size, size_t align)
{
    struct arena_chunk *chunk = arena->chunks;
    size_t start = 0;
    if (chunk != NULL) {
        start = (chunk->used + align - 1) & ~(align - 1);
    }
    if (chunk == NULL || start > chunk->size || chunk->size - start < size) {
        chunk = chunk_with_room(arena, size);
        start = 0;
    }
    chunk->used = start + size;
    arena->used_bytes += size;
    return (char *)chunk->start + start;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return take(arena, size, _Alignof(max_align_t));
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        die_oom();
    }
    void *memory = arena_alloc(arena, total);
    memset(memory, 0, total);
    return memory;
}

char *arena_bytes(struct arena *arena, size_t size)
{
    return take(arena, size, 1);
}

struct text arena_copy(struct arena *arena, struct text text)
{
    if (text.data == NULL) {
        return text;
    }
    char *copy = arena_bytes(arena, text.length + 1);
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    return text_make(copy, text.length);
}

struct text arena_format(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    size_t length = wanted > 0 ? (size_t)wanted : 0;
    char *memory = arena_bytes(arena, length + 1);
    vsnprintf(memory, length + 1, format, again);
    va_end(again);
    return text_make(memory, length);
}

void arena_clear(struct arena *arena)
{
    struct arena_chunk *chunk = arena->chunks;
    while (chunk != NULL) {
        struct arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
    *arena = (struct arena){0};
}

void arena_take(struct arena *target, struct arena *source)
{
    if (source->chunks == NULL) {
        return;
    }
    struct arena_chunk *last = source->chunks;
    while (last->next != NULL) {
        last = last->next;
    }
    if (target->chunks == NULL) {
        target->chunks = source->chunks;
    } else {
        last->next = target->chunks->next;
        target->chunks->next = source->chunks;
    }
    target->used_bytes += source->used_bytes;
    *source = (struct arena){0};
}
