/* http — one keep-alive connection that posts bodies: HTTP/1.1 as far as a sender needs it (RFC
 * 9112). */
#include "ingest/client/http.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ingest/client/retry_after.h"

enum { HEAD_LIMIT_BYTES = 16384, ANSWER_LIMIT_BYTES = 1 << 20 };

static int64_t monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool http_parse(const char *endpoint, struct http *ret_http)
{
    static const char scheme[] = "http://";
    struct http http = {.socket = -1};
    if (strncasecmp(endpoint, scheme, sizeof scheme - 1) != 0) {
        return false;
    }
    const char *host = endpoint + sizeof scheme - 1;
    const char *end = host + strcspn(host, "/?#");
    const char *host_end = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    const char *colon = memchr(host_end != NULL ? host_end : host, ':',
                               (size_t)(end - (host_end != NULL ? host_end : host)));
    if (*host == '[' && host_end == NULL) {
        return false;
    }
    const char *name = host_end != NULL ? host + 1 : host;
    const char *name_end = host_end != NULL ? host_end : colon != NULL ? colon : end;
    size_t prefix = strcspn(end, "?#");
    while (prefix > 0 && end[prefix - 1] == '/') {
        prefix--;
    }
    int port = colon != NULL ? (int)strtol(colon + 1, NULL, 10) : 80;
    if (name_end == name || (size_t)(name_end - name) >= sizeof http.host || port < 1 ||
        port > 65535 || prefix >= sizeof http.path_prefix) {
        return false;
    }
    memcpy(http.host, name, (size_t)(name_end - name));
    memcpy(http.path_prefix, end, prefix);
    snprintf(http.port, sizeof http.port, "%d", port);
    for (const char *c = endpoint; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ') {
            return false; /* nothing may break out of the request line */
        }
    }
    *ret_http = http;
    return true;
}

void http_close(struct http *http)
{
    if (http->socket >= 0) {
        close(http->socket);
    }
    http->socket = -1;
}

static void say(struct http_answer *answer, const char *what)
{
    snprintf(answer->problem, sizeof answer->problem, "%s", what);
}

static bool wait_for(int file, short events, int64_t deadline_ms)
{
    struct pollfd poller = {.fd = file, .events = events};
    int64_t left = deadline_ms - monotonic_ms();
    return left > 0 && poll(&poller, 1, (int)left) > 0;
}

static int connect_one(const struct addrinfo *address, int64_t deadline_ms)
{
    int file = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int problem = 0;
    socklen_t size = sizeof problem;
    if (file < 0) {
        return -1;
    }
    if (connect(file, address->ai_addr, address->ai_addrlen) != 0 &&
        (errno != EINPROGRESS || !wait_for(file, POLLOUT, deadline_ms) ||
         getsockopt(file, SOL_SOCKET, SO_ERROR, &problem, &size) != 0 || problem != 0)) {
        close(file);
        return -1;
    }
    int on = 1;
    setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return file;
}

static bool open_connection(struct http *http, int64_t deadline_ms, struct http_answer *answer)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    int problem = getaddrinfo(http->host, http->port, &hints, &addresses);
    if (problem != 0) {
        say(answer, gai_strerror(problem));
        return false;
    }
    for (const struct addrinfo *at = addresses; at != NULL && http->socket < 0; at = at->ai_next) {
        http->socket = connect_one(at, deadline_ms);
    }
    freeaddrinfo(addresses);
    if (http->socket < 0) {
        say(answer, "nobody listens there");
    }
    return http->socket >= 0;
}

static bool send_all(int file, const char *bytes, size_t length, int64_t deadline_ms)
{
    while (length > 0) {
        ssize_t sent = send(file, bytes, length, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        } else if (sent < 0 && errno == EINTR) {
            continue;
        } else if (sent == 0 || errno != EAGAIN || !wait_for(file, POLLOUT, deadline_ms)) {
            return false;
        }
    }
    return true;
}

/* Reads more of the answer; false at its end, on an error or when time is up. */
static bool receive(int file, struct buffer *answer, int64_t deadline_ms)
{
    char chunk[4096];
    for (;;) {
        ssize_t got = recv(file, chunk, sizeof chunk, 0);
        if (got > 0) {
            buffer_add(answer, chunk, (size_t)got);
            return !answer->failed && answer->length <= ANSWER_LIMIT_BYTES;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0 || errno != EAGAIN || !wait_for(file, POLLIN, deadline_ms)) {
            return false;
        }
    }
}

/* The value of a header in the head of an answer, or NULL; ends at the line's end. */
static const char *header(const char *head, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            return line + length + 1 + strspn(line + length + 1, " \t");
        }
    }
    return NULL;
}

