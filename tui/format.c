/* format — numbers for people: durations, counts, bytes, times. Integers only: what is printed
 * depends on no locale and no rounding of doubles. */
#include "tui/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "store/base/clock.h"

static struct text print(char target[FORMAT_BYTES], const char *format, ...) PRINTF_LIKE(2);

static struct text print(char target[FORMAT_BYTES], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(target, FORMAT_BYTES, format, args);
    va_end(args);
    return text_make(target, length < FORMAT_BYTES ? (size_t)length : FORMAT_BYTES - 1);
}

/* INT64_MIN included. */
static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

/* value / unit with `digits` significant digits: "1.28", "12.8", "128". Rounds half up. Returns
 * false when the rounded value reaches limit units: the caller takes the next unit. */
static bool scaled(char target[FORMAT_BYTES], uint64_t value, uint64_t unit, int digits,
                   uint64_t limit)
{
    int decimals = digits - 1;
    uint64_t power = 1; /* 10 to the decimals */
    for (int i = 0; i < decimals; i++) {
        power *= 10;
    }
    for (;;) {
        unsigned __int128 rounded = ((unsigned __int128)value * power + unit / 2) / unit;
        uint64_t whole = (uint64_t)(rounded / power);
        uint64_t next = 10;
        for (int i = decimals; i < digits - 1; i++) {
            next *= 10;
        }
        if (decimals > 0 && whole >= next) {
            decimals--;
            power /= 10;
            continue;
        }
        if (decimals > 0) {
            print(target, "%llu.%0*llu", (unsigned long long)whole, decimals,
                  (unsigned long long)(rounded % power));
        } else {
            print(target, "%llu", (unsigned long long)whole);
        }
        return whole < limit;
    }
}

/* "2m05s": two neighbouring units, rounded to the smaller. False when it reaches limit. */
static bool paired(char target[FORMAT_BYTES], uint64_t ns, uint64_t small_ns, uint64_t ratio,
                   const char *names, uint64_t limit)
{
    uint64_t count = ns / small_ns + (ns % small_ns >= small_ns / 2);
    print(target, "%llu%c%02llu%c", (unsigned long long)(count / ratio), names[0],
          (unsigned long long)(count % ratio), names[1]);
    return count / ratio < limit;
}

struct text format_duration(char target[FORMAT_BYTES], int64_t ns, bool ascii)
{
    enum { DAYS_WITH_HOURS = 1000 };
    const struct {
        const char *name;
        uint64_t ns, limit;
    } units[] = {
        {ascii ? "us" : "\xC2\xB5s", NS_PER_US, 1000},
        {"ms", NS_PER_MS, 1000},
        {"s", NS_PER_S, 60},
    };
    char number[FORMAT_BYTES];
    const char *sign = ns < 0 ? "-" : "";
    uint64_t size = magnitude(ns);
    if (size < (uint64_t)NS_PER_US) {
        return size == 0 ? print(target, "0")
                         : print(target, "%s%llu%s", sign, (unsigned long long)size, "ns");
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (size < units[i].ns * units[i].limit &&
            scaled(number, size, units[i].ns, 3, units[i].limit)) {
            return print(target, "%s%s%s", sign, number, units[i].name);
        }
    }
    if (!paired(number, size, NS_PER_S, 60, "ms", 60) &&
        !paired(number, size, 60 * NS_PER_S, 60, "hm", 24) &&
        !paired(number, size, 3600 * NS_PER_S, 24, "dh", DAYS_WITH_HOURS)) {
        print(number, "%llud", (unsigned long long)(size / NS_PER_DAY));
    }
    return print(target, "%s%s", sign, number);
}

