/* headers — the request headers we look at, collected once. */
#include "ingest/headers.h"

#include <string.h>
#include <strings.h>

#include "ingest/wire.h"

static const struct {
    const char *name;
    size_t slot;
} table[] = {
    {"Host", offsetof(struct headers, host)},
    {"Content-Length", offsetof(struct headers, content_length)},
    {"Transfer-Encoding", offsetof(struct headers, transfer_encoding)},
    {"Expect", offsetof(struct headers, expect)},
    {"Content-Type", offsetof(struct headers, content_type)},
    {"Content-Encoding", offsetof(struct headers, content_encoding)},
    {"Authorization", offsetof(struct headers, authorization)},
    {"Accept", offsetof(struct headers, accept)},
    {"If-None-Match", offsetof(struct headers, if_none_match)},
    {"Origin", offsetof(struct headers, origin)},
    {WIRE_HEADER_TRACE, offsetof(struct headers, trace)},
    {WIRE_HEADER_SPAN, offsetof(struct headers, span)},
    {WIRE_HEADER_PARENT, offsetof(struct headers, parent)},
    {WIRE_HEADER_USER, offsetof(struct headers, user)},
    {WIRE_HEADER_SESSION, offsetof(struct headers, session)},
    {WIRE_HEADER_CLIENT_TYPE, offsetof(struct headers, client_type)},
    {WIRE_HEADER_CLIENT_VERSION, offsetof(struct headers, client_version)},
    {"User-Agent", offsetof(struct headers, user_agent)},
};

/* These two may come more than once without harm to anything but themselves. */
static bool add_context(struct headers *headers, const char *name, struct text value)
{
    if (strcasecmp(name, WIRE_HEADER_TRACEPARENT) == 0) {
        headers->traceparent_repeated = headers->traceparent.data != NULL;
        headers->traceparent = value;
        return true;
    }
    if (strcasecmp(name, WIRE_HEADER_TRACESTATE) == 0) {
        if (headers->tracestate_count < HEADERS_STATES) {
            headers->tracestate[headers->tracestate_count] = value;
        }
        headers->tracestate_count++;
        return true;
    }
    return false;
}

void headers_add(struct headers *headers, const char *name, struct text value)
{
    if (strpbrk(name, " \t") != NULL) {
        headers->malformed = true;
        return;
    }
    if (add_context(headers, name, value)) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        if (strcasecmp(name, table[i].name) == 0) {
            struct text *slot = (struct text *)(void *)((char *)headers + table[i].slot);
            if (slot->data != NULL) {
                headers->repeated = table[i].name;
            } else {
                *slot = value;
            }
            return;
        }
    }
}

struct text headers_media_type(const struct headers *headers)
{
    struct text type = headers->content_type;
    const char *semicolon = type.length > 0 ? memchr(type.data, ';', type.length) : NULL;
    if (semicolon != NULL) {
        type.length = (size_t)(semicolon - type.data);
    }
    return text_trim(type);
}
