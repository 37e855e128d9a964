/* sender — the background thread that delivers spans: batches, retries, bounded memory.
 *
 * One thread a tracer sleeps until a batch is full or old enough, takes all ended spans from the
 * recorder's shards into its own queue, and posts them batch by batch. A failed batch stays at the
 * head of the queue and is retried with growing pauses; meanwhile the oldest spans are dropped once
 * the queue is over its memory. The wire is touched only here, so a program never waits for it. */
#include "ingest/client/sender.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/client/http.h"
#include "ingest/client/span.h"
#include "ingest/wire.h"

enum { PAUSE_FIRST_MS = 200, PAUSE_LONGEST_MS = 30000 };

struct sender {
    struct tt_tracer *tracer;
    pthread_mutex_t lock; /* guards the flags below */
    pthread_cond_t wake;  /* to the thread */
    pthread_cond_t idle;  /* to tt_flush */
    pthread_t thread;
    bool running;  /* the thread exists */
    bool stopping; /* tt_close */
    int64_t stop_ms;
    uint64_t flush_wanted; /* tickets of tt_flush ... */
    uint64_t flush_served; /* ... and the last one whose spans were all sent */
    bool full;             /* a batch is full: send now */
    struct http http;      /* below: the thread's own */
    struct tt_span *queue, *last;
    int pause_ms; /* 0: the last request went well */
};

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_cond_timedwait(cond, lock, &until);
}

static void release_head(struct sender *sender)
{
    struct tt_span *span = sender->queue;
    sender->queue = span->next;
    if (sender->queue == NULL) {
        sender->last = NULL;
    }
    atomic_fetch_sub(&sender->tracer->waiting_bytes, span_bytes(span));
    atomic_fetch_sub(&sender->tracer->waiting, 1);
    span_release(span);
}

static void drop_over_limit(struct sender *sender)
{
    while (sender->queue != NULL &&
           atomic_load(&sender->tracer->waiting_bytes) > sender->tracer->options.memory_bytes) {
        release_head(sender);
        atomic_fetch_add(&sender->tracer->dropped, 1);
    }
}

static void report(struct sender *sender, const struct http_answer *answer, size_t spans,
                   bool delivered)
{
    const struct tt_options *options = &sender->tracer->options;
    if (options->on_result != NULL) {
        struct tt_result result = {.http_status = answer->status,
                                   .spans = spans,
                                   .delivered = delivered,
                                   .text = answer->problem};
        options->on_result(&result, options->ctx);
    }
}

/* The pause before the next try: doubled each time, a quarter up or down, or what the receiver
 * asks. */
static void grow_pause(struct sender *sender, const struct http_answer *answer)
{
    int pause = sender->pause_ms == 0 ? PAUSE_FIRST_MS : sender->pause_ms * 2;
    pause = pause - pause / 4 + (int)(random_thread_next() % (uint64_t)(pause / 2 + 1));
    if (answer->retry_after_s >= 0 && answer->retry_after_s <= PAUSE_LONGEST_MS / 1000) {
        pause = answer->retry_after_s * 1000 + 1;
    }
    sender->pause_ms = pause < PAUSE_LONGEST_MS ? pause : PAUSE_LONGEST_MS;
}

