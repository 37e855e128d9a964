/* amount — ages and sizes as people write them on a command line. */
#include "tui/amount.h"

#include <ctype.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/text.h"

/* "12h" to 12 and the unit 'h'; a bare number has unit 0. */
static enum err split_unit(const char *text, int64_t *ret_number, char *ret_unit)
{
    size_t length = strlen(text);
    char unit = length > 0 && isalpha((unsigned char)text[length - 1]) ? text[length - 1] : '\0';
    enum err err = text_parse_i64(text_make(text, length - (unit != '\0')), ret_number);
    *ret_unit = unit;
    return err == ERR_OK && *ret_number < 0 ? ERR_PARSE : err;
}

static enum err scale(int64_t number, int64_t factor, int64_t *ret_value)
{
    return __builtin_mul_overflow(number, factor, ret_value) ? ERR_LIMIT : ERR_OK;
}

enum err amount_parse_age(const char *text, int64_t *ret_ns)
{
    int64_t number = 0;
    char unit = '\0';
    if (split_unit(text, &number, &unit) != ERR_OK) {
        return ERR_PARSE;
    }
    switch (unit) {
    case '\0':
        return number == 0 ? scale(0, 1, ret_ns) : ERR_PARSE;
    case 's':
        return scale(number, NS_PER_S, ret_ns);
    case 'm':
        return scale(number, 60 * NS_PER_S, ret_ns);
    case 'h':
        return scale(number, 3600 * NS_PER_S, ret_ns);
    case 'd':
        return scale(number, NS_PER_DAY, ret_ns);
    case 'w':
        return scale(number, 7 * NS_PER_DAY, ret_ns);
    default:
        return ERR_PARSE;
    }
}

enum err amount_parse_size(const char *text, int64_t *ret_bytes)
{
    int64_t number = 0;
    char unit = '\0';
    if (split_unit(text, &number, &unit) != ERR_OK) {
        return ERR_PARSE;
    }
    switch (toupper((unsigned char)unit)) {
    case '\0':
        return scale(number, 1, ret_bytes);
    case 'K':
        return scale(number, INT64_C(1) << 10, ret_bytes);
    case 'M':
        return scale(number, INT64_C(1) << 20, ret_bytes);
    case 'G':
        return scale(number, INT64_C(1) << 30, ret_bytes);
    case 'T':
        return scale(number, INT64_C(1) << 40, ret_bytes);
    default:
        return ERR_PARSE;
    }
}

enum err amount_parse_rate(const char *text, int64_t *ret_per_minute)
{
    int64_t number = 0;
    const char *slash = strchr(text, '/');
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    bool second = slash != NULL && strcmp(slash, "/s") == 0;
    bool minute = slash == NULL || strcmp(slash, "/min") == 0 || strcmp(slash, "/m") == 0;
    if (text_parse_i64(text_make(text, length), &number) != ERR_OK || number < 1 ||
        (!second && !minute)) {
        return ERR_PARSE;
    }
    return scale(number, second ? 60 : 1, ret_per_minute);
}
