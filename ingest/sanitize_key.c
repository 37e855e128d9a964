/* sanitize_key — does a key name a secret: "db.password", "X-Api-Key", "accessToken". */
#include <string.h>

#include "ingest/sanitize.h"
#include "store/base/glob.h"

/* One or two words that a word of the key ends in or is: "token" is in access_token, in authtoken
 * and in JWTToken, and "api key" in X-Api-Key and apiKey. */
static const struct text secret_words[] = {
    TEXT("password"),   TEXT("passwords"),   TEXT("passwd"),    TEXT("passphrase"),
    TEXT("passcode"),   TEXT("pwd"),         TEXT("secret"),    TEXT("secrets"),
    TEXT("token"),      TEXT("bearer"),      TEXT("jwt"),       TEXT("authorization"),
    TEXT("cookie"),     TEXT("cookies"),     TEXT("apikey"),    TEXT("api key"),
    TEXT("privatekey"), TEXT("private key"), TEXT("accesskey"), TEXT("access key"),
    TEXT("credential"), TEXT("credentials"), TEXT("csrf"),      TEXT("xsrf"),
    TEXT("cvv"),        TEXT("cvc"),         TEXT("db pass"),   TEXT("user pass"),
    TEXT("pass word"),  TEXT("secretkey"),   TEXT("apikeys"),   TEXT("api keys"),
};

/* A key that ends in one of these words tells something about the secret, not the secret. */
static const struct text harmless_endings[] = {
    TEXT("count"), TEXT("type"),    TEXT("length"), TEXT("size"), TEXT("limit"),
    TEXT("ttl"),   TEXT("expires"), TEXT("expiry"), TEXT("name"),
};

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_letter(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* The words of a key in lower case with one blank around each: "X-ApiKey2" is " x api key 2 ". Of
 * keys longer than the buffer the end counts. */
struct words {
    char text[256];
    size_t length;
};

static void split_words(struct text key, struct words *words)
{
    const size_t longest = sizeof words->text / 2 - 2; /* each byte may get a blank before it */
    if (key.length > longest) {
        key = text_make(key.data + key.length - longest, longest);
    }
    words->length = 0;
    words->text[words->length++] = ' ';
    for (size_t i = 0; i < key.length; i++) {
        char c = key.data[i];
        bool inside = words->text[words->length - 1] != ' ';
        bool word = is_letter(c) || is_digit(c);
        bool camel = inside && is_letter(c) && !is_lower(c) && is_lower(key.data[i - 1]);
        bool number = inside && is_digit(c) && !is_digit(key.data[i - 1]);
        if (inside && (!word || camel || number)) {
            words->text[words->length++] = ' ';
        }
        if (word) {
            words->text[words->length++] = fold(c);
        }
    }
    if (words->text[words->length - 1] != ' ') {
        words->text[words->length++] = ' ';
    }
}

/* True when the words up to end (a blank) end in the phrase; whole: at the beginning of a word. */
static bool ends_in(const struct words *words, size_t end, struct text phrase, bool whole)
{
    if (end <= phrase.length || words->text[end - 1] != phrase.data[phrase.length - 1]) {
        return false;
    }
    size_t start = end - phrase.length;
    return memcmp(words->text + start, phrase.data, phrase.length) == 0 &&
           (!whole || words->text[start - 1] == ' ');
}

static bool has_phrase(const struct words *words, const struct text *phrases, size_t count,
                       bool whole)
{
    for (size_t end = 1; end < words->length; end++) {
        for (size_t i = 0; words->text[end] == ' ' && i < count; i++) {
            if (ends_in(words, end, phrases[i], whole)) {
                return true;
            }
        }
    }
    return false;
}

static bool ends_harmless(const struct words *words)
{
    for (size_t i = 0; i < ARRAY_LEN(harmless_endings); i++) {
        if (ends_in(words, words->length - 1, harmless_endings[i], true)) {
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
        return glob_matches(rule, key);
    }
    struct words wanted;
    split_words(rule, &wanted);
    if (wanted.length <= 2) {
        return false;
    }
    struct text phrase = text_make(wanted.text + 1, wanted.length - 2); /* without outer blanks */
    return has_phrase(words, &phrase, 1, true);
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
    return has_phrase(&words, secret_words, ARRAY_LEN(secret_words), false) &&
           !ends_harmless(&words);
}
