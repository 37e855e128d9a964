/* sanitize_key — does a key name a secret: "db.password", "X-Api-Key", "accessToken". */
#include <string.h>

#include "ingest/sanitize.h"
#include "store/base/glob.h"

/* One or two words that a word of the key ends in or is: "token" is in access_token, in authtoken
 * and in JWTToken, and "api key" in X-Api-Key and apiKey. By their last letter: every attribute of
 * every span is asked. */
static const struct {
    char last;
    struct text words[8];
} secret_words[] = {
    {'c', {TEXT("cvc")}},
    {'d', {TEXT("password"), TEXT("passwd"), TEXT("pwd"), TEXT("pass word")}},
    {'e', {TEXT("passphrase"), TEXT("passcode"), TEXT("cookie")}},
    {'f', {TEXT("csrf"), TEXT("xsrf")}},
    {'l', {TEXT("credential")}},
    {'n', {TEXT("token"), TEXT("authorization")}},
    {'r', {TEXT("bearer")}},
    {'s',
     {TEXT("passwords"), TEXT("secrets"), TEXT("cookies"), TEXT("credentials"), TEXT("apikeys"),
      TEXT("api keys"), TEXT("db pass"), TEXT("user pass")}},
    {'t', {TEXT("secret"), TEXT("jwt")}},
    {'v', {TEXT("cvv")}},
    {'y',
     {TEXT("apikey"), TEXT("api key"), TEXT("privatekey"), TEXT("private key"), TEXT("accesskey"),
      TEXT("access key"), TEXT("secretkey")}},
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

/* True when the words up to end (a blank) end in the phrase. */
static bool ends_in(const struct words *words, size_t end, struct text phrase)
{
    return end > phrase.length &&
           memcmp(words->text + end - phrase.length, phrase.data, phrase.length) == 0;
}

/* The same, and the phrase begins at the beginning of a word. */
static bool is_at_end(const struct words *words, size_t end, struct text phrase)
{
    return ends_in(words, end, phrase) && words->text[end - phrase.length - 1] == ' ';
}

static bool ends_secret(const struct words *words, size_t end)
{
    for (size_t i = 0; i < ARRAY_LEN(secret_words); i++) {
        if (words->text[end - 1] != secret_words[i].last) {
            continue;
        }
        const struct text *phrases = secret_words[i].words;
        for (size_t k = 0; k < ARRAY_LEN(secret_words[i].words) && phrases[k].length > 0; k++) {
            if (ends_in(words, end, phrases[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool names_secret(const struct words *words)
{
    for (size_t end = 1; end < words->length; end++) {
        if (words->text[end] == ' ' && ends_secret(words, end)) {
            return true;
        }
    }
    return false;
}

static bool has_phrase(const struct words *words, struct text phrase)
{
    for (size_t end = 1; end < words->length; end++) {
        if (words->text[end] == ' ' && is_at_end(words, end, phrase)) {
            return true;
        }
    }
    return false;
}

static bool ends_harmless(const struct words *words)
{
    for (size_t i = 0; i < ARRAY_LEN(harmless_endings); i++) {
        if (is_at_end(words, words->length - 1, harmless_endings[i])) {
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
    /* without outer blanks */
    return has_phrase(words, text_make(wanted.text + 1, wanted.length - 2));
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
    return names_secret(&words) && !ends_harmless(&words);
}
