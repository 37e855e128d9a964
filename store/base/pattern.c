/* pattern — globs and regular expressions whose cost has a bound. */
#include "store/base/pattern.h"

#include <string.h>

enum { PATTERN_LARGEST_BYTES = 256, REPEATS_LARGEST = 1000 };

/* libc expands "(x{100}){100}" into 10,000 copies and searches back-references in exponential time:
 * both are refused before it sees them. */
static enum err check_cost(struct text pattern, struct err_msg *why)
{
    uint64_t copies = 1;
    for (size_t i = 0; i < pattern.length; i++) {
        if (pattern.data[i] == '\\' && i + 1 < pattern.length) {
            i++;
            if (pattern.data[i] >= '1' && pattern.data[i] <= '9') {
                return err_set(why, ERR_PARSE, "back-references like \\1 are not supported");
            }
        } else if (pattern.data[i] == '{') {
            uint64_t largest = 1;
            uint64_t number = 0;
            for (i++; i < pattern.length && pattern.data[i] != '}'; i++) {
                bool digit = pattern.data[i] >= '0' && pattern.data[i] <= '9';
                number = digit ? number * 10 + (uint64_t)(pattern.data[i] - '0') : 0;
                number = number < REPEATS_LARGEST ? number : REPEATS_LARGEST + 1;
                largest = number > largest ? number : largest;
            }
            copies *= largest;
            if (copies > REPEATS_LARGEST) {
                return err_set(why, ERR_LIMIT, "the expression repeats more than %d times",
                               REPEATS_LARGEST);
            }
        }
    }
    return ERR_OK;
}

enum err pattern_compile(struct text pattern, int flags, regex_t *ret_regex, struct err_msg *why)
{
    char terminated[PATTERN_LARGEST_BYTES + 1];
    if (pattern.length > PATTERN_LARGEST_BYTES) {
        return err_set(why, ERR_LIMIT, "the expression is longer than %d bytes",
                       PATTERN_LARGEST_BYTES);
    }
    enum err err = check_cost(pattern, why);
    if (err != ERR_OK) {
        return err;
    }
    memcpy(terminated, pattern.data, pattern.length);
    terminated[pattern.length] = '\0';
    int code = regcomp(ret_regex, terminated, REG_EXTENDED | flags);
    if (code != 0) {
        char reason[128];
        regerror(code, NULL, reason, sizeof reason);
        return err_set(why, ERR_PARSE, "the expression is wrong: %s", reason);
    }
    return ERR_OK;
}

bool pattern_matches_regex(const regex_t *regex, struct text text)
{
    /* REG_STARTEND: the text is not terminated. */
    regmatch_t range = {.rm_so = 0, .rm_eo = (regoff_t)text.length};
    return regexec(regex, text.data != NULL ? text.data : "", 1, &range, REG_STARTEND) == 0;
}

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Only the last star is ever tried again, so the time is at most pattern times text. */
bool pattern_matches_glob(struct text pattern, struct text text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* behind the last star, and what it has swallowed up to */
    size_t swallowed = 0;
    while (t < text.length) {
        uint32_t rune;
        size_t length = text_rune(text_make(text.data + t, text.length - t), &rune);
        if (p < pattern.length && pattern.data[p] == '*') {
            star = ++p;
            swallowed = t;
        } else if (p < pattern.length && pattern.data[p] == '?') {
            p++;
            t += length;
        } else if (p < pattern.length && fold(pattern.data[p]) == fold(text.data[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star;
            t = ++swallowed;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.data[p] == '*') {
        p++;
    }
    return p == pattern.length;
}
