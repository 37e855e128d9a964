/* query_pool — a few threads that ask the database, so that those of HTTP never wait for it.
 *
 * Each thread has a reader of its own, opened for its first job. One more thread, the watchman,
 * looks ten times a second at what is being run: a suspended connection tells nobody that its
 * client has gone, so it asks the sockets themselves. */
#include "ingest/query_pool.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "store/base/clock.h"
#include "store/base/thread.h"
#include "store/reader.h"

enum { THREADS = 2, WAITING_LARGEST = 32, LOOK_MS = 100 };

struct worker {
    struct query_pool *pool;
    pthread_t thread;
    struct reader *reader;     /* of its thread; the watchman cancels it while a job is running */
    struct query_job *running; /* lock; NULL = idle */
};

struct query_pool {
    const char *database;
    pthread_mutex_t lock;
    pthread_cond_t work;    /* for the workers */
    pthread_cond_t running; /* for the watchman */
    struct query_job *first, *last;
    size_t waiting;
    bool stopping;
    struct worker workers[THREADS];
    size_t worker_count;
    pthread_t watchman;
    bool watched;
};

/* ---- the workers ---------------------------------------------------------------------------- */

/* The next job, or NULL when the pool has stopped and none is left. Under the lock. */
static struct query_job *take(struct query_pool *pool)
{
    while (pool->first == NULL && !pool->stopping) {
        pthread_cond_wait(&pool->work, &pool->lock);
    }
    struct query_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->waiting--;
    }
    return job;
}

/* Under the lock: the reader is not closed while its worker runs a job. */
static void cancel(struct worker *worker)
{
    atomic_store(&worker->running->cancelled, true);
    if (worker->reader != NULL) {
        reader_cancel(worker->reader);
    }
}

static void begin(struct worker *worker, struct query_job *job)
{
    struct query_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    if (worker->reader != NULL) {
        reader_resume(worker->reader);
    }
    job->begun_ns = clock_monotonic_ns();
    worker->running = job;
    if (pool->stopping) {
        cancel(worker); /* the watchman may have gone */
    }
    pthread_cond_signal(&pool->running);
    pthread_mutex_unlock(&pool->lock);
}

static void end(struct worker *worker)
{
    pthread_mutex_lock(&worker->pool->lock);
    worker->running = NULL;
    pthread_mutex_unlock(&worker->pool->lock);
}

static void run(struct worker *worker, struct query_job *job)
{
    struct err_msg why = {"the database is closing"};
    if (worker->reader == NULL &&
        reader_open(worker->pool->database, &worker->reader, &why) != ERR_OK) {
        worker->reader = NULL;
    }
    begin(worker, job);
    job->run(job, worker->reader, why.text);
    end(worker);
    job->done(job);
}

static void *worker_main(void *argument)
{
    struct worker *worker = argument;
    struct query_pool *pool = worker->pool;
    pthread_mutex_lock(&pool->lock);
    for (struct query_job *job = take(pool); job != NULL; job = take(pool)) {
        pthread_mutex_unlock(&pool->lock);
        run(worker, job);
        pthread_mutex_lock(&pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    reader_close(worker->reader);
    return NULL;
}

/* ---- the watchman --------------------------------------------------------------------------- */

static bool is_gone(int socket)
{
    struct pollfd look = {.fd = socket, .events = POLLRDHUP};
    return poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Returns how many jobs are being run. */
static size_t look(struct query_pool *pool)
{
    int64_t now_ns = clock_monotonic_ns();
    size_t running = 0;
    for (size_t i = 0; i < pool->worker_count; i++) {
        const struct query_job *job = pool->workers[i].running;
        if (job == NULL) {
            continue;
        }
        running++;
        if (pool->stopping || now_ns - job->begun_ns > QUERY_POOL_PATIENCE_S * NS_PER_S ||
            is_gone(job->socket)) {
            cancel(&pool->workers[i]);
        }
    }
    return running;
}

static void *watchman_main(void *argument)
{
    struct query_pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    while (!pool->stopping) {
        if (look(pool) == 0) {
            pthread_cond_wait(&pool->running, &pool->lock);
            continue;
        }
        thread_wait(&pool->running, &pool->lock, clock_monotonic_ns() + LOOK_MS * NS_PER_MS);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- starting, asking, stopping ------------------------------------------------------------- */

static struct query_pool *pool_new(const char *database)
{
    struct query_pool *pool = mem_zero(1, sizeof *pool);
    pool->database = database;
    pthread_mutex_init(&pool->lock, NULL);
    thread_condition_init(&pool->work);
    thread_condition_init(&pool->running);
    return pool;
}

enum err query_pool_start(const char *database, struct query_pool **ret_pool, struct err_msg *why)
{
    struct query_pool *pool = pool_new(database);
    enum err err = ERR_OK;
    for (size_t i = 0; i < THREADS && err == ERR_OK; i++) {
        struct worker *worker = &pool->workers[i];
        worker->pool = pool;
        err = thread_start(&worker->thread, worker_main, worker, why);
        pthread_mutex_lock(&pool->lock);
        pool->worker_count += err == ERR_OK;
        pthread_mutex_unlock(&pool->lock);
    }
    if (err == ERR_OK) {
        err = thread_start(&pool->watchman, watchman_main, pool, why);
        pool->watched = err == ERR_OK;
    }
    if (err != ERR_OK) {
        query_pool_stop(pool);
        query_pool_free(pool);
        return err;
    }
    *ret_pool = pool;
    return ERR_OK;
}

enum err query_pool_submit(struct query_pool *pool, struct query_job *job)
{
    enum err err = ERR_OK;
    pthread_mutex_lock(&pool->lock);
    if (pool->stopping) {
        err = ERR_CLOSED;
    } else if (pool->waiting == WAITING_LARGEST) {
        err = ERR_BUSY;
    } else {
        job->next = NULL;
        atomic_store(&job->cancelled, false);
        if (pool->first == NULL) {
            pool->first = job;
        } else {
            pool->last->next = job;
        }
        pool->last = job;
        pool->waiting++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return err;
}

void query_pool_stop(struct query_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    (void)look(pool);
    pthread_cond_broadcast(&pool->work);
    pthread_cond_broadcast(&pool->running);
    pthread_mutex_unlock(&pool->lock);
    for (; pool->worker_count > 0; pool->worker_count--) {
        pthread_join(pool->workers[pool->worker_count - 1].thread, NULL);
    }
    if (pool->watched) {
        pthread_join(pool->watchman, NULL);
    }
    pool->watched = false;
}

void query_pool_free(struct query_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pthread_cond_destroy(&pool->running);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}
