/* load — sends spans of the world to a receiver over some connections, and times the answers.
 *
 * One thread serves all connections, so that most of the machine is left to the receiver. Bodies
 * are patched templates; compressed ones are made before the clock starts. */
#include "tests/bench/load.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "ingest/wire.h"
#include "tests/bench/bench.h"
#include "tests/bench/link.h"

struct load {
    const struct load_options *options;
    struct bodies *bodies;
    struct text_buffer *packed; /* gzip: one a batch */
    struct link links[LOAD_CONNECTIONS_LARGEST];
    double begin;
    uint64_t batches, started, answered, refused;
    size_t turn; /* the connection that comes next: one that rests for long would be closed */
    double *delays_ms;
};

static void pack(struct text text, struct text_buffer *target)
{
    z_stream stream = {0};
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        bench_die("out of memory");
    }
    size_t size = deflateBound(&stream, text.length);
    char *bytes = mem_alloc(size);
    stream.next_in = (Bytef *)(uintptr_t)text.data;
    stream.avail_in = (uInt)text.length;
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)size;
    deflate(&stream, Z_FINISH);
    text_append(target, text_make(bytes, size - stream.avail_out));
    deflateEnd(&stream);
    free(bytes);
}

static uint64_t world_batch(const struct load *load, uint64_t batch)
{
    return load->options->first / load->options->batch_spans + batch;
}

static void prepare(struct load *load)
{
    const struct load_options *options = load->options;
    load->batches = options->spans / options->batch_spans;
    load->delays_ms = mem_zero(load->batches + 1, sizeof *load->delays_ms);
    load->bodies = bodies_new(options->format, options->batch_spans, options->begin_ns);
    if (options->transport == LOAD_GZIP) {
        struct text_buffer plain = {0};
        load->packed = mem_zero(load->batches + 1, sizeof *load->packed);
        for (uint64_t i = 0; i < load->batches; i++) {
            text_buffer_clear(&plain);
            bodies_make(load->bodies, world_batch(load, i), &plain);
            pack(text_buffer_text(&plain), &load->packed[i]);
        }
        text_buffer_free(&plain);
    }
    for (size_t i = 0; i < options->connections; i++) {
        struct link *link = &load->links[i];
        *link = (struct link){
            .path = options->format == BODY_FLAT ? WIRE_PATH_FLAT : WIRE_PATH_OTLP,
            .type =
                options->format == BODY_PROTOBUF ? "application/x-protobuf" : "application/json",
            .encoding = options->transport == LOAD_GZIP ? "gzip" : NULL,
        };
        link_open(link, options->port, options->transport == LOAD_GRPC);
    }
}

static void send_next(struct load *load, struct link *link, double due)
{
    uint64_t batch = load->started++;
    text_buffer_clear(&link->body);
    link->due = due;
    if (load->options->transport == LOAD_GZIP) {
        text_append(&link->body, text_buffer_text(&load->packed[batch]));
    } else if (load->options->transport == LOAD_GRPC) {
        text_append(&link->body, text_make("\0\0\0\0\0", 5));
        bodies_make(load->bodies, world_batch(load, batch), &link->body);
        size_t length = link->body.length - 5;
        for (int i = 0; i < 4; i++) {
            link->body.data[1 + i] = (char)(length >> (24 - 8 * i));
        }
    } else {
        bodies_make(load->bodies, world_batch(load, batch), &link->body);
    }
    link_send(link);
}

/* When the next batch is due. */
static double next_due(const struct load *load, double now)
{
    const struct load_options *options = load->options;
    if (options->rate <= 0) {
        return now;
    }
    return load->begin + (double)load->started * (double)options->batch_spans / options->rate;
}

static void start_due(struct load *load)
{
    for (size_t i = 0; i < load->options->connections && load->started < load->batches; i++) {
        double now = bench_now(), due = next_due(load, now);
        if (due > now) {
            return;
        }
        struct link *link = &load->links[load->turn];
        load->turn = (load->turn + 1) % load->options->connections;
        if (!link->busy) {
            send_next(load, link, due);
        }
    }
}

static void wait(struct load *load)
{
    struct pollfd polled[LOAD_CONNECTIONS_LARGEST];
    size_t count = load->options->connections;
    for (size_t i = 0; i < count; i++) {
        polled[i] =
            (struct pollfd){.fd = load->links[i].socket, .events = link_events(&load->links[i])};
    }
    int timeout_ms = 1000;
    if (load->started < load->batches && load->options->rate > 0) {
        double now = bench_now(), left = next_due(load, now) - now;
        timeout_ms = left > 0 ? (int)(left * 1000) : 1;
    }
    poll(polled, count, timeout_ms);
    for (size_t i = 0; i < count; i++) {
        struct link *link = &load->links[i];
        if (polled[i].revents != 0 && link->busy && link_go_on(link, polled[i].revents)) {
            load->delays_ms[load->answered++] = (bench_now() - link->due) * 1000;
            load->refused += link->refused;
        } else if (polled[i].revents != 0 && !link->busy) {
            link_go_on(link, polled[i].revents);
        }
    }
}

static void clean_up(struct load *load)
{
    for (size_t i = 0; i < load->options->connections; i++) {
        link_close(&load->links[i]);
    }
    for (uint64_t i = 0; load->packed != NULL && i < load->batches; i++) {
        text_buffer_free(&load->packed[i]);
    }
    free(load->packed);
    free(load->delays_ms);
    bodies_free(load->bodies);
}

struct load_result load_run(const struct load_options *options)
{
    struct load load = {.options = options};
    prepare(&load);
    load.begin = bench_now();
    while (load.answered < load.batches) {
        start_due(&load);
        wait(&load);
    }
    double *delays = load.delays_ms;
    size_t count = load.answered;
    struct load_result result = {
        .seconds = bench_now() - load.begin,
        .spans = load.answered * options->batch_spans,
        .requests = load.answered,
        .refused = load.refused,
        .p50_ms = bench_percentile(delays, count, 0.5),
        .p99_ms = bench_percentile(delays, count, 0.99),
        .largest_ms = bench_percentile(delays, count, 1),
    };
    clean_up(&load);
    return result;
}
