/* bench_write — how fast spans come in, what they cost on disk and in memory, how old ones leave.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"
#include "tests/bench/ceiling.h"
#include "tests/bench/load.h"
#include "tests/bench/receiver.h"

enum {
    CONNECTIONS = 16,
    OTLP_SPANS = 512, /* of a request: what SDKs send at once */
    FLAT_SPANS = 50,
    ROUNDS_LARGEST = 15,
    WINDOWS = 10, /* of the growing database */
    DAY_S = 86400,
};

struct bench {
    struct bench_options options;
    int64_t begin_ns; /* when the world begins: the same for all figures of a run */
    double ceiling;   /* rows a second; the last measured */
    double rate;      /* spans a second over OTLP protobuf; 0 = not measured */
};

/* One way in. */
struct way {
    const char *figure, *bar;
    enum load_transport transport;
    enum body_format format;
    size_t batch_spans;
};

static const struct way ways[] = {
    {"write/otlp_protobuf", ">= 0.35", LOAD_HTTP, BODY_PROTOBUF, OTLP_SPANS},
    {"write/otlp_json", ">= 0.25", LOAD_HTTP, BODY_JSON, OTLP_SPANS},
    {"write/flat_json", ">= 0.20", LOAD_HTTP, BODY_FLAT, FLAT_SPANS},
    {"write/gzip_protobuf", ">= 0.30", LOAD_GZIP, BODY_PROTOBUF, OTLP_SPANS},
    {"write/grpc", ">= 0.30", LOAD_GRPC, BODY_PROTOBUF, OTLP_SPANS},
};

static int64_t now_ns(void)
{
    return (int64_t)time(NULL) * 1000000000;
}

static struct load_result send_spans(const struct receiver *receiver, const struct way *way,
                                     struct load_options options)
{
    options.port = way->transport == LOAD_GRPC ? receiver->grpc_port : receiver->http_port;
    options.transport = way->transport;
    options.format = way->format;
    options.connections = options.connections != 0 ? options.connections : CONNECTIONS;
    options.batch_spans = options.batch_spans != 0 ? options.batch_spans : way->batch_spans;
    struct load_result result = load_run(&options);
    if (result.refused > 0) {
        bench_die("%s: %llu of %llu requests were refused", way->figure,
                  (unsigned long long)result.refused, (unsigned long long)result.requests);
    }
    return result;
}

static int64_t count_spans(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return value;
}

/* Spans a second into an empty database. */
static double measure_way(const struct bench *bench, const struct way *way)
{
    char *path = bench_path(&bench->options, "write");
    bench_remove(path);
    struct receiver receiver = receiver_start(bench->options.program, path, NULL);
    struct load_result result = send_spans(
        &receiver, way,
        (struct load_options){.spans = bench->options.spans, .begin_ns = bench->begin_ns});
    receiver_stop(&receiver);
    int64_t stored = count_spans(path, "SELECT count(*) FROM spans");
    if (stored != (int64_t)result.spans) {
        bench_die("%s: %llu spans were sent, %lld are stored", way->figure,
                  (unsigned long long)result.spans, (long long)stored);
    }
    bench_remove(path);
    free(path);
    return (double)result.spans / result.seconds;
}

static double measure_ceiling(const struct bench *bench)
{
    char *path = bench_path(&bench->options, "ceiling");
    bench_remove(path);
    double rate = ceiling_rate(path, bench->options.spans, bench->begin_ns);
    bench_remove(path);
    free(path);
    return rate;
}

