/* age_clock — the time by which traces are old enough to be deleted. */
#include "store/age_clock.h"

#include "store/base/clock.h"

static const int64_t leap_ns = 24 * 3600 * NS_PER_S;
static const int64_t doubt_ns = 24 * 3600 * NS_PER_S;

static int64_t believe(struct age_clock *clock, int64_t wall_ns)
{
    clock->believed_ns = wall_ns;
    clock->doubt_end_ns = 0;
    return wall_ns;
}

void age_clock_start(struct age_clock *clock, int64_t last_ns, int64_t wall_ns, int64_t boot_ns)
{
    bool known = last_ns > 0 && last_ns < wall_ns;
    *clock = (struct age_clock){.believed_ns = known ? last_ns : wall_ns, .looked_ns = boot_ns};
}

int64_t age_clock_now(struct age_clock *clock, int64_t wall_ns, int64_t boot_ns)
{
    clock->believed_ns += boot_ns - clock->looked_ns;
    clock->looked_ns = boot_ns;
    if (wall_ns <= clock->believed_ns || wall_ns - clock->believed_ns <= leap_ns) {
        return believe(clock, wall_ns);
    }
    if (clock->doubt_end_ns == 0) {
        clock->doubt_end_ns = boot_ns + doubt_ns;
    }
    return boot_ns >= clock->doubt_end_ns ? believe(clock, wall_ns) : clock->believed_ns;
}

bool age_clock_doubts(const struct age_clock *clock)
{
    return clock->doubt_end_ns != 0;
}
