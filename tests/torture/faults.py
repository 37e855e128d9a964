#!/usr/bin/env python3
"""faults.py — an allocation fails, a write or sync fails, the disk is full: no crash, no false answer.

Calls are told apart by who called (faults.c). Full: of each such stack the first call fails, once alone and once with
all that follow, and some later ones; otherwise some of all these.

    --part NAME    receiver, commands, disk or screen alone
    --calls 3      so many calls of each stack, more than there are for every one
    --share 2/4    the second quarter of the stacks
    --jobs 2       so many points at a time
"""
import concurrent.futures, errno, glob, itertools, mmap, os, random, shutil, struct, subprocess, sys, threading, time
import torture
from torture import expect, fail, full, say

if torture.sanitizer():
    torture.skip("another library is preloaded in a sanitizer's build")

RECOVERY_LARGEST_S = 5
COMMITS = 300  # disk operations: what comes later in a load is like what came before
PACKET = 40  # points that one database lives through
SITES, FAULT_BYTES = 1 << 14, (4 + 2 * (1 << 14)) * 8
part = sys.argv[sys.argv.index("--part") + 1] if "--part" in sys.argv else None
share, shares = map(int, sys.argv[sys.argv.index("--share") + 1].split("/")) if "--share" in sys.argv else (1, 1)
calls = int(torture.option("--calls", 3))
jobs = int(torture.option("--jobs", 2))


class Fault:
    """struct fault of faults.c"""
    FIELDS = ["stack", "fail_at", "sticky", "failed"]

    def __init__(self, shared, offset):
        self.shared, self.offset = shared, offset

    def __getitem__(self, name):
        return struct.unpack_from("=Q", self.shared, self.offset + 8 * self.FIELDS.index(name))[0]

    def __setitem__(self, name, value):
        struct.pack_into("=Q", self.shared, self.offset + 8 * self.FIELDS.index(name), value)

    def seen(self):
        """how often each stack has called"""
        start = self.offset + 8 * len(self.FIELDS)
        return {stack: count for stack, count in struct.iter_unpack("=QQ", self.shared[start:self.offset + FAULT_BYTES]) if stack}

    def arm(self, stack, number, sticky):
        """the call of that stack with this number, from now on, fails"""
        self.clear()
        self["sticky"], self["stack"] = sticky, stack
        self["fail_at"] = self.seen().get(stack, 0) + number

    def clear(self):
        for name in reversed(self.FIELDS):
            self[name] = 0

    def forget(self):
        self.shared[self.offset:self.offset + FAULT_BYTES] = bytes(FAULT_BYTES)


class Control:
    """struct control of faults.c"""

    def __init__(self, world):
        path = os.path.join(world.folder, "control")
        self.stack_path = path + ".stack"
        with open(path, "wb") as file:
            file.write(bytes(2 * FAULT_BYTES + 16))
        with open(path, "r+b") as file:
            self.shared = mmap.mmap(file.fileno(), 0)
        self.memory, self.disk = Fault(self.shared, 0), Fault(self.shared, FAULT_BYTES)
        self.environment = {"LD_PRELOAD": torture.tool("libfaults.so"), "TORTURE_CONTROL": path, "TORTURE_STACK": self.stack_path,
                            "TORTURE_DATABASE": world.db}

    def arm(self, fault, point):
        if os.path.exists(self.stack_path):
            os.remove(self.stack_path)
        fault.arm(*point)

    def disk_state(self, error=0, full=0):
        struct.pack_into("=qq", self.shared, 2 * FAULT_BYTES, error, full)

    def stack(self):
        """who called when it failed, and where the program crashed"""
        try:
            with open(self.stack_path) as file:
                return file.read()
        except FileNotFoundError:
            return "nothing failed\n"


