/* filter_parser — the state of the parser, and how it refuses. */
#include "store/filter_parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum err parser_fail(struct parser *parser, enum err code, size_t start, size_t end,
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

struct text parser_source_from(const struct parser *parser, size_t start)
{
    return text_make(parser->lexer.source.data + start, parser->lexer.at - start);
}

size_t parser_word_end(const struct parser *parser)
{
    struct filter_lexer ahead = parser->lexer;
    lex_bare(&ahead, BARE_WORD);
    return ahead.at;
}
