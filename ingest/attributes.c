/* attributes — keys and values as a decoder reads them, and their JSON form for the store. */
#include "ingest/attributes.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/base64.h"
#include "ingest/wire.h"
#include "store/base/json.h"
#include "store/base/seed.h"

enum { FIRST_ITEMS = 8, UNIQUE_BY_SEARCH = 16 };

static const char ellipsis[] = "\xE2\x80\xA6";

struct value value_string(struct text text)
{
    return (struct value){.kind = VALUE_STRING, .text = text};
}

struct value value_int(int64_t integer)
{
    return (struct value){.kind = VALUE_INT, .integer = integer};
}

struct value value_list(struct arena *arena)
{
    struct values *list = arena_zero(arena, 1, sizeof *list);
    return (struct value){.kind = VALUE_LIST, .list = list};
}

struct value value_map(struct arena *arena)
{
    struct attributes *map = arena_zero(arena, 1, sizeof *map);
    return (struct value){.kind = VALUE_MAP, .map = map};
}

/* The shortest digits that read back as the same number. */
static void format_double(double number, char target[40])
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(target, 40, "%.*g", digits, number);
        if (strtod(target, NULL) == number) {
            break;
        }
    }
    if (strpbrk(target, ".e") == NULL) {
        size_t length = strlen(target);
        snprintf(target + length, 40 - length, ".0");
    }
}

struct text value_text(const struct value *value, struct arena *arena)
{
    switch (value->kind) {
    case VALUE_STRING:
        return value->text;
    case VALUE_INT:
        return arena_format(arena, "%" PRId64, value->integer);
    case VALUE_DOUBLE:
        return arena_format(arena, "%.15g", value->number);
    case VALUE_BOOL:
        return text_from(value->boolean ? "true" : "false");
    case VALUE_NULL:
    case VALUE_BYTES:
    case VALUE_LIST:
    case VALUE_MAP:
        break;
    }
    return (struct text){0};
}

/* Makes room for one more item; false when a limit is reached. Nested values take many times their
 * size on the wire, so the arena itself is limited too. */
static bool make_room(void **items, size_t count, size_t *capacity, size_t item_size, size_t limit,
                      struct arena *arena)
{
    if (count >= limit || arena->used_bytes > WIRE_SCRATCH_LIMIT_BYTES) {
        return false;
    }
    if (count == *capacity) {
        size_t larger = *capacity != 0 ? *capacity * 2 : FIRST_ITEMS;
        void *moved = arena_alloc(arena, larger * item_size);
        if (count > 0) {
            memcpy(moved, *items, count * item_size);
        }
        *items = moved;
        *capacity = larger;
    }
    return true;
}

void values_add(struct values *values, struct arena *arena, struct value value)
{
    void *items = values->items;
    if (!make_room(&items, values->count, &values->capacity, sizeof value, WIRE_LIST_LIMIT,
                   arena)) {
        values->dropped++;
        return;
    }
    values->items = items;
    values->items[values->count++] = value;
}

void attributes_add(struct attributes *attributes, struct arena *arena, struct text key,
                    struct value value)
{
    void *items = attributes->items;
    if (!make_room(&items, attributes->count, &attributes->capacity, sizeof *attributes->items,
                   WIRE_ATTRIBUTES_LIMIT, arena)) {
        attributes->dropped++;
        return;
    }
    attributes->items = items;
    attributes->items[attributes->count++] = (struct attribute){.key = key, .value = value};
}

/* The place of key among the first count items, or count. */
static size_t search(const struct attributes *attributes, size_t count, struct text key)
{
    size_t i = 0;
    while (i < count && !text_equals(attributes->items[i].key, key)) {
        i++;
    }
    return i;
}

static void unique_by_search(struct attributes *attributes)
{
    size_t kept = 0;
    for (size_t i = 0; i < attributes->count; i++) {
        size_t place = search(attributes, kept, attributes->items[i].key);
        attributes->items[place] = attributes->items[i];
        kept += place == kept;
    }
    attributes->count = kept;
}

/* The same with a hash table, so that a thousand keys cost a thousand steps. */
static void unique_by_hash(struct attributes *attributes, struct arena *scratch)
{
    size_t size = UNIQUE_BY_SEARCH;
    while (size < attributes->count * 2) {
        size *= 2;
    }
    uint32_t *table = arena_zero(scratch, size, sizeof *table); /* place + 1; 0 is free */
    uint64_t seed = seed_new();
    size_t kept = 0;
    for (size_t i = 0; i < attributes->count; i++) {
        struct text key = attributes->items[i].key;
        size_t slot = seed_hash(seed, key.data, key.length) & (size - 1);
        while (table[slot] != 0 && !text_equals(attributes->items[table[slot] - 1].key, key)) {
            slot = (slot + 1) & (size - 1);
        }
        if (table[slot] == 0) {
            table[slot] = (uint32_t)++kept;
        }
        attributes->items[table[slot] - 1] = attributes->items[i];
    }
    attributes->count = kept;
}

void attributes_unique(struct attributes *attributes, struct arena *scratch)
{
    if (attributes->count <= UNIQUE_BY_SEARCH) {
        unique_by_search(attributes);
    } else {
        unique_by_hash(attributes, scratch);
    }
}

const struct value *attributes_get(const struct attributes *attributes, const char *key)
{
    size_t place = search(attributes, attributes->count, text_from(key));
    return place < attributes->count ? &attributes->items[place].value : NULL;
}

