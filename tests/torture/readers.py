#!/usr/bin/env python3
"""readers.py [--seconds N] — several viewers sit on a huge trace while spans come in: the WAL stays short, nobody hears "locked"."""
import os, time
import torture
from torture import expect, full, option, say

SECONDS = int(option("--seconds", 3600 if full else 8))
WAL_LARGEST = 64 << 20
HUGE = 1000000 if full else 30000

with torture.World("--retention", "0") as world:
    world.start()
    now = int(time.time() * 1000)
    for first in range(0, HUGE, 5000):
        spans = [torture.flat_span("huge-trace", "h%d" % i, now - 60000 + i % 60000, operationName="step %d" % (i % 100),
                                   **({"parentSpanId": "h%d" % (i // 3)} if i else {})) for i in range(first, first + 5000)]
        expect(world.post("/api/trace-log", torture.flat_body(*spans))[0] == 200, "the huge trace is refused")
    screens = [torture.Screen(world, "--no-listen", query) for query in ("trace:huge-trace", "spans>100", "step")]
    expect(screens[0].wait("huge-trace") or screens[0].wait("step"), "the trace is not shown:\n" + screens[0].text())
    storm = world.storm("-t", "100000000", "-r", "5000", "-b", "50", "-p", "500", wait=False)
    for screen in screens:
        screen.type("\r")
    largest, largest_at = 0, 0
    commands = 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        length = os.path.getsize(world.db + "-wal")
        if length > largest:
            largest, largest_at = length, SECONDS - (end - time.monotonic())
        for screen in screens:
            screen.type("jjGgzMzR/\x15step\rnn\x1b")  # ^U: else the query grows by a word each time
            expect("locked" not in screen.output()[-20000:].lower(), "a viewer shows: locked")
        for arguments in (("ls", "--limit", "5"), ("stats",), ("show", "huge-trace", "--depth", "2")):
            ran = world.run(*arguments)
            commands += 1
            expect(ran.returncode == 0, "%s: %s" % (arguments[0], ran.stderr[:300]))
    told = world.end_storm(storm)
    largest = max(largest, os.path.getsize(world.db + "-wal"))
    for screen in screens:
        expect(screen.process.poll() is None, "a viewer ended:\n" + screen.output()[-2000:])
        screen.type("\x1b\x1b\x1bQ")
        expect(screen.ended(), "a viewer does not end")
        screen.close()
    expect(largest <= WAL_LARGEST, "the WAL grew to %d MiB, after %.0f s" % (largest >> 20, largest_at))
    expect(told["other"] == 0 and told["without_retry"] == 0, "refused for good: %s" % told)
    world.check_promises()
    world.check_file()
    world.stop()
    say("%d s with %d viewers on a trace of %d spans, %d commands beside them, %d spans/s coming in: the WAL had at most %d MiB; an answer took at most %.0f ms"
        % (SECONDS, len(screens), HUGE, commands, told["spans_per_s"], largest >> 20, told["max_ms"]))
torture.finish()
