/* test_server — what senders hear: a real receiver on a free port, spoken to over raw sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <ftw.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "ingest/server.h"
#include "store/counters.h"
#include "store/writer.h"

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
static void open_place(struct place *place, struct server_options limits, size_t queue_limit_spans)
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
    limits.writer = place->writer;
    limits.counters = &place->counters;
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

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static void close_place(struct place *place)
{
    server_stop(place->server);
    writer_stop(place->writer);
    counters_clear(&place->counters);
    nftw(place->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static int64_t count_spans(const struct place *place)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_open_v2(place->database, &database, SQLITE_OPEN_READONLY, NULL),
                     SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(database, "SELECT count(*) FROM spans", -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return count;
}

/* ---- a client -------------------------------------------------------------------------------- */

struct heard {
    int status; /* 0 = the connection ended without an answer */
    char head[HEAD_BYTES];
    struct text_buffer body;
};

static int dial(const struct place *place)
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
static bool say(int socket, struct text bytes)
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

static void hear(int socket, struct heard *heard)
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
static void ask(const struct place *place, const char *line, const char *head, struct text body,
                struct heard *ret)
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

static void expect(const struct place *place, const char *line, const char *head, const char *body,
                   int status, const char *answer)
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
static int64_t now_ms(void)
{
    return (int64_t)time(NULL) * 1000 - 5000;
}

/* {"spans":[...]} with spans from..from+count-1 of one trace. */
static void flat_body(struct text_buffer *body, int from, int count)
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

static void expect_flat(const struct place *place, const char *head, int from, int count,
                        int status, const char *answer)
{
    struct text_buffer body = {0};
    flat_body(&body, from, count);
    expect(place, "POST /api/trace-log", head, body.data, status, answer);
    text_buffer_free(&body);
}

static void deflate_text(struct text_buffer *target, struct text text)
{
    z_stream stream = {.next_in = (z_const Bytef *)text.data, .avail_in = (uInt)text.length};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    int code;
    do {
        char chunk[4096];
        stream.next_out = (Bytef *)chunk;
        stream.avail_out = sizeof chunk;
        code = deflate(&stream, Z_FINISH);
        text_append(target, text_make(chunk, sizeof chunk - stream.avail_out));
    } while (code == Z_OK);
    deflateEnd(&stream);
}

/* ---- spans come in --------------------------------------------------------------------------- */

static void answer_comes_after_commit(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < 20; i++) {
        expect_flat(&place, JSON_HEAD, i * 3, 3, 200, "{\"received\":3}");
        assert_int_equal(count_spans(&place), (i + 1) * 3);
    }
    expect_flat(&place, JSON_HEAD, 0, 3, 200, "{\"received\":3}"); /* the same again */
    assert_int_equal(count_spans(&place), 60);
    assert_int_equal(atomic_load(&place.counters.received), 63);
    close_place(&place);
}

static void every_path_takes_its_protocol(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    struct text_buffer body = {0};
    text_append_format(&body,
                       "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":"
                       "\"0af7651916cd43dd8448eb211c80319c\",\"spanId\":\"b7ad6b7169203331\","
                       "\"name\":\"GET\",\"startTimeUnixNano\":\"%lld000000\","
                       "\"endTimeUnixNano\":\"%lld000000\"}]}]}]}",
                       (long long)now_ms(), (long long)now_ms() + 9);
    expect(&place, "POST /v1/traces", JSON_HEAD, body.data, 200, "{}");
    assert_int_equal(count_spans(&place), 1);

    text_buffer_clear(&body);
    text_append_format(&body,
                       "[{\"traceId\":\"0af7651916cd43dd\",\"id\":\"b7ad6b7169203332\","
                       "\"name\":\"get\",\"timestamp\":%lld000,\"duration\":500}]",
                       (long long)now_ms());
    expect(&place, "POST /api/v2/spans", JSON_HEAD, body.data, 202, "");
    assert_int_equal(count_spans(&place), 2);

    text_buffer_clear(&body);
    text_append_format(&body,
                       "[{\"traceId\":\"0af7651916cd43de\",\"spanId\":\"b7ad6b7169203333\","
                       "\"name\":\"sync\",\"startTimeMs\":%lld,\"endTimeMs\":%lld}]",
                       (long long)now_ms(), (long long)now_ms() + 4);
    expect(&place, "POST /api/v1/telemetry/spans", JSON_HEAD, body.data, 200, "{\"received\":1}");
    assert_int_equal(count_spans(&place), 3);
    text_buffer_free(&body);

    expect(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
           "", 200, "");
    expect(&place, "POST /v1/traces", JSON_HEAD, "{}", 200, "{}");
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":[]}", 200, "{\"received\":0}");
    expect(&place, "POST /api/v2/spans", JSON_HEAD, "[]", 202, "");
    close_place(&place);
}

