/* sanitize — masks secrets and cuts long SQL before anything reaches the disk. */
#include "ingest/sanitize.h"

#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize_form.h"
#include "ingest/sanitize_pairs.h"
#include "ingest/sanitize_rows.h"

enum { HEADER_NAME_LARGEST_BYTES = 64, NAMED_MEMBERS_LARGEST = 4 };

static const char *const sql_keys[] = {"sql", "db.statement", "db.query.text"};

static bool is_sql_key(struct text key)
{
    for (size_t i = 0; i < ARRAY_LEN(sql_keys); i++) {
        if (text_is(key, sql_keys[i])) {
            return true;
        }
    }
    return false;
}

size_t sanitize_text(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    if (rules->off) {
        return 0;
    }
    size_t found = sanitize_rows(rules, text, arena);
    found += sanitize_pairs(rules, text, arena);
    found += sanitize_forms(text, arena);
    return found + sanitize_label(rules, text, arena);
}

/* Bytes of the first limit characters, or the whole length. */
static size_t chars_length(struct text text, size_t limit_chars)
{
    size_t at = 0;
    for (size_t chars = 0; at < text.length && chars < limit_chars; chars++) {
        uint32_t rune;
        at += text_rune(text_make(text.data + at, text.length - at), &rune);
    }
    return at;
}

static size_t cut_sql(const struct sanitize_rules *rules, struct text *sql, struct arena *arena)
{
    size_t length = chars_length(*sql, rules->sql_limit_chars);
    if (length == sql->length) {
        return 0;
    }
    char *cut = arena_bytes(arena, length + 3);
    memcpy(cut, sql->data, length);
    memset(cut + length, '.', 3);
    *sql = text_make(cut, length + 3);
    return 1;
}

/* Where a value stands: what holds for the values inside of it too. */
struct place {
    const struct sanitize_rules *rules;
    struct arena *arena;
    bool params;
};

static size_t sanitize_value(const struct place *place, struct value *value);

/* Whether there is a secret is none. */
static size_t mask_value(struct value *value)
{
    if (value->kind == VALUE_NULL || value->kind == VALUE_BOOL) {
        return 0;
    }
    *value = value_string(TEXT(MASKING_TEXT));
    return 1;
}

/* The name of a header, which no list of plain words holds. */
static bool is_secret_header(const struct sanitize_rules *rules, struct text name)
{
    return text_is_nocase(name, "authorization") || text_is_nocase(name, "cookie") ||
           (name.length <= HEADER_NAME_LARGEST_BYTES && name.length > 0 &&
            memchr(name.data, '-', name.length) != NULL &&
            memchr(name.data, ' ', name.length) == NULL && sanitize_is_secret_key(rules, name));
}

/* {"name": "Authorization", "value": "..."} */
static size_t mask_named_member(const struct sanitize_rules *rules, struct attributes *map)
{
    struct value *value = NULL;
    bool secret = false;
    for (size_t i = 0; i < map->count && map->count <= NAMED_MEMBERS_LARGEST; i++) {
        struct text key = map->items[i].key;
        struct value *member = &map->items[i].value;
        if (member->kind == VALUE_STRING &&
            (text_is_nocase(key, "name") || text_is_nocase(key, "key"))) {
            secret = secret || sanitize_is_secret_key(rules, member->text);
        } else if (text_is_nocase(key, "value")) {
            value = member;
        }
    }
    bool text = value != NULL && (value->kind == VALUE_STRING || value->kind == VALUE_LIST);
    return secret && text ? mask_value(value) : 0;
}

/* A map may have people for keys. What two keys have in common may be all that is left of them. */
static size_t sanitize_keys(const struct place *place, struct attributes *map)
{
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        count += sanitize_label(place->rules, &map->items[i].key, place->arena);
    }
    if (count > 0) {
        attributes_unique(map, place->arena);
    }
    return count;
}

static size_t sanitize_map(const struct place *place, struct attributes *map)
{
    const struct sanitize_rules *rules = place->rules;
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct text key = map->items[i].key;
        struct value *value = &map->items[i].value;
        if (sanitize_is_secret_key(rules, key)) {
            count += mask_value(value);
            continue;
        }
        struct place inside = *place;
        if (value->kind == VALUE_LIST || value->kind == VALUE_MAP) {
            inside.params = place->params || text_is(key, "params") || text_is(key, "db.params");
        }
        count += sanitize_value(&inside, value);
        if (value->kind == VALUE_STRING && value->text.length > rules->sql_limit_chars &&
            is_sql_key(key)) {
            count += cut_sql(rules, &value->text, place->arena);
        }
    }
    count += mask_named_member(rules, map);
    return count + sanitize_keys(place, map);
}

static size_t sanitize_list(const struct place *place, struct values *list)
{
    size_t count = 0;
    bool named = false; /* by the header before: ["Authorization", "..."] */
    for (size_t i = 0; i < list->count; i++) {
        struct value *value = &list->items[i];
        bool header =
            !named && value->kind == VALUE_STRING && is_secret_header(place->rules, value->text);
        if (named) {
            count += mask_value(value);
        } else if (!header) {
            count += sanitize_value(place, value);
        }
        named = header;
    }
    return count;
}

/* To an expression of the user a number is its digits. */
static size_t sanitize_number(const struct place *place, struct value *value)
{
    if (place->rules->value_count == 0) {
        return 0;
    }
    struct text digits = value_text(value, place->arena);
    size_t count = sanitize_label(place->rules, &digits, place->arena);
    if (count > 0) {
        *value = value_string(digits);
    }
    return count;
}

static size_t sanitize_value(const struct place *place, struct value *value)
{
    switch (value->kind) {
    case VALUE_STRING:
        if (place->params && value->text.length > place->rules->param_limit_chars &&
            chars_length(value->text, place->rules->param_limit_chars) < value->text.length) {
            value->text = TEXT("[TRUNCATED]");
            return 1;
        }
        return sanitize_text(place->rules, &value->text, place->arena);
    case VALUE_LIST:
        return sanitize_list(place, value->list);
    case VALUE_MAP:
        return sanitize_map(place, value->map);
    case VALUE_INT:
        return sanitize_is_card_number(value->integer) ? mask_value(value)
                                                       : sanitize_number(place, value);
    case VALUE_DOUBLE:
        return sanitize_number(place, value);
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_BYTES:
        break;
    }
    return 0;
}

size_t sanitize_attributes(const struct sanitize_rules *rules, struct attributes *attributes,
                           struct arena *arena)
{
    struct place place = {.rules = rules, .arena = arena};
    return rules->off ? 0 : sanitize_map(&place, attributes);
}
