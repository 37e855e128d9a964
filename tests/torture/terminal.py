#!/usr/bin/env python3
"""terminal.py — hostile text in every field: nothing but our own sequences reaches the terminal, which is given back whatever happens."""
import json, os, random, re, signal, subprocess, time
import torture
from torture import expect, fail, full, say

STRINGS = 100000 if full else 10000
dice = random.Random(3)
BEACON = "PWNED"

# What a terminal would obey, or show wrongly. Each names the beacon, so that it can be found in what comes out.
ATTACKS = [
    "\x1b]0;%s\x07", "\x1b]52;c;%s\x07", "\x1b]8;;http://%s\x1b\\x\x1b]8;;\x1b\\", "\x1bP+q%s\x1b\\", "\x1b[31m%s", "\x1b[2J%s", "\x1b[5n%s",
    "\x1b[?1049l%s", "\x1bc%s", "\x9b31m%s", "\x9d0;%s\x9c", "\x90%s\x9c", "\x1b#8%s", "\x1b[6n%s", "\x1b_G%s\x1b\\", "\x1b^%s\x1b\\", "\x1b]1337;File=%s\x07",
    "%s\r\n\x1b[A", "\b\b\b\b%s", "\x0e%s\x0f", "\x05%s", "\x7f%s", "\x00%s", "%s\u202e\u2066", "\u200b\u200d\ufeff%s\u00ad", "%s\U000e0041\U000e0042", "\u2028%s\u2029",
    "\u0301\u0301\u0301\u0301%s", "\u65e5" * 40 + "%s", "\U0001f468\u200d\U0001f469\u200d\U0001f467%s", "%s\ufff9\ufffb\ufffe", "\x1b[200~%s\x1b[201~", "\x1b%%G%s", "\x1b[>c%s", "\x1b]7777;idle;%s\x1b\\",
]
BAD_RUNES = re.compile("[\x00-\x09\x0b-\x1f\x7f\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]")
# what ncurses and we ourselves may write; a sequence in the data may never be one of these, since its ESC is gone
OURS = re.compile(rb"\x1b\[[0-9;?]*[ABCDGHJKLMPSTXZ@cdfghlmnrt]|\x1b\[>?[0-9;]*[qu]|\x1b\([0AB]|\x1b\)[0AB]|\x1b[=>78MDEcH]|\x1b\[!p|\x1b\]7777;idle;\d+\x1b\\|\x1b\]104\x07|\x1b\]52;c;[A-Za-z0-9+/=]*(?:\x07|\x1b\\)|\x1b\[\d*b")


def hostile():
    roll = dice.random()
    if roll < 0.6:
        return "".join(dice.choice(ATTACKS) % BEACON for _ in range(dice.randrange(1, 3)))
    if roll < 0.8:
        return "".join(chr(dice.choice([dice.randrange(0x20), dice.randrange(0x7f, 0xa0), dice.randrange(0x2000, 0x2070), dice.randrange(0x300, 0x370),
                                        dice.randrange(0x4e00, 0x9fff), dice.randrange(0xe0000, 0xe0080), dice.randrange(32, 127)])) for _ in range(dice.randrange(1, 30)))
    return bytes(dice.randrange(256) for _ in range(dice.randrange(1, 30))).decode("utf-8", "replace") + BEACON


