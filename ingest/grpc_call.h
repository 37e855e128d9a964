/* grpc_call — one call from its headers to its answer, without frames and sockets.
 *
 *     struct grpc_call *call = grpc_call_new(service, "127.0.0.1");
 *     grpc_call_header(call, TEXT(":path"), TEXT("/.../Export")); ...
 *     grpc_call_begin(call);
 *     grpc_call_feed(call, bytes); ...
 *     grpc_call_end(call);
 *     ... grpc_call_is_due(call): send call->answer; GRPC_WAITING: the writer has it ...
 *     grpc_call_leave(call);
 *
 * A refusal is decided as early as possible, but due when the request is complete: an answer that
 * overtakes the body and the reset behind it race with what is still being sent, and clients that
 * lose report a broken stream instead of the reason. So go on feeding; after some bytes or seconds
 * too many the answer is due all the same.
 *
 * Behind its framing a call is the same request that comes over HTTP (request.h), and is checked,
 * counted and decoded there. While the writer has a call it has two owners: the stream it came on,
 * and the service, which gets it back with the verdict. The last one to let go frees it; both do so
 * on the gRPC thread, so no count needs to be shared. */
#ifndef TRACETUI_INGEST_GRPC_CALL_H
#define TRACETUI_INGEST_GRPC_CALL_H

#include <pthread.h>

#include "ingest/grpc_answer.h"
#include "ingest/request.h"
#include "store/base/arena.h"

struct grpc_session;

enum { GRPC_PREFIX_BYTES = 5, GRPC_HEADERS_LIMIT_BYTES = 8 << 10 };

/* What all calls share. Thread: gRPC, unless said otherwise. */
struct grpc_service {
    struct intake intake;
    struct gate gate;
    int wake;          /* eventfd, written when a verdict comes; const */
    size_t call_limit; /* const */
    size_t call_count; /* calls in memory */
    size_t waiting;    /* of them, those the writer has */

    pthread_mutex_t lock;
    struct grpc_call *settled; /* lock: calls with a verdict, linked by next_settled */
};

enum grpc_phase { GRPC_HEADERS, GRPC_MESSAGE, GRPC_WAITING, GRPC_ANSWERED };

struct grpc_call {
    struct grpc_service *service;
    struct grpc_session *session;      /* NULL: the stream is gone; set by the session */
    struct grpc_call *next, *previous; /* of the session */
    int32_t stream;
    enum grpc_phase phase;
    bool with_writer;
    bool submitted;         /* the answer is on its way; set by the session */
    bool complete;          /* the peer has sent everything */
    bool urgent;            /* the answer does not wait for that */
    size_t discarded_bytes; /* fed after the answer was decided */
    int64_t since_ns;       /* monotonic: begin of the phase */
    int64_t deadline_ns;    /* monotonic: the caller has given up by then; INT64_MAX = never */
    struct arena arena;     /* the headers' texts */
    size_t header_bytes;    /* kept or not */
    struct text method, path, encoding;
    uint8_t prefix[GRPC_PREFIX_BYTES];
    size_t prefix_length;
    size_t message_bytes; /* as announced by the prefix */
    struct request request;
    struct grpc_answer answer; /* from GRPC_ANSWERED on */
    struct grpc_call *next_settled;
};

/* wake: an eventfd that does not block. Intake and gate are for the caller to fill in. */
void grpc_service_init(struct grpc_service *service, int wake, size_t call_limit);
void grpc_service_clear(struct grpc_service *service);

/* NULL at the limit. */
struct grpc_call *grpc_call_new(struct grpc_service *service, const char *peer);

void grpc_call_header(struct grpc_call *call, struct text name, struct text value);
void grpc_call_begin(struct grpc_call *call);
void grpc_call_feed(struct grpc_call *call, struct text bytes);
void grpc_call_end(struct grpc_call *call);

/* There is an answer, and it is time to send it. */
bool grpc_call_is_due(const struct grpc_call *call);

/* Answers a call that takes too long to arrive or to be stored. */
void grpc_call_check_time(struct grpc_call *call, int64_t now_ns);

/* True when the peer has taken too long over the headers, or does not take the answer: there is no
 * way to tell it so. */
bool grpc_call_is_hopeless(const struct grpc_call *call, int64_t now_ns);

/* The stream is gone: the call is freed now, or when the writer is done with it. */
void grpc_call_leave(struct grpc_call *call);

/* The next call the writer gave back, answered unless it was before; NULL if there is none. It
 * belongs to its session again; calls whose stream is gone are freed here. */
struct grpc_call *grpc_service_take(struct grpc_service *service);

#endif
