/* sanitize — masks secrets and cuts long SQL before anything reaches the disk. */
#include "ingest/sanitize.h"

#include <string.h>

#include "ingest/sanitize_url.h"
#include "store/base/pattern.h"

enum { CARD_FEWEST_DIGITS = 13, CARD_MOST_DIGITS = 19 };

static const char mask[] = "[MASKED]";

/* Words of a key; "api key" are two words in a row, as in api_key, x-api-key and apiKey. */
static const char *const secret_words[] = {
    "password",      "passwd",     "passphrase",  "pwd",     "secret",      "token",
    "authorization", "cookie",     "apikey",      "api key", "private key", "privatekey",
    "access key",    "credential", "credentials", "jwt",     "accesstoken", "sessiontoken",
};

/* A key that ends in one of these words tells something about the secret, not the secret. */
static const char *const harmless_endings[] = {
    "count", "type", "length", "size", "limit", "ttl", "expires", "expiry", "name",
};

static const char *const sql_keys[] = {"sql", "db.statement", "db.query.text"};

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* The words of a key in lower case with one blank around each: "X-ApiKey" is " x api key ". Keys
 * longer than the buffer are cut: no real key is. */
struct words {
    char text[256];
    size_t length;
};

static void split_words(struct text key, struct words *words)
{
    words->length = 0;
    words->text[words->length++] = ' ';
    for (size_t i = 0; i < key.length && words->length + 3 < sizeof words->text; i++) {
        char c = key.data[i];
        bool inside = words->text[words->length - 1] != ' ';
        if (!is_letter(c) && !is_digit(c)) {
            if (inside) {
                words->text[words->length++] = ' ';
            }
            continue;
        }
        if (inside && is_letter(c) && !is_lower(c) && is_lower(key.data[i - 1])) {
            words->text[words->length++] = ' '; /* camelCase */
        }
        words->text[words->length++] = fold(c);
    }
    if (words->text[words->length - 1] != ' ') {
        words->text[words->length++] = ' ';
    }
}

/* True when the phrase stands at `at`, up to a word's end. Most fail at the first letter. */
static bool is_phrase(const char *at, const char *end, const char *phrase)
{
    while (at < end && *phrase != '\0' && *at == *phrase) {
        at++;
        phrase++;
    }
    return *phrase == '\0' && at < end && *at == ' ';
}

