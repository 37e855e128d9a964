/* server — the HTTP receiver: sockets, threads, and answers that wait for the commit.
 *
 * One libmicrohttpd daemon an address, each with an epoll loop on two threads. A request that
 * brought spans is suspended when it is complete, and its batch goes to the writer; the writer's
 * verdict resumes it, and the same thread sends the answer. So 2xx means committed, and no thread
 * ever waits for the disk. Suspended requests do not time out and must all be resumed before the
 * daemons stop: server_stop relies on the writer, which gives a verdict on everything it took. */
#include "ingest/server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ingest/addresses.h"
#include "ingest/doorman.h"
#include "ingest/knocks.h"
#include "ingest/metrics.h"
#include "ingest/query_pool.h"
#include "ingest/request.h"
#include "ingest/tls.h"
#include "ingest/wire.h"
#include "store/base/clock.h"
#include "store/base/log.h"

enum {
    THREADS_PER_ADDRESS = 2,
    CONNECTIONS_LARGEST = 2000,  /* on one address */
    DESCRIPTORS_KEPT = 128,      /* for the database, the terminal and all else */
    CONNECTION_BYTES = 64 << 10, /* headers, and twice the piece of a body read at a time */
    BODIES_LIMIT_BYTES = 256 << 20,
    TIMEOUT_S = 10,
    TLS_OPTIONS = 5,
    SEND_BYTES = 32 << 10, /* of an answer in pieces, at a time */
    PATIENCE_FACTOR = 6,   /* a whole request may take this many timeouts */
    GOODBYE_MS = 1000,     /* for answers on their way when we stop */
};

static const char *const default_addresses[] = {"127.0.0.1:4318", "[::1]:4318"};

static const char allowed_headers[] =
    "Content-Type, Content-Encoding, Authorization, traceparent, tracestate, " WIRE_HEADER_TRACE
    ", " WIRE_HEADER_SPAN ", " WIRE_HEADER_PARENT ", " WIRE_HEADER_USER ", " WIRE_HEADER_SESSION
    ", " WIRE_HEADER_CLIENT_TYPE ", " WIRE_HEADER_CLIENT_VERSION ", " WIRE_HEADER_CLIENT_TIME;

struct listener {
    struct MHD_Daemon *daemon;
    int socket;
    char text[LISTEN_TEXT_BYTES];
};

struct server {
    struct gate gate;
    struct intake intake;
    const struct tls *tls; /* NULL: plain */
    unsigned timeout_s;
    struct addresses addresses;
    struct listener listeners[ADDRESSES_LARGEST];
    size_t listener_count;
    struct text_buffer problem;
    struct doorman *doorman;
    struct knocks knocks;
    struct query_pool *pool; /* NULL: no admin API */

    pthread_mutex_t lock;
    pthread_cond_t fewer;
    size_t answering; /* lock: requests that are complete and not answered yet */
    size_t waiting;   /* lock: those of them the writer has */
};

/* A request on its connection. */
struct exchange {
    struct request request;
    struct server *server;
    struct MHD_Connection *connection;
    struct visitor *visitor;
    struct query_job job;
    size_t sent_bytes; /* of the piece in the reply's body */
    bool broken;       /* the answer cannot be finished */
    bool complete;     /* the body has arrived */
    bool answering;    /* counted in server->answering */
};

/* ---- counting what is under way -------------------------------------------------------------- */

static void count_answering(struct exchange *exchange)
{
    struct server *server = exchange->server;
    pthread_mutex_lock(&server->lock);
    server->answering++;
    pthread_mutex_unlock(&server->lock);
    exchange->answering = true;
}

static void count_waiting(struct server *server)
{
    pthread_mutex_lock(&server->lock);
    server->waiting++;
    pthread_mutex_unlock(&server->lock);
}

