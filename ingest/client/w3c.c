/* w3c — the headers traceparent and tracestate by the letter of W3C Trace Context, level 2. */
#include "ingest/client/w3c.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PARENT_LENGTH = TRACEPARENT_BYTES - 1,
    MEMBERS_LARGEST = 32,
    KEY_LARGEST = 256,
    TENANT_LARGEST = 241,
    SYSTEM_LARGEST = 14,
    VALUE_LARGEST = 256,
};

/* ---- traceparent ---- */

static bool is_hex(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdef") >= length;
}

static bool is_id(const char *text, size_t length)
{
    return is_hex(text, length) && strspn(text, "0") < length;
}

/* Lower-case hex only; version ff is invalid, ids of zeros are; a version we do not know may be
 * longer, but only behind a dash. */
bool traceparent_parse(const char *value, struct tt_context *context)
{
    size_t length = strlen(value);
    if (length < PARENT_LENGTH || !is_hex(value, 2) || memcmp(value, "ff", 2) == 0 ||
        value[2] != '-' || !is_id(value + 3, 32) || value[35] != '-' || !is_id(value + 36, 16) ||
        value[52] != '-' || !is_hex(value + 53, 2)) {
        return false;
    }
    bool version_0 = memcmp(value, "00", 2) == 0;
    if (length > PARENT_LENGTH && (version_0 || value[PARENT_LENGTH] != '-')) {
        return false;
    }
    const char digits[] = {value[53], value[54], '\0'};
    long flags = strtol(digits, NULL, 16);
    memcpy(context->trace_id, value + 3, 32);
    context->trace_id[32] = '\0';
    memcpy(context->span_id, value + 36, 16);
    context->span_id[16] = '\0';
    context->sampled = (flags & 1) != 0;
    context->random = (flags & 2) != 0;
    return true;
}

bool traceparent_write(const struct tt_context *context, char target[TRACEPARENT_BYTES])
{
    char trace_id[33];
    char digits[33];
    size_t length = 0;
    for (const char *c = context->trace_id; *c != '\0'; c++) {
        if (*c == '-') {
            continue;
        }
        if (length == 32 || !isxdigit((unsigned char)*c)) {
            return false;
        }
        digits[length++] = (char)tolower((unsigned char)*c);
    }
    memset(trace_id, '0', 32 - length);
    memcpy(trace_id + 32 - length, digits, length);
    trace_id[32] = '\0';
    if (!is_id(trace_id, 32) || !is_id(context->span_id, 16) || strlen(context->span_id) != 16) {
        return false;
    }
    snprintf(target, TRACEPARENT_BYTES, "00-%s-%.16s-%02x", trace_id, context->span_id,
             (context->sampled ? 1u : 0u) | (context->random ? 2u : 0u));
    return true;
}

/* ---- tracestate ---- */

struct piece {
    const char *text;
    size_t length;
};

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_key_text(struct piece piece, size_t largest, bool may_begin_with_digit)
{
    if (piece.length == 0 || piece.length > largest ||
        !(is_lower(piece.text[0]) || (may_begin_with_digit && is_digit(piece.text[0])))) {
        return false;
    }
    for (size_t i = 1; i < piece.length; i++) {
        char c = piece.text[i];
        if (!is_lower(c) && !is_digit(c) && (c == '\0' || strchr("_-*/", c) == NULL)) {
            return false;
        }
    }
    return true;
}

static bool is_key(struct piece key)
{
    const char *at = memchr(key.text, '@', key.length);
    if (at == NULL) {
        return is_key_text(key, KEY_LARGEST, false);
    }
    struct piece tenant = {key.text, (size_t)(at - key.text)};
    struct piece system = {at + 1, key.length - tenant.length - 1};
    return is_key_text(tenant, TENANT_LARGEST, true) && is_key_text(system, SYSTEM_LARGEST, false);
}

/* Printable ASCII but comma and equals sign; the last is no blank, since blanks were trimmed. */
static bool is_value(struct piece value)
{
    if (value.length == 0 || value.length > VALUE_LARGEST) {
        return false;
    }
    for (size_t i = 0; i < value.length; i++) {
        if (value.text[i] < 0x20 || value.text[i] > 0x7E || value.text[i] == '=') {
            return false;
        }
    }
    return true;
}

static struct piece trim(const char *text, size_t length)
{
    while (length > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        length--;
    }
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == '\t')) {
        length--;
    }
    return (struct piece){text, length};
}

static bool is_among(struct piece key, const struct piece *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (keys[i].length == key.length && memcmp(keys[i].text, key.text, key.length) == 0) {
            return true;
        }
    }
    return false;
}

bool tracestate_is_valid(const char *value)
{
    struct piece keys[MEMBERS_LARGEST];
    size_t count = 0;
    for (const char *at = value;; at++) {
        size_t length = strcspn(at, ",");
        struct piece member = trim(at, length);
        const char *equals = memchr(member.text, '=', member.length);
        if (member.length > 0) { /* empty members are allowed */
            if (equals == NULL || count == MEMBERS_LARGEST) {
                return false;
            }
            struct piece key = {member.text, (size_t)(equals - member.text)};
            struct piece text = {equals + 1, member.length - key.length - 1};
            if (!is_key(key) || !is_value(text) || is_among(key, keys, count)) {
                return false;
            }
            keys[count++] = key;
        }
        at += length;
        if (*at == '\0') {
            return count > 0;
        }
    }
}
