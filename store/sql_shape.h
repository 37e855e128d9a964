/* sql_shape — a statement without what it was asked for: its literals and comments. */
#ifndef TRACETUI_STORE_SQL_SHAPE_H
#define TRACETUI_STORE_SQL_SHAPE_H

#include "store/base/arena.h"

/* Quoted texts, numbers and comments become ?; names stay, digits in them too. In double quotes
 * stand names, or in some dialects texts: what follows a comparison, LIKE, or stands in a list
 * behind VALUES or IN is a text, unless a point makes it the name of a table. Dialects do not agree
 * on what a backslash before a quote means: from such a text on nothing is shown. */
struct text sql_without_literals(struct text sql, struct arena *arena);

#endif