def hostile_span(trace, number, now):
    """every field that takes text"""
    text = hostile
    return {"traceId": trace, "id": "s%d" % number, **({"parentSpanId": "s%d" % (number // 2)} if number else {}),
            "operationName": text(), "operationType": text()[:20] or "x", "service": text() or "x", "startedAt": now - 100 + number % 50, "endedAt": now + number % 90,
            "status": "error" if number % 5 == 0 else "completed", "errorMessage": text(), "errorStack": text() + "\n" + text(), "userId": text(), "sessionId": text(),
            "clientType": text(), "clientVersion": text(), "attributes": {text() or "k": text(), "sql": "SELECT '" + text() + "'", "list": [text(), {text() or "k": text()}], "http.url": text()},
            "events": [{"name": text(), "timestamp": now, "attributes": {text() or "k": text()}}]}


STRINGS_PER_SPAN = 20


def check_lines(what, output):
    text = output.decode("utf-8", "replace")
    found = BAD_RUNES.search(text)
    if found:
        at = found.start()
        fail("%s: %r reaches the terminal: %r" % (what, found.group(), text[max(0, at - 60):at + 60]))
    if "\ufffd" in text and b"\xef\xbf\xbd" not in output:
        fail("%s: what is written is not UTF-8" % what)


def check_tty(what, raw):
    rest = OURS.sub(b"", raw)
    text = rest.decode("utf-8", "replace")
    found = re.search("[\x00-\x06\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]", text)
    if found:
        at = found.start()
        fail("%s: %r reaches the terminal: %r" % (what, found.group(), text[max(0, at - 60):at + 60]))
    for title in re.findall(rb"\x1b\][^\x07\x1b]*", raw):
        expect(not title.startswith((b"\x1b]0;", b"\x1b]2;")) or BEACON.encode() not in title, "%s: the title is %r" % (what, title))


with torture.World("--retention", "0") as world:
    world.start()
    made = 0
    now = int(time.time() * 1000)
    trace = 0
    while made < STRINGS:
        trace += 1
        spans = [hostile_span("trace-%d" % trace if trace % 3 else hostile()[:20].strip() or "t", i, now + trace) for i in range(dice.randrange(1, 25))]
        status, answer = world.post("/api/trace-log", json.dumps({"spans": spans}).encode("utf-8", "surrogatepass"))
        if status != 200 and status != 400:
            fail("%d: %r" % (status, answer[-200:]))
        made += len(spans) * STRINGS_PER_SPAN
    stored = world.read().execute("SELECT count(*) FROM spans").fetchone()[0]
    expect(stored > made // STRINGS_PER_SPAN // 2, "hardly anything is stored: %d" % stored)
    check_lines("log", world.log_text().encode("utf-8", "surrogateescape"))

    # lines of the commands, as a terminal would get them
    ids = [row[0] for row in world.read().execute("SELECT id FROM traces ORDER BY span_count DESC LIMIT 200")]
    commands = [("ls", "--limit", "1000"), ("stats", "--by", "operation"), ("stats", "--by", "user"), ("stats", "--by", "service"), ("ls", "--limit", "50", "status:error")]
    commands += [("show", one) for one in ids[:100 if full else 12]] + [("show", one, "--errors") for one in ids[:5]]
    commands += [("ls", hostile()) for _ in range(10)] + [("show", hostile()) for _ in range(10)] + [("stats", "user:" + hostile()) for _ in range(5)]
    for arguments in commands:
        if any("\x00" in argument for argument in arguments):
            continue
        ran = subprocess.run([torture.tracetui, arguments[0], "--db", world.db, "--utf8", *arguments[1:]], capture_output=True, timeout=60,
                             env=dict(world.environment, LC_ALL="C.UTF-8"))
        expect(ran.returncode in (0, 1, 2), "%s: ended with %d" % (arguments[0], ran.returncode))
        check_lines(" ".join(arguments[:1]), ran.stdout)
        check_lines(" ".join(arguments[:1]) + ", stderr", ran.stderr)

    # panes, copies, pager
    pager = os.path.join(world.folder, "pager")
    with open(pager, "w") as script:
        script.write("#!/bin/sh\ncat \"$1\" >>%s/paged\n" % world.folder)
    os.chmod(pager, 0o755)
    for size in ((80, 24), (160, 45)) if not full else ((20, 5), (40, 8), (80, 24), (120, 30), (160, 45)):
        screen = torture.Screen(world, "--no-listen", environment={"PAGER": pager, "EDITOR": pager}, columns=size[0], rows=size[1])
        screen.wait("trace")
        for _ in range(60 if full else 6):
            for keys in ("j", "\r", "jjj", "\t", "]", "]", "yj", "o", "]", "ys", "yt", "]", "zR", "G", "gg", "/PWN\r", "n", "e", "E", "\x1b", "\x1b", "j", "i", "u", "D", "j", "\x1b", "f", "\x1b", "?", "\x1b", "I", "\x1b"):
                screen.type(keys)
                time.sleep(0.012)
        expect(screen.process.poll() is None, "the explorer ended:\n" + screen.output()[-1000:])
        screen.type("\x1b\x1b\x1bQ")
        expect(screen.ended(), "the explorer does not end")
        expect(not screen.is_taken(), "the terminal is not given back")
        check_tty("screen of %dx%d" % size, screen.raw)
        screen.close()
    if os.path.exists(os.path.join(world.folder, "paged")):
        with open(os.path.join(world.folder, "paged"), "rb") as paged:
            check_lines("pager", paged.read())
    else:
        fail("the pager was never called")
    clip = os.path.join(world.folder, "tracetui", "clip")
    expect(os.path.exists(clip), "nothing was copied")

    # ends nobody asked for
    endings = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGABRT]
    if not torture.sanitizer():  # which takes these two for itself
        endings += [signal.SIGSEGV, signal.SIGBUS]
    for number in endings:
        screen = torture.Screen(world, "--no-listen")
        screen.wait("trace")
        expect(screen.is_taken(), "the explorer is not on the screen")
        screen.process.send_signal(number)
        expect(screen.ended(), "signal %d does not end the explorer" % number)
        expect(not screen.is_taken(), "signal %d: the terminal is not given back" % number)
        screen.close()
    # SIGTERM while a pager has the terminal
    with open(pager, "w") as script:
        script.write("#!/bin/sh\nprintf 'the pager has %s' it\nexec sleep 1000\n")
    screen = torture.Screen(world, "--no-listen", environment={"PAGER": pager})
    screen.wait("trace")
    screen.type("\ro")
    expect(torture.until(lambda: "the pager has it" in screen.output()), "the pager is not called")
    screen.process.send_signal(signal.SIGTERM)
    expect(screen.ended(), "SIGTERM does not end an explorer whose pager runs")
    expect(not screen.is_taken(), "with a pager the terminal is not given back")
    screen.close()
    # nothing can be given back after kill -9: the next start must do without a reset, and leave the terminal well
    screen = torture.Screen(world, "--no-listen")
    screen.wait("trace")
    screen.process.kill()
    screen.process.wait()
    screen.launch(("--no-listen",))
    expect(screen.wait("trace"), "after kill -9 the explorer does not start")
    screen.type("Q")
    expect(screen.ended(), "after kill -9 the explorer does not end")
    expect(not screen.is_taken(), "after kill -9 the next end does not give the terminal back")
    screen.close()
    world.stop()
    say("%d hostile strings in %d spans: lists, trees, panes, pager and copies are clean" % (made, stored))
torture.finish()
