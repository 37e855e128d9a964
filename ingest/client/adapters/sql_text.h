/* sql_text — what of a statement may be shown. */
#ifndef TRACETUI_CLIENT_ADAPTERS_SQL_TEXT_H
#define TRACETUI_CLIENT_ADAPTERS_SQL_TEXT_H

#include <stddef.h>

/* 500 characters, "..." and the end mark; a character has at most 4 bytes. */
enum { SQL_TEXT_BYTES = 500 * 4 + 4, SQL_VERB_BYTES = 16 };

/* The first word in capitals, behind blanks and comments; "QUERY" if there is none. */
void sql_verb(const char *sql, char target[SQL_VERB_BYTES]);

/* The statement with every string, number and blob literal as ?, cut at 500 characters. */
void sql_mask(const char *sql, char target[SQL_TEXT_BYTES]);

#endif
