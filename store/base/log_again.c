/* log_again — what may happen a thousand times a second: once in a while, and how often. */
#include "store/base/log_again.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/log.h"

static const int64_t reminder_ns = 60 * NS_PER_S;

void log_again_init(struct log_again *again)
{
    *again = (struct log_again){.others.times = 0};
    pthread_mutex_init(&again->lock, NULL);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *behind_digits(const char *text)
{
    while (is_digit(*text)) {
        text++;
    }
    return text;
}

/* From the same sender, who stands in front, and no different but for numbers. */
static bool is_kind(const char *a, const char *b, size_t who_length)
{
    if (strncmp(a, b, who_length) != 0) {
        return false;
    }
    a += who_length;
    b += who_length;
    while (*a != '\0' && *b != '\0' && (*a == *b || (is_digit(*a) && is_digit(*b)))) {
        bool number = is_digit(*a);
        a = number ? behind_digits(a) : a + 1;
        b = number ? behind_digits(b) : b + 1;
    }
    return *a == *b;
}

/* The place of that kind, else a free one, else NULL. */
static struct log_again_kind *find(struct log_again *again, const char *text, size_t who_length)
{
    struct log_again_kind *free_place = NULL;
    for (size_t i = 0; i < LOG_AGAIN_KINDS; i++) {
        struct log_again_kind *kind = &again->kinds[i];
        if (kind->next_ns != 0 && is_kind(kind->text, text, who_length)) {
            return kind;
        }
        free_place = kind->next_ns == 0 ? kind : free_place;
    }
    return free_place;
}

/* Takes what may be said of that kind; 0 = nothing yet. */
static uint64_t take(struct log_again_kind *kind, int64_t now_ns)
{
    uint64_t times = now_ns >= kind->next_ns ? kind->times : 0;
    if (times > 0) {
        kind->times = 0;
        kind->next_ns = now_ns + reminder_ns;
    }
    return times;
}

static void say(const char *text, uint64_t times)
{
    if (times > 1) {
        log_line("%s, %" PRIu64 " times", text, times);
    } else if (times > 0) {
        log_line("%s", text);
    }
}

/* One kind that has not come again for a minute makes room. */
static void take_old(struct log_again *again, int64_t now_ns, struct log_again_kind *ret_old)
{
    for (size_t i = 0; i < LOG_AGAIN_KINDS; i++) {
        struct log_again_kind *kind = &again->kinds[i];
        if (kind->next_ns != 0 && now_ns >= kind->next_ns) {
            *ret_old = *kind;
            kind->next_ns = 0;
            kind->times = 0;
            return;
        }
    }
}

static void say_others(uint64_t times)
{
    if (times > 0) {
        log_line("and %" PRIu64 " more of other kinds", times);
    }
}

void log_again(struct log_again *again, const char *who, const char *what)
{
    if (again == NULL) {
        return;
    }
    char text[LOG_AGAIN_TEXT_BYTES];
    struct log_again_kind old = {.times = 0};
    uint64_t times = 0;
    snprintf(text, sizeof text, "%s: %s", who, what);
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&again->lock);
    struct log_again_kind *kind = find(again, text, strlen(who));
    if (kind == NULL) {
        take_old(again, now_ns, &old);
        kind = find(again, text, strlen(who));
    }
    if (kind != NULL) {
        memcpy(kind->text, text, sizeof text);
        kind->times++;
        times = take(kind, now_ns);
    } else if (again->others.times++ == 0) {
        again->others.next_ns = now_ns + reminder_ns;
    }
    uint64_t others = take(&again->others, now_ns);
    pthread_mutex_unlock(&again->lock);
    say(old.text, old.times);
    say(text, times);
    say_others(others);
}

/* Says what is due by then. */
static void say_due(struct log_again *again, int64_t by_ns)
{
    for (size_t i = 0; i < LOG_AGAIN_KINDS; i++) {
        pthread_mutex_lock(&again->lock);
        struct log_again_kind kind = again->kinds[i];
        uint64_t times = take(&again->kinds[i], by_ns);
        pthread_mutex_unlock(&again->lock);
        say(kind.text, times);
    }
    pthread_mutex_lock(&again->lock);
    uint64_t others = take(&again->others, by_ns);
    pthread_mutex_unlock(&again->lock);
    say_others(others);
}

void log_again_remind(struct log_again *again)
{
    say_due(again, clock_monotonic_ns());
}

void log_again_finish(struct log_again *again)
{
    say_due(again, clock_monotonic_ns() + reminder_ns);
}

void log_again_clear(struct log_again *again)
{
    pthread_mutex_destroy(&again->lock);
}
