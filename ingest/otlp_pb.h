/* otlp_pb — messages of OTLP protobuf by tables of their fields, and its attributes: what
 * decode_otlp_pb is made of. */
#ifndef TRACETUI_INGEST_OTLP_PB_H
#define TRACETUI_INGEST_OTLP_PB_H

#include "ingest/finish.h"
#include "ingest/proto.h"

/* One body being read. */
struct otlp_pb {
    struct finish finish;
    struct arena *arena; /* of the values being read: the span's or the producer's */
    struct producer producer;
    struct scope *scope;
    int depth;
    enum err err; /* the first one ends the body */
    struct err_msg *why;
};

/* target is the object the message fills; its type is told where the table is used. */
typedef void (*otlp_pb_read_fn)(struct otlp_pb *reading, const struct proto_field *field,
                                void *target);

struct otlp_pb_field {
    uint32_t number;
    enum proto_wire wire;
    const char *name;
    otlp_pb_read_fn read; /* NULL: only its wire type is checked */
};

/* Reads every field of a message that its table knows; the first problem ends the body. */
void otlp_pb_message(struct otlp_pb *reading, struct text message,
                     const struct otlp_pb_field *fields, size_t count, void *target);

/* Readers for tables. target: struct text, uint32_t, struct attributes */
void otlp_pb_text(struct otlp_pb *reading, const struct proto_field *field, void *target);
void otlp_pb_count(struct otlp_pb *reading, const struct proto_field *field, void *target);
void otlp_pb_attribute(struct otlp_pb *reading, const struct proto_field *field, void *target);

#endif
