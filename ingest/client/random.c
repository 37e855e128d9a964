/* random — ids: unpredictable by default, a function of a seed for tests. */
#include "ingest/client/random.h"

#include <stdbool.h>
#include <sys/random.h>
#include <time.h>

static uint64_t rotate(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

/* splitmix64, which its authors advise for filling xoshiro's state. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void random_init(struct random *random, uint64_t seed)
{
    if (seed == 0 &&
        getrandom(random->state, sizeof random->state, GRND_NONBLOCK) == sizeof random->state) {
        return;
    }
    if (seed == 0) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        seed = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uintptr_t)random;
    }
    for (int i = 0; i < 4; i++) {
        random->state[i] = spread(&seed);
    }
}

/* xoshiro256** 1.0 by Blackman and Vigna: prng.di.unimi.it */
uint64_t random_next(struct random *random)
{
    uint64_t *s = random->state;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result != 0 ? result : 1;
}

/* Per thread, so that starting a span takes no lock for its id. */
static _Thread_local struct random thread_random;
static _Thread_local bool thread_random_ready;

uint64_t random_thread_next(void)
{
    if (!thread_random_ready) {
        random_init(&thread_random, 0);
        thread_random_ready = true;
    }
    return random_next(&thread_random);
}

void random_thread_reset(void)
{
    thread_random_ready = false;
}
