/* receiver — a `tracetui serve` to be measured. */
#ifndef TRACETUI_TESTS_BENCH_RECEIVER_H
#define TRACETUI_TESTS_BENCH_RECEIVER_H

#include <sys/types.h>

struct receiver {
    pid_t pid;
    int http_port, grpc_port;
};

/* retention: as the option, or NULL. Exits when it does not start. */
struct receiver receiver_start(const char *program, const char *db, const char *retention);
void receiver_stop(const struct receiver *receiver);

/* Its memory now and at most so far, MiB. */
double receiver_memory(const struct receiver *receiver);
double receiver_largest_memory(const struct receiver *receiver);

#endif
