/* load — sends spans of the world to a receiver over some connections, and times the answers. */
#ifndef TRACETUI_TESTS_BENCH_LOAD_H
#define TRACETUI_TESTS_BENCH_LOAD_H

#include "tests/bench/body.h"

enum load_transport { LOAD_HTTP, LOAD_GZIP, LOAD_GRPC };

enum { LOAD_CONNECTIONS_LARGEST = 64 };

struct load_options {
    int port; /* on 127.0.0.1 */
    enum load_transport transport;
    enum body_format format;
    size_t batch_spans; /* of one request */
    size_t connections;
    uint64_t first, spans; /* of the world; whole batches are sent */
    int64_t begin_ns;
    double rate; /* spans a second, sent when they are due; 0 = each answer is followed by the next
                    request */
};

struct load_result {
    double seconds;
    uint64_t spans, requests;
    uint64_t refused; /* requests that got another answer than 200 */
    /* from when a request was due to its answer */
    double p50_ms, p99_ms, largest_ms;
};

/* Exits if the receiver goes away. */
struct load_result load_run(const struct load_options *options);

#endif