def points(seen, wanted, within=1 << 30):
    """(stack, number, sticky) of what was seen, up to so late; some, when not in full"""
    dice = random.Random(5)
    all_of_them = []
    for stack in sorted(seen):
        count = min(seen[stack], within)
        if stack % 65521 % shares == share - 1:
            later = dice.sample(range(2, count + 1), min(count, calls) - 1)
            all_of_them += [(stack, 1, 0), (stack, 1, 1)] + [(stack, number, 0) for number in later]
    return all_of_them if full else dice.sample(all_of_them, min(wanted, len(all_of_them)))


met_lock = threading.Lock()


class Tally:
    """What became of the points of one part."""

    def __init__(self, name, wanted):
        self.name, self.wanted, self.began = name, wanted, time.monotonic()
        self.done = self.met = self.ended = self.refused = self.promises = 0

    def add(self, met, ended=False, refused=0):
        with met_lock:
            self.done += 1
            self.met += met
            self.ended += ended
            self.refused += refused
            if full and self.done % 200 == 0:
                say("%s: %d of %d points, %.0f s" % (self.name, self.done, self.wanted, time.monotonic() - self.began))

    def promised(self, promises):
        with met_lock:
            self.promises += promises

    def say(self, more=""):
        expect(self.met or shares > 1, self.name + ": nothing failed")
        say("%s: %d points, %d met, %d ended it%s; %.0f s" % (self.name, self.done, self.met, self.ended, more, time.monotonic() - self.began))


def spread(work, all_of_them, *more):
    """work(packet of points, ...), some packets at a time"""
    packets = [all_of_them[i:i + PACKET] for i in range(0, len(all_of_them), PACKET)]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(work, packet, *more) for packet in packets]:
            done.result()


def crashed_in_ncurses(control):
    """ncurses 6.4 uses what it got no memory for"""
    crash = control.stack().partition("crashed:\n")[2].splitlines()
    foreign = [line for line in crash if "/libfaults.so" not in line and "/libc.so" not in line]
    return bool(foreign) and ("/libtinfo.so" in foreign[0] or "/libncursesw.so" in foreign[0])


def check_end(what, control, process, text):
    """a program that ended did so by itself, and said why"""
    code = process.returncode
    if code < 0 and crashed_in_ncurses(control):
        return
    words = "tracetui: " in text or "Out of memory" in text  # ncurses ends the program itself when it has no memory to begin
    problem = ("ended by signal %d" % -code if code < 0 else "exit code %d" % code if code not in (0, 1, 2) else
               "ended with %d and no word: %r" % (code, text[-300:]) if code != 0 and not words else None)
    expect(problem is None, "%s: %s\n%s" % (what, problem, control.stack()))


def name_of(program, what, point):
    return "%s, %s %016x, call %d%s" % (program, what, *point[:2], " and all after" if point[2] else "")


# ---- a receiver to whom it happens, maybe while it starts

def storm(world, seed, milliseconds="80"):
    return world.storm("-c", "5", "-r", "1000", "-b", "5", "-t", milliseconds, "-s", str(seed))


def receive(packet, tally, kind, is_first):
    """lives of the receiver in each of which something fails, in one database or each in a new one"""
    with torture.World("--retention", "0") as world:
        control = Control(world)
        fault = getattr(control, kind)
        for seed, point in enumerate(packet):
            what = name_of("receiver", kind, point)
            before = len(world.log_text())
            if is_first:
                for file in glob.glob(world.db + "*") + glob.glob(world.ledger):
                    os.remove(file)
            fault.forget()
            control.arm(fault, point)
            control.disk_state(error=errno.EIO)
            try:
                world.start(environment=control.environment)
            except RuntimeError:
                if world.server.poll() is None:
                    world.kill()  # it holds the database of all that follow
                    fail(what + ": neither starts nor ends\n" + control.stack())
                    continue
            if world.server.poll() is None:
                told = storm(world, seed)
                expect(told["other"] == 0 and told["without_retry"] == 0, "%s: refused for good: %s\n%s" % (what, told, control.stack()))
            ended = world.server.poll() is not None
            if ended:
                check_end(what, control, world.server, world.log_text()[before:])
            else:
                world.kill()
            tally.add(fault["failed"], ended)
        world.start()
        tally.promised(world.check_promises())
        world.check_file()
        world.stop()


