/* server_world — a real receiver on a free port for a test, spoken to over raw sockets. */
#ifndef TRACETUI_TESTS_UNIT_SERVER_WORLD_H
#define TRACETUI_TESTS_UNIT_SERVER_WORLD_H

/* cmocka.h needs the first four, in front of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ingest/server.h"
#include "store/counters.h"
#include "store/writer.h"
#include "tests/unit/gzip_text.h"
#include "tests/unit/store_file.h"

enum { HEAD_BYTES = 4096, PATIENCE_S = 20 };

#define JSON_HEAD "Host: localhost\r\nContent-Type: application/json\r\n"

/* ---- a receiver ------------------------------------------------------------------------------ */

struct place {
    char directory[64];
    char database[96];
    struct counters counters;
    struct writer *writer;
    struct server *server;
    uint16_t port;
};

/* limits.listen may stay empty: then a free port of 127.0.0.1. */
static inline void open_place(struct place *place, struct server_options limits,
                              size_t queue_limit_spans)
{
    static const char *const anywhere[] = {"127.0.0.1:0"};
    struct err_msg why = {""};
    const char *base = getenv("TMPDIR");
    snprintf(place->directory, sizeof place->directory, "%.40s/tracetui-XXXXXX",
             base != NULL ? base : "/tmp");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->database, sizeof place->database, "%s/traces.db", place->directory);
    counters_init(&place->counters);
    struct writer_options store = {.path = place->database,
                                   .counters = &place->counters,
                                   .queue_limit_spans = queue_limit_spans};
    assert_int_equal(writer_start(&store, &place->writer, &why), ERR_OK);
    limits.intake.writer = place->writer;
    limits.intake.counters = &place->counters;
    if (limits.listen_count == 0) {
        limits.listen = anywhere;
        limits.listen_count = 1;
    }
    if (server_start(&limits, &place->server, &why) != ERR_OK) {
        fail_msg("%s", why.text);
    }
    char text[SERVER_TEXT_BYTES];
    assert_true(server_describe(place->server, 0, text));
    place->port = (uint16_t)strtoul(strrchr(text, ':') + 1, NULL, 10);
    assert_true(place->port > 0);
}

static inline int remove_entry(const char *path, const struct stat *info, int kind,
                               struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void close_place(struct place *place)
{
    server_stop(place->server);
    writer_stop(place->writer);
    counters_clear(&place->counters);
    nftw(place->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static inline int64_t count_spans(const struct place *place)
{
    return store_file_ask(place->database, "SELECT count(*) FROM spans");
}

/* ---- a client -------------------------------------------------------------------------------- */

struct heard {
    int status; /* 0 = the connection ended without an answer */
    char head[HEAD_BYTES];
    struct text_buffer body;
};

static inline int dial(const struct place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(place->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(opened >= 0);
    setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(opened, (const struct sockaddr *)&address, sizeof address), 0);
    return opened;
}

/* False when the other side does not listen any more. */
static inline bool say(int socket, struct text bytes)
{
    while (bytes.length > 0) {
        ssize_t sent = send(socket, bytes.data, bytes.length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes = text_make(bytes.data + sent, bytes.length - (size_t)sent);
    }
    return true;
}

static inline void hear(int socket, struct heard *heard)
{
    size_t length = 0;
    *heard = (struct heard){0};
    while (strstr(heard->head, "\r\n\r\n") == NULL) {
        assert_true(length < HEAD_BYTES - 1);
        if (recv(socket, heard->head + length, 1, 0) != 1) {
            return;
        }
        length++;
    }
    heard->status = (int)strtol(heard->head + strlen("HTTP/1.1 "), NULL, 10);
    const char *announced = strstr(heard->head, "Content-Length: ");
    size_t rest = announced != NULL ? strtoul(announced + 16, NULL, 10) : 0;
    while (rest > 0) {
        char chunk[512];
        ssize_t got = recv(socket, chunk, rest < sizeof chunk ? rest : sizeof chunk, 0);
        assert_true(got > 0);
        text_append(&heard->body, text_make(chunk, (size_t)got));
        rest -= (size_t)got;
    }
}

/* One request on a connection of its own; head holds the lines behind the first, each with its
 * \r\n, without Content-Length. Owns: the caller frees ret->body. */
static inline void ask(const struct place *place, const char *line, const char *head,
                       struct text body, struct heard *ret)
{
    struct text_buffer request = {0};
    int socket = dial(place);
    text_append_format(&request, "%s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n", line, head,
                       body.length);
    text_append(&request, body);
    (void)say(socket, text_buffer_text(&request));
    hear(socket, ret);
    close(socket);
    text_buffer_free(&request);
}

static inline void expect(const struct place *place, const char *line, const char *head,
                          const char *body, int status, const char *answer)
{
    struct heard heard;
    ask(place, line, head, text_from(body), &heard);
    if (heard.status != status) {
        fail_msg("%s: %d instead of %d: %s", line, heard.status, status,
                 heard.body.data != NULL ? heard.body.data : "");
    }
    if (answer != NULL) {
        assert_string_equal(heard.body.data != NULL ? heard.body.data : "", answer);
    }
    text_buffer_free(&heard.body);
}

/* A moment ago, in ms: spans far from the receiver's clock are refused. */
static inline int64_t now_ms(void)
{
    return (int64_t)time(NULL) * 1000 - 5000;
}

/* {"spans":[...]} with spans from..from+count-1 of one trace. */
static inline void flat_body(struct text_buffer *body, int from, int count)
{
    text_append_cstr(body, "{\"spans\":[");
    for (int i = from; i < from + count; i++) {
        text_append_format(body,
                           "%s{\"id\":\"%016x\",\"traceId\":\"7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1"
                           "\",\"operationName\":\"op\",\"service\":\"api\",\"startedAt\":%lld,"
                           "\"endedAt\":%lld,\"status\":\"completed\"}",
                           i > from ? "," : "", (unsigned)i + 1, (long long)now_ms(),
                           (long long)now_ms() + 20);
    }
    text_append_cstr(body, "]}");
}

static inline void expect_flat(const struct place *place, const char *head, int from, int count,
                               int status, const char *answer)
{
    struct text_buffer body = {0};
    flat_body(&body, from, count);
    expect(place, "POST /api/trace-log", head, body.data, status, answer);
    text_buffer_free(&body);
}

#endif
