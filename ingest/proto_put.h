/* proto_put — writes protobuf's wire format field by field. */
#ifndef TRACETUI_INGEST_PROTO_PUT_H
#define TRACETUI_INGEST_PROTO_PUT_H

#include "store/base/text.h"

void proto_put_number(struct text_buffer *message, unsigned field, uint64_t value);

/* Strings, bytes and messages. */
void proto_put_bytes(struct text_buffer *message, unsigned field, struct text bytes);

#endif