def receivers(kind, wanted):
    lives = []
    with torture.World("--retention", "0") as world:
        control = Control(world)
        fault = getattr(control, kind)
        for seed in range(2):
            fault.forget()
            world.start(environment=control.environment)
            storm(world, seed)
            world.stop()
            lives.append(fault.seen())
    first = points({stack: count for stack, count in lives[0].items() if stack not in lives[1]}, 5)
    later = points(lives[1], wanted)
    tally = Tally("receiver, " + kind, len(first) + len(later))
    spread(receive, first, tally, kind, True)
    spread(receive, later, tally, kind, False)
    tally.say(", %d spans acknowledged, all stored" % tally.promises)


def receiver():
    receivers("memory", 25)


# ---- the commands

def command(world, control, arguments):
    # --ascii: that is all there is when the C library has no memory for a locale
    return subprocess.run([torture.tracetui, arguments[0], "--db", world.db, "--ascii", *arguments[1:]], capture_output=True, text=True,
                          errors="replace", timeout=60, env=dict(world.environment, **control.environment))


def command_fails(packet, world, kind, arguments, good, tally):
    """a command, again and again, in which an allocation or a disk operation fails"""
    with torture.World() as own:
        control = Control(own)
        fault = getattr(control, kind)
        for point in packet:
            what = name_of(arguments[0], kind, point)
            if arguments[0] in WRITING:
                copy_database(world, own)
            fault.forget()
            control.arm(fault, point)
            control.disk_state(error=errno.EIO)
            place = own if arguments[0] in WRITING else world
            ended = command(place, control, arguments)
            check_end(what, control, ended, ended.stderr)
            expect(ended.returncode != 0 or (ended.stdout, amount(place)) == good, "%s: a wrong answer %r\n%s" % (what, ended.stdout[:300], control.stack()))
            tally.add(fault["failed"], ended.returncode != 0)
            if arguments[0] in WRITING:
                own.check_file()


WRITING = ("import", "prune")


def amount(world):
    return world.read().execute("SELECT count(*), count(DISTINCT trace_id) FROM spans").fetchone()


def copy_database(world, own):
    for file in glob.glob(own.db + "*"):
        os.remove(file)
    shutil.copy(world.db, own.db)


def writing_commands(world, file):
    """the commands that change a database, each time one as it was before"""
    with torture.World() as own:
        control = Control(own)
        for arguments in (["import", file], ["prune", "--older-than", "1s"]):
            for kind in ("memory", "disk"):
                fault = getattr(control, kind)
                fault.forget()
                copy_database(world, own)
                good = command(own, control, arguments)
                expect(good.returncode == 0, "%s: %s" % (arguments, good.stderr))
                all_of_them = points(fault.seen(), 6)
                tally = Tally("%s, %s" % (arguments[0], kind), len(all_of_them))
                spread(command_fails, all_of_them, world, kind, arguments, (good.stdout, amount(own)), tally)
                tally.say()


