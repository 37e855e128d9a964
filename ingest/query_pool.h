/* query_pool — a few threads that ask the database, so that those of HTTP never wait for it.
 *
 *     struct query_pool *pool;
 *     if (query_pool_start("traces.db", &pool, &why) != ERR_OK) { ... }
 *     struct query_job job = {.run = run, .done = done, .socket = socket};
 *     if (query_pool_submit(pool, &job) != ERR_OK) { ... 503 ... }
 *     query_pool_stop(pool);
 *
 * A job is cancelled when its client goes away, when it takes too long, or when the pool stops. */
#ifndef TRACETUI_INGEST_QUERY_POOL_H
#define TRACETUI_INGEST_QUERY_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/base/err.h"

struct query_pool;
struct reader;

enum { QUERY_POOL_PATIENCE_S = 30 };

/* Owned by the submitter, who keeps it in place until done is called. */
struct query_job {
    /* Called once, in a thread of the pool. reader is NULL when the database cannot be opened or
     * the pool stops: why says it. */
    void (*run)(struct query_job *job, struct reader *reader, const char *why);
    /* Called after run: the job may be gone when it returns. */
    void (*done)(struct query_job *job);
    int socket;             /* of the client, to see it go */
    _Atomic bool cancelled; /* set by the pool: reader is being cancelled too */
    /* the pool's own */
    struct query_job *next;
    int64_t begun_ns;
};

/* The path is borrowed. Errors: ERR_IO no threads. */
enum err query_pool_start(const char *database, struct query_pool **ret_pool,
                          struct err_msg *why) MUST_CHECK;

/* Errors: ERR_BUSY too many wait; ERR_CLOSED stopping. Thread: any. */
enum err query_pool_submit(struct query_pool *pool, struct query_job *job) MUST_CHECK;

/* Cancels and runs out what there is; a second time it does nothing. NULL is fine; submit may still
 * be called until free. Thread: the one that started it. */
void query_pool_stop(struct query_pool *pool);
void query_pool_free(struct query_pool *pool);

#endif
