/* seed — hashes that nobody outside can foresee.
 *
 * Senders choose the keys of our tables, and must not choose which of them meet: ten thousand ids
 * in one bucket would hold the writer for seconds. */
#ifndef TRACETUI_STORE_BASE_SEED_H
#define TRACETUI_STORE_BASE_SEED_H

#include <stddef.h>
#include <stdint.h>

/* Another one each time. */
uint64_t seed_new(void);

/* Every bit of it depends on all of the seed and the bytes. For tables in memory: the order of the
 * bytes is the machine's. */
uint64_t seed_hash(uint64_t seed, const void *bytes, size_t length);

#endif
