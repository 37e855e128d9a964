/* outage — what the log says while the disk is in trouble. */
#include "store/outage.h"

#include <inttypes.h>

#include "store/base/clock.h"
#include "store/base/log.h"

static const int64_t reminder_ns = 60 * NS_PER_S;
static const int64_t calm_ns = NS_PER_S;

void outage_failed(struct outage *outage, const char *text, size_t batches, int64_t now_ns)
{
    outage->well_ns = 0;
    if (!outage->going_on) {
        *outage =
            (struct outage){.going_on = true, .began_ns = now_ns, .next_ns = now_ns + reminder_ns};
        log_line("store: %s", text);
    }
    outage->batches += batches;
    if (now_ns >= outage->next_ns) {
        outage->next_ns = now_ns + reminder_ns;
        int64_t seconds = (now_ns - outage->began_ns) / NS_PER_S;
        if (outage->batches > 0) {
            log_line("store: %s: %" PRIu64 " batch%s in %" PRId64 " s", text, outage->batches,
                     outage->batches == 1 ? "" : "es", seconds);
        } else {
            log_line("store: %s: for %" PRId64 " s", text, seconds);
        }
    }
}

void outage_succeeded(struct outage *outage, int64_t now_ns)
{
    if (outage->going_on && outage->well_ns == 0) {
        outage->well_ns = now_ns;
    }
}

void outage_check(struct outage *outage, bool at_once, int64_t now_ns)
{
    if (outage->well_ns != 0 && (at_once || now_ns - outage->well_ns >= calm_ns)) {
        int64_t seconds = (outage->well_ns - outage->began_ns) / NS_PER_S;
        if (outage->batches > 0) {
            log_line("store: well again: %" PRIu64 " %s refused in %" PRId64 " s", outage->batches,
                     outage->batches == 1 ? "batch was" : "batches were", seconds);
        } else {
            log_line("store: well again after %" PRId64 " s: nothing was refused", seconds);
        }
        *outage = (struct outage){0};
    }
}
