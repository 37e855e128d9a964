/* clock — the clocks of the program; tests fix the first one. */
#ifndef TRACETUI_STORE_BASE_CLOCK_H
#define TRACETUI_STORE_BASE_CLOCK_H

#include <stdint.h>

#define NS_PER_US  INT64_C(1000)
#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_DAY (INT64_C(86400) * NS_PER_S)

/* Wall clock, nanoseconds since the epoch. TRACETUI_NOW (ns) in the environment fixes it. */
int64_t clock_now_ns(void);

/* True when TRACETUI_NOW fixes the wall clock. */
int clock_is_fixed(void);

/* Never goes back; for deadlines and budgets. */
int64_t clock_monotonic_ns(void);

/* The same, but it goes on while the machine sleeps. */
int64_t clock_boot_ns(void);

#endif
