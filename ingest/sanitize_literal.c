/* sanitize_literal — what stands for a value in a statement: literals in quotes, placeholders. */
#include "ingest/sanitize_literal.h"

#include <string.h>

#include "ingest/masking.h"

/* How far into a call its first literal may stand: the next name in it looks again. */
enum { CALL_HEAD_BYTES = 128 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool literal_is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static size_t skip_backslashes(struct text text, size_t at)
{
    while (at < text.length && text.data[at] == '\\') {
        at++;
    }
    return at;
}

/* The closing quote that belongs to the one at `at`, which has `slashes` backslashes before it, or
 * the end of the text. More backslashes make a quote inside; '' is one in SQL. */
static size_t closing_quote(struct text text, size_t at, size_t slashes)
{
    char quote = text.data[at];
    size_t before = 0;
    for (size_t i = at + 1; i < text.length; i++) {
        if (text.data[i] == quote && before <= slashes) {
            bool doubled = quote == '\'' && i + 1 < text.length && text.data[i + 1] == quote;
            if (!doubled) {
                return i - before;
            }
            i++;
        }
        before = text.data[i] == '\\' ? before + 1 : 0;
    }
    return text.length;
}

/* Where the quote stands that opens at `at`, or the length of the text. */
static size_t opening_quote(struct text text, size_t at, bool prefixes)
{
    size_t quote = skip_backslashes(text, at);
    if (quote == at && prefixes && at + 1 < text.length && is_letter(text.data[at])) {
        quote += literal_is_quote(text.data[at + 1]);
    }
    return quote < text.length && literal_is_quote(text.data[quote]) ? quote : text.length;
}

bool literal_opens(struct text text, size_t at)
{
    return opening_quote(text, at, true) < text.length;
}

bool literal_find(struct text text, size_t at, bool prefixes, size_t *ret_start, size_t *ret_end)
{
    size_t quote = opening_quote(text, at, prefixes);
    if (quote >= text.length) {
        return false;
    }
    size_t slashes = text.data[at] == '\\' ? quote - at : 0;
    *ret_start = quote + 1;
    *ret_end = closing_quote(text, quote, slashes);
    return true;
}

size_t literal_skip(struct text text, size_t at)
{
    size_t start;
    size_t end;
    if (!literal_find(text, at, false, &start, &end)) {
        return skip_backslashes(text, at);
    }
    end = skip_backslashes(text, end);
    return end < text.length ? end + 1 : end;
}

size_t literal_call_end(struct text text, size_t at)
{
    size_t open = at;
    while (open < text.length && (is_letter(text.data[open]) || is_digit(text.data[open]) ||
                                  text.data[open] == '_' || text.data[open] == '.')) {
        open++;
    }
    if (open == at || open == text.length || text.data[open] != '(') {
        return at;
    }
    size_t depth = 0;
    bool found = false;
    for (size_t i = open; i < text.length && (found || i - open < CALL_HEAD_BYTES);) {
        size_t behind = literal_skip(text, i);
        found = found || (behind > i && text.data[behind - 1] != '\\');
        depth += text.data[i] == '(';
        depth -= text.data[i] == ')';
        if (depth == 0) {
            return found ? i + 1 : at;
        }
        i = behind > i ? behind : i + 1;
    }
    return found ? text.length : at;
}

/* %(name)s, or the part of it before the bracket. */
static bool is_named_format(struct text word)
{
    size_t at = 2;
    while (at < word.length &&
           (is_letter(word.data[at]) || is_digit(word.data[at]) || word.data[at] == '_')) {
        at++;
    }
    return text_starts_with(word, "%(") && at > 2 &&
           (at == word.length || (word.data[at] == ')' && word.length - at <= 2));
}

static bool is_type_byte(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("_.,()[]", c) != NULL);
}

/* Without the type that Postgres is told: $1::text. */
static struct text without_type(struct text word)
{
    size_t colons = 1;
    while (colons + 1 < word.length && (word.data[colons] != ':' || word.data[colons + 1] != ':')) {
        colons++;
    }
    for (size_t i = colons + 2; i < word.length; i++) {
        if (!is_type_byte(word.data[i])) {
            return word;
        }
    }
    return colons + 1 < word.length ? text_make(word.data, colons) : word;
}

/* ? ?1 $1 :name @name */
static bool is_marked(struct text word)
{
    for (size_t i = 1; i < word.length; i++) {
        bool fits = is_digit(word.data[i]) ||
                    (word.data[0] != '$' && (is_letter(word.data[i]) || word.data[i] == '_'));
        if (!fits) {
            return false;
        }
    }
    return true;
}

bool literal_is_placeholder(struct text word)
{
    static const char *const nothings[] = {"null", "none",  "nil", "undefined",
                                           "true", "false", "%s",  MASKING_TEXT};
    while (word.length > 0 && strchr(",;)}", word.data[word.length - 1]) != NULL) {
        word.length--;
    }
    if (word.length == 0 || strchr("?$:@", word.data[0]) != NULL) {
        return is_marked(without_type(word));
    }
    if (word.data[0] == '%') {
        word = without_type(word);
    }
    for (size_t i = 0; i < ARRAY_LEN(nothings); i++) {
        if (text_is_nocase(word, nothings[i])) {
            return true;
        }
    }
    return is_named_format(word);
}

bool literal_is_harmless(struct text inside)
{
    bool named = false;
    for (size_t i = 1; i < inside.length && strchr("?:@", inside.data[0]) != NULL; i++) {
        named = named || is_letter(inside.data[i]) || inside.data[i] == '_';
    }
    return !named && literal_is_placeholder(inside);
}
