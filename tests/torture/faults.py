#!/usr/bin/env python3
"""faults.py — the k-th allocation fails, the k-th write or sync fails, the disk is full: no crash, no false answer."""
import errno, mmap, os, random, signal, struct, subprocess, time
import torture
from torture import expect, fail, full, say

if torture.sanitizer():
    torture.skip("another library is preloaded in a sanitizer's build")

dice = random.Random(5)
RECOVERY_LARGEST_S = 5
OUT_OF_MEMORY = "out of memory"


class Control:
    """struct control of faults.c"""
    FIELDS = ["memory", "memory_at", "memory_sticky", "disk", "disk_at", "disk_sticky", "disk_error", "full"]

    def __init__(self, world):
        self.path = os.path.join(world.folder, "control")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        with open(self.path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 4096)
        self.environment = {"LD_PRELOAD": torture.tool("libfaults.so"), "TORTURE_CONTROL": self.path, "TORTURE_DATABASE": world.db}

    def __getitem__(self, name):
        return struct.unpack_from("=q", self.shared, 8 * self.FIELDS.index(name))[0]

    def __setitem__(self, name, value):
        struct.pack_into("=q", self.shared, 8 * self.FIELDS.index(name), value)

    def clear(self):
        for name in self.FIELDS:
            self[name] = 0


def some(count, wanted):
    """all numbers up to count, or some of them: most among the small ones, where things begin"""
    if full:
        return range(1, count + 1)
    return sorted({int(count ** dice.random()) for _ in range(wanted)} | {dice.randrange(1, count + 1) for _ in range(wanted)})


def check_end(what, process, text):
    """a program that ended did so by itself, and said why"""
    code = process.returncode
    expect(code >= 0, "%s: ended by signal %d" % (what, -code))
    expect(code in (0, 1, 2), "%s: exit code %d" % (what, code))
    expect(code == 0 or "tracetui: " in text, "%s: ended with %d and no word: %r" % (what, code, text[-300:]))


# ---- memory: the receiver

def receive_without_memory(world, control, number, sticky, seed):
    """one life of the receiver in which an allocation fails"""
    what = "receiver, allocation %d%s" % (number, " and all after" if sticky else "")
    before = len(world.log_text())
    control.clear()
    control["memory_at"], control["memory_sticky"] = number, sticky
    try:
        world.start(environment=control.environment)
    except RuntimeError:
        if world.server.poll() is None:
            world.kill()  # it holds the database of all that follow
            return fail(what + ": neither starts nor ends")
    if world.server.poll() is None:
        told = world.storm("-c", "5", "-r", "1000", "-b", "5", "-t", "120", "-s", str(seed))
        expect(told["other"] == 0 and told["without_retry"] == 0, "%s: refused for good: %s" % (what, told))
    if world.server.poll() is None:
        world.kill()
    else:
        ended.append(number)
        check_end(what, world.server, world.log_text()[before:])


ended = []
with torture.World("--retention", "0") as world:
    control = Control(world)
    world.start(environment=control.environment)
    world.storm("-c", "5", "-r", "1000", "-b", "5", "-t", "150")
    allocations = control["memory"]
    world.stop()
    numbers = some(allocations, 15)
    for seed, number in enumerate(numbers):
        receive_without_memory(world, control, number, seed % 2, seed + 2)
    world.start()
    promises = world.check_promises()
    world.check_file()
    world.stop()
    expect(ended, "no failed allocation was noticed")
    say("receiver: %d of %d allocations failed, %d ended it, %d spans acknowledged, all stored" % (len(numbers), allocations, len(ended), promises))

    # ---- memory: the commands that read
    def command(arguments, number):
        control.clear()
        control["memory_at"] = number  # --ascii: that is all there is when the C library has no memory for a locale
        return subprocess.run([torture.tracetui, arguments[0], "--db", world.db, "--ascii", *arguments[1:]], capture_output=True, text=True,
                              errors="replace", timeout=60, env=dict(world.environment, **control.environment))

    trace = world.read().execute("SELECT id FROM traces LIMIT 1").fetchone()[0]
    for arguments in (["ls", "--limit", "20", "service:storm dur>1ms", "--format", "table"], ["show", trace], ["stats", "--by", "operation"],
                      ["export", "--format", "otlp", "trace:" + trace], ["check"]):
        good = command(arguments, 0)
        expect(good.returncode == 0, "%s: %s" % (arguments, good.stderr))
        for number in some(control["memory"], 6):
            ended = command(arguments, number)
            check_end("%s, allocation %d" % (arguments[0], number), ended, ended.stderr)
            if ended.returncode == 0:
                expect(ended.stdout == good.stdout, "%s, allocation %d: a wrong answer" % (arguments[0], number))

