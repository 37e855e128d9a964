/* span — the inside of a span and of a tracer: private to the library. */
#ifndef TRACETUI_CLIENT_SPAN_H
#define TRACETUI_CLIENT_SPAN_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>

#include "ingest/client/buffer.h"
#include "ingest/client/heritage.h"
#include "ingest/client/random.h"
#include "ingest/client/tracetui_client.h"

enum { SHARDS = 8, CACHE_LINE_BYTES = 64, SPAN_STILL_RUNNING = -1 };

/* What few spans have. All may be NULL or empty. */
struct details {
    char *name; /* when it was changed */
    char *message;
    char *service;
    char *client_type;    /* "" = a server's */
    char *remote_parent;  /* a parent whose id is not one of ours */
    struct buffer events; /* elements, each with a comma in front */
    struct buffer links;  /* the same */
};

/* Fields are written under the lock of the shard, except those set once before the span is visible.
 * Small: a program may have many. */
struct tt_span {
    struct shard *shard;
    struct tt_span *next, *previous; /* in one list of the shard */
    struct heritage *heritage;
    struct details *details;     /* NULL while it has none */
    char *type;                  /* may be NULL */
    uint64_t span_id, parent_id; /* parent 0: none, or a remote one */
    int64_t start_ns, end_ns;
    int64_t started_ns; /* by the steady clock; 0 when the program said when it started */
    struct buffer attributes;
    atomic_int references; /* the shard's list, and threads' stacks */
    atomic_bool ended;
    bool announced; /* was sent as in_progress */
    bool foreign;   /* started before a fork: the parent process sends it */
    uint8_t kind;   /* enum tt_kind; the status is known at the end: */
    uint8_t status; /* enum tt_status */
    char name[];
};

struct span_list {
    struct tt_span *first, *last;
};

/* Spans are spread over shards by thread, so that threads rarely meet at a lock. */
struct shard {
    alignas(CACHE_LINE_BYTES) pthread_mutex_t lock;
    struct tt_tracer *tracer;
    struct span_list open;      /* not ended, never announced; oldest first */
    struct span_list announced; /* not ended */
    struct span_list done;      /* ended, oldest first */
    size_t open_count;          /* of both lists */
    size_t done_bytes;
    uint64_t started, ended, dropped;
};

struct sender;

struct tt_tracer {
    struct shard shards[SHARDS];
    alignas(CACHE_LINE_BYTES) atomic_size_t waiting; /* spans ended and not delivered */
    atomic_size_t waiting_bytes;                     /* of those in the shards */
    alignas(CACHE_LINE_BYTES) atomic_uint_fast64_t sent, dropped, failed, retries, requests;
    struct tt_options options; /* strings are ours */
    pthread_mutex_t random_lock;
    struct random random; /* only with a random_seed */
    struct sender *sender;
    struct tt_tracer *next; /* registry for fork and exit */
};

int64_t span_now_ns(void);    /* since the epoch */
int64_t span_steady_ns(void); /* a clock that nobody sets */
struct tt_span *span_new(struct shard *shard, const char *name, int64_t start_ns);
size_t span_bytes(const struct tt_span *span);
void span_release(struct tt_span *span);

/* NULL without memory. The caller holds the shard's lock or owns the span. */
struct details *span_details(struct tt_span *span);
const char *span_name(const struct tt_span *span);
enum { SPAN_ID_TEXT_BYTES = 17 };
void span_write_id(char target[SPAN_ID_TEXT_BYTES], uint64_t id);

/* Appends the JSON object of the span. The caller holds the shard's lock or owns the span. */
void span_encode(const struct tt_span *span, struct buffer *target);

#endif
