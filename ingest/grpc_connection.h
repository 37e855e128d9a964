/* grpc_connection — a socket and the session that is spoken over it. Thread: gRPC. */
#ifndef TRACETUI_INGEST_GRPC_CONNECTION_H
#define TRACETUI_INGEST_GRPC_CONNECTION_H

#include "ingest/grpc_session.h"
#include "ingest/tls.h"

struct grpc_connection {
    struct grpc_connection *next; /* of the listener's list */
    struct grpc_session *session;
    int socket;
    struct tls_stream *tls; /* NULL: plain */
    int poll;               /* the epoll set the socket is in */
    uint32_t watched;       /* events asked of it */
    struct text unsent;     /* of the session's output */
    int64_t opened_ns;
    int64_t moved_ns; /* monotonic: the last byte in or out */
    bool parting;     /* all is said: waits a moment for the peer to close */
    bool dead;        /* to be closed */
};

/* How long nothing may move. */
struct grpc_patience {
    int64_t silent_ns;
    int64_t idle_ns;
};

/* Takes the socket, which must not block, and watches it. tls may be NULL. */
struct grpc_connection *grpc_connection_open(struct grpc_service *service, const struct tls *tls,
                                             int poll, int socket, const char *peer);

/* The socket has something to tell: reads, feeds, sends. */
void grpc_connection_handle(struct grpc_connection *connection);

/* Sends what the session has to say. */
void grpc_connection_flush(struct grpc_connection *connection);

void grpc_connection_leave(struct grpc_connection *connection);
void grpc_connection_check_time(struct grpc_connection *connection, int64_t now_ns,
                                const struct grpc_patience *patience);
void grpc_connection_close(struct grpc_connection *connection);

#endif
