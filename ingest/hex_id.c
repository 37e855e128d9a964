/* hex_id — ids in hex digits whose leading zeros may be missing, as Zipkin and Jaeger write them.
 */
#include "ingest/hex_id.h"

#include <string.h>

enum { SHORT_DIGITS = 16, LONG_DIGITS = 32 };

static bool is_hex(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] == '\0' || strchr("0123456789abcdefABCDEF", text.data[i]) == NULL) {
            return false;
        }
    }
    return text.length > 0;
}

/* The digits with zeros in front, in `padded`. */
static struct text pad(struct text digits, char padded[LONG_DIGITS])
{
    size_t length = digits.length <= SHORT_DIGITS ? SHORT_DIGITS : LONG_DIGITS;
    memset(padded, '0', length);
    memcpy(padded + length - digits.length, digits.data, digits.length);
    bool upper_zero =
        length == LONG_DIGITS && memcmp(padded, "0000000000000000", SHORT_DIGITS) == 0;
    return upper_zero ? text_make(padded + SHORT_DIGITS, SHORT_DIGITS) : text_make(padded, length);
}

enum err hex_id_parse_trace(struct text digits, struct id *ret_id)
{
    char padded[LONG_DIGITS];
    if (digits.length > LONG_DIGITS || !is_hex(digits)) {
        return ERR_LIMIT;
    }
    return id_parse_trace(pad(digits, padded), ret_id);
}

enum err hex_id_parse_span(struct text digits, struct id *ret_id)
{
    char padded[LONG_DIGITS];
    if (digits.length > SHORT_DIGITS || !is_hex(digits)) {
        return ERR_LIMIT;
    }
    return id_parse_span(pad(digits, padded), ret_id);
}