/* The ceiling is measured anew in each round, next to what is compared with it. */
static void bench_ways(struct bench *bench)
{
    enum { WAYS = sizeof ways / sizeof ways[0] };
    double ceilings[ROUNDS_LARGEST], rates[WAYS][ROUNDS_LARGEST], shares[WAYS][ROUNDS_LARGEST];
    size_t rounds = bench->options.rounds;
    for (size_t round = 0; round < rounds; round++) {
        ceilings[round] = measure_ceiling(bench);
        for (size_t i = 0; i < WAYS; i++) {
            if (bench_wants(&bench->options, ways[i].figure)) {
                rates[i][round] = measure_way(bench, &ways[i]);
                shares[i][round] = rates[i][round] / ceilings[round];
            }
        }
    }
    bench_figure("write/ceiling", bench_median(ceilings, rounds), "rows/s", NULL);
    for (size_t i = 0; i < WAYS; i++) {
        char name[64];
        if (bench_wants(&bench->options, ways[i].figure)) {
            bench_figure(ways[i].figure, bench_median(shares[i], rounds), "of the ceiling",
                         ways[i].bar);
            snprintf(name, sizeof name, "%s/rate", ways[i].figure);
            bench_figure(name, bench_median(rates[i], rounds), "spans/s", NULL);
        }
    }
    if (bench_wants(&bench->options, ways[0].figure)) {
        bench->rate = bench_median(rates[0], rounds);
    }
}

/* The first and the last tenth of a database that grows, and the memory that takes. */
static void bench_growth(struct bench *bench)
{
    char *path = bench_path(&bench->options, "growth");
    bench_remove(path);
    struct receiver receiver = receiver_start(bench->options.program, path, NULL);
    uint64_t part = bench->options.largest / WINDOWS / OTLP_SPANS * OTLP_SPANS;
    double first = 0, last = 0, early_memory = 0;
    for (int i = 0; i < WINDOWS; i++) {
        struct load_result result = send_spans(&receiver, &ways[0],
                                               (struct load_options){.first = part * (uint64_t)i,
                                                                     .spans = part,
                                                                     .begin_ns = bench->begin_ns});
        last = (double)result.spans / result.seconds;
        first = i == 0 ? last : first;
        early_memory = i == 1 ? receiver_memory(&receiver) : early_memory;
        fprintf(stderr, "bench: growth %d/%d: %.0f spans/s\n", i + 1, WINDOWS, last);
    }
    bench_figure("write/growth/first", first, "spans/s", NULL);
    bench_figure("write/growth/last", last, "spans/s", NULL);
    bench_figure("write/growth", last / first, "of the first tenth's rate", ">= 0.8");
    bench_figure("write/memory", receiver_largest_memory(&receiver), "MiB", "<= 128");
    bench_figure("write/memory/growth", receiver_memory(&receiver) - early_memory, "MiB", NULL);
    receiver_stop(&receiver);
    bench_remove(path);
    free(path);
}

static void bench_answers(struct bench *bench)
{
    if (bench->rate <= 0) {
        bench->rate = measure_way(bench, &ways[0]);
    }
    char *path = bench_path(&bench->options, "answers");
    bench_remove(path);
    struct receiver receiver = receiver_start(bench->options.program, path, NULL);
    struct load_result result = send_spans(&receiver, &ways[0],
                                           (struct load_options){.spans = bench->options.spans,
                                                                 .rate = bench->rate / 2,
                                                                 .begin_ns = bench->begin_ns});
    bench_figure("write/answer/p50", result.p50_ms, "ms at half the rate", NULL);
    bench_figure("write/answer/p99", result.p99_ms, "ms at half the rate", "<= 50");
    result = send_spans(&receiver, &ways[0],
                        (struct load_options){.first = bench->options.spans,
                                              .spans = bench->options.spans / 30,
                                              .batch_spans = 1,
                                              .connections = 1,
                                              .begin_ns = bench->begin_ns});
    bench_figure("write/single", (double)result.requests / result.seconds, "requests/s", ">= 2000");
    receiver_stop(&receiver);
    bench_remove(path);
    free(path);
}

static void bench_file_size(const struct bench *bench)
{
    uint64_t spans = bench->options.spans < 500000 ? bench->options.spans : 500000;
    spans = spans / OTLP_SPANS * OTLP_SPANS;
    char *ours = bench_path(&bench->options, "size"), *web = bench_path(&bench->options, "web");
    bench_remove(ours);
    bench_remove(web);
    struct receiver receiver = receiver_start(bench->options.program, ours, NULL);
    send_spans(&receiver, &ways[0],
               (struct load_options){.spans = spans, .begin_ns = bench->begin_ns});
    receiver_stop(&receiver);
    ceiling_fill_web(web, spans, bench->begin_ns);
    bench_figure("write/file", bench_file_bytes(ours) / bench_file_bytes(web),
                 "of the web application's layout", "<= 0.65");
    bench_figure("write/file/span", bench_file_bytes(ours) / (double)spans, "bytes/span", NULL);
    bench_remove(ours);
    bench_remove(web);
    free(ours);
    free(web);
}

