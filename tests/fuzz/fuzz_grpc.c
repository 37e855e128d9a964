/* fuzz_grpc — the bytes of a whole gRPC connection from anybody.
 *
 * clang -std=c11 -D_GNU_SOURCE -DTRACETUI_VERSION='""' -I. -g -O1 \
 *     -fsanitize=fuzzer,address,undefined tests/fuzz/fuzz_grpc.c ingest/[a-z]*.c \
 *     store/base/[a-z]*.c store/span.c store/counters.c -lnghttp2 -lmicrohttpd -lcjson -lz -lm
 *
 * Begin with the files of tests/data/grpc as the corpus.
 *
 * The first byte says what the writer does with batches and in what pieces the rest arrives. The
 * client's greeting is put in front, so that the fuzzer need not find it. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "ingest/grpc_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { QUEUE_LARGEST = 64 };

/* A writer that gives its verdicts when it is asked to. */
struct writer {
    bool refuses;
    struct {
        writer_done_fn done;
        void *ctx;
    } queue[QUEUE_LARGEST];
    size_t count;
};

enum err writer_submit(struct writer *writer, struct batch *batch, writer_done_fn done, void *ctx)
{
    if (writer->refuses || writer->count == QUEUE_LARGEST) {
        return ERR_BUSY;
    }
    batch_free(batch);
    writer->queue[writer->count].done = done;
    writer->queue[writer->count++].ctx = ctx;
    return ERR_OK;
}

int64_t writer_oldest_ns(const struct writer *writer)
{
    (void)writer;
    return 0;
}

bool writer_state(struct writer *writer, char target[256])
{
    (void)writer;
    target[0] = '\0';
    return true;
}

static void settle(struct grpc_service *service, struct writer *writer)
{
    for (size_t i = 0; i < writer->count; i++) {
        struct writer_verdict verdict = {.code = i % 3 == 2 ? ERR_FULL : ERR_OK, .text = "full"};
        writer->queue[i].done(&verdict, writer->queue[i].ctx);
    }
    writer->count = 0;
    for (;;) {
        struct grpc_call *call = grpc_service_take(service);
        if (call == NULL) {
            return;
        }
        grpc_session_answer(call);
    }
}

static void drain(struct grpc_session *session)
{
    while (grpc_session_output(session).length > 0) {
    }
}

static const char greeting[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                               "\0\0\0\4\0\0\0\0\0";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int wake = -1;
    if (size < 1) {
        return 0;
    }
    if (wake < 0) {
        wake = eventfd(0, EFD_NONBLOCK);
    }
    uint8_t mode = data[0];
    size_t piece = (size_t)1 << (mode >> 4);
    struct counters counters;
    struct writer writer = {.refuses = (mode & 1) != 0};
    struct grpc_service service;
    counters_init(&counters);
    grpc_service_init(&service, wake, 8);
    struct intake_options options = {
        .writer = &writer, .counters = &counters, .body_limit_bytes = 1 << 16};
    intake_init(&service.intake, &service.gate, &options);
    service.intake.bodies_limit_bytes = 1 << 18;
    service.intake.patience_ns = INT64_MAX;
    struct grpc_session *session = grpc_session_new(&service, "127.0.0.1", NULL);
    bool fine = grpc_session_feed(session, text_make(greeting, sizeof greeting - 1));
    for (size_t at = 1; at < size && fine; at += piece) {
        size_t length = size - at < piece ? size - at : piece;
        fine = grpc_session_feed(session, text_make((const char *)data + at, length));
        drain(session);
        if ((mode & 2) != 0) {
            settle(&service, &writer);
        }
    }
    if ((mode & 4) != 0) {
        grpc_session_leave(session);
    }
    if (grpc_session_check_time(session, INT64_MAX / 2)) {
        drain(session);
    }
    grpc_session_free(session);
    settle(&service, &writer);
    if (service.call_count != 0 || service.waiting != 0 || service.intake.bodies_bytes != 0) {
        abort();
    }
    grpc_service_clear(&service);
    counters_clear(&counters);
    return 0;
}
