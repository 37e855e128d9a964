/* counters — what happened since start, readable from every thread: the loss accounting. */
#include "store/counters.h"

#include <stdio.h>
#include <string.h>

#include "store/base/clock.h"

static const char *const reasons[REFUSED_COUNT] = {
    [REFUSED_SYNTAX] = "syntax",     [REFUSED_ID] = "id",         [REFUSED_TIME] = "time",
    [REFUSED_AGE] = "age",           [REFUSED_FIELD] = "field",   [REFUSED_SIZE] = "size",
    [REFUSED_TYPE] = "content_type", [REFUSED_ACCESS] = "access", [REFUSED_BUSY] = "busy",
    [REFUSED_STORE] = "store",
};

const char *refusal_name(enum refusal reason)
{
    return reasons[reason];
}

void counters_init(struct counters *counters)
{
    memset(counters, 0, sizeof *counters);
    counters->started_ns = clock_now_ns();
    pthread_mutex_init(&counters->lock, NULL);
}

void counters_clear(struct counters *counters)
{
    pthread_mutex_destroy(&counters->lock);
}

void counters_refuse(struct counters *counters, enum refusal reason, uint64_t count,
                     const char *text)
{
    atomic_fetch_add(&counters->refused[reason], count);
    pthread_mutex_lock(&counters->lock);
    snprintf(counters->last_refusal, sizeof counters->last_refusal, "%s", text);
    pthread_mutex_unlock(&counters->lock);
}

uint64_t counters_refused(const struct counters *counters)
{
    uint64_t sum = 0;
    for (int i = 0; i < REFUSED_COUNT; i++) {
        sum += atomic_load(&counters->refused[i]);
    }
    return sum;
}

void counters_reasons(const struct counters *counters, char target[COUNTERS_REASONS_BYTES])
{
    uint64_t left[REFUSED_COUNT];
    size_t used = 0;
    target[0] = '\0';
    for (int i = 0; i < REFUSED_COUNT; i++) {
        left[i] = atomic_load(&counters->refused[i]);
    }
    while (used < COUNTERS_REASONS_BYTES) {
        int most = 0;
        for (int i = 1; i < REFUSED_COUNT; i++) {
            most = left[i] > left[most] ? i : most;
        }
        if (left[most] == 0) {
            return;
        }
        used +=
            (size_t)snprintf(target + used, COUNTERS_REASONS_BYTES - used, "%s%s %llu",
                             used > 0 ? ", " : "", reasons[most], (unsigned long long)left[most]);
        left[most] = 0;
    }
}

void counters_last_refusal(struct counters *counters, char target[256])
{
    pthread_mutex_lock(&counters->lock);
    memcpy(target, counters->last_refusal, sizeof counters->last_refusal);
    pthread_mutex_unlock(&counters->lock);
}
