/* knocks — who showed a wrong token lately, by address, so that nobody guesses for long. */
#ifndef TRACETUI_INGEST_KNOCKS_H
#define TRACETUI_INGEST_KNOCKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    KNOCKS_ROWS = 4,
    KNOCKS_SLOTS = 1 << 14, /* a row */
    KNOCKS_ALLOWED = 10,
    KNOCKS_FORGET_S = 6, /* one of them */
};

/* A table of fixed size that nobody can fill. An address has a slot in every row, by its hash, and
 * shares each with others, but hardly all four with the same ones: the slot that knows of the
 * fewest knocks tells how many there were at most. So who guesses is always found, and when four
 * thousand addresses do, one of five hundred others is shut out with them. Which ones share a slot
 * is another thing at each start: nobody can choose whom to shut out. An IPv6 network of 64 bits
 * counts as one address. */
struct knocks {
    uint64_t seed;
    pthread_mutex_t lock;
    int64_t forgotten_ns[KNOCKS_ROWS][KNOCKS_SLOTS]; /* when all are, monotonic; lock */
};

void knocks_init(struct knocks *knocks);
void knocks_clear(struct knocks *knocks);

/* Notes one more; false when there are too many. knocks may be NULL: never too many. Thread: any.
 */
bool knocks_add(struct knocks *knocks, const char *address);
bool knocks_are_many(struct knocks *knocks, const char *address);

#endif
