/* context_json — a context as JSON, for what has no headers: queues, files, command lines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/buffer.h"
#include "ingest/client/json_check.h"
#include "ingest/client/tracetui_client.h"
#include "ingest/client/utf8.h"

static const struct member {
    const char *key;
    size_t offset, size;
} members[] = {
    {"traceId", offsetof(struct tt_context, trace_id), TT_TRACE_ID_BYTES},
    {"spanId", offsetof(struct tt_context, span_id), TT_SPAN_ID_BYTES},
    {"parentSpanId", offsetof(struct tt_context, parent_span_id), TT_SPAN_ID_BYTES},
    {"userId", offsetof(struct tt_context, user), TT_TEXT_BYTES},
    {"sessionId", offsetof(struct tt_context, session), TT_TEXT_BYTES},
    {"clientType", offsetof(struct tt_context, client_type), TT_TEXT_BYTES},
    {"clientVersion", offsetof(struct tt_context, client_version), TT_TEXT_BYTES},
    {"tracestate", offsetof(struct tt_context, tracestate), TT_TRACESTATE_BYTES},
};

static const struct {
    const char *key;
    size_t offset;
} flags[] = {
    {"sampled", offsetof(struct tt_context, sampled)},
    {"random", offsetof(struct tt_context, random)},
};

enum { MEMBERS = sizeof members / sizeof members[0], FLAGS = sizeof flags / sizeof flags[0] };

size_t tt_context_to_json(const struct tt_context *context, char *target, size_t size)
{
    struct buffer json = {0};
    for (size_t i = 0; i < MEMBERS; i++) {
        const char *value = (const char *)context + members[i].offset;
        if (value[0] != '\0') {
            buffer_add_text(&json, json.length == 0 ? "{" : ",");
            buffer_add_string(&json, members[i].key);
            buffer_add_text(&json, ":");
            buffer_add_string(&json, value);
        }
    }
    for (size_t i = 0; i < FLAGS; i++) {
        buffer_add_text(&json, json.length == 0 ? "{" : ",");
        buffer_add_string(&json, flags[i].key);
        buffer_add_text(&json, *(const bool *)((const char *)context + flags[i].offset) ? ":true"
                                                                                        : ":false");
    }
    buffer_add_text(&json, "}");
    size_t length = json.failed ? 0 : json.length;
    if (size > 0) {
        snprintf(target, size, "%s", json.failed ? "" : json.data);
    }
    buffer_free(&json);
    return length;
}

/* ---- reading; the text was found to be valid JSON before, so nothing here can run past it ---- */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static uint32_t read_unit(const char *at)
{
    const char digits[] = {at[0], at[1], at[2], at[3], '\0'};
    return (uint32_t)strtoul(digits, NULL, 16);
}

/* The character behind the backslash at `*at`; moves on. 0 for what is none in a C string. */
static uint32_t read_escape(const char **at)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char kind = (*at)[1];
    *at += 2;
    if (kind != 'u') {
        return (uint32_t)to[strchr(from, kind) - from];
    }
    uint32_t unit = read_unit(*at);
    *at += 4;
    if (unit >= 0xD800 && unit < 0xDC00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        uint32_t low = read_unit(*at + 2);
        if (low >= 0xDC00 && low < 0xE000) {
            *at += 6;
            return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return unit >= 0xD800 && unit < 0xE000 ? 0 : unit;
}

/* Reads a string into at most size bytes; returns what follows, NULL if it does not fit. */
static const char *read_string(const char *at, char *target, size_t size)
{
    size_t length = 0;
    for (at++; *at != '"';) {
        char bytes[4] = {*at};
        size_t count = 1;
        if (*at == '\\') {
            uint32_t code = read_escape(&at);
            count = code != 0 ? utf8_write(bytes, code) : 0;
        } else {
            at++;
        }
        if (count == 0 || length + count >= size) {
            return NULL;
        }
        memcpy(target + length, bytes, count);
        length += count;
    }
    target[length] = '\0';
    return at + 1;
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++) {
        at += *at == '\\';
    }
    return at + 1;
}

/* The end of a value nobody asked for. */
static const char *skip_value(const char *at)
{
    int depth = 0;
    while (depth > 0 || (*at != ',' && *at != '}')) {
        if (*at == '"') {
            at = skip_string(at);
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
    }
    return at;
}

static const char *read_value(const char *key, const char *at, struct tt_context *context)
{
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(key, members[i].key) == 0 && *at == '"') {
            return read_string(at, (char *)context + members[i].offset, members[i].size);
        }
    }
    for (size_t i = 0; i < FLAGS; i++) {
        if (strcmp(key, flags[i].key) == 0) {
            *(bool *)((char *)context + flags[i].offset) = *at == 't';
        }
    }
    return skip_value(at);
}

bool tt_context_from_json(const char *json, struct tt_context *ret_context)
{
    struct tt_context context = {.sampled = true};
    if (json == NULL || !json_check_object(json)) {
        return false;
    }
    const char *at = skip_blanks(skip_blanks(json) + 1);
    while (*at == '"') {
        char key[32];
        const char *end = read_string(at, key, sizeof key);
        if (end == NULL) { /* longer than any key of ours */
            key[0] = '\0';
            end = skip_string(at);
        }
        at = skip_blanks(end) + 1; /* the colon */
        at = read_value(key, skip_blanks(at), &context);
        if (at == NULL) {
            return false;
        }
        at = skip_blanks(at);
        at = *at == ',' ? skip_blanks(at + 1) : at;
    }
    if (context.trace_id[0] == '\0') {
        return false;
    }
    *ret_context = context;
    return true;
}
