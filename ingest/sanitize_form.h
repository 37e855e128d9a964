/* sanitize_form — secrets that show by their form: card numbers, tokens, private keys, passwords of
 * accounts in SQL. */
#ifndef TRACETUI_INGEST_SANITIZE_FORM_H
#define TRACETUI_INGEST_SANITIZE_FORM_H

#include "store/base/arena.h"
#include "store/base/text.h"

/* Card numbers with blanks or dashes between their groups, JSON web tokens, what follows "Bearer"
 * and "Basic", private keys in PEM, tokens of large services ("ghp_..."), and passwords of accounts
 * (sanitize_account.h), wherever they stand in the text. In place; new text is in the arena.
 * Returns how many were masked. */
size_t sanitize_forms(struct text *text, struct arena *arena);

/* True for a number that is written like a card's. Ids have other lengths more often. */
bool sanitize_is_card_number(int64_t number);

#endif
