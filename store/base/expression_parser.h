/* expression_parser — reading the source of an expression; for the files that do it. */
#ifndef TRACETUI_STORE_BASE_EXPRESSION_PARSER_H
#define TRACETUI_STORE_BASE_EXPRESSION_PARSER_H

#include "store/base/expression_program.h"

struct expression_parser {
    struct text rest; /* not read yet */
    struct expression *target;
    struct expression_range *ranges;
    size_t range_count;
    size_t depth; /* of groups */
    bool both_cases;
    struct err_msg *why;
};

char parser_peek(const struct expression_parser *parser); /* 0 at the end */
void parser_skip(struct expression_parser *parser, size_t bytes);
bool parser_accept(struct expression_parser *parser, const char *expected);
uint32_t parser_next_rune(struct expression_parser *parser);

/* Add to the set that comes next: runes as they are, in both cases where (?i) wants it, \d and its
 * like (false for another letter), what \w means. */
void parser_add_range(struct expression_parser *parser, uint32_t first, uint32_t last);
void parser_add_runes(struct expression_parser *parser, uint32_t first, uint32_t last);
bool parser_add_escaped_class(struct expression_parser *parser, char letter);
void parser_add_words(struct expression_parser *parser);

/* What stands behind a backslash and is one character: "n" is a line's end, "." a point. */
enum err parser_read_escaped_rune(struct expression_parser *parser, uint32_t *ret_rune) MUST_CHECK;

/* What stands behind an opening bracket, with the closing one. */
enum err parser_read_bracket(struct expression_parser *parser) MUST_CHECK;

#endif
