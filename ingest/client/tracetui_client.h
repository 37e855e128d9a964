/* tracetui_client — libtracetui: traces a C or C++ program and sends its spans to tracetui.
 *
 *     struct tt_options options = {.service = "shop", .client_type = "cli", .client_version = "1"};
 *     struct tt_tracer *tracer = tt_open(&options);
 *
 *     struct tt_span *order = tt_start(tracer, "order.place");
 *     tt_set_string(order, "order.id", "4711");
 *         struct tt_span *query = tt_start(tracer, "db:INSERT");     // child of order
 *         tt_set_type(query, "db");
 *         tt_end_error(query, "UNIQUE constraint failed");
 *     tt_end(order);
 *
 *     tt_close(tracer, 2000);                        // sends what is left, for at most 2 s
 *
 * Every function may be called from any thread, and with NULL for tracer or span (then it does
 * nothing), so that a program needs no checks of its own. Nothing here blocks on the network,
 * prints, aborts or raises a signal in its host; when memory runs out or the receiver is away,
 * spans are dropped and counted. Strings are copied. Times are nanoseconds since the epoch. Link
 * with -ltracetui (pkg-config libtracetui).
 *
 * After a fork the child sends only what it starts itself; the span that was current stays the
 * parent of what follows. Spans travel as JSON to POST /api/v1/telemetry/spans. */
#ifndef TRACETUI_CLIENT_H
#define TRACETUI_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

struct tt_tracer;
struct tt_span;

enum tt_status { TT_OK, TT_ERROR, TT_CANCELLED };
enum tt_kind { TT_KIND_NONE, TT_INTERNAL, TT_SERVER, TT_CLIENT, TT_PRODUCER, TT_CONSUMER };

/* What the sender reports after each request. Thread: the sender, so return quickly and call
 * nothing that opens, flushes or closes a tracer. */
struct tt_result {
    int http_status;  /* 0: no answer */
    size_t spans;     /* in the request; 0 when it only announced spans that still run */
    size_t dropped;   /* since the last report, for want of memory */
    bool delivered;   /* false: it will be sent again if http_status is 0, 429, 502, 503 or 504 */
    const char *text; /* "", or what went wrong */
};

/* {0} is a working choice of options. */
struct tt_options {
    const char *endpoint;       /* $TRACETUI_ENDPOINT, else "http://127.0.0.1:4318" */
    const char *token;          /* $TRACETUI_TOKEN, else none; sent as Authorization: Bearer */
    const char *service;        /* default of every span: "unknown" */
    const char *client_type;    /* plugin, web, cli ...: "cli"; "" for a server */
    const char *client_version; /* NULL = none */
    const char *user;           /* defaults of root spans, NULL = none */
    const char *session;
    size_t batch_spans;  /* a batch is sent when it holds so many spans (50) ... */
    int batch_ms;        /* ... or is so old (5000) */
    size_t memory_bytes; /* spans waiting beyond this are dropped, oldest first (8 MiB) */
    int timeout_ms;      /* for one request (5000) */
    int exit_ms;         /* exit() without tt_close waits so long for one last try (1000); -1: no */
    uint64_t random_seed; /* not 0: ids are a function of the seed, for tests */
    void (*on_result)(const struct tt_result *result, void *ctx);
    void *ctx;
};

struct tt_stats {
    uint64_t started, ended, sent, dropped, failed, retries, requests;
    size_t waiting; /* spans ended and not delivered yet */
};

/* NULL when memory runs out or when the endpoint is no http:// URL. */
struct tt_tracer *tt_open(const struct tt_options *options);

/* Sends what is left, waiting at most deadline_ms; spans that never ended go out as in_progress.
 * Frees the tracer; no span of it may be used afterwards. */
void tt_close(struct tt_tracer *tracer, int deadline_ms);

/* Asks the sender to send now, running spans too, and waits until everything was sent or
 * deadline_ms passed. */
bool tt_flush(struct tt_tracer *tracer, int deadline_ms);
void tt_stats(struct tt_tracer *tracer, struct tt_stats *ret_stats);

/* ---- spans ----------------------------------------------------------------------------------- */

/* A child of this thread's current span, else the root of a new trace; becomes the current span. */
struct tt_span *tt_start(struct tt_tracer *tracer, const char *name);

/* A child of parent (NULL: a new trace) that does not become the current span; start_ns 0 = now. */
struct tt_span *tt_start_at(struct tt_tracer *tracer, const struct tt_span *parent,
                            const char *name, int64_t start_ns);

