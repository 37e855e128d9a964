/* recorder — starting and ending spans, and their lists until the sender takes them.
 *
 * A span is in one list of its shard: open, then announced if it runs for long, then done. The
 * sender takes batches from done; until then the spans are bounded, and the thread that ends one
 * too many drops the oldest. */
#include "ingest/client/recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/sender.h"
#include "ingest/client/span.h"
#include "ingest/client/stack.h"

enum { SHED_AT_ONCE = 64 };

/* ---- lists; shard locked ---- */

static void list_append(struct span_list *list, struct tt_span *span)
{
    span->next = NULL;
    span->previous = list->last;
    if (list->last != NULL) {
        list->last->next = span;
    } else {
        list->first = span;
    }
    list->last = span;
}

static void list_remove(struct span_list *list, struct tt_span *span)
{
    if (span->previous != NULL) {
        span->previous->next = span->next;
    } else {
        list->first = span->next;
    }
    if (span->next != NULL) {
        span->next->previous = span->previous;
    } else {
        list->last = span->previous;
    }
    span->next = NULL;
}

/* ---- starting ---- */

static struct shard *my_shard(struct tt_tracer *tracer)
{
    static atomic_uint threads;
    static _Thread_local unsigned mine;
    if (mine == 0) {
        mine = 1 + atomic_fetch_add(&threads, 1);
    }
    return &tracer->shards[mine % SHARDS];
}

static uint64_t next_random(struct tt_tracer *tracer)
{
    if (tracer->options.random_seed == 0) {
        return random_thread_next();
    }
    pthread_mutex_lock(&tracer->random_lock);
    uint64_t value = random_next(&tracer->random);
    pthread_mutex_unlock(&tracer->random_lock);
    return value;
}

static struct tt_span *make_span(struct tt_tracer *tracer, const char *name, int64_t start_ns)
{
    struct tt_span *span = span_new(my_shard(tracer), name, start_ns);
    if (span != NULL) {
        span->span_id = next_random(tracer);
    }
    return span;
}

static struct heritage *new_trace(struct tt_tracer *tracer)
{
    char trace_id[2 * SPAN_ID_TEXT_BYTES];
    span_write_id(trace_id, next_random(tracer));
    span_write_id(trace_id + 16, next_random(tracer));
    return heritage_new(trace_id, FLAG_SAMPLED | FLAG_RANDOM, tracer->options.user,
                        tracer->options.session, NULL);
}

static void count_dropped(struct shard *shard)
{
    pthread_mutex_lock(&shard->lock);
    shard->dropped++;
    pthread_mutex_unlock(&shard->lock);
}

/* Makes the span visible to the sender and to other threads. Takes the heritage; NULL, as a span of
 * NULL, means that there was no memory. */
static struct tt_span *open_span(struct tt_tracer *tracer, struct tt_span *span,
                                 struct heritage *heritage)
{
    struct shard *shard = my_shard(tracer);
    if (span == NULL || heritage == NULL) {
        heritage_release(heritage);
        free(span);
        count_dropped(shard);
        return NULL;
    }
    span->heritage = heritage;
    pthread_mutex_lock(&shard->lock);
    /* A program that never ends its spans must not take all memory either. */
    bool fits = shard->open_count < tracer->options.memory_bytes / sizeof *span + 1;
    bool first = shard->started++ == 0;
    if (fits) {
        list_append(&shard->open, span);
        shard->open_count++;
    } else {
        shard->dropped++;
    }
    pthread_mutex_unlock(&shard->lock);
    if (!fits) {
        span_release(span);
        return NULL;
    }
    if (first) {
        sender_wake(tracer->sender);
    }
    return span;
}

struct tt_span *tt_start_at(struct tt_tracer *tracer, const struct tt_span *parent,
                            const char *name, int64_t start_ns)
{
    if (tracer == NULL) {
        return NULL;
    }
    struct tt_span *span = make_span(tracer, name, start_ns);
    struct heritage *heritage;
    if (parent == NULL) {
        heritage = new_trace(tracer);
    } else {
        pthread_mutex_lock(&parent->shard->lock);
        heritage = heritage_hold(parent->heritage);
        pthread_mutex_unlock(&parent->shard->lock);
    }
    if (span != NULL && parent != NULL) {
        span->parent_id = parent->span_id;
    }
    return open_span(tracer, span, heritage);
}

struct tt_span *tt_start(struct tt_tracer *tracer, const char *name)
{
    struct tt_span *parent = stack_top();
    if (parent != NULL && parent->shard->tracer != tracer) {
        parent = NULL;
    }
    struct tt_span *span = tt_start_at(tracer, parent, name, 0);
    if (span != NULL) {
        stack_push(span);
    }
    return span;
}

static const char *or_default(const char *given, const char *otherwise)
{
    return given[0] != '\0' ? given : otherwise;
}

