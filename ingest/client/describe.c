/* describe — what a program says about a span while it runs: attributes, events, links, who. */
#include <stdlib.h>
#include <string.h>

#include "ingest/client/span.h"

static void replace(char **target, const char *text)
{
    char *fresh = text != NULL ? strdup(text) : NULL;
    if (fresh != NULL || text == NULL) {
        free(*target);
        *target = fresh;
    }
}

/* Locks the span for a change; false if there is none or if it has ended. Asked under the lock, so
 * that no change can meet the sender. */
static bool begin_change(struct tt_span *span)
{
    if (span == NULL) {
        return false;
    }
    struct shard *shard = span->shard;
    pthread_mutex_lock(&shard->lock);
    if (atomic_load(&span->ended)) {
        pthread_mutex_unlock(&shard->lock);
        return false;
    }
    return true;
}

static void end_change(struct tt_span *span)
{
    pthread_mutex_unlock(&span->shard->lock);
}

static void add_key(struct buffer *members, const char *key)
{
    buffer_add(members, ",", 1);
    buffer_add_string(members, key);
    buffer_add(members, ":", 1);
}

void tt_set_string(struct tt_span *span, const char *key, const char *value)
{
    if (key != NULL && value != NULL && begin_change(span)) {
        add_key(&span->attributes, key);
        buffer_add_string(&span->attributes, value);
        end_change(span);
    }
}

void tt_set_int(struct tt_span *span, const char *key, int64_t value)
{
    if (key != NULL && begin_change(span)) {
        add_key(&span->attributes, key);
        buffer_add_int(&span->attributes, value);
        end_change(span);
    }
}

void tt_set_double(struct tt_span *span, const char *key, double value)
{
    if (key != NULL && begin_change(span)) {
        add_key(&span->attributes, key);
        buffer_add_double(&span->attributes, value);
        end_change(span);
    }
}

void tt_set_json(struct tt_span *span, const char *key, const char *json)
{
    if (key != NULL && json != NULL && begin_change(span)) {
        add_key(&span->attributes, key);
        buffer_add_text(&span->attributes, json);
        end_change(span);
    }
}

void tt_set_bool(struct tt_span *span, const char *key, bool value)
{
    tt_set_json(span, key, value ? "true" : "false");
}

void tt_set_type(struct tt_span *span, const char *type)
{
    if (begin_change(span)) {
        replace(&span->type, type);
        end_change(span);
    }
}

void tt_set_service(struct tt_span *span, const char *service)
{
    if (begin_change(span)) {
        replace(&span->service, service);
        end_change(span);
    }
}

void tt_set_kind(struct tt_span *span, enum tt_kind kind)
{
    if (begin_change(span)) {
        span->kind = (uint8_t)kind;
        end_change(span);
    }
}

static void set_identity(struct tt_span *span, const char *user, const char *session)
{
    if (!begin_change(span)) {
        return;
    }
    const struct identity *old = span->identity;
    struct identity *fresh = identity_new(user != NULL  ? user
                                          : old != NULL ? old->user
                                                        : NULL,
                                          session != NULL ? session
                                          : old != NULL   ? old->session
                                                          : NULL);
    if (fresh != NULL) {
        identity_release(span->identity);
        span->identity = fresh;
    }
    end_change(span);
}

void tt_set_user(struct tt_span *span, const char *user)
{
    set_identity(span, user, NULL);
}

void tt_set_session(struct tt_span *span, const char *session)
{
    set_identity(span, NULL, session);
}

void tt_event_at(struct tt_span *span, const char *name, int64_t time_ns, const char *attributes)
{
    if (name == NULL || !begin_change(span)) {
        return;
    }
    struct buffer *events = &span->events;
    buffer_add_text(events, ",{\"name\":");
    buffer_add_string(events, name);
    buffer_add_text(events, ",\"timestampNs\":\"");
    buffer_add_int(events, time_ns != 0 ? time_ns : span_now_ns());
    buffer_add_text(events, "\",\"attributes\":");
    buffer_add_text(events, attributes != NULL ? attributes : "{}");
    buffer_add_text(events, "}");
    end_change(span);
}

void tt_event(struct tt_span *span, const char *name)
{
    tt_event_at(span, name, 0, NULL);
}

void tt_exception(struct tt_span *span, const char *type, const char *message, const char *stack,
                  int64_t time_ns)
{
    struct buffer attributes = {0};
    buffer_add_text(&attributes, "{\"exception.type\":");
    buffer_add_string(&attributes, type != NULL ? type : "Error");
    buffer_add_text(&attributes, ",\"exception.message\":");
    buffer_add_string(&attributes, message != NULL ? message : "");
    if (stack != NULL) {
        buffer_add_text(&attributes, ",\"exception.stacktrace\":");
        buffer_add_string(&attributes, stack);
    }
    buffer_add_text(&attributes, "}");
    if (!attributes.failed) {
        tt_event_at(span, "exception", time_ns, attributes.data);
    }
    buffer_free(&attributes);
}

void tt_link(struct tt_span *span, const struct tt_context *to)
{
    if (to == NULL || !begin_change(span)) {
        return;
    }
    buffer_add_text(&span->links, ",{\"traceId\":");
    buffer_add_string(&span->links, to->trace_id);
    buffer_add_text(&span->links, ",\"spanId\":");
    buffer_add_string(&span->links, to->span_id);
    buffer_add_text(&span->links, "}");
    end_change(span);
}
