/* buffer — growing text that fails instead of aborting: this code runs in other people's programs.
 */
#include "ingest/client/buffer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/client/utf8.h"

bool buffer_reserve(struct buffer *buffer, size_t length)
{
    size_t needed = buffer->length + length + 1;
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity != 0 ? buffer->capacity : 64;
        while (capacity < needed) {
            capacity *= 2;
        }
        char *data = realloc(buffer->data, capacity);
        if (data == NULL) {
            return false;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return true;
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    if (buffer->failed || !buffer_reserve(buffer, length)) {
        buffer->failed = true;
        return;
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

void buffer_add_string(struct buffer *buffer, const char *terminated)
{
    const char *at = terminated;
    const char *kept = at;
    buffer_add(buffer, "\"", 1);
    while (*at != '\0') {
        size_t length = utf8_length(at);
        if (length > 0 && (unsigned char)*at >= 0x20 && *at != '"' && *at != '\\') {
            at += length;
            continue;
        }
        buffer_add(buffer, kept, (size_t)(at - kept));
        if (length == 0) {
            buffer_add_text(buffer, "\xEF\xBF\xBD");
        } else {
            char escape[8];
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*at);
            buffer_add_text(buffer, escape);
        }
        at++;
        kept = at;
    }
    buffer_add(buffer, kept, (size_t)(at - kept));
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