struct tt_span *tt_start_remote(struct tt_tracer *tracer, const struct tt_context *parent,
                                const char *name, int64_t start_ns)
{
    if (parent == NULL || parent->trace_id[0] == '\0') {
        return tt_start_at(tracer, NULL, name, start_ns);
    }
    if (tracer == NULL) {
        return NULL;
    }
    const struct tt_options *options = &tracer->options;
    struct tt_span *span = make_span(tracer, name, start_ns);
    struct details *details =
        span != NULL && parent->span_id[0] != '\0' ? span_details(span) : NULL;
    if (details != NULL) {
        details->remote_parent = strdup(parent->span_id);
    }
    uint8_t flags =
        (uint8_t)((parent->sampled ? FLAG_SAMPLED : 0) | (parent->random ? FLAG_RANDOM : 0));
    return open_span(tracer, span,
                     heritage_new(parent->trace_id, flags, or_default(parent->user, options->user),
                                  or_default(parent->session, options->session),
                                  parent->tracestate));
}

struct tt_span *tt_current(void)
{
    return stack_top();
}

struct tt_span *tt_detach(struct tt_span *span)
{
    if (span != NULL) {
        stack_remove(span);
    }
    return span;
}

void tt_attach(struct tt_span *span)
{
    if (span != NULL) {
        stack_push(span);
    }
}

/* ---- ending ---- */

/* The shard whose first ended span is the oldest; NULL if none has any. One lock at a time, so it
 * is a good guess. */
static struct shard *find_oldest(struct tt_tracer *tracer)
{
    struct shard *oldest = NULL;
    int64_t oldest_ns = INT64_MAX;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        if (shard->done.first != NULL && shard->done.first->end_ns < oldest_ns) {
            oldest = shard;
            oldest_ns = shard->done.first->end_ns;
        }
        pthread_mutex_unlock(&shard->lock);
    }
    return oldest;
}

/* Takes up to so many spans, or bytes, off the front of the ended ones; adds to both counts what
 * they were. Shard locked. */
static struct tt_span *take_done(struct shard *shard, size_t most, size_t most_bytes, size_t *count,
                                 size_t *bytes)
{
    struct tt_span *first = NULL;
    struct tt_span **end = &first;
    while (shard->done.first != NULL && *count < most && *bytes < most_bytes) {
        struct tt_span *span = shard->done.first;
        list_remove(&shard->done, span);
        *end = span;
        end = &span->next;
        size_t size = span_bytes(span);
        shard->done_bytes -= size;
        *bytes += size;
        ++*count;
    }
    return first;
}

static void release_all(struct tt_span *first)
{
    while (first != NULL) {
        struct tt_span *next = first->next;
        span_release(first);
        first = next;
    }
}

/* Drops the oldest ended spans: some at once, so that the next threads need not look. Those of the
 * thread's own shard if it holds more than its part; threads that only make room for each other
 * would wait for each other. */
static void shed(struct tt_tracer *tracer, struct shard *own, bool greedy)
{
    struct shard *shard = greedy ? own : find_oldest(tracer);
    if (shard == NULL) {
        return;
    }
    size_t count = 0;
    size_t bytes = 0;
    pthread_mutex_lock(&shard->lock);
    struct tt_span *dropped = take_done(shard, SHED_AT_ONCE, SIZE_MAX, &count, &bytes);
    shard->dropped += count;
    pthread_mutex_unlock(&shard->lock);
    atomic_fetch_sub(&tracer->waiting_bytes, bytes);
    atomic_fetch_sub(&tracer->waiting, count);
    release_all(dropped);
}

static int64_t end_of(const struct tt_span *span, int64_t end_ns)
{
    if (end_ns == 0) {
        end_ns = span->started_ns != 0 ? span->start_ns + (span_steady_ns() - span->started_ns)
                                       : span_now_ns();
    }
    return end_ns < span->start_ns ? span->start_ns : end_ns;
}

/* Takes the span off the lists of what is open. Shard locked. */
static void close_span(struct tt_span *span)
{
    struct shard *shard = span->shard;
    list_remove(span->announced ? &shard->announced : &shard->open, span);
    shard->open_count--;
}

void tt_end_at(struct tt_span *span, enum tt_status status, const char *message, int64_t end_ns)
{
    if (span == NULL || atomic_exchange(&span->ended, true)) {
        return;
    }
    struct shard *shard = span->shard;
    struct tt_tracer *tracer = shard->tracer;
    stack_remove(span);
    end_ns = end_of(span, end_ns);
    char *own_message = message != NULL ? strdup(message) : NULL;
    pthread_mutex_lock(&shard->lock);
    close_span(span);
    if (span->foreign) {
        pthread_mutex_unlock(&shard->lock);
        free(own_message);
        span_release(span);
        return;
    }
    struct details *details = own_message != NULL ? span_details(span) : NULL;
    if (details != NULL) {
        details->message = own_message;
    } else {
        free(own_message);
    }
    span->status = (uint8_t)status;
    span->end_ns = end_ns;
    size_t bytes = span_bytes(span);
    size_t waiting_bytes = atomic_fetch_add(&tracer->waiting_bytes, bytes) + bytes;
    size_t waiting = atomic_fetch_add(&tracer->waiting, 1) + 1;
    list_append(&shard->done, span); /* the sender may free it from here on */
    shard->done_bytes += bytes;
    shard->ended++;
    bool greedy = shard->done_bytes > tracer->options.memory_bytes / SHARDS;
    pthread_mutex_unlock(&shard->lock);
    if (waiting_bytes > tracer->options.memory_bytes) {
        shed(tracer, shard, greedy);
    }
    /* Most spans only add to a batch: the sender hears of its first and its last. */
    if (waiting == 1 || waiting % tracer->options.batch_spans == 0) {
        sender_note(tracer->sender, waiting);
    }
}

