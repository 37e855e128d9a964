/* knocks — who showed a wrong token lately, by address, so that nobody guesses for long. */
#include "ingest/knocks.h"

#include <arpa/inet.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/seed.h"

enum { IPV6_NETWORK_BYTES = 8 };

void knocks_init(struct knocks *knocks)
{
    memset(knocks, 0, sizeof *knocks);
    pthread_mutex_init(&knocks->lock, NULL);
    knocks->seed = seed_new();
}

void knocks_clear(struct knocks *knocks)
{
    pthread_mutex_destroy(&knocks->lock);
}

static size_t slot_of(const struct knocks *knocks, const char *address)
{
    struct in6_addr six;
    uint64_t hash = inet_pton(AF_INET6, address, &six) == 1
                        ? seed_hash(knocks->seed, &six, IPV6_NETWORK_BYTES)
                        : seed_hash(knocks->seed, address, strlen(address));
    return hash % KNOCKS_SLOTS;
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
