/* filter_term — one term of a query: field, operator and values, or free text. */
#include "store/filter_term.h"

#include <string.h>

#include "store/filter_match.h"
#include "store/filter_tree.h"
#include "store/filter_value.h"

static struct filter_node *term_new(struct filter_parser *parser, enum filter_field field,
                                    size_t start)
{
    struct filter_node *term = node_new(&parser->filter.arena, FILTER_TERM, NULL);
    term->field = field;
    term->start = start;
    parser->terms++;
    return term;
}

static void term_add(struct filter_parser *parser, struct filter_node *term,
                     const struct filter_value *value)
{
    size_t count = term->value_count;
    if ((count & (count - 1)) == 0) { /* full at 0, 1, 2, 4, ...: twice the room */
        struct filter_value *grown =
            arena_zero(&parser->filter.arena, count != 0 ? count * 2 : 1, sizeof *grown);
        if (count > 0) {
            memcpy(grown, term->values, count * sizeof *grown);
        }
        term->values = grown;
    }
    term->values[term->value_count++] = *value;
}

static bool has_glob(struct text text)
{
    return text.length > 0 && (memchr(text.data, '*', text.length) != NULL ||
                               memchr(text.data, '?', text.length) != NULL);
}

static bool takes_text(enum filter_field field)
{
    enum filter_value_type type = filter_rule_of(field)->type;
    return type == VALUE_TEXT || type == VALUE_ATTRIBUTE;
}

static bool is_number(struct text text)
{
    double number;
    return text_parse_f64(text, &number) == ERR_OK;
}

/* The ".." of a range, or NULL. Of attributes only numbers have ranges: "../x" is a text. */
static const char *find_dots(const struct filter_node *term, struct text text)
{
    enum filter_value_type type = filter_rule_of(term->field)->type;
    bool number = type == VALUE_DURATION || (type == VALUE_COUNT && term->field != FIELD_LIMIT);
    const char *dots = text.length >= 2 ? memmem(text.data, text.length, "..", 2) : NULL;
    if (dots == NULL || number || term->field == FIELD_AT) {
        return dots;
    }
    struct text low = text_make(text.data, (size_t)(dots - text.data));
    struct text high = text_make(dots + 2, text.length - low.length - 2);
    bool numbers = (low.length == 0 || is_number(low)) && (high.length == 0 || is_number(high)) &&
                   low.length + high.length > 0;
    return type == VALUE_ATTRIBUTE && numbers ? dots : NULL;
}

/* The text of one value, before it is known what it means. */
static enum err read_raw(struct filter_parser *parser, size_t start, enum filter_bare form,
                         struct filter_value *value, bool *ret_quoted)
{
    *ret_quoted = lex_peek(&parser->lexer) == '"';
    if (!*ret_quoted) {
        if (form == BARE_REGEX || form == BARE_REGEX_LIST) {
            parser->expression_term = start;
            parser->expression = parser->lexer.at;
        }
        struct text bare = lex_bare(&parser->lexer, form);
        if (bare.length == 0) {
            return parser_fail(parser, ERR_PARSE, start, parser->lexer.at,
                               "%.*s needs a value right behind it",
                               TEXT_ARGS(parser_excerpt(parser_source_from(parser, start))));
        }
        value->text = arena_copy(&parser->filter.arena, bare);
        return ERR_OK;
    }
    size_t quote = parser->lexer.at;
    if (!lex_quoted(&parser->lexer, &parser->filter.arena, &value->text)) {
        return parser_fail(parser, ERR_PARSE, quote, parser->lexer.source.length,
                           "the closing quote is missing");
    }
    if (!lex_at_border(&parser->lexer) && lex_peek(&parser->lexer) != ',') {
        return parser_fail(parser, ERR_PARSE, start, parser_word_end(parser),
                           "a blank is missing behind the closing quote");
    }
    return ERR_OK;
}

static enum err finish_value(struct filter_parser *parser, struct filter_node *term,
                             struct filter_value *value)
{
    struct err_msg why;
    value->present = true;
    enum err err = filter_value_read(term->field, value, &parser->filter.arena, &why);
    if (err == ERR_OK && value->match == MATCH_REGEX) {
        err = filter_value_compile(value, &parser->filter, &why);
    }
    if (err != ERR_OK) {
        return parser_fail(parser, err, term->start, parser->lexer.at, "%s", why.text);
    }
    value->quoted = filter_value_needs_quotes(term->field, value->match, value->text);
    term_add(parser, term, value);
    return ERR_OK;
}

