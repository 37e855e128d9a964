/* otlp — what both encodings of OTLP share once a field is read: ids, times, status. */
#include "ingest/otlp.h"

#include "ingest/sdk_quirks.h"

const struct draft_names otlp_names = {
    .trace = "traceId",
    .id = "spanId",
    .parent = "parentSpanId",
    .name = "name",
    .start = "startTimeUnixNano",
    .end = "endTimeUnixNano",
    .unit_ns = 1,
    .unit = "nanoseconds",
};

void otlp_set_start(struct draft *draft, uint64_t nanoseconds)
{
    if (nanoseconds > INT64_MAX) {
        draft_refuse(draft, REFUSED_TIME, otlp_names.start, "out of range");
        return;
    }
    draft->has_start = nanoseconds != 0;
    draft->span.start_ns = (int64_t)nanoseconds;
}

void otlp_set_end(struct draft *draft, uint64_t nanoseconds)
{
    if (nanoseconds > INT64_MAX) {
        draft_refuse(draft, REFUSED_TIME, otlp_names.end, "out of range");
        return;
    }
    draft->span.end_ns = nanoseconds != 0 ? (int64_t)nanoseconds : SPAN_RUNNING;
}

int64_t otlp_event_time(uint64_t nanoseconds)
{
    return nanoseconds <= INT64_MAX ? (int64_t)nanoseconds : 0;
}

void otlp_set_kind(struct draft *draft, int64_t kind)
{
    draft->span.kind = kind > 0 && kind < KIND_COUNT ? (uint8_t)kind : KIND_UNSPECIFIED;
}

void otlp_set_status(struct draft *draft, int64_t code)
{
    enum { CODE_OK = 1, CODE_ERROR = 2 };
    draft->has_status = code == CODE_OK || code == CODE_ERROR;
    draft->span.status = code == CODE_ERROR ? STATUS_ERROR : STATUS_COMPLETED;
}

static void set_id(struct draft *draft, struct text bytes, size_t length, const char *field,
                   struct id *ret_id)
{
    if (bytes.length == 0) {
        return; /* finish_add says "missing" */
    }
    if (bytes.length != length) {
        draft_refuse(draft, REFUSED_ID, field, "%zu bytes were expected", length);
    } else if (id_from_bytes((const uint8_t *)bytes.data, length, ret_id) != ERR_OK) {
        draft_refuse(draft, REFUSED_ID, field, "all zero");
    }
}

void otlp_set_trace(struct draft *draft, struct text bytes)
{
    set_id(draft, bytes, OTLP_TRACE_BYTES, otlp_names.trace, &draft->span.trace);
}

void otlp_set_span(struct draft *draft, struct text bytes)
{
    set_id(draft, bytes, OTLP_SPAN_BYTES, otlp_names.id, &draft->span.id);
}

void otlp_set_parent(struct draft *draft, struct text bytes)
{
    static const char zero[OTLP_SPAN_BYTES];
    if (!text_equals(bytes, text_make(zero, sizeof zero))) {
        set_id(draft, bytes, OTLP_SPAN_BYTES, otlp_names.parent, &draft->span.parent);
    }
}

bool otlp_set_link(struct draft_link *link, struct text trace, struct text span)
{
    return trace.length == OTLP_TRACE_BYTES && span.length == OTLP_SPAN_BYTES &&
           id_from_bytes((const uint8_t *)trace.data, trace.length, &link->trace) == ERR_OK &&
           id_from_bytes((const uint8_t *)span.data, span.length, &link->id) == ERR_OK;
}

void otlp_set_resource(struct finish *finish, struct producer *producer,
                       struct attributes *attributes)
{
    producer->empties_strings = sdk_empties_strings(attributes);
    if (producer->empties_strings) {
        sdk_fill_strings(attributes);
    }
    producer->stored->attributes = finish_attributes(finish, attributes, &producer->traits);
    producer->stored->dropped_attributes += attributes->dropped;
}

void otlp_add_event(struct draft *draft, const struct draft_event *event)
{
    struct draft_event *added = draft_add_event(draft);
    if (added != NULL) {
        *added = *event;
    }
}

void otlp_add_link(struct draft *draft, const struct draft_link *link)
{
    struct draft_link *added = draft_add_link(draft);
    if (added != NULL) {
        *added = *link;
    }
}

void otlp_complete(struct draft *draft, const struct producer *producer, const struct scope *scope)
{
    if (text_is_empty(draft->span.name)) {
        draft->span.name = TEXT("unknown"); /* allowed by the specification */
    }
    draft->producer = producer;
    draft->span.scope = scope;
}