static void gzip_is_taken(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer packed = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 50);
    deflate_text(&packed, text_buffer_text(&body));
    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_buffer_text(&packed), &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body.data, "{\"received\":50}");
    text_buffer_free(&heard.body);
    assert_int_equal(count_spans(&place), 50);

    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_make(packed.data, packed.length - 9), &heard);
    assert_int_equal(heard.status, 400);
    assert_string_equal(heard.body.data, "{\"error\":\"Invalid payload: gzip: cut off\"}");
    text_buffer_free(&heard.body);
    text_buffer_free(&body);
    text_buffer_free(&packed);
    close_place(&place);
}

static void chunks_are_joined(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer request = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 4);
    text_append_cstr(&request, "POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                               "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < body.length; at += 7) {
        size_t length = body.length - at < 7 ? body.length - at : 7;
        text_append_format(&request, "%zx\r\n", length);
        text_append(&request, text_make(body.data + at, length));
        text_append_cstr(&request, "\r\n");
    }
    text_append_cstr(&request, "0\r\n\r\n");
    int socket = dial(&place);
    assert_true(say(socket, text_buffer_text(&request)));
    hear(socket, &heard);
    assert_int_equal(heard.status, 200);
    assert_string_equal(heard.body.data, "{\"received\":4}");
    close(socket);
    text_buffer_free(&heard.body);
    text_buffer_free(&body);
    text_buffer_free(&request);
    close_place(&place);
}

/* Many requests written at once on one connection are answered one by one, in their order. */
static void pipelined_requests_keep_their_order(void **state)
{
    (void)state;
    enum { REQUESTS = 12 };
    struct place place;
    struct text_buffer all = {0};
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < REQUESTS; i++) {
        struct text_buffer body = {0};
        flat_body(&body, i * 100, i + 1);
        text_append_format(&all, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                           JSON_HEAD, body.length, body.data);
        text_buffer_free(&body);
    }
    int socket = dial(&place);
    assert_true(say(socket, text_buffer_text(&all)));
    for (int i = 0; i < REQUESTS; i++) {
        struct heard heard;
        char expected[32];
        hear(socket, &heard);
        snprintf(expected, sizeof expected, "{\"received\":%d}", i + 1);
        assert_int_equal(heard.status, 200);
        assert_string_equal(heard.body.data, expected);
        text_buffer_free(&heard.body);
    }
    close(socket);
    text_buffer_free(&all);
    close_place(&place);
}

/* ---- refusals -------------------------------------------------------------------------------- */

