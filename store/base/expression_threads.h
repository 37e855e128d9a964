/* expression_threads — the threads of a program at one place of a text. */
#ifndef TRACETUI_STORE_BASE_EXPRESSION_THREADS_H
#define TRACETUI_STORE_BASE_EXPRESSION_THREADS_H

#include "store/base/expression_program.h"

/* What stands beside a place: the text's begin or end, a character of a word, another. */
enum beside { BESIDE_END, BESIDE_OTHER, BESIDE_WORD };

/* Each thread is at another instruction. Those that wait have come behind a character and do not
 * know the next; resolved, each wants a character or matches. `start` is where the thread's match
 * begins; of two at one instruction the one that was there first stays. */
struct threads {
    const struct expression *expression;
    uint16_t *waiting;
    size_t *waiting_start;
    size_t waiting_count;
    uint16_t *resolved;
    size_t *resolved_start;
    size_t resolved_count;

    uint32_t *seen; /* of each instruction, the last round it was in */
    uint32_t round;
    uint16_t *stack;
    uint64_t steps; /* looks at an instruction; whoever counts sets it to 0 */
};

/* Owns: threads_free. The expression is borrowed. */
struct threads threads_new(const struct expression *expression);
void threads_free(struct threads *threads);

/* Nobody waits; then adds what can be reached from an instruction. */
void threads_begin(struct threads *threads);
void threads_add(struct threads *threads, size_t at, size_t start, enum beside before);

/* The threads that wait become resolved ones. */
void threads_resolve(struct threads *threads, enum beside before, enum beside after);

#endif
