#!/usr/bin/env python3
"""soak.py [--hours N] [--rate N] — spans for hours, with retention: memory, descriptors and file stay as they are."""
import os, time
import torture
from torture import expect, full, option, say

hours = option("--hours", 8 if full else 0.004)
rate = option("--rate", 2000)
CAP = (200 << 20) if hours > 0.1 else (16 << 20)
SLOPE_LARGEST = 1 << 20  # bytes an hour, once everything is warm
LOOKS = 120
sanitized = torture.sanitizer() != ""

with torture.World("--retention", "0", "--max-size", "%dM" % (CAP >> 20)) as world:
    world.start()
    storm = world.storm("-c", "10", "-r", str(rate), "-b", "20", "-p", "200", "-t", "100000000000", wait=False, ledger=False)
    began = time.monotonic()
    looks, shown = [], began
    while time.monotonic() - began < hours * 3600:
        time.sleep(min(hours * 3600 / LOOKS, 30))
        size = sum(os.path.getsize(world.db + suffix) for suffix in ("", "-wal") if os.path.exists(world.db + suffix))
        looks.append((time.monotonic() - began, world.memory()[0], world.descriptors(), size))
        if time.monotonic() - shown > 300:
            shown = time.monotonic()
            say("%5.0f s: %d MiB, %d descriptors, file %d MiB" % (looks[-1][0], looks[-1][1] >> 20, looks[-1][2], looks[-1][3] >> 20))
    told = world.end_storm(storm)
    world.check_file()
    world.stop()

    # the second half: by then caches are full and the file is at its cap
    warm = looks[len(looks) // 2:]
    middle = sum(look[0] for look in warm) / len(warm)
    mean = sum(look[1] for look in warm) / len(warm)
    spread = sum((look[0] - middle) ** 2 for look in warm)
    slope = sum((look[0] - middle) * (look[1] - mean) for look in warm) / spread * 3600 if spread else 0
    expect(told["other"] == 0 and told["without_retry"] == 0, "refused for good: %s" % told)
    expect(max(look[3] for look in looks) <= CAP * 1.05 + (64 << 20), "the file grew to %d MiB" % (max(look[3] for look in looks) >> 20))
    expect(max(look[2] for look in warm) <= min(look[2] for look in warm) + 2, "descriptors: %s" % sorted({look[2] for look in warm}))
    if hours >= 1 and not sanitized:
        expect(slope <= SLOPE_LARGEST, "memory grows by %.1f MiB an hour" % (slope / (1 << 20)))
    say("%.2f hours at %d spans/s: memory %d MiB, slope %+.2f MiB an hour in the second half; %d descriptors; file at most %d MiB of %d; %d refused"
        % (hours, told["spans_per_s"], mean / (1 << 20), slope / (1 << 20), warm[-1][2], max(look[3] for look in looks) >> 20, CAP >> 20, told["busy"]))
torture.finish()
