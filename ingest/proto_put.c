/* proto_put — writes protobuf's wire format field by field. */
#include "ingest/proto_put.h"

#include "ingest/proto.h"

static void put_varint(struct text_buffer *message, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        text_append_char(message, (char)(value | 0x80));
    }
    text_append_char(message, (char)value);
}

void proto_put_number(struct text_buffer *message, unsigned field, uint64_t value)
{
    put_varint(message, field << 3 | PROTO_VARINT);
    put_varint(message, value);
}

void proto_put_bytes(struct text_buffer *message, unsigned field, struct text bytes)
{
    put_varint(message, field << 3 | PROTO_BYTES);
    put_varint(message, bytes.length);
    text_append(message, bytes);
}
