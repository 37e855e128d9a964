/* filter_parser — the state of the parser, and how it refuses. */
#ifndef TRACETUI_STORE_FILTER_PARSER_H
#define TRACETUI_STORE_FILTER_PARSER_H

#include "store/filter_lex.h"

enum {
    FILTER_TERMS_LARGEST = 200,
    /* Of brackets. SQLite's parser has a stack of 100 for what a query becomes, and three brackets
     * more would fit. */
    FILTER_DEPTH_LARGEST = 8
};

struct filter_parser {
    struct filter_lexer lexer;
    struct filter filter; /* what is being built */
    struct filter_error *error;
    int depth; /* of brackets */
    size_t terms;
    size_t expression;      /* where the last bare expression begins; 0 behind the next field */
    size_t expression_term; /* where its term begins */
    bool braces;            /* inside { } */
    bool negated;           /* the next unit, for limit: */
};

/* Fills the error with a text and the bytes start ... end of the source; returns code. */
enum err parser_fail(struct filter_parser *parser, enum err code, size_t start, size_t end,
                     const char *format, ...) PRINTF_LIKE(5);

/* A bare expression ends at a blank. If the error comes from that, because quotes would make one
 * expression of everything from there to the error, adds how to write them. */
void parser_suggest_quotes(struct filter_parser *parser);

/* A piece of the source, short enough for an error text. */
struct text parser_excerpt(struct text text);
/* From start to the cursor. */
struct text parser_source_from(const struct filter_parser *parser, size_t start);
/* Where the word ends in which the cursor stands, so that an error underlines all of it. */
size_t parser_word_end(const struct filter_parser *parser);

#endif
