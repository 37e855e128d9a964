/* sanitize_url — the secrets that web addresses carry: ?token=..., and user:password@host. */
#ifndef TRACETUI_INGEST_SANITIZE_URL_H
#define TRACETUI_INGEST_SANITIZE_URL_H

#include "store/base/arena.h"
#include "store/base/text.h"

struct sanitize_rules;

/* In place, wherever in the text an address stands; new text is in the arena. Returns how many
 * values were masked. */
size_t sanitize_url(const struct sanitize_rules *rules, struct text *text, struct arena *arena);

#endif
