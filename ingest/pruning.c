/* pruning — deletes old traces for somebody who waits for it and may be gone before it is done. */
#include "ingest/pruning.h"

#include <pthread.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "store/writer.h"

enum { LOOK_MS = 100 };

/* Shared by the asker and the writer; the later of them frees it. */
struct pruning {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done, abandoned; /* lock, as all below */
    enum err code;
    size_t deleted;
    struct err_msg why;
};

static struct pruning *pruning_new(void)
{
    struct pruning *pruning = mem_zero(1, sizeof *pruning);
    pthread_mutex_init(&pruning->lock, NULL);
    thread_condition_init(&pruning->ended);
    return pruning;
}

static void pruning_free(struct pruning *pruning)
{
    pthread_cond_destroy(&pruning->ended);
    pthread_mutex_destroy(&pruning->lock);
    free(pruning);
}

/* Thread: writer. */
static void pruned(const struct writer_verdict *verdict, void *ctx)
{
    struct pruning *pruning = ctx;
    pthread_mutex_lock(&pruning->lock);
    bool abandoned = pruning->abandoned;
    pruning->done = true;
    pruning->code = verdict->code;
    pruning->deleted = verdict->stored;
    (void)err_set(&pruning->why, verdict->code, "%s", verdict->text != NULL ? verdict->text : "");
    pthread_cond_signal(&pruning->ended);
    pthread_mutex_unlock(&pruning->lock);
    if (abandoned) {
        pruning_free(pruning);
    }
}

/* Under the lock. */
static void wait_a_moment(struct pruning *pruning)
{
    thread_wait(&pruning->ended, &pruning->lock, clock_monotonic_ns() + LOOK_MS * NS_PER_MS);
}

enum err pruning_run(struct writer *writer, int64_t cutoff_ns, const _Atomic bool *cancelled,
                     size_t *ret_deleted, struct err_msg *why)
{
    struct pruning *pruning = pruning_new();
    enum err err = writer_prune(writer, cutoff_ns, pruned, pruning);
    if (err != ERR_OK) {
        pruning_free(pruning);
        return err_set(why, err, "the writer is busy");
    }
    pthread_mutex_lock(&pruning->lock);
    while (!pruning->done && !atomic_load(cancelled)) {
        wait_a_moment(pruning);
    }
    if (!pruning->done) {
        pruning->abandoned = true;
        pthread_mutex_unlock(&pruning->lock);
        return ERR_CANCELLED;
    }
    err = pruning->code;
    if (err == ERR_OK) {
        *ret_deleted = pruning->deleted;
    } else {
        (void)err_set(why, err, "%s", pruning->why.text);
    }
    pthread_mutex_unlock(&pruning->lock);
    pruning_free(pruning);
    return err;
}
