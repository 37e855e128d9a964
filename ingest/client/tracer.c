/* tracer — opening and closing a tracer, its options, and what a fork and the end of the process do
 * to it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/client/recorder.h"
#include "ingest/client/sender.h"
#include "ingest/client/span.h"
#include "ingest/client/stack.h"

enum {
    BATCH_SPANS = 50,
    BATCH_MS = 5000,
    TIMEOUT_MS = 5000,
    EXIT_MS = 1000,
    MEMORY_BYTES = 8 << 20,
    BATCH_SPANS_LARGEST = 5000,
};

/* All tracers of the process, for fork and exit, which are global too; guarded by registry_lock. */
static struct tt_tracer *registry;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t watch_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
    pthread_mutex_lock(&registry_lock);
    for (struct tt_tracer *tracer = registry; tracer != NULL; tracer = tracer->next) {
        sender_lock(tracer->sender);
        recorder_lock(tracer);
    }
}

static void after_fork_parent(void)
{
    for (struct tt_tracer *tracer = registry; tracer != NULL; tracer = tracer->next) {
        recorder_unlock(tracer);
        sender_unlock(tracer->sender);
    }
    pthread_mutex_unlock(&registry_lock);
}

static void reset_counters(struct tt_tracer *tracer)
{
    atomic_store(&tracer->sent, 0);
    atomic_store(&tracer->dropped, 0);
    atomic_store(&tracer->failed, 0);
    atomic_store(&tracer->retries, 0);
    atomic_store(&tracer->requests, 0);
}

/* The parent sends what was recorded before the fork; the child starts with nothing. */
static void after_fork_child(void)
{
    random_thread_reset();
    for (struct tt_tracer *tracer = registry; tracer != NULL; tracer = tracer->next) {
        recorder_forget(tracer);
        sender_forget(tracer->sender);
        /* The parent goes on with its own; the same ids twice would meet in one trace. */
        random_init(&tracer->random, random_next(&tracer->random) ^ (uint64_t)getpid());
        reset_counters(tracer);
    }
    after_fork_parent();
}

/* A program that ends without tt_close: one more try for what waits. The tracers live on, since
 * other threads may still use them. */
static void at_exit(void)
{
    pthread_mutex_lock(&registry_lock);
    for (struct tt_tracer *tracer = registry; tracer != NULL; tracer = tracer->next) {
        if (tracer->options.exit_ms > 0) {
            sender_flush(tracer->sender, tracer->options.exit_ms, false);
        }
    }
    pthread_mutex_unlock(&registry_lock);
}

static void watch_process(void)
{
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
    atexit(at_exit);
}

/* ---- options ---- */

static const char *text_or(const char *text, const char *otherwise)
{
    const char *chosen = text != NULL ? text : otherwise;
    return chosen != NULL ? strdup(chosen) : NULL;
}

/* Not for programs that run with more rights than their user has. */
static const char *env_or(const char *name, const char *otherwise)
{
    const char *value = secure_getenv(name);
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

static void free_options(struct tt_options *options)
{
    free((char *)options->endpoint);
    free((char *)options->token);
    free((char *)options->service);
    free((char *)options->client_type);
    free((char *)options->client_version);
    free((char *)options->user);
    free((char *)options->session);
}

static void take_options(struct tt_tracer *tracer, const struct tt_options *given)
{
    struct tt_options *own = &tracer->options;
    *own = *given;
    own->endpoint = text_or(given->endpoint, env_or("TRACETUI_ENDPOINT", "http://127.0.0.1:4318"));
    own->token = text_or(given->token, env_or("TRACETUI_TOKEN", NULL));
    own->service = text_or(given->service, "unknown");
    own->client_type = text_or(given->client_type, "cli");
    own->client_version = text_or(given->client_version, NULL);
    own->user = text_or(given->user, NULL);
    own->session = text_or(given->session, NULL);
    own->batch_spans = given->batch_spans != 0 ? given->batch_spans : BATCH_SPANS;
    own->batch_spans =
        own->batch_spans < BATCH_SPANS_LARGEST ? own->batch_spans : BATCH_SPANS_LARGEST;
    own->batch_ms = given->batch_ms > 0 ? given->batch_ms : BATCH_MS;
    own->timeout_ms = given->timeout_ms > 0 ? given->timeout_ms : TIMEOUT_MS;
    own->exit_ms = given->exit_ms != 0 ? given->exit_ms : EXIT_MS;
    own->memory_bytes = given->memory_bytes != 0 ? given->memory_bytes : MEMORY_BYTES;
}

/* A token or header value with a line break could forge headers. */
static bool is_header_text(const char *text)
{
    for (; text != NULL && *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 127) {
            return false;
        }
    }
    return true;
}

