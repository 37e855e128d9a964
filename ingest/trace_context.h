/* trace_context — whose trace a request belongs to, as its headers tell: W3C Trace Context by the
 * letter, or X-Trace-ID with X-Span-ID or X-Parent-Span-ID. */
#ifndef TRACETUI_INGEST_TRACE_CONTEXT_H
#define TRACETUI_INGEST_TRACE_CONTEXT_H

#include "store/span.h"

struct headers;

enum { TRACE_STATE_LIMIT_BYTES = 1024 };

struct trace_context {
    struct id trace;   /* ID_NONE: the headers name none */
    struct id parent;  /* the sender's span, or ID_NONE */
    uint32_t flags;    /* of traceparent */
    struct text state; /* of tracestate, points into state_bytes; empty if it is not valid */
    char state_bytes[TRACE_STATE_LIMIT_BYTES];
};

/* Any invalid part of traceparent makes it count as absent, and tracestate with it; then the X-
 * headers are asked. Several tracestate headers are one list. */
void trace_context_read(const struct headers *headers, struct trace_context *ret_context);

#endif
