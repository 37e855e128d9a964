/* w3c — the headers traceparent and tracestate by the letter of W3C Trace Context, level 2. */
#ifndef TRACETUI_CLIENT_W3C_H
#define TRACETUI_CLIENT_W3C_H

#include <stdbool.h>

#include "ingest/client/tracetui_client.h"

enum { TRACEPARENT_BYTES = 56 };

/* Fills trace id, span id and flags; false, and nothing filled, if the value is invalid. */
bool traceparent_parse(const char *value, struct tt_context *context);

/* False if the trace id is none that W3C knows: 32 hex digits, fewer (16 as Zipkin's and the web
 * application's, then zeros stand in front), or a UUID. */
bool traceparent_write(const struct tt_context *context, char target[TRACEPARENT_BYTES]);

/* May this list be handed on? Up to 32 members, no key twice. */
bool tracestate_is_valid(const char *value);

#endif
