/* sender — the background thread that delivers spans: batches, retries, bounded memory. */
#ifndef TRACETUI_CLIENT_SENDER_H
#define TRACETUI_CLIENT_SENDER_H

#include <stdbool.h>
#include <stddef.h>

struct tt_tracer;
struct sender;

/* NULL when the endpoint is no http:// URL or memory runs out. The thread starts with the first
 * span. */
struct sender *sender_new(struct tt_tracer *tracer);

/* A span ended; `waiting` wait now. Starts the thread if there is none (also after a fork). */
void sender_note(struct sender *sender, size_t waiting);

bool sender_flush(struct sender *sender, int deadline_ms);
/* Sends what is left for at most deadline_ms, joins, frees; what could not be sent is counted as
 * dropped. */
void sender_free(struct sender *sender, int deadline_ms);

void sender_lock(struct sender *sender);
void sender_unlock(struct sender *sender);
void sender_forget(
    struct sender *sender); /* in a forked child, lock held: no thread, nothing queued */

#endif
