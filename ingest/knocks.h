/* knocks — who showed a wrong token lately, by address, so that nobody guesses for long. */
#ifndef TRACETUI_INGEST_KNOCKS_H
#define TRACETUI_INGEST_KNOCKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { KNOCKS_SLOTS = 256, KNOCKS_ALLOWED = 10, KNOCKS_FORGET_S = 6 /* one of them */ };

/* Addresses share slots by their hash: a table of fixed size that nobody can fill. Which ones share
 * one is another thing at each start, so that nobody can choose whom to shut out. An IPv6 network
 * of 64 bits counts as one address. */
struct knocks {
    uint64_t seed;
    pthread_mutex_t lock;
    struct {
        int64_t since_ns; /* of the count */
        unsigned count;
    } slots[KNOCKS_SLOTS]; /* lock */
};

void knocks_init(struct knocks *knocks);
void knocks_clear(struct knocks *knocks);

/* Notes one more; false when there are too many. knocks may be NULL: never too many. Thread: any.
 */
bool knocks_add(struct knocks *knocks, const char *address);
bool knocks_are_many(struct knocks *knocks, const char *address);

#endif
