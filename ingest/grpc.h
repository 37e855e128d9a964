/* grpc — the OTLP/gRPC receiver: a thread with its sockets, and answers that wait for the commit.
 *
 *     struct grpc *grpc;
 *     struct grpc_options options = {.intake = {.writer = writer, .counters = &counters}};
 *     if (grpc_start(&options, &grpc, &why) != ERR_OK) { ... why.text ... }
 *     ... grpc_describe(grpc, 0, text): "grpc://127.0.0.1:4317" ...
 *     grpc_stop(grpc);     // before writer_stop: it answers those who wait for a commit
 */
#ifndef TRACETUI_INGEST_GRPC_H
#define TRACETUI_INGEST_GRPC_H

#include "ingest/intake.h"
#include "store/base/err.h"

struct grpc;

enum { GRPC_TEXT_BYTES = 80 };

/* Everything is borrowed until grpc_stop. */
struct grpc_options {
    const char *const *listen; /* see listen.h */
    size_t listen_count;       /* 0 = 127.0.0.1:4317 and [::1]:4317 */
    struct intake_options intake;
    /* limits, 0 = the defaults in grpc.c */
    size_t bodies_limit_bytes; /* of all messages being received */
    size_t connection_limit;
    unsigned idle_s; /* of a connection without calls */
};

/* Succeeds when at least one address could be had. Errors: ERR_PARSE, ERR_NOT_FOUND a wrong
 * address; ERR_UNSUPPORTED other machines could send, and there is neither a token nor insecure;
 * ERR_BUSY, ERR_IO none of the addresses could be had. */
enum err grpc_start(const struct grpc_options *options, struct grpc **ret_grpc,
                    struct err_msg *why) MUST_CHECK;

/* Writes the URL of the index-th address ("grpc://127.0.0.1:4317"); false behind the last. */
bool grpc_describe(const struct grpc *grpc, size_t index, char target[GRPC_TEXT_BYTES]);

/* The addresses that could not be had and why, one a line; "" if there are none. */
const char *grpc_problem(const struct grpc *grpc);

/* Stops accepting, gives open calls two seconds and the writer all it needs, answers, joins. NULL
 * is fine. */
void grpc_stop(struct grpc *grpc);

#endif
