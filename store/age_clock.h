/* age_clock — the time by which traces are old enough to be deleted: the system's, but not at once
 * when that leaps ahead.
 *
 * A clock that is wrong for a minute must not cost a week of traces. So a leap of more than a day,
 * while we run or since the database was last written, is not believed for a day: until then traces
 * age as time passes. A clock that comes back before that has done no harm; a host that was
 * switched off for a month keeps its traces a day longer. Who starts anew starts from what was
 * written last. */
#ifndef TRACETUI_STORE_AGE_CLOCK_H
#define TRACETUI_STORE_AGE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct age_clock {
    int64_t believed_ns;
    int64_t looked_ns;    /* since the machine was started, as the next one */
    int64_t doubt_end_ns; /* 0 = the system's clock is believed */
};

/* last_ns: when the database was last written by the clock of then; 0 = never. boot_ns: as
 * clock_boot_ns, or a machine that slept for a weekend would seem to have leapt ahead. */
void age_clock_start(struct age_clock *clock, int64_t last_ns, int64_t wall_ns, int64_t boot_ns);

/* The time to reckon with now. */
int64_t age_clock_now(struct age_clock *clock, int64_t wall_ns, int64_t boot_ns);

bool age_clock_doubts(const struct age_clock *clock);

#endif
