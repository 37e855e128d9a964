/* http — one keep-alive connection that posts bodies: HTTP/1.1 as far as a sender needs it (RFC
 * 9112). */
#ifndef TRACETUI_CLIENT_HTTP_H
#define TRACETUI_CLIENT_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "ingest/client/buffer.h"

/* {.socket = -1} is closed. */
struct http {
    int socket;
    char host[256];
    char port[8];
    char path_prefix[256]; /* of the endpoint, without a final slash */
};

struct http_answer {
    int status;             /* 0: no answer */
    int64_t retry_after_ms; /* -1: none given */
    char problem[256];      /* "", why there was no answer, or what an answer above 299 says */
};

/* Reads "http://host[:port][/prefix]". False when it is something else (https included). */
bool http_parse(const char *endpoint, struct http *ret_http);

/* Posts one JSON body; connects first if need be. A kept connection that turns out to be dead is
 * replaced once. Blocks for at most timeout_ms in all. token may be NULL. */
void http_post(struct http *http, const char *path, const char *token, const char *body,
               size_t length, int timeout_ms, struct http_answer *ret_answer);
void http_close(struct http *http);

#endif
