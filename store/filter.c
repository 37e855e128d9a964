/* filter — the query language: text to tree and back, errors that point at the term.
 *
 *     or    = and { "OR" and }
 *     and   = unary { [ "AND" ] unary }
 *     unary = [ "-" | "!" ] ( term | "(" or ")" | "{" or "}" )
 *
 * A recursive descent over that grammar builds the tree; brackets that only group are spliced into
 * their surroundings, so a tree has one text. A second pass wraps span terms into FILTER_SPAN. The
 * depth of both is bounded by FILTER_DEPTH_LARGEST. */
#include "store/filter.h"

#include "store/filter_term.h"
#include "store/filter_tree.h"
#include "store/filter_wrap.h"
#include "store/span.h"

enum { SOURCE_LARGEST_BYTES = 4096 };

/* ---- the grammar ---- */

static enum err parse_or(struct filter_parser *parser, struct filter_node **ret_node);

/* ( ... ) or { ... }; the cursor stands at the opening bracket. */
static enum err parse_brackets(struct filter_parser *parser, struct filter_node **ret_node)
{
    size_t start = parser->lexer.at;
    bool braces = lex_peek(&parser->lexer) == '{';
    char closing = braces ? '}' : ')';
    struct filter_node *inside = NULL;
    if (braces && parser->braces) {
        return parser_fail(parser, ERR_PARSE, start, start + 1,
                           "braces cannot stand inside braces");
    }
    if (parser->depth == FILTER_DEPTH_LARGEST) {
        return parser_fail(parser, ERR_LIMIT, start, start + 1,
                           "more than %d brackets inside each other", FILTER_DEPTH_LARGEST);
    }
    parser->lexer.at++;
    parser->depth++;
    parser->braces |= braces;
    enum err err = parse_or(parser, &inside);
    if (err != ERR_OK) {
        return err;
    }
    parser->braces = parser->braces && !braces;
    parser->depth--;
    if (!lex_char(&parser->lexer, closing)) {
        return parser_fail(parser, ERR_PARSE, start, start + 1, "the closing %c is missing",
                           closing);
    }
    if (inside == NULL) {
        return parser_fail(parser, ERR_PARSE, start, parser->lexer.at, "nothing stands between %s",
                           braces ? "{ }" : "( )");
    }
    *ret_node = inside;
    if (braces) {
        *ret_node = node_new(&parser->filter.arena, FILTER_SPAN, inside);
        (*ret_node)->braces = true;
        (*ret_node)->start = start;
        (*ret_node)->length = parser->lexer.at - start;
    }
    return ERR_OK;
}

static enum err parse_unary(struct filter_parser *parser, struct filter_node **ret_node)
{
    size_t start = parser->lexer.at;
    bool negated = lex_char(&parser->lexer, '-') || lex_char(&parser->lexer, '!');
    if (negated && lex_at_border(&parser->lexer)) {
        return parser_fail(parser, ERR_PARSE, start, start + 1,
                           "%c needs a term right behind it, or quotes to search it as text",
                           parser->lexer.source.data[start]);
    }
    struct filter_node *node = NULL;
    parser->negated = negated;
    char c = lex_peek(&parser->lexer);
    enum err err =
        c == '(' || c == '{' ? parse_brackets(parser, &node) : filter_term_read(parser, &node);
    parser->negated = false;
    if (err != ERR_OK) {
        return err;
    }
    if (parser->terms > FILTER_TERMS_LARGEST) {
        return parser_fail(parser, ERR_LIMIT, start, parser->lexer.at, "more than %d terms",
                           FILTER_TERMS_LARGEST);
    }
    *ret_node = negated ? node_new(&parser->filter.arena, FILTER_NOT, node) : node;
    return ERR_OK;
}

static bool at_or(const struct filter_parser *parser)
{
    struct filter_lexer ahead = parser->lexer;
    return lex_word(&ahead, "OR");
}

/* True where an AND list ends. */
static bool at_list_end(const struct filter_parser *parser)
{
    char c = lex_peek(&parser->lexer);
    return c == '\0' || c == ')' || c == '}' || at_or(parser);
}

static enum err parse_and(struct filter_parser *parser, struct filter_node **ret_node)
{
    struct node_list list = {0};
    for (lex_blanks(&parser->lexer); !at_list_end(parser); lex_blanks(&parser->lexer)) {
        size_t start = parser->lexer.at;
        if (lex_word(&parser->lexer, "AND")) {
            lex_blanks(&parser->lexer);
            if (list.count == 0 || at_list_end(parser)) {
                return parser_fail(parser, ERR_PARSE, start, start + 3,
                                   "AND needs a term on both sides");
            }
        }
        struct filter_node *node = NULL;
        enum err err = parse_unary(parser, &node);
        if (err != ERR_OK) {
            return err;
        }
        if (node != NULL) {
            node_list_splice(&list, FILTER_AND, node);
        }
    }
    *ret_node = node_list_end(&parser->filter.arena, FILTER_AND, &list);
    return ERR_OK;
}

