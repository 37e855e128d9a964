/* bench_client — what libtracetui costs the program that it traces. */
#include <arpa/inet.h>
#include <malloc.h>
#include <microhttpd.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/client/tracetui_client.h"
#include "tests/bench/bench.h"
#include "tests/bench/receiver.h"

enum {
    BLOCK = 64, /* spans between two looks at the clock */
    THREADS = 8,
    OPEN_SPANS = 20000,
    REQUESTS_PER_S = 400,
    QUERIES = 9, /* and the request itself: ten spans */
};

static struct tt_tracer *open_tracer(const struct receiver *receiver, size_t memory_bytes)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", receiver->http_port);
    struct tt_options options = {
        .endpoint = endpoint, .service = "bench", .memory_bytes = memory_bytes, .exit_ms = -1};
    struct tt_tracer *tracer = tt_open(&options);
    if (tracer == NULL) {
        bench_die("cannot open a tracer for %s", endpoint);
    }
    return tracer;
}

/* ---- one span ---- */

static void bare_span(struct tt_tracer *tracer)
{
    tt_end(tt_start(tracer, "audio.encode"));
}

static void described_span(struct tt_tracer *tracer)
{
    struct tt_span *span = tt_start(tracer, "db:SELECT");
    tt_set_type(span, "db");
    tt_set_string(span, "sql", "SELECT name FROM goals WHERE id = ?");
    tt_set_int(span, "rowCount", 1);
    tt_end(span);
}

static void measure_span(const struct receiver *receiver, const char *name, uint64_t spans,
                         void (*span)(struct tt_tracer *), const char *bar)
{
    struct tt_tracer *tracer = open_tracer(receiver, 0);
    size_t blocks = spans / BLOCK;
    double *costs = malloc(blocks * sizeof *costs);
    for (size_t i = 0; i < blocks; i++) {
        double began = bench_now();
        for (int k = 0; k < BLOCK; k++) {
            span(tracer);
        }
        costs[i] = (bench_now() - began) / BLOCK * 1e9;
    }
    bench_figure(name, bench_median(costs, blocks), "ns", bar);
    free(costs);
    tt_close(tracer, 10);
}

/* ---- memory ---- */

static void measure_bytes(const struct receiver *receiver)
{
    static const char name[] = "audio.encode";
    struct tt_tracer *tracer = open_tracer(receiver, (size_t)1 << 30);
    struct tt_span *root = tt_start(tracer, "root");
    struct tt_span **spans = calloc(OPEN_SPANS, sizeof *spans);
    struct mallinfo2 before = mallinfo2();
    for (size_t i = 0; i < OPEN_SPANS; i++) {
        spans[i] = tt_start_at(tracer, root, name, 0);
    }
    struct mallinfo2 after = mallinfo2();
    double bytes = (double)(after.uordblks - before.uordblks) / OPEN_SPANS - sizeof name;
    bench_figure("client/bytes_per_span", bytes, "bytes", "<= 200");
    for (size_t i = 0; i < OPEN_SPANS; i++) {
        tt_end(spans[i]);
    }
    free(spans);
    tt_end(root);
    tt_close(tracer, 10);
}

/* ---- threads ---- */

struct worker {
    pthread_t thread;
    struct tt_tracer *tracer;
    uint64_t spans;
};

static void *work(void *context)
{
    const struct worker *worker = context;
    for (uint64_t i = 0; i < worker->spans; i++) {
        bare_span(worker->tracer);
    }
    return NULL;
}

/* Spans a second of so many threads together. The receiver is away: what they do to each other is
 * the question, not what the sender takes from them. */
