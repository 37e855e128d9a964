/* expression_threads — the threads of a program at one place of a text. */
#include "store/base/expression_threads.h"

#include <stdlib.h>
#include <string.h>

struct threads threads_new(const struct expression *expression)
{
    size_t length = expression->length;
    return (struct threads){
        .expression = expression,
        .seen = mem_zero(length, sizeof(uint32_t)),
        .stack = mem_alloc((2 * length + 1) * sizeof(uint16_t)),
        .waiting = mem_alloc(length * sizeof(uint16_t)),
        .waiting_start = mem_zero(length, sizeof(size_t)),
        .resolved = mem_alloc(length * sizeof(uint16_t)),
        .resolved_start = mem_zero(length, sizeof(size_t)),
    };
}

void threads_free(struct threads *threads)
{
    free(threads->seen);
    free(threads->stack);
    free(threads->waiting);
    free(threads->waiting_start);
    free(threads->resolved);
    free(threads->resolved_start);
}

static bool holds(enum expression_place place, enum beside before, enum beside after)
{
    bool word_before = before == BESIDE_WORD;
    bool word_after = after == BESIDE_WORD;
    switch (place) {
    case PLACE_BEGIN:
        return before == BESIDE_END;
    case PLACE_END:
        return after == BESIDE_END;
    case PLACE_WORD_BEGIN:
        return !word_before && word_after;
    case PLACE_WORD_END:
        return word_before && !word_after;
    case PLACE_WORD_BORDER:
        return word_before != word_after;
    case PLACE_NO_WORD_BORDER:
        return word_before == word_after;
    }
    return false;
}

/* Follows what takes no character from an instruction on; threads that wait for one, or that match,
 * go behind those of the list. Places are looked at only with a list of resolved ones. */
static size_t follow(struct threads *threads, size_t from, uint16_t *list, size_t count,
                     bool resolve, enum beside before, enum beside after)
{
    const struct expression *expression = threads->expression;
    size_t waiting = 0;
    threads->stack[waiting++] = (uint16_t)from;
    while (waiting > 0) {
        size_t at = threads->stack[--waiting];
        threads->steps++;
        if (threads->seen[at] == threads->round) {
            continue;
        }
        threads->seen[at] = threads->round;
        struct expression_instruction code = expression->code[at];
        switch (code.code) {
        case CODE_SPLIT:
            threads->stack[waiting++] = (uint16_t)((int)at + code.b);
            threads->stack[waiting++] = (uint16_t)((int)at + code.a);
            break;
        case CODE_JUMP:
            threads->stack[waiting++] = (uint16_t)((int)at + code.a);
            break;
        case CODE_PLACE:
            if (resolve && holds((enum expression_place)code.a, before, after)) {
                threads->stack[waiting++] = (uint16_t)(at + 1);
            } else if (!resolve && (code.a != PLACE_BEGIN || before == BESIDE_END)) {
                list[count++] = (uint16_t)at;
            }
            break;
        default:
            list[count++] = (uint16_t)at;
            break;
        }
    }
    return count;
}

static void next_round(struct threads *threads)
{
    if (++threads->round == 0) {
        memset(threads->seen, 0, threads->expression->length * sizeof *threads->seen);
        threads->round = 1;
    }
}

void threads_begin(struct threads *threads)
{
    next_round(threads);
    threads->waiting_count = 0;
}

void threads_add(struct threads *threads, size_t at, size_t start, enum beside before)
{
    size_t count =
        follow(threads, at, threads->waiting, threads->waiting_count, false, before, BESIDE_END);
    for (; threads->waiting_count < count; threads->waiting_count++) {
        threads->waiting_start[threads->waiting_count] = start;
    }
}

void threads_resolve(struct threads *threads, enum beside before, enum beside after)
{
    next_round(threads);
    threads->resolved_count = 0;
    for (size_t i = 0; i < threads->waiting_count; i++) {
        size_t count = follow(threads, threads->waiting[i], threads->resolved,
                              threads->resolved_count, true, before, after);
        for (; threads->resolved_count < count; threads->resolved_count++) {
            threads->resolved_start[threads->resolved_count] = threads->waiting_start[i];
        }
    }
}
