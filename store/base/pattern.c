/* pattern — globs and regular expressions whose cost has a bound. */
#include "store/base/pattern.h"

#include <string.h>

enum { PATTERN_LARGEST_BYTES = 256, COPIES_LARGEST = 2000, STACKED_LARGEST = 16 };

/* What libc makes of a part of an expression. It writes "x{100}" out a hundred times and "x+"
 * twice, so that "(x{100}){100}" and "x++++++++++++++" grow beyond all memory; and it needs the
 * cube of the repetitions around one another, a second for 60 stars behind "(x|y)". */
struct extent {
    uint64_t copies;
    unsigned stacked; /* repetitions around one another */
};

/* Of each group around a place: all but its last atom, and that one. */
struct extents {
    struct extent before[PATTERN_LARGEST_BYTES + 1], last[PATTERN_LARGEST_BYTES + 1];
    size_t depth;
};

static struct extent group_extent(const struct extents *extents)
{
    const struct extent *before = &extents->before[extents->depth];
    const struct extent *last = &extents->last[extents->depth];
    return (struct extent){
        .copies = before->copies + last->copies,
        .stacked = before->stacked > last->stacked ? before->stacked : last->stacked,
    };
}

static void add_atom(struct extents *extents, struct extent atom)
{
    extents->before[extents->depth] = group_extent(extents);
    extents->last[extents->depth] = atom;
}

static void open_group(struct extents *extents)
{
    extents->depth++;
    extents->before[extents->depth] = (struct extent){0};
    extents->last[extents->depth] = (struct extent){.copies = 1};
}

static void close_group(struct extents *extents)
{
    if (extents->depth > 0) {
        struct extent group = group_extent(extents);
        extents->depth--;
        add_atom(extents, group);
    }
}

/* The larger number of "{2,100}"; moves *i to the brace that closes. */
static uint64_t repeats(struct text pattern, size_t *i)
{
    uint64_t largest = 1;
    uint64_t number = 0;
    for (++*i; *i < pattern.length && pattern.data[*i] != '}'; ++*i) {
        bool digit = pattern.data[*i] >= '0' && pattern.data[*i] <= '9';
        number = digit ? number * 10 + (uint64_t)(pattern.data[*i] - '0') : 0;
        number = number < COPIES_LARGEST ? number : COPIES_LARGEST + 1;
        largest = number > largest ? number : largest;
    }
    return largest;
}

/* Moves i from "[" to the bracket that closes: "[]a]", "[^]]", "[[:alpha:]]". */
static size_t skip_bracket(struct text pattern, size_t i)
{
    i += i + 1 < pattern.length && pattern.data[i + 1] == '^';
    i += i + 1 < pattern.length && pattern.data[i + 1] == ']';
    for (i++; i < pattern.length && pattern.data[i] != ']'; i++) {
        char kind = i + 1 < pattern.length ? pattern.data[i + 1] : '\0';
        if (pattern.data[i] == '[' && (kind == ':' || kind == '.' || kind == '=')) {
            for (i += 2; i + 1 < pattern.length; i++) {
                if (pattern.data[i] == kind && pattern.data[i + 1] == ']') {
                    i++;
                    break;
                }
            }
        }
    }
    return i;
}

/* Refused before libc sees them: expressions that grow, and back-references, which it searches in
 * exponential time. */
static enum err check_cost(struct text pattern, struct err_msg *why)
{
    static const struct extent one = {.copies = 1};
    struct extents extents = {.depth = 0};
    for (size_t i = 0; i < pattern.length; i++) {
        char c = pattern.data[i];
        struct extent *last = &extents.last[extents.depth];
        if (c == '\\' && i + 1 < pattern.length) {
            i++;
            if (pattern.data[i] >= '1' && pattern.data[i] <= '9') {
                return err_set(why, ERR_PARSE, "back-references like \\1 are not supported");
            }
            add_atom(&extents, one);
        } else if (c == '[') {
            i = skip_bracket(pattern, i);
            add_atom(&extents, one);
        } else if (c == '(') {
            open_group(&extents);
        } else if (c == ')') {
            close_group(&extents);
        } else if (c == '*' || c == '?' || c == '+' || c == '{') {
            last->copies *= c == '+' ? 2 : c == '{' ? repeats(pattern, &i) : 1;
            last->stacked++;
        } else {
            add_atom(&extents, one);
        }
        struct extent all = group_extent(&extents);
        if (all.copies > COPIES_LARGEST) {
            return err_set(why, ERR_LIMIT, "the expression repeats more than %d times",
                           COPIES_LARGEST);
        }
        if (all.stacked > STACKED_LARGEST) {
            return err_set(why, ERR_LIMIT, "the expression repeats repetitions more than %d deep",
                           STACKED_LARGEST);
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
            uint32_t ignored; /* whole characters: inside of one, ? would count its bytes */
            p = star;
            swallowed +=
                text_rune(text_make(text.data + swallowed, text.length - swallowed), &ignored);
            t = swallowed;
        } else {
            return false;
        }
    }
    while (p < pattern.length && pattern.data[p] == '*') {
        p++;
    }
    return p == pattern.length;
}
