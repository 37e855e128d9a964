/* expression_parse — the source of an expression becomes instructions. */
#include <string.h>

#include "store/base/expression_parser.h"

enum { NUMBER_LARGEST = EXPRESSION_INSTRUCTIONS + 1, ENDLESS = -1 };

char parser_peek(const struct expression_parser *parser)
{
    return parser->rest.length > 0 ? parser->rest.data[0] : '\0';
}

void parser_skip(struct expression_parser *parser, size_t bytes)
{
    parser->rest = text_make(parser->rest.data + bytes, parser->rest.length - bytes);
}

bool parser_accept(struct expression_parser *parser, const char *expected)
{
    bool found = text_starts_with(parser->rest, expected);
    parser_skip(parser, found ? strlen(expected) : 0);
    return found;
}

uint32_t parser_next_rune(struct expression_parser *parser)
{
    uint32_t rune;
    parser_skip(parser, text_rune(parser->rest, &rune));
    return rune;
}

static enum err make_room(struct expression_parser *parser, size_t more)
{
    if (parser->target->length + more > EXPRESSION_INSTRUCTIONS) {
        return err_set(parser->why, ERR_LIMIT,
                       "the expression repeats more than fits: written out it has over %d steps",
                       EXPRESSION_INSTRUCTIONS);
    }
    return ERR_OK;
}

static enum err put(struct expression_parser *parser, enum expression_code code, size_t a)
{
    enum err err = make_room(parser, 1);
    if (err == ERR_OK) {
        parser->target->code[parser->target->length++] =
            (struct expression_instruction){.code = (uint8_t)code, .a = (int16_t)a};
    }
    return err;
}

static enum err put_split(struct expression_parser *parser, size_t at, int a, int b)
{
    struct expression *target = parser->target;
    enum err err = make_room(parser, 1);
    if (err == ERR_OK) {
        memmove(target->code + at + 1, target->code + at,
                (target->length - at) * sizeof *target->code);
        target->code[at] =
            (struct expression_instruction){.code = CODE_SPLIT, .a = (int16_t)a, .b = (int16_t)b};
        target->length++;
    }
    return err;
}

static enum err put_copy(struct expression_parser *parser, size_t begin, size_t length)
{
    struct expression *target = parser->target;
    enum err err = make_room(parser, length);
    if (err == ERR_OK) {
        memcpy(target->code + target->length, target->code + begin, length * sizeof *target->code);
        target->length += length;
    }
    return err;
}

static enum err end_set(struct expression_parser *parser)
{
    return put(parser, CODE_SET, parser->target->set_count++);
}

static enum err put_place(struct expression_parser *parser, enum expression_place place)
{
    parser->target->has_words = parser->target->has_words || place > PLACE_END;
    return put(parser, CODE_PLACE, place);
}

static enum err parse_escaped(struct expression_parser *parser)
{
    static const char letters[] = "A`z'<>bB";
    static const enum expression_place places[] = {
        PLACE_BEGIN,      PLACE_BEGIN,    PLACE_END,         PLACE_END,
        PLACE_WORD_BEGIN, PLACE_WORD_END, PLACE_WORD_BORDER, PLACE_NO_WORD_BORDER};
    char c = parser_peek(parser);
    if (parser->rest.length == 0) {
        return err_set(parser->why, ERR_PARSE, "the expression ends in a backslash");
    }
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (letter != NULL) {
        parser_skip(parser, 1);
        return put_place(parser, places[letter - letters]);
    }
    if (parser_add_escaped_class(parser, c)) {
        parser_skip(parser, 1);
        return end_set(parser);
    }
    uint32_t rune = 0;
    enum err err = parser_read_escaped_rune(parser, &rune);
    if (err != ERR_OK) {
        return err;
    }
    parser_add_runes(parser, rune, rune);
    return end_set(parser);
}

static enum err parse_alternatives(struct expression_parser *parser);

/* Behind the opening parenthesis. */
static enum err parse_group(struct expression_parser *parser)
{
    if (!parser_accept(parser, "?:") && parser_peek(parser) == '?') {
        return err_set(parser->why, ERR_PARSE,
                       "of what begins with (? only (?:...) and, at the begin, (?i) are supported");
    }
    parser->depth++;
    enum err err = parse_alternatives(parser);
    parser->depth--;
    if (err == ERR_OK && !parser_accept(parser, ")")) {
        err = err_set(parser->why, ERR_PARSE, "a ( is not closed");
    }
    return err;
}

/* "{2}", "{2,}", "{,3}", "{2,3}": moves behind it. False: the brace stands for itself. */
static bool read_interval(struct expression_parser *parser, int *ret_least, int *ret_most)
{
    int numbers[2] = {0, 0};
    size_t digits[2] = {0, 0};
    size_t which = 0;
    size_t at = 1;
    for (; at < parser->rest.length && parser->rest.data[at] != '}'; at++) {
        char c = parser->rest.data[at];
        if (c == ',' && which == 0) {
            which = 1;
        } else if (c >= '0' && c <= '9') {
            int number = numbers[which] * 10 + (c - '0');
            numbers[which] = number < NUMBER_LARGEST ? number : NUMBER_LARGEST;
            digits[which]++;
        } else {
            return false;
        }
    }
    if (parser_peek(parser) != '{' || at >= parser->rest.length || digits[0] + digits[1] == 0) {
        return false;
    }
    parser_skip(parser, at + 1);
    *ret_least = numbers[0];
    *ret_most = which == 0 ? numbers[0] : digits[1] > 0 ? numbers[1] : ENDLESS;
    return true;
}

