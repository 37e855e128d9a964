/* decode_otlp_pb — OTLP in protobuf: each message is one table of fields.
 *
 * Written by hand because the bytes come from anybody: nothing is unpacked into a tree of unknown
 * depth, every length is checked against what is left, and a known field of the wrong wire type is
 * named. Unknown fields are skipped. The texts are borrowed from the body until finish_add. */
#include "ingest/decode.h"
#include "ingest/otlp.h"
#include "ingest/otlp_pb.h"
#include "ingest/wire.h"

/* ---- events and links ---- */

struct wire_event {
    struct draft_event event;
    uint32_t dropped;
};

static void read_event_time(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct wire_event *wire = target;
    wire->event.time_ns = otlp_event_time(field->value);
}

static void read_event_name(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_event *wire = target;
    otlp_pb_text(reading, field, &wire->event.name);
}

static void read_event_attribute(struct otlp_pb *reading, const struct proto_field *field,
                                 void *target)
{
    struct wire_event *wire = target;
    otlp_pb_attribute(reading, field, &wire->event.attributes);
}

static void read_event_dropped(struct otlp_pb *reading, const struct proto_field *field,
                               void *target)
{
    struct wire_event *wire = target;
    otlp_pb_count(reading, field, &wire->dropped);
}

static void read_event(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_FIXED64, "events.timeUnixNano", read_event_time},
        {2, PROTO_BYTES, "events.name", read_event_name},
        {3, PROTO_BYTES, "events.attributes", read_event_attribute},
        {4, PROTO_VARINT, "events.droppedAttributesCount", read_event_dropped},
    };
    struct wire_event wire = {.dropped = 0};
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &wire);
    wire.event.attributes.dropped += wire.dropped;
    otlp_add_event(target, &wire.event);
}

struct wire_link {
    struct draft_link link;
    struct text trace;
    struct text span;
    uint32_t dropped;
};

static void read_link_trace(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_link *wire = target;
    otlp_pb_text(reading, field, &wire->trace);
}

static void read_link_span(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_link *wire = target;
    otlp_pb_text(reading, field, &wire->span);
}

static void read_link_state(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_link *wire = target;
    otlp_pb_text(reading, field, &wire->link.trace_state);
}

static void read_link_attribute(struct otlp_pb *reading, const struct proto_field *field,
                                void *target)
{
    struct wire_link *wire = target;
    otlp_pb_attribute(reading, field, &wire->link.attributes);
}

static void read_link_dropped(struct otlp_pb *reading, const struct proto_field *field,
                              void *target)
{
    struct wire_link *wire = target;
    otlp_pb_count(reading, field, &wire->dropped);
}

static void read_link_flags(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_link *wire = target;
    otlp_pb_count(reading, field, &wire->link.flags);
}

static void read_link(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "links.traceId", read_link_trace},
        {2, PROTO_BYTES, "links.spanId", read_link_span},
        {3, PROTO_BYTES, "links.traceState", read_link_state},
        {4, PROTO_BYTES, "links.attributes", read_link_attribute},
        {5, PROTO_VARINT, "links.droppedAttributesCount", read_link_dropped},
        {6, PROTO_FIXED32, "links.flags", read_link_flags},
    };
    struct draft *draft = target;
    struct wire_link wire = {.dropped = 0};
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &wire);
    wire.link.attributes.dropped += wire.dropped;
    if (otlp_set_link(&wire.link, wire.trace, wire.span)) {
        otlp_add_link(draft, &wire.link);
    } else {
        draft->span.dropped_links++;
    }
}

/* ---- a span ---- */

static void read_trace_id(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_trace(target, field->bytes);
}

static void read_span_id(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_span(target, field->bytes);
}

static void read_parent_id(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_parent(target, field->bytes);
}

static void read_trace_state(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct draft *draft = target;
    otlp_pb_text(reading, field, &draft->span.trace_state);
}

static void read_name(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct draft *draft = target;
    otlp_pb_text(reading, field, &draft->span.name);
}

static void read_kind(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_kind(target, (int32_t)field->value);
}

static void read_start(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_start(target, field->value);
}

static void read_end(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_end(target, field->value);
}

static void read_span_attribute(struct otlp_pb *reading, const struct proto_field *field,
                                void *target)
{
    struct draft *draft = target;
    otlp_pb_attribute(reading, field, &draft->attributes);
}

static void read_dropped_attributes(struct otlp_pb *reading, const struct proto_field *field,
                                    void *target)
{
    struct draft *draft = target;
    otlp_pb_count(reading, field, &draft->span.dropped_attributes);
}

static void read_dropped_events(struct otlp_pb *reading, const struct proto_field *field,
                                void *target)
{
    (void)reading;
    struct draft *draft = target;
    draft->span.dropped_events += (uint32_t)field->value;
}

static void read_dropped_links(struct otlp_pb *reading, const struct proto_field *field,
                               void *target)
{
    (void)reading;
    struct draft *draft = target;
    draft->span.dropped_links += (uint32_t)field->value;
}

static void read_span_flags(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct draft *draft = target;
    otlp_pb_count(reading, field, &draft->span.otlp_flags);
}

static void read_status_message(struct otlp_pb *reading, const struct proto_field *field,
                                void *target)
{
    struct draft *draft = target;
    otlp_pb_text(reading, field, &draft->span.message);
}

static void read_status_code(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    otlp_set_status(target, (int32_t)field->value);
}

static void read_status(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {2, PROTO_BYTES, "status.message", read_status_message},
        {3, PROTO_VARINT, "status.code", read_status_code},
    };
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), target);
}

