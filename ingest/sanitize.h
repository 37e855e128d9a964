/* sanitize — masks secrets and cuts long SQL before anything reaches the disk.
 *
 * Masked are: values whose key has a secret's name as one of its words ("db.password",
 * "X-Api-Key", "accessToken") or that follow the name of a secret header in a list, what stands
 * behind such a name in a text (sanitize_pairs.h), and what shows by its form: card numbers, tokens
 * (sanitize_form.h). Keys that only speak about a secret ("token_count") and session ids stay.
 *
 *     struct sanitize_rules rules = *sanitize_default_rules();
 *     sanitize_add_key(&rules, "customer.*", &why);
 *     ...
 *     sanitize_rules_clear(&rules); */
#ifndef TRACETUI_INGEST_SANITIZE_H
#define TRACETUI_INGEST_SANITIZE_H

#include "ingest/attributes.h"
#include "store/base/expression.h"

enum { SANITIZE_RULES_LARGEST = 16 };

struct sanitize_rules {
    bool off;                 /* store everything as it was sent */
    size_t sql_limit_chars;   /* longer statements end in "..." */
    size_t param_limit_chars; /* longer strings in "params" become "[TRUNCATED]" */
    /* what the user wants masked beyond the built-in secrets */
    struct text keys[SANITIZE_RULES_LARGEST];
    size_t key_count;
    struct expression *values[SANITIZE_RULES_LARGEST];
    size_t value_count;
};

const struct sanitize_rules *sanitize_default_rules(void);

/* Adds a kind of key: a name that is one of the key's words ("iban"), or a glob for the whole key
 * ("customer.*"). Owns: key is borrowed. Errors: ERR_PARSE, ERR_LIMIT. */
enum err sanitize_add_key(struct sanitize_rules *rules, const char *key,
                          struct err_msg *why) MUST_CHECK;
/* Adds an expression (expression.h): what matches it in any text is masked. The time stays in
 * proportion to the text: of one that would take longer all is masked that was not searched yet.
 * Errors: ERR_PARSE, ERR_LIMIT. */
enum err sanitize_add_value(struct sanitize_rules *rules, const char *expression,
                            struct err_msg *why) MUST_CHECK;
/* Frees what was added. */
void sanitize_rules_clear(struct sanitize_rules *rules);

/* True when a value under this key is masked. */
bool sanitize_is_secret_key(const struct sanitize_rules *rules, struct text key);

/* In place; new texts are in the arena. Both return how many values were masked or cut. */
size_t sanitize_attributes(const struct sanitize_rules *rules, struct attributes *attributes,
                           struct arena *arena);
size_t sanitize_text(const struct sanitize_rules *rules, struct text *text, struct arena *arena);
/* Only what the user's expressions match: for texts that are no secret by themselves. */
size_t sanitize_label(const struct sanitize_rules *rules, struct text *text, struct arena *arena);

#endif
