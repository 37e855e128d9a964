/* grpc_connection — a socket and the session that is spoken over it. */
#include "ingest/grpc_connection.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/base/clock.h"

/* Closing a socket with unread bytes makes the kernel throw away what the peer has not read yet. */
#define PARTING_NS (200 * NS_PER_MS)

enum { PIECE_BYTES = 64 << 10, PIECES_AT_A_TIME = 4 /* then others get their turn */ };

static void watch(struct grpc_connection *connection, uint32_t events)
{
    if (connection->watched == events) {
        return;
    }
    struct epoll_event event = {.events = events, .data.ptr = connection};
    int what = connection->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(connection->poll, what, connection->socket, &event) != 0) {
        connection->dead = true;
    }
    connection->watched = events;
}

struct grpc_connection *grpc_connection_open(struct grpc_service *service, const struct tls *tls,
                                             int poll, int socket, const char *peer)
{
    struct grpc_connection *connection = mem_zero(1, sizeof *connection);
    int on = 1;
    /* Small frames must not wait for acknowledgements; if that fails they merely do. */
    (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connection->socket = socket;
    connection->tls = tls != NULL ? tls_stream_new(tls, socket) : NULL;
    connection->poll = poll;
    connection->moved_ns = connection->opened_ns = clock_monotonic_ns();
    connection->session = grpc_session_new(service, peer, connection);
    watch(connection, EPOLLIN);
    return connection;
}

void grpc_connection_close(struct grpc_connection *connection)
{
    grpc_session_free(connection->session);
    tls_stream_free(connection->tls);
    close(connection->socket);
    free(connection);
}

static void part(struct grpc_connection *connection)
{
    if (!connection->parting) {
        connection->parting = true;
        connection->moved_ns = clock_monotonic_ns();
        if (connection->tls != NULL) {
            tls_stream_end(connection->tls);
        }
        connection->dead |= shutdown(connection->socket, SHUT_WR) != 0;
    }
}

static ssize_t put(struct grpc_connection *connection, const struct text *bytes)
{
    return connection->tls != NULL
               ? tls_stream_write(connection->tls, bytes->data, bytes->length)
               : send(connection->socket, bytes->data, bytes->length, MSG_NOSIGNAL);
}

static ssize_t get(struct grpc_connection *connection, void *target, size_t size)
{
    return connection->tls != NULL ? tls_stream_read(connection->tls, target, size)
                                   : recv(connection->socket, target, size, 0);
}

/* A handshake may have to read before anything can be sent, and the other way round. */
static void wait_for(struct grpc_connection *connection, uint32_t events)
{
    if (connection->tls != NULL) {
        events = tls_stream_waits_for_room(connection->tls) ? EPOLLOUT : EPOLLIN;
    }
    watch(connection, events);
}

void grpc_connection_flush(struct grpc_connection *connection)
{
    while (!connection->dead && !connection->parting) {
        struct text *unsent = &connection->unsent;
        if (unsent->length == 0) {
            *unsent = grpc_session_output(connection->session);
        }
        if (unsent->length == 0) {
            watch(connection, EPOLLIN);
            if (grpc_session_is_done(connection->session)) {
                part(connection);
            }
            return;
        }
        ssize_t sent = put(connection, unsent);
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            wait_for(connection, EPOLLOUT); /* and read nothing until it has left */
            return;
        }
        if (sent < 0 && errno != EINTR) {
            connection->dead = true;
        } else if (sent > 0) {
            *unsent = text_make(unsent->data + sent, unsent->length - (size_t)sent);
            connection->moved_ns = clock_monotonic_ns();
        }
    }
}

/* False when there is nothing more to read now. */
static bool read_piece(struct grpc_connection *connection)
{
    char piece[PIECE_BYTES];
    ssize_t length = get(connection, piece, sizeof piece);
    if (length < 0) {
        connection->dead |= errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
        if (!connection->dead) {
            wait_for(connection, EPOLLIN);
        }
        return false;
    }
    if (length == 0) {
        connection->dead = true;
        return false;
    }
    if (connection->parting) {
        return true;
    }
    connection->moved_ns = clock_monotonic_ns();
    bool fine = grpc_session_feed(connection->session, text_make(piece, (size_t)length));
    grpc_connection_flush(connection);
    if (!fine && !connection->dead) {
        part(connection);
    }
    return true;
}

void grpc_connection_handle(struct grpc_connection *connection)
{
    if (connection->unsent.length > 0) {
        grpc_connection_flush(connection);
    }
    for (int i = 0; i < PIECES_AT_A_TIME; i++) {
        if (connection->dead || connection->unsent.length > 0 || !read_piece(connection)) {
            return;
        }
    }
}

void grpc_connection_leave(struct grpc_connection *connection)
{
    grpc_session_leave(connection->session);
    grpc_connection_flush(connection);
}

void grpc_connection_check_time(struct grpc_connection *connection, int64_t now_ns,
                                const struct grpc_patience *patience)
{
    int64_t silent_ns = now_ns - connection->moved_ns;
    if (connection->parting) {
        connection->dead |= silent_ns > PARTING_NS;
        return;
    }
    enum grpc_silence silence = grpc_session_silence(connection->session);
    if (connection->unsent.length > 0) {
        silence = GRPC_SILENCE_ODD;
    }
    if (silence == GRPC_SILENCE_ODD && silent_ns > patience->silent_ns) {
        connection->dead = true;
    } else if (silence == GRPC_SILENCE_MUTE &&
               now_ns - connection->opened_ns > patience->silent_ns) {
        connection->dead = true; /* a byte now and then is no greeting */
    } else if (silence == GRPC_SILENCE_IDLE &&
               now_ns - grpc_session_frame_ns(connection->session) > patience->idle_ns) {
        grpc_connection_leave(connection);
    } else if (!grpc_session_check_time(connection->session, now_ns)) {
        connection->dead = true;
    } else {
        grpc_connection_flush(connection);
    }
}
