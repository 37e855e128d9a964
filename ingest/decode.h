/* decode — what every decoder is: bytes of one body to spans of one batch, refusals with their
 * place.
 *
 * A decoder appends good spans to the batch and reports bad ones by name ("spans[3].traceId:
 * missing"); it returns an error only when the body as a whole cannot be read, and then the batch
 * and the report hold nothing of it. */
#ifndef TRACETUI_INGEST_DECODE_H
#define TRACETUI_INGEST_DECODE_H

#include "store/counters.h"
#include "store/span.h"

struct sanitize_rules;
struct trace_context;

/* Said once for a request: what its headers tell, used where the span itself does not. All may be
 * empty. */
struct decode_context {
    struct text user, session, client_type, client_version, client_address, user_agent;
    const struct trace_context *trace;  /* may be NULL */
    int64_t now_ns;                     /* receiver's clock */
    int64_t oldest_ns;                  /* what begins before this is not kept */
    const struct sanitize_rules *rules; /* NULL = the defaults */
    size_t spans_limit;                 /* in one body; 0 = WIRE_SPANS_LIMIT */
    size_t values_limit;                /* in a body that becomes a tree; 0 = wire.h's */
    size_t first_index; /* of the body's first element, where a file comes in several bodies */
};

enum { DECODE_REPORT_LINES = 20 };

struct decode_refusal {
    enum refusal reason;
    char text[200]; /* "spans[3].traceId: missing" */
};

struct decode_report {
    size_t received; /* spans in the body, good and bad */
    size_t refused;
    size_t refused_by[REFUSED_COUNT];
    struct decode_refusal lines[DECODE_REPORT_LINES]; /* the first few */
    size_t line_count;
};

/* Adds one refused span to the report. */
void decode_refuse(struct decode_report *report, enum refusal reason, const char *format, ...)
    PRINTF_LIKE(3);

/* Errors: ERR_PARSE wrong syntax or shape (why: "spans: an array was expected"), ERR_LIMIT too deep
 * or too many. body is not kept: everything the batch needs is copied into its arena. Thread: any.
 */
typedef enum err (*decode_fn)(const struct decode_context *context, struct text body,
                              struct batch *batch, struct decode_report *report,
                              struct err_msg *why);

/* {"spans":[...]} or a bare array, in both dialects, camelCase and snake_case. */
enum err decode_flat(const struct decode_context *context, struct text body, struct batch *batch,
                     struct decode_report *report, struct err_msg *why) MUST_CHECK;
/* OTLP/JSON: an ExportTraceServiceRequest or TracesData. */
enum err decode_otlp_json(const struct decode_context *context, struct text body,
                          struct batch *batch, struct decode_report *report,
                          struct err_msg *why) MUST_CHECK;
/* OTLP protobuf, the same message. */
enum err decode_otlp_pb(const struct decode_context *context, struct text body, struct batch *batch,
                        struct decode_report *report, struct err_msg *why) MUST_CHECK;
/* Zipkin v2 JSON array. */
enum err decode_zipkin(const struct decode_context *context, struct text body, struct batch *batch,
                       struct decode_report *report, struct err_msg *why) MUST_CHECK;
/* The JSON of Jaeger's UI and query service: {"data":[trace...]}. */
enum err decode_jaeger(const struct decode_context *context, struct text body, struct batch *batch,
                       struct decode_report *report, struct err_msg *why) MUST_CHECK;

#endif
