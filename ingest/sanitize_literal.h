/* sanitize_literal — what stands for a value in a statement: literals in quotes, placeholders. */
#ifndef TRACETUI_INGEST_SANITIZE_LITERAL_H
#define TRACETUI_INGEST_SANITIZE_LITERAL_H

#include "store/base/text.h"

bool literal_is_quote(char c);

/* The range inside of the quotes that open at `at`, behind the backslashes of JSON inside of JSON;
 * with prefixes also behind one letter: N'...' of SQL, b'...' of Python. Without a closing quote it
 * goes to the end of the text. False when none opens there. */
bool literal_find(struct text text, size_t at, bool prefixes, size_t *ret_start, size_t *ret_end);

/* Behind the quote that closes what literal_find finds, without prefixes; behind backslashes that
 * no quote follows; else `at`. */
size_t literal_skip(struct text text, size_t at);

/* Behind the call that begins at `at` and has a literal among its arguments, md5('...'), or `at`.
 */
size_t literal_call_end(struct text text, size_t at);

/* What stands for a value in a statement, a template or a dump: ? $1 $1::text :name @name %s
 * %(name)s null. */
bool literal_is_placeholder(struct text word);

/* The same of what stands in quotes, where a name behind a mark is none: '?' '$1' 'null', but not
 * '@home'. */
bool literal_is_harmless(struct text inside);

/* True when a literal opens at `at`, as for literal_find with prefixes. */
bool literal_opens(struct text text, size_t at);

#endif