/* low..high: both ends go into the term, an open one as a value that is not present. */
static enum err read_range(struct filter_parser *parser, struct filter_node *term, struct text raw,
                           const char *dots)
{
    struct text low = text_make(raw.data, (size_t)(dots - raw.data));
    struct text high = text_make(dots + 2, raw.length - low.length - 2);
    if (term->value_count > 0) {
        return parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                           "a range stands alone, without other values");
    }
    if (term->compare == COMPARE_NE) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                           "a range is left out like this: -dur:250ms..2s");
    }
    if (low.length + high.length == 0) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                           "a range is written low..high, one end may be left out");
    }
    term->compare = COMPARE_RANGE;
    const struct text ends[] = {low, high};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        struct filter_value value = {.text = ends[i]};
        if (value.text.length == 0) {
            term_add(parser, term, &value);
            continue;
        }
        enum err err = finish_value(parser, term, &value);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (low.length > 0 && high.length > 0 && !term->values[0].relative &&
        !term->values[1].relative && term->values[0].time_of_day == term->values[1].time_of_day &&
        (term->values[0].number > term->values[1].number ||
         term->values[0].real > term->values[1].real)) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                           "this range is empty: its low end is above its high end");
    }
    return ERR_OK;
}

/* One value of a list: "glob*", a range, behind a colon also "=exact" and "~regex", else as the
 * field has it. */
static enum err read_listed(struct filter_parser *parser, struct filter_node *term)
{
    const struct filter_rule *rule = filter_rule_of(term->field);
    bool colon = term->compare == COMPARE_ANY;
    struct filter_value value = {.match = colon ? rule->match : MATCH_EXACT};
    bool text = takes_text(term->field);
    bool regex = colon && text && lex_char(&parser->lexer, '~');
    bool exact = colon && text && !regex && lex_char(&parser->lexer, '=');
    bool quoted;
    enum err err =
        read_raw(parser, term->start, regex ? BARE_REGEX_LIST : BARE_LIST, &value, &quoted);
    if (err != ERR_OK) {
        return err;
    }
    const char *dots = regex || exact || quoted ? NULL : find_dots(term, value.text);
    if (dots != NULL) {
        return read_range(parser, term, value.text, dots);
    }
    if (regex) {
        value.match = MATCH_REGEX;
    } else if (exact) {
        value.match = MATCH_EXACT;
    } else if (text && !quoted && has_glob(value.text)) {
        value.match = MATCH_GLOB;
    }
    return finish_value(parser, term, &value);
}

/* field:a,b,c field=a,b,c field!=a,b,c */
static enum err read_list(struct filter_parser *parser, struct filter_node *term)
{
    enum err err;
    do {
        if (term->compare == COMPARE_RANGE) {
            return parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                               "a range stands alone, without other values");
        }
        err = read_listed(parser, term);
    } while (err == ERR_OK && lex_char(&parser->lexer, ','));
    if (err == ERR_OK && term->value_count > 1 && filter_rule_of(term->field)->one_value &&
        term->compare != COMPARE_RANGE) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at, "%s: takes one value",
                           filter_rule_of(term->field)->name);
    }
    return err;
}

/* field>value field=~regex */
static enum err read_one(struct filter_parser *parser, struct filter_node *term)
{
    static const char *const signs[] = {
        [COMPARE_LT] = "<", [COMPARE_LE] = "<=", [COMPARE_GT] = ">", [COMPARE_GE] = ">="};
    bool regex = term->compare == COMPARE_REGEX || term->compare == COMPARE_NOT_REGEX;
    struct filter_value value = {.match = regex ? MATCH_REGEX : MATCH_EXACT};
    bool quoted;
    enum err err = read_raw(parser, term->start, regex ? BARE_REGEX : BARE_WORD, &value, &quoted);
    if (err != ERR_OK) {
        return err;
    }
    bool several =
        find_dots(term, value.text) != NULL || text_contains_nocase(value.text, TEXT(","));
    if (!regex && !quoted && several) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at, "%s takes one value%s",
                           signs[term->compare],
                           takes_text(term->field) ? " (quote it to mean this text)" : "");
    }
    return finish_value(parser, term, &value);
}

static enum err read_values(struct filter_parser *parser, struct filter_node *term,
                            enum filter_operator sign)
{
    static const enum filter_compare compares[] = {
        [OPERATOR_COLON] = COMPARE_ANY,
        [OPERATOR_EQ] = COMPARE_EQ,
        [OPERATOR_NE] = COMPARE_NE,
        [OPERATOR_LT] = COMPARE_LT,
        [OPERATOR_LE] = COMPARE_LE,
        [OPERATOR_GT] = COMPARE_GT,
        [OPERATOR_GE] = COMPARE_GE,
        [OPERATOR_REGEX] = COMPARE_REGEX,
        [OPERATOR_NOT_REGEX] = COMPARE_NOT_REGEX,
    };
    bool list = sign == OPERATOR_COLON || sign == OPERATOR_EQ || sign == OPERATOR_NE;
    term->compare = compares[sign];
    return list ? read_list(parser, term) : read_one(parser, term);
}

