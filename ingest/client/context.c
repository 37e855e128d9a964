/* context — how a trace crosses a process border: headers out and in. */
#include <stdio.h>
#include <string.h>

#include "ingest/client/span.h"
#include "ingest/client/w3c.h"
#include "ingest/wire.h"

static void set_text(char *target, size_t size, const char *text)
{
    snprintf(target, size, "%s", text != NULL ? text : "");
}

bool tt_context_of(const struct tt_span *span, struct tt_context *ret_context)
{
    if (span == NULL) {
        return false;
    }
    struct tt_context context = {0};
    const struct tt_options *options = &span->shard->tracer->options;
    span_write_id(context.span_id, span->span_id);
    set_text(context.client_version, sizeof context.client_version, options->client_version);
    pthread_mutex_lock(&span->shard->lock);
    const struct heritage *heritage = span->heritage;
    bool own_type = span->details != NULL && span->details->client_type != NULL;
    set_text(context.client_type, sizeof context.client_type,
             own_type ? span->details->client_type : options->client_type);
    set_text(context.trace_id, sizeof context.trace_id, heritage->trace_id);
    set_text(context.user, sizeof context.user, heritage->user);
    set_text(context.session, sizeof context.session, heritage->session);
    set_text(context.tracestate, sizeof context.tracestate, heritage->tracestate);
    context.sampled = (heritage->flags & FLAG_SAMPLED) != 0;
    context.random = (heritage->flags & FLAG_RANDOM) != 0;
    if (span->parent_id != 0) {
        span_write_id(context.parent_span_id, span->parent_id);
    } else if (span->details != NULL) {
        set_text(context.parent_span_id, sizeof context.parent_span_id,
                 span->details->remote_parent);
    }
    pthread_mutex_unlock(&span->shard->lock);
    *ret_context = context;
    return true;
}

/* What could forge a second header is left out. */
static bool is_header_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 127) {
            return false;
        }
    }
    return true;
}

void tt_headers(const struct tt_span *span,
                void (*set)(const char *name, const char *value, void *ctx), void *ctx)
{
    struct tt_context context;
    char now[24];
    char traceparent[TRACEPARENT_BYTES] = "";
    if (!tt_context_of(span, &context)) {
        return;
    }
    snprintf(now, sizeof now, "%lld", (long long)(span_now_ns() / 1000000));
    bool by_w3c = traceparent_write(&context, traceparent);
    const struct {
        const char *name;
        const char *value;
    } headers[] = {
        {WIRE_HEADER_TRACE, context.trace_id},
        {WIRE_HEADER_SPAN, context.span_id},
        {WIRE_HEADER_PARENT, context.parent_span_id},
        {WIRE_HEADER_SESSION, context.session},
        {WIRE_HEADER_CLIENT_TYPE, context.client_type},
        {WIRE_HEADER_CLIENT_VERSION, context.client_version},
        {WIRE_HEADER_CLIENT_TIME, now},
        {WIRE_HEADER_TRACEPARENT, traceparent},
        {WIRE_HEADER_TRACESTATE, by_w3c ? context.tracestate : ""}, /* never without its parent */
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (headers[i].value[0] != '\0' && is_header_text(headers[i].value)) {
            set(headers[i].name, headers[i].value, ctx);
        }
    }
}

/* Takes the text of a header that fits and holds nothing odd; blanks only inside a text. */
static bool take(char *target, size_t size, const char *value, bool blanks)
{
    size_t length = value != NULL ? strlen(value) : 0;
    if (length == 0 || length >= size || !is_header_text(value) ||
        (!blanks && strchr(value, ' ') != NULL)) {
        return false;
    }
    memcpy(target, value, length + 1);
    return true;
}

bool tt_context_from_headers(const char *(*get)(const char *name, void *ctx), void *ctx,
                             struct tt_context *ret_context)
{
    struct tt_context context = {0};
    char value[TT_TRACESTATE_BYTES];
    if (take(value, sizeof value, get(WIRE_HEADER_TRACEPARENT, ctx), false) &&
        traceparent_parse(value, &context)) {
        /* A list that is wrong or too long goes as a whole; half of it would be a lie. */
        if (take(value, sizeof value, get(WIRE_HEADER_TRACESTATE, ctx), true) &&
            tracestate_is_valid(value)) {
            set_text(context.tracestate, sizeof context.tracestate, value);
        }
    } else {
        context.sampled = true;
        if (!take(context.trace_id, sizeof context.trace_id, get(WIRE_HEADER_TRACE, ctx), false)) {
            return false;
        }
        /* The sender's own span is our parent; older senders name only X-Parent-Span-ID. */
        if (!take(context.span_id, sizeof context.span_id, get(WIRE_HEADER_SPAN, ctx), false)) {
            take(context.span_id, sizeof context.span_id, get(WIRE_HEADER_PARENT, ctx), false);
        }
    }
    take(context.parent_span_id, sizeof context.parent_span_id, get(WIRE_HEADER_PARENT, ctx),
         false);
    take(context.session, sizeof context.session, get(WIRE_HEADER_SESSION, ctx), true);
    take(context.client_type, sizeof context.client_type, get(WIRE_HEADER_CLIENT_TYPE, ctx), true);
    take(context.client_version, sizeof context.client_version,
         get(WIRE_HEADER_CLIENT_VERSION, ctx), true);
    *ret_context = context;
    return true;
}
