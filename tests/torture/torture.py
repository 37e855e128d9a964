"""torture.py — what the torture tests share: a receiver, a storm of senders, the ledger of promises.

    import torture
    with torture.World() as world:
        world.start()
        world.storm("-t", "500")
        world.check_promises()
    torture.finish()

The first argument of a test is the build folder; --full makes it run as long as it should before a release, and an
option of the test itself ("kill --cycles 300") as long as there is time for.
"""
import fcntl, json, os, pty, re, shutil, signal, socket, sqlite3, struct, subprocess, sys, tempfile, termios, threading, time

build = os.path.abspath(sys.argv[1])
full = "--full" in sys.argv[2:]
tracetui = os.path.join(build, "tracetui")
here = os.path.dirname(os.path.abspath(__file__))
failures = 0
SKIPPED = 77


def option(name, otherwise):
    """the number behind that option of the test"""
    return float(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else otherwise


def sanitizer():
    with open(os.path.join(build, "CMakeCache.txt")) as cache:
        return re.search(r"^TRACETUI_SANITIZE:\w+=(.*)$", cache.read(), re.M).group(1)


def fail(text):
    global failures
    failures += 1
    print("FAIL: " + text, flush=True)


def expect(held, text):
    if not held:
        fail(text)


def say(text):
    print(text, flush=True)


def finish():
    sys.exit(1 if failures else 0)


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def tool(name):
    return os.path.join(build, "tests", name)


def until(ready, seconds=60, pause=0.01):
    """True as soon as ready() is, False after so many seconds"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(pause)
    return ready()


class World:
    """A folder of its own, a database in it, and the receiver that writes it."""

    def __init__(self, *arguments):
        self.folder = tempfile.mkdtemp(prefix="torture-")
        self.db = os.path.join(self.folder, "traces.db")
        self.ports = os.path.join(self.folder, "ports")
        self.ledger = os.path.join(self.folder, "ledger")
        self.log = os.path.join(self.folder, "log")
        self.arguments = arguments
        self.server = None
        self.others = []
        self.environment = dict(os.environ, HOME=self.folder, XDG_STATE_HOME=self.folder, XDG_CONFIG_HOME=self.folder)
        for name in ("TRACETUI_DB", "TRACETUI_NOW", "TMUX", "NO_COLOR", "XDG_DATA_HOME"):
            self.environment.pop(name, None)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        for process in self.others + [self.server]:
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if problem[0] is not None or failures:
            print("the receiver's log ends:\n" + self.log_text()[-3000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def log_text(self):
        try:
            with open(self.log, errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def start(self, *arguments, environment=None, patience=60):
        """starts the receiver; returns the seconds until it listened"""
        ready = os.path.join(self.folder, "ready")
        began = time.monotonic()
        with open(ready, "w") as out, open(self.log, "a") as log:
            self.server = subprocess.Popen(
                [tracetui, "serve", "--db", self.db, "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0",
                 *self.arguments, *arguments],
                stdout=out, stderr=log, env=dict(self.environment, **(environment or {})))

        def listening():
            with open(ready) as said:
                self.said = said.read()
            return self.said.count("\n") == 2 or self.server.poll() is not None

        if not until(listening, patience, 0.005) or self.server.poll() is not None:
            raise RuntimeError("the receiver does not start:\n" + self.log_text()[-2000:])
        took = time.monotonic() - began
        self.http, self.grpc = [int(line.rsplit(":", 1)[1].split("/")[0].split()[0]) for line in self.said.splitlines()]
        with open(self.ports + ".new", "w") as ports:
            ports.write("%d %d\n" % (self.http, self.grpc))
        os.rename(self.ports + ".new", self.ports)
        return took

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def stop(self, patience=30):
        """stops the receiver as a service manager would; returns the seconds it took"""
        began = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        try:
            expect(self.server.wait(patience) == 0, "the receiver ended with %d" % self.server.returncode)
        except subprocess.TimeoutExpired:
            fail("the receiver does not end")
            self.server.kill()
            self.server.wait()
        return time.monotonic() - began

    def storm(self, *arguments, wait=True, ledger=True):
        """runs tests/torture/storm.c; what it printed, or the process when we do not wait"""
        command = [tool("storm"), *arguments] + (["-o", self.ledger] if ledger else []) + [self.ports]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if not wait:
            self.others.append(process)
            return process
        return json.loads(process.communicate()[0])

    def end_storm(self, process):
        process.send_signal(signal.SIGTERM)
        return json.loads(process.communicate()[0])

    def read(self):
        database = sqlite3.connect("file:%s?mode=ro" % self.db, uri=True, timeout=20)
        database.execute("PRAGMA query_only = 1")
        return database

    def promises(self):
        """what the ledger holds: {(trace, span): (sent_ns, acked_ns)}"""
        spans = {}
        try:
            with open(self.ledger) as ledger:
                for line in ledger:
                    sent, acked, trace, batch, count = line.split()
                    for i in range(int(count)):
                        spans[trace, "%08x%08x" % (int(batch), i + 1)] = (int(sent), int(acked))
        except FileNotFoundError:
            pass
        return spans

    def stored(self, database=None):
        """the storm's spans that are there: {(trace, span): how often}; a span that is not whole is a failure"""
        database = database or self.read()
        found = {}
        broken = 0
        for trace, span, check, service, status, ended in database.execute(
                "SELECT trace_id, id, attributes->>'check', service, status, ended_at FROM spans WHERE operation_name = 'work'"):
            found[trace, span] = found.get((trace, span), 0) + 1
            broken += check != span or service != "storm" or ended is None or status not in ("completed", "error")
        expect(broken == 0, "%d spans are not whole" % broken)
        return found

    def check_promises(self):
        """what was acknowledged is stored, once and whole; the number of promises"""
        promised = self.promises()
        found = self.stored()
        missing = [span for span in promised if span not in found]
        twice = [span for span, times in found.items() if times != 1]
        expect(not missing, "%d of %d acknowledged spans are lost: %s" % (len(missing), len(promised), missing[:3]))
        expect(not twice, "%d spans are there more than once: %s" % (len(twice), twice[:3]))
        return len(promised)

    def check_file(self):
        """SQLite finds the file whole, and we find every figure equal to its spans"""
        whole = self.read().execute("PRAGMA integrity_check").fetchone()[0]
        expect(whole == "ok", "integrity_check: " + whole[:300])
        checked = self.run("check")
        expect(checked.returncode == 0, "check: %d %s" % (checked.returncode, (checked.stdout + checked.stderr)[:500]))

    def run(self, *arguments, patience=120, **options):
        return subprocess.run([tracetui, arguments[0], "--db", self.db, *arguments[1:]], capture_output=True, text=True,
                              errors="replace", timeout=patience, env=self.environment, **options)

    def memory(self, process=None):
        """resident bytes: (now, at the highest)"""
        with open("/proc/%d/status" % (process or self.server).pid) as status:
            text = status.read()
        return tuple(int(re.search(name + r":\s+(\d+)", text).group(1)) << 10 for name in ("VmRSS", "VmHWM"))

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.server.pid))

    def connect(self, port=None, patience=20):
        return socket.create_connection(("127.0.0.1", port or self.http), patience)

    def post(self, path, body, content_type="application/json", patience=20, headers=""):
        """one request; (status, whole answer), status 0 when the connection broke"""
        answer = b""
        try:
            with self.connect(patience=patience) as connection:
                connection.sendall(("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\n%sConnection: close\r\n\r\n"
                                    % (path, content_type, len(body), headers)).encode() + body)
                while piece := connection.recv(65536):
                    answer += piece
        except OSError:
            pass
        return (int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0), answer