static void bad_spans_are_named(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    flat_body(&body, 0, 1);
    body.length -= 2; /* without the closing brackets */
    text_append_cstr(&body, ",{\"id\":\"1\",\"operationName\":\"x\",\"startedAt\":1}]}");
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(
        strstr(heard.body.data, "{\"received\":1,\"refused\":1,\"errors\":[\"spans[1]."));
    text_buffer_free(&heard.body);
    text_buffer_free(&body);

    ask(&place, "POST /api/trace-log", JSON_HEAD, TEXT("{\"spans\":[{}]}"), &heard);
    assert_int_equal(heard.status, 400);
    assert_non_null(
        strstr(heard.body.data,
               "{\"error\":\"spans[0]: id, traceId, operationName, startedAt missing\","));
    assert_non_null(strstr(heard.body.data, "\"received\":0,\"refused\":1,\"errors\":["));
    text_buffer_free(&heard.body);

    ask(&place, "POST /v1/traces", JSON_HEAD,
        TEXT("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{}]}]}]}"), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.body.data, "{\"partialSuccess\":{\"rejectedSpans\":\"1\","
                                            "\"errorMessage\":\"resourceSpans[0]."));
    text_buffer_free(&heard.body);

    /* resource_spans{scope_spans{spans{}}}: one span without anything */
    ask(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
        TEXT("\x0a\x04\x12\x02\x12\x00"), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.head, "Content-Type: application/x-protobuf\r\n"));
    assert_int_equal(heard.body.data[0], 0x0a);                  /* partial_success */
    assert_memory_equal(heard.body.data + 2, "\x08\x01\x12", 3); /* rejected 1, message */
    text_buffer_free(&heard.body);

    assert_int_equal(counters_refused(&place.counters), 4);
    close_place(&place);
}

static void bad_bodies_are_refused_in_the_senders_words(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":3}", 400,
           "{\"error\":\"Invalid payload: spans: an array was expected\"}");
    expect(&place, "POST /api/trace-log", JSON_HEAD, "{\"spans\":[", 400, NULL);
    expect(&place, "POST /api/trace-log", JSON_HEAD, "", 400, NULL);
    expect(&place, "POST /api/v2/spans", JSON_HEAD, "{", 400, NULL);
    ask(&place, "POST /v1/traces", JSON_HEAD, TEXT("["), &heard);
    assert_int_equal(heard.status, 400);
    assert_non_null(strstr(heard.body.data, "{\"code\":3,\"message\":\"Invalid payload: "));
    text_buffer_free(&heard.body);
    ask(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: application/x-protobuf\r\n",
        TEXT("\xff\xff\xff"), &heard);
    assert_int_equal(heard.status, 400);
    assert_memory_equal(heard.body.data, "\x08\x03\x12", 3); /* code 3, message */
    text_buffer_free(&heard.body);
    close_place(&place);
}

static void other_paths_and_methods(void **state)
{
    (void)state;
    static const char pb[] = "Host: localhost\r\nContent-Type: application/x-protobuf\r\n";
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){0}, 0);
    expect(&place, "GET /healthz", "Host: localhost\r\n", "", 200,
           "{\"status\":\"ok\",\"version\":\"" TRACETUI_VERSION "\"}");
    expect(&place, "GET /nowhere", "Host: localhost\r\n", "", 404,
           "{\"error\":\"no such path: /nowhere; spans go to POST /v1/traces, /api/trace-log, "
           "/api/v1/telemetry/spans or /api/v2/spans\"}");
    expect(&place, "POST /%0d%1b[2J%22", JSON_HEAD, "{}", 404,
           "{\"error\":\"no such path: /??[2J\\\"; spans go to POST /v1/traces, /api/trace-log, "
           "/api/v1/telemetry/spans or /api/v2/spans\"}");
    expect(&place, "GET /v1/traces", "Host: localhost\r\n", "", 405,
           "{\"code\":12,\"message\":\"/v1/traces takes POST, OPTIONS\"}");
    expect(&place, "POST /v1/logs", JSON_HEAD, "{}", 404,
           "{\"code\":5,\"message\":\"tracetui takes traces only: POST them to /v1/traces\"}");
    ask(&place, "POST /v1/metrics", pb, TEXT("whatever"), &heard);
    assert_int_equal(heard.status, 404);
    assert_memory_equal(heard.body.data, "\x08\x05\x12", 3);
    text_buffer_free(&heard.body);
    ask(&place, "DELETE /healthz", "Host: localhost\r\n", TEXT(""), &heard);
    assert_int_equal(heard.status, 405);
    assert_non_null(strstr(heard.head, "Allow: GET, HEAD, OPTIONS\r\n"));
    text_buffer_free(&heard.body);
    ask(&place, "GET /", "Host: localhost:4318\r\n", TEXT(""), &heard);
    assert_int_equal(heard.status, 200);
    assert_non_null(strstr(heard.body.data, "=http://localhost:4318\n"));
    text_buffer_free(&heard.body);

    int socket = dial(&place);
    char byte;
    assert_true(say(socket, TEXT("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n"
                                 "Connection: close\r\n\r\n")));
    while (recv(socket, &byte, 1, 0) == 1) {
    }
    assert_int_equal(byte, '\n'); /* ends with the headers */
    close(socket);
    close_place(&place);
}

