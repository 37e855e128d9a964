/* exchange — a request on its connection: heard, suspended until its answer is there, answered.
 *
 * A request that brought spans is suspended when it is complete, and its batch goes to the writer;
 * the writer's verdict resumes it, and the same thread sends the answer. So 2xx means committed,
 * and no thread ever waits for the disk. One that asks the database is suspended for every piece of
 * its answer. Suspended requests do not time out and must all be resumed before the daemons stop:
 * exchanges_finish relies on the writer, which gives a verdict on everything it took. */
#include "ingest/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/doorman.h"
#include "ingest/listen.h"
#include "ingest/metrics.h"
#include "ingest/tls.h"
#include "ingest/wire.h"
#include "store/base/clock.h"
#include "store/base/log.h"
#include "store/base/thread.h"

enum {
    SEND_BYTES = 32 << 10, /* of an answer in pieces, at a time */
    GOODBYE_MS = 1000,     /* for answers on their way when we stop */
};

static const char allowed_headers[] =
    "Content-Type, Content-Encoding, Authorization, traceparent, tracestate, " WIRE_HEADER_TRACE
    ", " WIRE_HEADER_SPAN ", " WIRE_HEADER_PARENT ", " WIRE_HEADER_USER ", " WIRE_HEADER_SESSION
    ", " WIRE_HEADER_CLIENT_TYPE ", " WIRE_HEADER_CLIENT_VERSION ", " WIRE_HEADER_CLIENT_TIME;

/* A request on its connection. */
struct exchange {
    struct request request;
    struct exchanges *all;
    struct MHD_Connection *connection;
    struct visitor *visitor;
    struct query_job job;
    size_t sent_bytes; /* of the piece in the reply's body */
    bool broken;       /* the answer cannot be finished */
    bool complete;     /* the body has arrived */
    bool answering;    /* counted in exchanges->answering */
};

/* ---- counting what is under way -------------------------------------------------------------- */

static void count_answering(struct exchange *exchange)
{
    struct exchanges *exchanges = exchange->all;
    pthread_mutex_lock(&exchanges->lock);
    exchanges->answering++;
    pthread_mutex_unlock(&exchanges->lock);
    exchange->answering = true;
}

/* False at the very end: who is suspended now would not be resumed before libmicrohttpd stops. */
static bool count_waiting(struct exchanges *exchanges)
{
    pthread_mutex_lock(&exchanges->lock);
    bool open = !exchanges->finished;
    exchanges->waiting += open;
    pthread_mutex_unlock(&exchanges->lock);
    return open;
}

static void uncount(struct exchanges *exchanges, size_t *number)
{
    pthread_mutex_lock(&exchanges->lock);
    (*number)--;
    pthread_cond_broadcast(&exchanges->fewer);
    pthread_mutex_unlock(&exchanges->lock);
}

/* ---- asking the database --------------------------------------------------------------------- */

/* Thread: pool. */
static void run_query(struct query_job *job, struct reader *reader, const char *why)
{
    struct exchange *exchange = (struct exchange *)((char *)job - offsetof(struct exchange, job));
    struct request *request = &exchange->request;
    exchange->broken =
        reader == NULL ? !query_refuse(request->query, why)
                       : !query_work(request->query, reader, &job->cancelled, &request->reply.body);
}

/* Thread: pool. */
static void resume(struct query_job *job)
{
    struct exchange *exchange = (struct exchange *)((char *)job - offsetof(struct exchange, job));
    struct exchanges *exchanges = exchange->all;
    MHD_resume_connection(exchange->connection); /* the exchange may be gone from here on */
    uncount(exchanges, &exchanges->waiting);
}

/* True when suspended until the piece is there, which may be before query_pool_submit returns.
 * False when it is there already. */
static bool ask(struct exchange *exchange)
{
    struct exchanges *exchanges = exchange->all;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    exchange->job =
        (struct query_job){.run = run_query, .done = resume, .socket = info->connect_fd};
    if (!count_waiting(exchanges)) {
        run_query(&exchange->job, NULL, "shutting down");
        return false;
    }
    MHD_suspend_connection(exchange->connection);
    enum err err =
        exchanges->pool != NULL ? query_pool_submit(exchanges->pool, &exchange->job) : ERR_CLOSED;
    if (err != ERR_OK) {
        run_query(&exchange->job, NULL,
                  err == ERR_BUSY ? "too many questions wait for the database" : "shutting down");
        resume(&exchange->job);
    }
    return true;
}