void tt_end(struct tt_span *span)
{
    tt_end_at(span, TT_OK, NULL, 0);
}

void tt_end_error(struct tt_span *span, const char *message)
{
    tt_end_at(span, TT_ERROR, message, 0);
}

void tt_end_cancelled(struct tt_span *span)
{
    tt_end_at(span, TT_CANCELLED, NULL, 0);
}

int tt_trace_call(struct tt_tracer *tracer, const char *name, const char *type,
                  int (*call)(void *ctx), void *ctx)
{
    struct tt_span *span = tt_start(tracer, name);
    tt_set_type(span, type);
    int result = call(ctx);
    if (result == 0) {
        tt_end(span);
    } else {
        char message[32];
        snprintf(message, sizeof message, "returned %d", result);
        tt_end_error(span, message);
    }
    return result;
}

/* ---- for the sender ---- */

struct tt_span *recorder_take(struct tt_tracer *tracer, size_t most, size_t most_bytes)
{
    struct tt_span *first = NULL;
    struct tt_span **end = &first;
    size_t count = 0;
    size_t bytes = 0;
    for (size_t i = 0; i < SHARDS && count < most && bytes < most_bytes; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        *end = take_done(shard, most, most_bytes, &count, &bytes);
        pthread_mutex_unlock(&shard->lock);
        while (*end != NULL) {
            end = &(*end)->next;
        }
    }
    atomic_fetch_sub(&tracer->waiting_bytes, bytes);
    return first;
}

/* Encodes the oldest open span of the shard. False if there is none that is old enough. */
static bool announce_one(struct shard *shard, int64_t limit_ns, struct buffer *target)
{
    pthread_mutex_lock(&shard->lock);
    struct tt_span *span = shard->open.first;
    bool found = span != NULL && span->start_ns <= limit_ns;
    if (found) {
        if (target->length > 1) {
            buffer_add(target, ",", 1);
        }
        span_encode(span, target);
        list_remove(&shard->open, span);
        list_append(&shard->announced, span);
        span->announced = true;
    }
    pthread_mutex_unlock(&shard->lock);
    return found;
}

size_t recorder_announce(struct tt_tracer *tracer, int64_t limit_ns, struct buffer *target,
                         size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        while (count < most && announce_one(&tracer->shards[i], limit_ns, target)) {
            count++;
        }
    }
    return count;
}

bool recorder_is_idle(struct tt_tracer *tracer)
{
    bool idle = atomic_load(&tracer->waiting) == 0;
    for (size_t i = 0; i < SHARDS && idle; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        idle = shard->open.first == NULL;
        pthread_mutex_unlock(&shard->lock);
    }
    return idle;
}

/* ---- forks and the end ---- */

void recorder_lock(struct tt_tracer *tracer)
{
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&tracer->shards[i].lock);
    }
    pthread_mutex_lock(&tracer->random_lock);
}

void recorder_unlock(struct tt_tracer *tracer)
{
    pthread_mutex_unlock(&tracer->random_lock);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_unlock(&tracer->shards[i].lock);
    }
}

static void drop_list(struct span_list *list)
{
    while (list->first != NULL) {
        struct tt_span *span = list->first;
        list_remove(list, span);
        atomic_store(&span->ended, true);
        span_release(span);
    }
}

void recorder_forget(struct tt_tracer *tracer)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        drop_list(&shard->done);
        shard->done_bytes = 0;
        while (shard->open.first != NULL) {
            struct tt_span *span = shard->open.first;
            list_remove(&shard->open, span);
            list_append(&shard->announced, span);
            span->announced = true;
        }
        for (struct tt_span *span = shard->announced.first; span != NULL; span = span->next) {
            span->foreign = true;
        }
        shard->started = 0;
        shard->ended = 0;
        shard->dropped = 0;
    }
    atomic_store(&tracer->waiting, 0);
    atomic_store(&tracer->waiting_bytes, 0);
}

void recorder_clear(struct tt_tracer *tracer)
{
    for (size_t i = 0; i < SHARDS; i++) {
        drop_list(&tracer->shards[i].done);
        drop_list(&tracer->shards[i].open);
        drop_list(&tracer->shards[i].announced);
    }
}