static void free_tracer(struct tt_tracer *tracer)
{
    recorder_clear(tracer);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_destroy(&tracer->shards[i].lock);
    }
    pthread_mutex_destroy(&tracer->random_lock);
    if (tracer->sender != NULL) {
        sender_free(tracer->sender);
    }
    free_options(&tracer->options);
    free(tracer);
}

struct tt_tracer *tt_open(const struct tt_options *options)
{
    static const struct tt_options defaults;
    struct tt_tracer *tracer = aligned_alloc(CACHE_LINE_BYTES, sizeof *tracer);
    if (tracer == NULL) {
        return NULL;
    }
    memset(tracer, 0, sizeof *tracer);
    take_options(tracer, options != NULL ? options : &defaults);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&tracer->shards[i].lock, NULL);
        tracer->shards[i].tracer = tracer;
    }
    pthread_mutex_init(&tracer->random_lock, NULL);
    random_init(&tracer->random, tracer->options.random_seed);
    bool usable = tracer->options.endpoint != NULL && tracer->options.service != NULL &&
                  is_header_text(tracer->options.token);
    tracer->sender = usable ? sender_new(tracer) : NULL;
    if (tracer->sender == NULL) {
        free_tracer(tracer);
        return NULL;
    }
    pthread_once(&watch_once, watch_process);
    pthread_mutex_lock(&registry_lock);
    tracer->next = registry;
    registry = tracer;
    pthread_mutex_unlock(&registry_lock);
    return tracer;
}

static void unregister(const struct tt_tracer *tracer)
{
    pthread_mutex_lock(&registry_lock);
    for (struct tt_tracer **at = &registry; *at != NULL; at = &(*at)->next) {
        if (*at == tracer) {
            *at = tracer->next;
            break;
        }
    }
    pthread_mutex_unlock(&registry_lock);
}

/* The stack of this thread may hold spans that never ended. */
static void leave_spans(const struct tt_tracer *tracer)
{
    struct tt_span *span;
    while ((span = stack_top()) != NULL && span->shard->tracer == tracer) {
        stack_remove(span);
    }
}

void tt_close(struct tt_tracer *tracer, int deadline_ms)
{
    if (tracer == NULL) {
        return;
    }
    unregister(tracer);
    leave_spans(tracer);
    if (sender_stop(tracer->sender, deadline_ms > 0 ? deadline_ms : 1, free_tracer)) {
        free_tracer(tracer);
    }
}

bool tt_flush(struct tt_tracer *tracer, int deadline_ms)
{
    return tracer == NULL || sender_flush(tracer->sender, deadline_ms, true);
}

void tt_stats(struct tt_tracer *tracer, struct tt_stats *ret_stats)
{
    *ret_stats = (struct tt_stats){0};
    if (tracer == NULL) {
        return;
    }
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        pthread_mutex_lock(&shard->lock);
        ret_stats->started += shard->started;
        ret_stats->ended += shard->ended;
        ret_stats->dropped += shard->dropped;
        pthread_mutex_unlock(&shard->lock);
    }
    ret_stats->sent = atomic_load(&tracer->sent);
    ret_stats->dropped += atomic_load(&tracer->dropped);
    ret_stats->failed = atomic_load(&tracer->failed);
    ret_stats->retries = atomic_load(&tracer->retries);
    ret_stats->requests = atomic_load(&tracer->requests);
    ret_stats->waiting = atomic_load(&tracer->waiting);
}
