/* sanitize_rules — what is masked: the built-in limits, and the keys and expressions of the user.
 */
#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize.h"
#include "ingest/wire.h"

/* A search may take this many steps for each byte, and that many for the first. */
enum { STEPS_PER_BYTE = 192, STEPS_FOR_ANY = 3000000, KEY_LARGEST_BYTES = 128 };

static const struct sanitize_rules default_rules = {
    .sql_limit_chars = WIRE_SQL_LIMIT_CHARS,
    .param_limit_chars = WIRE_PARAM_LIMIT_CHARS,
};

const struct sanitize_rules *sanitize_default_rules(void)
{
    return &default_rules;
}

enum err sanitize_add_key(struct sanitize_rules *rules, const char *key, struct err_msg *why)
{
    struct text text = text_trim(text_from(key));
    if (text.length == 0 || strspn(key, "*? ") == strlen(key)) {
        return err_set(why, ERR_PARSE, "a key or a glob like customer.* expected");
    }
    if (text.length > KEY_LARGEST_BYTES) {
        return err_set(why, ERR_LIMIT, "longer than %d bytes", KEY_LARGEST_BYTES);
    }
    if (rules->key_count == SANITIZE_RULES_LARGEST) {
        return err_set(why, ERR_LIMIT, "more than %d keys", SANITIZE_RULES_LARGEST);
    }
    rules->keys[rules->key_count++] = text;
    return ERR_OK;
}

enum err sanitize_add_value(struct sanitize_rules *rules, const char *expression,
                            struct err_msg *why)
{
    if (rules->value_count == SANITIZE_RULES_LARGEST) {
        return err_set(why, ERR_LIMIT, "more than %d expressions", SANITIZE_RULES_LARGEST);
    }
    struct expression **compiled = &rules->values[rules->value_count];
    enum err err = expression_compile(text_from(expression), compiled, why);
    if (err == ERR_OK && expression_matches(*compiled, TEXT(""))) {
        expression_free(*compiled);
        err = err_set(why, ERR_PARSE, "the expression matches everything: it matches no text too");
    }
    rules->value_count += err == ERR_OK;
    return err;
}

void sanitize_rules_clear(struct sanitize_rules *rules)
{
    while (rules->value_count > 0) {
        expression_free(rules->values[--rules->value_count]);
    }
    rules->key_count = 0;
}

static size_t mask_matches(const struct expression *expression, struct text *text,
                           struct arena *arena)
{
    if (!expression_matches(expression, *text)) {
        return 0;
    }
    struct masking masking = {.text = *text};
    uint64_t steps_left = STEPS_FOR_ANY + STEPS_PER_BYTE * (uint64_t)text->length;
    size_t start, end;
    while (masking.kept < text->length &&
           expression_find(expression, *text, masking.kept, &steps_left, &start, &end)) {
        masking_range(&masking, start, end);
    }
    return masking_end(&masking, text, arena);
}

size_t sanitize_label(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    size_t found = 0;
    for (size_t i = 0; i < rules->value_count && !rules->off; i++) {
        found += mask_matches(rules->values[i], text, arena);
    }
    return found;
}
