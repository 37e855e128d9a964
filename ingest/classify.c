/* classify — what attributes say about a span: user, session, client, operation type, error. */
#include "ingest/classify.h"

#include <stdlib.h>
#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize.h"
#include "store/base/json.h"

/* In the order in which they win. */
enum type_hint {
    HINT_GRAPHQL = 1 << 0,
    HINT_CACHE = 1 << 1,
    HINT_DB = 1 << 2,
    HINT_UI = 1 << 3,
    HINT_HTTP = 1 << 4,
};

static const struct {
    enum type_hint hint;
    const char *name;
} type_names[] = {
    {HINT_GRAPHQL, "graphql"}, {HINT_CACHE, "cache"}, {HINT_DB, "db"},
    {HINT_UI, "ui"},           {HINT_HTTP, "http"},
};

/* Sorted by name for bsearch; of several names for one trait the lowest rank wins. */
static const struct known {
    const char *name;
    enum trait trait;
    uint8_t rank; /* from 1 */
    unsigned hints;
} known[] = {
    {"browser.language", TRAIT_LOCALE, 1, 0},
    {"browser.name", TRAIT_BROWSER, 1, 0},
    {"browser.platform", TRAIT_OS, 3, 0},
    {"browser.version", TRAIT_BROWSER_VERSION, 1, 0},
    {"cacheHit", TRAIT_NONE, 0, HINT_CACHE},
    {"cacheKey", TRAIT_NONE, 0, HINT_CACHE},
    {"client.address", TRAIT_IP, 1, 0},
    {"componentName", TRAIT_NONE, 0, HINT_UI},
    {"db.name", TRAIT_NONE, 0, HINT_DB},
    {"db.namespace", TRAIT_NONE, 0, HINT_DB},
    {"db.operation", TRAIT_NONE, 0, HINT_DB},
    {"db.operation.name", TRAIT_NONE, 0, HINT_DB},
    {"db.query.text", TRAIT_SQL, 1, HINT_DB},
    {"db.statement", TRAIT_SQL, 2, HINT_DB},
    {"db.system", TRAIT_NONE, 0, HINT_DB},
    {"db.system.name", TRAIT_NONE, 0, HINT_DB},
    {"device.model.identifier", TRAIT_DEVICE, 2, 0},
    {"device.model.name", TRAIT_DEVICE, 1, 0},
    {"enduser.id", TRAIT_USER, 2, 0},
    {"enduser.pseudo.id", TRAIT_USER, 3, 0},
    {"error", TRAIT_ERROR, 1, 0},
    {"error.message", TRAIT_EXCEPTION_MESSAGE, 2, 0},
    {"error.stack", TRAIT_EXCEPTION_STACK, 2, 0},
    {"error.type", TRAIT_ERROR_TYPE, 1, 0},
    {"errorStack", TRAIT_EXCEPTION_STACK, 3, 0},
    {"exception.message", TRAIT_EXCEPTION_MESSAGE, 1, 0},
    {"exception.stacktrace", TRAIT_EXCEPTION_STACK, 1, 0},
    {"exception.type", TRAIT_EXCEPTION_TYPE, 1, 0},
    {"http.client_ip", TRAIT_IP, 2, 0},
    {"http.method", TRAIT_NONE, 0, HINT_HTTP},
    {"http.request.method", TRAIT_NONE, 0, HINT_HTTP},
    {"http.response.status_code", TRAIT_HTTP_STATUS, 1, HINT_HTTP},
    {"http.route", TRAIT_NONE, 0, HINT_HTTP},
    {"http.status", TRAIT_HTTP_STATUS, 3, HINT_HTTP},
    {"http.status_code", TRAIT_HTTP_STATUS, 2, HINT_HTTP},
    {"http.url", TRAIT_NONE, 0, HINT_HTTP},
    {"http.user_agent", TRAIT_USER_AGENT, 2, 0},
    {"os.description", TRAIT_OS, 2, 0},
    {"os.name", TRAIT_OS, 1, 0},
    {"service.name", TRAIT_SERVICE, 1, 0},
    {"session.id", TRAIT_SESSION, 1, 0},
    {"sessionId", TRAIT_SESSION, 2, 0},
    {"session_id", TRAIT_SESSION, 3, 0},
    {"sql", TRAIT_SQL, 3, HINT_DB},
    {"statusCode", TRAIT_HTTP_STATUS, 4, 0},
    {"url.full", TRAIT_NONE, 0, HINT_HTTP},
    {"user.email", TRAIT_USER, 5, 0},
    {"user.hash", TRAIT_USER, 6, 0},
    {"user.id", TRAIT_USER, 1, 0},
    {"user.name", TRAIT_USER, 4, 0},
    {"userAgent", TRAIT_USER_AGENT, 3, 0},
    {"userId", TRAIT_USER, 7, 0},
    {"user_agent.name", TRAIT_BROWSER, 2, 0},
    {"user_agent.original", TRAIT_USER_AGENT, 1, 0},
    {"user_agent.version", TRAIT_BROWSER_VERSION, 2, 0},
    {"user_id", TRAIT_USER, 8, 0},
};

