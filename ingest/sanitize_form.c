/* sanitize_form — secrets that show by their form: card numbers, tokens, private keys, passwords of
 * accounts in SQL. */
#include "ingest/sanitize_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ingest/base64.h"
#include "ingest/masking.h"
#include "ingest/sanitize_account.h"

enum {
    CARD_FEWEST_DIGITS = 13,
    CARD_MOST_DIGITS = 19,
    CARD_MOST_GROUPS = 6,
    TOKEN_FEWEST_BYTES = 12,
    SECRET_FEWEST_BYTES = 8, /* the shortest text that is looked at */
};

/* How the tokens of large services begin. */
static const char *const token_prefixes[] = {
    "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "sk_live_", "sk-",
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where a secret may begin: behind none of these. They are what web tokens are made of, too, so
 * that no byte is looked at for two of them. */
static bool is_word_byte(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
}

/* The bytes of a word, and `others`. */
static struct text token_at(struct text text, size_t at, const char *others)
{
    size_t end = at;
    while (end < text.length &&
           (is_word_byte(text.data[end]) ||
            (text.data[end] != '\0' && strchr(others, text.data[end]) != NULL))) {
        end++;
    }
    while (end > at && text.data[end - 1] == '.') {
        end--; /* of the sentence */
    }
    return text_make(text.data + at, end - at);
}

static bool has_digit(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_digit(text.data[i])) {
            return true;
        }
    }
    return false;
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

bool sanitize_is_card_number(int64_t number)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%" PRId64, number);
    return (count == 15 || count == 16) && is_card(digits, (size_t)count);
}

/* True when a digit at `end` would belong to what stands before it. */
static bool is_joined(struct text text, size_t end)
{
    return end < text.length &&
           (is_letter(text.data[end]) || is_digit(text.data[end]) || text.data[end] == '_');
}

/* Length of the card number that starts at `at`, or 0. Groups may be parted by single blanks or
 * dashes; other groups may follow, like the month of expiry. Nothing that belongs to a longer word
 * may stand next to it. */
static size_t card_length(struct text text, size_t at)
{
    char digits[CARD_MOST_DIGITS];
    size_t count = 0;
    size_t groups = 1;
    size_t length = 0;
    for (size_t i = at; i < text.length && count < sizeof digits; i++) {
        if (is_digit(text.data[i])) {
            digits[count++] = text.data[i];
            if (!is_joined(text, i + 1) && is_card(digits, count)) {
                length = i + 1 - at;
            }
        } else if ((text.data[i] != ' ' && text.data[i] != '-') || !is_digit(text.data[i - 1]) ||
                   groups++ == CARD_MOST_GROUPS) {
            break;
        }
    }
    return length;
}

/* Header and payload of a JSON web token are objects, whose base64 form starts with "eyJ". */
static size_t web_token_length(struct text text, size_t at)
{
    struct text token = token_at(text, at, "");
    size_t dots = 0;
    for (size_t i = 0; i < token.length; i++) {
        dots += token.data[i] == '.';
    }
    return text_starts_with(token, "eyJ") && token.length >= 20 && dots >= 2 ? token.length : 0;
}

/* base64 of "user:password". */
static bool is_credentials(struct text token)
{
    struct arena arena = {0};
    struct text bytes;
    bool found = token.length <= 512 && base64_decode(token, &arena, &bytes) == ERR_OK &&
                 memchr(bytes.data, ':', bytes.length) != NULL && text_is_utf8(bytes);
    arena_clear(&arena);
    return found;
}

/* "Bearer ..." is a token if it is all there is, or has digits; "Basic ..." if it can be read. */
static size_t scheme_length(struct text text, size_t at)
{
    static const struct text names[] = {TEXT("bearer "), TEXT("basic ")};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        size_t start = at + names[i].length;
        if (start >= text.length ||
            !text_is_nocase(text_make(text.data + at, names[i].length), names[i].data)) {
            continue;
        }
        struct text token = token_at(text, start, "~+/=");
        bool alone = at == 0 && start + token.length == text.length;
        bool bearer = i == 0 && token.length > 0 &&
                      (alone || (token.length >= TOKEN_FEWEST_BYTES && has_digit(token)));
        if (bearer || (token.length > 0 && is_credentials(token))) {
            return names[i].length + token.length;
        }
    }
    return 0;
}

static size_t service_token_length(struct text text, size_t at)
{
    struct text rest = text_make(text.data + at, text.length - at);
    for (size_t i = 0; i < ARRAY_LEN(token_prefixes); i++) {
        if (text_starts_with(rest, token_prefixes[i])) {
            struct text token = token_at(text, at, "");
            return token.length >= 24 && has_digit(token) ? token.length : 0;
        }
    }
    return 0;
}

/* A private key in PEM, up to its last line or the end of the text. */
static size_t private_key_length(struct text text, size_t at)
{
    static const struct text begin = TEXT("-----BEGIN ");
    static const struct text kind = TEXT("PRIVATE KEY-----");
    static const struct text end = TEXT("-----END ");
    struct text rest = text_make(text.data + at, text.length - at);
    if (!text_starts_with(rest, begin.data)) {
        return 0;
    }
    struct text head = text_make(rest.data, rest.length < 64 ? rest.length : 64);
    if (!text_contains_nocase(head, kind)) {
        return 0;
    }
    for (size_t i = begin.length; i + end.length <= rest.length; i++) {
        if (rest.data[i] == '-' && memcmp(rest.data + i, end.data, end.length) == 0) {
            return i;
        }
    }
    return rest.length;
}

/* Length of the secret that begins at *start, the first byte of a word, or behind that word: then
 * *start moves there. 0 for none. */
static size_t secret_length(struct text text, size_t *start)
{
    size_t at = *start;
    switch (text.data[at]) {
    case 'p':
    case 'P':
    case 'i':
    case 'I':
        return sanitize_account_length(text, start);
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
        return card_length(text, at);
    case 'e':
        return web_token_length(text, at);
    case 'b':
    case 'B':
        return scheme_length(text, at);
    case 'g':
    case 'x':
    case 's':
        return service_token_length(text, at);
    case '-':
        return private_key_length(text, at);
    default:
        return 0;
    }
}

size_t sanitize_forms(struct text *text, struct arena *arena)
{
    if (text->length < SECRET_FEWEST_BYTES) {
        return 0;
    }
    struct masking masking = {.text = *text};
    for (size_t at = 0; at < text->length; at++) { /* a word may begin here */
        size_t start = at;
        size_t length = secret_length(*text, &start);
        if (length > 0) {
            masking_range(&masking, start, start + length);
            at = start + length;
        }
        while (at < text->length && is_word_byte(text->data[at])) {
            at++;
        }
    }
    return masking_end(&masking, text, arena);
}
