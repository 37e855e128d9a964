/* expression_set — the characters of an expression: those of a bracket, of \d and its like. */
#include <assert.h>
#include <string.h>

#include "store/base/expression_parser.h"

struct named_ranges {
    const char *name;
    const char *ranges; /* pairs of the first and the last */
};

static const struct named_ranges posix_classes[] = {
    {"alnum", "09AZaz"},   {"alpha", "AZaz"},   {"blank", "\t\t  "}, {"cntrl", "\1\37\177\177"},
    {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},     {"print", " ~"},
    {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},     {"xdigit", "09AFaf"},
};

static const char word_ranges[] = "09AZ__az";

void parser_add_range(struct expression_parser *parser, uint32_t first, uint32_t last)
{
    assert(parser->range_count < EXPRESSION_RANGES);
    parser->ranges[parser->range_count++] = (struct expression_range){
        .first = first, .last = last, .set = (uint16_t)parser->target->set_count};
}

/* The part of a range that lies between two letters, moved to the other case. */
static void add_other_case(struct expression_parser *parser, uint32_t first, uint32_t last,
                           char from, char to, int distance)
{
    uint32_t least = first > (uint32_t)from ? first : (uint32_t)from;
    uint32_t most = last < (uint32_t)to ? last : (uint32_t)to;
    if (least <= most) {
        parser_add_range(parser, (uint32_t)((int)least + distance),
                         (uint32_t)((int)most + distance));
    }
}

void parser_add_runes(struct expression_parser *parser, uint32_t first, uint32_t last)
{
    parser_add_range(parser, first, last);
    if (parser->both_cases) {
        add_other_case(parser, first, last, 'a', 'z', 'A' - 'a');
        add_other_case(parser, first, last, 'A', 'Z', 'a' - 'A');
    }
}

static void add_named(struct expression_parser *parser, const char *ranges)
{
    for (; *ranges != '\0'; ranges += 2) {
        parser_add_runes(parser, (uint32_t)ranges[0], (uint32_t)ranges[1]);
    }
}

void parser_add_words(struct expression_parser *parser)
{
    add_named(parser, word_ranges);
}

/* The ranges from `begin` on become those between them. */
static void negate(struct expression_parser *parser, size_t begin)
{
    struct expression_range *ranges = parser->ranges + begin;
    size_t count = parser->range_count - begin;
    for (size_t i = 1; i < count; i++) { /* sorted; few */
        for (size_t j = i; j > 0 && ranges[j - 1].first > ranges[j].first; j--) {
            struct expression_range moved = ranges[j];
            ranges[j] = ranges[j - 1];
            ranges[j - 1] = moved;
        }
    }
    size_t kept = 0;
    uint32_t from = 0; /* not in any range up to here */
    bool all = false;
    for (size_t i = 0; i < count && !all; i++) {
        struct expression_range range = ranges[i];
        if (range.first > from) {
            ranges[kept] = range;
            ranges[kept].first = from;
            ranges[kept++].last = range.first - 1;
        }
        all = range.last == UINT32_MAX;
        from = !all && range.last >= from ? range.last + 1 : from;
    }
    parser->range_count = begin + kept;
    if (!all) {
        parser_add_range(parser, from, UINT32_MAX);
    }
}

bool parser_add_escaped_class(struct expression_parser *parser, char letter)
{
    static const struct named_ranges escapes[] = {{"d", "09"}, {"s", "\t\r  "}, {"w", word_ranges}};
    char lower = (char)(letter | 0x20);
    for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
        if (escapes[i].name[0] == lower) {
            size_t begin = parser->range_count;
            add_named(parser, escapes[i].ranges);
            if (lower != letter) {
                negate(parser, begin);
            }
            return true;
        }
    }
    return false;
}

enum err parser_read_escaped_rune(struct expression_parser *parser, uint32_t *ret_rune)
{
    static const char letters[] = "nrt", meant[] = "\n\r\t";
    uint32_t rune = parser_next_rune(parser);
    char c = rune < 0x80 ? (char)rune : '\0';
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    if (c >= '1' && c <= '9') {
        return err_set(parser->why, ERR_PARSE, "back-references like \\1 are not supported");
    }
    if (letter == NULL && (c == '0' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))) {
        return err_set(parser->why, ERR_PARSE, "\\%c means nothing here", c);
    }
    *ret_rune = letter != NULL ? (uint32_t)meant[letter - letters] : rune;
    return ERR_OK;
}

static enum err read_posix_class(struct expression_parser *parser)
{
    for (size_t i = 0; i < ARRAY_LEN(posix_classes); i++) {
        size_t length = strlen(posix_classes[i].name);
        if (text_starts_with(parser->rest, posix_classes[i].name) &&
            text_starts_with(text_make(parser->rest.data + length, parser->rest.length - length),
                             ":]")) {
            parser_skip(parser, length + 2);
            add_named(parser, posix_classes[i].ranges);
            return ERR_OK;
        }
    }
    return err_set(parser->why, ERR_PARSE, "after [: a class like alpha:] expected");
}

static enum err read_bracket_rune(struct expression_parser *parser, uint32_t *ret_rune)
{
    if (parser_peek(parser) == '\\' && parser->rest.length > 1) {
        parser_skip(parser, 1);
        return parser_read_escaped_rune(parser, ret_rune);
    }
    *ret_rune = parser_next_rune(parser);
    return ERR_OK;
}

/* A character, a range, a class. */
static enum err read_bracket_item(struct expression_parser *parser)
{
    if (parser_accept(parser, "[:")) {
        return read_posix_class(parser);
    }
    if (parser_peek(parser) == '[' && parser->rest.length > 1 &&
        (parser->rest.data[1] == '.' || parser->rest.data[1] == '=')) {
        return err_set(parser->why, ERR_PARSE, "[.x.] and [=x=] are not supported");
    }
    if (parser_peek(parser) == '\\' && parser->rest.length > 1 &&
        parser_add_escaped_class(parser, parser->rest.data[1])) {
        parser_skip(parser, 2);
        return ERR_OK;
    }
    uint32_t first = 0;
    enum err err = read_bracket_rune(parser, &first);
    if (err != ERR_OK) {
        return err;
    }
    uint32_t last = first;
    if (parser_peek(parser) == '-' && parser->rest.length > 1 && parser->rest.data[1] != ']') {
        parser_skip(parser, 1);
        err = read_bracket_rune(parser, &last);
    }
    if (err == ERR_OK && last < first) {
        err = err_set(parser->why, ERR_PARSE, "a range in [] ends before it begins");
    }
    if (err == ERR_OK) {
        parser_add_runes(parser, first, last);
    }
    return err;
}

enum err parser_read_bracket(struct expression_parser *parser)
{
    size_t begin = parser->range_count;
    bool negated = parser_accept(parser, "^");
    enum err err = ERR_OK;
    for (bool first = true; err == ERR_OK && (first || parser_peek(parser) != ']'); first = false) {
        if (parser->rest.length == 0) {
            return err_set(parser->why, ERR_PARSE, "a [ is not closed");
        }
        err = read_bracket_item(parser);
    }
    if (err != ERR_OK) {
        return err;
    }
    parser_skip(parser, 1);
    if (negated) {
        negate(parser, begin);
    }
    return ERR_OK;
}
