/* glob — patterns with * and ?. */
#include "store/base/glob.h"

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Only the last star is ever tried again, so the time is at most pattern times text. */
bool glob_matches(struct text pattern, struct text text)
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