static void wrong_types_are_refused(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    expect_flat(&place, "Host: localhost\r\nContent-Type: text/plain\r\n", 0, 1, 415, NULL);
    expect_flat(&place, "Host: localhost\r\n", 0, 1, 415,
                "{\"error\":\"Content-Type missing: application/json expected\"}");
    expect_flat(&place, "Host: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n", 0,
                1, 415, NULL);
    expect_flat(&place, "Host: localhost\r\nContent-Type: application/x-protobuf\r\n", 0, 1, 415,
                NULL);
    expect_flat(&place, JSON_HEAD "Content-Encoding: deflate\r\n", 0, 1, 415, NULL);
    expect(&place, "POST /v1/traces", "Host: localhost\r\nContent-Type: text/plain\r\n", "{}", 415,
           "{\"code\":3,\"message\":\"Content-Type text/plain: application/json or "
           "application/x-protobuf expected\"}");
    expect_flat(&place, "Host: localhost\r\nContent-Type: Application/JSON; charset=utf-8\r\n", 0,
                1, 200, NULL);
    expect_flat(&place, JSON_HEAD "Content-Encoding: identity\r\n", 0, 1, 200, NULL);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_TYPE]), 6);
    close_place(&place);
}

static void long_bodies_are_refused(void **state)
{
    (void)state;
    enum { LIMIT_BYTES = 10000 };
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer packed = {0};
    struct heard heard;
    open_place(&place, (struct server_options){.body_limit_bytes = LIMIT_BYTES}, 0);
    for (int i = 0; i < 3 * LIMIT_BYTES; i++) {
        text_append_char(&body, ' ');
    }
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 413);
    assert_string_equal(heard.body.data, "{\"error\":\"the body is over 10000 bytes\"}");
    text_buffer_free(&heard.body);

    deflate_text(&packed, text_buffer_text(&body)); /* small outside, large inside */
    ask(&place, "POST /api/trace-log", JSON_HEAD "Content-Encoding: gzip\r\n",
        text_buffer_text(&packed), &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);

    /* of unknown length */
    int socket = dial(&place);
    struct text_buffer request = {0};
    text_append_format(
        &request, "POST /api/trace-log HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
        JSON_HEAD, body.length);
    text_append(&request, text_buffer_text(&body));
    text_append_cstr(&request, "\r\n0\r\n\r\n");
    assert_true(say(socket, text_buffer_text(&request)));
    hear(socket, &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);
    close(socket);

    /* far too long: told at once */
    socket = dial(&place);
    assert_true(say(socket, TEXT("POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                                 "Content-Length: 1000000000000\r\n\r\n")));
    hear(socket, &heard);
    assert_int_equal(heard.status, 413);
    text_buffer_free(&heard.body);
    close(socket);

    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_SIZE]), 4);
    text_buffer_free(&request);
    text_buffer_free(&body);
    text_buffer_free(&packed);
    close_place(&place);
}

