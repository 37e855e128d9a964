/* sanitize_account — passwords of accounts in SQL: ALTER USER bob PASSWORD '...'. */
#include "ingest/sanitize_account.h"

#include <string.h>

#include "ingest/sanitize_literal.h"

enum { NAME_LARGEST_BYTES = 128 };

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_blanks(struct text text, size_t at)
{
    while (at < text.length && is_blank(text.data[at])) {
        at++;
    }
    return at;
}

/* Moves behind the word and the blanks that follow it, if it stands there. */
static bool take(struct text text, size_t *at, struct text word)
{
    size_t end = *at + word.length;
    if (end >= text.length || !text_is_nocase(text_make(text.data + *at, word.length), word.data) ||
        (!is_blank(text.data[end]) && text.data[end] != '(')) {
        return false;
    }
    *at = skip_blanks(text, end);
    return true;
}

/* The text up to where a name that begins at `at` may go on. */
static struct text name_near(struct text text, size_t at)
{
    size_t left = text.length - at;
    return text_make(text.data, at + (left < NAME_LARGEST_BYTES ? left : NAME_LARGEST_BYTES));
}

/* Moves behind the = that follows the name of an account: 'bob'@'%'. */
static void take_account(struct text text, size_t *at)
{
    struct text near = name_near(text, *at);
    for (size_t i = *at; i < near.length;) {
        if (near.data[i] == '=') {
            *at = skip_blanks(text, i + 1);
            return;
        }
        size_t behind = literal_skip(near, i);
        i = behind > i ? behind : i + 1;
    }
}

/* Moves behind a name, with or without quotes. */
static void take_name(struct text text, size_t *at)
{
    struct text near = name_near(text, *at);
    size_t end = literal_skip(near, *at);
    while (end < near.length && !is_blank(near.data[end])) {
        end++;
    }
    *at = skip_blanks(text, end);
}

static bool take_password(struct text text, size_t *at)
{
    if (!take(text, at, TEXT("password"))) {
        return false;
    }
    if (take(text, at, TEXT("for"))) {
        take_account(text, at);
        (void)take(text, at, TEXT("password"));
    }
    *at += *at < text.length && text.data[*at] == '(';
    return true;
}

static bool take_identified(struct text text, size_t *at)
{
    if (!take(text, at, TEXT("identified"))) {
        return false;
    }
    if (take(text, at, TEXT("with"))) {
        take_name(text, at);
    }
    if (!take(text, at, TEXT("by")) && !take(text, at, TEXT("as"))) {
        return false;
    }
    (void)take(text, at, TEXT("password"));
    return true;
}

/* Whether such a quote opens at `at`, or behind the E or N of SQL: le password n'est pas ... */
static bool has_quote(struct text text, size_t at, const char *quotes)
{
    at += at < text.length && (text.data[at] == 'E' || text.data[at] == 'N');
    return at < text.length && text.data[at] != '\0' && strchr(quotes, text.data[at]) != NULL;
}

size_t sanitize_account_length(struct text text, size_t *at)
{
    size_t cursor = *at;
    bool identified = take_identified(text, &cursor);
    size_t start, end;
    if ((!identified && !take_password(text, &cursor)) ||
        !has_quote(text, cursor, identified ? "'\"" : "'") ||
        !literal_find(text, cursor, true, &start, &end)) {
        return 0;
    }
    struct text literal = text_make(text.data + start, end - start);
    if (literal_is_harmless(literal)) {
        return 0;
    }
    *at = start;
    return literal.length;
}
