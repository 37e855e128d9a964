/* json — reads JSON text one token at a time, without a tree; and writes its strings. */
#include "store/base/json.h"

#include <endian.h>
#include <string.h>

static const char *const problem_end = "the text ends too early";

void json_reader_init(struct json_reader *reader, struct text text, int depth_limit)
{
    reader->problem = text.data == NULL ? problem_end : NULL;
    if (text.data == NULL) {
        text = TEXT(""); /* the pointers below are compared and subtracted */
    }
    reader->start = text.data;
    reader->at = text.data;
    reader->end = text.data + text.length;
    reader->depth = 0;
    reader->depth_limit = depth_limit < JSON_DEPTH_LARGEST ? depth_limit : JSON_DEPTH_LARGEST;
    reader->first[0] = true;
}

bool json_fail(struct json_reader *reader, const char *problem)
{
    if (reader->problem == NULL) {
        reader->problem = problem;
    }
    return false;
}

bool json_failed(const struct json_reader *reader)
{
    return reader->problem != NULL;
}

size_t json_offset(const struct json_reader *reader)
{
    return (size_t)(reader->at - reader->start);
}

static void skip_blanks(struct json_reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t')) {
        reader->at++;
    }
}

enum json_kind json_kind(struct json_reader *reader)
{
    if (reader->problem != NULL) {
        return JSON_NONE;
    }
    skip_blanks(reader);
    if (reader->at == reader->end) {
        return JSON_NONE;
    }
    switch (*reader->at) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        return JSON_NUMBER;
    default:
        json_fail(reader, "a value was expected");
        return JSON_NONE;
    }
}

static bool wrong_kind(struct json_reader *reader, enum json_kind got, const char *problem)
{
    return json_fail(reader, got == JSON_NONE && reader->at == reader->end ? problem_end : problem);
}

static bool open_bracket(struct json_reader *reader, enum json_kind wanted, const char *problem)
{
    enum json_kind kind = json_kind(reader);
    if (kind != wanted) {
        return wrong_kind(reader, kind, problem);
    }
    if (reader->depth >= reader->depth_limit) {
        return json_fail(reader, "nested too deeply");
    }
    reader->at++;
    reader->depth++;
    reader->first[reader->depth] = true;
    return true;
}

bool json_object_open(struct json_reader *reader)
{
    return open_bracket(reader, JSON_OBJECT, "an object was expected");
}

bool json_array_open(struct json_reader *reader)
{
    return open_bracket(reader, JSON_ARRAY, "an array was expected");
}

/* Consumes a separating comma or the closing bracket: true when a member follows. */
static bool next_member(struct json_reader *reader, char closing)
{
    if (reader->problem != NULL) {
        return false;
    }
    skip_blanks(reader);
    if (reader->at == reader->end) {
        return json_fail(reader, problem_end);
    }
    if (*reader->at == closing) {
        reader->at++;
        reader->depth--;
        return false;
    }
    if (reader->first[reader->depth]) {
        reader->first[reader->depth] = false;
        return true;
    }
    if (*reader->at != ',') {
        return json_fail(reader, "a comma was expected");
    }
    reader->at++;
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == closing) {
        return json_fail(reader, "a comma stands before the closing bracket");
    }
    return true;
}

bool json_object_next(struct json_reader *reader, struct arena *arena, struct text *ret_key)
{
    if (!next_member(reader, '}')) {
        return false;
    }
    if (!json_string(reader, arena, ret_key)) {
        return false;
    }
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != ':') {
        return json_fail(reader, "a colon was expected");
    }
    reader->at++;
    return true;
}

bool json_array_next(struct json_reader *reader)
{
    return next_member(reader, ']');
}

/* Skips printable ASCII that neither ends a string nor escapes in it, eight bytes at a time. The
 * lowest stop is a true one: a borrow only comes from a stop below. Up to seven bytes stay at the
 * end. */