static void uncount(struct server *server, size_t *number)
{
    pthread_mutex_lock(&server->lock);
    (*number)--;
    pthread_cond_broadcast(&server->fewer);
    pthread_mutex_unlock(&server->lock);
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
    struct server *server = exchange->server;
    MHD_resume_connection(exchange->connection); /* the exchange may be gone from here on */
    uncount(server, &server->waiting);
}

/* Suspends first: the piece may be there before query_pool_submit returns. */
static void ask(struct exchange *exchange)
{
    struct server *server = exchange->server;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    exchange->job =
        (struct query_job){.run = run_query, .done = resume, .socket = info->connect_fd};
    count_waiting(server);
    MHD_suspend_connection(exchange->connection);
    enum err err =
        server->pool != NULL ? query_pool_submit(server->pool, &exchange->job) : ERR_CLOSED;
    if (err != ERR_OK) {
        run_query(&exchange->job, NULL,
                  err == ERR_BUSY ? "too many questions wait for the database" : "shutting down");
        resume(&exchange->job);
    }
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
    ask(exchange);
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

static enum MHD_Result answer(struct exchange *exchange)
{
    struct request *request = &exchange->request;
    const struct reply *reply = request_reply(request);
    if (request->note.text[0] != '\0') {
        log_line("%u %s from %s: %s", reply->status, request->path, request->peer,
                 request->note.text);
    }
    metrics_count(exchange->server->intake.counters, request->route, reply->status);
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
    struct server *server = exchange->server;
    request_settle(&exchange->request, verdict->code, verdict->text);
    MHD_resume_connection(exchange->connection); /* the exchange may be gone from here on */
    uncount(server, &server->waiting);
}

/* Suspends first: the verdict may come before writer_submit returns. */
static enum MHD_Result submit(struct exchange *exchange, struct batch *batch)
{
    struct server *server = exchange->server;
    count_waiting(server);
    MHD_suspend_connection(exchange->connection);
    enum err err = writer_submit(server->intake.writer, batch, stored, exchange);
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

/* libmicrohttpd calls this for each connection, first and last of all. */
static void connected(void *ctx, struct MHD_Connection *connection, void **visitor,
                      enum MHD_ConnectionNotificationCode what)
{
    struct server *server = ctx;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        visitor_leave(*visitor);
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    *visitor = visitor_enter(server->doorman, info->connect_fd);
}

static enum MHD_Result add_one_argument(void *ctx, enum MHD_ValueKind kind, const char *name,
                                        size_t name_length, const char *value, size_t length)
{
    (void)kind;
    arguments_add(ctx, text_make(name, name_length), text_make(value != NULL ? value : "", length));
    return MHD_YES;
}

static struct exchange *exchange_new(struct server *server, struct MHD_Connection *connection)
{
    struct exchange *exchange = mem_zero(1, sizeof *exchange);
    exchange->server = server;
    exchange->connection = connection;
    exchange->visitor =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    visitor_is_heard(exchange->visitor);
    request_init(&exchange->request, &server->intake);
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_one_header,
                                &exchange->request.headers);
    MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_one_argument,
                                &exchange->request.arguments);
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info != NULL && info->client_addr != NULL) {
        listen_print_host(info->client_addr, exchange->request.peer);
    }
    if (server->tls != NULL) {
        exchange->request.stranger = !tls_knows_client(
            server->tls,
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session);
    }
    return exchange;
}

/* libmicrohttpd calls this when the headers are complete, for every piece of the body, when it is
 * complete, and once more after the request was resumed. */
static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url,
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
        ask(exchange);
        return MHD_YES;
    }
    return batch != NULL ? submit(exchange, batch) : answer(exchange);
}

static void completed(void *ctx, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode reason)
{
    (void)connection;
    (void)reason;
    struct server *server = ctx;
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
        uncount(server, &server->answering);
    }
}

static void log_library(void *ctx, const char *format, va_list args)
{
    (void)ctx;
    char line[256];
    vsnprintf(line, sizeof line, format, args);
    line[strcspn(line, "\n")] = '\0';
    log_line("http: %s", line);
}

