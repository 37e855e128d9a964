/* members — the members of one JSON object, one value a key.
 *
 * Each is stored as its size and its text, "key":value, so that a key is found without reading
 * JSON.
 */
#include "ingest/client/members.h"

#include <string.h>

#include "ingest/client/buffer.h"

static uint32_t size_at(const char *at)
{
    uint32_t size;
    memcpy(&size, at, sizeof size);
    return size;
}

/* Removes the member that begins with the text of `fresh` up to its colon. */
static void remove_key(struct buffer *members, const char *key, size_t length)
{
    for (size_t at = 0; at < members->length;) {
        uint32_t size = size_at(members->data + at);
        size_t next = at + sizeof size + size;
        if (size > length && memcmp(members->data + at + sizeof size, key, length) == 0) {
            memmove(members->data + at, members->data + next, members->length - next);
            members->length -= next - at;
            return;
        }
        at = next;
    }
}

void members_set(struct buffer *members, const char *key, const struct buffer *json)
{
    struct buffer fresh = {0};
    buffer_add_string(&fresh, key);
    buffer_add(&fresh, ":", 1);
    size_t key_length = fresh.length;
    buffer_add(&fresh, json->data, json->length);
    if (!fresh.failed && !json->failed) {
        uint32_t size = (uint32_t)fresh.length;
        remove_key(members, fresh.data, key_length);
        if (buffer_reserve(members, sizeof size + size)) {
            buffer_add(members, (const char *)&size, sizeof size);
            buffer_add(members, fresh.data, fresh.length);
        }
    }
    buffer_free(&fresh);
}

void members_encode(const struct buffer *members, struct buffer *target)
{
    for (size_t at = 0; at < members->length;) {
        uint32_t size = size_at(members->data + at);
        if (at > 0) {
            buffer_add(target, ",", 1);
        }
        buffer_add(target, members->data + at + sizeof size, size);
        at += sizeof size + size;
    }
}
