#!/usr/bin/env python3
"""races.py [--seconds N] — everything at once: connections cut mid-body, retention, viewers that cancel, SIGTERM with requests under way.

Worth most in a build with -DTRACETUI_SANITIZE=thread; elsewhere it still finds deadlocks and slow ends.
"""
import glob, os, random, signal, sqlite3, threading, time
import torture
from torture import expect, fail, full, option, say

SECONDS = option("--seconds", 1800 if full else 30 if torture.sanitizer() == "thread" else 8)
DRAIN_LARGEST_S = 3
dice = random.Random(9)
rounds, slowest = 0, 0


def hold_database(world):
    """for a second the writer can commit nothing, so that requests wait when SIGTERM comes"""
    held = threading.Event()

    def hold():
        other = sqlite3.connect(world.db, timeout=10, isolation_level=None)
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("BEGIN IMMEDIATE")
        held.set()
        time.sleep(1)
        other.execute("ROLLBACK")
        other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    time.sleep(0.2)
    return thread


with torture.World("--retention", "2s", "--max-size", "40M") as world:
    reports = os.path.join(world.folder, "report")
    world.environment["TSAN_OPTIONS"] = "halt_on_error=0:exitcode=0:log_path=" + reports
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        rounds += 1
        world.start("--durability", dice.choice(["normal", "full"]))
        screens = [torture.Screen(world, "--no-listen", environment={"PAGER": "true", "EDITOR": "true"}) for _ in range(2)]
        storms = [world.storm("-c", "64", "-b", "30", "-u", "-t", "100000000", "-s", str(2 * rounds), wait=False, ledger=False),
                  world.storm("-c", "16", "-b", "200", "-p", "300", "-t", "100000000", "-s", str(2 * rounds + 1), wait=False, ledger=False)]
        part = time.monotonic() + (5 if not full else 30)
        while time.monotonic() < part:
            for screen in screens:
                # a query a keystroke: each cancels the one before
                screen.type(dice.choice(["/", "\x15dur>1ms", "\rj\r", "q", "sD", "zM", "\x1b", "G", "gg", "F", "R", "/work\r"]))
            if dice.random() < 0.05:
                world.run("prune", "--older-than", "1s")
                world.run("ls", "--limit", "5", "span:work")
            time.sleep(0.1)
        holder = hold_database(world) if rounds % 2 else None
        took = world.stop()
        if holder is not None:
            holder.join()
        slowest = max(slowest, took)
        for storm in storms:
            world.end_storm(storm)
        for screen in screens:
            screen.process.send_signal(signal.SIGTERM)
            expect(screen.ended(), "a viewer does not end")
            expect(not screen.is_taken(), "a viewer does not give its terminal back")
            screen.close()
    if torture.sanitizer() == "":
        expect(slowest < DRAIN_LARGEST_S, "SIGTERM took %.1f s" % slowest)
    found = glob.glob(reports + "*")
    for report in found[:3]:
        with open(report, errors="replace") as text:
            fail(text.read()[:6000])
    world.check_file()
    say("%d storms: %d reports, the slowest end took %.2f s" % (rounds, len(found), slowest))
torture.finish()
