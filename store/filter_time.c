/* filter_time — moments and durations as the query language writes them. */
#include "store/filter_time.h"

#include <stdio.h>
#include <time.h>

#include "store/base/clock.h"
#include "store/filter.h"

enum { FRACTION_DIGITS = 9 };

static const struct {
    const char *name;
    int64_t ns;
} units[] = {
    {"ns", 1},
    {"us", NS_PER_US},
    {"\xC2\xB5s", NS_PER_US}, /* the micro sign, and the Greek letter */
    {"\xCE\xBCs", NS_PER_US},
    {"ms", NS_PER_MS},
    {"s", NS_PER_S},
    {"m", 60 * NS_PER_S},
    {"h", 3600 * NS_PER_S},
    {"d", NS_PER_DAY},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Takes a run of digits from the front. */
static struct text take_digits(struct text *rest)
{
    size_t length = 0;
    while (length < rest->length && is_digit(rest->data[length])) {
        length++;
    }
    struct text digits = text_make(rest->data, length);
    *rest = text_make(rest->data + length, rest->length - length);
    return digits;
}

static bool take_char(struct text *rest, char c)
{
    if (rest->length == 0 || rest->data[0] != c) {
        return false;
    }
    *rest = text_make(rest->data + 1, rest->length - 1);
    return true;
}

/* ---- durations ---- */

/* The fraction ".25" of a unit; digits below a nanosecond are dropped. */
static int64_t fraction_ns(struct text digits, int64_t unit_ns)
{
    __int128 value = 0;
    __int128 scale = 1;
    for (size_t i = 0; i < digits.length && i < 18; i++) {
        value = value * 10 + (digits.data[i] - '0');
        scale *= 10;
    }
    return (int64_t)(value * unit_ns / scale);
}

/* One "number unit" pair from the front, added to the sum. bare_ns is the unit of a number without
 * one, 0 if it needs one. */
static enum err take_part(struct text *rest, int64_t bare_ns, int64_t *sum, struct text *ret_unit)
{
    struct text whole = take_digits(rest);
    struct text fraction = {0};
    if (take_char(rest, '.')) {
        fraction = take_digits(rest);
        if (fraction.length == 0) {
            return ERR_PARSE;
        }
    }
    uint64_t number = 0;
    enum err err = whole.length > 0 ? text_parse_u64(whole, &number) : ERR_OK;
    if (err != ERR_OK || whole.length + fraction.length == 0) {
        return err != ERR_OK ? err : ERR_PARSE;
    }
    size_t length = 0;
    while (length < rest->length && !is_digit(rest->data[length])) {
        length++;
    }
    struct text unit = text_make(rest->data, length);
    int64_t unit_ns = length == 0 ? bare_ns : 0;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (text_is(unit, units[i].name)) {
            unit_ns = units[i].ns;
        }
    }
    if (unit_ns == 0) {
        *ret_unit = unit;
        return ERR_PARSE;
    }
    *rest = text_make(rest->data + length, rest->length - length);
    int64_t part;
    if (number > INT64_MAX || __builtin_mul_overflow((int64_t)number, unit_ns, &part) ||
        __builtin_add_overflow(part, fraction_ns(fraction, unit_ns), &part) ||
        __builtin_add_overflow(*sum, part, sum)) {
        return ERR_LIMIT;
    }
    return ERR_OK;
}

enum err duration_parse(struct text text, int64_t *ret_ns, struct text *ret_bad_unit)
{
    int64_t sum = 0;
    struct text unit = {0};
    struct text rest = text;
    int64_t bare_ns = NS_PER_MS; /* only a number that stands alone may lack its unit */
    enum err err = ERR_OK;
    do {
        err = take_part(&rest, bare_ns, &sum, &unit);
        bare_ns = 0;
    } while (err == ERR_OK && rest.length > 0);
    if (err == ERR_OK) {
        *ret_ns = sum;
    } else if (ret_bad_unit != NULL) {
        *ret_bad_unit = unit;
    }
    return err;
}

static struct text print_scaled(char target[DURATION_BYTES], int64_t ns, int64_t unit_ns,
                                const char *unit)
{
    int digits = 0;
    for (int64_t scale = unit_ns; scale > 1; scale /= 10) {
        digits++;
    }
    int64_t fraction = ns % unit_ns;
    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    int length;
    if (digits == 0) {
        length = snprintf(target, DURATION_BYTES, "%lld%s", (long long)(ns / unit_ns), unit);
    } else {
        length = snprintf(target, DURATION_BYTES, "%lld.%0*lld%s", (long long)(ns / unit_ns),
                          digits, (long long)fraction, unit);
    }
    return text_make(target, (size_t)length);
}

