/* json — reads JSON text one token at a time, without a tree; and writes its strings.
 *
 *     struct json_reader r;
 *     struct text key;
 *     json_reader_init(&r, body, 32);
 *     for (json_object_open(&r); json_object_next(&r, &arena, &key);) {
 *         if (text_is(key, "name")) {
 *             struct text name;
 *             json_string(&r, &arena, &name);
 *         } else {
 *             json_skip(&r, NULL);
 *         }
 *     }
 *     if (json_failed(&r)) { ... r.problem, json_offset(&r) ... }
 *
 * The first error sticks: every later call returns false, so that loops end by themselves and the
 * caller asks once. Follows RFC 8259 to the letter: no comments, no trailing commas, strings must
 * be UTF-8, nothing may follow the value (json_end checks). Numbers keep all their digits. */
#ifndef TRACETUI_STORE_BASE_JSON_H
#define TRACETUI_STORE_BASE_JSON_H

#include "store/base/arena.h"
#include "store/base/text.h"

enum json_kind {
    JSON_NONE, /* end of input, or an error before */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

enum { JSON_DEPTH_LARGEST = 128 };

struct json_reader {
    const char *start;
    const char *at;
    const char *end;
    int depth;
    int depth_limit;
    bool first[JSON_DEPTH_LARGEST + 1]; /* no member read yet at this depth */
    const char *problem;                /* static text, NULL while all is well */
};

/* depth_limit <= JSON_DEPTH_LARGEST. The text must outlive the reader and all results. */
void json_reader_init(struct json_reader *reader, struct text text, int depth_limit);

/* What stands at the cursor; consumes blanks only. */
enum json_kind json_kind(struct json_reader *reader);

/* _open consumes the bracket and is false (an error) if there is none. _next is true with the
 * cursor before the next member, false after the closing bracket was consumed or on an error. Every
 * member must be consumed by one of the calls below before the next _next. Keys and strings are
 * borrowed from the input when they hold no escape, else decoded into the arena. */
bool json_object_open(struct json_reader *reader);
bool json_object_next(struct json_reader *reader, struct arena *arena, struct text *ret_key);
bool json_array_open(struct json_reader *reader);
bool json_array_next(struct json_reader *reader);

bool json_string(struct json_reader *reader, struct arena *arena, struct text *ret_text);
bool json_number(struct json_reader *reader, struct text *ret_digits); /* as written */
bool json_bool(struct json_reader *reader, bool *ret_value);
bool json_null(struct json_reader *reader);

/* Any value; ret_raw (may be NULL) gets its source text. */
bool json_skip(struct json_reader *reader, struct text *ret_raw);

/* True when only blanks are left; anything else is an error. */
bool json_end(struct json_reader *reader);

bool json_failed(const struct json_reader *reader);
size_t json_offset(const struct json_reader *reader); /* bytes from the start, for messages */

/* Marks the reader as failed; problem is static text. Returns false. */
bool json_fail(struct json_reader *reader, const char *problem);

/* Appends text as a JSON string with quotes. Control characters are escaped, bytes that are not
 * UTF-8 become U+FFFD, so the result is always valid. */
void json_append_string(struct text_buffer *buffer, struct text text);

/* Finds the value of a key in the object text `object` (as written by us): its raw source text.
 * A dotted path first matches a key that holds the dots, else descends ("a.b" finds {"a":{"b":1}}
 * and {"a.b":1}). False when absent. Keys with escapes are compared decoded. */
bool json_find(struct text object, struct text path, struct text *ret_raw);

/* The text of a raw value for people and comparisons: strings decoded, all else as written. */
struct text json_plain(struct text raw, struct arena *arena);

#endif
