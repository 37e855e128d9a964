/* text — borrowed slices of bytes, a growing buffer, numbers from text, UTF-8 borders. */
#include "store/base/text.h"

#include <float.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISTANCE_WORD_BYTES = 32 };

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equals_nocase(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (fold(a[i]) != fold(b[i])) {
            return false;
        }
    }
    return true;
}

struct text text_make(const char *data, size_t length)
{
    return (struct text){.data = data, .length = length};
}

struct text text_from(const char *terminated)
{
    return text_make(terminated, terminated != NULL ? strlen(terminated) : 0);
}

bool text_is_empty(struct text text)
{
    return text.length == 0;
}

bool text_equals(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

bool text_is(struct text text, const char *terminated)
{
    return text_equals(text, text_from(terminated));
}

bool text_is_nocase(struct text text, const char *terminated)
{
    return text.length == strlen(terminated) && equals_nocase(text.data, terminated, text.length);
}

bool text_starts_with(struct text text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && (length == 0 || memcmp(text.data, prefix, length) == 0);
}

enum { SEARCH_BLOCK = 32 };

/* Bytes that differ by their case only are the same under this mask; other bytes are themselves. */
static unsigned char case_bit(char folded)
{
    return folded >= 'a' && folded <= 'z' ? 'a' - 'A' : 0;
}

/* Whether the part may begin in one of SEARCH_BLOCK places: its first and its last byte are there.
 * Without a branch, so that compilers compare many bytes at once. */
static bool block_may_hold(const char *first_at, const char *last_at, struct text part)
{
    unsigned char first = (unsigned char)fold(part.data[0]),
                  first_bit = case_bit(fold(part.data[0]));
    unsigned char last = (unsigned char)fold(part.data[part.length - 1]),
                  last_bit = case_bit((char)last);
    unsigned char any = 0;
    for (size_t i = 0; i < SEARCH_BLOCK; i++) {
        any |= (unsigned char)((((unsigned char)first_at[i] | first_bit) == first) &
                               (((unsigned char)last_at[i] | last_bit) == last));
    }
    return any != 0;
}

bool text_contains_nocase(struct text text, struct text part)
{
    if (part.length == 0) {
        return true;
    }
    if (part.length > text.length) {
        return false;
    }
    size_t places = text.length - part.length + 1;
    for (size_t from = 0; from < places;) {
        const char *at = text.data + from;
        size_t block = places - from < SEARCH_BLOCK ? places - from : SEARCH_BLOCK;
        from += block;
        if (block == SEARCH_BLOCK && !block_may_hold(at, at + part.length - 1, part)) {
            continue;
        }
        for (size_t i = 0; i < block; i++) {
            if (equals_nocase(at + i, part.data, part.length)) {
                return true;
            }
        }
    }
    return false;
}

int text_compare(struct text a, struct text b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common != 0 ? memcmp(a.data, b.data, common) : 0;
    if (order != 0) {
        return order;
    }
    return a.length < b.length ? -1 : a.length > b.length;
}

struct text text_trim(struct text text)
{
    static const char blanks[] = " \t\r\n";
    while (text.length > 0 && memchr(blanks, text.data[0], sizeof blanks - 1) != NULL) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 &&
           memchr(blanks, text.data[text.length - 1], sizeof blanks - 1) != NULL) {
        text.length--;
    }
    return text;
}

const char *text_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

/* FNV-1a with a final mix: short keys, no dependency, good enough low bits for open addressing. */
uint64_t text_hash(struct text text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text.length; i++) {
        hash = (hash ^ (uint8_t)text.data[i]) * 0x100000001b3u;
    }
    hash ^= hash >> 32;
    hash *= 0xd6e8feb86659fd93u;
    return hash ^ (hash >> 32);
}

enum err text_parse_u64(struct text text, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (text.length == 0) {
        return ERR_PARSE;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return ERR_PARSE;
        }
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text.data[i] - '0'), &value)) {
            return ERR_LIMIT;
        }
    }
    *ret_value = value;
    return ERR_OK;
}

enum err text_parse_i64(struct text text, int64_t *ret_value)
{
    bool negative = text.length > 0 && text.data[0] == '-';
    if (text.length > 0 && (negative || text.data[0] == '+')) {
        text = text_make(text.data + 1, text.length - 1);
    }
    uint64_t value = 0;
    enum err err = text_parse_u64(text, &value);
    if (err != ERR_OK) {
        return err;
    }
    if (value > (uint64_t)INT64_MAX + (negative ? 1 : 0)) {
        return ERR_LIMIT;
    }
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return ERR_OK;
}

size_t text_distance(struct text a, struct text b)
{
    size_t row[DISTANCE_WORD_BYTES + 1]; /* one row of the classic matrix, reused */
    if (a.length > DISTANCE_WORD_BYTES || b.length > DISTANCE_WORD_BYTES) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= b.length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t best = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best) {
                best = row[j] + 1;
            }
            if (row[j - 1] + 1 < best) {
                best = row[j - 1] + 1;
            }
            row[j] = best;
        }
    }
    return row[b.length];
}

/* strtod also reads blanks, "0x1p3", "inf" and "nan": none of them is a number to a user. */
static bool is_decimal(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (memchr("0123456789+-.eE", text.data[i], 15) == NULL) {
            return false;
        }
    }
    return text.length > 0;
}

