/* client_receiver — a receiver of HTTP posts for tests of the client library: keeps what it got,
 * answers what it is told to. Setup and teardown for cmocka. */
#ifndef TRACETUI_TESTS_CLIENT_RECEIVER_H
#define TRACETUI_TESTS_CLIENT_RECEIVER_H

/* clang-format off: cmocka needs these first, in this order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format on */

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BODIES = 1024, REQUEST_BYTES = 1 << 20 };

struct receiver {
    int listener;
    char endpoint[64];
    pthread_t thread;
    pthread_mutex_t lock;
    int refuse; /* so many requests are answered 503 first */
    const char *refusal;
    int connections, requests;
    char *bodies[BODIES];
    char head[4096]; /* of the last request */
    int stop;
};

static ssize_t read_request(int file, char *target, size_t size)
{
    size_t length = 0;
    for (;;) {
        ssize_t got = recv(file, target + length, size - 1 - length, 0);
        if (got <= 0) {
            return -1;
        }
        length += (size_t)got;
        target[length] = '\0';
        const char *end = strstr(target, "\r\n\r\n");
        const char *said = strstr(target, "Content-Length: ");
        if (end != NULL && said != NULL &&
            length >= (size_t)(end + 4 - target) + strtoul(said + 16, NULL, 10)) {
            return (ssize_t)length;
        }
    }
}

static void serve_connection(struct receiver *receiver, int file)
{
    char *request = malloc(REQUEST_BYTES);
    while (read_request(file, request, REQUEST_BYTES) > 0) {
        pthread_mutex_lock(&receiver->lock);
        const char *body = strstr(request, "\r\n\r\n") + 4;
        snprintf(receiver->head, sizeof receiver->head, "%.*s", (int)(body - request), request);
        int refused = receiver->refuse > 0;
        if (refused) {
            receiver->refuse--;
        } else {
            receiver->bodies[receiver->requests++] = strdup(body);
        }
        const char *answer =
            refused ? receiver->refusal : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        pthread_mutex_unlock(&receiver->lock);
        if (send(file, answer, strlen(answer), MSG_NOSIGNAL) < 0) {
            break;
        }
    }
    free(request);
    close(file);
}

static void *serve(void *context)
{
    struct receiver *receiver = context;
    for (;;) {
        int file = accept(receiver->listener, NULL, NULL);
        if (file < 0 || receiver->stop) {
            if (file >= 0) {
                close(file);
            }
            return NULL;
        }
        receiver->connections++;
        serve_connection(receiver, file);
    }
}

static int receiver_setup(void **state)
{
    struct receiver *receiver = calloc(1, sizeof *receiver);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    receiver->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    receiver->refusal = "HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    pthread_mutex_init(&receiver->lock, NULL);
    assert_int_equal(bind(receiver->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(receiver->listener, 16), 0);
    getsockname(receiver->listener, (struct sockaddr *)&address, &size);
    snprintf(receiver->endpoint, sizeof receiver->endpoint, "http://127.0.0.1:%d",
             ntohs(address.sin_port));
    pthread_create(&receiver->thread, NULL, serve, receiver);
    *state = receiver;
    return 0;
}

static int receiver_teardown(void **state)
{
    struct receiver *receiver = *state;
    receiver->stop = 1;
    shutdown(receiver->listener, SHUT_RDWR);
    pthread_join(receiver->thread, NULL);
    close(receiver->listener);
    for (int i = 0; i < receiver->requests; i++) {
        free(receiver->bodies[i]);
    }
    pthread_mutex_destroy(&receiver->lock);
    free(receiver);
    return 0;
}

static inline size_t count_in(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static inline size_t count_received(struct receiver *receiver, const char *part)
{
    size_t count = 0;
    pthread_mutex_lock(&receiver->lock);
    for (int i = 0; i < receiver->requests; i++) {
        count += count_in(receiver->bodies[i], part);
    }
    pthread_mutex_unlock(&receiver->lock);
    return count;
}

#endif
