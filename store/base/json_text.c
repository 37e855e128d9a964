/* json_text — writes strings as JSON, and finds and reads values in texts written by us. */
#include <string.h>

#include "store/base/json.h"

void json_append_string(struct text_buffer *buffer, struct text text)
{
    if (text_is_empty(text)) {
        text_append(buffer, TEXT("\"\"")); /* its data may be NULL */
        return;
    }
    text_append_char(buffer, '"');
    size_t at = 0;
    size_t kept = 0; /* everything before is appended */
    while (at < text.length) {
        unsigned char c = (unsigned char)text.data[at];
        size_t length = 1;
        uint32_t rune = c;
        if (c >= 0x80) {
            length = text_rune(text_make(text.data + at, text.length - at), &rune);
        }
        if (c >= 0x20 && c != '"' && c != '\\' && rune != UINT32_MAX) {
            at += length;
            continue;
        }
        text_append(buffer, text_make(text.data + kept, at - kept));
        switch (c) {
        case '"':
            text_append(buffer, TEXT("\\\""));
            break;
        case '\\':
            text_append(buffer, TEXT("\\\\"));
            break;
        case '\n':
            text_append(buffer, TEXT("\\n"));
            break;
        case '\r':
            text_append(buffer, TEXT("\\r"));
            break;
        case '\t':
            text_append(buffer, TEXT("\\t"));
            break;
        default:
            if (c < 0x20) {
                text_append_format(buffer, "\\u%04x", c);
            } else {
                text_append(buffer, TEXT("\xEF\xBF\xBD"));
            }
        }
        at += length;
        kept = at;
    }
    text_append(buffer, text_make(text.data + kept, at - kept));
    text_append_char(buffer, '"');
}

/* What is left of path behind "key.", or an absent text if it does not start so. */
static struct text path_below(struct text path, struct text key)
{
    if (path.length <= key.length + 1 || path.data[key.length] != '.' ||
        (key.length > 0 && memcmp(path.data, key.data, key.length) != 0)) {
        return (struct text){0};
    }
    return text_make(path.data + key.length + 1, path.length - key.length - 1);
}

/* Most objects lack most keys, and a look for the path's first word is quicker than reading them:
 * every key that leads to the value begins with it, if not written with escapes. */
static bool surely_lacks(struct text object, struct text path)
{
    const char *dot = path.length > 0 ? memchr(path.data, '.', path.length) : NULL;
    size_t word = dot != NULL ? (size_t)(dot - path.data) : path.length;
    return object.length > 0 && word > 0 &&
           memmem(object.data, object.length, path.data, word) == NULL &&
           memchr(object.data, '\\', object.length) == NULL;
}

bool json_find(struct text object, struct text path, struct text *ret_raw)
{
    struct json_reader reader;
    struct arena scratch = {0};
    struct text key = {0};
    struct text raw;
    bool whole = false; /* a key that is the whole path */
    bool below = false; /* found by descending; a whole key behind it still wins */
    if (surely_lacks(object, path)) {
        return false;
    }
    json_reader_init(&reader, object, JSON_DEPTH_LARGEST);
    if (json_kind(&reader) != JSON_OBJECT) {
        return false;
    }
    for (json_object_open(&reader); !whole && json_object_next(&reader, &scratch, &key);) {
        if (!json_skip(&reader, &raw)) {
            break;
        }
        struct text rest = path_below(path, key);
        if (text_equals(key, path)) {
            *ret_raw = raw;
            whole = true;
        } else if (!below && rest.data != NULL && raw.data[0] == '{') {
            below = json_find(raw, rest, ret_raw);
        }
    }
    arena_clear(&scratch);
    return whole || below;
}

struct text json_plain(struct text raw, struct arena *arena)
{
    struct json_reader reader;
    struct text plain = raw;
    if (raw.length > 0 && raw.data[0] == '"') {
        json_reader_init(&reader, raw, 1);
        json_string(&reader, arena, &plain);
    }
    return plain;
}
