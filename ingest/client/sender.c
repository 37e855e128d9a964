/* sender — the background thread that delivers spans: batches, retries, bounded memory.
 *
 * One thread a tracer sleeps until a batch is full or old enough, takes ended spans from the
 * recorder, turns them into one body and posts it; a body that was not accepted is posted again
 * with growing pauses. What waits behind it stays in the recorder, which bounds it. The wire is
 * touched only here, so a program never waits for it. */
#include "ingest/client/sender.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ingest/client/http.h"
#include "ingest/client/recorder.h"
#include "ingest/client/span.h"
#include "ingest/wire.h"

enum {
    PAUSE_FIRST_MS = 200,
    PAUSE_LONGEST_MS = 30000,
    PAUSE_ASKED_LONGEST_MS = 600000, /* a receiver may ask for so much */
    BODY_BYTES = 2 << 20,            /* a batch of large spans ends here */
    GRACE_MS = 250,                  /* past a deadline, for the thread to notice it */
};

struct sender {
    struct tt_tracer *tracer;
    pthread_mutex_t lock; /* guards the flags below */
    pthread_cond_t wake;  /* to the thread */
    pthread_cond_t idle;  /* to those who wait for it */
    pthread_t thread;
    bool running;  /* the thread exists */
    bool stopping; /* tt_close */
    bool full;     /* a batch is full: send now */
    bool hurry;    /* do not wait for the end of a pause */
    int64_t stop_ms;
    uint64_t flush_wanted;                /* tickets of tt_flush ... */
    uint64_t flush_served;                /* ... and the last one whose spans were all sent */
    uint64_t failures;                    /* requests to be repeated */
    void (*forsaken)(struct tt_tracer *); /* set: nobody waits for the thread any more */
    struct http http;                     /* below: the thread's own */
    struct buffer body;                   /* the batch on its way; empty: none */
    size_t body_spans;
    uint64_t dropped_told;
    int64_t backoff_ms; /* 0: the last request went well */
    int64_t pause_ms;   /* what it came to this time */
};

static int64_t monotonic_ms(void)
{
    return span_steady_ns() / 1000000;
}

static void wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ms)
{
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    pthread_cond_timedwait(cond, lock, &until);
}

/* ---- one request ---- */

static void report(struct sender *sender, const struct http_answer *answer, bool delivered)
{
    const struct tt_options *options = &sender->tracer->options;
    pthread_mutex_lock(&sender->lock);
    bool forsaken = sender->forsaken != NULL; /* then ctx may be gone too */
    pthread_mutex_unlock(&sender->lock);
    if (options->on_result == NULL || forsaken) {
        return;
    }
    struct tt_stats stats;
    tt_stats(sender->tracer, &stats);
    struct tt_result result = {.http_status = answer->status,
                               .spans = sender->body_spans,
                               .dropped = stats.dropped - sender->dropped_told,
                               .delivered = delivered,
                               .text = answer->problem};
    sender->dropped_told = stats.dropped;
    options->on_result(&result, options->ctx);
}

/* The pause before the next try: doubled each time, a quarter up or down, or what the receiver
 * asks. */
static void grow_pause(struct sender *sender, const struct http_answer *answer)
{
    int64_t base = sender->backoff_ms == 0 ? PAUSE_FIRST_MS : sender->backoff_ms * 2;
    base = base < PAUSE_LONGEST_MS ? base : PAUSE_LONGEST_MS;
    sender->backoff_ms = base;
    sender->pause_ms = base - base / 4 + (int64_t)(random_thread_next() % (uint64_t)(base / 2));
    int64_t asked = answer->retry_after_ms;
    if (asked >= 0) {
        sender->pause_ms = asked < PAUSE_ASKED_LONGEST_MS ? asked + 1 : PAUSE_ASKED_LONGEST_MS;
    }
}

