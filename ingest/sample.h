/* sample — above a rate of new traces, some of them are left out, whole.
 *
 * Whether a trace is kept follows from its id, so that its pieces, the retries of its senders and
 * other receivers agree; the share that is kept follows the rate. A decision is remembered while
 * the next 260,000 traces come, whatever the share is by then. A trace with an error or a slow span
 * is kept from the piece on that shows it: what came before that piece and was left out stays
 * away. */
#ifndef TRACETUI_INGEST_SAMPLE_H
#define TRACETUI_INGEST_SAMPLE_H

#include <stdint.h>

#include "store/base/err.h"

struct batch;
struct counters;
struct sample;

struct sample_options {
    int64_t traces_per_minute; /* new traces; > 0 */
    int64_t slow_ns;           /* a span that lasts so long is worth keeping */
    struct counters *counters; /* sampled_out, kept_permille */
};

struct sample *sample_new(const struct sample_options *options);
/* NULL is fine. */
void sample_free(struct sample *sample);

/* Takes the spans of the traces that are left out away from the batch and counts them. now_ns is
 * monotonic. Thread: any. */
void sample_batch(struct sample *sample, struct batch *batch, int64_t now_ns);

#endif
