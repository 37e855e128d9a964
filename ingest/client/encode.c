/* encode — a span as the JSON object that the receiver reads. */
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

static void add_members(struct buffer *target, const char *open, const struct buffer *members,
                        const char *close)
{
    if (members->length > 0 && !members->failed) {
        buffer_add_text(target, open);
        buffer_add(target, members->data + 1, members->length - 1); /* without the first comma */
        buffer_add_text(target, close);
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
    const struct tt_options *options = &span->tracer->options;
    bool running = span->end_ns == SPAN_STILL_RUNNING;
    add_text(target, "{\"traceId\":", span->trace_id);
    add_text(target, ",\"spanId\":", span->span_id);
    add_text(target, ",\"parentSpanId\":", span->parent_id);
    add_text(target, ",\"name\":", span->name);
    add_text(target, ",\"operationType\":", span->type);
    add_text(target, ",\"service\":", span->service != NULL ? span->service : options->service);
    add_text(target, ",\"kind\":", kinds[span->kind]);
    add_time(target, ",\"startTimeMs\":", ",\"startNs\":\"", span->start_ns);
    if (!running) {
        add_time(target, ",\"endTimeMs\":", ",\"endNs\":\"", span->end_ns);
        buffer_add_text(target, ",\"durationMs\":");
        buffer_add_int(target, (span->end_ns - span->start_ns) / 1000000);
    }
    add_text(target, ",\"status\":", running ? "in_progress" : statuses[span->status]);
    add_text(target, ",\"statusMessage\":", span->message);
    if (span->identity != NULL) {
        add_text(target, ",\"userId\":", span->identity->user);
        add_text(target, ",\"sessionId\":", span->identity->session);
    }
    add_text(target, ",\"clientType\":", options->client_type);
    add_text(target, ",\"clientVersion\":", options->client_version);
    add_members(target, ",\"attributes\":{", &span->attributes, "}");
    add_members(target, ",\"events\":[", &span->events, "]");
    add_members(target, ",\"links\":[", &span->links, "]");
    buffer_add_text(target, "}");
}
