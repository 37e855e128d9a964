/* filter_lex — words, quotes and operators of a query text. */
#ifndef TRACETUI_STORE_FILTER_LEX_H
#define TRACETUI_STORE_FILTER_LEX_H

#include "store/filter.h"

struct filter_lexer {
    struct text source;
    size_t at;
};

enum filter_operator {
    OPERATOR_NONE,
    OPERATOR_COLON,
    OPERATOR_EQ,
    OPERATOR_NE,
    OPERATOR_LT,
    OPERATOR_LE,
    OPERATOR_GT,
    OPERATOR_GE,
    OPERATOR_REGEX,
    OPERATOR_NOT_REGEX,
};

/* What ends a bare word beside a blank and an unmatched closing bracket. */
enum filter_bare { BARE_WORD, BARE_LIST /* a comma */, BARE_REGEX, BARE_REGEX_LIST };

void lex_blanks(struct filter_lexer *lexer);
void lex_nonblanks(struct filter_lexer *lexer);  /* up to a blank, whatever stands there */
char lex_peek(const struct filter_lexer *lexer); /* '\0' at the end */
bool lex_char(struct filter_lexer *lexer, char c);

/* True when the upper-case word stands here alone; consumes it. */
bool lex_word(struct filter_lexer *lexer, const char *word);

/* A field name with the sign behind it; consumes nothing when there is none. */
enum filter_operator lex_field(struct filter_lexer *lexer, struct text *ret_name);
/* The same for the key behind "attr." or ".", bare or in quotes. */
enum filter_operator lex_path(struct filter_lexer *lexer, struct arena *arena,
                              struct text *ret_path);

/* The cursor stands at the opening quote. False when the closing one is missing. */
bool lex_quoted(struct filter_lexer *lexer, struct arena *arena, struct text *ret_text);

/* Up to a blank; brackets and braces inside the word stay in it while they are balanced. */
struct text lex_bare(struct filter_lexer *lexer, enum filter_bare form);

/* True at the end, a blank, or a closing bracket: where a term may end. */
bool lex_at_border(const struct filter_lexer *lexer);

#endif