static bool is_retryable(int status)
{
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

/* Posts one body that holds `spans` spans. True when it need not be sent again. */
static bool post(struct sender *sender, const struct buffer *body, size_t spans, int timeout_ms)
{
    struct tt_tracer *tracer = sender->tracer;
    struct http_answer answer;
    http_post(&sender->http, WIRE_PATH_CLIENT, tracer->options.token, body->data, body->length,
              timeout_ms, &answer);
    bool delivered = answer.status >= 200 && answer.status < 300;
    atomic_fetch_add(&tracer->requests, 1);
    report(sender, &answer, spans, delivered);
    if (is_retryable(answer.status)) {
        atomic_fetch_add(&tracer->retries, 1);
        grow_pause(sender, &answer);
        return false;
    }
    sender->pause_ms = 0;
    atomic_fetch_add(delivered ? &tracer->sent : &tracer->failed, spans);
    return true;
}

/* Sends the first batch of the queue. True when it is off the queue. */
static bool send_batch(struct sender *sender, int timeout_ms)
{
    struct buffer body = {0};
    size_t count = 0;
    buffer_add(&body, "[", 1);
    for (const struct tt_span *span = sender->queue;
         span != NULL && count < sender->tracer->options.batch_spans; span = span->next) {
        if (count > 0) {
            buffer_add(&body, ",", 1);
        }
        span_encode(span, &body);
        count++;
    }
    buffer_add(&body, "]", 1);
    bool done = body.failed || post(sender, &body, count, timeout_ms);
    if (body.failed) {
        atomic_fetch_add(&sender->tracer->dropped, count);
    }
    buffer_free(&body);
    for (size_t i = 0; done && i < count; i++) {
        release_head(sender);
    }
    return done;
}

/* Spans that run for longer than a batch's age are shown to the receiver before they end. An
 * announcement that fails is not repeated: the span itself will come. */
static void announce(struct sender *sender, bool all, int timeout_ms)
{
    const struct tt_options *options = &sender->tracer->options;
    int64_t age_ns = all ? 0 : (int64_t)options->batch_ms * 1000000;
    struct buffer body = {0};
    size_t count;
    do {
        buffer_clear(&body);
        buffer_add(&body, "[", 1);
        count =
            recorder_announce(sender->tracer, span_now_ns() - age_ns, &body, options->batch_spans);
        buffer_add(&body, "]", 1);
    } while (count > 0 && !body.failed && post(sender, &body, 0, timeout_ms) &&
             count == options->batch_spans);
    buffer_free(&body);
}

/* Milliseconds until the thread must give up; at most the timeout of a request. */
static int time_left(struct sender *sender)
{
    int timeout_ms = sender->tracer->options.timeout_ms;
    pthread_mutex_lock(&sender->lock);
    if (sender->stopping) {
        int64_t left = sender->stop_ms - monotonic_ms();
        timeout_ms = left < timeout_ms ? (int)left : timeout_ms;
    }
    pthread_mutex_unlock(&sender->lock);
    return timeout_ms;
}

/* Sends everything that is there, until a request fails or time is up. */
static void send_all(struct sender *sender, bool announce_all)
{
    int timeout_ms = time_left(sender);
    sender->last = recorder_take(sender->tracer, &sender->queue, sender->last);
    drop_over_limit(sender);
    while (sender->queue != NULL && timeout_ms > 0 && send_batch(sender, timeout_ms)) {
        timeout_ms = time_left(sender);
    }
    if (sender->queue == NULL && timeout_ms > 0) {
        announce(sender, announce_all, timeout_ms);
    }
}

/* Sleeps until there is a reason to send. Lock held. */
static void sleep_until_due(struct sender *sender)
{
    int64_t wait_ms = sender->pause_ms != 0 ? sender->pause_ms : sender->tracer->options.batch_ms;
    int64_t until_ms = monotonic_ms() + wait_ms;
    for (;;) {
        int64_t now_ms = monotonic_ms();
        bool hurry =
            sender->pause_ms == 0 && (sender->full || sender->flush_wanted != sender->flush_served);
        int64_t end_ms =
            sender->stopping && sender->stop_ms < until_ms ? sender->stop_ms : until_ms;
        if (hurry || now_ms >= end_ms || (sender->stopping && sender->pause_ms == 0)) {
            return;
        }
        wait_until(&sender->wake, &sender->lock, end_ms);
    }
}

static void *run(void *context)
{
    struct sender *sender = context;
    pthread_mutex_lock(&sender->lock);
    for (;;) {
        sleep_until_due(sender);
        bool stopping = sender->stopping;
        uint64_t ticket = sender->flush_wanted;
        bool everything = stopping || ticket != sender->flush_served;
        sender->full = false;
        pthread_mutex_unlock(&sender->lock);
        send_all(sender, everything);
        pthread_mutex_lock(&sender->lock);
        if (sender->queue == NULL && sender->pause_ms == 0) {
            sender->flush_served = ticket;
            pthread_cond_broadcast(&sender->idle);
        }
        if (stopping && (sender->queue == NULL || monotonic_ms() >= sender->stop_ms)) {
            break;
        }
    }
    pthread_mutex_unlock(&sender->lock);
    return NULL;
}

struct sender *sender_new(struct tt_tracer *tracer)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL || !http_parse(tracer->options.endpoint, &sender->http)) {
        free(sender);
        return NULL;
    }
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&sender->lock, NULL);
    pthread_cond_init(&sender->wake, &attributes);
    pthread_cond_init(&sender->idle, &attributes);
    pthread_condattr_destroy(&attributes);
    sender->tracer = tracer;
    return sender;
}

