/* query — SQL under construction: literal pieces of text, and the values bound to its marks. */
#ifndef TRACETUI_STORE_SQL_QUERY_H
#define TRACETUI_STORE_SQL_QUERY_H

#include <sqlite3.h>

#include "store/base/arena.h"
#include "store/base/text.h"

struct filter_node;
struct query_value;

/* {0} is empty. Values never enter the text: each becomes a '?'. Owns: copies of all values. */
struct query {
    struct arena arena;
    struct text_buffer sql;
    struct query_value *values;
    size_t count, capacity;
};

/* What a term looks like to an SQL function: see filter_functions.h. */
struct query_term {
    const struct filter_node *node;
};
extern const char query_term_type[];

void query_add(struct query *query, const char *literal);
void query_add_int(struct query *query, int64_t value);
void query_add_text(struct query *query, struct text value);
void query_add_blob(struct query *query, const uint8_t *bytes, size_t length);
/* The node is borrowed until the query is cleared. */
void query_add_term(struct query *query, const struct filter_node *node);
/* Adds a copy of another query, values included. */
void query_add_query(struct query *query, const struct query *part);

/* Prepares the text and binds the values. The statement must be finalized before the query is
 * cleared. Returns SQLite's result code. */
int query_prepare(const struct query *query, sqlite3 *db, sqlite3_stmt **ret_statement) MUST_CHECK;

void query_clear(struct query *query);

#endif
