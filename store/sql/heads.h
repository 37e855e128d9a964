/* heads — the beginnings that the attributes of many spans share, each stored once, as a name.
 *
 * Spans of one kind say mostly the same, in the same order: what differs, an id or a statement,
 * comes after much that does not. So a row may hold the number of a head, a blank, and the rest of
 * the text; what is no number is the text itself, an object. SCHEMA_ATTRIBUTES puts them together.
 * Which heads there are is learned: a beginning that ends behind a comma or a colon and comes again
 * and again is made one. */
#ifndef TRACETUI_STORE_SQL_HEADS_H
#define TRACETUI_STORE_SQL_HEADS_H

#include <sqlite3.h>
#include <stdint.h>

#include "store/base/text.h"

struct heads;
struct names;

/* Borrows names. */
enum err heads_open(sqlite3 *db, struct names *names, struct heads **ret_heads,
                    struct err_msg *why) MUST_CHECK;
void heads_close(struct heads *heads);

/* The longest head of the text, as the number and the length of a name; 0 = it has none. Inside a
 * transaction: it may be a new one. */
enum err heads_find(struct heads *heads, struct text text, int64_t *ret_head, size_t *ret_length,
                    struct err_msg *why) MUST_CHECK;

/* What a row holds of a text that has a head. */
void heads_print(struct text_buffer *target, int64_t head, size_t head_length, struct text text);

/* After a rollback: those learned meanwhile are not in the file. */
void heads_forget(struct heads *heads);

#endif