def commands():
    with torture.World("--retention", "0") as world:
        control = Control(world)
        world.start()
        storm(world, 1, "300")
        world.stop()
        traces = [row[0] for row in world.read().execute("SELECT id FROM traces ORDER BY span_count DESC LIMIT 2")]
        for arguments in (["ls", "--limit", "20", "service:storm dur>1ms", "--format", "table"], ["show", traces[0]],
                          ["show", traces[0], "--critical"], ["stats", "--by", "operation"], ["map"], ["diff", *traces],
                          ["export", "--format", "otlp", "trace:" + traces[0]], ["check"]):
            control.memory.forget()
            good = command(world, control, arguments)
            expect(good.returncode == 0, "%s: %s" % (arguments, good.stderr))
            all_of_them = points(control.memory.seen(), 6)
            tally = Tally(" ".join(arguments[:1] + [word for word in arguments if word == "--critical"]), len(all_of_them))
            spread(command_fails, all_of_them, world, "memory", arguments, (good.stdout, amount(world)), tally)
            tally.say()
        file = os.path.join(world.folder, "more.json")
        with open(file, "wb") as more:
            more.write(torture.flat_body(*[torture.flat_span("more%d" % (i // 7), "a%d" % i, attributes={"x": "y" * i}) for i in range(200)]))
        writing_commands(world, file)


# ---- the disk under a receiver: an operation fails, or all from one on, until the disk is well again

def load(world, milliseconds="80", seeds=itertools.count()):
    return world.storm("-c", "5", "-r", "2000", "-b", "5", "-p", "2000", "-t", milliseconds, "-s", str(next(seeds)))


def fail_disk(packet, tally):
    """one life of the receiver, in which the disk fails now and then"""
    dice = random.Random(packet[0][0])
    with torture.World("--retention", "0") as world:
        control = Control(world)
        world.start(environment=control.environment)
        for point in packet:
            what = name_of("receiver", "disk operation", point)
            control.disk_state(error=dice.choice([errno.EIO, errno.ENOSPC]))
            control.arm(control.disk, point)
            refused = 0
            end = time.monotonic() + (6 if full else 1.5)  # a checkpoint does not come at once
            while time.monotonic() < end:
                told = load(world)
                refused += told["busy"]
                expect(told["other"] == 0 and told["without_retry"] == 0, "%s: refused for good: %s\n%s" % (what, told, control.stack()))
                if control.disk["failed"]:
                    break
            tally.add(control.disk["failed"], refused=refused)
            control.disk.clear()
            if world.server.poll() is not None:
                fail("%s: the receiver ended with %d\n%s" % (what, world.server.returncode, control.stack()))
                world.start(environment=control.environment)
            well = torture.until(lambda: load(world, "20")["batches"] > 0, RECOVERY_LARGEST_S)
            expect(well, "%s: nothing is stored afterwards\n%s" % (what, control.stack()))
        tally.promised(world.check_promises())
        world.check_file()
        world.stop()


def fill_disk():
    """a full disk, while somebody watches, and the log is not what fills the next one"""
    with torture.World("--retention", "0") as world:
        control = Control(world)
        world.start(environment=control.environment)

        def well():
            text = world.log_text()
            return text.rfind("store: well again") > text.rfind("; spans are being refused")

        load(world)
        before = len(world.log_text())
        control.disk_state(full=1)
        told = load(world, "1500")
        expect(told["busy"] > 0 and told["other"] == 0 and told["without_retry"] == 0, "full disk: %s" % told)
        said = world.log_text()[before:]
        expect("store: disk full" in said and said.count("\n") < 10, "full disk: the log says %d lines: %s" % (said.count("\n"), said[:500]))
        control.disk_state(full=0)
        began = time.monotonic()
        expect(torture.until(lambda: load(world, "20")["batches"] > 0, RECOVERY_LARGEST_S), "nothing is stored when there is room again")
        recovered = time.monotonic() - began
        expect(torture.until(well), "the log does not say that there is room again")
        world.check_promises()
        world.check_file()
        world.stop()
        say("after a full disk %.1f s" % recovered)


def disk():
    receivers("disk", 5)
    with torture.World("--retention", "0") as world:
        control = Control(world)
        world.start(environment=control.environment)
        control.disk.forget()
        load(world, "3000" if full else "700")
        all_of_them = points(control.disk.seen(), 16, COMMITS)
        world.stop()
    tally = Tally("disk", len(all_of_them))
    spread(fail_disk, all_of_them, tally)
    tally.say(", %d refusals, %d spans acknowledged, all stored" % (tally.refused, tally.promises))
    fill_disk()


# ---- the explorer: it says that the disk is full, and gives the terminal back

def screen_of_full_disk():
    with torture.World("--retention", "0") as world:
        control = Control(world)
        screen = torture.Screen(world, environment=control.environment)
        expect(screen.wait("No spans yet"), "the explorer does not start")
        body = torture.flat_body(torture.flat_span("seen", "a1"))
        expect(world.post("/api/trace-log", body)[0] == 200, "nothing is stored")
        control.disk_state(full=1)
        status, answer = world.post("/api/trace-log", torture.flat_body(torture.flat_span("unseen", "a2")))
        expect(status == 503 and b"Retry-After" in answer, "full disk: %r" % answer)
        expect(screen.wait("disk full"), "the screen does not say that the disk is full:\n" + screen.text())
        control.disk_state(full=0)
        expect(torture.until(lambda: world.post("/api/trace-log", body)[0] == 200, RECOVERY_LARGEST_S), "no recovery")
        expect(screen.wait_gone("disk full"), "the screen still says that the disk is full:\n" + screen.text())
        screen.type("Q")
        expect(screen.ended(), "the explorer does not end")
        screen.close()


# a trace, its tabs and lenses; groups, map, filter, form, columns, a range of time, a diff, files, saved filters
WALK = ("ma", "\r", "jj/x\r", "]]]]]", "ecCzc", "D", "\x1b", "W", "\x1b", "\x1b", "\x1b", "D", "\x1b", "W", "\x1b", "/seen\r", "f", "\x1b",
        ":columns op dur\r", "Th \r", "u", "jd", "\x1b", ":w FOLDER/list.csv\r", ":save one\r", "B", "\x1b", "I", "\x1b", "?", "\x1b")


def look_around(world, control):
    """one life of an explorer; (whether it ended, the screen)"""
    screen = torture.Screen(world, "--no-listen", environment=control.environment)
    torture.until(lambda: b"seen" in screen.raw or screen.process.poll() is not None, 2)
    for keys in WALK:
        if screen.process.poll() is None:
            screen.type(keys.replace("FOLDER", world.folder))
            time.sleep(0.05)
    screen.type("\x1b\x1bQ")
    return screen.ended(), screen


def world_to_see():
    world = torture.World("--retention", "0")
    world.start()
    spans = [torture.flat_span("seen %d" % trace, "a%d" % i, parentSpanId="a%d" % (i // 2) if i > 1 else None, operationName="seen %d" % i,
                               status="error" if i == 7 else "completed", attributes={"x": "y" * i}) for i in range(1, 30) for trace in range(2)]
    expect(world.post("/api/trace-log", torture.flat_body(*spans))[0] == 200, "nothing is stored")
    world.stop()
    return world


def look_without_memory(packet, tally):
    with world_to_see() as world:
        control = Control(world)
        for point in packet:
            what = name_of("screen", "memory", point)
            control.memory.forget()
            control.arm(control.memory, point)
            ended, screen = look_around(world, control)
            if ended:
                check_end(what, control, screen.process, screen.output())
                expect(not screen.is_taken(), "%s: the terminal is not given back\n%s" % (what, control.stack()))
            else:
                fail("%s: hangs\n%s" % (what, control.stack()))
            tally.add(control.memory["failed"], screen.process.poll() not in (None, 0))
            screen.close()


def screen():
    screen_of_full_disk()
    with world_to_see() as world:
        control = Control(world)
        ended, seen = look_around(world, control)
        expect(ended and seen.process.returncode == 0, "the explorer does not end well")
        seen.close()
        all_of_them = points(control.memory.seen(), 8)
    tally = Tally("screen", len(all_of_them))
    spread(look_without_memory, all_of_them, tally)
    tally.say()


for one in (receiver, commands, disk, screen):
    if part in (None, one.__name__):
        one()
torture.finish()
