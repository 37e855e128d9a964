/* counters — what happened since start, readable from every thread: the loss accounting. */
#ifndef TRACETUI_STORE_COUNTERS_H
#define TRACETUI_STORE_COUNTERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "store/base/text.h"

/* Why a span or a request was refused. */
enum refusal {
    REFUSED_SYNTAX, /* body is not JSON / protobuf, or of the wrong shape */
    REFUSED_ID,     /* an id is missing, empty or over-long */
    REFUSED_TIME,   /* a time is missing, negative or absurd, or the end is before the start */
    REFUSED_AGE,    /* older than what is kept */
    REFUSED_FIELD,  /* another field is missing or has the wrong type */
    REFUSED_SIZE,   /* body, span or attribute over its limit */
    REFUSED_TYPE,   /* content type or encoding not offered */
    REFUSED_ACCESS, /* token, host or origin */
    REFUSED_BUSY,   /* queue full or deadline passed: the sender was told to retry */
    REFUSED_STORE,  /* the database could not take it */
    REFUSED_COUNT
};

const char *refusal_name(enum refusal reason); /* "syntax", "id", ... */

enum {
    COUNTERS_ROUTES = 32,
    COUNTERS_STATUSES = 16,
    COUNTERS_CODES = 17,
    COUNTERS_REASONS_BYTES = 160
};

/* Every field: any thread adds, any thread reads. */
struct counters {
    int64_t started_ns; /* wall clock; constant */
    _Atomic uint64_t requests;
    _Atomic uint64_t received;  /* spans decoded and accepted by the edge */
    _Atomic uint64_t stored;    /* new rows */
    _Atomic uint64_t updated;   /* a row replaced or completed by a later piece */
    _Atomic uint64_t duplicate; /* the same again: nothing changed */
    _Atomic uint64_t late;      /* of the stored: their traces were complete after the commit
                                   before, each with a root and no span that ran */
    _Atomic uint64_t refused[REFUSED_COUNT];
    _Atomic uint64_t masked;
    _Atomic uint64_t sampled_out;
    _Atomic uint32_t kept_permille; /* share of new traces that sampling keeps now */
    _Atomic uint64_t pruned_traces;
    _Atomic uint64_t commits;
    _Atomic uint64_t queued;          /* spans waiting for the writer now */
    _Atomic int64_t commit_ns;        /* duration of the last commit */
    _Atomic int64_t last_received_ns; /* wall clock; 0 before the first span */
    /* Answers to requests, by the places of their route and status in ingest/metrics.c, and to
     * gRPC calls, by code. */
    _Atomic uint64_t answers[COUNTERS_ROUTES][COUNTERS_STATUSES];
    _Atomic uint64_t calls[COUNTERS_CODES];
    pthread_mutex_t lock; /* guards the text below */
    char last_refusal[256];
};

void counters_init(struct counters *counters);
void counters_clear(struct counters *counters);
void counters_refuse(struct counters *counters, enum refusal reason, uint64_t count,
                     const char *text);
uint64_t counters_refused(const struct counters *counters); /* sum over all reasons */
/* "time 2, id 1": how many by reason, most first; "" if none. */
void counters_reasons(const struct counters *counters, char target[COUNTERS_REASONS_BYTES]);
void counters_last_refusal(struct counters *counters, char target[256]);

#endif
