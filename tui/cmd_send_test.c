/* cmd_send_test — sends one small trace to the receiver, to show that spans arrive. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "ingest/listen.h"
#include "ingest/wire.h"
#include "store/base/clock.h"
#include "store/base/json.h"
#include "tui/canvas.h"
#include "tui/cmd.h"
#include "tui/options.h"

enum { TRACE_MS = 420, TIMEOUT_S = 10, ANSWER_BYTES = 8192, NO_PARENT = -1 };

/* A goal is created in the browser; the mail about it cannot be sent. */
struct sample {
    int parent; /* index in samples */
    int start_ms, end_ms;
    const char *name, *type, *service;
    const char *error;      /* NULL = completed */
    const char *attributes; /* JSON */
    const char *event;      /* NULL = none */
    int event_ms;
};

static const struct sample samples[] = {
    {.parent = NO_PARENT,
     .end_ms = TRACE_MS,
     .name = "click:Create goal",
     .type = "ui",
     .service = "web",
     .attributes = "{\"page\":\"/goals\"}"},
    {.parent = 0,
     .start_ms = 12,
     .end_ms = 405,
     .name = "POST /graphql",
     .type = "http",
     .service = "web",
     .attributes = "{\"http.request.method\":\"POST\",\"http.response.status_code\":200}"},
    {.parent = 1,
     .start_ms = 31,
     .end_ms = 390,
     .name = "mutation:createGoal",
     .type = "graphql",
     .service = "api",
     .attributes = "{\"graphql.operation.name\":\"createGoal\"}",
     .event = "validated",
     .event_ms = 38},
    {.parent = 2,
     .start_ms = 44,
     .end_ms = 47,
     .name = "GET goals:recent",
     .type = "cache",
     .service = "api",
     .attributes = "{\"cache.hit\":false}"},
    {.parent = 2,
     .start_ms = 50,
     .end_ms = 96,
     .name = "INSERT goals",
     .type = "db",
     .service = "api",
     .attributes = "{\"db.system.name\":\"sqlite\","
                   "\"db.query.text\":\"INSERT INTO goals(title) VALUES (?)\"}"},
    {.parent = 2,
     .start_ms = 101,
     .end_ms = 371,
     .name = "send goal-created mail",
     .type = "service",
     .service = "mailer",
     .error = "connect to smtp.example.org: timed out",
     .attributes = "{\"attempts\":3}"},
};

/* The spans of a trace are numbered in the last digit. */
static void append_span_id(struct text_buffer *body, uint64_t seed, int index)
{
    text_append_format(body, "\"%016" PRIx64 "\"", (seed & ~UINT64_C(15)) | (unsigned)(index + 1));
}

static void append_member(struct text_buffer *body, const char *key, const char *value)
{
    text_append_format(body, ",\"%s\":", key);
    json_append_string(body, text_from(value));
}

static void append_span(struct text_buffer *body, const struct sample *sample, int index,
                        const char *trace, uint64_t seed, int64_t begin_ms)
{
    text_append_cstr(body, index > 0 ? ",{\"id\":" : "{\"id\":");
    append_span_id(body, seed, index);
    append_member(body, "traceId", trace);
    if (sample->parent != NO_PARENT) {
        text_append_cstr(body, ",\"parentSpanId\":");
        append_span_id(body, seed, sample->parent);
    }
    append_member(body, "operationName", sample->name);
    append_member(body, "operationType", sample->type);
    append_member(body, "service", sample->service);
    append_member(body, "status", sample->error != NULL ? "error" : "completed");
    if (sample->error != NULL) {
        append_member(body, "errorMessage", sample->error);
    }
    append_member(body, "userId", "test-user");
    append_member(body, "sessionId", "send-test");
    text_append_format(body, ",\"startedAt\":%" PRId64 ",\"endedAt\":%" PRId64 ",\"attributes\":%s",
                       begin_ms + sample->start_ms, begin_ms + sample->end_ms, sample->attributes);
    if (sample->event != NULL) {
        text_append_format(body, ",\"events\":[{\"name\":\"%s\",\"timestamp\":%" PRId64 "}]",
                           sample->event, begin_ms + sample->event_ms);
    }
    text_append_char(body, '}');
}

static void append_body(struct text_buffer *body, const char *trace, uint64_t seed)
{
    int64_t begin_ms = clock_now_ns() / NS_PER_MS - TRACE_MS;
    text_append_cstr(body, "{\"spans\":[");
    for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
        append_span(body, &samples[i], (int)i, trace, seed, begin_ms);
    }
    text_append_cstr(body, "]}");
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

