/* wire — paths, header names and limits: the one text that receiver and client share. */
#ifndef TRACETUI_INGEST_WIRE_H
#define TRACETUI_INGEST_WIRE_H

#define WIRE_PATH_FLAT    "/api/trace-log"          /* web application's batches */
#define WIRE_PATH_CLIENT  "/api/v1/telemetry/spans" /* plugin's and libtracetui's batches */
#define WIRE_PATH_OTLP    "/v1/traces"
#define WIRE_PATH_ZIPKIN  "/api/v2/spans"
#define WIRE_PATH_HEALTH  "/healthz"
#define WIRE_PATH_METRICS "/metrics"
#define WIRE_PATH_ADMIN   "/api/admin/traces"
#define WIRE_PATH_OPENAPI "/api/openapi.json"
#define WIRE_PATH_GRPC    "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

#define WIRE_HEADER_TRACE          "X-Trace-ID"
#define WIRE_HEADER_SPAN           "X-Span-ID"
#define WIRE_HEADER_PARENT         "X-Parent-Span-ID"
#define WIRE_HEADER_USER           "X-User-ID"
#define WIRE_HEADER_SESSION        "X-Session-ID"
#define WIRE_HEADER_CLIENT_TYPE    "X-Client-Type"
#define WIRE_HEADER_CLIENT_VERSION "X-Client-Version"
#define WIRE_HEADER_CLIENT_TIME    "X-Client-Timestamp"
#define WIRE_HEADER_TRACEPARENT    "traceparent"
#define WIRE_HEADER_TRACESTATE     "tracestate"

enum {
    WIRE_PORT_HTTP = 4318,
    WIRE_PORT_GRPC = 4317,

    WIRE_BODY_LIMIT_BYTES = 20 << 20, /* as received, and again after inflating */
    WIRE_JSON_DEPTH_LIMIT = 64,
    WIRE_PROTO_DEPTH_LIMIT = 32,
    WIRE_SPANS_LIMIT = 100000,         /* spans in one request */
    WIRE_NAME_LIMIT_BYTES = 1024,      /* operation, service, user, session, keys; longer is cut */
    WIRE_VALUE_LIMIT_BYTES = 64 << 10, /* one attribute: a text, or a list as JSON; longer is cut */
    WIRE_ATTRIBUTES_LIMIT = 1000, /* per span, event, link, resource; more are counted as dropped */
    WIRE_EVENTS_LIMIT = 1000,     /* per span; likewise links */
    WIRE_SPAN_LIMIT_BYTES = 1 << 20,     /* attributes + events + links of one span */
    WIRE_LIST_LIMIT = 32 << 10,          /* items of one list value: more would not fit anyway */
    WIRE_SCRATCH_LIMIT_BYTES = 16 << 20, /* one span while it is read, unpacked */
    WIRE_JSON_VALUES_LIMIT = 400000,     /* values in a body that is read into a tree: 45 MB */
    WIRE_SQL_LIMIT_CHARS = 500,
    WIRE_PARAM_LIMIT_CHARS = 100,
};

/* A start before 2000 or more than a day ahead of the receiver's clock is refused as absurd. */
#define WIRE_TIME_EARLIEST_NS INT64_C(946684800000000000)
#define WIRE_TIME_AHEAD_NS    (INT64_C(86400) * 1000000000)

#endif