/* ---- retention ------------------------------------------------------------------------------ */

/* Looks at the size of a WAL all the time. */
struct watch {
    pthread_t thread;
    char path[1024];
    atomic_bool stop;
    double largest;
};

static void *watch_main(void *argument)
{
    struct watch *watch = argument;
    while (!atomic_load(&watch->stop)) {
        double size = bench_file_bytes(watch->path);
        watch->largest = size > watch->largest ? size : watch->largest;
        bench_sleep_until(bench_now() + 0.005);
    }
    return NULL;
}

static void bench_retention(const struct bench *bench)
{
    static const char oldest[] = "SELECT start_ns FROM traces ORDER BY start_ns LIMIT 1";
    uint64_t spans = bench->options.spans / 3 / OTLP_SPANS * OTLP_SPANS;
    char *path = bench_path(&bench->options, "retention");
    int64_t old_ns = bench->begin_ns - (int64_t)10 * DAY_S * 1000000000;
    bench_remove(path);
    struct receiver receiver = receiver_start(bench->options.program, path, NULL);
    send_spans(&receiver, &ways[0], (struct load_options){.spans = spans, .begin_ns = old_ns});
    receiver_stop(&receiver);
    struct watch watch = {0};
    snprintf(watch.path, sizeof watch.path, "%s-wal", path);
    receiver = receiver_start(bench->options.program, path, "7d");
    if (pthread_create(&watch.thread, NULL, watch_main, &watch) != 0) {
        bench_die("no thread");
    }
    double begin = bench_now(), stall_ms = 0;
    uint64_t first = spans;
    do { /* spans of today at a modest rate, until none of the old ones is left */
        struct load_result result = send_spans(&receiver, &ways[0],
                                               (struct load_options){.first = first,
                                                                     .spans = 20000,
                                                                     .batch_spans = 40,
                                                                     .rate = 20000,
                                                                     .begin_ns = bench->begin_ns});
        first += result.spans;
        stall_ms = result.largest_ms > stall_ms ? result.largest_ms : stall_ms;
    } while (count_spans(path, oldest) < bench->begin_ns && bench_now() - begin < 120);
    double seconds = bench_now() - begin;
    atomic_store(&watch.stop, true);
    pthread_join(watch.thread, NULL);
    bench_figure("write/retention/stall", stall_ms, "ms, longest answer", "<= 200");
    bench_figure("write/retention/wal", watch.largest / (1 << 20), "MiB", "<= 64");
    bench_figure("write/retention/rate", (double)spans / seconds, "spans/s deleted", NULL);
    receiver_stop(&receiver);
    bench_remove(path);
    free(path);
}

int main(int argc, char **argv)
{
    struct bench bench = {.options = bench_options_read(argc, argv)};
    bench.begin_ns = now_ns() - (int64_t)3600 * 1000000000 * 4;
    if (bench.options.rounds == 0 || bench.options.rounds > ROUNDS_LARGEST) {
        bench_die("between 1 and %d rounds, please", ROUNDS_LARGEST);
    }
    bool any_way = bench_wants(&bench.options, "write/ceiling");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        any_way = any_way || bench_wants(&bench.options, ways[i].figure);
    }
    if (any_way) {
        bench_ways(&bench);
    }
    if (bench_wants(&bench.options, "write/growth")) {
        bench_growth(&bench);
    }
    if (bench_wants(&bench.options, "write/answer")) {
        bench_answers(&bench);
    }
    if (bench_wants(&bench.options, "write/file")) {
        bench_file_size(&bench);
    }
    if (bench_wants(&bench.options, "write/retention")) {
        bench_retention(&bench);
    }
    return 0;
}