/* Each of these could be read in another way by a proxy in front of us. */
static void doubtful_framing_is_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "Host: localhost\r\nHost: localhost\r\nContent-Length: 2\r\n",
        "Host: localhost\r\nContent-Length: 2\r\nContent-Length: 7\r\n",
        "Host: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n",
        "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: localhost\r\nTransfer-Encoding: identity\r\n",
        "Host: localhost\r\nContent-Length : 2\r\n",
        "Content-Length: 2\r\n",
    };
    struct place place;
    open_place(&place, (struct server_options){0}, 0);
    for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
        struct text_buffer request = {0};
        struct heard heard;
        int socket = dial(&place);
        text_append_format(&request,
                           "POST /api/trace-log HTTP/1.1\r\nContent-Type: application/json\r\n"
                           "%s\r\n{}",
                           heads[i]);
        assert_true(say(socket, text_buffer_text(&request)));
        hear(socket, &heard);
        assert_int_equal(heard.status, 400);
        text_buffer_free(&heard.body);
        hear(socket, &heard); /* and the connection ends */
        assert_int_equal(heard.status, 0);
        close(socket);
        text_buffer_free(&request);
    }
    close_place(&place);
}

static void foreign_pages_are_kept_out(void **state)
{
    (void)state;
    static const char *const origins[] = {"http://localhost:3000"};
    static const char type[] = "Content-Type: application/json\r\n";
    static const char *const hosts[] = {"localhost", "LOCALHOST:1", "127.0.0.1:4318", "[::1]:4318",
                                        "[::1]"};
    struct place place;
    struct heard heard;
    char head[256];
    open_place(&place, (struct server_options){.cors_origins = origins, .cors_count = 1}, 0);
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        snprintf(head, sizeof head, "%sHost: %s\r\n", type, hosts[i]);
        expect_flat(&place, head, 0, 1, 200, NULL);
    }
    snprintf(head, sizeof head, "%sHost: evil.example:4318\r\n", type);
    expect_flat(&place, head, 0, 1, 403, NULL);
    snprintf(head, sizeof head, "%sHost: localhost.evil.example\r\n", type);
    expect_flat(&place, head, 0, 1, 403, NULL);
    expect_flat(&place, JSON_HEAD "Origin: http://evil.example\r\n", 0, 1, 403, NULL);
    expect_flat(&place, JSON_HEAD "Origin: null\r\n", 0, 1, 403, NULL);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_ACCESS]), 4);

    expect_flat(&place, JSON_HEAD "Origin: http://localhost:3000\r\n", 0, 1, 200, NULL);
    ask(&place, "OPTIONS /api/trace-log",
        "Host: localhost\r\nOrigin: http://localhost:3000\r\n"
        "Access-Control-Request-Method: POST\r\n",
        TEXT(""), &heard);
    assert_int_equal(heard.status, 204);
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Origin: http://localhost:3000\r\n"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Methods: POST"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Headers: Content-Type"));
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Credentials: true\r\n"));
    text_buffer_free(&heard.body);
    /* navigator.sendBeacon of a text */
    expect_flat(&place,
                "Host: localhost\r\nContent-Type: text/plain;charset=UTF-8\r\n"
                "Origin: http://localhost:3000\r\n",
                0, 1, 200, NULL);
    expect_flat(&place, "Host: localhost\r\nContent-Type: text/plain\r\n", 0, 1, 415, NULL);
    close_place(&place);
}

static void any_page_may_send_but_not_unasked(void **state)
{
    (void)state;
    static const char *const origins[] = {"*"};
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.cors_origins = origins, .cors_count = 1}, 0);
    ask(&place, "OPTIONS /api/trace-log", "Host: localhost\r\nOrigin: http://any.example\r\n",
        TEXT(""), &heard);
    assert_int_equal(heard.status, 204);
    assert_non_null(strstr(heard.head, "Access-Control-Allow-Origin: http://any.example\r\n"));
    assert_null(strstr(heard.head, "Access-Control-Allow-Credentials"));
    text_buffer_free(&heard.body);
    expect_flat(&place,
                "Host: localhost\r\nContent-Type: text/plain\r\nOrigin: http://any.example\r\n", 0,
                1, 415, NULL);
    close_place(&place);
}