static const struct {
    const char *prefix;
    unsigned hints;
} known_prefixes[] = {
    {"graphql.", HINT_GRAPHQL}, {"cache.", HINT_CACHE},   {"browser.", HINT_UI},
    {"app.screen.", HINT_UI},   {"app.widget.", HINT_UI},
};

static const struct {
    enum trait trait;
    const char *member;
} metadata_members[] = {
    {TRAIT_IP, "ip"},           {TRAIT_USER_AGENT, "userAgent"},
    {TRAIT_BROWSER, "browser"}, {TRAIT_BROWSER_VERSION, "browserVersion"},
    {TRAIT_OS, "os"},           {TRAIT_DEVICE, "device"},
    {TRAIT_LOCALE, "locale"},
};

static int compare_known(const void *key, const void *member)
{
    const struct text *text = key;
    const char *name = ((const struct known *)member)->name;
    for (size_t i = 0; i < text->length; i++) {
        if (name[i] == '\0' || text->data[i] != name[i]) {
            return (uint8_t)text->data[i] < (uint8_t)name[i] ? -1 : 1;
        }
    }
    return name[text->length] == '\0' ? 0 : -1;
}

static bool is_cache_system(struct text system)
{
    return text_is_nocase(system, "redis") || text_is_nocase(system, "memcached") ||
           text_is_nocase(system, "valkey");
}

static void classify_one(const struct attribute *attribute, struct arena *arena,
                         struct traits *traits)
{
    struct text key = attribute->key;
    for (size_t i = 0; i < ARRAY_LEN(known_prefixes); i++) {
        if (key.length > 0 && key.data[0] == known_prefixes[i].prefix[0] &&
            text_starts_with(key, known_prefixes[i].prefix)) {
            traits->types |= known_prefixes[i].hints;
        }
    }
    const struct known *entry =
        bsearch(&key, known, ARRAY_LEN(known), sizeof known[0], compare_known);
    if (entry == NULL) {
        return;
    }
    traits->types |= entry->hints;
    if (text_starts_with(key, "db.system") && attribute->value.kind == VALUE_STRING &&
        is_cache_system(attribute->value.text)) {
        traits->types |= HINT_CACHE;
    }
    if (entry->trait == TRAIT_NONE) {
        return;
    }
    uint8_t *rank = &traits->rank[entry->trait];
    struct text text = value_text(&attribute->value, arena);
    if (text.length > 0 && (*rank == 0 || entry->rank < *rank)) {
        *rank = entry->rank;
        traits->text[entry->trait] = text;
    }
}

void classify_attributes(const struct attributes *attributes, struct arena *arena,
                         struct traits *traits)
{
    for (size_t i = 0; i < attributes->count; i++) {
        classify_one(&attributes->items[i], arena, traits);
    }
}

struct text classify_type(const struct traits *traits)
{
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
        if (traits->types & type_names[i].hint) {
            return text_from(type_names[i].name);
        }
    }
    return TEXT("service");
}

bool classify_is_error(const struct traits *traits, enum span_kind kind)
{
    int64_t http_status = 0;
    struct text error = traits->text[TRAIT_ERROR];
    if (error.length > 0 && !text_is_nocase(error, "false") && !text_is(error, "0")) {
        return true;
    }
    if (text_parse_i64(traits->text[TRAIT_HTTP_STATUS], &http_status) != ERR_OK) {
        return false;
    }
    return http_status >= 500 || (http_status >= 400 && kind == KIND_CLIENT);
}

size_t classify_mask_metadata(const struct sanitize_rules *rules, struct traits *traits)
{
    size_t count = 0;
    for (size_t i = 0; rules->key_count > 0 && !rules->off && i < ARRAY_LEN(metadata_members);
         i++) {
        struct text *text = &traits->text[metadata_members[i].trait];
        if (text->length > 0 && !text_is(*text, MASKING_TEXT) &&
            sanitize_is_secret_key(rules, text_from(metadata_members[i].member))) {
            *text = TEXT(MASKING_TEXT);
            count++;
        }
    }
    return count;
}

void classify_append_metadata(struct text_buffer *buffer, const struct traits *traits,
                              const struct attributes *given, bool first)
{
    for (size_t i = 0; i < ARRAY_LEN(metadata_members); i++) {
        struct text text = traits->text[metadata_members[i].trait];
        const char *member = metadata_members[i].member;
        if (text.length == 0 || attributes_get(given, member) != NULL) {
            continue;
        }
        text_append_format(buffer, first ? "\"%s\":" : ",\"%s\":", member);
        json_append_string(buffer, text);
        first = false;
    }
}