/* "*", "+", "?" and intervals; "?" behind one of them asks for the shortest match, which makes no
 * difference to whether there is one. */
static bool read_repetition(struct expression_parser *parser, int *ret_least, int *ret_most)
{
    char c = parser_peek(parser);
    *ret_least = c == '+';
    *ret_most = c == '?' ? 1 : ENDLESS;
    if (c == '*' || c == '+' || c == '?') {
        parser_skip(parser, 1);
    } else if (!read_interval(parser, ret_least, ret_most)) {
        return false;
    }
    (void)parser_accept(parser, "?");
    return true;
}

/* The piece from `begin` to the end of the program, at most this often. */
static enum err put_optional(struct expression_parser *parser, size_t begin, size_t most)
{
    size_t length = parser->target->length - begin;
    size_t all = most * (length + 1); /* each with a split to the end of all */
    enum err err = all <= EXPRESSION_INSTRUCTIONS ? ERR_OK : make_room(parser, all);
    for (size_t i = 0; err == ERR_OK && i < most; i++) {
        size_t at = begin + i * (length + 1);
        err = i > 0 ? put_copy(parser, begin + 1, length) : ERR_OK;
        err = err == ERR_OK ? put_split(parser, at, 1, (int)(all - i * (length + 1))) : err;
    }
    return err;
}

static enum err put_repeated(struct expression_parser *parser, size_t begin, int least, int most)
{
    struct expression *target = parser->target;
    size_t length = target->length - begin;
    if (length == 0 || most == 0) {
        target->length = begin;
        return ERR_OK;
    }
    if (least == 0 && most == ENDLESS) {
        enum err err = put_split(parser, begin, 1, (int)length + 2);
        return err == ERR_OK ? put(parser, CODE_JUMP, (size_t)(-(int)length - 1)) : err;
    }
    enum err err = ERR_OK;
    for (int i = 1; err == ERR_OK && i < least; i++) {
        err = put_copy(parser, begin, length);
    }
    if (err == ERR_OK && most == ENDLESS) {
        return put_split(parser, target->length, -(int)length, 1);
    }
    if (err == ERR_OK && most > least && least > 0) {
        begin = target->length;
        err = put_copy(parser, begin - length, length);
    }
    return err == ERR_OK && most > least ? put_optional(parser, begin, (size_t)(most - least))
                                         : err;
}

static enum err parse_atom(struct expression_parser *parser)
{
    int ignored;
    char c = parser_peek(parser);
    if (c == '*' || c == '+' || c == '?' || read_interval(parser, &ignored, &ignored)) {
        return err_set(parser->why, ERR_PARSE, "nothing to repeat before %c", c);
    }
    uint32_t rune = parser_next_rune(parser);
    enum err err = ERR_OK;
    switch (rune) {
    case '(':
        return parse_group(parser);
    case '[':
        err = parser_read_bracket(parser);
        break;
    case '\\':
        return parse_escaped(parser);
    case '^':
        return put_place(parser, PLACE_BEGIN);
    case '$':
        return put_place(parser, PLACE_END);
    case ')':
        return err_set(parser->why, ERR_PARSE, "a ) without its (");
    case '.':
        parser_add_range(parser, 0, UINT32_MAX);
        break;
    default:
        parser_add_runes(parser, rune, rune);
        break;
    }
    return err == ERR_OK ? end_set(parser) : err;
}

static enum err parse_sequence(struct expression_parser *parser)
{
    enum err err = ERR_OK;
    while (err == ERR_OK && parser->rest.length > 0 && parser_peek(parser) != '|' &&
           (parser_peek(parser) != ')' || parser->depth == 0)) {
        size_t begin = parser->target->length;
        int least, most;
        err = parse_atom(parser);
        while (err == ERR_OK && read_repetition(parser, &least, &most)) {
            err = most != ENDLESS && most < least
                      ? err_set(parser->why, ERR_PARSE, "in {%d,%d} the second number is smaller",
                                least, most)
                      : put_repeated(parser, begin, least, most);
        }
    }
    return err;
}

/* "a|b|c" is split, a, jump to the end, "b|c". */
static enum err parse_alternatives(struct expression_parser *parser)
{
    struct expression *target = parser->target;
    size_t begin = target->length;
    enum err err = parse_sequence(parser);
    if (err != ERR_OK || !parser_accept(parser, "|")) {
        return err;
    }
    err = put_split(parser, begin, 1, (int)(target->length - begin) + 2);
    size_t jump = target->length;
    err = err == ERR_OK ? put(parser, CODE_JUMP, 0) : err;
    err = err == ERR_OK ? parse_alternatives(parser) : err;
    if (err == ERR_OK) {
        target->code[jump].a = (int16_t)(target->length - jump);
    }
    return err;
}

enum err expression_parse(struct text source, struct expression *expression,
                          struct expression_range ranges[EXPRESSION_RANGES],
                          size_t *ret_range_count, struct err_msg *why)
{
    struct expression_parser parser = {
        .rest = source, .target = expression, .ranges = ranges, .why = why};
    parser.both_cases = parser_accept(&parser, "(?i)");
    enum err err = parse_alternatives(&parser);
    err = err == ERR_OK ? put(&parser, CODE_MATCH, 0) : err;
    if (err == ERR_OK && expression->has_words) { /* a set of its own, the last */
        parser.both_cases = false;
        parser_add_words(&parser);
        expression->set_count++;
    }
    if (err == ERR_OK) {
        *ret_range_count = parser.range_count;
    }
    return err;
}
