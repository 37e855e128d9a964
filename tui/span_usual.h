/* span_usual — how long the operations of a trace usually take: is this span slow, or normal?
 *
 *     struct span_usual usual = {0};
 *     span_usual_set(&usual, trace);       // what is to be asked for
 *     ... reader_baselines(reader, usual.keys, usual.count, usual.baselines, &why) ...
 *     span_usual_give(&usual, baselines, usual.count);
 *     span_usual_words(text, span_usual_of(&usual, span), duration_ns);   // "x4.2 p95" */
#ifndef TRACETUI_TUI_SPAN_USUAL_H
#define TRACETUI_TUI_SPAN_USUAL_H

#include "store/reader.h"

/* USUAL_LEAST: a percentile of fewer spans says nothing. */
enum { USUAL_OPERATIONS_LARGEST = 1000, USUAL_LEAST = 20, USUAL_BYTES = 24 };

/* {0} is empty. */
struct span_usual {
    uint32_t *names, *services; /* of the operations, ordered; indices of trace.names */
    struct baseline_key *keys;  /* the same as texts, borrowed from the trace */
    struct baseline *baselines;
    size_t count;
    bool given;
};

/* The operations of another trace, or of the same one grown: figures of operations that were there
 * before are kept until new ones are given. The trace before must still be there. */
void span_usual_set(struct span_usual *usual, const struct trace *trace);
void span_usual_give(struct span_usual *usual, const struct baseline *baselines, size_t count);
void span_usual_clear(struct span_usual *usual);

/* What is usual for the span's operation; NULL = not known, or from too few spans. */
const struct baseline *span_usual_of(const struct span_usual *usual, const struct trace_span *span);

/* "x4.2 p95" of a span that took a tenth more than its p95, else empty; baseline may be NULL. */
struct text span_usual_words(char target[USUAL_BYTES], const struct baseline *baseline,
                             int64_t duration_ns, bool ascii);

#endif
