/* trace_context — whose trace a request belongs to, as its headers tell. */
#include "ingest/trace_context.h"

#include <string.h>

#include "ingest/headers.h"

enum {
    VERSION_AT = 0,
    TRACE_AT = 3,
    TRACE_DIGITS = 32,
    PARENT_AT = 36,
    PARENT_DIGITS = 16,
    FLAGS_AT = 53,
    TRACEPARENT_BYTES = 55,
    MEMBERS_LARGEST = 32,
    KEY_LARGEST_BYTES = 256,
    VALUE_LARGEST_BYTES = 256,
};

/* ---- traceparent ----------------------------------------------------------------------------- */

static bool are_digits(const char *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!((at[i] >= '0' && at[i] <= '9') || (at[i] >= 'a' && at[i] <= 'f'))) {
            return false;
        }
    }
    return true;
}

static uint32_t digit(char c)
{
    return (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Lower-case hex only; version ff and ids of zeros are invalid. Of a version we do not know the
 * fields of version 00 are read, and what follows them must be set off by a dash. */
static bool read_traceparent(struct text value, struct trace_context *context)
{
    const char *at = value.data;
    if (value.length < TRACEPARENT_BYTES || !are_digits(at + VERSION_AT, 2) ||
        memcmp(at, "ff", 2) == 0 || at[TRACE_AT - 1] != '-' ||
        !are_digits(at + TRACE_AT, TRACE_DIGITS) || at[PARENT_AT - 1] != '-' ||
        !are_digits(at + PARENT_AT, PARENT_DIGITS) || at[FLAGS_AT - 1] != '-' ||
        !are_digits(at + FLAGS_AT, 2)) {
        return false;
    }
    bool known = memcmp(at, "00", 2) == 0;
    if (value.length > TRACEPARENT_BYTES && (known || at[TRACEPARENT_BYTES] != '-')) {
        return false;
    }
    struct id trace, parent; /* all zero is refused here */
    if (id_parse_trace(text_make(at + TRACE_AT, TRACE_DIGITS), &trace) != ERR_OK ||
        id_parse_span(text_make(at + PARENT_AT, PARENT_DIGITS), &parent) != ERR_OK) {
        return false;
    }
    context->trace = trace;
    context->parent = parent;
    context->flags = digit(at[FLAGS_AT]) << 4 | digit(at[FLAGS_AT + 1]);
    return true;
}

/* ---- tracestate ------------------------------------------------------------------------------ */

/* Optional white space of a header list: blanks and tabs. */
static struct text trim(struct text text)
{
    while (text.length > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = text_make(text.data + 1, text.length - 1);
    }
    while (text.length > 0 &&
           (text.data[text.length - 1] == ' ' || text.data[text.length - 1] == '\t')) {
        text.length--;
    }
    return text;
}

static bool is_key(struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        char c = key.data[i];
        bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alphanumeric && (i == 0 || c == '\0' || strchr("_-*/@", c) == NULL)) {
            return false;
        }
    }
    return key.length > 0 && key.length <= KEY_LARGEST_BYTES;
}

static bool is_value(struct text value)
{
    for (size_t i = 0; i < value.length; i++) {
        char c = value.data[i];
        if (c < ' ' || c > '~' || c == ',' || c == '=') {
            return false;
        }
    }
    return value.length > 0 && value.length <= VALUE_LARGEST_BYTES;
}

static bool has_key(struct text state, struct text key)
{
    for (size_t at = 0; at + key.length < state.length; at++) {
        if ((at == 0 || state.data[at - 1] == ',') && state.data[at + key.length] == '=' &&
            memcmp(state.data + at, key.data, key.length) == 0) {
            return true;
        }
    }
    return false;
}

/* Adds the members of one header; false when one is wrong, there are too many, or a key comes
 * twice. Empty members are fine. */
static bool read_members(struct text header, struct trace_context *context, size_t *count)
{
    while (header.length > 0) {
        const char *comma = memchr(header.data, ',', header.length);
        size_t length = comma != NULL ? (size_t)(comma - header.data) : header.length;
        struct text member = trim(text_make(header.data, length));
        size_t used = length + (comma != NULL);
        header = text_make(header.data + used, header.length - used);
        if (member.length == 0) {
            continue;
        }
        const char *equals = memchr(member.data, '=', member.length);
        size_t key_length = equals != NULL ? (size_t)(equals - member.data) : member.length;
        struct text key = text_make(member.data, key_length);
        if (equals == NULL || ++*count > MEMBERS_LARGEST || !is_key(key) ||
            !is_value(text_make(equals + 1, member.length - key_length - 1)) ||
            has_key(context->state, key) ||
            context->state.length + member.length + 1 > TRACE_STATE_LIMIT_BYTES) {
            return false;
        }
        char *target = context->state_bytes + context->state.length;
        if (context->state.length > 0) {
            *target++ = ',';
        }
        memcpy(target, member.data, member.length);
        context->state = text_make(context->state_bytes,
                                   (size_t)(target - context->state_bytes) + member.length);
    }
    return true;
}

static void read_tracestate(const struct headers *headers, struct trace_context *context)
{
    size_t count = 0;
    bool valid = headers->tracestate_count <= HEADERS_STATES;
    for (size_t i = 0; valid && i < headers->tracestate_count; i++) {
        valid = read_members(headers->tracestate[i], context, &count);
    }
    if (!valid) {
        context->state = (struct text){0};
    }
}

void trace_context_read(const struct headers *headers, struct trace_context *ret_context)
{
    *ret_context = (struct trace_context){.flags = 0};
    if (!headers->traceparent_repeated && read_traceparent(headers->traceparent, ret_context)) {
        read_tracestate(headers, ret_context);
        return;
    }
    struct id trace, parent;
    if (id_parse_trace(headers->trace, &trace) != ERR_OK) {
        return;
    }
    ret_context->trace = trace;
    /* The sender's own span is the parent; older senders name only X-Parent-Span-ID. */
    if (id_parse_span(headers->span, &parent) == ERR_OK ||
        id_parse_span(headers->parent, &parent) == ERR_OK) {
        ret_context->parent = parent;
    }
}
