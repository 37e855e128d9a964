/* writer_queue — what waits for the writer thread, and the watchman who answers what waits too
 * long.
 *
 * A disk can hang for minutes, and the writer thread then hangs in a system call. Senders are
 * promised an answer all the same, so a second thread looks ten times in a deadline at all
 * requests, queued or at work, and answers those that are overdue. What is at work keeps its batch:
 * the writer may still be reading it, and if it is stored after all, the sender's next try is a
 * duplicate. */
#include "store/writer_queue.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/thread.h"

enum {
    QUEUE_LIMIT_SPANS = 100 * 1000,
    QUEUE_LIMIT_BYTES = 64 << 20,
    GROUP_LIMIT_SPANS = 20 * 1000, /* larger commits gain little and make the answers late */
    LATE_AT_ONCE = 64,             /* answered in one look of the watchman */
};

static const int64_t deadline_default_ns = 5 * NS_PER_S;

struct queue_request_list {
    struct queue_request *first, *last;
};

struct queue {
    /* set by queue_start, constant afterwards */
    size_t limit_spans, limit_bytes;
    int64_t deadline_ns;
    struct counters *counters;
    pthread_t watchman;

    pthread_mutex_t mutex;
    pthread_cond_t wake;  /* the writer */
    pthread_cond_t leave; /* the watchman */
    /* any thread, under mutex */
    struct queue_request_list batches, prunes;
    size_t spans, bytes;
    bool closed, stopping;
    struct queue_group *group; /* at work, NULL = none; an answered request is NULL */
};

static void list_add(struct queue_request_list *list, struct queue_request *request)
{
    if (list->first == NULL) {
        list->first = request;
    } else {
        list->last->next = request;
    }
    list->last = request;
}

static struct queue_request *list_take(struct queue_request_list *list)
{
    struct queue_request *request = list->first;
    if (request != NULL) {
        list->first = request->next;
        request->next = NULL;
    }
    return request;
}

static void uncharge(struct queue *queue, const struct queue_request *request)
{
    queue->spans -= request->spans;
    queue->bytes -= request->bytes;
    atomic_store(&queue->counters->queued, queue->spans);
}

/* ---- the watchman --------------------------------------------------------------------------- */

/* Who has to be told; the request itself may be gone by then. */
struct late {
    writer_done_fn done;
    void *ctx;
    struct queue_request *owned; /* to be freed: the writer never got it */
};

static bool is_late(const struct queue *queue, const struct queue_request *request, int64_t now_ns)
{
    return now_ns - request->submitted_ns > queue->deadline_ns;
}

/* Collects overdue requests: whole ones from the queue, which is in order of submission, and the
 * callbacks of those at work. Under the mutex. */
static size_t collect_late(struct queue *queue, struct late late[LATE_AT_ONCE])
{
    int64_t now_ns = clock_monotonic_ns();
    size_t count = 0;
    for (size_t i = 0; queue->group != NULL && i < queue->group->count; i++) {
        struct queue_request *request = queue->group->requests[i];
        if (count < LATE_AT_ONCE && request != NULL && request->done != NULL &&
            is_late(queue, request, now_ns)) {
            late[count++] = (struct late){.done = request->done, .ctx = request->ctx};
            request->done = NULL;
        }
    }
    while (count < LATE_AT_ONCE && queue->batches.first != NULL &&
           is_late(queue, queue->batches.first, now_ns)) {
        struct queue_request *request = list_take(&queue->batches);
        uncharge(queue, request);
        late[count++] = (struct late){.done = request->done, .ctx = request->ctx, .owned = request};
    }
    return count;
}

static void answer_late(const struct late *late, size_t count)
{
    static const struct writer_verdict verdict = {
        .code = ERR_BUSY,
        .text = "waited too long for the database: the disk is too slow for this load",
    };
    for (size_t i = 0; i < count; i++) {
        if (late[i].done != NULL) {
            late[i].done(&verdict, late[i].ctx);
        }
        if (late[i].owned != NULL) {
            batch_free(late[i].owned->batch);
            free(late[i].owned);
        }
    }
}

static void *watchman_main(void *argument)
{
    struct queue *queue = argument;
    struct late late[LATE_AT_ONCE];
    pthread_mutex_lock(&queue->mutex);
    while (!queue->stopping) {
        size_t count = collect_late(queue, late);
        if (count > 0) {
            pthread_mutex_unlock(&queue->mutex);
            answer_late(late, count);
            pthread_mutex_lock(&queue->mutex);
            continue;
        }
        thread_wait(&queue->leave, &queue->mutex, clock_monotonic_ns() + queue->deadline_ns / 10);
    }
    pthread_mutex_unlock(&queue->mutex);
    return NULL;
}

/* ---- starting and stopping ------------------------------------------------------------------ */

static void free_queue(struct queue *queue)
{
    pthread_cond_destroy(&queue->leave);
    pthread_cond_destroy(&queue->wake);
    pthread_mutex_destroy(&queue->mutex);
    free(queue);
}

