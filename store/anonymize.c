/* anonymize — what an export may show to strangers: the program, and nobody who used it. */
#include "store/anonymize.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "store/base/glob.h"
#include "store/base/json.h"
#include "store/sql_shape.h"

enum { KEY_LARGEST_BYTES = 128 };

/* Texts under these keys tell what the program is and does, not who used it. */
static const char *const plain_keys[] = {
    "http.method",
    "http.request.method",
    "http.route",
    "http.flavor",
    "http.scheme",
    "url.scheme",
    "network.protocol.*",
    "network.transport",
    "network.type",
    "db.system*",
    "db.operation",
    "db.operation.name",
    "db.collection.name",
    "db.sql.table",
    "rpc.system*",
    "rpc.service",
    "rpc.method",
    "messaging.system",
    "messaging.operation*",
    "graphql.operation.*",
    "graphql.field.*",
    "faas.trigger",
    "cache.operation",
    "exception.type",
    "error.type",
    "otel.status_code",
    "otel.library.*",
    "otel.scope.*",
    "telemetry.*",
    "service.name",
    "service.version",
    "service.namespace",
    "deployment.environment*",
    "process.runtime.*",
    "os.type",
    "code.function*",
    "code.namespace",
    "thread.name",
    "span.kind",
    "component",
    "internal.span.format",
    "sampler.*",
};

/* Of those, what is a version or the name of a library: "1.27.0", "@opentelemetry/http". */
static const char *const library_keys[] = {"*version*", "otel.*", "telemetry.*",
                                           "process.runtime.*", "network.protocol.*"};

/* A key with one of these words speaks of somebody, in numbers, too. */
static const char *const person_words[] = {
    "user",      "users",    "uid",       "id",     "ids",      "customer", "client", "account",
    "member",    "person",   "patient",   "owner",  "author",   "session",  "phone",  "mobile",
    "email",     "mail",     "address",   "ip",     "ssn",      "iban",     "card",   "lat",
    "lon",       "latitude", "longitude", "birth",  "birthday", "age",      "userid", "customerid",
    "accountid", "clientid", "sessionid", "msisdn", "zip",
};

static const char *const sql_keys[] = {"sql", "db.statement", "db.query.text"};

enum err anonymizer_init(struct anonymizer *ret_anonymizer, struct err_msg *why)
{
    struct anonymizer anonymizer;
    if (getrandom(&anonymizer.key, sizeof anonymizer.key, 0) != (ssize_t)sizeof anonymizer.key) {
        return err_set(why, ERR_IO, "no random numbers from the system");
    }
    *ret_anonymizer = anonymizer;
    return ERR_OK;
}

/* ---- the hash: SipHash-2-4, which tells nothing without its key ------------------------------ */

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    mix(v);
    mix(v);
    v[0] ^= word;
}

