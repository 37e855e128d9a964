/* utf8 — well-formed UTF-8, in and out. */
#include "ingest/client/utf8.h"

#include <stdbool.h>

/* The end mark stops every look-ahead, since it is no continuation byte. */
size_t utf8_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (at[0] < 0x80) {
        return 1;
    }
    size_t length = at[0] < 0xC2 || at[0] > 0xF4 ? 0 : at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xF0 && at[1] < 0x90);
    bool surrogate = at[0] == 0xED && at[1] > 0x9F;
    bool beyond = at[0] == 0xF4 && at[1] > 0x8F;
    return length > 0 && (overlong || surrogate || beyond) ? 0 : length;
}

size_t utf8_write(char target[4], uint32_t code)
{
    if (code < 0x80) {
        target[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char marks[] = {[2] = 0xC0, [3] = 0xE0, [4] = 0xF0};
    for (size_t i = length - 1; i > 0; i--) {
        target[i] = (char)(0x80 | (code & 0x3F));
        code >>= 6;
    }
    target[0] = (char)(marks[length] | code);
    return length;
}
