/* exchange — a request on its connection: heard, suspended until its answer is there, answered.
 *
 * Three functions for libmicrohttpd to call, ctx a struct exchanges; the rest is for server.c. */
#ifndef TRACETUI_INGEST_EXCHANGE_H
#define TRACETUI_INGEST_EXCHANGE_H

#include <microhttpd.h>
#include <pthread.h>
#include <stddef.h>

#include "ingest/query_pool.h"
#include "ingest/request.h"

struct doorman;
struct tls;

/* What the requests of a server share. The first four are set before the first of them. */
struct exchanges {
    struct intake intake;
    const struct tls *tls;   /* NULL: plain; borrowed */
    struct doorman *doorman; /* owned */
    struct query_pool *pool; /* NULL: no admin API; owned */

    pthread_mutex_t lock;
    pthread_cond_t fewer;
    size_t answering; /* lock: requests that are complete and not answered yet */
    size_t waiting;   /* lock: those of them the writer or the pool has */
    bool finished;    /* lock: nobody may wait any more */
};

/* Expects zeroes. */
void exchanges_init(struct exchanges *exchanges);
void exchanges_clear(struct exchanges *exchanges);

/* Gives answers a moment to leave, and the writer all the time it needs. */
void exchanges_finish(struct exchanges *exchanges);

/* Decodes what a path or an argument holds in percents. */
size_t exchange_unescape(void *ctx, struct MHD_Connection *connection, char *text);

/* For each connection, first and last of all. */
void exchange_connected(void *ctx, struct MHD_Connection *connection, void **visitor,
                        enum MHD_ConnectionNotificationCode what);

/* When the headers are complete, for every piece of the body, when it is complete, and once more
 * after the request was resumed. */
enum MHD_Result exchange_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **state);

/* When the answer has left or cannot. */
void exchange_completed(void *ctx, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode reason);

#endif