/* Lock held. The thread takes no signals: they are the program's. */
static void start_thread(struct sender *sender)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sender->running = pthread_create(&sender->thread, NULL, run, sender) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sender_note(struct sender *sender, size_t waiting)
{
    /* Most spans only add to a batch: they take the lock at its first and its last span. */
    size_t batch = sender->tracer->options.batch_spans;
    if (waiting != 1 && waiting % batch != 0) {
        return;
    }
    pthread_mutex_lock(&sender->lock);
    if (!sender->running && !sender->stopping) {
        start_thread(sender);
    }
    sender->full = sender->full || waiting >= batch;
    pthread_cond_signal(&sender->wake);
    pthread_mutex_unlock(&sender->lock);
}

bool sender_flush(struct sender *sender, int deadline_ms)
{
    int64_t until_ms = monotonic_ms() + deadline_ms;
    pthread_mutex_lock(&sender->lock);
    if (!sender->running && !sender->stopping) {
        start_thread(sender);
    }
    uint64_t ticket = ++sender->flush_wanted;
    pthread_cond_signal(&sender->wake);
    while (sender->running && sender->flush_served < ticket && monotonic_ms() < until_ms) {
        wait_until(&sender->idle, &sender->lock, until_ms);
    }
    bool done = sender->flush_served >= ticket;
    pthread_mutex_unlock(&sender->lock);
    return done;
}

void sender_free(struct sender *sender, int deadline_ms)
{
    pthread_mutex_lock(&sender->lock);
    /* Spans may be open that no thread was started for. */
    if (!sender->running) {
        start_thread(sender);
    }
    sender->stopping = true;
    sender->stop_ms = monotonic_ms() + deadline_ms;
    bool running = sender->running;
    pthread_cond_signal(&sender->wake);
    pthread_mutex_unlock(&sender->lock);
    if (running) {
        pthread_join(sender->thread, NULL);
    }
    while (sender->queue != NULL) {
        release_head(sender);
        atomic_fetch_add(&sender->tracer->dropped, 1);
    }
    http_close(&sender->http);
    pthread_mutex_destroy(&sender->lock);
    pthread_cond_destroy(&sender->wake);
    pthread_cond_destroy(&sender->idle);
    free(sender);
}

void sender_lock(struct sender *sender)
{
    pthread_mutex_lock(&sender->lock);
}

void sender_unlock(struct sender *sender)
{
    pthread_mutex_unlock(&sender->lock);
}

/* The queue belongs to a thread that does not exist here and may be half changed: it is leaked, not
 * walked. */
void sender_forget(struct sender *sender)
{
    sender->running = false;
    sender->queue = NULL;
    sender->last = NULL;
    sender->pause_ms = 0;
    http_close(&sender->http); /* our copy of the descriptor; the parent keeps its own */
    pthread_cond_init(&sender->wake, NULL);
    pthread_cond_init(&sender->idle, NULL);
}