static void public_hosts_are_ours(void **state)
{
    (void)state;
    static const char *const hosts[] = {"traces.example"};
    static const char *const all[] = {"0.0.0.0:0"};
    static const char type[] = "Content-Type: application/json\r\n";
    static const struct {
        const char *host;
        int on_loopback, open;
    } cases[] = {
        {"traces.example", 200, 200},     {"Traces.Example.:443", 200, 200},
        {"localhost:1", 200, 200},        {"10.1.2.3:4318", 403, 200},
        {"[2001:db8::1]:4318", 403, 200}, {"evil.example", 403, 403},
        {"a.traces.example", 403, 403},   {"10.1.2.3.evil.example", 403, 403},
    };
    for (int open = 0; open < 2; open++) {
        struct place place;
        char head[256];
        struct server_options options = {
            .public_hosts = hosts, .public_host_count = 1, .insecure = true};
        options.listen = open ? all : NULL;
        options.listen_count = (size_t)open;
        open_place(&place, options, 0);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            snprintf(head, sizeof head, "%sHost: %s\r\n", type, cases[i].host);
            expect_flat(&place, head, 0, 1, open ? cases[i].open : cases[i].on_loopback, NULL);
        }
        close_place(&place);
    }
}

static void token_is_asked_for(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.ingest_token = "sesame-open"}, 0);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-open\r\n", 0, 1, 200, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-opem\r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer sesame-open1\r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Bearer \r\n", 0, 1, 401, NULL);
    expect_flat(&place, JSON_HEAD "Authorization: Basic sesame-open\r\n", 0, 1, 401, NULL);
    ask(&place, "POST /v1/traces", JSON_HEAD, TEXT("{}"), &heard);
    assert_int_equal(heard.status, 401);
    assert_non_null(strstr(heard.head, "WWW-Authenticate: Bearer\r\n"));
    assert_non_null(strstr(heard.body.data, "{\"code\":16,"));
    text_buffer_free(&heard.body);
    expect(&place, "GET /healthz", "Host: localhost\r\n", "", 200, NULL);
    close_place(&place);
}

/* While the database is held by somebody else, one batch waits in the writer and one in the queue;
 * the next is sent away. When it is free again, those who waited hear that their spans are stored.
 */
static void full_queue_asks_to_retry(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer body = {0};
    struct text_buffer request = {0};
    struct heard heard;
    sqlite3 *holder = NULL;
    int waiting[2];
    open_place(&place, (struct server_options){0}, 2);
    assert_int_equal(sqlite3_open(place.database, &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    flat_body(&body, 0, 2);
    text_append_format(&request, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                       JSON_HEAD, body.length, body.data);
    for (uint64_t i = 0; i < 2; i++) {
        waiting[i] = dial(&place);
        assert_true(say(waiting[i], text_buffer_text(&request)));
        while (atomic_load(&place.counters.received) != 2 * (i + 1) ||
               atomic_load(&place.counters.queued) != 2 * i) {
            usleep(1000);
        }
    }
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&body), &heard);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.head, "Retry-After: 1\r\n"));
    assert_string_equal(heard.body.data, "{\"error\":\"not stored: the queue is full\"}");
    text_buffer_free(&heard.body);
    assert_int_equal(atomic_load(&place.counters.refused[REFUSED_BUSY]), 2);

    assert_int_equal(sqlite3_exec(holder, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(holder);
    for (int i = 0; i < 2; i++) {
        hear(waiting[i], &heard);
        assert_int_equal(heard.status, 200);
        text_buffer_free(&heard.body);
        close(waiting[i]);
    }
    assert_int_equal(count_spans(&place), 2);
    text_buffer_free(&request);
    text_buffer_free(&body);
    close_place(&place);
}

/* Bodies that arrive together share one budget; those who got none hear 503. */
static void memory_for_bodies_is_bounded(void **state)
{
    (void)state;
    struct place place;
    struct text_buffer half = {0};
    struct heard heard;
    open_place(&place, (struct server_options){.bodies_limit_bytes = 60000}, 0);
    text_append_format(&half, "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: 50000\r\n\r\n",
                       JSON_HEAD);
    for (int i = 0; i < 40000; i++) {
        text_append_char(&half, ' ');
    }
    int waiting = dial(&place);
    assert_true(say(waiting, text_buffer_text(&half)));
    while (atomic_load(&place.counters.requests) == 0) {
        usleep(1000);
    }
    usleep(100000); /* the body follows its headers */
    ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&half), &heard);
    assert_int_equal(heard.status, 503);
    assert_non_null(strstr(heard.head, "Retry-After: 1\r\n"));
    text_buffer_free(&heard.body);
    close(waiting);
    do { /* the first one has gone: there is room again */
        usleep(10000);
        ask(&place, "POST /api/trace-log", JSON_HEAD, text_buffer_text(&half), &heard);
        text_buffer_free(&heard.body);
    } while (heard.status == 503);
    assert_int_equal(heard.status, 400);
    text_buffer_free(&half);
    close_place(&place);
}