/* Does this kind of value know the sign? */
static bool operator_fits(enum filter_value_type type, enum filter_operator sign)
{
    bool equality = sign == OPERATOR_EQ || sign == OPERATOR_NE;
    bool regex = sign == OPERATOR_REGEX || sign == OPERATOR_NOT_REGEX;
    switch (type) {
    case VALUE_TEXT:
        return equality || regex;
    case VALUE_ATTRIBUTE:
        return true;
    case VALUE_DURATION:
    case VALUE_COUNT:
        return !regex;
    case VALUE_STATUS:
    case VALUE_KIND:
        return equality;
    case VALUE_TIME:
    case VALUE_ID:
    case VALUE_HAS:
        return false;
    }
    return false;
}

/* limit:N is said once, at the top, and is no term of the tree. */
static enum err take_limit(struct filter_parser *parser, const struct filter_node *term)
{
    if (parser->depth > 0 || parser->negated) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                           "limit: stands outside of brackets and is not negated");
    }
    if (parser->filter.limit != 0) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                           "limit: is given twice");
    }
    if (term->values[0].number == 0) {
        return parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at, "limit: starts at 1");
    }
    parser->filter.limit = term->values[0].number;
    return ERR_OK;
}

/* has:a,b becomes (has:a OR has:b), because one property may be of the trace and one of a span. */
static enum err split_has(struct filter_parser *parser, struct filter_node *term,
                          struct filter_node **ret_node)
{
    struct node_list list = {0};
    if (parser->depth == FILTER_DEPTH_LARGEST) {
        return parser_fail(parser, ERR_LIMIT, term->start, parser->lexer.at,
                           "more than %d brackets inside each other", FILTER_DEPTH_LARGEST);
    }
    for (size_t i = 0; i < term->value_count; i++) {
        struct filter_node *one = term_new(parser, FIELD_HAS, term->start);
        one->length = term->length;
        term_add(parser, one, &term->values[i]);
        node_list_add(&list, one);
    }
    *ret_node = node_list_end(&parser->filter.arena, FILTER_OR, &list);
    return ERR_OK;
}

/* The values of a term whose field and sign are read. *ret_node is NULL for limit:. */
static enum err finish_term(struct filter_parser *parser, struct filter_node *term,
                            enum filter_operator sign, struct filter_node **ret_node)
{
    const struct filter_rule *rule = filter_rule_of(term->field);
    parser->expression = 0; /* of the term before */
    if (parser->braces && !rule->in_braces) {
        if (term->field != FIELD_DUR) {
            return parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                               "%s asks about the trace: put it outside of the braces", rule->name);
        }
        term->field = FIELD_SPAN_DUR; /* inside braces everything is about the span */
    }
    if (sign != OPERATOR_COLON && !operator_fits(rule->type, sign)) {
        return parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                           "%s cannot be compared like this: write %s:value", rule->name,
                           rule->name);
    }
    enum err err = read_values(parser, term, sign);
    if (err != ERR_OK) {
        return err;
    }
    if (!lex_at_border(&parser->lexer)) {
        return parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                           "a blank is missing behind %.*s",
                           TEXT_ARGS(parser_excerpt(parser_source_from(parser, term->start))));
    }
    term->length = parser->lexer.at - term->start;
    *ret_node = NULL;
    if (term->field == FIELD_LIMIT) {
        return take_limit(parser, term);
    }
    if (term->field == FIELD_HAS && term->value_count > 1) {
        return split_has(parser, term, ret_node);
    }
    *ret_node = term;
    return ERR_OK;
}

/* Words that look like operators are hardly what somebody searches for. */
static enum err refuse_operator(struct filter_parser *parser, size_t start, struct text word)
{
    if (text_is_nocase(word, "not")) {
        return parser_fail(parser, ERR_PARSE, start, parser->lexer.at,
                           "write - right in front of a term: -user:bot (quote it to search text)");
    }
    if (filter_word_is_operator(word)) {
        return parser_fail(parser, ERR_PARSE, start, parser->lexer.at,
                           "write %s in capitals (quote it to search text: \"%.*s\")",
                           text_is_nocase(word, "or") ? "OR" : "AND", TEXT_ARGS(word));
    }
    bool sign = text_starts_with(word, "<") || text_starts_with(word, ">") ||
                text_starts_with(word, "=") || text_starts_with(word, "~");
    if (sign) {
        return parser_fail(parser, ERR_PARSE, start, parser->lexer.at,
                           "no blanks around an operator: dur>250ms (quote it to search text)");
    }
    return ERR_OK;
}