static void read_span(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "traceId", read_trace_id},
        {2, PROTO_BYTES, "spanId", read_span_id},
        {3, PROTO_BYTES, "traceState", read_trace_state},
        {4, PROTO_BYTES, "parentSpanId", read_parent_id},
        {5, PROTO_BYTES, "name", read_name},
        {6, PROTO_VARINT, "kind", read_kind},
        {7, PROTO_FIXED64, "startTimeUnixNano", read_start},
        {8, PROTO_FIXED64, "endTimeUnixNano", read_end},
        {9, PROTO_BYTES, "attributes", read_span_attribute},
        {10, PROTO_VARINT, "droppedAttributesCount", read_dropped_attributes},
        {11, PROTO_BYTES, "events", read_event},
        {12, PROTO_VARINT, "droppedEventsCount", read_dropped_events},
        {13, PROTO_BYTES, "links", read_link},
        {14, PROTO_VARINT, "droppedLinksCount", read_dropped_links},
        {15, PROTO_BYTES, "status", read_status},
        {16, PROTO_FIXED32, "flags", read_span_flags},
    };
    (void)target;
    struct draft draft;
    reading->err = finish_draft(&reading->finish, &otlp_names, &draft, reading->why);
    if (reading->err != ERR_OK) {
        return;
    }
    reading->arena = &reading->finish.scratch;
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &draft);
    if (reading->err == ERR_OK) {
        otlp_complete(&draft, &reading->producer, reading->scope);
        finish_add(&reading->finish, &draft);
    }
    reading->arena = &reading->finish.producer;
    reading->finish.span_index++;
}

/* ---- what surrounds the spans ---- */

struct wire_scope {
    struct scope *scope;
    struct attributes attributes;
};

static void read_scope_name(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct wire_scope *wire = target;
    wire->scope->name = finish_label(&reading->finish, field->bytes);
}

static void read_scope_version(struct otlp_pb *reading, const struct proto_field *field,
                               void *target)
{
    struct wire_scope *wire = target;
    wire->scope->version = finish_label(&reading->finish, field->bytes);
}

static void read_scope_attribute(struct otlp_pb *reading, const struct proto_field *field,
                                 void *target)
{
    struct wire_scope *wire = target;
    otlp_pb_attribute(reading, field, &wire->attributes);
}

static void read_scope_dropped(struct otlp_pb *reading, const struct proto_field *field,
                               void *target)
{
    struct wire_scope *wire = target;
    otlp_pb_count(reading, field, &wire->scope->dropped_attributes);
}

static void read_scope(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "scope.name", read_scope_name},
        {2, PROTO_BYTES, "scope.version", read_scope_version},
        {3, PROTO_BYTES, "scope.attributes", read_scope_attribute},
        {4, PROTO_VARINT, "scope.droppedAttributesCount", read_scope_dropped},
    };
    (void)target;
    struct wire_scope wire = {.scope = reading->scope};
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &wire);
    reading->scope->attributes = finish_attributes(&reading->finish, &wire.attributes, NULL);
    reading->scope->dropped_attributes += wire.attributes.dropped;
}

/* target: the text to fill */
static void read_schema_url(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct text *url = target;
    *url = finish_label(&reading->finish, field->bytes);
}

static void read_scope_spans(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "scope", read_scope},
        {2, PROTO_BYTES, "spans", read_span},
        {3, PROTO_BYTES, "schemaUrl", read_schema_url},
    };
    (void)target;
    reading->scope = arena_zero(&reading->finish.batch->arena, 1, sizeof *reading->scope);
    reading->finish.span_index = 0;
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &reading->scope->schema_url);
    reading->finish.scope_index++;
}

static void read_resource_dropped(struct otlp_pb *reading, const struct proto_field *field,
                                  void *target)
{
    (void)target;
    otlp_pb_count(reading, field, &reading->producer.stored->dropped_attributes);
}

static void read_resource(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "resource.attributes", otlp_pb_attribute},
        {2, PROTO_VARINT, "resource.droppedAttributesCount", read_resource_dropped},
    };
    (void)target;
    struct attributes attributes = {0};
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &attributes);
    otlp_set_resource(&reading->finish, &reading->producer, &attributes);
}

/* Fields may come in any order, but the spans need their resource: it is read first. */
static void read_resource_spans(struct otlp_pb *reading, const struct proto_field *field,
                                void *target)
{
    static const struct otlp_pb_field resource_fields[] = {
        {1, PROTO_BYTES, "resource", read_resource},
        {2, PROTO_BYTES, "scopeSpans", NULL},
        {3, PROTO_BYTES, "schemaUrl", read_schema_url},
    };
    static const struct otlp_pb_field scope_fields[] = {
        {2, PROTO_BYTES, "scopeSpans", read_scope_spans},
    };
    (void)target;
    struct resource *resource = arena_zero(&reading->finish.batch->arena, 1, sizeof *resource);
    arena_clear(&reading->finish.producer);
    reading->producer = (struct producer){.stored = resource};
    reading->finish.scope_index = 0;
    otlp_pb_message(reading, field->bytes, resource_fields, ARRAY_LEN(resource_fields),
                    &resource->schema_url);
    otlp_pb_message(reading, field->bytes, scope_fields, ARRAY_LEN(scope_fields), NULL);
    reading->finish.resource_index++;
}

enum err decode_otlp_pb(const struct decode_context *context, struct text body, struct batch *batch,
                        struct decode_report *report, struct err_msg *why)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "resourceSpans", read_resource_spans},
    };
    struct otlp_pb reading = {.why = why};
    finish_init(&reading.finish, context, batch, report);
    reading.arena = &reading.finish.producer;
    reading.finish.resource_index = (int)context->first_index;
    otlp_pb_message(&reading, body, fields, ARRAY_LEN(fields), NULL);
    return finish_end(&reading.finish, reading.err);
}
