/* base64 — bytes as text and back, in the standard alphabet and the URL one. */
#include "ingest/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}

void base64_append(struct text_buffer *buffer, struct text bytes)
{
    for (size_t i = 0; i < bytes.length; i += 3) {
        size_t left = bytes.length - i;
        uint32_t group = (uint32_t)(uint8_t)bytes.data[i] << 16;
        group |= left > 1 ? (uint32_t)(uint8_t)bytes.data[i + 1] << 8 : 0;
        group |= left > 2 ? (uint32_t)(uint8_t)bytes.data[i + 2] : 0;
        char digits[4] = {
            alphabet[group >> 18],
            alphabet[group >> 12 & 63],
            '=',
            '=',
        };
        if (left > 1) {
            digits[2] = alphabet[group >> 6 & 63];
        }
        if (left > 2) {
            digits[3] = alphabet[group & 63];
        }
        text_append(buffer, text_make(digits, sizeof digits));
    }
}

enum err base64_decode(struct text text, struct arena *arena, struct text *ret_bytes)
{
    for (int padding = 0; padding < 2 && text.length > 0; padding++) {
        if (text.data[text.length - 1] == '=') {
            text.length--;
        }
    }
    if (text.length % 4 == 1) {
        return ERR_PARSE;
    }
    char *bytes = arena_bytes(arena, text.length / 4 * 3 + 3);
    size_t length = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < text.length; i++) {
        int value = digit_value(text.data[i]);
        if (value < 0) {
            return ERR_PARSE;
        }
        group = group << 6 | (uint32_t)value;
        if (i % 4 != 0) { /* the digits 1, 2 and 3 of a group complete a byte each */
            bytes[length++] = (char)(group >> (6 - 2 * (i % 4)) & 0xFF);
        }
    }
    *ret_bytes = text_make(bytes, length);
    return ERR_OK;
}