static double rate_of(size_t threads, uint64_t spans, size_t memory_bytes)
{
    struct receiver nobody = {.http_port = 1};
    struct worker workers[THREADS];
    struct tt_tracer *tracer = open_tracer(&nobody, memory_bytes);
    double began = bench_now();
    for (size_t i = 0; i < threads; i++) {
        workers[i] = (struct worker){.tracer = tracer, .spans = spans / threads};
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    for (size_t i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
    }
    double rate = (double)spans / (bench_now() - began);
    tt_close(tracer, 1);
    return rate;
}

/* With room for all spans, or with so little that each of them pushes an older one out. */
static void measure_threads(const struct bench_options *options, const char *name,
                            size_t memory_bytes, const char *bar)
{
    double shares[16];
    size_t rounds = options->rounds < 16 ? options->rounds : 16;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    double ideal = cores < THREADS ? (double)cores : THREADS;
    for (size_t i = 0; i < rounds; i++) {
        double single = rate_of(1, options->spans, memory_bytes);
        shares[i] = rate_of(THREADS, options->spans, memory_bytes) / single / ideal;
    }
    bench_figure(name, bench_median(shares, rounds), "of one thread times the cores", bar);
}

/* ---- a request that makes ten spans ---- */

struct service {
    struct tt_tracer *tracer;
    sqlite3 *db;
    sqlite3_stmt *query;
};

static void fill(sqlite3 *db)
{
    if (sqlite3_exec(db,
                     "CREATE TABLE goals(id INTEGER PRIMARY KEY, user INTEGER, name TEXT);"
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
                     "INSERT INTO goals SELECT i, i % 100, 'goal ' || i FROM n;"
                     "CREATE INDEX by_user ON goals(user);",
                     NULL, NULL, NULL) != SQLITE_OK) {
        bench_die("sqlite: %s", sqlite3_errmsg(db));
    }
}

/* The goals of one user: what a page asks its database. */
static void query(const struct service *service, struct tt_tracer *tracer, int user)
{
    struct tt_span *span = tt_start(tracer, "db:SELECT");
    int rows = 0;
    tt_set_type(span, "db");
    sqlite3_bind_int(service->query, 1, user);
    while (sqlite3_step(service->query) == SQLITE_ROW) {
        rows++;
    }
    sqlite3_reset(service->query);
    tt_set_int(span, "rowCount", rows);
    tt_end(span);
}

static enum MHD_Result answer(void *ctx, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    static char body[] = "{\"goals\":[]}";
    const struct service *service = ctx;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_size;
    if (*request == NULL) { /* the head; answered now, the connection would close */
        *request = ctx;
        return MHD_YES;
    }
    struct tt_tracer *tracer = strcmp(url, "/traced") == 0 ? service->tracer : NULL;
    struct tt_span *span = tt_start(tracer, "GET /goals");
    tt_set_type(span, "http");
    for (int i = 0; i < QUERIES; i++) {
        query(service, tracer, i);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof body - 1, body, MHD_RESPMEM_PERSISTENT);
    enum MHD_Result result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    tt_end(span);
    return result;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0 || connect(file, (struct sockaddr *)&address, sizeof address) != 0) {
        bench_die("cannot connect to port %u", port);
    }
    return file;
}

/* Seconds from the request to its answer. */
static double ask(int file, const char *path)
{
    char request[128];
    char response[1024];
    int length =
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    double began = bench_now();
    if (send(file, request, (size_t)length, MSG_NOSIGNAL) != length ||
        recv(file, response, sizeof response, 0) <= 0) {
        bench_die("the service hung up");
    }
    return bench_now() - began;
}

/* Traced and untraced requests take turns, so that whatever else the machine does meets both. */
static void measure_request(const struct bench_options *options, const struct receiver *receiver)
{
    struct service service = {.tracer = open_tracer(receiver, 0)};
    if (sqlite3_open_v2(":memory:", &service.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        bench_die("no database");
    }
    fill(service.db);
    sqlite3_prepare_v2(service.db, "SELECT name FROM goals WHERE user = ?1", -1, &service.query,
                       NULL);
    struct MHD_Daemon *daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
                                                 answer, &service, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL) {
        bench_die("no service");
    }
    int file = connect_to(info->port);
    size_t count = options->spans / 100;
    double *plain = malloc(count * sizeof *plain);
    double *traced = malloc(count * sizeof *traced);
    double next = bench_now();
    for (size_t i = 0; i < count; i++) {
        plain[i] = ask(file, "/plain");
        traced[i] = ask(file, "/traced");
        next += 2.0 / REQUESTS_PER_S;
        bench_sleep_until(next);
    }
    double before = bench_median(plain, count);
    double after = bench_median(traced, count);
    bench_figure("client/request", before * 1e6, "us", NULL);
    bench_figure("client/request_with_10_spans", (after / before - 1) * 100, "% more", "<= 5");
    free(plain);
    free(traced);
    close(file);
    MHD_stop_daemon(daemon);
    sqlite3_finalize(service.query);
    sqlite3_close(service.db);
    tt_close(service.tracer, 2000);
}

int main(int argc, char **argv)
{
    struct bench_options options = bench_options_read(argc, argv);
    if (!bench_wants(&options, "client")) {
        return 0;
    }
    char *db = bench_path(&options, "client");
    struct receiver receiver = receiver_start(options.program, db, NULL);
    measure_bytes(&receiver);
    measure_span(&receiver, "client/span", options.spans, bare_span, "<= 1000");
    measure_span(&receiver, "client/span_described", options.spans, described_span, NULL);
    measure_threads(&options, "client/threads_8", (size_t)options.spans * 1024, ">= 0.7");
    measure_threads(&options, "client/threads_8_dropping", 0, NULL);
    measure_request(&options, &receiver);
    receiver_stop(&receiver);
    bench_remove(db);
    free(db);
    return 0;
}
