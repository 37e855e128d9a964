/* intake — what all requests of a receiver share: who may send, and where the spans go. */
#include "ingest/intake.h"

#include "ingest/gate.h"
#include "ingest/wire.h"
#include "store/base/clock.h"

enum {
    TIMEOUT_S = 10,
    PATIENCE_FACTOR = 6, /* a whole request may take this many timeouts */
};

void intake_init(struct intake *intake, struct gate *gate, const struct intake_options *options)
{
    unsigned timeout_s = options->timeout_s != 0 ? options->timeout_s : TIMEOUT_S;
    intake->writer = options->writer;
    intake->counters = options->counters;
    intake->rules = options->rules;
    intake->sample = options->sample;
    intake->gate = gate;
    intake->tls = options->tls != NULL;
    intake->body_limit_bytes =
        options->body_limit_bytes != 0 ? options->body_limit_bytes : WIRE_BODY_LIMIT_BYTES;
    intake->timeout_ns = timeout_s * NS_PER_S;
    intake->patience_ns = intake->timeout_ns * PATIENCE_FACTOR;
    intake->said = options->said;
    gate->ingest_token = options->ingest_token;
    gate->knocks = options->knocks;
    gate->public_hosts = options->public_hosts;
    gate->public_host_count = options->public_host_count;
}