static enum err read_free_text(struct filter_parser *parser, struct filter_node **ret_node)
{
    struct filter_node *term = term_new(parser, FIELD_TEXT, parser->lexer.at);
    struct filter_value value = {.match = MATCH_CONTAINS};
    bool quoted;
    enum err err = read_raw(parser, term->start, BARE_WORD, &value, &quoted);
    if (err == ERR_OK && !quoted) {
        err = refuse_operator(parser, term->start, value.text);
    }
    if (err == ERR_OK && value.text.length == 0) {
        err = parser_fail(parser, ERR_PARSE, term->start, parser->lexer.at,
                          "there is no text between the quotes");
    }
    if (err == ERR_OK && !lex_at_border(&parser->lexer)) {
        err = parser_fail(parser, ERR_PARSE, term->start, parser_word_end(parser),
                          "a blank is missing behind the closing quote");
    }
    if (err == ERR_OK) {
        err = finish_value(parser, term, &value);
    }
    term->length = parser->lexer.at - term->start;
    *ret_node = term;
    return err;
}

/* "attr.", "meta." or "." at the cursor. */
static bool take_prefix(struct filter_parser *parser, enum filter_field *ret_field)
{
    static const struct {
        const char *text;
        enum filter_field field;
    } prefixes[] = {{"attr.", FIELD_ATTR}, {"meta.", FIELD_META}, {".", FIELD_ATTR}};
    struct filter_lexer *lexer = &parser->lexer;
    struct text rest = text_make(lexer->source.data + lexer->at, lexer->source.length - lexer->at);
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        if (text_starts_with(rest, prefixes[i].text)) {
            lexer->at += strlen(prefixes[i].text);
            *ret_field = prefixes[i].field;
            return true;
        }
    }
    return false;
}

static enum err fail_field(struct filter_parser *parser, size_t start, struct text name)
{
    struct text word = parser_excerpt(
        text_make(parser->lexer.source.data + start, parser_word_end(parser) - start));
    const char *near = filter_field_nearest(name);
    struct text shown = parser_excerpt(name);
    if (memchr(name.data, '.', name.length) != NULL) {
        return parser_fail(parser, ERR_PARSE, start, start + name.length,
                           "no field \"%.*s\": an attribute is written .%.*s=value",
                           TEXT_ARGS(shown), TEXT_ARGS(shown));
    }
    if (near == NULL) {
        return parser_fail(parser, ERR_PARSE, start, start + name.length,
                           "no field \"%.*s\" (quote it to search text: \"%.*s\")",
                           TEXT_ARGS(shown), TEXT_ARGS(word));
    }
    return parser_fail(parser, ERR_PARSE, start, start + name.length,
                       "no field \"%.*s\": did you mean %s: ? (quote it to search text: \"%.*s\")",
                       TEXT_ARGS(shown), near, TEXT_ARGS(word));
}

enum err filter_term_read(struct filter_parser *parser, struct filter_node **ret_node)
{
    size_t start = parser->lexer.at;
    enum filter_field field = FIELD_TEXT;
    struct text name = {0};
    if (take_prefix(parser, &field)) {
        bool dot = parser->lexer.at == start + 1;
        enum filter_operator sign = lex_path(&parser->lexer, &parser->filter.arena, &name);
        if (sign != OPERATOR_NONE) {
            struct filter_node *term = term_new(parser, field, start);
            term->path = arena_copy(&parser->filter.arena, name);
            return finish_term(parser, term, sign, ret_node);
        }
        if (!dot) {
            return parser_fail(parser, ERR_PARSE, start, parser_word_end(parser),
                               "a key with a comparison was expected, like %s.http.method=GET",
                               filter_rule_of(field)->name);
        }
        parser->lexer.at = start; /* ".csv": text that starts with a dot */
        return read_free_text(parser, ret_node);
    }
    enum filter_operator sign = lex_field(&parser->lexer, &name);
    if (sign == OPERATOR_NONE) {
        return read_free_text(parser, ret_node);
    }
    if (!filter_field_find(name, &field)) {
        return fail_field(parser, start, name);
    }
    if (field == FIELD_ATTR || field == FIELD_META) {
        return parser_fail(parser, ERR_PARSE, start, parser_word_end(parser),
                           "%s needs a key: write %s.KEY=value", filter_rule_of(field)->name,
                           filter_rule_of(field)->name);
    }
    return finish_term(parser, term_new(parser, field, start), sign, ret_node);
}
