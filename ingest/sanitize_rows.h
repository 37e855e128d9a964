/* sanitize_rows — secrets in rows of SQL, behind the names of their columns:
 * INSERT INTO users (name, password) VALUES ('bob', '...'), ('eve', '...'), token IN ('...',
 * '...').
 *
 * Masked is each literal, number or call with one in it that stands under the name of a secret;
 * placeholders and names are none. A row whose columns are not named stays. */
#ifndef TRACETUI_INGEST_SANITIZE_ROWS_H
#define TRACETUI_INGEST_SANITIZE_ROWS_H

#include "store/base/arena.h"
#include "store/base/text.h"

struct sanitize_rules;

/* In place; new text is in the arena. Returns how many values were masked. The time is in
 * proportion to the text. */
size_t sanitize_rows(const struct sanitize_rules *rules, struct text *text, struct arena *arena);

#endif
