/* writer_queue — what waits for the writer thread, and the watchman who answers what waits too
 * long.
 */
#ifndef TRACETUI_STORE_WRITER_QUEUE_H
#define TRACETUI_STORE_WRITER_QUEUE_H

#include "store/writer.h"

enum { QUEUE_GROUP_REQUESTS = 1024 };

/* Something to do: a batch to store, or (batch NULL) traces to delete. */
struct queue_request {
    struct queue_request *next;
    struct batch *batch;
    size_t spans, bytes;
    int64_t cutoff_ns; /* prune only */
    size_t deleted;    /* prune only */
    int64_t submitted_ns;
    size_t slot;         /* its place in the group */
    writer_done_fn done; /* NULL: nobody waits (any more) */
    void *ctx;
};

/* What the writer thread works on: not more spans than one commit should have. */
struct queue_group {
    size_t limit_spans; /* for the next queue_take, which takes one request at least; 0 = the most
                           that a commit should have */
    struct queue_request *requests[QUEUE_GROUP_REQUESTS];
    size_t count;
};

struct queue;

/* Starts the watchman. Limits of 0 are the defaults. Errors: ERR_IO no thread. */
enum err queue_start(const struct writer_options *options, struct queue **ret_queue,
                     struct err_msg *why) MUST_CHECK;
void queue_stop(struct queue *queue); /* NULL is fine; the queue is empty by then */

/* Takes a copy of the request. Errors: ERR_BUSY no room, ERR_CLOSED after queue_close. Thread: any.
 */
enum err queue_submit(struct queue *queue, const struct queue_request *request) MUST_CHECK;

/* No more submissions; queue_take hands out what is left. Thread: any. */
void queue_close(struct queue *queue);

/* Waits until there is work or it is time, and moves what waits into the group. False when the
 * queue is closed and no batch is left. Thread: writer, as all below. */
bool queue_take(struct queue *queue, int64_t wait_until_ns, struct queue_group *group) MUST_CHECK;

/* The first prune request, which stays first until it is removed; NULL = none. */
struct queue_request *queue_first_prune(struct queue *queue);
void queue_remove_prune(struct queue *queue);

/* Tells whoever waits, unless the watchman did, and frees the request with its batch. */
void queue_answer(struct queue *queue, struct queue_request *request,
                  const struct writer_verdict *verdict);

/* How long the oldest request that was not answered has waited; 0 = none. Thread: any. */
int64_t queue_lag_ns(struct queue *queue);

/* True while the requests at work are overdue: the disk hangs. Thread: any. */
bool queue_is_stuck(struct queue *queue);

#endif
