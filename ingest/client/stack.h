/* stack — the spans a thread is in, innermost last. */
#ifndef TRACETUI_CLIENT_STACK_H
#define TRACETUI_CLIENT_STACK_H

struct tt_span;

/* Holds the span until it is removed or the thread ends; without memory the span is not pushed. */
void stack_push(struct tt_span *span);
void stack_remove(const struct tt_span *span); /* the innermost occurrence; none is fine */
struct tt_span *stack_top(void);               /* the innermost that has not ended, or NULL */

#endif
