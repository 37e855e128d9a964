/* headers — the request headers we look at, collected once. */
#ifndef TRACETUI_INGEST_HEADERS_H
#define TRACETUI_INGEST_HEADERS_H

#include "store/base/text.h"

enum { HEADERS_STATES = 4 };

/* Absent ones have data NULL. Owns: the texts are borrowed from the HTTP library and live as long
 * as its request. */
struct headers {
    struct text host, content_length, transfer_encoding, expect;
    struct text content_type, content_encoding;
    struct text authorization, origin, accept, if_none_match;
    struct text user, session, client_type, client_version, user_agent;
    struct text trace, span, parent; /* X-Trace-ID and so on */
    struct text traceparent, tracestate[HEADERS_STATES];
    size_t tracestate_count;   /* seen, also those beyond the array */
    bool traceparent_repeated; /* then none counts */
    const char *repeated;      /* name of a header that was given twice, or NULL */
    bool malformed;            /* a name holds a blank: "Content-Length : 3" */
};

/* Other names are ignored. */
void headers_add(struct headers *headers, const char *name, struct text value);

/* The media type without its parameters: "application/json; charset=utf-8" is "application/json".
 */
struct text headers_media_type(const struct headers *headers);

#endif