/* Reads until the head of an answer is complete; returns its end, the empty line, or NULL. */
static char *read_head(int file, struct buffer *text, int64_t deadline_ms)
{
    char *end = NULL;
    do {
        if (text->length >= HEAD_LIMIT_BYTES || !receive(file, text, deadline_ms)) {
            return NULL;
        }
        end = strstr(text->data, "\r\n\r\n");
    } while (end == NULL);
    return strncmp(text->data, "HTTP/1.", 7) == 0 && end - text->data >= 12 ? end : NULL;
}

/* What the receiver says about its refusal, as far as it can be shown in a line. */
static void keep_problem(struct http_answer *answer, const char *body)
{
    snprintf(answer->problem, sizeof answer->problem, "%d %s", answer->status, body);
    for (char *c = answer->problem; *c != '\0'; c++) {
        *c = (unsigned char)*c < ' ' || *c == 127 ? ' ' : *c;
    }
}

/* Reads one answer; the connection stays open only when its end is known and its body was read. */
static bool read_answer(struct http *http, int64_t deadline_ms, struct http_answer *answer)
{
    struct buffer text = {0};
    const char *end = read_head(http->socket, &text, deadline_ms);
    while (end != NULL && text.data[9] == '1') { /* 1xx: the answer is still to come */
        size_t interim = (size_t)(end - text.data) + 4;
        memmove(text.data, text.data + interim, text.length - interim + 1);
        text.length -= interim;
        end = strstr(text.data, "\r\n\r\n");
        end = end != NULL ? end : read_head(http->socket, &text, deadline_ms);
    }
    bool fine = end != NULL;
    if (fine) {
        size_t head = (size_t)(end - text.data) + 4;
        text.data[head - 2] = '\0';
        const char *length = header(text.data, "Content-Length");
        const char *retry = header(text.data, "Retry-After");
        const char *connection = header(text.data, "Connection");
        bool closes = connection != NULL && strncasecmp(connection, "close", 5) == 0;
        bool ends = length != NULL;
        size_t body = ends ? strtoul(length, NULL, 10) : 0;
        answer->status = (int)strtol(text.data + 9, NULL, 10);
        answer->retry_after_ms = retry != NULL ? retry_after_ms(retry, time(NULL)) : -1;
        while (ends && text.length - head < body && receive(http->socket, &text, deadline_ms)) {
        }
        if (closes || text.length - head != body ||
            (!ends && answer->status != 202 && answer->status != 204)) {
            http_close(http);
        }
        if (answer->status > 299) {
            keep_problem(answer, text.data + head);
        }
    }
    buffer_free(&text);
    return fine;
}

static bool exchange(struct http *http, const struct buffer *head, const char *body, size_t length,
                     int64_t deadline_ms, struct http_answer *answer)
{
    if (!send_all(http->socket, head->data, head->length, deadline_ms) ||
        !send_all(http->socket, body, length, deadline_ms) ||
        !read_answer(http, deadline_ms, answer)) {
        say(answer, "the connection broke");
        http_close(http);
        return false;
    }
    return true;
}

static void build_head(const struct http *http, const char *path, const char *token, size_t length,
                       struct buffer *head)
{
    bool v6 = strchr(http->host, ':') != NULL;
    const char *const parts[] = {"POST ",
                                 http->path_prefix,
                                 path,
                                 " HTTP/1.1\r\nHost: ",
                                 v6 ? "[" : "",
                                 http->host,
                                 v6 ? "]:" : ":",
                                 http->port,
                                 "\r\nContent-Type: application/json\r\nUser-Agent: libtracetui"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        buffer_add_text(head, parts[i]);
    }
    if (token != NULL) {
        buffer_add_text(head, "\r\nAuthorization: Bearer ");
        buffer_add_text(head, token);
    }
    buffer_add_text(head, "\r\nContent-Length: ");
    buffer_add_int(head, (int64_t)length);
    buffer_add_text(head, "\r\n\r\n");
}

void http_post(struct http *http, const char *path, const char *token, const char *body,
               size_t length, int timeout_ms, struct http_answer *ret_answer)
{
    int64_t deadline_ms = monotonic_ms() + timeout_ms;
    struct buffer head = {0};
    *ret_answer = (struct http_answer){.retry_after_ms = -1};
    build_head(http, path, token, length, &head);
    if (head.failed) {
        say(ret_answer, "out of memory");
        buffer_free(&head);
        return;
    }
    bool kept = http->socket >= 0;
    bool done = kept && exchange(http, &head, body, length, deadline_ms, ret_answer);
    if (!done && open_connection(http, deadline_ms, ret_answer)) {
        exchange(http, &head, body, length, deadline_ms, ret_answer);
    }
    if (ret_answer->status != 0 && ret_answer->status <= 299) {
        ret_answer->problem[0] = '\0';
    }
    buffer_free(&head);
}
