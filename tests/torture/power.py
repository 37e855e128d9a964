#!/usr/bin/env python3
"""power.py [--cuts N] — the power goes while spans come in: what may be lost, and that nothing is ever damaged.

power_tap.c writes down every write and sync of the real writer. A power cut at a moment keeps what was synced by then;
of the rest each write, and each sector of 512 bytes of it, may be there or not. The program starts on what is left.
"""
import os, random, shutil, struct, time
import torture
from torture import expect, full, option, say

RECORD = struct.Struct("=QIIQQ")
WRITE, TRUNCATE, SYNC, UNLINK = 1, 2, 3, 4
SUFFIXES = {1: "", 2: "-wal", 3: "-journal"}
SECTOR = 512
SECOND_NS = 1000000000
SYNC_LARGEST_NS = SECOND_NS // 2  # what the writer leaves the disk for a sync; one that takes longer makes the loss longer
cuts = int(option("--cuts", 100 if full else 6))  # of each durability

if torture.sanitizer():
    torture.skip("another library is preloaded in a sanitizer's build")


def records(path):
    with open(path, "rb") as tap:
        while head := tap.read(RECORD.size):
            if len(head) < RECORD.size:
                break
            now, kind, file, offset, length = RECORD.unpack(head)
            data = tap.read(length if kind == WRITE else 0)
            yield now, kind, file, offset, data


def apply(image, kind, offset, data):
    if kind == TRUNCATE:
        del image[offset:]
        image.extend(bytes(offset - len(image)))
        return
    if len(image) < offset + len(data):
        image.extend(bytes(offset + len(data) - len(image)))
    image[offset:offset + len(data)] = data


class Disk:
    """what is safe, and what is on its way"""

    def __init__(self):
        self.safe, self.loose = {}, {}

    def take(self, kind, file, offset, data):
        if kind == UNLINK:
            self.safe.pop(file, None)
            self.loose.pop(file, None)
        elif kind == SYNC:
            image = self.safe.setdefault(file, bytearray())
            for change in self.loose.pop(file, []):
                apply(image, *change)
        else:
            self.loose.setdefault(file, []).append((kind, offset, data))

    def cut(self, path, dice):
        """the files as a disk may hold them when the power is back"""
        kept = dice.choice([0.0, 0.05, 0.5, 0.95, 1.0])
        torn = dice.random() < 0.5
        for file in set(self.safe) | set(self.loose):
            image = bytearray(self.safe.get(file, b""))
            for kind, offset, data in self.loose.get(file, []):
                if kind == WRITE and torn:
                    for at in range(0, len(data), SECTOR):
                        if dice.random() < kept:
                            apply(image, kind, offset + at, data[at:at + SECTOR])
                elif dice.random() < kept:
                    apply(image, kind, offset, data)
            with open(path + SUFFIXES[file], "wb") as target:
                target.write(image)


def check_cut(world, durability, cut_ns, promises, loss_largest_ns):
    """starts on what is left; the age of the oldest promise that is lost, in seconds"""
    world.start()
    world.check_file()
    found = world.stored()
    world.stop()
    for suffix in ("", "-wal", "-shm", "-journal"):
        if os.path.exists(world.db + suffix):
            os.unlink(world.db + suffix)
    made = {span: times for span, times in promises.items() if times[1] <= cut_ns}
    lost = {span: times for span, times in made.items() if span not in found}
    twice = [span for span, times in found.items() if times != 1]
    expect(not twice, "%s: %d spans are there more than once" % (durability, len(twice)))
    if not lost:
        return 0
    first = min(acked for sent, acked in lost.values())
    if durability == "full":
        expect(False, "full: %d acknowledged spans are lost" % len(lost))
    expect(cut_ns - first <= loss_largest_ns, "normal: spans of %.2f s before the cut are lost" % ((cut_ns - first) / SECOND_NS))
    later = [span for span in found if span in promises and promises[span][0] > first]
    expect(not later, "normal: %d spans survived that were sent after one that is lost" % len(later))
    return (cut_ns - first) / SECOND_NS


def record(durability):
    """a receiver under load, then at rest; the folder of its records, and what it promised"""
    world = torture.World("--retention", "0", "--durability", durability)
    tap = os.path.join(world.folder, "tap")
    world.start(environment={"LD_PRELOAD": torture.tool("libpower_tap.so"), "TORTURE_TAP": tap, "TORTURE_DATABASE": world.db})
    begun_ns = time.monotonic_ns()
    for seed, (rate, batch) in enumerate([("3000", "20"), ("40", "2"), ("20000", "500")]):
        world.storm("-t", "1500", "-r", rate, "-b", batch, "-s", str(seed + 1), "-c", "8")
        time.sleep(0.7)
    time.sleep(0.5)
    ended_ns = time.monotonic_ns()
    world.kill()
    return world, tap, begun_ns, ended_ns


for durability in ("full", "normal"):
    recorded, tap, begun_ns, ended_ns = record(durability)
    with recorded, torture.World("--retention", "0") as world:
        dice = random.Random(7 if not full else None)
        moments = sorted([dice.randrange(begun_ns, ended_ns) for _ in range(cuts - 1)] + [ended_ns])
        promises = recorded.promises()
        disk, ages = Disk(), []
        slowest = max(took for _, kind, _, took, _ in records(tap) if kind == SYNC)
        loss_largest_ns = SECOND_NS + max(0, slowest - SYNC_LARGEST_NS)
        log = records(tap)
        pending = next(log, None)
        for moment in moments:
            while pending is not None and pending[0] <= moment:
                disk.take(*pending[1:])
                pending = next(log, None)
            disk.cut(world.db, dice)
            ages.append(check_cut(world, durability, moment, promises, loss_largest_ns))
        say("durability %s: %d power cuts, %d spans acknowledged; %d cuts lost spans, the oldest %.2f s old; a sync took at most %.2f s"
            % (durability, cuts, len(promises), sum(age > 0 for age in ages), max(ages), slowest / SECOND_NS))
torture.finish()
