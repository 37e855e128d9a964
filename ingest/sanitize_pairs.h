/* sanitize_pairs — secrets in a text behind their name: ?token=..., "password":"...".
 *
 * Found are parameters of addresses and forms (?token=..., password=...), members of JSON, of JSON
 * inside of JSON, and of what languages print ('password': '...'), literals of SQL that are
 * compared with or assigned to a name (password = '...', != <> :=), parameters of an address within
 * one (?next=...%3Ftoken%3D...), headers (Authorization: Bearer ...,
 * Cookie: a=...), and the password in an address (user:password@host). A name and a colon may as
 * well be part of a sentence ("invalid token: expected }"): there only a value is masked that has
 * letters and digits. */
#ifndef TRACETUI_INGEST_SANITIZE_PAIRS_H
#define TRACETUI_INGEST_SANITIZE_PAIRS_H

#include "store/base/arena.h"
#include "store/base/text.h"

struct sanitize_rules;

/* In place; new text is in the arena. Returns how many values were masked. The time is in
 * proportion to the text. */
size_t sanitize_pairs(const struct sanitize_rules *rules, struct text *text, struct arena *arena);

#endif
