/* otlp_pb — messages of OTLP protobuf by tables of their fields, and its attributes. */
#include "ingest/otlp_pb.h"

#include <stdio.h>

#include "ingest/wire.h"

static void fail(struct otlp_pb *reading, enum err err, const char *field, const char *problem)
{
    char place[80] = "";
    const struct finish *finish = &reading->finish;
    if (reading->err != ERR_OK) {
        return;
    }
    if (reading->arena == &finish->producer) {
        snprintf(place, sizeof place, "resourceSpans[%d].", finish->resource_index);
    } else {
        snprintf(place, sizeof place, "resourceSpans[%d].scopeSpans[%d].spans[%zu].",
                 finish->resource_index, finish->scope_index, finish->span_index);
    }
    reading->err = err_set(reading->why, err, "%s%s: %s", place, field, problem);
}

void otlp_pb_message(struct otlp_pb *reading, struct text message,
                     const struct otlp_pb_field *fields, size_t count, void *target)
{
    struct proto_reader reader;
    struct proto_field field;
    if (reading->depth == WIRE_PROTO_DEPTH_LIMIT) {
        fail(reading, ERR_LIMIT, "message", "nested too deeply");
        return;
    }
    reading->depth++;
    proto_reader_init(&reader, message);
    while (reading->err == ERR_OK && proto_next(&reader, &field)) {
        size_t i = 0;
        while (i < count && fields[i].number != field.number) {
            i++;
        }
        if (i == count) {
            continue;
        }
        if (fields[i].wire != field.wire) {
            fail(reading, ERR_PARSE, fields[i].name, "wrong wire type");
        } else if (fields[i].read != NULL) {
            fields[i].read(reading, &field, target);
        }
    }
    if (reader.problem != NULL) {
        fail(reading, ERR_PARSE, "message", reader.problem);
    }
    reading->depth--;
}

/* ---- plain fields of any message ---- */

void otlp_pb_text(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct text *text = target;
    *text = field->bytes;
}

void otlp_pb_count(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    uint32_t *count = target;
    *count = (uint32_t)field->value;
}

/* ---- attributes ---- */

static void read_any(struct otlp_pb *reading, struct text message, struct value *value);

static void read_any_string(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct value *value = target;
    *value = value_string(field->bytes);
}

static void read_any_bool(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct value *value = target;
    *value = (struct value){.kind = VALUE_BOOL, .boolean = field->value != 0};
}

static void read_any_int(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct value *value = target;
    *value = value_int((int64_t)field->value);
}

static void read_any_double(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct value *value = target;
    *value = (struct value){.kind = VALUE_DOUBLE, .number = proto_double(field->value)};
}

static void read_any_bytes(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    (void)reading;
    struct value *value = target;
    *value = (struct value){.kind = VALUE_BYTES, .text = field->bytes};
}

static void read_list_item(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    struct value item = {.kind = VALUE_NULL};
    read_any(reading, field->bytes, &item);
    values_add(target, reading->arena, item);
}

static void read_any_list(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "values", read_list_item},
    };
    struct value *value = target;
    *value = value_list(reading->arena);
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), value->list);
}

static void read_any_map(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "values", otlp_pb_attribute},
    };
    struct value *value = target;
    *value = value_map(reading->arena);
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), value->map);
}

static void read_any(struct otlp_pb *reading, struct text message, struct value *value)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "stringValue", read_any_string},
        {2, PROTO_VARINT, "boolValue", read_any_bool},
        {3, PROTO_VARINT, "intValue", read_any_int},
        {4, PROTO_FIXED64, "doubleValue", read_any_double},
        {5, PROTO_BYTES, "arrayValue", read_any_list},
        {6, PROTO_BYTES, "kvlistValue", read_any_map},
        {7, PROTO_BYTES, "bytesValue", read_any_bytes},
    };
    otlp_pb_message(reading, message, fields, ARRAY_LEN(fields), value);
}

static void read_attribute_value(struct otlp_pb *reading, const struct proto_field *field,
                                 void *target)
{
    struct attribute *attribute = target;
    read_any(reading, field->bytes, &attribute->value);
}

static void read_attribute_key(struct otlp_pb *reading, const struct proto_field *field,
                               void *target)
{
    (void)reading;
    struct attribute *attribute = target;
    attribute->key = field->bytes;
}

/* target: struct attributes */
void otlp_pb_attribute(struct otlp_pb *reading, const struct proto_field *field, void *target)
{
    static const struct otlp_pb_field fields[] = {
        {1, PROTO_BYTES, "key", read_attribute_key},
        {2, PROTO_BYTES, "value", read_attribute_value},
    };
    struct attribute attribute = {.value = {.kind = VALUE_NULL}};
    otlp_pb_message(reading, field->bytes, fields, ARRAY_LEN(fields), &attribute);
    attributes_add(target, reading->arena, attribute.key, attribute.value);
}