/* ---- starting -------------------------------------------------------------------------------- */

static enum err add_addresses(struct server *server, const struct server_options *options,
                              struct err_msg *why)
{
    bool given = options->listen_count > 0;
    return addresses_add(&server->addresses, given ? options->listen : default_addresses,
                         given ? options->listen_count : ARRAY_LEN(default_addresses),
                         options->insecure, &server->gate, why);
}

/* Connections come out of the process's descriptors, and the database needs some too. */
static unsigned connection_limit(const struct server *server)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur < (rlim_t)DESCRIPTORS_KEPT + DESCRIPTORS_KEPT) {
        return DESCRIPTORS_KEPT / ADDRESSES_LARGEST;
    }
    size_t each = (limit.rlim_cur - DESCRIPTORS_KEPT) / server->addresses.count;
    return each < CONNECTIONS_LARGEST ? (unsigned)each : CONNECTIONS_LARGEST;
}

/* Options beyond the common ones; fills the list. */
static void add_tls(const struct tls *tls, struct MHD_OptionItem options[TLS_OPTIONS])
{
    size_t count = 0;
    if (tls != NULL) {
        options[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
                                                   (void *)(uintptr_t)tls_certificate(tls)};
        options[count++] =
            (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)tls_key(tls)};
        options[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                                   (void *)(uintptr_t)TLS_PRIORITIES};
    }
    if (tls != NULL && tls_client_ca(tls) != NULL) {
        options[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_TRUST, 0,
                                                   (void *)(uintptr_t)tls_client_ca(tls)};
    }
    options[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

static enum err start_listener(struct server *server, const struct listen_address *address,
                               struct err_msg *why)
{
    struct listener *listener = &server->listeners[server->listener_count];
    enum err err = listen_open(address, &listener->socket, why);
    if (err != ERR_OK) {
        return err;
    }
    listen_print_socket(listener->socket, listener->text);
    struct MHD_OptionItem more[TLS_OPTIONS];
    add_tls(server->tls, more);
    listener->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
            (server->tls != NULL ? (unsigned)MHD_USE_TLS : 0),
        0, NULL, NULL, handle, server, MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listener->socket, MHD_OPTION_NOTIFY_COMPLETED,
        completed, server, MHD_OPTION_NOTIFY_CONNECTION, connected, server,
        MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS_PER_ADDRESS, MHD_OPTION_CONNECTION_LIMIT,
        connection_limit(server), MHD_OPTION_CONNECTION_TIMEOUT, server->timeout_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_STRICT_FOR_CLIENT,
        1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    if (listener->daemon == NULL) {
        close(listener->socket);
        return err_set(why, ERR_IO, "%s: the HTTP threads cannot be started", listener->text);
    }
    server->listener_count++;
    return ERR_OK;
}

/* Starts what can be started and notes the rest. */
static enum err start_listeners(struct server *server, struct err_msg *why)
{
    enum err first = ERR_OK;
    for (size_t i = 0; i < server->addresses.count; i++) {
        struct err_msg reason;
        enum err err = start_listener(server, &server->addresses.list[i], &reason);
        if (err == ERR_OK || (err == ERR_UNSUPPORTED && server->addresses.list[i].optional)) {
            continue;
        }
        if (first == ERR_OK) {
            first = err_set(why, err, "%s; --listen ADDRESS:PORT picks another", reason.text);
        }
        text_append_format(&server->problem, "%s%s; --listen ADDRESS:PORT picks another",
                           server->problem.length > 0 ? "\n" : "", reason.text);
    }
    if (server->listener_count > 0) {
        return ERR_OK;
    }
    return first != ERR_OK ? first : err_set(why, ERR_IO, "no address to listen on");
}

static void server_free(struct server *server)
{
    doorman_stop(server->doorman);
    pthread_cond_destroy(&server->fewer);
    pthread_mutex_destroy(&server->lock);
    text_buffer_free(&server->problem);
    query_pool_stop(server->pool);
    query_pool_free(server->pool);
    knocks_clear(&server->knocks);
    free(server);
}

static struct server *server_new(const struct server_options *options)
{
    struct server *server = mem_zero(1, sizeof *server);
    pthread_mutex_init(&server->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&server->fewer, &attributes);
    pthread_condattr_destroy(&attributes);
    server->timeout_s = options->timeout_s != 0 ? options->timeout_s : TIMEOUT_S;
    server->tls = options->tls;
    server->gate.ingest_token = options->ingest_token;
    server->gate.admin_token = options->admin_token;
    server->gate.knocks = &server->knocks;
    knocks_init(&server->knocks);
    server->gate.origins = options->cors_origins;
    server->gate.origin_count = options->cors_count;
    server->gate.public_hosts = options->public_hosts;
    server->gate.public_host_count = options->public_host_count;
    struct intake *intake = &server->intake;
    intake->writer = options->writer;
    intake->counters = options->counters;
    intake->rules = options->rules;
    intake->sample = options->sample;
    intake->gate = &server->gate;
    intake->body_limit_bytes =
        options->body_limit_bytes != 0 ? options->body_limit_bytes : WIRE_BODY_LIMIT_BYTES;
    intake->bodies_limit_bytes =
        options->bodies_limit_bytes != 0 ? options->bodies_limit_bytes : BODIES_LIMIT_BYTES;
    intake->patience_ns = (int64_t)server->timeout_s * PATIENCE_FACTOR * NS_PER_S;
    return server;
}

enum err server_start(const struct server_options *options, struct server **ret_server,
                      struct err_msg *why)
{
    struct server *server = server_new(options);
    enum err err = add_addresses(server, options, why);
    if (err == ERR_OK && options->database != NULL) {
        err = query_pool_start(options->database, &server->pool, why);
    }
    if (err == ERR_OK) {
        err = doorman_start((int64_t)server->timeout_s * NS_PER_S, &server->doorman, why);
    }
    if (err == ERR_OK) {
        /* Signals belong to the main thread: the new threads inherit this mask. */
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        err = start_listeners(server, why);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    if (err != ERR_OK) {
        server_free(server);
        return err;
    }
    *ret_server = server;
    return ERR_OK;
}

bool server_describe(const struct server *server, size_t index, char target[SERVER_TEXT_BYTES])
{
    if (index >= server->listener_count) {
        return false;
    }
    snprintf(target, SERVER_TEXT_BYTES, "%s://%s", server->tls != NULL ? "https" : "http",
             server->listeners[index].text);
    return true;
}

const char *server_problem(const struct server *server)
{
    return server->problem.data != NULL ? server->problem.data : "";
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* Gives answers a moment to leave, and the writer all the time it needs. */
static void wait_for_answers(struct server *server)
{
    bool ended = false;
    int64_t end_ns = clock_monotonic_ns() + GOODBYE_MS * NS_PER_MS;
    struct timespec end = {.tv_sec = end_ns / NS_PER_S, .tv_nsec = end_ns % NS_PER_S};
    pthread_mutex_lock(&server->lock);
    while (server->answering > 0 && !ended) {
        ended = pthread_cond_timedwait(&server->fewer, &server->lock, &end) != 0;
    }
    pthread_mutex_unlock(&server->lock);
    query_pool_stop(server->pool); /* what still asks has had its moment */
    pthread_mutex_lock(&server->lock);
    while (server->waiting > 0) {
        pthread_cond_wait(&server->fewer, &server->lock);
    }
    pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
    if (server == NULL) {
        return;
    }
    for (size_t i = 0; i < server->listener_count; i++) {
        MHD_quiesce_daemon(server->listeners[i].daemon);
    }
    atomic_store(&server->intake.closing, true);
    wait_for_answers(server);
    for (size_t i = 0; i < server->listener_count; i++) {
        MHD_stop_daemon(server->listeners[i].daemon);
        close(server->listeners[i].socket);
    }
    server_free(server);
}