/* Hands out the piece that is there, or has the next one made. */
static ssize_t read_piece(void *ctx, uint64_t position, char *target, size_t size)
{
    (void)position;
    struct exchange *exchange = ctx;
    struct text_buffer *body = &exchange->request.reply.body;
    size_t left = body->length - exchange->sent_bytes;
    if (left > 0) {
        size_t length = left < size ? left : size;
        memcpy(target, body->data + exchange->sent_bytes, length);
        exchange->sent_bytes += length;
        return (ssize_t)length;
    }
    if (exchange->broken) {
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (!query_has_more(exchange->request.query)) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    text_buffer_clear(body);
    exchange->sent_bytes = 0;
    (void)ask(exchange); /* asked again for the piece in both cases */
    return 0;
}

/* ---- answering ------------------------------------------------------------------------------- */

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        log_line("http: cannot add header %s", name);
    }
}

/* The gate has let this origin in before. */
static void add_cors(struct MHD_Response *response, const struct request *request)
{
    struct text origin = request->headers.origin;
    if (origin.data == NULL || !gate_allows_origin(request->intake->gate, origin)) {
        return;
    }
    add_header(response, "Access-Control-Allow-Origin", origin.data);
    add_header(response, "Vary", "Origin");
    add_header(response, "Access-Control-Expose-Headers", "ETag, Retry-After");
    if (gate_names_origin(request->intake->gate, origin)) {
        /* navigator.sendBeacon always asks for it. */
        add_header(response, "Access-Control-Allow-Credentials", "true");
    }
    if (request->preflight) {
        add_header(response, "Access-Control-Allow-Methods", route_methods(request->route));
        add_header(response, "Access-Control-Allow-Headers", allowed_headers);
        add_header(response, "Access-Control-Allow-Private-Network", "true");
        add_header(response, "Access-Control-Max-Age", "600");
    }
}

static struct MHD_Response *make_response(struct exchange *exchange, const struct reply *reply)
{
    const struct request *request = &exchange->request;
    bool more = request->query != NULL && query_has_more(request->query);
    struct MHD_Response *response =
        more ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, SEND_BYTES, read_piece, exchange,
                                                 NULL)
             : MHD_create_response_from_buffer(reply->body.length, reply->body.data,
                                               MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        die_oom();
    }
    add_header(response, "Cache-Control", reply->etag != NULL ? "private, no-cache" : "no-store");
    add_header(response, "X-Content-Type-Options", "nosniff");
    if (reply->etag != NULL) {
        add_header(response, "ETag", reply->etag);
    }
    if (reply->file_name != NULL) {
        char disposition[64];
        snprintf(disposition, sizeof disposition, "attachment; filename=\"%s\"", reply->file_name);
        add_header(response, "Content-Disposition", disposition);
    }
    if (reply->content_type != NULL) {
        add_header(response, "Content-Type", reply->content_type);
    }
    if (reply->allow != NULL) {
        add_header(response, "Allow", reply->allow);
    }
    if (reply->status == 401) {
        add_header(response, "WWW-Authenticate", "Bearer");
    }
    if (reply->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof seconds, "%u", reply->retry_after_s);
        add_header(response, "Retry-After", seconds);
    }
    if (request->urgent || atomic_load(&request->intake->closing)) {
        add_header(response, "Connection", "close");
    }
    add_cors(response, request);
    return response;
}

/* When all are told to come again, it does not matter who. */
static void note_refusal(struct request *request, unsigned status)
{
    char who[REQUEST_NOTE_BYTES + sizeof request->peer + 16];
    if (status == 503) {
        snprintf(who, sizeof who, "503");
    } else {
        snprintf(who, sizeof who, "%u %s from %s", status, request->path, request->peer);
    }
    if (request->note.text[0] != '\0') {
        log_again(request->intake->said, who, request->note.text);
    }
}

static enum MHD_Result answer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct reply *reply = request_reply(request);
    note_refusal(request, reply->status);
    metrics_count(exchange->all->intake.counters, request->route, reply->status);
    struct MHD_Response *response = make_response(exchange, reply);
    enum MHD_Result result = MHD_queue_response(exchange->connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}

/* ---- one request ----------------------------------------------------------------------------- */

/* Thread: writer. */
static void stored(const struct writer_verdict *verdict, void *ctx)
{
    struct exchange *exchange = ctx;
    struct exchanges *exchanges = exchange->all;
    request_settle(&exchange->request, verdict->code, verdict->text);
    MHD_resume_connection(exchange->connection); /* the exchange may be gone from here on */
    uncount(exchanges, &exchanges->waiting);
}

/* Suspends first: the verdict may come before writer_submit returns. */
static enum MHD_Result submit(struct exchange *exchange, struct batch *batch)
{
    struct exchanges *exchanges = exchange->all;
    if (!count_waiting(exchanges)) {
        batch_free(batch);
        request_settle(&exchange->request, ERR_CLOSED, "shutting down");
        return answer(exchange);
    }
    MHD_suspend_connection(exchange->connection);
    enum err err = writer_submit(exchanges->intake.writer, batch, stored, exchange);
    if (err != ERR_OK) {
        batch_free(batch);
        struct writer_verdict refused = {
            .code = err, .text = err == ERR_BUSY ? "the queue is full" : "shutting down"};
        stored(&refused, exchange);
    }
    return MHD_YES;
}

