/* names — the dictionary of the texts that come again and again, and the two tables like it. */
#ifndef TRACETUI_STORE_SQL_NAMES_H
#define TRACETUI_STORE_SQL_NAMES_H

#include <sqlite3.h>

#include "store/span.h"
#include "store/sql/schema.h"

struct names;

enum err names_open(sqlite3 *db, struct names **ret_names, struct err_msg *why) MUST_CHECK;
void names_close(struct names *names);

/* The number of a text, added to the table if new; 0 for the empty text. Inside a transaction. */
enum err names_get(struct names *names, enum name_kind kind, struct text text, int64_t *ret_id,
                   struct err_msg *why) MUST_CHECK;

/* The row that holds the same resource or scope, added if new; 0 for NULL. Inside a transaction. */
enum err names_get_resource(struct names *names, const struct resource *resource, int64_t *ret_id,
                            struct err_msg *why) MUST_CHECK;
enum err names_get_scope(struct names *names, const struct scope *scope, int64_t *ret_id,
                         struct err_msg *why) MUST_CHECK;

/* To be called after a rollback: what was added in the transaction is not there any more. */
void names_forget(struct names *names);

/* To be called before a transaction: keeps the memory for known names below its limit. */
void names_trim(struct names *names);

#endif
