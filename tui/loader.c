/* loader — the query thread: the screen asks, goes on drawing, and takes the answers later.
 *
 * Design: asking puts a job into the slot of its kind, under the lock, and wakes the thread. The
 * thread takes the jobs out of their slots in turn, one slice each, so that a slow summary never
 * keeps a list waiting. A job that has more to do stays with the thread; it is dropped when its
 * slot holds a newer one. Answers go to a list, under the same lock, and the screen is woken. A
 * sequence number per kind decides on both sides whether a question is still the newest, so a
 * cancelled question needs no care: its answers are dropped. */
#include "tui/loader.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "tui/loader_job.h"

#define POLL_INTERVAL_NS  NS_PER_S
#define NUDGE_INTERVAL_NS (250 * NS_PER_MS)

struct slot {
    struct loader_job *waiting; /* lock; ui puts, query takes */
    uint64_t sequence;          /* lock; of the newest question, grows with each */
    bool asking;                /* ui only: the last answer was not taken yet */
    struct loader_job *running; /* query only */
};

struct loader {
    pthread_t thread;
    struct reader *reader; /* query thread; the ui only cancels, under the lock */
    bool live;
    void (*wake)(void *ctx);
    void *wake_ctx;

    pthread_mutex_t lock;
    pthread_cond_t work; /* something below has changed */
    struct slot slots[LOADER_KIND_COUNT];
    enum loader_kind executing;          /* lock; LOADER_KIND_COUNT = none */
    bool stop, nudged;                   /* lock */
    struct loader_answer *first, **last; /* lock */
};

/* ---- answers -------------------------------------------------------------------------------- */

void loader_answer_free(struct loader_answer *answer)
{
    if (answer == NULL) {
        return;
    }
    list_answer_clear(&answer->list);
    trace_free(answer->trace);
    trace_free(answer->other);
    service_map_free(answer->map);
    arena_clear(&answer->arena);
    text_buffer_free(&answer->json);
    group_answer_clear(&answer->groups);
    free(answer->summary);
    free(answer);
}

static void post(struct loader *loader, struct loader_answer *answer)
{
    pthread_mutex_lock(&loader->lock);
    *loader->last = answer;
    loader->last = &answer->next;
    pthread_mutex_unlock(&loader->lock);
    loader->wake(loader->wake_ctx);
}

static void post_end(struct loader *loader, enum loader_kind kind, uint64_t sequence, enum err code)
{
    struct loader_answer *answer = mem_zero(1, sizeof(*answer));
    answer->kind = kind;
    answer->sequence = sequence;
    answer->code = code;
    answer->last = true;
    post(loader, answer);
}

/* ---- the thread ----------------------------------------------------------------------------- */

/* Next kind with work after `previous`, moving its newest job to running. Called with the lock
 * held. */
static enum loader_kind next_job(struct loader *loader, enum loader_kind previous,
                                 struct loader_job **ret_dropped)
{
    for (int i = 1; i <= LOADER_KIND_COUNT; i++) {
        enum loader_kind kind = (enum loader_kind)(((int)previous + i) % LOADER_KIND_COUNT);
        struct slot *slot = &loader->slots[kind];
        bool stale = slot->running != NULL && slot->running->sequence != slot->sequence;
        if (stale) {
            *ret_dropped = slot->running;
            slot->running = NULL;
        }
        if (slot->waiting != NULL) {
            slot->running = slot->waiting;
            slot->waiting = NULL;
        }
        if (slot->running != NULL || stale) {
            return kind;
        }
    }
    return LOADER_KIND_COUNT;
}

/* One slice of a job. The reader is cancelled by whoever asks anew while `executing` names its
 * kind; the flag is taken back under the same lock, so a cancel never hits the next job. */
static void run_slice(struct loader *loader, enum loader_kind kind)
{
    struct slot *slot = &loader->slots[kind];
    struct loader_answer *answer = loader_job_step(slot->running, loader->reader);
    pthread_mutex_lock(&loader->lock);
    loader->executing = LOADER_KIND_COUNT;
    reader_resume(loader->reader);
    pthread_mutex_unlock(&loader->lock);
    bool last = answer->last;
    post(loader, answer);
    if (last) {
        loader_job_free(slot->running);
        slot->running = NULL;
    }
}

/* True when the store differs from the last look. */
static bool store_changed(struct loader *loader, int64_t *version)
{
    int64_t now = *version;
    if (reader_version(loader->reader, &now) != ERR_OK || now == *version) {
        return false;
    }
    *version = now;
    return true;
}

/* Waits until there is a job or it is time to look at the store. Called with the lock held. */
static void wait_for_work(struct loader *loader, int64_t look_ns)
{
    if (!loader->live && !loader->nudged) {
        pthread_cond_wait(&loader->work, &loader->lock);
        return;
    }
    thread_wait(&loader->work, &loader->lock, look_ns);
}

static void *loader_main(void *ctx)
{
    struct loader *loader = ctx;
    enum loader_kind kind = LOADER_KIND_COUNT - 1;
    int64_t version = 0;
    store_changed(loader, &version);
    int64_t looked_ns = clock_monotonic_ns();
    pthread_mutex_lock(&loader->lock);
    while (!loader->stop) {
        struct loader_job *dropped = NULL;
        enum loader_kind next = next_job(loader, kind, &dropped);
        int64_t interval_ns = loader->nudged ? NUDGE_INTERVAL_NS : POLL_INTERVAL_NS;
        int64_t look_ns = looked_ns + interval_ns;
        bool look = (loader->live || loader->nudged) && clock_monotonic_ns() >= look_ns;
        if (next == LOADER_KIND_COUNT && !look) {
            wait_for_work(loader, look_ns);
            continue;
        }
        bool run = next != LOADER_KIND_COUNT && loader->slots[next].running != NULL;
        if (run) {
            loader->executing = next;
        }
        if (look) {
            loader->nudged = false;
        }
        pthread_mutex_unlock(&loader->lock);
        loader_job_free(dropped);
        if (run) {
            run_slice(loader, next);
        }
        if (next != LOADER_KIND_COUNT) {
            kind = next;
        }
        if (look) {
            looked_ns = clock_monotonic_ns();
            if (store_changed(loader, &version)) {
                post_end(loader, LOADER_CHANGED, 0, ERR_OK);
            }
        }
        pthread_mutex_lock(&loader->lock);
    }
    pthread_mutex_unlock(&loader->lock);
    return NULL;
}