static enum err parse_or(struct filter_parser *parser, struct filter_node **ret_node)
{
    struct node_list list = {0};
    size_t start = parser->lexer.at;
    bool more;
    do {
        struct filter_node *node = NULL;
        enum err err = parse_and(parser, &node);
        if (err != ERR_OK) {
            return err;
        }
        size_t here = parser->lexer.at;
        more = lex_word(&parser->lexer, "OR");
        if (node != NULL) {
            node_list_splice(&list, FILTER_OR, node);
        } else if (more || list.count > 0) {
            return parser_fail(parser, ERR_PARSE, more ? here : start, more ? here + 2 : start + 2,
                               "OR needs a term on both sides");
        }
        start = here;
    } while (more);
    *ret_node = node_list_end(&parser->filter.arena, FILTER_OR, &list);
    return ERR_OK;
}

/* ---- the whole ---- */

/* Bytes that no query may hold. */
static enum err check_bytes(struct filter_parser *parser, struct text source)
{
    for (size_t at = 0; at < source.length;) {
        uint32_t rune;
        size_t length = text_rune(text_make(source.data + at, source.length - at), &rune);
        bool blank = rune == '\t' || rune == '\n' || rune == '\r';
        if (rune == UINT32_MAX) {
            return parser_fail(parser, ERR_PARSE, at, at + 1, "this byte is not UTF-8");
        }
        if ((rune < ' ' && !blank) || rune == 0x7F) {
            return parser_fail(parser, ERR_PARSE, at, at + 1,
                               "a control character has no place here");
        }
        at += length;
    }
    return ERR_OK;
}

/* A pasted id, alone, asks for that trace. */
static void read_pasted_id(struct filter *filter)
{
    struct id id;
    struct filter_node *root = filter->root;
    struct text text = text_trim(filter->source);
    if (root != NULL && root->kind == FILTER_TERM && root->field == FIELD_TEXT &&
        (text.length == 32 || text.length == 36) && id_parse_trace(text, &id) == ERR_OK &&
        id.form != ID_TEXT) {
        root->field = FIELD_TRACE;
        root->values[0].match = MATCH_PREFIX;
        root->values[0].quoted = false;
    }
}

static enum err parse_source(struct filter_parser *parser)
{
    enum err err = check_bytes(parser, parser->lexer.source);
    if (err == ERR_OK) {
        err = parse_or(parser, &parser->filter.root);
    }
    if (err != ERR_OK) {
        return err;
    }
    size_t at = parser->lexer.at;
    if (at < parser->lexer.source.length) {
        return parser_fail(parser, ERR_PARSE, at, at + 1, "this %c closes nothing",
                           lex_peek(&parser->lexer));
    }
    read_pasted_id(&parser->filter);
    if (parser->filter.root != NULL) {
        parser->filter.root = filter_wrap(&parser->filter.arena, parser->filter.root);
    }
    /* What a query prints as must be a query too, and abbreviations grow. */
    struct text_buffer printed = {0};
    filter_print(&parser->filter, &printed);
    if (printed.length > SOURCE_LARGEST_BYTES) {
        err = parser_fail(parser, ERR_LIMIT, 0, at,
                          "the query is longer than %d bytes, written out", SOURCE_LARGEST_BYTES);
    }
    text_buffer_free(&printed);
    return err;
}

enum err filter_parse(struct text source, struct filter *ret_filter, struct filter_error *error)
{
    struct filter_error ignored;
    struct filter_parser parser = {.error = error != NULL ? error : &ignored};
    if (source.length > SOURCE_LARGEST_BYTES) {
        parser.lexer.source = source;
        return parser_fail(&parser, ERR_LIMIT, text_cut(source, SOURCE_LARGEST_BYTES),
                           source.length, "the query is longer than %d bytes",
                           SOURCE_LARGEST_BYTES);
    }
    parser.filter.source =
        arena_copy(&parser.filter.arena, source.data != NULL ? source : TEXT(""));
    parser.lexer.source = parser.filter.source;
    enum err err = parse_source(&parser);
    if (err != ERR_OK) {
        parser_suggest_quotes(&parser);
        filter_clear(&parser.filter);
        return err;
    }
    *ret_filter = parser.filter;
    return ERR_OK;
}
