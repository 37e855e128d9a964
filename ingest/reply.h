/* reply — what goes back to the sender, in the words of its protocol. */
#ifndef TRACETUI_INGEST_REPLY_H
#define TRACETUI_INGEST_REPLY_H

#include "ingest/decode.h"

enum encoding { ENCODING_JSON, ENCODING_PROTOBUF, ENCODING_COUNT };

/* How success and refusal are said. */
enum dialect {
    DIALECT_FLAT,   /* {"received":N}, {"error":"..."} */
    DIALECT_OTLP,   /* ExportTraceServiceResponse, google.rpc.Status */
    DIALECT_ZIPKIN, /* 202 and nothing, {"error":"..."} */
    DIALECT_ADMIN,  /* {"error":"...","statusCode":N} */
    DIALECT_COUNT
};

/* {0} is no reply yet. */
struct reply {
    unsigned status;          /* 0 = none yet */
    const char *content_type; /* NULL = no body */
    struct text_buffer body;
    const char *allow;      /* methods the path knows, or NULL */
    unsigned retry_after_s; /* 0 = not said */
    const char *etag;       /* NULL = not to be kept */
    const char *file_name;  /* a download, or NULL */
};

/* Everything accepted is stored. With refusals it tells which; when nothing was accepted that is an
 * error for the dialects that know no partial success. */
void reply_accept(struct reply *reply, enum dialect dialect, enum encoding encoding,
                  const struct decode_report *report);

/* An HTTP status from 400 up and its reason. */
void reply_refuse(struct reply *reply, enum dialect dialect, enum encoding encoding,
                  unsigned status, struct text reason);

/* The gRPC code that stands for an HTTP status from 400 up in google.rpc.Status. */
unsigned reply_grpc_code(unsigned status);

void reply_free(struct reply *reply);

#endif
