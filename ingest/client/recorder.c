/* recorder — starting and ending spans; the stack of each thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/client/sender.h"
#include "ingest/client/span.h"

/* The current span of this thread and, through below, those around it. */
static _Thread_local struct tt_span *stack_top;
static pthread_key_t stack_key;
static pthread_once_t stack_once = PTHREAD_ONCE_INIT;

int64_t span_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- memory ---- */

static char *copy(const char *text)
{
    return text != NULL ? strdup(text) : NULL;
}

void span_release(struct tt_span *span)
{
    if (atomic_fetch_sub(&span->references, 1) != 1) {
        return;
    }
    identity_release(span->identity);
    free(span->name);
    free(span->message);
    free(span->type);
    free(span->service);
    buffer_free(&span->attributes);
    buffer_free(&span->events);
    buffer_free(&span->links);
    free(span);
}

size_t span_bytes(const struct tt_span *span)
{
    return sizeof *span + span->attributes.capacity + span->events.capacity + span->links.capacity +
           strlen(span->name) + (span->message != NULL ? strlen(span->message) : 0);
}

/* ---- the stack of this thread ---- */

static void stack_pop(void)
{
    struct tt_span *top = stack_top;
    stack_top = top->below;
    span_release(top);
}

static void stack_drop_all(void *unused)
{
    (void)unused;
    while (stack_top != NULL) {
        stack_pop();
    }
}

static void stack_make_key(void)
{
    pthread_key_create(&stack_key, stack_drop_all);
}

static void stack_push(struct tt_span *span)
{
    pthread_once(&stack_once, stack_make_key);
    pthread_setspecific(stack_key, span); /* any value: makes the destructor run at thread exit */
    atomic_fetch_add(&span->references, 1);
    span->below = stack_top;
    stack_top = span;
}

static void stack_remove(const struct tt_span *span)
{
    for (struct tt_span **at = &stack_top; *at != NULL; at = &(*at)->below) {
        if (*at == span) {
            struct tt_span *found = *at;
            *at = found->below;
            span_release(found);
            return;
        }
    }
}

struct tt_span *tt_current(void)
{
    /* Spans that another thread ended are still on our stack. */
    while (stack_top != NULL && atomic_load(&stack_top->ended)) {
        stack_pop();
    }
    return stack_top;
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

static void write_hex(char *target, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; i--) {
        target[i] = digits[value & 15];
        value >>= 4;
    }
    target[16] = '\0';
}

static struct tt_span *new_span(struct tt_tracer *tracer, const char *name, int64_t start_ns)
{
    struct tt_span *span = calloc(1, sizeof *span);
    char *own_name = span != NULL ? copy(name != NULL && name[0] != '\0' ? name : "unnamed") : NULL;
    if (own_name == NULL) {
        free(span);
        atomic_fetch_add(&tracer->dropped, 1);
        return NULL;
    }
    span->tracer = tracer;
    span->shard = my_shard(tracer);
    span->name = own_name;
    atomic_init(&span->references, 1);
    span->start_ns = start_ns != 0 ? start_ns : span_now_ns();
    span->end_ns = SPAN_STILL_RUNNING;
    write_hex(span->span_id, next_random(tracer));
    return span;
}

static void make_root(struct tt_span *span)
{
    write_hex(span->trace_id, next_random(span->tracer));
    write_hex(span->trace_id + 16, next_random(span->tracer));
    span->identity = identity_hold(span->tracer->identity);
}

/* Makes the span visible to the sender and to other threads. */
static void open_span(struct tt_span *span)
{
    struct shard *shard = span->shard;
    pthread_mutex_lock(&shard->lock);
    span->next = shard->open;
    if (shard->open != NULL) {
        shard->open->previous = span;
    }
    shard->open = span;
    pthread_mutex_unlock(&shard->lock);
    atomic_fetch_add(&span->tracer->started, 1);
}

struct tt_span *tt_start_at(struct tt_tracer *tracer, const struct tt_span *parent,
                            const char *name, int64_t start_ns)
{
    struct tt_span *span = tracer != NULL ? new_span(tracer, name, start_ns) : NULL;
    if (span == NULL) {
        return NULL;
    }
    if (parent == NULL) {
        make_root(span);
    } else {
        memcpy(span->trace_id, parent->trace_id, sizeof span->trace_id);
        memcpy(span->parent_id, parent->span_id, sizeof parent->span_id);
        pthread_mutex_lock(&parent->shard->lock);
        span->identity = identity_hold(parent->identity);
        pthread_mutex_unlock(&parent->shard->lock);
    }
    open_span(span);
    return span;
}

