/* span — the inside of a span and of a tracer: private to the library. */
#ifndef TRACETUI_CLIENT_SPAN_H
#define TRACETUI_CLIENT_SPAN_H

#include <pthread.h>
#include <stdatomic.h>

#include "ingest/client/buffer.h"
#include "ingest/client/random.h"
#include "ingest/client/tracetui_client.h"

enum { SHARDS = 8, SPAN_STILL_RUNNING = -1 };

/* User and session, shared by a span and its children. Immutable; freed with the last reference. */
struct identity {
    atomic_int references;
    char *user;    /* may be NULL */
    char *session; /* may be NULL */
};

/* Fields are written under the lock of the shard, except those set once before the span is visible.
 */
struct tt_span {
    struct tt_tracer *tracer;
    struct shard *shard;
    struct tt_span *next, *previous; /* in the shard's list of open spans, then in a queue */
    struct tt_span *below;           /* on the stack of the thread that holds it */
    atomic_int references;           /* the tracer's list or queue, and a thread's stack */
    atomic_bool ended;
    bool announced; /* sent once as in_progress */
    uint8_t status; /* enum tt_status */
    uint8_t kind;   /* enum tt_kind */
    char trace_id[TT_TRACE_ID_BYTES];
    char span_id[17];
    char parent_id[TT_SPAN_ID_BYTES];
    int64_t start_ns;
    int64_t end_ns;
    struct identity *identity; /* may be NULL */
    char *name;
    char *message; /* may be NULL, as the two below */
    char *type;
    char *service;
    struct buffer attributes; /* members of the object, each with a comma in front */
    struct buffer events;     /* elements, the same */
    struct buffer links;
};

/* Spans are spread over shards by thread, so that threads rarely meet at a lock. */
struct shard {
    pthread_mutex_t lock;
    struct tt_span *open;        /* not ended */
    struct tt_span *done, *last; /* ended, oldest first */
};

struct sender;

struct tt_tracer {
    struct shard shards[SHARDS];
    struct tt_options options; /* strings are ours */
    struct identity *identity; /* of root spans */
    pthread_mutex_t random_lock;
    struct random random; /* only with a random_seed */
    struct sender *sender;
    atomic_size_t waiting_bytes; /* ended spans not delivered yet */
    atomic_uint_fast64_t started, ended, sent, dropped, failed, retries, requests;
    atomic_size_t waiting;
    struct tt_tracer *next; /* registry for fork */
};

struct identity *identity_new(const char *user, const char *session); /* NULL without memory */
struct identity *identity_hold(struct identity *identity);
void identity_release(struct identity *identity);

int64_t span_now_ns(void);
size_t span_bytes(const struct tt_span *span);
void span_release(struct tt_span *span);

/* Appends the JSON object of the span. The caller holds the shard's lock or owns the span. */
void span_encode(const struct tt_span *span, struct buffer *target);

/* Moves all ended spans of the tracer to the end of *queue (linked by next); returns the new last.
 */
struct tt_span *recorder_take(struct tt_tracer *tracer, struct tt_span **queue,
                              struct tt_span *last);

/* Encodes open spans that were never announced and started before limit_ns, as elements with commas
 * in between; returns how many. */
size_t recorder_announce(struct tt_tracer *tracer, int64_t limit_ns, struct buffer *target,
                         size_t most);

/* Before, and in parent and child after, a fork. */
void recorder_lock(struct tt_tracer *tracer);
void recorder_unlock(struct tt_tracer *tracer);
void recorder_forget(struct tt_tracer *tracer); /* all locks held; drops all spans */

#endif