static const char *skip_plain(const char *at, const char *end)
{
    const uint64_t ones = UINT64_MAX / 0xFF;
    for (uint64_t bytes; end - at >= (ptrdiff_t)sizeof bytes; at += sizeof bytes) {
        memcpy(&bytes, at, sizeof bytes);
        bytes = le64toh(bytes);
        uint64_t stops = (bytes - ones * ' ') | ((bytes ^ ones * '"') - ones) |
                         ((bytes ^ ones * '\\') - ones) | bytes;
        stops &= ones * 0x80;
        if (stops != 0) {
            return at + __builtin_ctzll(stops) / 8;
        }
    }
    return at;
}

/* Finds the closing quote of the string whose first byte is at reader->at (behind the opening
 * quote). Checks UTF-8 and control characters on the way. */
static const char *string_end(struct json_reader *reader, bool *ret_escaped)
{
    const char *at = skip_plain(reader->at, reader->end);
    *ret_escaped = false;
    for (; at < reader->end; at = skip_plain(at, reader->end)) {
        unsigned char c = (unsigned char)*at;
        if (c == '"') {
            return at;
        }
        if (c == '\\') {
            *ret_escaped = true;
            at += 2;
        } else if (c < 0x20) {
            json_fail(reader, "a control character stands in a string");
            return NULL;
        } else if (c < 0x80) {
            at++;
        } else {
            uint32_t rune;
            at += text_rune(text_make(at, (size_t)(reader->end - at)), &rune);
            if (rune == UINT32_MAX) {
                json_fail(reader, "a string is not UTF-8");
                return NULL;
            }
        }
    }
    reader->at = reader->end;
    json_fail(reader, problem_end);
    return NULL;
}

static bool hex4(const char *at, const char *end, uint32_t *ret_value)
{
    uint32_t value = 0;
    if (end - at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a' + 10);
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A' + 10);
        } else {
            return false;
        }
        value = value << 4 | digit;
    }
    *ret_value = value;
    return true;
}

/* One \u escape, or a surrogate pair of two. at stands behind "\u". Returns bytes consumed or 0. */
static size_t unicode_escape(const char *at, const char *end, uint32_t *ret_rune)
{
    uint32_t rune;
    uint32_t low;
    if (!hex4(at, end, &rune)) {
        return 0;
    }
    if (rune < 0xD800 || rune > 0xDFFF) {
        *ret_rune = rune;
        return 4;
    }
    if (rune > 0xDBFF || end - at < 10 || at[4] != '\\' || at[5] != 'u' ||
        !hex4(at + 6, end, &low) || low < 0xDC00 || low > 0xDFFF) {
        *ret_rune = 0xFFFD; /* a lone surrogate: senders cut strings in the middle of a pair */
        return 4;
    }
    *ret_rune = 0x10000 + ((rune - 0xD800) << 10) + (low - 0xDC00);
    return 10;
}

static bool decode_string(struct json_reader *reader, const char *end, struct arena *arena,
                          struct text *ret_text)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    char *target = arena_bytes(arena, (size_t)(end - reader->at) + 1);
    size_t length = 0;
    const char *at = reader->at;
    while (at < end) {
        if (*at != '\\') {
            target[length++] = *at++;
            continue;
        }
        at++;
        const char *found = at < end ? memchr(escapes, *at, sizeof escapes - 1) : NULL;
        if (found != NULL) {
            target[length++] = meanings[found - escapes];
            at++;
            continue;
        }
        uint32_t rune;
        size_t used = at < end && *at == 'u' ? unicode_escape(at + 1, end, &rune) : 0;
        if (used == 0) {
            reader->at = at;
            return json_fail(reader, "an escape in a string is wrong");
        }
        length += text_put_rune(target + length, rune);
        at += 1 + used;
    }
    target[length] = '\0';
    *ret_text = text_make(target, length);
    return true;
}

bool json_string(struct json_reader *reader, struct arena *arena, struct text *ret_text)
{
    enum json_kind kind = json_kind(reader);
    if (kind != JSON_STRING) {
        return wrong_kind(reader, kind, "a string was expected");
    }
    reader->at++;
    bool escaped;
    const char *end = string_end(reader, &escaped);
    if (end == NULL) {
        return false;
    }
    if (!escaped) {
        *ret_text = text_make(reader->at, (size_t)(end - reader->at));
    } else if (!decode_string(reader, end, arena, ret_text)) {
        return false;
    }
    reader->at = end + 1;
    return true;
}