/* ---- asking --------------------------------------------------------------------------------- */

void loader_submit(struct loader *loader, struct loader_job *job)
{
    struct slot *slot = &loader->slots[job->kind];
    slot->asking = true;
    pthread_mutex_lock(&loader->lock);
    struct loader_job *replaced = slot->waiting;
    job->sequence = ++slot->sequence;
    slot->waiting = job;
    if (loader->executing == job->kind) {
        reader_cancel(loader->reader); /* an atomic flag: waits for nothing */
    }
    pthread_cond_signal(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    loader_job_free(replaced);
}

static uint64_t drop_question(struct loader *loader, enum loader_kind kind)
{
    struct slot *slot = &loader->slots[kind];
    pthread_mutex_lock(&loader->lock);
    struct loader_job *dropped = slot->waiting;
    slot->waiting = NULL;
    uint64_t sequence = ++slot->sequence;
    if (loader->executing == kind) {
        reader_cancel(loader->reader);
    }
    pthread_cond_signal(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    loader_job_free(dropped);
    return sequence;
}

void loader_forget(struct loader *loader, enum loader_kind kind)
{
    if (loader->slots[kind].asking) {
        loader->slots[kind].asking = false;
        drop_question(loader, kind);
    }
}

void loader_cancel(struct loader *loader)
{
    for (int kind = 0; kind < LOADER_KIND_COUNT; kind++) {
        if (loader->slots[kind].asking) {
            uint64_t sequence = drop_question(loader, (enum loader_kind)kind);
            post_end(loader, (enum loader_kind)kind, sequence, ERR_CANCELLED);
        }
    }
}

struct loader_answer *loader_take(struct loader *loader)
{
    for (;;) {
        pthread_mutex_lock(&loader->lock);
        struct loader_answer *answer = loader->first;
        bool current = false;
        if (answer != NULL) {
            loader->first = answer->next;
            if (loader->first == NULL) {
                loader->last = &loader->first;
            }
            current = answer->kind == LOADER_CHANGED ||
                      loader->slots[answer->kind].sequence == answer->sequence;
        }
        pthread_mutex_unlock(&loader->lock);
        if (answer == NULL) {
            return NULL;
        }
        if (current) {
            if (answer->kind < LOADER_KIND_COUNT && answer->last) {
                loader->slots[answer->kind].asking = false;
            }
            answer->next = NULL;
            return answer;
        }
        loader_answer_free(answer);
    }
}

bool loader_is_asking(const struct loader *loader, enum loader_kind kind)
{
    return loader->slots[kind].asking;
}

bool loader_is_busy(const struct loader *loader)
{
    for (int kind = 0; kind < LOADER_KIND_COUNT; kind++) {
        if (loader->slots[kind].asking) {
            return true;
        }
    }
    return false;
}

void loader_nudge(void *ctx)
{
    struct loader *loader = ctx;
    pthread_mutex_lock(&loader->lock);
    bool first = !loader->nudged;
    loader->nudged = true;
    if (first) {
        pthread_cond_signal(&loader->work);
    }
    pthread_mutex_unlock(&loader->lock);
}

/* ---- start and stop ------------------------------------------------------------------------- */

enum err loader_start(const struct loader_options *options, struct loader **ret_loader,
                      struct err_msg *why)
{
    struct reader *reader = NULL;
    enum err code = reader_open(options->path, &reader, why);
    if (code != ERR_OK) {
        return code;
    }
    struct loader *loader = mem_zero(1, sizeof(*loader));
    *loader = (struct loader){
        .reader = reader,
        .live = options->live,
        .wake = options->wake,
        .wake_ctx = options->wake_ctx,
        .executing = LOADER_KIND_COUNT,
    };
    loader->last = &loader->first;
    pthread_mutex_init(&loader->lock, NULL);
    thread_condition_init(&loader->work);
    code = thread_start(&loader->thread, loader_main, loader, why);
    if (code != ERR_OK) {
        pthread_mutex_destroy(&loader->lock);
        pthread_cond_destroy(&loader->work);
        reader_close(reader);
        free(loader);
        return code;
    }
    *ret_loader = loader;
    return ERR_OK;
}

void loader_stop(struct loader *loader)
{
    if (loader == NULL) {
        return;
    }
    pthread_mutex_lock(&loader->lock);
    loader->stop = true;
    if (loader->executing != LOADER_KIND_COUNT) {
        reader_cancel(loader->reader);
    }
    pthread_cond_signal(&loader->work);
    pthread_mutex_unlock(&loader->lock);
    pthread_join(loader->thread, NULL);
    for (int kind = 0; kind < LOADER_KIND_COUNT; kind++) {
        loader_job_free(loader->slots[kind].waiting);
        loader_job_free(loader->slots[kind].running);
    }
    while (loader->first != NULL) {
        struct loader_answer *answer = loader->first;
        loader->first = answer->next;
        loader_answer_free(answer);
    }
    pthread_mutex_destroy(&loader->lock);
    pthread_cond_destroy(&loader->work);
    reader_close(loader->reader);
    free(loader);
}
