#!/usr/bin/env python3
"""kill.py [--cycles N] — acknowledged is stored: kill -9 at random moments while 16 senders of all dialects go on."""
import random, time
import torture
from torture import expect, full, option, say

cycles = int(option("--cycles", 1000 if full else 5 if torture.sanitizer() else 20))
START_LARGEST_S = 1.0

with torture.World("--retention", "0") as world:
    starts = [world.start()]
    storm = world.storm("-t", "100000000", "-r", "8000", wait=False)
    for cycle in range(cycles):
        time.sleep(random.uniform(0.02, 0.5))
        world.kill()
        starts.append(world.start())
        if cycle % 5 == 4:
            world.check_file()
        if cycle % 20 == 19 or cycle + 1 == cycles:
            world.check_promises()
    told = world.end_storm(storm)
    world.stop()
    world.check_file()
    promises = world.check_promises()
    expect(told["batches"] > cycles, "hardly anything was taken: %s" % told)
    expect(told["other"] == 0 and told["without_retry"] == 0, "refused for good: %s" % told)
    starts.sort()
    if not torture.sanitizer():
        expect(starts[len(starts) * 9 // 10] < START_LARGEST_S, "nine of ten starts take up to %.2f s" % starts[len(starts) * 9 // 10])
    say("%d times killed, %d spans acknowledged, all stored once; starts take %.0f ms, at most %.0f ms"
        % (cycles, promises, starts[len(starts) // 2] * 1000, starts[-1] * 1000))
torture.finish()
