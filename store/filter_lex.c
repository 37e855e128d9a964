/* filter_lex — words, quotes and operators of a query text. */
#include "store/filter_lex.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static struct text rest_of(const struct filter_lexer *lexer)
{
    return text_make(lexer->source.data + lexer->at, lexer->source.length - lexer->at);
}

char lex_peek(const struct filter_lexer *lexer)
{
    return lexer->at < lexer->source.length ? lexer->source.data[lexer->at] : '\0';
}

void lex_blanks(struct filter_lexer *lexer)
{
    while (is_blank(lex_peek(lexer))) {
        lexer->at++;
    }
}

void lex_nonblanks(struct filter_lexer *lexer)
{
    while (lexer->at < lexer->source.length && !is_blank(lex_peek(lexer))) {
        lexer->at++;
    }
}

bool lex_char(struct filter_lexer *lexer, char c)
{
    if (lex_peek(lexer) != c) {
        return false;
    }
    lexer->at++;
    return true;
}

bool lex_at_border(const struct filter_lexer *lexer)
{
    char c = lex_peek(lexer);
    return c == '\0' || c == ')' || c == '}' || is_blank(c);
}

bool lex_word(struct filter_lexer *lexer, const char *word)
{
    struct filter_lexer behind = *lexer;
    if (!text_starts_with(rest_of(lexer), word)) {
        return false;
    }
    behind.at += strlen(word);
    char c = lex_peek(&behind);
    if (!lex_at_border(&behind) && c != '(' && c != '{') {
        return false;
    }
    *lexer = behind;
    return true;
}

static enum filter_operator take_operator(struct filter_lexer *lexer)
{
    /* longest first */
    static const struct {
        const char *text;
        enum filter_operator sign;
    } operators[] = {
        {"=~", OPERATOR_REGEX}, {"!~", OPERATOR_NOT_REGEX}, {"!=", OPERATOR_NE},
        {">=", OPERATOR_GE},    {"<=", OPERATOR_LE},        {"=", OPERATOR_EQ},
        {">", OPERATOR_GT},     {"<", OPERATOR_LT},         {":", OPERATOR_COLON},
        {"~", OPERATOR_REGEX},
    };
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (text_starts_with(rest_of(lexer), operators[i].text)) {
            lexer->at += strlen(operators[i].text);
            return operators[i].sign;
        }
    }
    return OPERATOR_NONE;
}

enum filter_operator lex_field(struct filter_lexer *lexer, struct text *ret_name)
{
    struct filter_lexer ahead = *lexer;
    if (!is_letter(lex_peek(&ahead))) {
        return OPERATOR_NONE;
    }
    while (is_letter(lex_peek(&ahead)) || lex_peek(&ahead) == '.' ||
           (lex_peek(&ahead) >= '0' && lex_peek(&ahead) <= '9')) {
        ahead.at++;
    }
    struct text name = text_make(lexer->source.data + lexer->at, ahead.at - lexer->at);
    enum filter_operator sign = take_operator(&ahead);
    if (sign != OPERATOR_NONE) {
        *ret_name = name;
        *lexer = ahead;
    }
    return sign;
}

enum filter_operator lex_path(struct filter_lexer *lexer, struct arena *arena,
                              struct text *ret_path)
{
    struct filter_lexer ahead = *lexer;
    struct text path;
    if (lex_peek(&ahead) == '"') {
        if (!lex_quoted(&ahead, arena, &path)) {
            return OPERATOR_NONE;
        }
    } else {
        size_t start = ahead.at;
        while (lex_peek(&ahead) != '\0' && !is_blank(lex_peek(&ahead)) &&
               strchr("\"=!<>~:,(){}", lex_peek(&ahead)) == NULL) {
            ahead.at++;
        }
        path = text_make(lexer->source.data + start, ahead.at - start);
        if (path.length == 0) {
            return OPERATOR_NONE;
        }
    }
    enum filter_operator sign = take_operator(&ahead);
    if (sign != OPERATOR_NONE) {
        *ret_path = path;
        *lexer = ahead;
    }
    return sign;
}

/* Index of the closing quote of the quoted text at the start of text, or 0. */
static size_t closing_quote(struct text text)
{
    for (size_t i = 1; i < text.length; i++) {
        if (text.data[i] == '"') {
            return i;
        }
        i += text.data[i] == '\\';
    }
    return 0;
}

bool lex_quoted(struct filter_lexer *lexer, struct arena *arena, struct text *ret_text)
{
    struct text rest = rest_of(lexer);
    size_t end = closing_quote(rest);
    if (end == 0) {
        return false;
    }
    char *target = arena_bytes(arena, end);
    size_t length = 0;
    for (size_t i = 1; i < end; i++) {
        /* Only quotes and backslashes are escaped: "\.json$" keeps the backslash of its regex. */
        i += rest.data[i] == '\\' && (rest.data[i + 1] == '"' || rest.data[i + 1] == '\\');
        target[length++] = rest.data[i];
    }
    target[length] = '\0';
    *ret_text = text_make(target, length);
    lexer->at += end + 1;
    return true;
}

/* Length of a character class "[...]" at the start of text, or 1 if it does not end. */
static size_t class_length(struct text text)
{
    size_t at = 1;
    at += at < text.length && text.data[at] == '^';
    at += at < text.length && text.data[at] == ']';
    bool named = false; /* in the "[:alpha:]" of "[[:alpha:]_]" */
    while (at < text.length && !is_blank(text.data[at])) {
        char c = text.data[at];
        at += c == '\\' ? 2 : 1;
        if (c == ']' && !named) {
            return at;
        }
        named = (named && c != ']') || (c == '[' && at < text.length && text.data[at] == ':');
    }
    return 1;
}

struct text lex_bare(struct filter_lexer *lexer, enum filter_bare form)
{
    bool regex = form == BARE_REGEX || form == BARE_REGEX_LIST;
    bool list = form == BARE_LIST || form == BARE_REGEX_LIST;
    struct text rest = rest_of(lexer);
    size_t parens = 0;
    size_t braces = 0;
    size_t at = 0;
    while (at < rest.length && !is_blank(rest.data[at])) {
        char c = rest.data[at];
        if ((c == ')' && parens == 0) || (c == '}' && braces == 0) ||
            (c == ',' && list && parens == 0 && braces == 0)) {
            break;
        }
        parens += (size_t)(c == '(') - (size_t)(c == ')');
        braces += (size_t)(c == '{') - (size_t)(c == '}');
        if (regex && c == '[') {
            at += class_length(text_make(rest.data + at, rest.length - at));
        } else if (regex && c == '\\' && at + 1 < rest.length && !is_blank(rest.data[at + 1])) {
            at += 2;
        } else {
            at++;
        }
    }
    lexer->at += at;
    return text_make(rest.data, at);
}