static enum MHD_Result add_one_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                      size_t name_length, const char *value, size_t length)
{
    (void)kind;
    (void)name_length;
    headers_add(ctx, name, text_make(value != NULL ? value : "", length));
    return MHD_YES;
}

/* A path would end at a zero byte, and be another one than a proxy in front has looked at: it stays
 * as it is, and is none of ours. */
size_t exchange_unescape(void *ctx, struct MHD_Connection *connection, char *text)
{
    (void)ctx;
    (void)connection;
    bool is_path = text[0] == '/' || strncmp(text, "http:", 5) == 0;
    return is_path && strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

void exchange_connected(void *ctx, struct MHD_Connection *connection, void **visitor,
                        enum MHD_ConnectionNotificationCode what)
{
    struct exchanges *exchanges = ctx;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        visitor_leave(*visitor);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *visitor = visitor_enter(exchanges->doorman, info->connect_fd);
}

static enum MHD_Result add_one_argument(void *ctx, enum MHD_ValueKind kind, const char *name,
                                        size_t name_length, const char *value, size_t length)
{
    (void)kind;
    arguments_add(ctx, text_make(name, name_length), text_make(value != NULL ? value : "", length));
    return MHD_YES;
}

static struct exchange *exchange_new(struct exchanges *all, struct MHD_Connection *connection)
{
    struct exchange *exchange = mem_zero(1, sizeof *exchange);
    exchange->all = all;
    exchange->connection = connection;
    exchange->visitor =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    visitor_is_heard(exchange->visitor);
    request_init(&exchange->request, &all->intake);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_one_header,
                                &exchange->request.headers);
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_one_argument,
                                &exchange->request.arguments);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr != NULL) {
        listen_print_host(info->client_addr, exchange->request.peer);
    }
    if (all->tls != NULL) {
        exchange->request.stranger = !tls_knows_client(
            all->tls,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    }
    return exchange;
}

enum MHD_Result exchange_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **state)
{
    (void)version;
    struct exchange *exchange = *state;
    if (exchange == NULL) {
        exchange = exchange_new(ctx, connection);
        *state = exchange;
        request_begin(&exchange->request, method, url);
        return exchange->request.urgent ? answer(exchange) : MHD_YES;
    }
    if (*size > 0) {
        size_t length = *size;
        *size = 0;
        return request_feed(&exchange->request, data, length) == ERR_OK ? MHD_YES : MHD_NO;
    }
    if (exchange->complete) {
        return answer(exchange);
    }
    exchange->complete = true;
    count_answering(exchange);
    struct batch *batch = request_finish(&exchange->request);
    if (exchange->request.query != NULL) {
        return ask(exchange) ? MHD_YES : answer(exchange);
    }
    return batch != NULL ? submit(exchange, batch) : answer(exchange);
}

void exchange_completed(void *ctx, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode reason)
{
    (void)connection;
    (void)reason;
    struct exchanges *exchanges = ctx;
    struct exchange *exchange = *state;
    if (exchange == NULL) {
        return;
    }
    bool answering = exchange->answering;
    visitor_is_done(exchange->visitor);
    request_clear(&exchange->request);
    free(exchange);
    *state = NULL;
    if (answering) {
        uncount(exchanges, &exchanges->answering);
    }
}

/* ---- all of them ----------------------------------------------------------------------------- */

void exchanges_init(struct exchanges *exchanges)
{
    pthread_mutex_init(&exchanges->lock, NULL);
    thread_condition_init(&exchanges->fewer);
}

void exchanges_clear(struct exchanges *exchanges)
{
    doorman_stop(exchanges->doorman);
    query_pool_stop(exchanges->pool);
    query_pool_free(exchanges->pool);
    pthread_cond_destroy(&exchanges->fewer);
    pthread_mutex_destroy(&exchanges->lock);
}

void exchanges_finish(struct exchanges *exchanges)
{
    bool ended = false;
    int64_t end_ns = clock_monotonic_ns() + GOODBYE_MS * NS_PER_MS;
    pthread_mutex_lock(&exchanges->lock);
    while (exchanges->answering > 0 && !ended) {
        ended = !thread_wait(&exchanges->fewer, &exchanges->lock, end_ns);
    }
    pthread_mutex_unlock(&exchanges->lock);
    query_pool_stop(exchanges->pool); /* what still asks has had its moment */
    pthread_mutex_lock(&exchanges->lock);
    while (exchanges->waiting > 0) {
        pthread_cond_wait(&exchanges->fewer, &exchanges->lock);
    }
    exchanges->finished = true;
    pthread_mutex_unlock(&exchanges->lock);
}