struct text format_count(char target[FORMAT_BYTES], int64_t count)
{
    static const struct {
        char name;
        int digits;
        uint64_t size;
    } units[] = {
        {'k', 2, 1000},          {'M', 3, 1000000},          {'G', 2, 1000000000},
        {'T', 2, 1000000000000}, {'P', 2, 1000000000000000}, {'E', 2, 1000000000000000000},
    };
    char number[FORMAT_BYTES];
    const char *sign = count < 0 ? "-" : "";
    uint64_t size = magnitude(count);
    if (size < 1000) {
        return print(target, "%s%llu", sign, (unsigned long long)size);
    }
    size_t unit = 0;
    while (!scaled(number, size, units[unit].size, units[unit].digits, 1000)) {
        unit++;
    }
    return print(target, "%s%s%c", sign, number, units[unit].name);
}

struct text format_exact(char target[FORMAT_BYTES], int64_t count)
{
    char digits[FORMAT_BYTES];
    size_t length = print(digits, "%llu", (unsigned long long)magnitude(count)).length;
    size_t at = 0;
    if (count < 0) {
        target[at++] = '-';
    }
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            target[at++] = ',';
        }
        target[at++] = digits[i];
    }
    target[at] = '\0';
    return text_make(target, at);
}

struct text format_size(char target[FORMAT_BYTES], int64_t bytes)
{
    static const char *const names[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    char number[FORMAT_BYTES];
    uint64_t size = magnitude(bytes);
    if (size < 1000) {
        return print(target, "%llu B", (unsigned long long)size);
    }
    uint64_t unit = 1000;
    size_t i = 0;
    while (!scaled(number, size, unit, 3, 1000)) {
        unit *= 1000;
        i++;
    }
    return print(target, "%s %s", number, names[i]);
}

static struct text print_time(char target[FORMAT_BYTES], const char *format, int64_t ns)
{
    struct tm fields = {0};
    int64_t milliseconds = ns / NS_PER_MS;
    time_t seconds = milliseconds / 1000;
    localtime_r(&seconds, &fields);
    size_t length = strftime(target, FORMAT_BYTES, format, &fields);
    int more = snprintf(target + length, FORMAT_BYTES - length, ".%03d",
                        (int)(milliseconds % 1000 < 0 ? 0 : milliseconds % 1000));
    return text_make(target, length + (size_t)more);
}

struct text format_clock(char target[FORMAT_BYTES], int64_t ns)
{
    return print_time(target, "%H:%M:%S", ns);
}

struct text format_date(char target[FORMAT_BYTES], int64_t ns)
{
    return print_time(target, "%Y-%m-%d %H:%M:%S", ns);
}

struct text format_ago(char target[FORMAT_BYTES], int64_t ns, int64_t now_ns)
{
    int64_t distance;
    if (__builtin_sub_overflow(now_ns, ns, &distance)) {
        distance = now_ns > ns ? INT64_MAX : INT64_MIN;
    }
    uint64_t seconds = magnitude(distance) / (uint64_t)NS_PER_S;
    uint64_t number = seconds < 60      ? seconds
                      : seconds < 3600  ? seconds / 60
                      : seconds < 86400 ? seconds / 3600
                                        : seconds / 86400;
    char unit = seconds < 60 ? 's' : seconds < 3600 ? 'm' : seconds < 86400 ? 'h' : 'd';
    if (seconds == 0) {
        return print(target, "now");
    }
    return print(target, distance > 0 ? "%llu%c ago" : "in %llu%c", (unsigned long long)number,
                 unit);
}

struct text format_percent(char target[FORMAT_BYTES], int64_t part, int64_t whole)
{
    if (whole <= 0 || part <= 0) {
        return print(target, "0%%");
    }
    int64_t tenths = (int64_t)(((__int128)part * 1000 + whole / 2) / whole);
    if (tenths == 0) {
        return print(target, "<0.1%%");
    }
    if (tenths == 1000 && part < whole) {
        tenths = 999; /* 100% is said only of all */
    }
    return tenths % 1000 == 0
               ? print(target, "%lld%%", (long long)(tenths / 10))
               : print(target, "%lld.%lld%%", (long long)(tenths / 10), (long long)(tenths % 10));
}
