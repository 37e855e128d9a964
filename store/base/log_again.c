/* log_again — a few things that may happen a thousand times a second. */
#include "store/base/log_again.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/log.h"

static const int64_t reminder_ns = 60 * NS_PER_S;

void log_again_init(struct log_again *again, const char *prefix)
{
    *again = (struct log_again){.prefix = prefix};
    pthread_mutex_init(&again->lock, NULL);
}

void log_again_clear(struct log_again *again)
{
    pthread_mutex_destroy(&again->lock);
}

/* The place of that text, or the one that was needed least. */
static struct log_again_text *find(struct log_again *again, const char *text)
{
    struct log_again_text *oldest = &again->texts[0];
    for (size_t i = 0; i < LOG_AGAIN_TEXTS; i++) {
        struct log_again_text *place = &again->texts[i];
        if (place->next_ns != 0 && strncmp(place->text, text, sizeof place->text - 1) == 0) {
            return place;
        }
        oldest = place->next_ns < oldest->next_ns ? place : oldest;
    }
    *oldest = (struct log_again_text){.times = 0};
    snprintf(oldest->text, sizeof oldest->text, "%s", text);
    return oldest;
}

void log_again(struct log_again *again, const char *text)
{
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&again->lock);
    struct log_again_text *place = find(again, text);
    place->times++;
    uint64_t times = now_ns >= place->next_ns ? place->times : 0;
    if (times > 0) {
        place->times = 0;
        place->next_ns = now_ns + reminder_ns;
    }
    pthread_mutex_unlock(&again->lock);
    if (times > 1) {
        log_line("%s: %s, %" PRIu64 " times", again->prefix, text, times);
    } else if (times > 0) {
        log_line("%s: %s", again->prefix, text);
    }
}
