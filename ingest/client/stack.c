/* stack — the spans a thread is in, innermost last. */
#include "ingest/client/stack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/span.h"

enum { CAPACITY_FIRST = 16, CAPACITY_LARGEST = 1 << 16 };

struct stack {
    size_t depth, capacity;
    struct tt_span *spans[];
};

/* Global to the thread, as the current span is. The key frees the stack when the thread ends. */
static _Thread_local struct stack *stack;
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void drop(void *unused)
{
    (void)unused;
    while (stack != NULL && stack->depth > 0) {
        span_release(stack->spans[--stack->depth]);
    }
    free(stack);
    stack = NULL;
}

static void make_key(void)
{
    pthread_key_create(&key, drop);
}

static bool grow(void)
{
    size_t capacity = stack != NULL ? stack->capacity * 2 : CAPACITY_FIRST;
    if (capacity > CAPACITY_LARGEST) {
        return false;
    }
    struct stack *larger = realloc(stack, sizeof *larger + capacity * sizeof(struct tt_span *));
    if (larger == NULL) {
        return false;
    }
    larger->depth = stack != NULL ? larger->depth : 0;
    larger->capacity = capacity;
    stack = larger;
    pthread_once(&once, make_key);
    pthread_setspecific(key, larger);
    return true;
}

void stack_push(struct tt_span *span)
{
    if ((stack == NULL || stack->depth == stack->capacity) && !grow()) {
        return;
    }
    atomic_fetch_add_explicit(&span->references, 1, memory_order_relaxed);
    stack->spans[stack->depth++] = span;
}

void stack_remove(const struct tt_span *span)
{
    for (size_t i = stack != NULL ? stack->depth : 0; i > 0; i--) {
        if (stack->spans[i - 1] == span) {
            struct tt_span *found = stack->spans[i - 1];
            memmove(&stack->spans[i - 1], &stack->spans[i],
                    (stack->depth - i) * sizeof stack->spans[0]);
            stack->depth--;
            span_release(found);
            return;
        }
    }
}

struct tt_span *stack_top(void)
{
    /* Spans that another thread ended are still on our stack. */
    while (stack != NULL && stack->depth > 0 &&
           atomic_load(&stack->spans[stack->depth - 1]->ended)) {
        span_release(stack->spans[--stack->depth]);
    }
    return stack != NULL && stack->depth > 0 ? stack->spans[stack->depth - 1] : NULL;
}
