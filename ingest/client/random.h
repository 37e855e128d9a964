/* random — ids: unpredictable by default, a function of a seed for tests. */
#ifndef TRACETUI_CLIENT_RANDOM_H
#define TRACETUI_CLIENT_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state[4];
};

/* seed 0: from the system. */
void random_init(struct random *random, uint64_t seed);
uint64_t random_next(struct random *random); /* never 0 */

/* From this thread's own generator; a forked child gets a fresh one. Thread: any. */
uint64_t random_thread_next(void);
void random_thread_reset(void);

#endif
