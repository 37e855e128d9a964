/* context — how a trace crosses a process border: headers out and in, and a JSON form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/span.h"
#include "ingest/wire.h"

enum { TRACEPARENT_BYTES = 55 };

static void set_text(char *target, size_t size, const char *text)
{
    snprintf(target, size, "%s", text != NULL ? text : "");
}

bool tt_context_of(const struct tt_span *span, struct tt_context *ret_context)
{
    if (span == NULL) {
        return false;
    }
    struct tt_context context = {.sampled = true};
    set_text(context.trace_id, sizeof context.trace_id, span->trace_id);
    set_text(context.span_id, sizeof context.span_id, span->span_id);
    set_text(context.parent_span_id, sizeof context.parent_span_id, span->parent_id);
    set_text(context.client_type, sizeof context.client_type, span->tracer->options.client_type);
    set_text(context.client_version, sizeof context.client_version,
             span->tracer->options.client_version);
    pthread_mutex_lock(&span->shard->lock);
    if (span->identity != NULL) {
        set_text(context.session, sizeof context.session, span->identity->session);
    }
    pthread_mutex_unlock(&span->shard->lock);
    *ret_context = context;
    return true;
}

/* ---- headers ---- */

static bool is_hex(const char *text, size_t length)
{
    bool any = false;
    for (size_t i = 0; i < length; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (!digit && (text[i] < 'a' || text[i] > 'f')) {
            return false;
        }
        any = any || text[i] != '0';
    }
    return any;
}

void tt_headers(const struct tt_span *span,
                void (*set)(const char *name, const char *value, void *ctx), void *ctx)
{
    struct tt_context context;
    char now[24];
    char traceparent[TRACEPARENT_BYTES + 9];
    if (!tt_context_of(span, &context)) {
        return;
    }
    snprintf(now, sizeof now, "%lld", (long long)(span_now_ns() / 1000000));
    const struct {
        const char *name;
        const char *value;
    } headers[] = {
        {WIRE_HEADER_TRACE, context.trace_id},
        {WIRE_HEADER_SPAN, context.span_id},
        {WIRE_HEADER_PARENT, context.parent_span_id},
        {WIRE_HEADER_SESSION, context.session},
        {WIRE_HEADER_CLIENT_TYPE, context.client_type},
        {WIRE_HEADER_CLIENT_VERSION, context.client_version},
        {WIRE_HEADER_CLIENT_TIME, now},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        if (headers[i].value[0] != '\0') {
            set(headers[i].name, headers[i].value, ctx);
        }
    }
    if (strlen(context.trace_id) == 32 && is_hex(context.trace_id, 32)) {
        snprintf(traceparent, sizeof traceparent, "00-%.32s-%.16s-%02x", context.trace_id,
                 context.span_id, (unsigned)context.sampled & 1);
        set(WIRE_HEADER_TRACEPARENT, traceparent, ctx);
    }
}

/* W3C Trace Context, "traceparent Header Field Values": lower-case hex only, version ff is invalid,
 * ids of zeros are invalid; a version we do not know may be longer, but only behind a dash. */
static bool parse_traceparent(const char *value, struct tt_context *context)
{
    size_t length = strlen(value);
    if (length < TRACEPARENT_BYTES || value[2] != '-' || value[35] != '-' || value[52] != '-' ||
        memcmp(value, "ff", 2) == 0 || !is_hex(value + 3, 32) || !is_hex(value + 36, 16)) {
        return false;
    }
    const char *const pairs[] = {value, value + 53};
    for (size_t i = 0; i < 2; i++) {
        if (memcmp(pairs[i], "00", 2) != 0 && !is_hex(pairs[i], 2)) {
            return false;
        }
    }
    bool version_0 = memcmp(value, "00", 2) == 0;
    if (length > TRACEPARENT_BYTES && (version_0 || value[TRACEPARENT_BYTES] != '-')) {
        return false;
    }
    memcpy(context->trace_id, value + 3, 32);
    memcpy(context->span_id, value + 36, 16);
    context->sampled = (strtol(value + 53, NULL, 16) & 1) != 0;
    return true;
}

static bool take_id(char *target, size_t size, const char *value)
{
    if (value == NULL || value[0] == '\0' || strlen(value) >= size) {
        return false;
    }
    for (const char *c = value; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == 127) {
            return false;
        }
    }
    memcpy(target, value, strlen(value) + 1);
    return true;
}

