/* grpc_session — one connection's HTTP/2: bytes in, calls, bytes out. It knows no sockets.
 *
 *     struct grpc_session *session = grpc_session_new(service, "127.0.0.1", connection);
 *     if (!grpc_session_feed(session, received)) { ... cut the connection ... }
 *     for (;;) {
 *         struct text bytes = grpc_session_output(session);
 *         if (bytes.length == 0) { break; }
 *         ... send them ...
 *     }
 *     if (grpc_session_is_done(session)) { ... close the connection ... }
 *     grpc_session_free(session);
 *
 * Feed it only while all its output has left: then a peer that asks for answers and does not read
 * them fills its own buffers instead of ours. */
#ifndef TRACETUI_INGEST_GRPC_SESSION_H
#define TRACETUI_INGEST_GRPC_SESSION_H

#include "ingest/grpc_call.h"

struct grpc_session;

/* owner: for the caller's own use. */
struct grpc_session *grpc_session_new(struct grpc_service *service, const char *peer, void *owner);

/* Its calls are left. NULL is fine. */
void grpc_session_free(struct grpc_session *session);

/* False when the peer cannot be talked to any more; what output there is may still be sent. */
bool grpc_session_feed(struct grpc_session *session, struct text bytes) MUST_CHECK;

/* The next bytes for the peer, none when it has all. Owns: valid until the next call of this. */
struct text grpc_session_output(struct grpc_session *session);

/* Sends the answer of a call that was settled; returns the owner of the session. */
void *grpc_session_answer(struct grpc_call *call);

/* No new calls; those that are open are finished. */
void grpc_session_leave(struct grpc_session *session);

/* Nothing will come or go any more. */
bool grpc_session_is_done(const struct grpc_session *session);

/* Ends calls that take too long. To be called now and then. False when the connection is to be cut.
 */
bool grpc_session_check_time(struct grpc_session *session, int64_t now_ns) MUST_CHECK;

/* When the peer began its last frame, monotonic; 0 = never. Bytes are no sign of life: a frame can
 * be made to last for ever. */
int64_t grpc_session_frame_ns(const struct grpc_session *session);

enum grpc_silence {
    GRPC_SILENCE_MUTE,    /* the peer has not said yet what it speaks */
    GRPC_SILENCE_ODD,     /* the peer should be sending or reading */
    GRPC_SILENCE_IDLE,    /* there is nothing to say */
    GRPC_SILENCE_WAITING, /* it is our turn */
};

/* What it means when nothing moves on the connection. */
enum grpc_silence grpc_session_silence(const struct grpc_session *session);

#endif
