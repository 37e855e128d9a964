/* fuzz_http — the bytes of a whole HTTP connection from anybody, through the real server.
 *
 * The first byte says what the writer does with batches, the rest is sent over loopback; what comes
 * back must be complete answers. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/server.h"
#include "store/counters.h"
#include "store/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TIMEOUT_S = 2, PATIENCE_US = 5000 };

/* A writer that says yes, no, or that it is too busy. */
struct writer {
    _Atomic unsigned mode;
};

enum err writer_submit(struct writer *writer, struct batch *batch, writer_done_fn done, void *ctx)
{
    unsigned mode = atomic_load(&writer->mode);
    if (mode % 3 == 2) {
        return ERR_BUSY;
    }
    struct writer_verdict verdict = {.code = mode % 3 == 1 ? ERR_FULL : ERR_OK, .text = "full"};
    batch_free(batch);
    done(&verdict, ctx);
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

static void check(bool fine, const char *what)
{
    if (!fine) {
        perror(what);
        abort();
    }
}

static int dial(const struct server *server)
{
    char url[SERVER_TEXT_BYTES];
    check(server_describe(server, 0, url), "the address of the server");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port =
                                      htons((uint16_t)strtol(strrchr(url, ':') + 1, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger gone = {.l_onoff = 1}; /* no end of ports in TIME_WAIT */
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(opened >= 0, "a socket");
    setsockopt(opened, SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
    /* a request that is not complete is answered by nobody */
    struct timeval patience = {.tv_usec = PATIENCE_US};
    setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(opened, (const struct sockaddr *)&address, sizeof address) != 0) {
        check(errno == EINTR, "a connection"); /* the fuzzer's own timer */
        close(opened);
        return dial(server);
    }
    return opened;
}

static void check_answers(int socket)
{
    char answer[4096];
    size_t length = 0;
    ssize_t got;
    while (length < sizeof answer &&
           (got = recv(socket, answer + length, sizeof answer - length, 0)) > 0) {
        length += (size_t)got;
    }
    check(length == 0 || (length > 12 && memcmp(answer, "HTTP/1.", 7) == 0), "a whole answer");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct server *server;
    static struct writer writer;
    static struct counters counters;
    if (size < 1) {
        return 0;
    }
    if (server == NULL) {
        static const char *const anywhere[] = {"127.0.0.1:0"};
        struct err_msg why;
        counters_init(&counters);
        struct server_options options = {.listen = anywhere,
                                         .listen_count = 1,
                                         .intake.writer = &writer,
                                         .intake.counters = &counters,
                                         .intake.body_limit_bytes = 1 << 16,
                                         .intake.timeout_s = TIMEOUT_S};
        check(server_start(&options, &server, &why) == ERR_OK, "the start of the server");
    }
    atomic_store(&writer.mode, data[0]);
    int socket = dial(server);
    if (send(socket, data + 1, size - 1, MSG_NOSIGNAL) == (ssize_t)size - 1) {
        shutdown(socket, SHUT_WR);
        check_answers(socket);
    }
    close(socket);
    return 0;
}
