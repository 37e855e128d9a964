/* chaos — what a cat on the keyboard does, with a window manager for company. */
#ifndef TRACETUI_TESTS_CHAOS_H
#define TRACETUI_TESTS_CHAOS_H

#include <stdint.h>

struct emulator;

/* Types random keys and changes the size for so long, or until the program ends. */
void chaos(struct emulator *emulator, long ms, uint64_t seed);

#endif