# ---- the disk: one operation fails, or all from one on, until the disk is well again
with torture.World("--retention", "0") as world:
    control = Control(world)
    world.start(environment=control.environment)
    seed = 0

    def load(milliseconds="80"):
        global seed
        seed += 1
        return world.storm("-c", "5", "-r", "2000", "-b", "5", "-p", "2000", "-t", milliseconds, "-s", str(seed))

    before = control["disk"]
    load("700")
    operations = control["disk"] - before
    refused = 0
    numbers = some(operations, 20)
    for number in numbers:
        control["disk_error"] = dice.choice([errno.EIO, errno.ENOSPC])
        control["disk_sticky"] = dice.randrange(2)
        control["disk_at"] = control["disk"] + number
        told = load("80" if not full else "700")
        refused += told["busy"]
        expect(told["other"] == 0 and told["without_retry"] == 0, "disk operation %d: refused for good: %s" % (number, told))
        expect(world.server.poll() is None, "disk operation %d: the receiver ended" % number)
        control["disk_at"] = 0
        well = torture.until(lambda: load("20")["batches"] > 0, RECOVERY_LARGEST_S)
        expect(well, "disk operation %d: nothing is stored afterwards" % number)
    promises = world.check_promises()
    world.check_file()

    # a full disk, while somebody watches, and the log is not what fills the next one
    def well():
        text = world.log_text()
        return text.rfind("store: well again") > text.rfind("; spans are being refused")

    expect(torture.until(well), "the log does not say that the disk is well again")
    before = len(world.log_text())
    control["full"] = 1
    told = load("1500")
    expect(told["busy"] > 0 and told["other"] == 0 and told["without_retry"] == 0, "full disk: %s" % told)
    said = world.log_text()[before:]
    expect("store: disk full" in said and said.count("\n") < 10, "full disk: the log says %d lines: %s" % (said.count("\n"), said[:500]))
    control["full"] = 0
    began = time.monotonic()
    expect(torture.until(lambda: load("20")["batches"] > 0, RECOVERY_LARGEST_S), "nothing is stored when there is room again")
    recovered = time.monotonic() - began
    expect(torture.until(well), "the log does not say that there is room again")
    world.check_promises()
    world.check_file()
    world.stop()
    say("disk: %d of %d operations failed, %d refusals, %d spans acknowledged, all stored; after a full disk %.1f s"
        % (len(numbers), operations, refused, promises, recovered))

# ---- the screen says it
with torture.World("--retention", "0") as world:
    control = Control(world)
    screen = torture.Screen(world, environment=control.environment)
    expect(screen.wait("No spans yet"), "the explorer does not start")
    body = torture.flat_body(torture.flat_span("seen", "a1"))
    expect(world.post("/api/trace-log", body)[0] == 200, "nothing is stored")
    control["full"] = 1
    status, answer = world.post("/api/trace-log", torture.flat_body(torture.flat_span("unseen", "a2")))
    expect(status == 503 and b"Retry-After" in answer, "full disk: %r" % answer)
    expect(screen.wait("disk full"), "the screen does not say that the disk is full:\n" + screen.text())
    control["full"] = 0
    expect(torture.until(lambda: world.post("/api/trace-log", body)[0] == 200, RECOVERY_LARGEST_S), "no recovery")
    expect(screen.wait_gone("disk full"), "the screen still says that the disk is full:\n" + screen.text())
    screen.type("Q")
    expect(screen.ended(), "the explorer does not end")
    screen.close()
    for number in some(3000, 6):
        control.clear()
        control["memory_at"], control["memory_sticky"] = number, 1
        screen = torture.Screen(world, environment=control.environment)
        screen.wait("seen", 1)
        screen.type("\rjjq/x\r")
        time.sleep(0.1)
        screen.type("\x1b\x1bQ")
        if not screen.ended(2):
            fail("screen, allocation %d: hangs" % number)
        check_end("screen, allocation %d" % number, screen.process, screen.output())
        expect(not screen.is_taken(), "screen, allocation %d: the terminal is not given back" % number)
        screen.close()
torture.finish()
