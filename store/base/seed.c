/* seed — hashes that nobody outside can foresee. */
#include "store/base/seed.h"

#include <string.h>
#include <sys/random.h>

#include "store/base/clock.h"

uint64_t seed_new(void)
{
    uint64_t seed;
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) {
        seed = (uint64_t)clock_monotonic_ns();
    }
    return seed;
}

/* Multiplies to 128 bits and folds: every input bit reaches every output bit. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t seed_hash(uint64_t seed, const void *bytes, size_t length)
{
    const char *at = bytes;
    uint64_t hash = seed ^ length;
    for (; length >= sizeof hash; length -= sizeof hash, at += sizeof hash) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = mix(hash ^ word, 0x9E3779B97F4A7C15u);
    }
    if (length > 0) {
        uint64_t word = 0;
        memcpy(&word, at, length);
        hash = mix(hash ^ word, 0x9E3779B97F4A7C15u);
    }
    return mix(hash ^ seed, 0xD6E8FEB86659FD93u);
}
