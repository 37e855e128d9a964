/* tracer — opening and closing a tracer, its options, and what a fork does to it. */
#include <stdlib.h>
#include <string.h>

#include "ingest/client/sender.h"
#include "ingest/client/span.h"

enum {
    BATCH_SPANS = 50,
    BATCH_MS = 5000,
    TIMEOUT_MS = 5000,
    MEMORY_BYTES = 8 << 20,
    BATCH_SPANS_LARGEST = 5000,
};

/* All tracers of the process, for fork; guarded by registry_lock. Global since fork is. */
static struct tt_tracer *registry;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;

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

/* The parent sends what was recorded before the fork; the child starts with nothing. */
static void after_fork_child(void)
{
    random_thread_reset();
    for (struct tt_tracer *tracer = registry; tracer != NULL; tracer = tracer->next) {
        recorder_forget(tracer);
        sender_forget(tracer->sender);
    }
    after_fork_parent();
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork_parent, after_fork_child);
}

/* ---- options ---- */

static const char *text_or(const char *text, const char *otherwise)
{
    const char *chosen = text != NULL ? text : otherwise;
    return chosen != NULL ? strdup(chosen) : NULL;
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
    own->endpoint = text_or(given->endpoint, "http://127.0.0.1:4318");
    own->token = text_or(given->token, NULL);
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

struct tt_tracer *tt_open(const struct tt_options *options)
{
    static const struct tt_options defaults;
    struct tt_tracer *tracer = calloc(1, sizeof *tracer);
    if (tracer == NULL) {
        return NULL;
    }
    take_options(tracer, options != NULL ? options : &defaults);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&tracer->shards[i].lock, NULL);
    }
    pthread_mutex_init(&tracer->random_lock, NULL);
    random_init(&tracer->random, tracer->options.random_seed);
    tracer->identity = identity_new(tracer->options.user, tracer->options.session);
    bool usable = tracer->options.endpoint != NULL && tracer->options.service != NULL &&
                  tracer->identity != NULL && is_header_text(tracer->options.token);
    tracer->sender = usable ? sender_new(tracer) : NULL;
    if (tracer->sender == NULL) {
        identity_release(tracer->identity);
        free_options(&tracer->options);
        free(tracer);
        return NULL;
    }
    pthread_once(&fork_once, watch_forks);
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

void tt_close(struct tt_tracer *tracer, int deadline_ms)
{
    if (tracer == NULL) {
        return;
    }
    unregister(tracer);
    sender_free(tracer->sender, deadline_ms > 0 ? deadline_ms : 1);
    recorder_forget(tracer);
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *shard = &tracer->shards[i];
        while (shard->open != NULL) {
            struct tt_span *span = shard->open;
            shard->open = span->next;
            atomic_store(&span->ended, true);
            tt_detach(span);
            span_release(span);
        }
        pthread_mutex_destroy(&shard->lock);
    }
    pthread_mutex_destroy(&tracer->random_lock);
    identity_release(tracer->identity);
    free_options(&tracer->options);
    free(tracer);
}

bool tt_flush(struct tt_tracer *tracer, int deadline_ms)
{
    return tracer == NULL || sender_flush(tracer->sender, deadline_ms);
}

void tt_stats(struct tt_tracer *tracer, struct tt_stats *ret_stats)
{
    *ret_stats = (struct tt_stats){0};
    if (tracer != NULL) {
        ret_stats->started = atomic_load(&tracer->started);
        ret_stats->ended = atomic_load(&tracer->ended);
        ret_stats->sent = atomic_load(&tracer->sent);
        ret_stats->dropped = atomic_load(&tracer->dropped);
        ret_stats->failed = atomic_load(&tracer->failed);
        ret_stats->retries = atomic_load(&tracer->retries);
        ret_stats->requests = atomic_load(&tracer->requests);
        ret_stats->waiting = atomic_load(&tracer->waiting);
    }
}
