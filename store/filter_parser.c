/* filter_parser — the state of the parser, and how it refuses. */
#include "store/filter_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "store/base/expression.h"
#include "store/filter_rules.h"

/* In quotes an expression is tried to have so many words: with more it is hardly typed bare. */
enum { EXPRESSION_WORDS_LARGEST = 8 };

enum err parser_fail(struct filter_parser *parser, enum err code, size_t start, size_t end,
                     const char *format, ...)
{
    char text[sizeof parser->error->text + 4];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t kept = length < (int)sizeof text ? (size_t)length : sizeof text - 1;
    kept = text_cut(text_make(text, kept), sizeof parser->error->text - 1);
    memcpy(parser->error->text, text, kept);
    parser->error->text[kept] = '\0';
    /* Something is always underlined: at the end of the text the last byte is. */
    size_t last = parser->lexer.source.length;
    start = start < last ? start : last - (last > 0);
    parser->error->start = start;
    parser->error->length = end > start ? end - start : 1;
    return code;
}

struct text parser_excerpt(struct text text)
{
    return text_make(text.data, text_cut(text, 40));
}

struct text parser_source_from(const struct filter_parser *parser, size_t start)
{
    return text_make(parser->lexer.source.data + start, parser->lexer.at - start);
}

size_t parser_word_end(const struct filter_parser *parser)
{
    struct filter_lexer ahead = parser->lexer;
    lex_bare(&ahead, BARE_WORD);
    return ahead.at;
}

static bool is_expression(struct text text)
{
    struct expression *expression;
    if (expression_compile(text, &expression, NULL) != ERR_OK) {
        return false;
    }
    expression_free(expression);
    return true;
}

/* What the bare expression would be in quotes: it takes in the error and ends with a word. Empty
 * if there is none. */
static struct text find_expression(const struct filter_parser *parser)
{
    struct text source = parser->lexer.source;
    struct filter_lexer ahead = {source, parser->error->start + parser->error->length};
    for (int words = 0; words < EXPRESSION_WORDS_LARGEST; words++) {
        lex_nonblanks(&ahead);
        struct text text =
            text_make(source.data + parser->expression, ahead.at - parser->expression);
        if (is_expression(text)) {
            return text;
        }
        lex_blanks(&ahead);
    }
    return TEXT("");
}

void parser_suggest_quotes(struct filter_parser *parser)
{
    struct filter_error before = *parser->error;
    const char *source = parser->lexer.source.data;
    size_t end = before.start + before.length;
    bool behind = parser->expression > 0 &&
                  !filter_word_is_operator(text_make(source + before.start, before.length));
    struct text text = behind ? find_expression(parser) : TEXT("");
    bool means_the_same = memchr(text.data, '"', text.length) == NULL &&
                          memmem(text.data, text.length, "\\\\", 2) == NULL;
    if (text.length == 0 || !means_the_same) {
        return;
    }
    /* Whoever forgot these quotes did not mean a text to search for. */
    const char *other = strstr(before.text, " (quote it");
    int kept = other != NULL ? (int)(other - before.text) : (int)strlen(before.text);
    parser_fail(parser, ERR_PARSE, before.start, end,
                "%.*s (quote an expression with blanks: %.*s\"%.*s\")", kept, before.text,
                (int)(parser->expression - parser->expression_term),
                source + parser->expression_term, TEXT_ARGS(text));
}
