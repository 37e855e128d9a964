/* describe — what a program says about a span while it runs: attributes, events, links, who. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/json_check.h"
#include "ingest/client/members.h"
#include "ingest/client/span.h"
#include "ingest/wire.h"

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

/* A program that adds in a loop must not take all memory. */
static bool has_room(const struct tt_span *span, const char *text)
{
    size_t used = span->attributes.length;
    if (span->details != NULL) {
        used += span->details->events.length + span->details->links.length;
    }
    return used + strlen(text) <= WIRE_SPAN_LIMIT_BYTES;
}

static void set(struct tt_span *span, const char *key, const struct buffer *json)
{
    if (key != NULL && !json->failed && begin_change(span)) {
        if (has_room(span, json->data)) {
            members_set(&span->attributes, key, json);
        }
        end_change(span);
    }
}

void tt_set_string(struct tt_span *span, const char *key, const char *value)
{
    struct buffer json = {0};
    if (span != NULL && value != NULL) {
        buffer_add_string(&json, value);
        set(span, key, &json);
        buffer_free(&json);
    }
}

void tt_set_int(struct tt_span *span, const char *key, int64_t value)
{
    struct buffer json = {0};
    buffer_add_int(&json, value);
    set(span, key, &json);
    buffer_free(&json);
}

void tt_set_double(struct tt_span *span, const char *key, double value)
{
    struct buffer json = {0};
    buffer_add_double(&json, value);
    set(span, key, &json);
    buffer_free(&json);
}

void tt_set_json(struct tt_span *span, const char *key, const char *json)
{
    if (json != NULL && !json_check_value(json)) {
        tt_set_string(span, key, json);
    } else if (json != NULL) {
        struct buffer text = {0};
        buffer_add_text(&text, json);
        set(span, key, &text);
        buffer_free(&text);
    }
}

void tt_set_bool(struct tt_span *span, const char *key, bool value)
{
    tt_set_json(span, key, value ? "true" : "false");
}

void tt_set_name(struct tt_span *span, const char *name)
{
    if (name != NULL && name[0] != '\0' && begin_change(span)) {
        struct details *details = span_details(span);
        if (details != NULL) {
            replace(&details->name, name);
        }
        end_change(span);
    }
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
        struct details *details = span_details(span);
        if (details != NULL) {
            replace(&details->service, service);
        }
        end_change(span);
    }
}

void tt_set_client_type(struct tt_span *span, const char *client_type)
{
    if (begin_change(span)) {
        struct details *details = span_details(span);
        if (details != NULL) {
            replace(&details->client_type, client_type);
        }
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

static void set_heritage(struct tt_span *span, const char *user, const char *session)
{
    if (!begin_change(span)) {
        return;
    }
    struct heritage *old = span->heritage;
    struct heritage *fresh =
        heritage_new(old->trace_id, old->flags, user != NULL ? user : old->user,
                     session != NULL ? session : old->session, old->tracestate);
    if (fresh != NULL) {
        span->heritage = fresh;
        heritage_release(old);
    }
    end_change(span);
}

void tt_set_user(struct tt_span *span, const char *user)
{
    set_heritage(span, user, NULL);
}

void tt_set_session(struct tt_span *span, const char *session)
{
    set_heritage(span, NULL, session);
}

/* Appends to the events or the links of the span. */
static void add_element(struct tt_span *span, const struct buffer *element, size_t list)
{
    if (element->failed || !begin_change(span)) {
        return;
    }
    struct details *details = has_room(span, element->data) ? span_details(span) : NULL;
    if (details != NULL) {
        struct buffer *target = (struct buffer *)((char *)details + list);
        if (buffer_reserve(target, element->length)) {
            buffer_add(target, element->data, element->length);
        }
    }
    end_change(span);
}

void tt_event_at(struct tt_span *span, const char *name, int64_t time_ns, const char *attributes)
{
    if (span == NULL || name == NULL) {
        return;
    }
    struct buffer event = {0};
    buffer_add_text(&event, ",{\"name\":");
    buffer_add_string(&event, name);
    buffer_add_text(&event, ",\"timestampNs\":\"");
    buffer_add_int(&event, time_ns != 0 ? time_ns : span_now_ns());
    buffer_add_text(&event, "\"");
    if (attributes != NULL && json_check_object(attributes)) {
        buffer_add_text(&event, ",\"attributes\":");
        buffer_add_text(&event, attributes);
    }
    buffer_add_text(&event, "}");
    add_element(span, &event, offsetof(struct details, events));
    buffer_free(&event);
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
    if (span == NULL || to == NULL) {
        return;
    }
    struct buffer link = {0};
    buffer_add_text(&link, ",{\"traceId\":");
    buffer_add_string(&link, to->trace_id);
    buffer_add_text(&link, ",\"spanId\":");
    buffer_add_string(&link, to->span_id);
    buffer_add_text(&link, "}");
    add_element(span, &link, offsetof(struct details, links));
    buffer_free(&link);
}