static void stalled_senders_are_cut(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.timeout_s = 1}, 0);
    int silent = dial(&place);
    int stalled = dial(&place);
    assert_true(say(stalled, TEXT("POST /api/trace-log HTTP/1.1\r\n" JSON_HEAD
                                  "Content-Length: 500\r\n\r\n{\"spans\"")));
    expect_flat(&place, JSON_HEAD, 0, 1, 200, NULL); /* others are served meanwhile */
    hear(silent, &heard);
    assert_int_equal(heard.status, 0);
    hear(stalled, &heard);
    assert_int_equal(heard.status, 0);
    close(silent);
    close(stalled);
    close_place(&place);
}

/* A byte now and then keeps a connection alive for libmicrohttpd, and would for ever. */
static void headers_that_trickle_are_cut(void **state)
{
    (void)state;
    struct place place;
    open_place(&place, (struct server_options){.timeout_s = 1}, 0);
    int trickling = dial(&place);
    bool open = say(trickling, TEXT("POST /api/trace-log HTTP/1.1\r\nX-Long: "));
    int bytes = 0;
    while (open && bytes < 500) {
        char byte;
        usleep(20000);
        open = say(trickling, TEXT("a")) && recv(trickling, &byte, 1, MSG_DONTWAIT) != 0;
        bytes++;
    }
    assert_false(open);
    close(trickling);
    close_place(&place);
}

static void idle_connections_may_be_used_again(void **state)
{
    (void)state;
    struct place place;
    struct heard heard;
    open_place(&place, (struct server_options){.timeout_s = 2}, 0);
    int socket = dial(&place);
    for (int i = 0; i < 5; i++) {
        assert_true(say(socket, TEXT("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")));
        hear(socket, &heard);
        assert_int_equal(heard.status, 200);
        text_buffer_free(&heard.body);
        usleep(700000);
    }
    close(socket);
    close_place(&place);
}

/* ---- starting and stopping ------------------------------------------------------------------- */

static void taken_port_is_reported(void **state)
{
    (void)state;
    struct place first;
    struct place second;
    struct server *third = NULL;
    struct err_msg why;
    char taken[32];
    char expected[128];
    open_place(&first, (struct server_options){0}, 0);
    assert_string_equal(server_problem(first.server), "");
    snprintf(taken, sizeof taken, "127.0.0.1:%u", first.port);
    const char *both[] = {taken, "127.0.0.1:0"};
    open_place(&second, (struct server_options){.listen = both, .listen_count = 2}, 0);
    snprintf(expected, sizeof expected,
             "%s is in use by another program; --listen ADDRESS:PORT picks another", taken);
    assert_string_equal(server_problem(second.server), expected);
    assert_int_not_equal(second.port, first.port);

    struct server_options only = {
        .listen = both, .listen_count = 1, .writer = first.writer, .counters = &first.counters};
    assert_int_equal(server_start(&only, &third, &why), ERR_BUSY);
    assert_string_equal(why.text, expected);
    close_place(&second);
    close_place(&first);
}

