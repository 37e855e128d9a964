/* server — the HTTP receiver: sockets, threads, and answers that wait for the commit.
 *
 *     struct server *server;
 *     struct server_options options = {
 *         .intake = {.writer = writer, .counters = &counters}};
 *     if (server_start(&options, &server, &why) != ERR_OK) { ... why.text ... }
 *     ... server_describe(server, 0, text): "http://127.0.0.1:4318" ...
 *     server_stop(server);     // before writer_stop: it answers those who wait for a commit
 */
#ifndef TRACETUI_INGEST_SERVER_H
#define TRACETUI_INGEST_SERVER_H

#include "ingest/intake.h"
#include "store/base/err.h"

struct server;

enum { SERVER_TEXT_BYTES = 80 };

/* Everything is borrowed until server_stop. */
struct server_options {
    const char *const *listen; /* see listen.h */
    size_t listen_count;       /* 0 = 127.0.0.1:4318 and [::1]:4318 */
    struct intake_options intake;
    const char *admin_token;         /* NULL = the admin API lets nobody in */
    const char *database;            /* for the admin API; NULL = there is none */
    const char *const *cors_origins; /* pages that may send; "*" = all */
    size_t cors_count;
    size_t bodies_limit_bytes; /* of all requests at a time; 0 = the default in server.c */
};

/* Succeeds when at least one address could be had. Errors: ERR_PARSE, ERR_NOT_FOUND a wrong
 * address; ERR_UNSUPPORTED other machines could send, and there is neither a token nor insecure;
 * ERR_BUSY, ERR_IO none of the addresses could be had. */
enum err server_start(const struct server_options *options, struct server **ret_server,
                      struct err_msg *why) MUST_CHECK;

/* Writes the URL of the index-th address ("http://127.0.0.1:4318"); false behind the last. */
bool server_describe(const struct server *server, size_t index, char target[SERVER_TEXT_BYTES]);

/* The addresses that could not be had and why, one a line; "" if there are none. */
const char *server_problem(const struct server *server);

/* Tells new requests to come again (503), lets the writer finish what it was given, answers, joins.
 * NULL is fine. */
void server_stop(struct server *server);

#endif
