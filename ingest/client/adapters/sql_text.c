/* sql_text — what of a statement may be shown. */
#include "ingest/client/adapters/sql_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "ingest/wire.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_comment(const char *at)
{
    if (at[0] == '-' && at[1] == '-') {
        return at + strcspn(at, "\n");
    }
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        return end != NULL ? end + 2 : at + strlen(at);
    }
    return at;
}

void sql_verb(const char *sql, char target[SQL_VERB_BYTES])
{
    const char *before;
    do {
        before = sql;
        sql = skip_comment(sql + strspn(sql, " \t\r\n;("));
    } while (sql != before);
    size_t length = 0;
    while (length < SQL_VERB_BYTES - 1 && isalpha((unsigned char)sql[length])) {
        target[length] = (char)toupper((unsigned char)sql[length]);
        length++;
    }
    target[length] = '\0';
    if (length == 0) {
        memcpy(target, "QUERY", sizeof "QUERY");
    }
}

/* The end of a text in quotes, in which a doubled quote stands for one. */
static const char *skip_quoted(const char *at)
{
    char quote = *at++;
    while (*at != '\0' && (*at != quote || at[1] == quote)) {
        at += *at == quote ? 2 : 1;
    }
    return *at != '\0' ? at + 1 : at;
}

/* The end of the literal at `at`, or `at` if there is none. */
static const char *skip_literal(const char *at)
{
    bool blob = (*at == 'x' || *at == 'X') && at[1] == '\'';
    if (*at == '\'' || blob) {
        return skip_quoted(at + blob);
    }
    if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
        while (is_word(*at) || *at == '.' ||
               ((*at == '+' || *at == '-') && (at[-1] == 'e' || at[-1] == 'E'))) {
            at++;
        }
    }
    return at;
}

/* What is copied as it stands: a word (with the digits in it), a quoted name, a parameter, a
 * character. */
static const char *skip_plain(const char *at)
{
    if (*at == '"' || *at == '`') {
        return skip_quoted(at);
    }
    at++;
    while (is_word(at[-1]) || at[-1] == '?' || at[-1] == ':' || at[-1] == '@') {
        if (!is_word(*at)) {
            break;
        }
        at++;
    }
    return at;
}

void sql_mask(const char *sql, char target[SQL_TEXT_BYTES])
{
    size_t length = 0;
    size_t characters = 0;
    while (*sql != '\0') {
        const char *end = skip_literal(sql);
        bool literal = end != sql;
        const char *from = literal ? "?" : sql;
        end = literal ? end : skip_plain(sql);
        const char *until = literal ? from + 1 : end;
        for (; from != until; from++) {
            characters += ((unsigned char)*from & 0xC0) != 0x80;
            if (characters > WIRE_SQL_LIMIT_CHARS || length + 4 >= SQL_TEXT_BYTES) {
                memcpy(target + length, "...", 4);
                return;
            }
            target[length++] = *from;
        }
        sql = end;
    }
    target[length] = '\0';
}