/* Returns 1 if the text was cut. */
static size_t append_cut(struct text_buffer *buffer, struct text text, size_t limit_bytes)
{
    if (text.length <= limit_bytes) {
        json_append_string(buffer, text);
        return 0;
    }
    json_append_string(buffer, text_make(text.data, text_cut(text, limit_bytes)));
    buffer->length--;
    text_append(buffer, text_make(ellipsis, sizeof ellipsis - 1));
    text_append_char(buffer, '"');
    return 1;
}

/* Integers are frequent enough to spare printf. */
static void append_int(struct text_buffer *buffer, int64_t integer)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (integer < 0) {
        digits[--at] = '-';
    }
    text_append(buffer, text_make(digits + at, sizeof digits - at));
}

static void append_double(struct text_buffer *buffer, double number)
{
    char digits[40];
    if (isfinite(number)) {
        format_double(number, digits);
        text_append_cstr(buffer, digits);
        return;
    }
    text_append_cstr(buffer, isnan(number) ? "{\"$double\":\"NaN\"}"
                             : number > 0  ? "{\"$double\":\"Infinity\"}"
                                           : "{\"$double\":\"-Infinity\"}");
}

static size_t append_value(struct text_buffer *buffer, const struct value *value);

/* What is longer than a value may be gets cut: no more of it is written than shows that. */
static bool is_full(const struct text_buffer *buffer, size_t start)
{
    return buffer->length - start > WIRE_VALUE_LIMIT_BYTES;
}

static size_t append_list(struct text_buffer *buffer, const struct values *list)
{
    size_t start = buffer->length;
    size_t cut = list->dropped > 0;
    text_append_char(buffer, '[');
    for (size_t i = 0; i < list->count && !is_full(buffer, start); i++) {
        if (i > 0) {
            text_append_char(buffer, ',');
        }
        cut += append_value(buffer, &list->items[i]);
    }
    text_append_char(buffer, ']');
    return cut;
}

static size_t append_member(struct text_buffer *buffer, const struct attribute *member, bool first)
{
    if (!first) {
        text_append_char(buffer, ',');
    }
    size_t cut = append_cut(buffer, member->key, WIRE_NAME_LIMIT_BYTES);
    text_append_char(buffer, ':');
    return cut + append_value(buffer, &member->value);
}

static size_t append_map(struct text_buffer *buffer, const struct attributes *map)
{
    size_t start = buffer->length;
    size_t cut = map->dropped > 0;
    text_append_char(buffer, '{');
    for (size_t i = 0; i < map->count && !is_full(buffer, start); i++) {
        cut += append_member(buffer, &map->items[i], i == 0);
    }
    text_append_char(buffer, '}');
    return cut;
}

static size_t append_bytes(struct text_buffer *buffer, struct text bytes)
{
    const size_t limit = (size_t)WIRE_VALUE_LIMIT_BYTES / 4 * 3;
    text_append_cstr(buffer, "{\"$bytes\":\"");
    base64_append(buffer, bytes.length > limit ? text_make(bytes.data, limit) : bytes);
    text_append_cstr(buffer, "\"}");
    return bytes.length > limit;
}

/* A list or map that is too long as JSON is kept as the string of its beginning. */
static size_t cut_composite(struct text_buffer *buffer, size_t start)
{
    if (!is_full(buffer, start)) {
        return 0;
    }
    struct text_buffer whole = {0};
    text_append(&whole, text_make(buffer->data + start, buffer->length - start));
    buffer->length = start;
    append_cut(buffer, text_buffer_text(&whole), WIRE_VALUE_LIMIT_BYTES);
    text_buffer_free(&whole);
    return 1;
}

/* Recursion is as deep as the decoders let values nest. */
static size_t append_value(struct text_buffer *buffer, const struct value *value)
{
    size_t start = buffer->length;
    size_t cut;
    switch (value->kind) {
    case VALUE_NULL:
        text_append(buffer, TEXT("null"));
        break;
    case VALUE_BOOL:
        text_append_cstr(buffer, value->boolean ? "true" : "false");
        break;
    case VALUE_INT:
        append_int(buffer, value->integer);
        break;
    case VALUE_DOUBLE:
        append_double(buffer, value->number);
        break;
    case VALUE_STRING:
        return append_cut(buffer, value->text, WIRE_VALUE_LIMIT_BYTES);
    case VALUE_BYTES:
        return append_bytes(buffer, value->text);
    case VALUE_LIST:
        cut = append_list(buffer, value->list);
        return cut + cut_composite(buffer, start);
    case VALUE_MAP:
        cut = append_map(buffer, value->map);
        return cut + cut_composite(buffer, start);
    }
    return 0;
}

size_t attributes_append(struct text_buffer *buffer, struct attributes *attributes,
                         size_t limit_bytes)
{
    size_t start = buffer->length;
    size_t cut = 0;
    text_append_char(buffer, '{');
    for (size_t i = 0; i < attributes->count; i++) {
        size_t before = buffer->length;
        size_t member_cut = append_member(buffer, &attributes->items[i], before == start + 1);
        if (buffer->length - start >= limit_bytes) {
            buffer->length = before;
            attributes->dropped++;
            continue;
        }
        cut += member_cut;
    }
    text_append_char(buffer, '}');
    return cut;
}
