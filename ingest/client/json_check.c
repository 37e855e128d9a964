/* json_check — is a text from the program one JSON value? A wrong one would spoil a whole batch. */
#include "ingest/client/json_check.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "ingest/client/utf8.h"

enum { DEPTH_LARGEST = 32 };

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_string(const char *at)
{
    if (*at++ != '"') {
        return NULL;
    }
    while (*at != '"') {
        size_t length = utf8_length(at);
        if (length == 0 || (unsigned char)*at < 0x20) {
            return NULL;
        }
        if (*at == '\\') {
            at++;
            if (*at == 'u' && strspn(at + 1, "0123456789abcdefABCDEF") >= 4) {
                at += 5;
                continue;
            }
            if (*at == '\0' || strchr("\"\\/bfnrt", *at) == NULL) {
                return NULL;
            }
            length = 1;
        }
        at += length;
    }
    return at + 1;
}

static const char *skip_digits(const char *at)
{
    size_t count = strspn(at, "0123456789");
    return count > 0 ? at + count : NULL;
}

static const char *skip_number(const char *at)
{
    at += *at == '-';
    at = *at == '0' ? at + 1 : skip_digits(at);
    if (at != NULL && *at == '.') {
        at = skip_digits(at + 1);
    }
    if (at != NULL && (*at == 'e' || *at == 'E')) {
        at++;
        at = skip_digits(at + (*at == '+' || *at == '-'));
    }
    return at;
}

static const char *skip_scalar(const char *at)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
            return at + strlen(words[i]);
        }
    }
    return *at == '"' ? skip_string(at) : skip_number(at);
}

static const char *skip_key(const char *at)
{
    at = skip_string(skip_blanks(at));
    at = at != NULL ? skip_blanks(at) : NULL;
    return at != NULL && *at == ':' ? at + 1 : NULL;
}

/* A value and what is in it, without recursion: one bit a level, set for an object. */
static const char *skip_value(const char *at)
{
    uint64_t objects = 0;
    int depth = 0;
    for (;;) {
        at = skip_blanks(at);
        if ((*at == '{' || *at == '[') && depth < DEPTH_LARGEST) {
            bool object = *at == '{';
            const char *inside = skip_blanks(at + 1);
            if (*inside != (object ? '}' : ']')) {
                objects = objects << 1 | object;
                depth++;
                at = object ? skip_key(inside) : inside;
                if (at == NULL) {
                    return NULL;
                }
                continue;
            }
            at = inside + 1;
        } else {
            at = skip_scalar(at);
        }
        /* A value has ended, and with it perhaps those around it. */
        while (at != NULL && depth > 0) {
            at = skip_blanks(at);
            bool object = (objects & 1) != 0;
            if (*at == ',') {
                at = object ? skip_key(at + 1) : at + 1;
                break;
            }
            if (*at != (object ? '}' : ']')) {
                return NULL;
            }
            at++;
            objects >>= 1;
            depth--;
        }
        if (at == NULL || depth == 0) {
            return at;
        }
    }
}

bool json_check_value(const char *json)
{
    const char *end = skip_value(json);
    return end != NULL && *skip_blanks(end) == '\0';
}

bool json_check_object(const char *json)
{
    return *skip_blanks(json) == '{' && json_check_value(json);
}