static bool is_retryable(int status)
{
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

static void settle(struct sender *sender, atomic_uint_fast64_t *counter)
{
    atomic_fetch_add(counter, sender->body_spans);
    atomic_fetch_sub(&sender->tracer->waiting, sender->body_spans);
    sender->body_spans = 0;
    buffer_clear(&sender->body);
}

/* Posts the body. True when it need not be sent again. */
static bool post(struct sender *sender, int timeout_ms)
{
    struct tt_tracer *tracer = sender->tracer;
    struct http_answer answer;
    http_post(&sender->http, WIRE_PATH_CLIENT, tracer->options.token, sender->body.data,
              sender->body.length, timeout_ms, &answer);
    bool delivered = answer.status >= 200 && answer.status < 300;
    atomic_fetch_add(&tracer->requests, 1);
    report(sender, &answer, delivered);
    if (is_retryable(answer.status)) {
        atomic_fetch_add(&tracer->retries, 1);
        grow_pause(sender, &answer);
        return false;
    }
    sender->backoff_ms = 0;
    sender->pause_ms = 0;
    settle(sender, delivered ? &tracer->sent : &tracer->failed);
    return true;
}

/* ---- bodies ---- */

static void fill_with_ended(struct sender *sender)
{
    struct tt_tracer *tracer = sender->tracer;
    struct tt_span *span = recorder_take(tracer, tracer->options.batch_spans, BODY_BYTES);
    while (span != NULL) {
        struct tt_span *next = span->next;
        if (sender->body_spans > 0) {
            buffer_add(&sender->body, ",", 1);
        }
        span_encode(span, &sender->body);
        sender->body_spans++;
        span_release(span);
        span = next;
    }
}

/* Spans that run for longer than a batch's age are shown to the receiver before they end. */
static size_t fill_with_running(struct sender *sender, bool all)
{
    const struct tt_options *options = &sender->tracer->options;
    int64_t age_ns = all ? 0 : (int64_t)options->batch_ms * 1000000;
    return recorder_announce(sender->tracer, span_now_ns() - age_ns, &sender->body,
                             options->batch_spans);
}

/* Makes the next body unless one is on its way. False when there is nothing to send. */
static bool fill(struct sender *sender, bool running_too)
{
    if (sender->body.length > 0) {
        return true;
    }
    buffer_add(&sender->body, "[", 1);
    fill_with_ended(sender);
    bool any = sender->body_spans > 0 || fill_with_running(sender, running_too) > 0;
    buffer_add(&sender->body, "]", 1);
    if (!any) {
        buffer_clear(&sender->body);
    }
    if (sender->body.failed) {
        settle(sender, &sender->tracer->dropped);
    }
    return any;
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

/* Sends everything that is there, until a request fails or time is up. True if nothing is left. */
static bool send_all(struct sender *sender, bool running_too)
{
    while (fill(sender, running_too)) {
        int timeout_ms = time_left(sender);
        if (sender->body.length > 0 && (timeout_ms <= 0 || !post(sender, timeout_ms))) {
            return false;
        }
    }
    return true;
}

/* ---- the thread ---- */

/* Sleeps until there is a reason to send. Lock held. */
static void sleep_until_due(struct sender *sender)
{
    int64_t wait_ms = sender->pause_ms != 0 ? sender->pause_ms : sender->tracer->options.batch_ms;
    int64_t until_ms = monotonic_ms() + wait_ms;
    for (;;) {
        int64_t now_ms = monotonic_ms();
        bool wanted =
            sender->full || sender->stopping || sender->flush_wanted != sender->flush_served;
        int64_t end_ms =
            sender->stopping && sender->stop_ms < until_ms ? sender->stop_ms : until_ms;
        if (sender->hurry || (wanted && sender->pause_ms == 0) || now_ms >= end_ms) {
            sender->hurry = false;
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
        bool all_sent = send_all(sender, everything);
        pthread_mutex_lock(&sender->lock);
        if (all_sent) {
            sender->flush_served = ticket;
        } else {
            sender->failures++;
        }
        pthread_cond_broadcast(&sender->idle);
        if (stopping && (all_sent || monotonic_ms() >= sender->stop_ms)) {
            break;
        }
    }
    sender->running = false;
    void (*forsaken)(struct tt_tracer *) = sender->forsaken;
    pthread_cond_broadcast(&sender->idle);
    pthread_mutex_unlock(&sender->lock);
    if (forsaken != NULL) {
        forsaken(sender->tracer);
    }
    return NULL;
}

static void init_conditions(struct sender *sender)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sender->wake, &attributes);
    pthread_cond_init(&sender->idle, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct sender *sender_new(struct tt_tracer *tracer)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (sender == NULL || !http_parse(tracer->options.endpoint, &sender->http)) {
        free(sender);
        return NULL;
    }
    pthread_mutex_init(&sender->lock, NULL);
    init_conditions(sender);
    sender->tracer = tracer;
    return sender;
}

/* Lock held. The thread takes no signals: they are the program's. */
static void start_thread(struct sender *sender)
{
    sigset_t all;
    sigset_t before;
    if (sender->running || sender->stopping) {
        return;
    }
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    sender->running = pthread_create(&sender->thread, NULL, run, sender) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void sender_wake(struct sender *sender)
{
    pthread_mutex_lock(&sender->lock);
    start_thread(sender);
    pthread_mutex_unlock(&sender->lock);
}

void sender_note(struct sender *sender, size_t waiting)
{
    pthread_mutex_lock(&sender->lock);
    start_thread(sender);
    if (waiting >= sender->tracer->options.batch_spans) {
        sender->full = true;
        pthread_cond_signal(&sender->wake);
    }
    pthread_mutex_unlock(&sender->lock);
}

bool sender_flush(struct sender *sender, int deadline_ms, bool patient)
{
    if (recorder_is_idle(sender->tracer)) {
        return true;
    }
    int64_t until_ms = monotonic_ms() + deadline_ms;
    pthread_mutex_lock(&sender->lock);
    start_thread(sender);
    uint64_t ticket = ++sender->flush_wanted;
    uint64_t failures = sender->failures;
    sender->hurry = sender->hurry || !patient;
    pthread_cond_signal(&sender->wake);
    while (sender->running && sender->flush_served < ticket && monotonic_ms() < until_ms &&
           (patient || sender->failures == failures)) {
        wait_until(&sender->idle, &sender->lock, until_ms);
    }
    bool done = sender->flush_served >= ticket;
    pthread_mutex_unlock(&sender->lock);
    return done;
}

bool sender_stop(struct sender *sender, int deadline_ms, void (*forsaken)(struct tt_tracer *))
{
    bool idle = recorder_is_idle(sender->tracer);
    pthread_mutex_lock(&sender->lock);
    bool started = sender->running;
    if (!idle && !started) {
        start_thread(sender);
        started = sender->running;
    }
    sender->stopping = true;
    sender->stop_ms = monotonic_ms() + deadline_ms;
    pthread_cond_signal(&sender->wake);
    while (sender->running && monotonic_ms() < sender->stop_ms + GRACE_MS) {
        wait_until(&sender->idle, &sender->lock, sender->stop_ms + GRACE_MS);
    }
    bool stopped = !sender->running;
    sender->forsaken = stopped ? NULL : forsaken;
    pthread_t thread = sender->thread;
    pthread_mutex_unlock(&sender->lock);
    if (started && stopped) {
        pthread_join(thread, NULL);
    } else if (started) {
        pthread_detach(thread);
    }
    return stopped;
}

void sender_free(struct sender *sender)
{
    http_close(&sender->http);
    buffer_free(&sender->body);
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

/* The body belongs to a thread that does not exist here and may be half changed: it is leaked, not
 * freed. */
void sender_forget(struct sender *sender)
{
    sender->running = false;
    sender->full = false;
    sender->hurry = false;
    sender->flush_served = sender->flush_wanted;
    sender->body = (struct buffer){0};
    sender->body_spans = 0;
    sender->dropped_told = 0;
    sender->backoff_ms = 0;
    sender->pause_ms = 0;
    http_close(&sender->http); /* our copy of the descriptor; the parent keeps its own */
    init_conditions(sender);
}
