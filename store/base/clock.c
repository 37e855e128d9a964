/* clock — the clocks of the program; tests fix the first one. */
#include "store/base/clock.h"

#include <stdlib.h>
#include <time.h>

#include "store/base/text.h"

static int64_t fixed_ns(void)
{
    int64_t now_ns = 0;
    const char *fixed = getenv("TRACETUI_NOW");
    if (fixed == NULL || text_parse_i64(text_from(fixed), &now_ns) != ERR_OK) {
        return 0;
    }
    return now_ns;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_now_ns(void)
{
    int64_t fixed = fixed_ns();
    return fixed != 0 ? fixed : read_clock(CLOCK_REALTIME);
}

int clock_is_fixed(void)
{
    return fixed_ns() != 0;
}

int64_t clock_monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boot_ns(void)
{
    return read_clock(CLOCK_BOOTTIME);
}
