/* attributes — keys and values as a decoder reads them, and their JSON form for the store.
 *
 * Everything lives in the arena that was given to _add; the texts may be borrowed from the body. */
#ifndef TRACETUI_INGEST_ATTRIBUTES_H
#define TRACETUI_INGEST_ATTRIBUTES_H

#include "store/base/arena.h"
#include "store/base/text.h"

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DOUBLE,
    VALUE_STRING,
    VALUE_BYTES,
    VALUE_LIST,
    VALUE_MAP,
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct text text; /* a string, or bytes */
        struct values *list;
        struct attributes *map;
    };
};

struct attribute {
    struct text key;
    struct value value;
};

/* {0} is empty. */
struct values {
    struct value *items;
    size_t count;
    size_t capacity;
    uint32_t dropped;
};

/* {0} is empty. */
struct attributes {
    struct attribute *items;
    size_t count;
    size_t capacity;
    uint32_t dropped; /* over a limit, and what the sender says it dropped itself */
};

struct value value_string(struct text text);
struct value value_int(int64_t integer);
struct value value_list(struct arena *arena); /* empty; fill .list */
struct value value_map(struct arena *arena);  /* empty; fill .map */

/* Strings as they are, numbers and booleans in words; the rest is the empty text. */
struct text value_text(const struct value *value, struct arena *arena);

/* Over a limit of wire.h the value is dropped and counted. */
void values_add(struct values *values, struct arena *arena, struct value value);
void attributes_add(struct attributes *attributes, struct arena *arena, struct text key,
                    struct value value);

/* Of equal keys only the last value is kept. */
void attributes_unique(struct attributes *attributes, struct arena *scratch);

/* NULL when absent. */
const struct value *attributes_get(const struct attributes *attributes, const char *key);

/* Appends the JSON object of store/span.h. What does not fit into limit_bytes is dropped and
 * counted in attributes->dropped. Returns how many keys and values were cut. */
size_t attributes_append(struct text_buffer *buffer, struct attributes *attributes,
                         size_t limit_bytes);

#endif
