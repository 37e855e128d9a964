/* storm_link — a connection of the storm: asks over HTTP/1.1 or gRPC, and waits for the answer. */
#include "storm_link.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ingest/wire.h"

enum { ANSWER_BYTES = 64 << 10, PATIENCE_S = 20 };

void storm_link_close(struct storm_link *link)
{
    nghttp2_session_del(link->http2);
    link->http2 = NULL;
    if (link->socket >= 0) {
        close(link->socket);
    }
    link->socket = -1;
}

void storm_link_free(struct storm_link *link)
{
    storm_link_close(link);
    text_buffer_free(&link->framed);
}

bool storm_link_open(struct storm_link *link, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = PATIENCE_S};
    int on = 1;
    link->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(link->socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(link->socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return connect(link->socket, (const struct sockaddr *)&address, sizeof address) == 0;
}

static bool send_all(int target, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(target, bytes, length, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* ---- HTTP ----------------------------------------------------------------------------------- */

/* A whole answer in target; its status, or 0. */
static int read_answer(struct storm_link *link, char target[ANSWER_BYTES])
{
    size_t length = 0;
    size_t wanted = SIZE_MAX;
    while (length < wanted) {
        ssize_t got = recv(link->socket, target + length, ANSWER_BYTES - 1 - length, 0);
        if (got <= 0) {
            return 0;
        }
        length += (size_t)got;
        target[length] = '\0';
        const char *end = strstr(target, "\r\n\r\n");
        if (end != NULL && wanted == SIZE_MAX) {
            const char *size = strcasestr(target, "\r\nContent-Length:");
            wanted = (size_t)(end - target) + 4 +
                     (size != NULL && size < end ? strtoul(size + 17, NULL, 10) : 0);
        }
    }
    return (int)strtol(target + 9, NULL, 10);
}

enum outcome storm_link_post(struct storm_link *link, const char *path, const char *type,
                             struct text body, bool cut)
{
    char answer[ANSWER_BYTES] = "";
    struct text_buffer request = {0};
    text_append_format(&request,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       path, type, body.length);
    text_append(&request, body);
    bool sent = send_all(link->socket, request.data, cut ? request.length / 2 : request.length);
    text_buffer_free(&request);
    link->without_retry = false;
    if (cut) {
        return CUT;
    }
    int status = sent ? read_answer(link, answer) : 0;
    bool closes = strcasestr(answer, "\r\nConnection: close") != NULL;
    bool retry = status != 0 && strcasestr(answer, "\r\nRetry-After:") != NULL;
    link->without_retry = status >= 400 && !retry;
    if (status != 0 && closes) {
        storm_link_close(link);
    }
    return status / 100 == 2 ? TAKEN
           : status == 503   ? REFUSED_BUSY_503
           : status == 429   ? REFUSED_RATE_429
           : status != 0     ? REFUSED_OTHER
                             : BROKEN;
}

/* ---- gRPC ----------------------------------------------------------------------------------- */

static ssize_t on_send(nghttp2_session *http2, const uint8_t *data, size_t length, int flags,
                       void *context)
{
    (void)http2;
    (void)flags;
    struct storm_link *link = context;
    return send_all(link->socket, (const char *)data, length) ? (ssize_t)length
                                                              : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *context)
{
    (void)http2;
    (void)frame;
    (void)flags;
    (void)length;
    struct storm_link *link = context;
    struct text header = text_make((const char *)name, name_length);
    if (text_is(header, "grpc-status")) {
        link->grpc_status = (int)strtol((const char *)value, NULL, 10);
    } else if (text_is(header, "grpc-status-details-bin")) {
        link->grpc_details = true;
    }
    return 0;
}

static int on_close(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
    (void)http2;
    (void)stream;
    (void)code;
    struct storm_link *link = context;
    link->grpc_closed = true;
    return 0;
}

static ssize_t on_read(nghttp2_session *http2, int32_t stream, uint8_t *buffer, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)http2;
    (void)stream;
    (void)source;
    struct storm_link *link = context;
    size_t length = link->framed.length - link->framed_sent;
    length = length < size ? length : size;
    memcpy(buffer, link->framed.data + link->framed_sent, length);
    link->framed_sent += length;
    if (link->framed_sent == link->framed.length) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)length;
}

static void open_http2(struct storm_link *link)
{
    nghttp2_session_callbacks *callbacks = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        abort();
    }
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    if (nghttp2_session_client_new(&link->http2, callbacks, link) != 0) {
        abort();
    }
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(link->http2, NGHTTP2_FLAG_NONE, NULL, 0);
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

enum outcome storm_link_call(struct storm_link *link, struct text message)
{
    if (link->http2 == NULL) {
        open_http2(link);
    }
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),
        pair(":scheme", "http"),
        pair(":path", WIRE_PATH_GRPC),
        pair(":authority", "localhost"),
        pair("content-type", "application/grpc"),
        pair("te", "trailers"),
    };
    size_t length = message.length;
    const char prefix[] = {0, (char)(length >> 24), (char)(length >> 16), (char)(length >> 8),
                           (char)length};
    text_buffer_clear(&link->framed);
    link->framed_sent = 0;
    link->without_retry = false;
    text_append(&link->framed, text_make(prefix, sizeof prefix));
    text_append(&link->framed, message);
    link->grpc_status = -1;
    link->grpc_details = link->grpc_closed = false;
    nghttp2_data_provider body = {.read_callback = on_read};
    if (nghttp2_submit_request(link->http2, NULL, headers, ARRAY_LEN(headers), &body, NULL) < 0) {
        return BROKEN;
    }
    char piece[16384];
    while (!link->grpc_closed) {
        ssize_t got = nghttp2_session_send(link->http2) != 0
                          ? -1
                          : recv(link->socket, piece, sizeof piece, 0);
        if (got <= 0 ||
            nghttp2_session_mem_recv(link->http2, (const uint8_t *)piece, (size_t)got) != got) {
            return BROKEN;
        }
    }
    int status = link->grpc_status;
    link->without_retry = status > 0 && !link->grpc_details;
    return status == 0    ? TAKEN
           : status == 14 ? REFUSED_BUSY_503
           : status == 8  ? REFUSED_RATE_429
           : status > 0   ? REFUSED_OTHER
                          : BROKEN;
}
