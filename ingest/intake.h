/* intake — what all requests of a receiver share: who may send, and where the spans go. */
#ifndef TRACETUI_INGEST_INTAKE_H
#define TRACETUI_INGEST_INTAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct counters;
struct gate;
struct knocks;
struct log_again;
struct sample;
struct sanitize_rules;
struct tls;
struct writer;

/* Everything is borrowed until the receiver has stopped. */
struct intake_options {
    struct writer *writer;
    struct counters *counters;
    const struct sanitize_rules *rules; /* NULL = the defaults */
    struct sample *sample;              /* NULL = keep all traces */
    struct log_again *said;             /* why senders were refused; NULL = nothing is logged */
    struct knocks *knocks;              /* who showed wrong tokens; NULL = not limited */
    const char *ingest_token;           /* NULL = none needed */
    const char *const *public_hosts;    /* names in Host besides those of the addresses */
    size_t public_host_count;
    const struct tls *tls;   /* NULL = plain */
    bool insecure;           /* other machines may send without a token */
    size_t body_limit_bytes; /* 0 = that of wire.h */
    unsigned timeout_s;      /* of a connection that should be sending and does not; 0 = 10 */
};

/* Const while requests come in, but for the last ones: any thread. */
struct intake {
    struct writer *writer;
    struct counters *counters;
    const struct sanitize_rules *rules;
    struct sample *sample; /* NULL: all traces are kept */
    const struct gate *gate;
    bool tls;                  /* is spoken here */
    size_t body_limit_bytes;   /* of one body, as received and again when inflated */
    size_t bodies_limit_bytes; /* of all bodies being received */
    int64_t timeout_ns;        /* of a connection that should be sending and does not */
    int64_t patience_ns;       /* for one request to arrive */
    struct log_again *said;    /* why senders were refused; NULL = nothing is logged */
    _Atomic size_t bodies_bytes;
    _Atomic bool closing; /* the program is about to end */
};

/* Expects zeroes, and fills in what the options say, of the gate too. The limit of all bodies is
 * left to the caller. Owns: the gate is borrowed. */
void intake_init(struct intake *intake, struct gate *gate, const struct intake_options *options);

#endif
