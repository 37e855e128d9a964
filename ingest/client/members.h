/* members — the members of one JSON object, one value a key. */
#ifndef TRACETUI_CLIENT_MEMBERS_H
#define TRACETUI_CLIENT_MEMBERS_H

struct buffer;

/* Stores key: value in a buffer that holds nothing but members; the same key again replaces its
 * value. json must be valid JSON. */
void members_set(struct buffer *members, const char *key, const struct buffer *json);

/* Appends them, with commas in between. */
void members_encode(const struct buffer *members, struct buffer *target);

#endif