static enum err connect_to(const struct listen_address *address, int *ret_socket,
                           struct err_msg *why)
{
    char text[LISTEN_TEXT_BYTES];
    listen_print(address, text);
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int opened = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (opened < 0 || setsockopt(opened, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        setsockopt(opened, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(opened, (const struct sockaddr *)&address->address, address->length) != 0) {
        if (opened >= 0) {
            close(opened);
        }
        return err_set(
            why, ERR_NOT_FOUND,
            "nobody listens on %s: start tracetui first, or name its address: --listen ADDR:PORT",
            text);
    }
    *ret_socket = opened;
    return ERR_OK;
}

static bool send_all(int socket, struct text bytes)
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

static void append_request(struct text_buffer *request, const struct listen_address *address,
                           const char *token, struct text body)
{
    text_append_format(request,
                       "POST " WIRE_PATH_FLAT " HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n"
                       "Content-Type: application/json\r\nContent-Length: %zu\r\n",
                       address->host, body.length);
    if (token != NULL) {
        text_append_format(request, "Authorization: Bearer %s\r\n", token);
    }
    text_append_cstr(request, "\r\n");
    text_append(request, body);
}

/* "HTTP/1.1 200 OK...": the three digits, or 0. */
static int status_of(const char *answer)
{
    int64_t status = 0;
    if (strlen(answer) < 12 || strncmp(answer, "HTTP/1.", 7) != 0 ||
        text_parse_i64(text_make(answer + 9, 3), &status) != ERR_OK) {
        return 0;
    }
    return (int)status;
}

static enum err refuse_tls(const char *what, struct err_msg *why)
{
    return err_set(
        why, ERR_UNSUPPORTED,
        "%s TLS, which send-test does not: send with an OpenTelemetry SDK to https://, or "
        "with curl --cacert, as the README shows",
        what);
}

/* There is no HTTP in the answer. silence: nobody closed the connection either. */
static enum err refuse_answer(struct text answer, bool silence, struct err_msg *why)
{
    enum { TLS_ALERT = 0x15 };
    if (silence) {
        return err_set(why, ERR_IO, "no answer in %d s: is that a tracetui?", TIMEOUT_S);
    }
    if (answer.length > 0 && answer.data[0] != TLS_ALERT) {
        return err_set(why, ERR_IO, "the answer is no HTTP: is that a tracetui?");
    }
    return refuse_tls(
        answer.length > 0 ? "that port speaks" : "no answer: most likely that port speaks", why);
}

/* Sends the request and reads until the other side closes. */
static enum err exchange(int socket, struct text request, char answer[ANSWER_BYTES],
                         struct err_msg *why)
{
    size_t length = 0;
    bool silence = false;
    ssize_t got = 1;
    (void)send_all(socket, request); /* who closes early may have said why */
    while (got > 0 && length < ANSWER_BYTES - 1) {
        got = recv(socket, answer + length, ANSWER_BYTES - 1 - length, 0);
        silence = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        length += got > 0 ? (size_t)got : 0;
    }
    answer[length] = '\0';
    return status_of(answer) != 0 ? ERR_OK : refuse_answer(text_make(answer, length), silence, why);
}

/* ---- the command ----------------------------------------------------------------------------- */

static enum err send_trace(const struct options *options, struct err_msg *why)
{
    struct listen_address addresses[LISTEN_PER_TEXT];
    size_t count = 0;
    const char *where = options->listen_count > 0 ? options->listen[0] : "127.0.0.1:4318";
    if (options->tls_cert != NULL) {
        return refuse_tls("the receiver speaks", why);
    }
    enum err err = listen_parse(where, addresses, &count, why);
    int opened = -1;
    if (err == ERR_OK) {
        err = connect_to(&addresses[0], &opened, why);
    }
    if (err != ERR_OK) {
        return err;
    }

    uint64_t seed[2];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        close(opened);
        return err_set(why, ERR_IO, "no random numbers");
    }
    char trace[33];
    snprintf(trace, sizeof trace, "%016" PRIx64 "%016" PRIx64, seed[0], seed[1]);
    struct text_buffer body = {0};
    struct text_buffer request = {0};
    char answer[ANSWER_BYTES];
    append_body(&body, trace, seed[1]);
    append_request(&request, &addresses[0], options->ingest_token, text_buffer_text(&body));
    err = exchange(opened, text_buffer_text(&request), answer, why);
    close(opened);
    text_buffer_free(&body);
    text_buffer_free(&request);
    if (err != ERR_OK) {
        return err;
    }

    const char *rest = strstr(answer, "\r\n\r\n");
    int status = status_of(answer);
    const char *verb = status == 200 ? "sent" : "tried to send";
    char text[LISTEN_TEXT_BYTES];
    listen_print(&addresses[0], text);
    struct text_buffer said = {0}; /* whoever listens there may say anything */
    canvas_sanitise(text_from(rest != NULL ? rest + 4 : ""), &said);
    printf("%s %zu spans of trace %s to http://%s" WIRE_PATH_FLAT ": %d %.*s\n", verb,
           ARRAY_LEN(samples), trace, text, status, TEXT_ARGS(text_buffer_text(&said)));
    text_buffer_free(&said);
    enum { UNAUTHORIZED = 401 };
    if (status == UNAUTHORIZED) {
        return err_set(why, ERR_IO, "the receiver wants %s token: --ingest-token-file FILE",
                       options->ingest_token != NULL ? "another" : "a");
    }
    return status == 200 ? ERR_OK : err_set(why, ERR_IO, "the receiver did not take the trace");
}

int cmd_send_test(const struct options *options)
{
    struct err_msg why;
    enum err err = send_trace(options, &why);
    if (err == ERR_OK) {
        return 0;
    }
    fprintf(stderr, "tracetui: send-test: %s\n", why.text);
    return err == ERR_PARSE ? 2 : 1;
}
