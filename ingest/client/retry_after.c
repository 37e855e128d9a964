/* retry_after — the header Retry-After: seconds, or a date (RFC 9110, 5.6.7 and 10.2.3). */
#include "ingest/client/retry_after.h"

#include <stdio.h>
#include <string.h>

enum { YEAR_FIRST = 1970, DIGITS_LARGEST = 9 };

struct date {
    int year, month, day, hour, minute, second;
};

static int month_of(const char *name)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int i = 0; i < 12; i++) {
        if (memcmp(name, names + (size_t)i * 3, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

/* Days since the epoch in the proleptic Gregorian calendar, counted from March. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t m = month <= 2 ? month + 9 : month - 3;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

/* The three forms that a recipient must read: IMF-fixdate, RFC 850's, asctime's. */
static int64_t seconds_of(const char *text)
{
    struct date date = {0};
    char month[4] = "";
    int fields = sscanf(text, "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &date.day, month, &date.year,
                        &date.hour, &date.minute, &date.second);
    if (fields != 6) {
        fields = sscanf(text, "%*[A-Za-z], %2d-%3s-%2d %2d:%2d:%2d GMT", &date.day, month,
                        &date.year, &date.hour, &date.minute, &date.second);
        date.year += date.year < 70 ? 2000 : 1900;
    }
    if (fields != 6) {
        fields = sscanf(text, "%*3s %3s %2d %2d:%2d:%2d %4d", month, &date.day, &date.hour,
                        &date.minute, &date.second, &date.year);
    }
    date.month = month_of(month);
    if (fields != 6 || date.month == 0 || date.year < YEAR_FIRST || date.day < 1 || date.day > 31 ||
        date.hour < 0 || date.minute < 0 || date.second < 0) {
        return -1;
    }
    return days_of(date.year, date.month, date.day) * 86400 + date.hour * 3600 + date.minute * 60 +
           date.second;
}

int64_t retry_after_ms(const char *text, int64_t now_s)
{
    size_t digits = strspn(text, "0123456789");
    if (digits > 0) {
        int64_t seconds = 0;
        for (size_t i = 0; i < digits && i < DIGITS_LARGEST; i++) {
            seconds = seconds * 10 + (text[i] - '0');
        }
        return seconds * 1000;
    }
    int64_t at_s = seconds_of(text);
    return at_s < 0 ? -1 : at_s > now_s ? (at_s - now_s) * 1000 : 0;
}
