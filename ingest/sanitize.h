/* sanitize — masks secrets and cuts long SQL before anything reaches the disk.
 *
 * Masked are: values whose key has a secret's name as one of its words ("db.password",
 * "X-Api-Key", "accessToken"), values that look like a bearer or a JSON web token, and inside of
 * text card numbers, secret parameters of web addresses and their passwords. Keys that only speak
 * about a secret ("token_count") and session ids stay. */
#ifndef TRACETUI_INGEST_SANITIZE_H
#define TRACETUI_INGEST_SANITIZE_H

#include "ingest/attributes.h"

struct sanitize_rules {
    bool off;                     /* store everything as it was sent */
    const struct text *more_keys; /* words to mask beyond the built-in ones */
    size_t more_key_count;
    size_t sql_limit_chars;   /* longer statements end in "..." */
    size_t param_limit_chars; /* longer strings in "params" become "[TRUNCATED]" */
};

const struct sanitize_rules *sanitize_default_rules(void);

/* True when a value under this key is masked. */
bool sanitize_is_secret_key(const struct sanitize_rules *rules, struct text key);

/* In place; new texts are in the arena. Both return how many values were masked or cut. */
size_t sanitize_attributes(const struct sanitize_rules *rules, struct attributes *attributes,
                           struct arena *arena);
size_t sanitize_text(const struct sanitize_rules *rules, struct text *text, struct arena *arena);

#endif
