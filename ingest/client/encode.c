/* encode — a span as the JSON object that the receiver reads. */
#include "ingest/client/members.h"
#include "ingest/client/span.h"

static void add_text(struct buffer *target, const char *key, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        buffer_add_text(target, key);
        buffer_add_string(target, value);
    }
}

/* Milliseconds for people who read the wire, nanoseconds (as text: JSON numbers lose them) for us.
 */
static void add_time(struct buffer *target, const char *ms_key, const char *ns_key, int64_t ns)
{
    buffer_add_text(target, ms_key);
    buffer_add_int(target, ns / 1000000);
    buffer_add_text(target, ns_key);
    buffer_add_int(target, ns);
    buffer_add_text(target, "\"");
}

static void add_elements(struct buffer *target, const char *key, const struct buffer *elements)
{
    if (elements->length > 0) {
        buffer_add_text(target, key);
        buffer_add_text(target, ":[");
        buffer_add(target, elements->data + 1, elements->length - 1); /* without the first comma */
        buffer_add_text(target, "]");
    }
}

static void add_parent(struct buffer *target, const struct tt_span *span)
{
    char id[SPAN_ID_TEXT_BYTES];
    if (span->parent_id != 0) {
        span_write_id(id, span->parent_id);
        add_text(target, ",\"parentSpanId\":", id);
    } else if (span->details != NULL) {
        add_text(target, ",\"parentSpanId\":", span->details->remote_parent);
    }
}

void span_encode(const struct tt_span *span, struct buffer *target)
{
    static const char *const statuses[] = {
        [TT_OK] = "ok", [TT_ERROR] = "error", [TT_CANCELLED] = "cancelled"};
    static const char *const kinds[] = {
        [TT_KIND_NONE] = NULL,  [TT_INTERNAL] = "internal", [TT_SERVER] = "server",
        [TT_CLIENT] = "client", [TT_PRODUCER] = "producer", [TT_CONSUMER] = "consumer",
    };
    static const struct details none;
    const struct tt_options *options = &span->shard->tracer->options;
    const struct details *details = span->details != NULL ? span->details : &none;
    const struct heritage *heritage = span->heritage;
    char id[SPAN_ID_TEXT_BYTES];
    bool running = span->end_ns == SPAN_STILL_RUNNING;
    span_write_id(id, span->span_id);
    add_text(target, "{\"traceId\":", heritage->trace_id);
    add_text(target, ",\"spanId\":", id);
    add_parent(target, span);
    add_text(target, ",\"name\":", span_name(span));
    add_text(target, ",\"operationType\":", span->type);
    add_text(target,
             ",\"service\":", details->service != NULL ? details->service : options->service);
    add_text(target, ",\"kind\":", kinds[span->kind]);
    add_time(target, ",\"startTimeMs\":", ",\"startNs\":\"", span->start_ns);
    if (!running) {
        add_time(target, ",\"endTimeMs\":", ",\"endNs\":\"", span->end_ns);
        buffer_add_text(target, ",\"durationMs\":");
        buffer_add_int(target, (span->end_ns - span->start_ns) / 1000000);
    }
    add_text(target, ",\"status\":", running ? "in_progress" : statuses[span->status]);
    add_text(target, ",\"statusMessage\":", details->message);
    add_text(target, ",\"userId\":", heritage->user);
    add_text(target, ",\"sessionId\":", heritage->session);
    add_text(target, ",\"clientType\":",
             details->client_type != NULL ? details->client_type : options->client_type);
    add_text(target, ",\"clientVersion\":", options->client_version);
    if (span->attributes.length > 0) {
        buffer_add_text(target, ",\"attributes\":{");
        members_encode(&span->attributes, target);
        buffer_add_text(target, "}");
    }
    add_elements(target, ",\"events\"", &details->events);
    add_elements(target, ",\"links\"", &details->links);
    buffer_add_text(target, "}");
}
