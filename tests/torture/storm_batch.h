/* storm_batch — a batch of the storm: spans that tell where they belong, in any dialect.
 *
 * Span I (from 1) of batch B has the id "%08x%08x" of B and I, and names it in its attribute
 * "check". */
#ifndef TRACETUI_TESTS_TORTURE_STORM_BATCH_H
#define TRACETUI_TESTS_TORTURE_STORM_BATCH_H

#include "store/base/text.h"

/* What the storm's senders speak: protobuf, OTLP/JSON, flat, Zipkin, gRPC. */
#define STORM_DIALECTS "pjfzg"

enum { STORM_TRACE_BYTES = 33 };

/* All but the body is the caller's to fill in. */
struct storm_batch {
    char dialect;
    uint32_t seed, sender; /* of the storm; from 0 */
    uint32_t number;       /* from 1 */
    uint64_t trace;        /* from 1 */
    size_t count;          /* spans */
    size_t ballast_bytes;  /* of each */
    struct text_buffer body;
};

/* Makes the body. */
void storm_batch_make(struct storm_batch *batch);

/* The id of the trace. */
void storm_batch_print_trace(const struct storm_batch *batch, char target[STORM_TRACE_BYTES]);

/* How it goes over HTTP. */
const char *storm_batch_path(const struct storm_batch *batch);
const char *storm_batch_type(const struct storm_batch *batch);

#endif
