/* grpc_answer — what a gRPC caller is told: a message, or a status with its reason. */
#ifndef TRACETUI_INGEST_GRPC_ANSWER_H
#define TRACETUI_INGEST_GRPC_ANSWER_H

#include "store/base/text.h"

/* The statuses we give; the numbers are gRPC's. */
enum grpc_status {
    GRPC_OK = 0,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
};

/* {0} is no answer yet. */
struct grpc_answer {
    unsigned http_status; /* 0 = none yet; other than 200 for those who do not speak gRPC */
    unsigned status;
    struct text_buffer message; /* percent-encoded, as grpc-message wants it */
    struct text_buffer details; /* google.rpc.Status in base64, or empty */
    struct text_buffer body;    /* one framed message; empty after a refusal */
    size_t sent_bytes;          /* of the body */
};

void grpc_answer_accept(struct grpc_answer *answer, struct text message);

/* retry_after_s: when to try again, 0 = not said. */
void grpc_answer_refuse(struct grpc_answer *answer, unsigned status, struct text reason,
                        unsigned retry_after_s);

/* A plain HTTP status for a request that is no gRPC. */
void grpc_answer_reject(struct grpc_answer *answer, unsigned http_status);

void grpc_answer_free(struct grpc_answer *answer);

#endif