bool tt_context_from_headers(const char *(*get)(const char *name, void *ctx), void *ctx,
                             struct tt_context *ret_context)
{
    struct tt_context context = {.sampled = true};
    const char *traceparent = get(WIRE_HEADER_TRACEPARENT, ctx);
    if (traceparent == NULL || !parse_traceparent(traceparent, &context)) {
        context = (struct tt_context){.sampled = true};
        if (!take_id(context.trace_id, sizeof context.trace_id, get(WIRE_HEADER_TRACE, ctx))) {
            return false;
        }
        /* The sender's own span is our parent; older senders name only X-Parent-Span-ID. */
        if (!take_id(context.span_id, sizeof context.span_id, get(WIRE_HEADER_SPAN, ctx))) {
            take_id(context.span_id, sizeof context.span_id, get(WIRE_HEADER_PARENT, ctx));
        }
    }
    take_id(context.parent_span_id, sizeof context.parent_span_id, get(WIRE_HEADER_PARENT, ctx));
    take_id(context.session, sizeof context.session, get(WIRE_HEADER_SESSION, ctx));
    take_id(context.client_type, sizeof context.client_type, get(WIRE_HEADER_CLIENT_TYPE, ctx));
    take_id(context.client_version, sizeof context.client_version,
            get(WIRE_HEADER_CLIENT_VERSION, ctx));
    *ret_context = context;
    return true;
}

/* ---- JSON ---- */

struct member {
    const char *key;
    size_t offset, size;
};

static const struct member members[] = {
    {"traceId", offsetof(struct tt_context, trace_id), TT_TRACE_ID_BYTES},
    {"spanId", offsetof(struct tt_context, span_id), TT_SPAN_ID_BYTES},
    {"parentSpanId", offsetof(struct tt_context, parent_span_id), TT_SPAN_ID_BYTES},
    {"sessionId", offsetof(struct tt_context, session), TT_TEXT_BYTES},
    {"clientType", offsetof(struct tt_context, client_type), TT_TEXT_BYTES},
    {"clientVersion", offsetof(struct tt_context, client_version), TT_TEXT_BYTES},
};

size_t tt_context_to_json(const struct tt_context *context, char *target, size_t size)
{
    struct buffer json = {0};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *value = (const char *)context + members[i].offset;
        if (value[0] != '\0') {
            buffer_add_text(&json, json.length == 0 ? "{" : ",");
            buffer_add_string(&json, members[i].key);
            buffer_add_text(&json, ":");
            buffer_add_string(&json, value);
        }
    }
    buffer_add_text(&json, json.length == 0 ? "{\"sampled\":" : ",\"sampled\":");
    buffer_add_text(&json, context->sampled ? "true}" : "false}");
    size_t length = json.failed ? 0 : json.length;
    if (size > 0) {
        snprintf(target, size, "%s", json.failed ? "" : json.data);
    }
    buffer_free(&json);
    return length;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Reads one JSON string into at most size bytes; returns what follows it or NULL. Ids and names in
 * contexts are plain text, so \u escapes above ASCII are refused rather than decoded. */
static const char *read_string(const char *at, char *target, size_t size)
{
    size_t length = 0;
    if (*at++ != '"') {
        return NULL;
    }
    while (*at != '"') {
        char c = *at++;
        if (c == '\\') {
            static const char from[] = "\"\\/bfnrt";
            static const char to[] = "\"\\/\b\f\n\r\t";
            const char *found = *at != '\0' ? strchr(from, *at) : NULL;
            if (found != NULL) {
                c = to[found - from];
                at++;
            } else if (*at == 'u' && strlen(at) > 4 && memcmp(at + 1, "00", 2) == 0) {
                char digits[3] = {at[3], at[4], '\0'};
                c = (char)strtol(digits, NULL, 16);
                at += 5;
            } else {
                return NULL;
            }
        }
        if (c == '\0' || length + 1 >= size) {
            return NULL;
        }
        target[length++] = c;
    }
    target[length] = '\0';
    return at + 1;
}

static const char *read_member(const char *at, struct tt_context *context)
{
    char key[32];
    at = read_string(skip_blanks(at), key, sizeof key);
    if (at == NULL || *(at = skip_blanks(at)) != ':') {
        return NULL;
    }
    at = skip_blanks(at + 1);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(key, members[i].key) == 0) {
            return read_string(at, (char *)context + members[i].offset, members[i].size);
        }
    }
    if (strcmp(key, "sampled") == 0 && strncmp(at, "true", 4) == 0) {
        context->sampled = true;
        return at + 4;
    }
    if (strcmp(key, "sampled") == 0 && strncmp(at, "false", 5) == 0) {
        context->sampled = false;
        return at + 5;
    }
    return NULL;
}

bool tt_context_from_json(const char *json, struct tt_context *ret_context)
{
    struct tt_context context = {.sampled = true};
    const char *at = skip_blanks(json);
    if (*at != '{') {
        return false;
    }
    do {
        at = read_member(at + 1, &context);
        at = at != NULL ? skip_blanks(at) : NULL;
    } while (at != NULL && *at == ',');
    if (at == NULL || *at != '}' || *skip_blanks(at + 1) != '\0' || context.trace_id[0] == '\0') {
        return false;
    }
    *ret_context = context;
    return true;
}
