/* sanitize_pairs — secrets in a text behind their name: ?token=..., "password":"...". */
#include "ingest/sanitize_pairs.h"

#include <limits.h>
#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize.h"
#include "ingest/sanitize_literal.h"

enum {
    NAME_LARGEST_BYTES = 120,
    NAME_FEWEST_BYTES = 3,
    WORD_FEWEST_BYTES = 6,
    WAY_LARGEST_BYTES = 32,
    SIGN_LARGEST_BYTES = 3
};

/* Parameters that are secret in an address only: what signs a link to a stored object. */
static const char *const signatures[] = {"sig", "signature", "x-goog-signature", "x-amz-signature",
                                         "awsaccesskeyid"};

/* What a bare value behind a = without blanks ends at. */
static const char tight_ends[] = "&#;\"'<>`|\\";

/* What may stand before the secret in an Authorization header. */
static const char *const schemes[] = {"bearer", "basic",  "digest",           "negotiate",
                                      "ntlm",   "apikey", "aws4-hmac-sha256", "token"};

/* A name, its sign, and where the value begins. */
struct pair {
    struct text text;
    struct text name;
    char sign;      /* = also for != and :=, : or, for <>, > */
    bool quoted;    /* "name": */
    bool parameter; /* of an address: ?name= &name= */
    bool encoded;   /* of an address in an address: name%3D */
    bool tight;     /* no blank around the sign */
    size_t value;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_byte(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("_-.%[]", c) != NULL);
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

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(struct text text, size_t at)
{
    while (at < text.length && is_blank(text.data[at])) {
        at++;
    }
    return at;
}

/* Of all values only a literal may stand on another line than its name. */
static size_t skip_lines(struct text text, size_t at)
{
    size_t next = at;
    while (next < text.length &&
           (is_blank(text.data[next]) || text.data[next] == '\r' || text.data[next] == '\n')) {
        next++;
    }
    return next > at && literal_opens(text, next) ? next : at;
}

/* ---- the name -------------------------------------------------------------------------------- */

/* %3D and the like. */
static bool is_escape(struct text text, size_t at, char high, const char *low)
{
    return at + 2 < text.length && text.data[at] == '%' && text.data[at + 1] == high &&
           text.data[at + 2] != '\0' && strchr(low, text.data[at + 2]) != NULL;
}

/* How many bytes the sign at `at` has; 0: there is none. */
static size_t sign_length(struct text text, size_t at)
{
    switch (text.data[at]) {
    case '=':
    case ':':
        return 1;
    case '>':
        return at > 0 && text.data[at - 1] == '<';
    case '%':
        return is_escape(text, at, '3', "Dd") ? 3 : 0;
    default:
        return 0;
    }
}

/* The pair whose sign of so many bytes stands at `at`; nothing before `from` belongs to it. */
static bool read_pair(struct text text, size_t from, size_t at, size_t length, struct pair *pair)
{
    bool encoded = length > 1;
    bool longer = !encoded && text.data[at] != ':' && at > from && text.data[at - 1] != '\0' &&
                  strchr("!:<", text.data[at - 1]) != NULL;
    size_t sign = longer ? at - 1 : at;
    size_t end = sign;
    while (end > from && is_blank(text.data[end - 1])) {
        end--;
    }
    *pair = (struct pair){.text = text,
                          .sign = encoded ? '=' : text.data[at],
                          .encoded = encoded,
                          .tight = end == sign};
    pair->quoted = end > from && literal_is_quote(text.data[end - 1]);
    end -= pair->quoted;
    while (pair->quoted && end > from && text.data[end - 1] == '\\') {
        end--; /* JSON inside of JSON */
    }
    size_t start = end;
    while (start > from && end - start < NAME_LARGEST_BYTES && is_name_byte(text.data[start - 1])) {
        start--;
    }
    pair->name = text_make(text.data + start, end - start);
    pair->parameter = encoded || (pair->sign == '=' && !longer && pair->tight &&
                                  (start == 0 || strchr("?&#;", text.data[start - 1]) != NULL));
    at += length;
    size_t last = pair->sign == '=' && !encoded ? at + SIGN_LARGEST_BYTES - 1 : at;
    while (at < last && at < text.length && (text.data[at] == '=' || text.data[at] == '>')) {
        at++; /* == === => */
    }
    pair->value = encoded ? at : skip_lines(text, skip_blanks(text, at));
    pair->tight = pair->tight && pair->value == at;
    return pair->name.length >= NAME_FEWEST_BYTES && pair->value < text.length;
}

static bool is_secret(const struct sanitize_rules *rules, const struct pair *pair)
{
    for (size_t i = 0; pair->parameter && i < ARRAY_LEN(signatures); i++) {
        if (text_is_nocase(pair->name, signatures[i])) {
            return true;
        }
    }
    return sanitize_is_secret_key(rules, pair->name);
}

/* ---- the value ------------------------------------------------------------------------------- */

/* The bracket that closes the one at `at`, or the end of the text. */
static size_t closing_bracket(struct text text, size_t at)
{
    size_t depth = 0;
    for (size_t i = at; i < text.length; i++) {
        size_t behind = literal_skip(text, i);
        if (behind > i) {
            i = behind - 1;
        } else if (text.data[i] == '{' || text.data[i] == '[') {
            depth++;
        } else if ((text.data[i] == '}' || text.data[i] == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return text.length;
}

/* What a bare value may be. Several signs may stand in one word, which is looked at once: where it
 * ends, and behind the last digit, letter and = in it. */
struct word {
    size_t end, digit, letter, equals;
};

static void read_word(struct word *word, struct text text, size_t at)
{
    if (at < word->end) {
        return; /* a part of the same */
    }
    *word = (struct word){.end = find_end(text, at, "\"'<>`|\\,;)}]&")};
    for (size_t i = at; i < word->end; i++) {
        word->digit = is_digit(text.data[i]) ? i + 1 : word->digit;
        word->letter = is_letter(text.data[i]) ? i + 1 : word->letter;
        word->equals = text.data[i] == '=' ? i + 1 : word->equals;
    }
}

/* From `at` on nobody would write it in a sentence. */
static bool looks_random(const struct word *word, struct text text, size_t at)
{
    return word->end >= at + WORD_FEWEST_BYTES && word->digit > at && word->letter > at &&
           text.data[at] != ':';
}

/* Behind the literal of a cookie or a parameter that opens at `at`: sid="..."; `at` when it is
 * none, but the end of the quotes around the header, or goes on in the next line. */
static size_t inner_literal_end(const struct pair *pair, size_t at)
{
    struct text text = pair->text;
    bool around = pair->name.data > text.data && pair->name.data[-1] == text.data[at];
    size_t start, end;
    if (around || text.data[at - 1] != '=' || !literal_find(text, at, false, &start, &end) ||
        end == text.length || memchr(text.data + start, '\n', end - start) != NULL) {
        return at;
    }
    return end + 1;
}

/* The value of a header goes to the end of its line, or of the quotes around it. */
static size_t line_end(const struct pair *pair, size_t at)
{
    struct text text = pair->text;
    while (at < text.length && (unsigned char)text.data[at] >= ' ' && text.data[at] != '\\') {
        size_t behind = literal_is_quote(text.data[at]) ? inner_literal_end(pair, at) : at + 1;
        if (behind == at) {
            break;
        }
        at = behind;
    }
    return at;
}

static bool is_scheme(struct text name, struct text word)
{
    static const char header[] = "authorization"; /* and Proxy-Authorization */
    const size_t length = sizeof header - 1;
    if (name.length < length ||
        !text_is_nocase(text_make(name.data + name.length - length, length), header)) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
        if (text_is_nocase(word, schemes[i])) {
            return true;
        }
    }
    return false;
}

/* "name: value" without quotes, which may as well be part of a sentence. Returns its end, or the
 * start for nothing to mask. */
static size_t bare_end(const struct pair *pair, size_t at, struct word *word)
{
    struct text name = pair->name;
    read_word(word, pair->text, at);
    struct text value = text_make(pair->text.data + at, word->end > at ? word->end - at : 0);
    bool cookie = text_is_nocase(name, "cookie") || text_is_nocase(name, "set-cookie");
    if ((cookie && word->equals > at) || is_scheme(name, value)) {
        return line_end(pair, at);
    }
    return looks_random(word, pair->text, at) && !literal_is_placeholder(value) ? word->end : at;
}

/* Of a parameter of an address in an address: up to the next one there, or here. */
static size_t encoded_end(struct text text, size_t at)
{
    while (at < text.length && (unsigned char)text.data[at] > ' ' &&
           strchr(tight_ends, text.data[at]) == NULL && !is_escape(text, at, '2', "63")) {
        at++;
    }
    return at;
}

/* Bare, behind a = without blanks. */
static size_t tight_end(const struct pair *pair, size_t at)
{
    struct text text = pair->text;
    if (pair->encoded) {
        return encoded_end(text, at);
    }
    size_t end = find_end(text, at, tight_ends);
    bool scheme = is_scheme(pair->name, text_make(text.data + at, end - at));
    return scheme ? find_end(text, skip_blanks(text, end), tight_ends) : end;
}

/* The value's range; an empty one when there is nothing to mask. */
static void find_value(const struct pair *pair, struct word *word, size_t *ret_start,
                       size_t *ret_end)
{
    struct text text = pair->text;
    size_t at = pair->value;
    *ret_start = at;
    *ret_end = pair->sign == '=' ? literal_call_end(text, at) : at;
    if (*ret_end > at) {
        return;
    }
    if (literal_find(text, at, !pair->parameter, ret_start, ret_end)) {
        struct text literal = text_make(text.data + *ret_start, *ret_end - *ret_start);
        if (literal_is_harmless(literal) ||
            (pair->sign == ':' && !pair->quoted && literal.length < NAME_FEWEST_BYTES)) {
            *ret_end = *ret_start; /* "Unexpected token: '<'" */
        }
    } else if (pair->quoted && (text.data[at] == '{' || text.data[at] == '[')) {
        *ret_end = closing_bracket(text, at);
    } else if (pair->parameter) {
        *ret_end = tight_end(pair, at);
    } else if (pair->quoted || (pair->sign == '=' && pair->tight)) {
        *ret_end = pair->quoted ? find_end(text, at, ",}]\"'\\") : tight_end(pair, at);
        *ret_end = literal_is_placeholder(text_make(text.data + at, *ret_end - at)) ? at : *ret_end;
    } else {
        *ret_end = bare_end(pair, at, word);
    }
}

/* ---- addresses ------------------------------------------------------------------------------- */

/* The password of user:password@host; `at` stands behind "://". */
static void mask_password(struct masking *masking, size_t at)
{
    struct text text = masking->text;
    size_t end = find_end(text, at, "/?#\"'<>`|\\");
    while (end > at && (end == text.length || text.data[end] != '@')) {
        end--; /* the last one: a password may hold others */
    }
    const char *colon = end > at ? memchr(text.data + at, ':', end - at) : NULL;
    if (colon != NULL && colon + 1 < text.data + end) {
        masking_range(masking, (size_t)(colon + 1 - text.data), end);
    }
}

/* True at the name of a way to connect, as Go's drivers have it: user:password@tcp(host). */
static bool is_dial(struct text text)
{
    static const char *const ways[] = {"tcp", "unix", "udp", "cloudsql"};
    size_t at = 0;
    while (at < text.length && at < WAY_LARGEST_BYTES &&
           (is_letter(text.data[at]) || is_digit(text.data[at]) || text.data[at] == '-')) {
        at++;
    }
    for (size_t i = 0; at < text.length && text.data[at] == '(' && i < ARRAY_LEN(ways); i++) {
        if (text_starts_with(text, ways[i])) {
            return true;
        }
    }
    return false;
}

/* The password before the @ at `at`; nothing before `from` belongs to it. */
static void mask_dialled(struct masking *masking, size_t from, size_t at)
{
    struct text text = masking->text;
    size_t start = at;
    while (start > from && (unsigned char)text.data[start - 1] > ' ' &&
           !literal_is_quote(text.data[start - 1])) {
        start--;
    }
    const char *colon = memchr(text.data + start, ':', at - start);
    if (colon != NULL && colon + 1 < text.data + at) {
        masking_range(masking, (size_t)(colon + 1 - text.data), at);
    }
}

/* Where the next byte stands that may be a sign or dial, or the length of the text. */
static size_t next_sign(struct text text, size_t at)
{
    static const bool stops[UCHAR_MAX + 1] = {
        ['='] = true, [':'] = true, ['>'] = true, ['%'] = true, ['@'] = true};
    while (at < text.length && !stops[(unsigned char)text.data[at]]) {
        at++;
    }
    return at;
}

size_t sanitize_pairs(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    struct masking masking = {.text = *text};
    struct word word = {.end = 0};
    size_t dialled = 0; /* up to here everything was looked at for that */
    for (size_t at = 0; (at = next_sign(*text, at)) < text->length; at++) {
        struct pair pair;
        size_t start, end;
        if (text->data[at] == '@') {
            if (is_dial(text_make(text->data + at + 1, text->length - at - 1))) {
                mask_dialled(&masking, dialled > masking.kept ? dialled : masking.kept, at);
                dialled = at + 1;
            }
            continue;
        }
        size_t sign = sign_length(*text, at);
        if (sign == 0) {
            continue;
        }
        if (text->data[at] == ':' && at + 2 < text->length &&
            memcmp(text->data + at + 1, "//", 2) == 0) {
            mask_password(&masking, at + 3);
            at = masking.kept > at ? masking.kept - 1 : at;
        } else if (read_pair(*text, masking.kept, at, sign, &pair) && is_secret(rules, &pair)) {
            find_value(&pair, &word, &start, &end);
            if (end > start) {
                masking_range(&masking, start, end);
                at = end - 1;
            }
        }
    }
    return masking_end(&masking, text, arena);
}
