/* sender — the background thread that delivers spans: batches, retries, bounded memory. */
#ifndef TRACETUI_CLIENT_SENDER_H
#define TRACETUI_CLIENT_SENDER_H

#include <stdbool.h>
#include <stddef.h>

struct tt_tracer;
struct sender;

/* NULL when the endpoint is no http:// URL or memory runs out. */
struct sender *sender_new(struct tt_tracer *tracer);

/* Starts the thread if there is none (also after a fork). */
void sender_wake(struct sender *sender);
/* A span ended; `waiting` wait now. */
void sender_note(struct sender *sender, size_t waiting);

/* Waits until everything was sent. Impatient: only for one try, made at once. */
bool sender_flush(struct sender *sender, int deadline_ms, bool patient);

/* Sends what is left for at most deadline_ms. False when the thread hangs in the resolver of host
 * names: then it calls `forsaken` with the tracer when it comes back, and the caller frees nothing.
 */
bool sender_stop(struct sender *sender, int deadline_ms, void (*forsaken)(struct tt_tracer *));
void sender_free(struct sender *sender);

void sender_lock(struct sender *sender);
void sender_unlock(struct sender *sender);
void sender_forget(struct sender *sender); /* in a forked child, lock held: no thread, no batch */

#endif