struct text duration_print(char target[DURATION_BYTES], int64_t ns)
{
    static const struct {
        const char *name;
        int64_t ns;
    } whole[] = {{"d", NS_PER_DAY}, {"h", 3600 * NS_PER_S}, {"m", 60 * NS_PER_S}};
    for (size_t i = 0; i < ARRAY_LEN(whole) && ns > 0; i++) {
        if (ns % whole[i].ns == 0) {
            return print_scaled(target, ns / whole[i].ns, 1, whole[i].name);
        }
    }
    if (ns >= NS_PER_S) {
        return print_scaled(target, ns, NS_PER_S, "s");
    }
    if (ns >= NS_PER_MS || ns == 0) {
        return print_scaled(target, ns, NS_PER_MS, "ms");
    }
    return ns >= NS_PER_US ? print_scaled(target, ns, NS_PER_US, "us")
                           : print_scaled(target, ns, 1, "ns");
}

/* ---- moments ---- */

/* Exactly `digits` digits with a value in low..high. */
static bool take_number(struct text *rest, size_t digits, int low, int high, int *ret_value)
{
    int value = 0;
    if (rest->length < digits) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(rest->data[i])) {
            return false;
        }
        value = value * 10 + (rest->data[i] - '0');
    }
    *rest = text_make(rest->data + digits, rest->length - digits);
    *ret_value = value;
    return value >= low && value <= high;
}

/* "14:03", "14:03:20", "14:03:20.412" to ns since midnight. */
static bool take_clock(struct text *rest, int64_t *ret_ns)
{
    int hour = 0;
    int minute = 0;
    int second = 0;
    int64_t fraction = 0;
    if (!take_number(rest, 2, 0, 23, &hour) || !take_char(rest, ':') ||
        !take_number(rest, 2, 0, 59, &minute)) {
        return false;
    }
    if (take_char(rest, ':')) {
        if (!take_number(rest, 2, 0, 59, &second)) {
            return false;
        }
        if (take_char(rest, '.')) {
            struct text digits = take_digits(rest);
            if (digits.length == 0) {
                return false;
            }
            fraction = fraction_ns(digits, NS_PER_S);
        }
    }
    *ret_ns = (hour * INT64_C(3600) + minute * INT64_C(60) + second) * NS_PER_S + fraction;
    return true;
}

/* "Z" or "+01:00" to the zone's distance from UTC; nothing means the local zone. */
static bool take_zone(struct text *rest, bool *ret_local, int64_t *ret_seconds)
{
    int hours = 0;
    int minutes = 0;
    *ret_seconds = 0;
    *ret_local = rest->length == 0;
    if (*ret_local || take_char(rest, 'Z')) {
        return true;
    }
    int sign = take_char(rest, '+') ? 1 : take_char(rest, '-') ? -1 : 0;
    if (sign == 0 || !take_number(rest, 2, 0, 14, &hours)) {
        return false;
    }
    take_char(rest, ':');
    if (!take_number(rest, 2, 0, 59, &minutes)) {
        return false;
    }
    *ret_seconds = sign * (hours * INT64_C(3600) + minutes * INT64_C(60));
    return true;
}

static bool parse_date(struct text text, int64_t *ret_ns)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = 0;
    int month = 0;
    int day = 0;
    int64_t clock_ns = 0;
    bool local = true;
    int64_t zone_seconds = 0;
    if (!take_number(&text, 4, 1970, 2261, &year) || !take_char(&text, '-') ||
        !take_number(&text, 2, 1, 12, &month) || !take_char(&text, '-') ||
        !take_number(&text, 2, 1, 31, &day)) {
        return false;
    }
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > days[month - 1] + (leap && month == 2)) {
        return false;
    }
    if (text.length > 0 && (take_char(&text, 'T') || take_char(&text, ' '))) {
        if (!take_clock(&text, &clock_ns)) {
            return false;
        }
    }
    if (!take_zone(&text, &local, &zone_seconds) || text.length > 0) {
        return false;
    }
    struct tm fields = {
        .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
    int64_t seconds_of_day = clock_ns / NS_PER_S;
    if (local) { /* mktime wants the clock too: the zone may change within the day */
        fields.tm_hour = (int)(seconds_of_day / 3600);
        fields.tm_min = (int)(seconds_of_day / 60 % 60);
        fields.tm_sec = (int)(seconds_of_day % 60);
    }
    int64_t seconds = local ? mktime(&fields) : timegm(&fields) + seconds_of_day - zone_seconds;
    *ret_ns = seconds * NS_PER_S + clock_ns % NS_PER_S;
    return *ret_ns >= 0;
}

