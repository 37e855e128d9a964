/* link — one connection of the load: sends a body, hears the answer, over HTTP/1.1 or gRPC. */
#ifndef TRACETUI_TESTS_BENCH_LINK_H
#define TRACETUI_TESTS_BENCH_LINK_H

#include "store/base/text.h"

struct nghttp2_session;

struct link {
    int socket;
    const char *path, *type, *encoding; /* HTTP only; encoding may be NULL */
    struct text_buffer head, body;
    size_t sent;
    bool busy;
    bool refused; /* the last answer was no success */
    double due;   /* kept for the caller */

    char answer[2048]; /* HTTP */
    size_t answer_length;
    struct nghttp2_session *http2; /* gRPC; NULL = HTTP */
    bool answered;
};

/* Exits when nobody listens. */
void link_open(struct link *link, int port, bool grpc);
void link_close(struct link *link);

/* Sends what body holds; over gRPC it begins with the five bytes of the frame. */
void link_send(struct link *link);

/* Goes on after poll said that the socket is ready. True: the answer is here. */
bool link_go_on(struct link *link, short events);

/* What to poll for. */
short link_events(const struct link *link);

#endif
