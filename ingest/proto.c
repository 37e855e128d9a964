/* proto — reads protobuf's wire format field by field, inside of hard bounds. */
#include "ingest/proto.h"

#include <string.h>

enum { VARINT_MOST_BITS = 64, FIELD_NUMBER_LARGEST = 536870911 };

void proto_reader_init(struct proto_reader *reader, struct text message)
{
    const uint8_t *start = (const uint8_t *)message.data;
    *reader = (struct proto_reader){
        .at = start,
        .end = start != NULL ? start + message.length : NULL,
    };
}

static bool fail(struct proto_reader *reader, const char *problem)
{
    reader->problem = problem;
    return false;
}

static bool read_varint(struct proto_reader *reader, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (int shift = 0; shift < VARINT_MOST_BITS; shift += 7) {
        if (reader->at == reader->end) {
            return fail(reader, "ends inside of a number");
        }
        uint8_t byte = *reader->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_value = value;
            return true;
        }
    }
    return fail(reader, "a number is longer than ten bytes");
}

static bool read_fixed(struct proto_reader *reader, int size, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (reader->end - reader->at < size) {
        return fail(reader, "ends inside of a number");
    }
    for (int i = 0; i < size; i++) {
        value |= (uint64_t)reader->at[i] << (8 * i);
    }
    reader->at += size;
    *ret_value = value;
    return true;
}

static bool read_bytes(struct proto_reader *reader, struct text *ret_bytes)
{
    uint64_t length;
    if (!read_varint(reader, &length)) {
        return false;
    }
    if (length > (uint64_t)(reader->end - reader->at)) {
        return fail(reader, "a length goes beyond the message");
    }
    *ret_bytes = text_make((const char *)reader->at, (size_t)length);
    reader->at += length;
    return true;
}

bool proto_next(struct proto_reader *reader, struct proto_field *ret_field)
{
    uint64_t tag;
    if (reader->problem != NULL || reader->at == reader->end || !read_varint(reader, &tag)) {
        return false;
    }
    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_LARGEST) {
        return fail(reader, "a field number is out of range");
    }
    *ret_field = (struct proto_field){.number = (uint32_t)(tag >> 3)};
    switch (tag & 7) {
    case PROTO_VARINT:
        ret_field->wire = PROTO_VARINT;
        return read_varint(reader, &ret_field->value);
    case PROTO_FIXED64:
        ret_field->wire = PROTO_FIXED64;
        return read_fixed(reader, 8, &ret_field->value);
    case PROTO_BYTES:
        ret_field->wire = PROTO_BYTES;
        return read_bytes(reader, &ret_field->bytes);
    case PROTO_FIXED32:
        ret_field->wire = PROTO_FIXED32;
        return read_fixed(reader, 4, &ret_field->value);
    default:
        return fail(reader, "groups are not allowed");
    }
}

double proto_double(uint64_t value)
{
    double number;
    memcpy(&number, &value, sizeof number);
    return number;
}