def flat_span(trace, span, now_ms=None, **more):
    now_ms = now_ms or int(time.time() * 1000)
    return dict({"id": span, "traceId": trace, "operationName": "x", "operationType": "ui", "service": "w",
                 "startedAt": now_ms, "endedAt": now_ms}, **more)


def flat_body(*spans):
    return json.dumps({"spans": spans}).encode()


class Screen:
    """The explorer in a terminal of its own. It listens, unless told otherwise, and world.http is its port."""
    ESCAPES = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[()][0-9A-Za-z]|\x1b[=>78c]|[\x0e\x0f]")

    END = b"<end>"  # behind all that the explorer wrote

    def __init__(self, world, *arguments, environment=None, columns=120, rows=30, term="xterm-256color"):
        self.world = world
        if not arguments:
            world.http = free_port()
            arguments = ("--listen", "127.0.0.1:%d" % world.http)
        self.keyboard, self.terminal = pty.openpty()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.modes = termios.tcgetattr(self.terminal)
        self.raw = b""
        self.marked = False

        self.environment = dict(world.environment, TERM=term, LC_ALL="C.UTF-8", **(environment or {}))
        self.launch(arguments)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def launch(self, arguments):
        """starts the explorer, another one if there was one before, in the terminal as it is"""
        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 1)

        self.process = subprocess.Popen([tracetui, "--db", self.world.db, *arguments], stdin=self.terminal, stdout=self.terminal,
                                        stderr=self.terminal, preexec_fn=own_terminal, env=self.environment)
        self.world.others.append(self.process)

    def read(self):
        try:
            while piece := os.read(self.keyboard, 65536):
                self.raw += piece
        except OSError:
            pass

    def output(self):
        return self.ESCAPES.sub(b"", self.raw).decode(errors="replace")

    def type(self, text):
        try:
            os.write(self.keyboard, text.encode())
        except OSError:
            pass

    def text(self):
        """what is on the screen, after it was drawn anew"""
        before = len(self.raw)
        self.type("\f")
        until(lambda: len(self.raw) > before, 0.5)
        time.sleep(0.15)
        return self.ESCAPES.sub(b"\n", self.raw[before:]).decode(errors="replace")

    def wait(self, text, seconds=60):
        return until(lambda: self.process.poll() is not None or text in self.text(), seconds) and self.process.poll() is None

    def wait_gone(self, text, seconds=60):
        return until(lambda: text not in self.text(), seconds)

    def ended(self, seconds=60):
        gone = until(lambda: self.process.poll() is not None, seconds)
        if gone and not self.marked:
            self.marked = True
            os.write(self.terminal, self.END)
            until(lambda: self.END in self.raw, seconds)
        return gone

    def is_taken(self):
        """True while the terminal is not as a shell expects it"""
        return self.raw.rfind(b"\x1b[?1049h") > self.raw.rfind(b"\x1b[?1049l") or termios.tcgetattr(self.terminal)[:4] != self.modes[:4]

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.terminal)
        self.reader.join(1)
        os.close(self.keyboard)


class Typist:
    """An explorer in a terminal, and tests/torture/typist.c at its keys: for what is too quick for Python to see."""

    def __init__(self, world, *arguments):
        # in a session of its own, as somebody's terminal is: the kernel shares the processors out by session
        self.process = subprocess.Popen([tool("typist"), world.folder, tracetui, "--db", world.db, *arguments],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=world.environment, start_new_session=True)
        world.others.append(self.process)

    def ask(self, line):
        """what came out, None when the typist is gone"""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return json.loads(answer) if answer else None

    def quit(self):
        """True when the explorer ended as it should"""
        self.process.stdin.close()
        return self.process.wait() == 0


def free_port():
    """a port nobody has; others may take it before we do, which a test then sees as a start that fails"""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
