/* expression — regular expressions that take time in proportion to the text, whatever they are.
 *
 * POSIX extended ones with what everybody expects beyond them: \d \w \s and their opposites, \b \B
 * \< \> \A \z, \n \r \t, (?:...), and (?i) at the begin for both cases of ASCII letters. Characters
 * are those of UTF-8 in every locale; a byte that is none counts as one. Classes like \w and
 * [:alpha:] are of ASCII. There are no back-references and no look-around, and "*?" is "*": the
 * first match is the one that begins first, and of these the longest.
 *
 *     struct expression *expression;
 *     if (expression_compile(TEXT("^GET /api/"), &expression, &why) == ERR_OK) ...
 *     expression_free(expression); */
#ifndef TRACETUI_STORE_BASE_EXPRESSION_H
#define TRACETUI_STORE_BASE_EXPRESSION_H

#include "store/base/text.h"

enum { EXPRESSION_LARGEST_BYTES = 256 };

struct expression;

/* Owns: expression_free. Errors: ERR_PARSE, ERR_LIMIT for what is longer than 256 bytes or grows
 * too large when its repetitions are written out. */
enum err expression_compile(struct text source, struct expression **ret_expression,
                            struct err_msg *why) MUST_CHECK;
void expression_free(struct expression *expression); /* NULL is fine */

/* True when it matches somewhere in the text. Thread: any number at once. */
bool expression_matches(const struct expression *expression, struct text text);

/* The first match at or behind `from` that is not empty. *steps_left bounds the time: each look at
 * an instruction is a step, and when they are used up before the answer is known, all of the text
 * from `from` on is the match. Thread: any number at once. */
bool expression_find(const struct expression *expression, struct text text, size_t from,
                     uint64_t *steps_left, size_t *ret_start, size_t *ret_end);

#endif
