/* knocks — who showed a wrong token lately, by address, so that nobody guesses for long. */
#include "ingest/knocks.h"

#include <arpa/inet.h>
#include <string.h>

#include "store/base/clock.h"
#include "store/base/seed.h"

enum { IPV6_NETWORK_BYTES = 8 };

static const int64_t forget_ns = KNOCKS_FORGET_S * NS_PER_S;

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

static uint64_t hash_of(const struct knocks *knocks, const char *address)
{
    struct in6_addr six;
    return inet_pton(AF_INET6, address, &six) == 1
               ? seed_hash(knocks->seed, &six, IPV6_NETWORK_BYTES)
               : seed_hash(knocks->seed, address, strlen(address));
}

/* Adds a knock unless there are too many already; true when there are. Each one takes its time to
 * be forgotten, one after the other. */
static bool are_many(struct knocks *knocks, const char *address, bool add)
{
    int64_t *slots[KNOCKS_ROWS];
    uint64_t hash = hash_of(knocks, address);
    int64_t now_ns = clock_monotonic_ns();
    int64_t most_ns = now_ns + KNOCKS_ALLOWED * forget_ns;
    int64_t forgotten_ns = INT64_MAX;
    pthread_mutex_lock(&knocks->lock);
    for (size_t i = 0; i < KNOCKS_ROWS; i++, hash /= KNOCKS_SLOTS) {
        slots[i] = &knocks->forgotten_ns[i][hash % KNOCKS_SLOTS];
        forgotten_ns = *slots[i] < forgotten_ns ? *slots[i] : forgotten_ns;
    }
    forgotten_ns = forgotten_ns > now_ns ? forgotten_ns : now_ns;
    if (add && forgotten_ns <= most_ns) {
        forgotten_ns += forget_ns;
        for (size_t i = 0; i < KNOCKS_ROWS; i++) {
            *slots[i] = *slots[i] > forgotten_ns ? *slots[i] : forgotten_ns;
        }
    }
    pthread_mutex_unlock(&knocks->lock);
    return forgotten_ns > most_ns;
}

bool knocks_add(struct knocks *knocks, const char *address)
{
    return knocks == NULL || !are_many(knocks, address, true);
}

bool knocks_are_many(struct knocks *knocks, const char *address)
{
    return knocks != NULL && are_many(knocks, address, false);
}
