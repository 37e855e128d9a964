/* link — one connection of the load: sends a body, hears the answer, over HTTP/1.1 or gRPC. */
#include "tests/bench/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ingest/wire.h"
#include "tests/bench/bench.h"

/* ---- HTTP ----------------------------------------------------------------------------------- */

static void send_http(struct link *link)
{
    size_t total = link->head.length + link->body.length;
    while (link->sent < total) {
        struct iovec parts[2] = {{.iov_base = link->head.data, .iov_len = link->head.length},
                                 {.iov_base = link->body.data, .iov_len = link->body.length}};
        size_t in_head = link->sent < link->head.length ? link->sent : link->head.length;
        size_t in_body = link->sent - in_head;
        parts[0].iov_base = link->head.data + in_head;
        parts[0].iov_len -= in_head;
        parts[1].iov_base = link->body.data + in_body;
        parts[1].iov_len -= in_body;
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t count = sendmsg(link->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) {
            return;
        }
        if (count <= 0) {
            bench_die("the receiver closed a connection: %s", strerror(errno));
        }
        link->sent += (size_t)count;
    }
}

/* Whether all of the answer is there. */
static bool http_is_answered(struct link *link)
{
    link->answer[link->answer_length] = '\0';
    const char *end = strstr(link->answer, "\r\n\r\n");
    const char *length = strcasestr(link->answer, "content-length:");
    if (end == NULL || length == NULL) {
        return false;
    }
    size_t head = (size_t)(end - link->answer) + 4;
    return link->answer_length >= head + strtoul(length + 15, NULL, 10);
}

static bool hear_http(struct link *link)
{
    size_t room = sizeof link->answer - 1 - link->answer_length;
    ssize_t count = recv(link->socket, link->answer + link->answer_length, room, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        bench_die("the receiver closed a connection");
    }
    link->answer_length += count > 0 ? (size_t)count : 0;
    if (!http_is_answered(link)) {
        return false;
    }
    link->refused = strncmp(link->answer + 8, " 200", 4) != 0;
    return true;
}

/* ---- gRPC ----------------------------------------------------------------------------------- */

static int on_header(nghttp2_session *http2, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *context)
{
    (void)http2, (void)frame, (void)flags;
    struct link *link = context;
    if (name_length == 11 && memcmp(name, "grpc-status", 11) == 0) {
        link->refused = length != 1 || value[0] != '0';
    }
    return 0;
}

static int on_close(nghttp2_session *http2, int32_t stream, uint32_t code, void *context)
{
    (void)http2, (void)stream, (void)code;
    struct link *link = context;
    link->answered = true;
    return 0;
}

static ssize_t on_send(nghttp2_session *http2, const uint8_t *data, size_t length, int flags,
                       void *context)
{
    (void)http2, (void)flags;
    const struct link *link = context;
    ssize_t sent = send(link->socket, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent >= 0 ? sent : NGHTTP2_ERR_WOULDBLOCK;
}

static ssize_t on_read(nghttp2_session *http2, int32_t stream, uint8_t *buffer, size_t size,
                       uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)http2, (void)stream, (void)context;
    struct link *link = source->ptr;
    size_t length = link->body.length - link->sent;
    length = length < size ? length : size;
    memcpy(buffer, link->body.data + link->sent, length);
    link->sent += length;
    if (link->sent == link->body.length) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)length;
}

static void open_grpc(struct link *link)
{
    nghttp2_session_callbacks *callbacks = NULL;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        bench_die("out of memory");
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_send_callback(callbacks, on_send);
    if (nghttp2_session_client_new(&link->http2, callbacks, link) != 0 ||
        nghttp2_submit_settings(link->http2, NGHTTP2_FLAG_NONE, NULL, 0) != 0) {
        bench_die("out of memory");
    }
    nghttp2_session_callbacks_del(callbacks);
}

static nghttp2_nv pair(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

static void send_grpc(struct link *link)
{
    const nghttp2_nv headers[] = {
        pair(":method", "POST"),
        pair(":scheme", "http"),
        pair(":path", WIRE_PATH_GRPC),
        pair(":authority", "localhost"),
        pair("content-type", "application/grpc"),
        pair("te", "trailers"),
    };
    nghttp2_data_provider body = {.source.ptr = link, .read_callback = on_read};
    link->answered = false;
    if (nghttp2_submit_request(link->http2, NULL, headers, ARRAY_LEN(headers), &body, link) < 0) {
        bench_die("cannot make a gRPC call");
    }
    nghttp2_session_send(link->http2);
}

static bool hear_grpc(struct link *link)
{
    uint8_t bytes[4096];
    ssize_t count = recv(link->socket, bytes, sizeof bytes, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN)) {
        bench_die("the receiver closed a connection");
    }
    if (count > 0 && nghttp2_session_mem_recv(link->http2, bytes, (size_t)count) < 0) {
        bench_die("cannot understand the receiver's HTTP/2");
    }
    nghttp2_session_send(link->http2);
    return link->answered;
}

/* ---- both ----------------------------------------------------------------------------------- */

void link_open(struct link *link, int port, bool grpc)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    link->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (link->socket < 0 ||
        connect(link->socket, (const struct sockaddr *)&address, sizeof address) != 0) {
        bench_die("nobody listens on port %d", port);
    }
    int on = 1;
    setsockopt(link->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (grpc) {
        open_grpc(link);
    }
}

void link_close(struct link *link)
{
    nghttp2_session_del(link->http2);
    close(link->socket);
    text_buffer_free(&link->head);
    text_buffer_free(&link->body);
}

void link_send(struct link *link)
{
    link->busy = true;
    link->sent = 0;
    link->answer_length = 0;
    if (link->http2 != NULL) {
        send_grpc(link);
        return;
    }
    text_buffer_clear(&link->head);
    text_append_format(&link->head,
                       "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\n"
                       "Content-Length: %zu\r\n%s%s%s\r\n",
                       link->path, link->type, link->body.length,
                       link->encoding != NULL ? "Content-Encoding: " : "",
                       link->encoding != NULL ? link->encoding : "",
                       link->encoding != NULL ? "\r\n" : "");
    send_http(link);
}

bool link_go_on(struct link *link, short events)
{
    if (link->http2 == NULL && (events & POLLOUT) != 0) {
        send_http(link);
    }
    if (link->http2 != NULL && (events & POLLOUT) != 0) {
        nghttp2_session_send(link->http2);
    }
    bool done = false;
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0) {
        done = link->http2 != NULL ? hear_grpc(link) : hear_http(link);
    }
    link->busy = link->busy && !done;
    return done;
}

short link_events(const struct link *link)
{
    bool sending = link->http2 != NULL
                       ? nghttp2_session_want_write(link->http2) != 0
                       : link->busy && link->sent < link->head.length + link->body.length;
    return (short)(POLLIN | (sending ? POLLOUT : 0));
}