static uint64_t hash(const struct anonymizer *anonymizer, struct text text)
{
    uint64_t v[4] = {
        anonymizer->key[0] ^ UINT64_C(0x736f6d6570736575),
        anonymizer->key[1] ^ UINT64_C(0x646f72616e646f6d),
        anonymizer->key[0] ^ UINT64_C(0x6c7967656e657261),
        anonymizer->key[1] ^ UINT64_C(0x7465646279746573),
    };
    uint64_t word = 0;
    for (size_t i = 0; i < text.length; i++) {
        word |= (uint64_t)(unsigned char)text.data[i] << (i % 8 * 8);
        if (i % 8 == 7) {
            absorb(v, word);
            word = 0;
        }
    }
    absorb(v, word | (uint64_t)text.length << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++) {
        mix(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool is_like(struct text key, const char *const *globs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (glob_matches(text_from(globs[i]), key)) {
            return true;
        }
    }
    return false;
}

/* A number that JSON has no digits for, see attributes in the store. */
static bool is_double(struct text key, struct text value)
{
    return text_is(key, "$double") &&
           (text_is(value, "NaN") || text_is(value, "Infinity") || text_is(value, "-Infinity"));
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "userId" and "user.id" are the words user and id. */
static bool names_somebody(struct text key)
{
    for (size_t at = 0; at < key.length;) {
        size_t end = at + 1;
        while (is_letter(key.data[at]) && end < key.length && is_letter(key.data[end]) &&
               !(key.data[end] >= 'A' && key.data[end] <= 'Z' && key.data[end - 1] >= 'a')) {
            end++;
        }
        struct text word = text_make(key.data + at, end - at);
        for (size_t i = 0; i < ARRAY_LEN(person_words); i++) {
            if (text_is_nocase(word, person_words[i])) {
                return true;
            }
        }
        at = end;
    }
    return false;
}

/* Keys are the program's words, unless they are made of data. */
static bool is_word(struct text key)
{
    for (size_t i = 0; i < key.length; i++) {
        char c = key.data[i];
        if (!is_letter(c) && !(c >= '0' && c <= '9') && strchr("._-$/:", c) == NULL) {
            return false;
        }
    }
    return key.length > 0 && key.length <= KEY_LARGEST_BYTES && !name_is_data(key);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* One JSON text on its way from reader to target. */
struct rewriting {
    const struct anonymizer *anonymizer;
    struct json_reader reader;
    struct arena *arena;
    struct text_buffer target;
};

static struct text pseudonym(const struct anonymizer *anonymizer, struct text text,
                             struct arena *arena)
{
    return text.length == 0 ? text
                            : arena_format(arena, "anon-%016" PRIx64, hash(anonymizer, text));
}

static struct text anonymous_name(const struct anonymizer *anonymizer, struct text name,
                                  struct arena *arena);

static struct text anonymous(const struct rewriting *rewriting, struct text key, struct text value)
{
    struct text statement = {0};
    for (size_t i = 0; i < ARRAY_LEN(sql_keys) && text_is_empty(statement); i++) {
        if (text_is(key, sql_keys[i])) {
            statement = sql_without_literals(value, rewriting->arena);
        }
    }
    if (!text_is_empty(statement)) {
        return statement;
    }
    if (is_double(key, value)) {
        return value;
    }
    if (!is_like(key, plain_keys, ARRAY_LEN(plain_keys))) {
        return pseudonym(rewriting->anonymizer, value, rewriting->arena);
    }
    return is_like(key, library_keys, ARRAY_LEN(library_keys))
               ? value
               : anonymous_name(rewriting->anonymizer, value, rewriting->arena);
}

static void put_value(struct rewriting *rewriting, struct text key);

/* The members of the object at the cursor, each by its own key. */
static void put_object(struct rewriting *rewriting)
{
    struct text key;
    bool first = true;
    text_append_char(&rewriting->target, '{');
    json_object_open(&rewriting->reader);
    for (; json_object_next(&rewriting->reader, rewriting->arena, &key); first = false) {
        text_append_cstr(&rewriting->target, first ? "" : ",");
        json_append_string(&rewriting->target,
                           is_word(key) ? key
                                        : pseudonym(rewriting->anonymizer, key, rewriting->arena));
        text_append_char(&rewriting->target, ':');
        put_value(rewriting, key);
    }
    text_append_char(&rewriting->target, '}');
}

static void put_list(struct rewriting *rewriting, struct text key)
{
    bool first = true;
    text_append_char(&rewriting->target, '[');
    json_array_open(&rewriting->reader);
    for (; json_array_next(&rewriting->reader); first = false) {
        text_append_cstr(&rewriting->target, first ? "" : ",");
        put_value(rewriting, key);
    }
    text_append_char(&rewriting->target, ']');
}

static void put_number(struct rewriting *rewriting, struct text key)
{
    struct text digits;
    if (json_number(&rewriting->reader, &digits)) {
        if (names_somebody(key)) {
            json_append_string(&rewriting->target,
                               pseudonym(rewriting->anonymizer, digits, rewriting->arena));
        } else {
            text_append(&rewriting->target, digits);
        }
    }
}

static void put_value(struct rewriting *rewriting, struct text key)
{
    struct text text = {0};
    switch (json_kind(&rewriting->reader)) {
    case JSON_OBJECT:
        put_object(rewriting);
        break;
    case JSON_ARRAY:
        put_list(rewriting, key);
        break;
    case JSON_STRING:
        json_string(&rewriting->reader, rewriting->arena, &text);
        json_append_string(&rewriting->target, anonymous(rewriting, key, text));
        break;
    case JSON_NUMBER:
        put_number(rewriting, key);
        break;
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NONE:
        json_skip(&rewriting->reader, &text);
        text_append(&rewriting->target, text);
        break;
    }
}

/* An event or a link: its name and attributes by the rules, its trace state not at all, the rest as
 * it is. */
static void put_item(struct rewriting *rewriting)
{
    struct text key, raw, name;
    bool first = true;
    text_append_char(&rewriting->target, '{');
    json_object_open(&rewriting->reader);
    while (json_object_next(&rewriting->reader, rewriting->arena, &key)) {
        if (text_is(key, "trace_state")) {
            json_skip(&rewriting->reader, NULL);
            continue;
        }
        text_append_cstr(&rewriting->target, first ? "" : ",");
        first = false;
        json_append_string(&rewriting->target, key);
        text_append_char(&rewriting->target, ':');
        if (text_is(key, "attributes")) {
            put_object(rewriting);
        } else if (text_is(key, "name")) {
            if (json_string(&rewriting->reader, rewriting->arena, &name)) {
                json_append_string(&rewriting->target,
                                   anonymous_name(rewriting->anonymizer, name, rewriting->arena));
            }
        } else if (json_skip(&rewriting->reader, &raw)) {
            text_append(&rewriting->target, raw);
        }
    }
    text_append_char(&rewriting->target, '}');
}

static void put_items(struct rewriting *rewriting)
{
    bool first = true;
    text_append_char(&rewriting->target, '[');
    json_array_open(&rewriting->reader);
    for (; json_array_next(&rewriting->reader); first = false) {
        text_append_cstr(&rewriting->target, first ? "" : ",");
        put_item(rewriting);
    }
    text_append_char(&rewriting->target, ']');
}

/* What cannot be read is left out: half of it would be known by nobody. */
static void rewrite(const struct anonymizer *anonymizer, struct text *json,
                    void (*put)(struct rewriting *rewriting), struct arena *arena)
{
    if (json->length == 0) {
        return;
    }
    struct rewriting rewriting = {.anonymizer = anonymizer, .arena = arena};
    json_reader_init(&rewriting.reader, *json, JSON_DEPTH_LARGEST);
    put(&rewriting);
    *json = json_failed(&rewriting.reader) ? (struct text){0}
                                           : arena_copy(arena, text_buffer_text(&rewriting.target));
    text_buffer_free(&rewriting.target);
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool is_separator(char c)
{
    return c == ' ' || strchr("/?&=,;:()[]{}'\"", c) != NULL;
}

/* "GET /users/4711" is "GET /users/anon-..." */
static struct text anonymous_name(const struct anonymizer *anonymizer, struct text name,
                                  struct arena *arena)
{
    struct text_buffer kept = {0};
    bool changed = false;
    for (size_t at = 0; at < name.length;) {
        size_t end = at;
        while (end < name.length && !is_separator(name.data[end])) {
            end++;
        }
        struct text part = text_make(name.data + at, end - at);
        bool data = part.length > 0 && name_is_data(part);
        changed = changed || data;
        text_append(&kept, data ? pseudonym(anonymizer, part, arena) : part);
        if (end < name.length) {
            text_append_char(&kept, name.data[end++]);
        }
        at = end;
    }
    struct text result = changed ? arena_copy(arena, text_buffer_text(&kept)) : name;
    text_buffer_free(&kept);
    return result;
}

/* ---- rows and bodies ------------------------------------------------------------------------- */

void anonymize_row(const struct anonymizer *anonymizer, struct trace_row *row, struct arena *arena)
{
    struct text *const texts[] = {&row->user, &row->session, &row->error_message,
                                  &row->error_stack};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = pseudonym(anonymizer, *texts[i], arena);
    }
    rewrite(anonymizer, &row->metadata, put_object, arena);
    struct text *const names[] = {&row->root_operation, &row->service, &row->services,
                                  &row->client_type};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        *names[i] = anonymous_name(anonymizer, *names[i], arena);
    }
}

void anonymize_trace(const struct anonymizer *anonymizer, struct trace *trace)
{
    anonymize_row(anonymizer, &trace->row, &trace->arena);
    for (size_t i = 0; i < trace->name_count; i++) {
        trace->names[i] = anonymous_name(anonymizer, trace->names[i], &trace->arena);
    }
}

void anonymize_body(const struct anonymizer *anonymizer, struct span_body *body,
                    struct arena *arena)
{
    struct text *const texts[] = {&body->user, &body->session, &body->message, &body->stack};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        *texts[i] = pseudonym(anonymizer, *texts[i], arena);
    }
    rewrite(anonymizer, &body->attributes, put_object, arena);
    rewrite(anonymizer, &body->resource, put_object, arena);
    rewrite(anonymizer, &body->scope_attributes, put_object, arena);
    rewrite(anonymizer, &body->events, put_items, arena);
    rewrite(anonymizer, &body->links, put_items, arena);
    rewrite(anonymizer, &body->metadata, put_object, arena);
    body->client_type = anonymous_name(anonymizer, body->client_type, arena);
    body->client_version = anonymous_name(anonymizer, body->client_version, arena);
    body->trace_state = (struct text){0};
}
