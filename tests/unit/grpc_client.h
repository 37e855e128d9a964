/* grpc_client — a small gRPC client over nghttp2 for the tests of the receiver. */
#ifndef TRACETUI_TESTS_UNIT_GRPC_CLIENT_H
#define TRACETUI_TESTS_UNIT_GRPC_CLIENT_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>

#include "ingest/grpc.h"
#include "ingest/wire.h"
#include "store/base/clock.h"
#include "tests/unit/place.h"

enum { HEARD_BYTES = 1024, PATIENCE_MS = 10000 };

/* One call: what is asked, and what comes back. */
struct call {
    const char *method, *path, *type, *encoding, *authority, *authorization,
        *timeout;     /* NULL = as usual */
    struct text body; /* with its framing */
    bool open;        /* the stream stays open behind the body */

    size_t sent_bytes;
    int32_t stream;
    int http_status;
    int status; /* -1 = not said */
    char message[HEARD_BYTES];
    char details[HEARD_BYTES];
    char answer[HEARD_BYTES];
    size_t answer_length;
    bool closed;
    uint32_t reset; /* the code the stream was closed with */
};

struct client {
    int socket;
    nghttp2_session *http2;
    bool goaway;
    bool ended; /* the other side closed the connection */
};

/* ---- what comes back ------------------------------------------------------------------------ */

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *context)
{
    (void)flags;
    (void)context;
    struct call *call = nghttp2_session_get_stream_user_data(http2, frame->hd.stream_id);
    struct text header = text_make((const char *)name, name_length);
    if (text_is(header, ":status")) {
        call->http_status = atoi((const char *)value);
    } else if (text_is(header, "grpc-status")) {
        call->status = atoi((const char *)value);
    } else if (text_is(header, "grpc-message")) {
        snprintf(call->message, sizeof call->message, "%.*s", (int)length, (const char *)value);
    } else if (text_is(header, "grpc-status-details-bin")) {
        snprintf(call->details, sizeof call->details, "%.*s", (int)length, (const char *)value);
    }
    return 0;
}

static int on_data(nghttp2_session *http2, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t length, void *context)
{
    (void)flags;
    (void)context;
    struct call *call = nghttp2_session_get_stream_user_data(http2, stream);
    assert_true(call->answer_length + length <= sizeof call->answer);
    memcpy(call->answer + call->answer_length, data, length);
    call->answer_length += length;
    return 0;
}

static int on_frame(nghttp2_session *http2, const nghttp2_frame *frame, void *context)
{
    (void)http2;
    struct client *client = context;
    client->goaway |= frame->hd.type == NGHTTP2_GOAWAY;
    return 0;
}

static int on_close(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
    (void)context;
    struct call *call = nghttp2_session_get_stream_user_data(http2, stream);
    call->closed = true;
    call->reset = code;
    return 0;
}

static ssize_t on_send(nghttp2_session *http2, const uint8_t *data, size_t length, int flags,
                       void *context)
{
    (void)http2;
    (void)flags;
    struct client *client = context;
    ssize_t sent = send(client->socket, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent >= 0 ? sent : NGHTTP2_ERR_WOULDBLOCK;
}

static ssize_t on_read(nghttp2_session *http2, int32_t stream, uint8_t *buffer, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)http2;
    (void)stream;
    (void)context;
    struct call *call = source->ptr;
    size_t length = call->body.length - call->sent_bytes;
    length = length < size ? length : size;
    if (length == 0 && call->open) {
        return NGHTTP2_ERR_DEFERRED;
    }
    if (length > 0) {
        memcpy(buffer, call->body.data + call->sent_bytes, length);
    }
    call->sent_bytes += length;
    if (call->sent_bytes == call->body.length && !call->open) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)length;
}

/* ---- the client ----------------------------------------------------------------------------- */

static inline int dial(const struct grpc *grpc)
{
    char url[GRPC_TEXT_BYTES];
    assert_true(grpc_describe(grpc, 0, url));
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int opened = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(opened >= 0);
    assert_int_equal(connect(opened, (const struct sockaddr *)&address, sizeof address), 0);
    return opened;
}

static inline void client_open(struct client *client, const struct grpc *grpc)
{
    nghttp2_session_callbacks *callbacks = NULL;
    *client = (struct client){.socket = dial(grpc)};
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    assert_int_equal(nghttp2_session_client_new(&client->http2, callbacks, client), 0);
    nghttp2_session_callbacks_del(callbacks);
    assert_int_equal(nghttp2_submit_settings(client->http2, NGHTTP2_FLAG_NONE, NULL, 0), 0);
}

static inline void client_close(struct client *client)
{
    nghttp2_session_del(client->http2);
    close(client->socket);
}

static inline nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

static inline const char *usual(const char *given, const char *otherwise)
{
    return given != NULL ? given : otherwise;
}

/* Puts the call on its way; client_wait does the rest. */
static inline void client_ask(struct client *client, struct call *call)
{
    nghttp2_nv headers[9] = {
        pair(":method", usual(call->method, "POST")),
        pair(":scheme", "http"),
        pair(":path", usual(call->path, WIRE_PATH_GRPC)),
        pair(":authority", usual(call->authority, "localhost:4317")),
        pair("content-type", usual(call->type, "application/grpc")),
        pair("te", "trailers"),
    };
    size_t count = 6;
    if (call->encoding != NULL) {
        headers[count++] = pair("grpc-encoding", call->encoding);
    }
    if (call->timeout != NULL) {
        headers[count++] = pair("grpc-timeout", call->timeout);
    }
    if (call->authorization != NULL) {
        headers[count++] = pair("authorization", call->authorization);
    }
    nghttp2_data_provider body = {.source.ptr = call, .read_callback = on_read};
    call->status = -1;
    call->stream = nghttp2_submit_request(client->http2, NULL, headers, count, &body, call);
    assert_true(call->stream > 0);
}

/* Sends and receives once, waiting up to patience_ms. */
static inline void client_step(struct client *client, int patience_ms)
{
    char piece[16384];
    (void)nghttp2_session_send(client->http2);
    bool blocked = nghttp2_session_want_write(client->http2) != 0;
    struct pollfd ready = {.fd = client->socket,
                           .events = (short)(POLLIN | (blocked ? POLLOUT : 0))};
    (void)poll(&ready, 1, patience_ms);
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) == 0) {
        return;
    }
    ssize_t length = recv(client->socket, piece, sizeof piece, MSG_DONTWAIT);
    if (length == 0 || (length < 0 && errno != EAGAIN)) {
        client->ended = true;
    } else if (length > 0) {
        assert_int_equal(nghttp2_session_mem_recv(client->http2, (uint8_t *)piece, (size_t)length),
                         length);
    }
}

/* Until the call is answered or the connection ends. */
static inline void client_wait(struct client *client, const struct call *call)
{
    int64_t end_ns = clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS;
    while (!call->closed && !client->ended && clock_monotonic_ns() < end_ns) {
        client_step(client, 100);
    }
}

/* Until the server says that it takes no more calls. */
static inline void client_wait_goaway(struct client *client)
{
    int64_t end_ns = clock_monotonic_ns() + PATIENCE_MS * NS_PER_MS;
    while (!client->goaway && !client->ended && clock_monotonic_ns() < end_ns) {
        client_step(client, 20);
    }
}

/* For a while, whatever comes. */
static inline void client_run(struct client *client, int64_t time_ms)
{
    int64_t end_ns = clock_monotonic_ns() + time_ms * NS_PER_MS;
    while (!client->ended && clock_monotonic_ns() < end_ns) {
        client_step(client, 20);
    }
}

#endif