static bool digits(struct json_reader *reader)
{
    const char *before = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at > before;
}

static bool at_char(const struct json_reader *reader, char c)
{
    return reader->at < reader->end && *reader->at == c;
}

bool json_number(struct json_reader *reader, struct text *ret_digits)
{
    static const char *const problem = "a number is malformed";
    enum json_kind kind = json_kind(reader);
    if (kind != JSON_NUMBER) {
        return wrong_kind(reader, kind, "a number was expected");
    }
    const char *start = reader->at;
    if (at_char(reader, '-')) {
        reader->at++;
    }
    bool zero = at_char(reader, '0');
    const char *whole = reader->at;
    if (!digits(reader) || (zero && reader->at - whole > 1)) {
        return json_fail(reader, problem);
    }
    if (at_char(reader, '.')) {
        reader->at++;
        if (!digits(reader)) {
            return json_fail(reader, problem);
        }
    }
    if (at_char(reader, 'e') || at_char(reader, 'E')) {
        reader->at++;
        if (at_char(reader, '+') || at_char(reader, '-')) {
            reader->at++;
        }
        if (!digits(reader)) {
            return json_fail(reader, problem);
        }
    }
    *ret_digits = text_make(start, (size_t)(reader->at - start));
    return true;
}

static bool word(struct json_reader *reader, const char *expected)
{
    size_t length = strlen(expected);
    if ((size_t)(reader->end - reader->at) < length || memcmp(reader->at, expected, length) != 0) {
        return json_fail(reader, "a value was expected");
    }
    reader->at += length;
    return true;
}

bool json_bool(struct json_reader *reader, bool *ret_value)
{
    enum json_kind kind = json_kind(reader);
    if (kind != JSON_TRUE && kind != JSON_FALSE) {
        return wrong_kind(reader, kind, "true or false was expected");
    }
    if (!word(reader, kind == JSON_TRUE ? "true" : "false")) {
        return false;
    }
    *ret_value = kind == JSON_TRUE;
    return true;
}

bool json_null(struct json_reader *reader)
{
    enum json_kind kind = json_kind(reader);
    if (kind != JSON_NULL) {
        return wrong_kind(reader, kind, "null was expected");
    }
    return word(reader, "null");
}

static bool skip_scalar(struct json_reader *reader, enum json_kind kind)
{
    struct text ignored;
    bool escaped;
    bool value;
    switch (kind) {
    case JSON_NULL:
        return json_null(reader);
    case JSON_FALSE:
    case JSON_TRUE:
        return json_bool(reader, &value);
    case JSON_NUMBER:
        return json_number(reader, &ignored);
    case JSON_STRING: {
        reader->at++;
        const char *end = string_end(reader, &escaped);
        if (end == NULL) {
            return false;
        }
        if (escaped) { /* checked, thrown away */
            struct arena scratch = {0};
            bool fine = decode_string(reader, end, &scratch, &ignored);
            arena_clear(&scratch);
            if (!fine) {
                return false;
            }
        }
        reader->at = end + 1;
        return true;
    }
    case JSON_NONE:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return json_fail(reader, reader->at == reader->end ? problem_end : "a value was expected");
}

bool json_skip(struct json_reader *reader, struct text *ret_raw)
{
    enum json_kind kind = json_kind(reader);
    const char *start = reader->at;
    struct arena scratch = {0};
    struct text key;
    if (kind == JSON_OBJECT) {
        for (json_object_open(reader); json_object_next(reader, &scratch, &key);) {
            json_skip(reader, NULL); /* as deep as depth_limit lets _open go */
        }
    } else if (kind == JSON_ARRAY) {
        for (json_array_open(reader); json_array_next(reader);) {
            json_skip(reader, NULL);
        }
    } else {
        skip_scalar(reader, kind);
    }
    arena_clear(&scratch);
    if (ret_raw != NULL && reader->problem == NULL) {
        *ret_raw = text_make(start, (size_t)(reader->at - start));
    }
    return reader->problem == NULL;
}

bool json_end(struct json_reader *reader)
{
    if (reader->problem != NULL) {
        return false;
    }
    skip_blanks(reader);
    return reader->at == reader->end || json_fail(reader, "something follows the value");
}
