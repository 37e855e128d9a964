/* sanitize_url — the secrets that web addresses carry: ?token=..., and user:password@host. */
#include "ingest/sanitize_url.h"

#include <string.h>

#include "ingest/sanitize.h"

/* Parameters that are secret in an address only: what signs a link to a stored object. */
static const char *const signatures[] = {"sig", "signature", "x-goog-signature", "x-amz-signature",
                                         "awsaccesskeyid"};

/* A text on its way through: what was masked so far, and how much of the text it covers. */
struct masking {
    struct text text;
    struct text_buffer masked;
    size_t kept;
    size_t count;
};

static void mask_range(struct masking *masking, size_t start, size_t end)
{
    text_append(&masking->masked,
                text_make(masking->text.data + masking->kept, start - masking->kept));
    text_append_cstr(&masking->masked, "[MASKED]");
    masking->kept = end;
    masking->count++;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '%' || c == '[' || c == ']';
}

/* The first byte from `at` on that is one of `ends`, or a blank or control character. */
static size_t find_end(struct text text, size_t at, const char *ends)
{
    while (at < text.length && (unsigned char)text.data[at] > ' ' &&
           strchr(ends, text.data[at]) == NULL) {
        at++;
    }
    return at;
}

static bool is_secret(const struct sanitize_rules *rules, struct text name)
{
    for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
        if (text_is_nocase(name, signatures[i])) {
            return true;
        }
    }
    return sanitize_is_secret_key(rules, name);
}

/* A parameter whose name begins at `at`. Returns where to go on. */
static size_t mask_parameter(const struct sanitize_rules *rules, struct masking *masking, size_t at)
{
    struct text text = masking->text;
    size_t name = at;
    while (at < text.length && is_name_byte(text.data[at])) {
        at++;
    }
    if (at == name || at == text.length || text.data[at] != '=') {
        return at;
    }
    size_t value = at + 1;
    size_t end = find_end(text, value, "&#;\"'<>`|\\");
    if (end > value && is_secret(rules, text_make(text.data + name, at - name))) {
        mask_range(masking, value, end);
        return end;
    }
    return value;
}

/* The password of user:password@host; `at` stands behind "://". */
static void mask_password(struct masking *masking, size_t at)
{
    struct text text = masking->text;
    size_t end = find_end(text, at, "/?#@\"'<>`|\\");
    if (end == text.length || text.data[end] != '@') {
        return;
    }
    const char *colon = memchr(text.data + at, ':', end - at);
    if (colon != NULL && colon + 1 < text.data + end) {
        mask_range(masking, (size_t)(colon + 1 - text.data), end);
    }
}

size_t sanitize_url(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    if (text_is_empty(*text) || (memchr(text->data, '=', text->length) == NULL &&
                                 memchr(text->data, '@', text->length) == NULL)) {
        return 0;
    }
    struct masking masking = {.text = *text};
    size_t at = mask_parameter(rules, &masking, 0);
    while (at < text->length) {
        char c = text->data[at++];
        if (c == '?' || c == '&' || c == '#' || c == ';') {
            at = mask_parameter(rules, &masking, at);
        } else if (c == ':' && at + 2 < text->length && memcmp(text->data + at, "//", 2) == 0) {
            mask_password(&masking, at + 2);
            at = masking.kept > at ? masking.kept : at;
        }
    }
    if (masking.count > 0) {
        text_append(&masking.masked,
                    text_make(text->data + masking.kept, text->length - masking.kept));
        *text = arena_copy(arena, text_buffer_text(&masking.masked));
    }
    text_buffer_free(&masking.masked);
    return masking.count;
}
