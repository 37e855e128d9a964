/* expression_parser — reading the source of an expression; for the files that do it. */
#ifndef TRACETUI_STORE_BASE_EXPRESSION_PARSER_H
#define TRACETUI_STORE_BASE_EXPRESSION_PARSER_H

#include "store/base/expression_program.h"

struct parser {
    struct text rest; /* not read yet */
    struct expression *target;
    struct expression_range *ranges;
    size_t range_count;
    size_t depth; /* of groups */
    bool both_cases;
    struct err_msg *why;
};

char parser_peek(const struct parser *parser); /* 0 at the end */
void parser_skip(struct parser *parser, size_t bytes);
bool parser_accept(struct parser *parser, const char *expected);
uint32_t parser_next_rune(struct parser *parser);

/* Add to the set that comes next: runes as they are, in both cases where (?i) wants it, \d and its
 * like (false for another letter), what \w means. */
void parser_add_range(struct parser *parser, uint32_t first, uint32_t last);
void parser_add_runes(struct parser *parser, uint32_t first, uint32_t last);
bool parser_add_escaped_class(struct parser *parser, char letter);
void parser_add_words(struct parser *parser);

/* What stands behind a backslash and is one character: "n" is a line's end, "." a point. */
enum err parser_read_escaped_rune(struct parser *parser, uint32_t *ret_rune) MUST_CHECK;

/* What stands behind an opening bracket, with the closing one. */
enum err parser_read_bracket(struct parser *parser) MUST_CHECK;

#endif
