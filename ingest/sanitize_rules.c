/* sanitize_rules — what is masked: the built-in limits, and the keys and expressions of the user.
 */
#include <string.h>

#include "ingest/masking.h"
#include "ingest/sanitize.h"
#include "ingest/wire.h"
#include "store/base/pattern.h"

/* Of a long text pieces are searched, each with the end of the one before: libc may look from each
 * byte to the end of what it is given. */
enum { PIECE_BYTES = 1024, OVERLAP_BYTES = 256, KEY_LARGEST_BYTES = 128 };

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
    regex_t *regex = &rules->values[rules->value_count];
    enum err err = pattern_compile(text_from(expression), 0, regex, why);
    if (err == ERR_OK && regexec(regex, "", 0, NULL, 0) == 0) {
        regfree(regex);
        err = err_set(why, ERR_PARSE, "the expression matches everything: it matches no text too");
    }
    rules->value_count += err == ERR_OK;
    return err;
}

void sanitize_rules_clear(struct sanitize_rules *rules)
{
    while (rules->value_count > 0) {
        regfree(&rules->values[--rules->value_count]);
    }
    rules->key_count = 0;
}

/* The first match in the text from `at` on. A piece's end is not the text's: what could go on
 * behind it is left to the next piece, unless it is longer than the overlap. */
static bool find(const regex_t *regex, struct text text, size_t at, size_t *ret_start,
                 size_t *ret_end)
{
    for (size_t from = at;; from += PIECE_BYTES - OVERLAP_BYTES) {
        size_t left = text.length - from;
        bool last = left <= PIECE_BYTES;
        size_t end = last ? text.length : from + PIECE_BYTES;
        regmatch_t range = {.rm_so = (regoff_t)from, .rm_eo = (regoff_t)end};
        int flags = REG_STARTEND | (last ? 0 : REG_NOTEOL) | (from > 0 ? REG_NOTBOL : 0);
        if (regexec(regex, text.data, 1, &range, flags) == 0 && range.rm_eo > range.rm_so) {
            size_t start = (size_t)range.rm_so;
            if (last || (size_t)range.rm_eo < end || start == from || start < end - OVERLAP_BYTES) {
                *ret_start = start;
                *ret_end = (size_t)range.rm_eo;
                return true;
            }
        }
        if (last) {
            return false;
        }
    }
}

static size_t mask_matches(const regex_t *regex, struct text *text, struct arena *arena)
{
    struct masking masking = {.text = *text};
    size_t start, end;
    while (masking.kept < text->length && find(regex, *text, masking.kept, &start, &end)) {
        masking_range(&masking, start, end);
    }
    return masking_end(&masking, text, arena);
}

size_t sanitize_label(const struct sanitize_rules *rules, struct text *text, struct arena *arena)
{
    size_t found = 0;
    for (size_t i = 0; i < rules->value_count && !rules->off; i++) {
        found += mask_matches(&rules->values[i], text, arena);
    }
    return found;
}