static void wrong_addresses_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"4318", ERR_PARSE},
        {"localhost", ERR_PARSE},
        {"localhost:70000", ERR_PARSE},
        {"::1:4318", ERR_PARSE},
        {"127.0.0.1:", ERR_PARSE},
        {"0.0.0.0:0", ERR_UNSUPPORTED},
        {"[::]:0", ERR_UNSUPPORTED},
        {"256.0.0.1.:0", ERR_NOT_FOUND},
    };
    struct counters counters;
    counters_init(&counters);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct server *server = NULL;
        struct err_msg why = {""};
        struct server_options options = {
            .listen = &cases[i].text, .listen_count = 1, .counters = &counters};
        assert_int_equal(server_start(&options, &server, &why), cases[i].err);
        assert_true(why.text[0] != '\0');
    }
    counters_clear(&counters);
}

static void other_machines_are_let_in_when_said(void **state)
{
    (void)state;
    static const char *const all[] = {"0.0.0.0:0"};
    struct place place;
    open_place(
        &place,
        (struct server_options){.listen = all, .listen_count = 1, .ingest_token = "12345678"}, 0);
    expect_flat(&place,
                "Host: box.example\r\nContent-Type: application/json\r\n"
                "Authorization: bearer 12345678\r\n",
                0, 1, 200, NULL);
    close_place(&place);
}

struct sender {
    pthread_t thread;
    const struct place *place;
    int number;
    int accepted; /* spans that were answered with 200 */
};

static void *send_many(void *ctx)
{
    struct sender *sender = ctx;
    for (int i = 0;; i++) {
        struct text_buffer body = {0};
        struct text_buffer request = {0};
        struct heard heard = {0};
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons(sender->place->port),
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        flat_body(&body, (sender->number << 20) + i * 5, 5);
        text_append_format(&request,
                           "POST /api/trace-log HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s",
                           JSON_HEAD, body.length, body.data);
        int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(opened, (const struct sockaddr *)&address, sizeof address) == 0 &&
            say(opened, text_buffer_text(&request))) {
            hear(opened, &heard);
        }
        close(opened);
        text_buffer_free(&body);
        text_buffer_free(&request);
        text_buffer_free(&heard.body);
        if (heard.status != 200) {
            return NULL;
        }
        sender->accepted += 5;
    }
}

/* Stopped under load: whoever heard 200 finds its spans, and nobody hangs. */
static void stopping_loses_nothing(void **state)
{
    (void)state;
    enum { SENDERS = 16 };
    struct place place;
    struct sender senders[SENDERS];
    open_place(&place, (struct server_options){0}, 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.place = &place, .number = i};
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_many, &senders[i]), 0);
    }
    usleep(300000);
    server_stop(place.server);
    place.server = NULL;
    int64_t accepted = 0;
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(senders[i].thread, NULL);
        accepted += senders[i].accepted;
    }
    assert_true(accepted > 0);
    assert_true(count_spans(&place) >= accepted);
    assert_true(count_spans(&place) <= accepted + SENDERS * 5);
    close_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answer_comes_after_commit),
        cmocka_unit_test(every_path_takes_its_protocol),
        cmocka_unit_test(gzip_is_taken),
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(pipelined_requests_keep_their_order),
        cmocka_unit_test(bad_spans_are_named),
        cmocka_unit_test(bad_bodies_are_refused_in_the_senders_words),
        cmocka_unit_test(other_paths_and_methods),
        cmocka_unit_test(wrong_types_are_refused),
        cmocka_unit_test(long_bodies_are_refused),
        cmocka_unit_test(doubtful_framing_is_refused),
        cmocka_unit_test(foreign_pages_are_kept_out),
        cmocka_unit_test(any_page_may_send_but_not_unasked),
        cmocka_unit_test(public_hosts_are_ours),
        cmocka_unit_test(token_is_asked_for),
        cmocka_unit_test(full_queue_asks_to_retry),
        cmocka_unit_test(memory_for_bodies_is_bounded),
        cmocka_unit_test(stalled_senders_are_cut),
        cmocka_unit_test(headers_that_trickle_are_cut),
        cmocka_unit_test(idle_connections_may_be_used_again),
        cmocka_unit_test(taken_port_is_reported),
        cmocka_unit_test(wrong_addresses_are_refused),
        cmocka_unit_test(other_machines_are_let_in_when_said),
        cmocka_unit_test(stopping_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
