/* buffer — growing text that fails instead of aborting: this code runs in other people's programs.
 */
#include "ingest/client/buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->failed) {
        return;
    }
    if (buffer->length + length + 1 > buffer->capacity) {
        size_t capacity = buffer->capacity != 0 ? buffer->capacity : 64;
        while (capacity < buffer->length + length + 1) {
            capacity *= 2;
        }
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            buffer->failed = true;
            return;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void buffer_add_text(struct buffer *buffer, const char *terminated)
{
    buffer_add(buffer, terminated, strlen(terminated));
}

void buffer_add_int(struct buffer *buffer, int64_t value)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) {
        *--at = '-';
    }
    buffer_add(buffer, at, (size_t)(digits + sizeof digits - at));
}

void buffer_add_double(struct buffer *buffer, double value)
{
    char digits[40];
    if (!isfinite(value)) {
        buffer_add_text(buffer, "null");
        return;
    }
    int length = snprintf(digits, sizeof digits - 2, "%.17g", value);
    /* A locale may print a comma; and a whole number must still read as a double. */
    for (int i = 0; i < length; i++) {
        if (digits[i] == ',') {
            digits[i] = '.';
        }
    }
    if (strpbrk(digits, ".e") == NULL) {
        digits[length++] = '.';
        digits[length++] = '0';
    }
    buffer_add(buffer, digits, (size_t)length);
}

/* Length of the well-formed UTF-8 sequence at `at`, 0 if there is none. The end mark stops every
 * look-ahead, since it is no continuation byte. */
static size_t sequence(const unsigned char *at)
{
    size_t length = at[0] < 0xC2 || at[0] > 0xF4 ? 0 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xED && at[1] > 0x9F;
    bool beyond = at[0] == 0xF4 && at[1] > 0x8F;
    return length > 0 && (overlong || surrogate || beyond) ? 0 : length;
}

void buffer_add_string(struct buffer *buffer, const char *terminated)
{
    const unsigned char *at = (const unsigned char *)terminated;
    const unsigned char *kept = at;
    buffer_add(buffer, "\"", 1);
    while (*at != '\0') {
        size_t length = *at < 0x80 ? 1 : sequence(at);
        if (length > 0 && *at >= 0x20 && *at != '"' && *at != '\\') {
            at += length;
            continue;
        }
        buffer_add(buffer, (const char *)kept, (size_t)(at - kept));
        if (length == 0) {
            buffer_add_text(buffer, "\xEF\xBF\xBD");
        } else {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", *at);
            buffer_add_text(buffer, escape);
        }
        at++;
        kept = at;
    }
    buffer_add(buffer, (const char *)kept, (size_t)(at - kept));
    buffer_add(buffer, "\"", 1);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