enum err queue_start(const struct writer_options *options, struct queue **ret_queue,
                     struct err_msg *why)
{
    struct queue *queue = mem_zero(1, sizeof *queue);
    queue->limit_spans =
        options->queue_limit_spans != 0 ? options->queue_limit_spans : QUEUE_LIMIT_SPANS;
    queue->limit_bytes =
        options->queue_limit_bytes != 0 ? options->queue_limit_bytes : QUEUE_LIMIT_BYTES;
    queue->deadline_ns = options->deadline_ns != 0 ? options->deadline_ns : deadline_default_ns;
    queue->counters = options->counters;
    pthread_mutex_init(&queue->mutex, NULL);
    thread_condition_init(&queue->wake);
    thread_condition_init(&queue->leave);
    enum err err = thread_start(&queue->watchman, watchman_main, queue, why);
    if (err != ERR_OK) {
        free_queue(queue);
        return err;
    }
    *ret_queue = queue;
    return ERR_OK;
}

void queue_stop(struct queue *queue)
{
    if (queue == NULL) {
        return;
    }
    pthread_mutex_lock(&queue->mutex);
    queue->stopping = true;
    pthread_cond_signal(&queue->leave);
    pthread_mutex_unlock(&queue->mutex);
    pthread_join(queue->watchman, NULL);
    free_queue(queue);
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->closed = true;
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->mutex);
}

/* ---- in and out ----------------------------------------------------------------------------- */

static bool has_room(const struct queue *queue, const struct queue_request *request)
{
    /* A batch that is over the limits by itself may come in when nothing else waits. */
    return queue->batches.first == NULL || (queue->spans + request->spans <= queue->limit_spans &&
                                            queue->bytes + request->bytes <= queue->limit_bytes);
}

enum err queue_submit(struct queue *queue, const struct queue_request *request)
{
    enum err err = ERR_OK;
    struct queue_request *copy = mem_alloc(sizeof *copy);
    *copy = *request;
    pthread_mutex_lock(&queue->mutex);
    copy->submitted_ns = clock_monotonic_ns();
    if (queue->closed) {
        err = ERR_CLOSED;
    } else if (copy->batch == NULL) {
        list_add(&queue->prunes, copy);
    } else if (has_room(queue, copy)) {
        list_add(&queue->batches, copy);
        queue->spans += copy->spans;
        queue->bytes += copy->bytes;
        atomic_store(&queue->counters->queued, queue->spans);
    } else {
        err = ERR_BUSY;
    }
    pthread_cond_signal(&queue->wake);
    pthread_mutex_unlock(&queue->mutex);
    if (err != ERR_OK) {
        free(copy);
    }
    return err;
}

bool queue_take(struct queue *queue, int64_t wait_until_ns, struct queue_group *group)
{
    size_t limit = group->limit_spans != 0 ? group->limit_spans : GROUP_LIMIT_SPANS;
    size_t spans = 0;
    pthread_mutex_lock(&queue->mutex);
    queue->group = NULL;
    group->count = 0;
    while (queue->batches.first == NULL && queue->prunes.first == NULL && !queue->closed &&
           clock_monotonic_ns() < wait_until_ns) {
        thread_wait(&queue->wake, &queue->mutex, wait_until_ns);
    }
    const struct queue_request *next;
    while ((next = queue->batches.first) != NULL && group->count < QUEUE_GROUP_REQUESTS &&
           (spans == 0 || spans + next->spans <= limit)) {
        spans += next->spans;
        uncharge(queue, next);
        struct queue_request *request = list_take(&queue->batches);
        request->slot = group->count;
        group->requests[group->count++] = request;
    }
    queue->group = group;
    bool go_on = !queue->closed || group->count > 0;
    pthread_mutex_unlock(&queue->mutex);
    return go_on;
}

struct queue_request *queue_first_prune(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct queue_request *request = queue->prunes.first;
    pthread_mutex_unlock(&queue->mutex);
    return request;
}

void queue_remove_prune(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    list_take(&queue->prunes);
    pthread_mutex_unlock(&queue->mutex);
}

void queue_answer(struct queue *queue, struct queue_request *request,
                  const struct writer_verdict *verdict)
{
    pthread_mutex_lock(&queue->mutex);
    writer_done_fn done = request->done;
    request->done = NULL;
    struct queue_group *group = queue->group;
    if (group != NULL && request->slot < group->count &&
        group->requests[request->slot] == request) {
        group->requests[request->slot] = NULL; /* the watchman must not look at it any more */
    }
    pthread_mutex_unlock(&queue->mutex);
    if (done != NULL) {
        done(verdict, request->ctx);
    }
    batch_free(request->batch);
    free(request);
}

int64_t queue_lag_ns(struct queue *queue)
{
    int64_t now_ns = clock_monotonic_ns();
    int64_t lag_ns = 0;
    pthread_mutex_lock(&queue->mutex);
    if (queue->batches.first != NULL) {
        lag_ns = now_ns - queue->batches.first->submitted_ns;
    }
    for (size_t i = 0; queue->group != NULL && i < queue->group->count; i++) {
        const struct queue_request *request = queue->group->requests[i];
        if (request != NULL && now_ns - request->submitted_ns > lag_ns) {
            lag_ns = now_ns - request->submitted_ns;
        }
    }
    pthread_mutex_unlock(&queue->mutex);
    return lag_ns;
}

bool queue_is_stuck(struct queue *queue)
{
    int64_t now_ns = clock_monotonic_ns();
    bool stuck = false;
    pthread_mutex_lock(&queue->mutex);
    for (size_t i = 0; queue->group != NULL && i < queue->group->count && !stuck; i++) {
        const struct queue_request *request = queue->group->requests[i];
        stuck = request != NULL && is_late(queue, request, now_ns);
    }
    pthread_mutex_unlock(&queue->mutex);
    return stuck;
}