/* Digits since the epoch: their number tells the unit until the year 5138. */
static bool parse_epoch(struct text text, int64_t *ret_ns)
{
    static const struct {
        size_t digits;
        int64_t ns;
    } forms[] = {{11, NS_PER_S}, {14, NS_PER_MS}, {17, NS_PER_US}, {19, 1}};
    uint64_t number;
    if (text.length < 10 || text_parse_u64(text, &number) != ERR_OK || number > INT64_MAX) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (text.length <= forms[i].digits) {
            return !__builtin_mul_overflow((int64_t)number, forms[i].ns, ret_ns);
        }
    }
    return false;
}

static enum err parse_relative(struct text text, int64_t *ret_number, struct err_msg *why)
{
    struct text unit = {0};
    bool future = take_char(&text, '+');
    if (!future) {
        take_char(&text, '-');
    }
    uint64_t bare;
    if (text_parse_u64(text, &bare) == ERR_OK) {
        return err_set(why, ERR_PARSE, "this time needs a unit: use s m h d, like 15m");
    }
    enum err err = duration_parse(text, ret_number, &unit);
    if (err == ERR_OK) {
        *ret_number = future ? *ret_number : -*ret_number;
        return ERR_OK;
    }
    if (unit.length > 0 && text.length > 0 && is_digit(text.data[0])) {
        return err_set(why, ERR_PARSE, "unknown unit \"%.*s\": use us ms s m h d",
                       TEXT_ARGS(text_make(unit.data, text_cut(unit, 20))));
    }
    return err_set(why, ERR_PARSE, "a time was expected, like 1h 14:00 2025-11-20T14:03Z");
}

enum err filter_time_parse(struct text text, struct filter_time *ret_time, struct err_msg *why)
{
    struct filter_time time = {.form = TIME_ABSOLUTE};
    struct text rest = text;
    if (text_is(text, "now")) {
        time.form = TIME_RELATIVE;
    } else if (text.length >= 3 && text.data[2] == ':') {
        time.form = TIME_OF_DAY;
        if (!take_clock(&rest, &time.number) || rest.length > 0) {
            return err_set(why, ERR_PARSE, "a time of day was expected, like 14:03 or 14:03:20");
        }
    } else if (text.length >= 8 && text.data[4] == '-') {
        if (!parse_date(text, &time.number)) {
            return err_set(why, ERR_PARSE, "a date was expected, like 2025-11-20T14:03Z");
        }
    } else if (!parse_epoch(text, &time.number)) {
        time.form = TIME_RELATIVE;
        enum err err = parse_relative(text, &time.number, why);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_time = time;
    return ERR_OK;
}

/* ":20.5" behind hours and minutes, or nothing for a whole minute; returns the new length. */
static size_t print_seconds(char *target, size_t size, size_t length, int64_t ns)
{
    int64_t second = ns / NS_PER_S % 60;
    int64_t fraction = ns % NS_PER_S;
    if (second == 0 && fraction == 0) {
        return length;
    }
    length += (size_t)snprintf(target + length, size - length, ":%02d", (int)second);
    if (fraction != 0) {
        int digits = FRACTION_DIGITS;
        for (; fraction % 10 == 0; digits--) {
            fraction /= 10;
        }
        length += (size_t)snprintf(target + length, size - length, ".%0*d", digits, (int)fraction);
    }
    return length;
}

static size_t print_date(char target[FILTER_TIME_BYTES], int64_t ns)
{
    struct tm fields = {0};
    time_t seconds = ns / NS_PER_S;
    gmtime_r(&seconds, &fields);
    size_t length = strftime(target, FILTER_TIME_BYTES, "%Y-%m-%dT%H:%M", &fields);
    length = print_seconds(target, FILTER_TIME_BYTES, length, ns);
    target[length++] = 'Z';
    return length;
}

struct text filter_time_print(char target[FILTER_TIME_BYTES], const struct filter_time *time,
                              bool minus_sign)
{
    char duration[DURATION_BYTES];
    size_t length = 0;
    switch (time->form) {
    case TIME_RELATIVE:
        if (time->number == 0) {
            return TEXT("now");
        }
        duration_print(duration, time->number < 0 ? -time->number : time->number);
        length = (size_t)snprintf(target, FILTER_TIME_BYTES, "%s%s",
                                  time->number > 0 ? "+"
                                  : minus_sign     ? "-"
                                                   : "",
                                  duration);
        break;
    case TIME_OF_DAY: {
        int64_t minutes = time->number / (60 * NS_PER_S);
        length = (size_t)snprintf(target, FILTER_TIME_BYTES, "%02d:%02d", (int)(minutes / 60),
                                  (int)(minutes % 60));
        length = print_seconds(target, FILTER_TIME_BYTES, length, time->number);
        break;
    }
    case TIME_ABSOLUTE:
        length = print_date(target, time->number);
        break;
    }
    return text_make(target, length);
}
