/* sql_shape — a statement without what it was asked for: its literals and comments. */
#ifndef TRACETUI_STORE_SQL_SHAPE_H
#define TRACETUI_STORE_SQL_SHAPE_H

#include "store/base/arena.h"

/* Quoted texts, numbers and comments become ?; names stay, digits in them too. In double quotes
 * stand names, or in some dialects texts: what follows a comparison, LIKE, or stands in a list
 * behind VALUES or IN is a text, unless a point makes it the name of a table, and so is what was
 * made of data. Dialects do not agree on what a backslash before a quote means: from such a text on
 * nothing is shown. Returns the empty text for what is no SQL: other stores are asked with
 * GET user:alice or {"find": ...}. */
struct text sql_without_literals(struct text sql, struct arena *arena);

/* A name, or part of one, that was made of data: an address of somebody, or a number that counts
 * people. */
bool name_is_data(struct text part);

#endif
