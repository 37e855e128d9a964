/* knocks — who showed a wrong token lately, by address, so that nobody guesses for long. */
#include "ingest/knocks.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/random.h>

#include "store/base/clock.h"
#include "store/base/text.h"

enum { IPV6_NETWORK_BYTES = 8, KEY_BYTES = 64 };

void knocks_init(struct knocks *knocks)
{
    memset(knocks, 0, sizeof *knocks);
    pthread_mutex_init(&knocks->lock, NULL);
    if (getrandom(&knocks->seed, sizeof knocks->seed, 0) < 0) {
        knocks->seed = (uint64_t)clock_monotonic_ns();
    }
}

void knocks_clear(struct knocks *knocks)
{
    pthread_mutex_destroy(&knocks->lock);
}

static size_t slot_of(const struct knocks *knocks, const char *address)
{
    struct in6_addr six;
    struct text name = text_from(address);
    char key[sizeof knocks->seed + KEY_BYTES];
    if (inet_pton(AF_INET6, address, &six) == 1) {
        name = text_make((const char *)&six, IPV6_NETWORK_BYTES);
    }
    size_t length = name.length < KEY_BYTES ? name.length : KEY_BYTES;
    memcpy(key, &knocks->seed, sizeof knocks->seed);
    memcpy(key + sizeof knocks->seed, name.data, length);
    return text_hash(text_make(key, sizeof knocks->seed + length)) % KNOCKS_SLOTS;
}

/* Forgets one knock every few seconds, adds some, returns how many there are. */
static unsigned update(struct knocks *knocks, const char *address, unsigned added)
{
    size_t slot = slot_of(knocks, address);
    int64_t now_ns = clock_monotonic_ns();
    pthread_mutex_lock(&knocks->lock);
    int64_t forgotten = (now_ns - knocks->slots[slot].since_ns) / (KNOCKS_FORGET_S * NS_PER_S);
    if (forgotten >= knocks->slots[slot].count) {
        knocks->slots[slot].count = 0;
        knocks->slots[slot].since_ns = now_ns;
    } else {
        knocks->slots[slot].count -= (unsigned)forgotten;
        knocks->slots[slot].since_ns += forgotten * KNOCKS_FORGET_S * NS_PER_S;
    }
    if (knocks->slots[slot].count <= KNOCKS_ALLOWED) {
        knocks->slots[slot].count += added;
    }
    unsigned count = knocks->slots[slot].count;
    pthread_mutex_unlock(&knocks->lock);
    return count;
}

bool knocks_add(struct knocks *knocks, const char *address)
{
    return knocks == NULL || update(knocks, address, 1) <= KNOCKS_ALLOWED;
}

bool knocks_are_many(struct knocks *knocks, const char *address)
{
    return knocks != NULL && update(knocks, address, 0) > KNOCKS_ALLOWED;
}