/* True when one of the phrases stands in words. */
static bool has_phrase(const struct words *words, const char *const *phrases, size_t count)
{
    const char *end = words->text + words->length;
    for (const char *at = words->text; at + 1 < end; at++) {
        for (size_t i = 0; *at == ' ' && i < count; i++) {
            if (is_phrase(at + 1, end, phrases[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool ends_harmless(const struct words *words)
{
    const char *last = words->text + words->length - 1; /* the closing blank */
    while (last > words->text && last[-1] != ' ') {
        last--;
    }
    for (size_t i = 0; i < ARRAY_LEN(harmless_endings); i++) {
        if (is_phrase(last, words->text + words->length, harmless_endings[i])) {
            return true;
        }
    }
    return false;
}

/* One of the user's keys: a glob, or words as above. */
static bool is_like(const struct words *words, struct text key, struct text rule)
{
    if (memchr(rule.data, '*', rule.length) != NULL ||
        memchr(rule.data, '?', rule.length) != NULL) {
        return pattern_matches_glob(rule, key);
    }
    struct words wanted;
    split_words(rule, &wanted);
    wanted.text[wanted.length - 1] = '\0'; /* instead of the closing blank */
    const char *phrase = wanted.text + 1;
    return wanted.length > 2 && has_phrase(words, &phrase, 1);
}

bool sanitize_is_secret_key(const struct sanitize_rules *rules, struct text key)
{
    struct words words;
    split_words(key, &words);
    for (size_t i = 0; i < rules->key_count; i++) {
        if (is_like(&words, key, rules->keys[i])) {
            return true;
        }
    }
    return has_phrase(&words, secret_words, ARRAY_LEN(secret_words)) && !ends_harmless(&words);
}

static bool is_sql_key(struct text key)
{
    for (size_t i = 0; i < ARRAY_LEN(sql_keys); i++) {
        if (text_is(key, sql_keys[i])) {
            return true;
        }
    }
    return false;
}

/* Header and payload of a JSON web token are objects, whose base64 form starts with "eyJ". */
static bool is_web_token(struct text text)
{
    size_t dots = 0;
    if (text.length < 20 || !text_starts_with(text, "eyJ")) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char c = text.data[i];
        dots += c == '.';
        if (!is_letter(c) && !is_digit(c) && c != '.' && c != '-' && c != '_' && c != '=') {
            return false;
        }
    }
    return dots == 2;
}

static bool is_bearer(struct text text)
{
    static const char scheme[] = "bearer ";
    return text.length > sizeof scheme - 1 &&
           text_is_nocase(text_make(text.data, sizeof scheme - 1), scheme);
}

/* Luhn's check, over digits that begin as the large card networks do. Times in microseconds and
 * nanoseconds begin with 1, so they are never taken for a card. */
static bool is_card(const char *digits, size_t count)
{
    if (count < CARD_FEWEST_DIGITS || count > CARD_MOST_DIGITS || digits[0] < '2' ||
        digits[0] > '6') {
        return false;
    }
    int sum = 0;
    for (size_t i = 0; i < count; i++) {
        int digit = digits[count - 1 - i] - '0';
        int weighted = i % 2 == 0 ? digit : digit * 2;
        sum += weighted > 9 ? weighted - 9 : weighted;
    }
    return sum % 10 == 0;
}

/* Length of the card number that starts at text.data[at], or 0. Groups may be parted by single
 * blanks or dashes; nothing that belongs to a longer word may stand next to it. */
static size_t card_length(struct text text, size_t at)
{
    char digits[CARD_MOST_DIGITS + 1];
    size_t count = 0;
    size_t end = at;
    for (size_t i = at; i < text.length && count < sizeof digits; i++) {
        if (is_digit(text.data[i])) {
            digits[count++] = text.data[i];
            end = i + 1;
        } else if ((text.data[i] != ' ' && text.data[i] != '-') || end != i) {
            break;
        }
    }
    bool joined = end < text.length &&
                  (is_letter(text.data[end]) || is_digit(text.data[end]) || text.data[end] == '_');
    return !joined && is_card(digits, count) ? end - at : 0;
}

/* Replaces the card numbers of a text; returns how many. */
static size_t mask_cards(struct text *text, struct arena *arena)
{
    size_t found = 0;
    size_t kept = 0;
    struct text_buffer masked = {0};
    bool border = true;
    for (size_t i = 0; i < text->length;) {
        char c = text->data[i];
        size_t length = border && is_digit(c) ? card_length(*text, i) : 0;
        if (length > 0) {
            text_append(&masked, text_make(text->data + kept, i - kept));
            text_append_cstr(&masked, mask);
            kept = i + length;
            found++;
        }
        border = !is_letter(c) && !is_digit(c) && c != '_' && c != '.' && c != '-';
        i += length > 0 ? length : 1;
    }
    if (found > 0) {
        text_append(&masked, text_make(text->data + kept, text->length - kept));
        *text = arena_copy(arena, text_buffer_text(&masked));
    }
    text_buffer_free(&masked);
    return found;
}

size_t sanitize_text(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    if (rules->off) {
        return 0;
    }
    if (is_bearer(*text) || is_web_token(*text)) {
        *text = text_from(mask);
        return 1;
    }
    size_t found = sanitize_url(rules, text, arena);
    found += text->length >= CARD_FEWEST_DIGITS ? mask_cards(text, arena) : 0;
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

static size_t sanitize_map(const struct place *place, struct attributes *map)
{
    const struct sanitize_rules *rules = place->rules;
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct text key = map->items[i].key;
        struct value *value = &map->items[i].value;
        if (value->kind != VALUE_NULL && value->kind != VALUE_BOOL &&
            sanitize_is_secret_key(rules, key)) {
            *value = value_string(text_from(mask));
            count++;
            continue;
        }
        if (value->kind == VALUE_STRING && value->text.length > rules->sql_limit_chars &&
            is_sql_key(key)) {
            count += cut_sql(rules, &value->text, place->arena);
        }
        struct place inside = *place;
        if (value->kind == VALUE_LIST || value->kind == VALUE_MAP) {
            inside.params = place->params || text_is(key, "params") || text_is(key, "db.params");
        }
        count += sanitize_value(&inside, value);
    }
    return count;
}

static size_t sanitize_value(const struct place *place, struct value *value)
{
    size_t count = 0;
    switch (value->kind) {
    case VALUE_STRING:
        if (place->params && value->text.length > place->rules->param_limit_chars &&
            chars_length(value->text, place->rules->param_limit_chars) < value->text.length) {
            value->text = TEXT("[TRUNCATED]");
            return 1;
        }
        return sanitize_text(place->rules, &value->text, place->arena);
    case VALUE_LIST:
        for (size_t i = 0; i < value->list->count; i++) {
            count += sanitize_value(place, &value->list->items[i]);
        }
        return count;
    case VALUE_MAP:
        return sanitize_map(place, value->map);
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_INT:
    case VALUE_DOUBLE:
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