/* Most numbers are short and whole: those need no strtod. The conversion rounds as it does. */
static bool parse_digits(struct text text, double *ret_value)
{
    enum { DIGITS_LARGEST = 19 }; /* of which uint64_t holds all */
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || i == DIGITS_LARGEST) {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (text.length > 0) {
        *ret_value = (double)value;
    }
    return text.length > 0;
}

enum err text_parse_f64(struct text text, double *ret_value)
{
    char digits[64];
    if (parse_digits(text, ret_value)) {
        return ERR_OK;
    }
    if (!is_decimal(text)) {
        return ERR_PARSE;
    }
    if (text.length >= sizeof digits) {
        return ERR_LIMIT;
    }
    memcpy(digits, text.data, text.length);
    digits[text.length] = '\0';
    char *end = NULL;
    locale_t locale = newlocale(LC_ALL_MASK, "C", (locale_t)0); /* static in libc: costs nothing */
    double value = strtod_l(digits, &end, locale);
    freelocale(locale);
    if (end != digits + text.length) {
        return ERR_PARSE;
    }
    if (value > DBL_MAX || value < -DBL_MAX) {
        return ERR_LIMIT;
    }
    *ret_value = value;
    return ERR_OK;
}

size_t text_cut(struct text text, size_t limit_bytes)
{
    if (text.length <= limit_bytes) {
        return text.length;
    }
    /* A character has at most three bytes behind its first: further back there is none to save. */
    for (size_t back = 0; back < 4 && back <= limit_bytes; back++) {
        if (((uint8_t)text.data[limit_bytes - back] & 0xC0) != 0x80) {
            return limit_bytes - back;
        }
    }
    return limit_bytes;
}

size_t text_rune(struct text text, uint32_t *ret_rune)
{
    const uint8_t *bytes = (const uint8_t *)text.data;
    uint8_t first = bytes[0];
    *ret_rune = UINT32_MAX;
    if (first < 0x80) {
        *ret_rune = first;
        return 1;
    }
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.length < length) {
        return 1;
    }
    uint32_t rune = first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 1;
        }
        rune = rune << 6 | (bytes[i] & 0x3F);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (rune < smallest[length] || rune > 0x10FFFF || (rune >= 0xD800 && rune <= 0xDFFF)) {
        return 1;
    }
    *ret_rune = rune;
    return length;
}

size_t text_put_rune(char *target, uint32_t rune)
{
    if (rune < 0x80) {
        target[0] = (char)rune;
        return 1;
    }
    if (rune < 0x800) {
        target[0] = (char)(0xC0 | rune >> 6);
        target[1] = (char)(0x80 | (rune & 0x3F));
        return 2;
    }
    if (rune < 0x10000) {
        target[0] = (char)(0xE0 | rune >> 12);
        target[1] = (char)(0x80 | (rune >> 6 & 0x3F));
        target[2] = (char)(0x80 | (rune & 0x3F));
        return 3;
    }
    target[0] = (char)(0xF0 | rune >> 18);
    target[1] = (char)(0x80 | (rune >> 12 & 0x3F));
    target[2] = (char)(0x80 | (rune >> 6 & 0x3F));
    target[3] = (char)(0x80 | (rune & 0x3F));
    return 4;
}

bool text_is_utf8(struct text text)
{
    size_t at = 0;
    while (at < text.length) {
        if ((uint8_t)text.data[at] < 0x80) {
            at++;
            continue;
        }
        uint32_t rune;
        at += text_rune(text_make(text.data + at, text.length - at), &rune);
        if (rune == UINT32_MAX) {
            return false;
        }
    }
    return true;
}

static void reserve(struct text_buffer *buffer, size_t more)
{
    size_t wanted = buffer->length + more + 1;
    if (wanted <= buffer->capacity) {
        return;
    }
    size_t capacity = buffer->capacity != 0 ? buffer->capacity : 64;
    while (capacity < wanted) {
        capacity *= 2;
    }
    buffer->data = mem_grow(buffer->data, capacity);
    buffer->capacity = capacity;
}

void text_append(struct text_buffer *buffer, struct text text)
{
    reserve(buffer, text.length);
    if (text.length > 0) {
        memcpy(buffer->data + buffer->length, text.data, text.length);
    }
    buffer->length += text.length;
    buffer->data[buffer->length] = '\0';
}

void text_append_char(struct text_buffer *buffer, char c)
{
    text_append(buffer, text_make(&c, 1));
}

void text_append_cstr(struct text_buffer *buffer, const char *terminated)
{
    text_append(buffer, text_from(terminated));
}

void text_append_format(struct text_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int wanted = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (wanted > 0) {
        reserve(buffer, (size_t)wanted);
        vsnprintf(buffer->data + buffer->length, (size_t)wanted + 1, format, again);
        buffer->length += (size_t)wanted;
    }
    va_end(again);
}

struct text text_buffer_text(const struct text_buffer *buffer)
{
    return text_make(buffer->data, buffer->length);
}

void text_buffer_clear(struct text_buffer *buffer)
{
    buffer->length = 0;
    if (buffer->data != NULL) {
        buffer->data[0] = '\0';
    }
}

void text_buffer_free(struct text_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct text_buffer){0};
}
