#!/usr/bin/env python3
"""overload.py [--seconds N] — three times what the receiver can take: it says so, forgets nothing it took, and the screen stays quick."""
import json, time
import torture
from torture import expect, full, option, say

SECONDS = int(option("--seconds", 120 if full else 6))
MEMORY_LARGEST = 400 << 20  # the queue, the bodies under way, SQLite's cache, and what decoding needs
KEY_P99_MS = 50
NORMAL_AFTER_S = 2
sanitized = torture.sanitizer() != ""


with torture.World("--retention", "0") as world:
    world.start()
    typist = torture.Typist(world, "--no-listen")
    # what can be taken: as fast as answers come, with a queue that is never long
    sustainable = world.storm("-c", "8", "-b", "200", "-m", "pg", "-p", "200", "-t", "2000")["spans_per_s"]
    expect(typist.ask("wait work") is not None, "the explorer shows nothing")
    idle = typist.ask("press 1000")

    # three times as much, from far more senders than there are threads
    process = world.storm("-c", "200", "-b", "2000", "-m", "pg", "-p", "200", "-s", "2", "-r", str(int(sustainable * 3)), "-t", str(SECONDS * 1000), wait=False)
    busy = typist.ask("press %d" % (SECONDS * 1000))
    highest = world.memory()[1]
    told = json.loads(process.communicate()[0])
    began = time.monotonic()
    after = world.storm("-c", "2", "-b", "5", "-r", "500", "-s", "3", "-t", "300")
    normal = torture.until(lambda: world.storm("-c", "1", "-b", "5", "-s", str(time.monotonic_ns() % 1000000 + 9), "-t", "50")["max_ms"] < 100, NORMAL_AFTER_S)
    took = time.monotonic() - began
    world.kill()  # and even then nothing is forgotten
    world.start()
    promises = world.check_promises()
    world.check_file()
    expect(typist.quit(), "the explorer does not end")
    expect(told["other"] == 0 and told["broken"] == 0, "refused for good: %s" % told)
    expect(told["without_retry"] == 0, "refused without a word when to come again: %s" % told)
    if not sanitized:
        expect(highest < MEMORY_LARGEST, "memory grew to %d MiB" % (highest >> 20))
    if full:
        expect(busy["p99_ms"] <= KEY_P99_MS, "from a key to its frame %.0f ms" % busy["p99_ms"])
        expect(normal, "not normal again after %.1f s" % took)
    say("sustainable %d spans/s, offered three times that for %d s: took %d spans/s, refused %d batches with Retry-After; memory at most %d MiB; "
        "key to frame p99 %.1f ms (%.1f at rest, %d keys); %d promises kept; normal again within %.1f s"
        % (sustainable, SECONDS, told["spans_per_s"], told["busy"] + told["rate"], highest >> 20, busy["p99_ms"], idle["p99_ms"], busy["keys"], promises, took))
torture.finish()