/* Ends and gives up the span: the pointer must not be used afterwards. */
void tt_end(struct tt_span *span);
void tt_end_error(struct tt_span *span, const char *message);
void tt_end_cancelled(struct tt_span *span);
void tt_end_at(struct tt_span *span, enum tt_status status, const char *message, int64_t end_ns);

/* Hand-over: tt_detach takes the span off this thread's stack, tt_attach puts it on. A span may be
 * on the stacks of several threads, as the parent of what each of them does. */
struct tt_span *tt_detach(struct tt_span *span);
void tt_attach(struct tt_span *span);
struct tt_span *tt_current(void);

/* Runs call(ctx) inside a span and returns what it returned; not 0 is an error. type may be NULL.
 */
int tt_trace_call(struct tt_tracer *tracer, const char *name, const char *type,
                  int (*call)(void *ctx), void *ctx);

/* The same key again replaces the value. A span keeps 1 MiB of attributes, events and links. */
void tt_set_string(struct tt_span *span, const char *key, const char *value);
void tt_set_int(struct tt_span *span, const char *key, int64_t value);
void tt_set_double(struct tt_span *span, const char *key, double value);
void tt_set_bool(struct tt_span *span, const char *key, bool value);
void tt_set_json(struct tt_span *span, const char *key, const char *json); /* no JSON: as text */

void tt_set_name(struct tt_span *span, const char *name);
void tt_set_type(struct tt_span *span, const char *type); /* graphql db http cache ui service ... */
void tt_set_service(struct tt_span *span, const char *service);
void tt_set_kind(struct tt_span *span, enum tt_kind kind);
/* Of this span alone, in the place of the option's: plugin, web, cli, ios, android ...; "" where a
 * server works. Goes along in the headers of tt_headers. */
void tt_set_client_type(struct tt_span *span, const char *client_type);
/* Inherited by children started later. */
void tt_set_user(struct tt_span *span, const char *user);
void tt_set_session(struct tt_span *span, const char *session);

void tt_event(struct tt_span *span, const char *name);
/* time_ns 0 = now; attributes: a JSON object, or NULL. */
void tt_event_at(struct tt_span *span, const char *name, int64_t time_ns, const char *attributes);
/* The event "exception" as OpenTelemetry defines it; stack may be NULL. */
void tt_exception(struct tt_span *span, const char *type, const char *message, const char *stack,
                  int64_t time_ns);

/* ---- context: how a trace crosses a process border ---- */

enum {
    TT_TRACE_ID_BYTES = 65,
    TT_SPAN_ID_BYTES = 65,
    TT_TEXT_BYTES = 129,
    TT_TRACESTATE_BYTES = 1025
};

/* All terminated; "" = absent. */
struct tt_context {
    char trace_id[TT_TRACE_ID_BYTES];
    char span_id[TT_SPAN_ID_BYTES];
    char parent_span_id[TT_SPAN_ID_BYTES];
    char user[TT_TEXT_BYTES]; /* in JSON only: no header carries it */
    char session[TT_TEXT_BYTES];
    char client_type[TT_TEXT_BYTES];
    char client_version[TT_TEXT_BYTES];
    char tracestate[TT_TRACESTATE_BYTES];
    bool sampled; /* as the caller said; spans are recorded either way */
    bool random;  /* the trace id was drawn at random (W3C Trace Context, level 2) */
};

bool tt_context_of(const struct tt_span *span, struct tt_context *ret_context);

/* A child of a span in another process. It does not become the current span. */
struct tt_span *tt_start_remote(struct tt_tracer *tracer, const struct tt_context *parent,
                                const char *name, int64_t start_ns);
void tt_link(struct tt_span *span, const struct tt_context *to);

/* Calls set for each header of an outgoing request: X-Trace-ID, X-Span-ID, X-Parent-Span-ID,
 * X-Session-ID, X-Client-Type, X-Client-Version, X-Client-Timestamp, traceparent and tracestate;
 * those without a value are left out. */
void tt_headers(const struct tt_span *span,
                void (*set)(const char *name, const char *value, void *ctx), void *ctx);

/* Reads the headers of an incoming request; get returns the value of a header or NULL, and joins
 * several of one name with commas. A valid traceparent (W3C Trace Context, level 2) wins over
 * X-Trace-ID. False when there is no usable context. */
bool tt_context_from_headers(const char *(*get)(const char *name, void *ctx), void *ctx,
                             struct tt_context *ret_context);

/* {"traceId":...}: writes at most size bytes with the end mark; returns the length needed, like
 * snprintf. Reading skips members it does not know. */
size_t tt_context_to_json(const struct tt_context *context, char *target, size_t size);
bool tt_context_from_json(const char *json, struct tt_context *ret_context);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