struct tt_span *tt_start(struct tt_tracer *tracer, const char *name)
{
    struct tt_span *parent = tt_current();
    if (parent != NULL && parent->tracer != tracer) {
        parent = NULL;
    }
    struct tt_span *span = tt_start_at(tracer, parent, name, 0);
    if (span != NULL) {
        stack_push(span);
    }
    return span;
}

struct tt_span *tt_start_remote(struct tt_tracer *tracer, const struct tt_context *parent,
                                const char *name, int64_t start_ns)
{
    struct tt_span *span = tracer != NULL ? new_span(tracer, name, start_ns) : NULL;
    if (span == NULL) {
        return NULL;
    }
    if (parent == NULL || parent->trace_id[0] == '\0') {
        make_root(span);
    } else {
        memcpy(span->trace_id, parent->trace_id, sizeof span->trace_id);
        memcpy(span->parent_id, parent->span_id, sizeof span->parent_id);
        const struct identity *ours = tracer->identity;
        span->identity = parent->session[0] == '\0'
                             ? identity_hold(tracer->identity)
                             : identity_new(ours != NULL ? ours->user : NULL, parent->session);
    }
    open_span(span);
    return span;
}

/* ---- ending ---- */

/* Takes an ended span from the open list to the end of the done queue. Shard locked. */
static void move_to_done(struct shard *shard, struct tt_span *span)
{
    if (span->previous != NULL) {
        span->previous->next = span->next;
    } else {
        shard->open = span->next;
    }
    if (span->next != NULL) {
        span->next->previous = span->previous;
    }
    span->next = NULL;
    span->previous = NULL;
    if (shard->last != NULL) {
        shard->last->next = span;
    } else {
        shard->done = span;
    }
    shard->last = span;
}

void tt_end_at(struct tt_span *span, enum tt_status status, const char *message, int64_t end_ns)
{
    if (span == NULL || atomic_exchange(&span->ended, true)) {
        return;
    }
    struct tt_tracer *tracer = span->tracer;
    struct shard *shard = span->shard;
    stack_remove(span);
    if (end_ns == 0) {
        end_ns = span_now_ns();
    }
    char *own_message = copy(message);
    pthread_mutex_lock(&shard->lock);
    span->message = own_message;
    span->status = (uint8_t)status;
    span->end_ns = end_ns < span->start_ns ? span->start_ns : end_ns;
    atomic_fetch_add(&tracer->waiting_bytes, span_bytes(span));
    size_t waiting = atomic_fetch_add(&tracer->waiting, 1) + 1;
    move_to_done(shard, span); /* the sender may free it from here on */
    pthread_mutex_unlock(&shard->lock);
    atomic_fetch_add(&tracer->ended, 1);
    sender_note(tracer->sender, waiting);
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

/* ---- for the sender ---- */

struct tt_span *recorder_take(struct tt_tracer *tracer, struct tt_span **queue,
                              struct tt_span *last)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        struct tt_span *first = shard->done;
        struct tt_span *end = shard->last;
        shard->done = NULL;
        shard->last = NULL;
        pthread_mutex_unlock(&shard->lock);
        if (first == NULL) {
            continue;
        }
        if (last != NULL) {
            last->next = first;
        } else {
            *queue = first;
        }
        last = end;
    }
    return last;
}

size_t recorder_announce(struct tt_tracer *tracer, int64_t limit_ns, struct buffer *target,
                         size_t most)
{
    size_t count = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (struct tt_span *span = shard->open; span != NULL && count < most; span = span->next) {
            if (span->announced || span->start_ns > limit_ns) {
                continue;
            }
            if (target->length > 1) {
                buffer_add(target, ",", 1);
            }
            span_encode(span, target);
            span->announced = true;
            count++;
        }
        pthread_mutex_unlock(&shard->lock);
    }
    return count;
}

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

void recorder_forget(struct tt_tracer *tracer)
{
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        struct tt_span *next;
        for (struct tt_span *span = shard->done; span != NULL; span = next) {
            next = span->next;
            span_release(span);
        }
        shard->done = NULL;
        shard->last = NULL;
    }
    atomic_store(&tracer->waiting, 0);
    atomic_store(&tracer->waiting_bytes, 0);
}
