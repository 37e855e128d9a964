/* recorder — the lists of a tracer's spans, from their start until the sender takes them. */
#ifndef TRACETUI_CLIENT_RECORDER_H
#define TRACETUI_CLIENT_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer;
struct tt_span;
struct tt_tracer;

/* At most so many ended spans, and no more once they hold so many bytes; linked by next, the
 * caller's from here on. NULL when none waits. */
struct tt_span *recorder_take(struct tt_tracer *tracer, size_t most, size_t most_bytes);

/* Encodes spans that run, were never announced and started before limit_ns, as elements with commas
 * in between; returns how many. */
size_t recorder_announce(struct tt_tracer *tracer, int64_t limit_ns, struct buffer *target,
                         size_t most);
bool recorder_is_idle(struct tt_tracer *tracer); /* nothing to send, not even as in_progress */

/* Before, and in parent and child after, a fork. recorder_forget: all locks held; the ended spans
 * are the parent's to send, and the open ones too. */
void recorder_lock(struct tt_tracer *tracer);
void recorder_unlock(struct tt_tracer *tracer);
void recorder_forget(struct tt_tracer *tracer);

/* Gives up every span. */
void recorder_clear(struct tt_tracer *tracer);

#endif
