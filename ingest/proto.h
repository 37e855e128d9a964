/* proto — reads protobuf's wire format field by field, inside of hard bounds. */
#ifndef TRACETUI_INGEST_PROTO_H
#define TRACETUI_INGEST_PROTO_H

#include "store/base/text.h"

enum proto_wire { PROTO_VARINT = 0, PROTO_FIXED64 = 1, PROTO_BYTES = 2, PROTO_FIXED32 = 5 };

struct proto_field {
    uint32_t number;
    enum proto_wire wire;
    uint64_t value;    /* varint, fixed64, fixed32 */
    struct text bytes; /* borrowed from the message */
};

/* One message being read. */
struct proto_reader {
    const uint8_t *at;
    const uint8_t *end;
    const char *problem; /* static text, NULL while all is well */
};

void proto_reader_init(struct proto_reader *reader, struct text message);

/* The next field; false at the end of the message or at a problem. Groups are a problem. */
bool proto_next(struct proto_reader *reader, struct proto_field *ret_field);

double proto_double(uint64_t value);

#endif
