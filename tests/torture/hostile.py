#!/usr/bin/env python3
"""hostile.py — talks to a receiver as no library would, while a good sender goes on beside it."""
import gzip, os, random, socket, struct, threading, time, zlib
import torture
from torture import fail, full, say

MEMORY_LARGEST = 256 << 20
GOOD_P99_MS = 50
SLOW_CONNECTIONS = 1000
CUT_AFTER_S = 10
BOMB_BYTES = (1 << 30) if full else (128 << 20)
sanitized = torture.sanitizer() != ""
SPAN = b'{"spans":[{"id":"%s","traceId":"hostile","operationName":"x","operationType":"ui","service":"w","startedAt":%d,"endedAt":%d}]}'

world = torture.World()
world.start()
host, port = "127.0.0.1", world.http
good_sender = world.storm("-c", "2", "-r", "400", "-b", "10", "-m", "fp", "-t", "100000000", wait=False)


def span(name):
    now = int(time.time() * 1000)
    return SPAN % (name.encode(), now, now)


def connect():
    s = socket.create_connection((host, port), 20)
    s.settimeout(20)
    return s


def read_all(s):
    data = b""
    try:
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            data += piece
    except (ConnectionResetError, BrokenPipeError):
        pass
    return data


def ask(*pieces, pause=0, half_close=False):
    """sends the pieces and returns all that comes back until the server closes"""
    s = connect()
    try:
        for piece in pieces:
            s.sendall(piece)
            time.sleep(pause)
        if half_close:
            s.shutdown(socket.SHUT_WR)
    except (ConnectionResetError, BrokenPipeError):
        pass
    data = read_all(s)
    s.close()
    return data


def status(answer):
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0


def expect(what, wanted, answer):
    got = status(answer)
    if got not in (wanted if isinstance(wanted, tuple) else (wanted,)):
        fail("%s: expected %s, got %r" % (what, wanted, answer[:300]))


def post(body, *lines, path="/api/trace-log", target_host=None, method="POST", length=True, kind="application/json"):
    head = ["%s %s HTTP/1.1" % (method, path), "Host: " + (target_host or "%s:%d" % (host, port)),
            "Content-Type: " + kind, "Connection: close"]
    if length:
        head.append("Content-Length: %d" % len(body))
    return "\r\n".join(head + list(lines) + ["", ""]).encode() + body


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"")
HEADERS, RESET, SETTINGS, PING, CONTINUATION, WINDOW = 1, 3, 4, 6, 9, 8


# a thousand connections that bring a byte now and then, from now on and for as long as they may
slow = []
cut_after = []
on_grpc = {}  # what is left of the greeting


def trickle():
    began = time.monotonic()
    open_ones = []
    for i in range(SLOW_CONNECTIONS):
        try:
            if i % 5 == 0:
                open_ones.append(socket.create_connection((host, world.grpc), 20))
                on_grpc[open_ones[-1]] = list(HELLO)
                continue
            open_ones.append(connect())
            if i % 4:
                open_ones[-1].sendall(b"POST /api/trace-log HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if i % 4 > 1 else b"P")
        except OSError as problem:
            fail("slow connection %d: %s" % (i, problem))
            return
    slow.extend(open_ones)
    while open_ones and time.monotonic() - began < 3 * CUT_AFTER_S:
        for one in list(open_ones):
            try:
                one.setblocking(False)
                one.send(bytes([on_grpc[one].pop(0)]) if one in on_grpc else b"y")
                if one.recv(100) == b"":
                    raise OSError
            except BlockingIOError:
                pass
            except (OSError, IndexError):
                open_ones.remove(one)
                cut_after.append(time.monotonic() - began)
        time.sleep(0.5)


slow_ones = threading.Thread(target=trickle)
slow_ones.start()

good = span("good")
expect("plain", 200, ask(post(good)))

# requests that a proxy in front could read in another way
te = "Transfer-Encoding: chunked"
expect("length and coding", 400, ask(post(chunked(good), te)))
expect("two lengths", 400, ask(post(good, "Content-Length: %d" % len(good))))
expect("two different lengths", 400, ask(post(good, "Content-Length: 3")))
expect("unknown coding", 400, ask(post(chunked(good), "Transfer-Encoding: gzip, chunked", length=False)))
expect("two codings", 400, ask(post(chunked(good), te, te, length=False)))
expect("two hosts", 400, ask(post(good, "Host: localhost")))
expect("blank before the colon", 400, ask(post(good, "Content-Length : 3")))
expect("no host", 400, ask(post(good).replace(b"Host: ", b"Ghost: ")))
expect("negative length", (400, 0), ask(post(good, "Content-Length: -5", length=False)))
expect("length that is no number", (400, 0), ask(post(good, "Content-Length: abc", length=False)))
expect("enormous length", (400, 413), ask(post(b"", "Content-Length: 99999999999999999999", length=False)))
expect("chunks", 200, ask(post(chunked(good[:10], good[10:]), te, length=False)))
expect("chunk with extension", 200, ask(post(b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(good), good), te, length=False)))
expect("chunk of no number", (400, 0), ask(post(b"zz\r\nabc\r\n0\r\n\r\n", te, length=False)))
expect("chunk of negative size", (400, 0), ask(post(b"-5\r\nabc\r\n0\r\n\r\n", te, length=False)))
expect("enormous chunk", (400, 413, 0), ask(post(b"ffffffffffffffff1\r\nabc", te, length=False), half_close=True))
expect("chunk longer than said", (400, 0), ask(post(b"2\r\nabcdef\r\n0\r\n\r\n", te, length=False)))

# forms of one request
expect("absolute form", 200, ask(post(good, path="http://%s:%d/api/trace-log" % (host, port))))
expect("percent-encoded path", (200, 404), ask(post(good, path="/api/trace%2Dlog")))
expect("query behind the path", 200, ask(post(good, path="/api/trace-log?a=b")))
expect("path with a zero byte", (400, 404, 200), ask(post(good, path="/api/trace-log%00/../x")))
expect("path above the root", (400, 404), ask(post(good, path="/../../etc/passwd")))
for name in ("localhost", "LOCALHOST:%d" % port, "localhost.", "localhost.:%d" % port, "127.0.0.1", "[::1]:%d" % port, "127.0.0.1:"):
    expect("host " + name, 200, ask(post(good, target_host=name)))
for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:%d" % port, "[fe80::1%25eth0]:80", "127.0.0.1@evil.example", "evil.example:127.0.0.1", "localhost:80:80", "."):
    expect("host " + name, (403, 400), ask(post(good, target_host=name)))
expect("HEAD of health", 200, ask(post(b"", path="/healthz", method="HEAD", length=False)))
expect("HEAD of a POST path", 405, ask(post(b"", method="HEAD", length=False)))
expect("GET of a POST path", 405, ask(post(b"", method="GET", length=False)))
expect("OPTIONS", 204, ask(post(b"", method="OPTIONS", length=False)))
expect("OPTIONS of a stranger page", 403, ask(post(b"", "Origin: https://evil.example", "Access-Control-Request-Method: POST", method="OPTIONS", length=False)))
expect("unknown method", (405, 501), ask(post(b"", method="BREW", length=False)))
expect("headers of 100 kB", (431, 413, 400, 0), ask(post(good, "X-Large: " + "a" * 100000)))
expect("5000 headers", (431, 413, 400, 0), ask(post(good, *["X-%d: y" % i for i in range(5000)])))
expect("not HTTP", (400, 0), ask(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), half_close=True))
expect("zero bytes", (400, 0), ask(bytes(3000), half_close=True))

# pieces, pauses, halves
whole = post(good)
expect("byte by byte", 200, ask(*[whole[i:i + 1] for i in range(len(whole))]))
expect("sending side closed", (200, 0), ask(whole, half_close=True))  # when busy, libmicrohttpd sees the end first
cut = ask(whole[:-10], half_close=True)
if status(cut) == 200:
    fail("a body that was cut off was accepted")
keep = post(span("p1")).replace(b"Connection: close\r\n", b"")
answer = ask(keep * 20 + whole)
if answer.count(b"HTTP/1.1 200") != 21:
    fail("21 requests in one go: %d answers" % answer.count(b"HTTP/1.1 200"))
s = connect()
s.sendall(whole[:60])
s.close()


# wrong kinds, as a page in a browser could send them unasked
for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json", ""):
    expect("type " + kind, 415, ask(post(good, kind=kind)))
expect("foreign page", 403, ask(post(good, "Origin: https://evil.example")))
expect("null page", 403, ask(post(good, "Origin: null")))
expect("a header of 70 kB", 431, ask(post(good, "X-Large: " + "a" * 70000)))


# bodies that are small on the wire and large within
def gzipped(body):
    return gzip.compress(body, 6)


def bomb(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = b" " * (1 << 20)
    return b"".join(packer.compress(piece) for _ in range(size >> 20)) + packer.flush()


def field(number, payload):
    size, length = len(payload), b""
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + payload


def pb_request(attributes, spans=1):
    now = int(time.time() * 1e9)
    one = field(1, os.urandom(16)) + field(2, os.urandom(8)) + field(5, b"x") + b"\x39" + struct.pack("<Q", now) + b"\x41" + struct.pack("<Q", now)
    return field(1, field(2, field(2, one + attributes) * spans))


def nested_pb(depth):
    value = field(1, b"deep")
    for _ in range(depth):
        value = field(5, field(1, value))
    return field(9, field(1, b"k") + field(2, value))


def json_span(attributes):
    return b'{"spans":[{"id":"a1","traceId":"hostile","operationName":"x","startedAt":%d,"attributes":%s}]}' % (int(time.time() * 1000), attributes)


def otlp_json(value):
    now = int(time.time() * 1e9)
    return (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","name":"x","startTimeUnixNano":"%d","endTimeUnixNano":"%d",'
            b'"attributes":[{"key":"k","value":%s}]}]}]}]}' % (os.urandom(16).hex().encode(), os.urandom(8).hex().encode(), now, now, value))


PB = "application/x-protobuf"
packed = "Content-Encoding: gzip"
the_bomb = bomb(BOMB_BYTES)
expect("bomb of JSON", 413, ask(post(the_bomb, packed)))
expect("bomb of protobuf", 413, ask(post(the_bomb, packed, path="/v1/traces", kind=PB)))
expect("bomb for Zipkin", 413, ask(post(the_bomb, packed, path="/api/v2/spans")))
expect("gzip that is cut", 400, ask(post(gzipped(good)[:-9], packed)))
expect("gzip that is none", 400, ask(post(good, packed)))
expect("10,000 deep, flat", 400, ask(post(json_span(b'{"a":' * 10000 + b"1" + b"}" * 10000))))
expect("10,000 lists deep, flat", 400, ask(post(b"[" * 10000 + b"]" * 10000)))
expect("10,000 deep, Zipkin", 400, ask(post(b"[" * 10000 + b"]" * 10000, path="/api/v2/spans")))
expect("10,000 deep, OTLP", 400, ask(post(otlp_json(b'{"arrayValue":{"values":[' * 10000 + b'{"intValue":1}' + b"]}}" * 10000), path="/v1/traces")))
expect("10,000 deep, protobuf", 400, ask(post(pb_request(nested_pb(10000)), path="/v1/traces", kind=PB)))
expect("a million spans", (400, 413), ask(post(gzipped(b'{"spans":[' + b"{}," * 999999 + b"{}]}"), packed)))
expect("a million spans of Zipkin", (400, 413), ask(post(gzipped(b"[" + b"{}," * 999999 + b"{}]"), packed, path="/api/v2/spans")))
expect("a million spans of OTLP", (400, 413), ask(post(gzipped(b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * 999999 + b"{}]}]}]}"), packed, path="/v1/traces")))
expect("a million spans of protobuf", (400, 413), ask(post(gzipped(field(1, field(2, b"\x12\x00" * 1000000))), packed, path="/v1/traces", kind=PB)))
expect("an attribute of 10 MB", 200, ask(post(json_span(b'{"a":"' + b"x" * 10000000 + b'"}'))))
expect("an attribute of 10 MB, protobuf", 200, ask(post(pb_request(field(9, field(1, b"k") + field(2, field(1, b"x" * 10000000)))), path="/v1/traces", kind=PB)))
expect("100,000 attributes", 200, ask(post(json_span(b"{" + b",".join(b'"a%d":1' % i for i in range(100000)) + b"}"))))
expect("100,000 attributes, protobuf", 200, ask(post(pb_request(b"".join(field(9, field(1, b"a%d" % i) + field(2, b"\x18\x01")) for i in range(100000))), path="/v1/traces", kind=PB)))
expect("the same key 100,000 times", (200, 400), ask(post(json_span(b"{" + b",".join([b'"a":1'] * 100000) + b"}"))))


# HTTP/2: floods of frames that cost the sender nothing
CALL = b"\x83\x86\x84\x41\x09localhost"


def flood(what, pieces):
    """the connection must end before all of the flood is through, or all of it be swallowed"""
    sent = 0
    with torture.socket.create_connection((host, world.grpc), 10) as connection:
        try:
            connection.sendall(HELLO)
            for piece in pieces:
                connection.sendall(piece)
                sent += 1
        except OSError:
            return
        connection.settimeout(20)
        try:
            while connection.recv(65536):
                pass
            return
        except OSError:
            fail("%s: still open after %d pieces" % (what, sent))


flood("rapid reset", (b"".join(frame(HEADERS, 4, s, CALL) + frame(RESET, 0, s, bytes(4)) for s in range(b, b + 2000, 2)) for b in range(1, 100001, 2000)))
flood("CONTINUATION", [frame(HEADERS, 0, 1, CALL)] + [frame(CONTINUATION, 0, 1, b"\x00\x01a\x7f\x00" + b"v" * 127) for _ in range(50000)])
flood("empty CONTINUATION", [frame(HEADERS, 0, 1, CALL)] + [frame(CONTINUATION, 0, 1, b"") * 100 for _ in range(500)])
flood("SETTINGS", [frame(SETTINGS, 0, 0, bytes([0, 4, 0, 0, 255, 255])) * 1000 for _ in range(100)])
flood("PING", [frame(PING, 0, 0, b"12345678") * 1000 for _ in range(100)])
flood("frame of an absurd length", [b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(1000)])
dice = random.Random(1)
flood("noise", [bytes(dice.randrange(256) for _ in range(20000))])

# the slow ones have been shown out, the good one has noticed nothing
expect("beside 1000 slow connections", 200, ask(whole))
slow_ones.join()
if len(cut_after) < SLOW_CONNECTIONS:
    fail("%d of %d slow connections are still open" % (len(slow) - len(cut_after), SLOW_CONNECTIONS))
for one in slow:
    one.close()
told = world.end_storm(good_sender)
memory, highest = world.memory()
if not sanitized and highest > MEMORY_LARGEST:
    fail("memory grew to %d MiB" % (highest >> 20))
if told["broken"] or told["other"] or told["busy"]:
    fail("the good sender was refused: %s" % told)
if full and told["p99_ms"] > GOOD_P99_MS:
    fail("the good sender waited %.0f ms" % told["p99_ms"])
if "blank in the name" not in world.log_text():
    fail("the log does not say why")
world.stop()
world.check_promises()
world.check_file()
say("memory at most %d MiB; the last slow connection was cut after %.1f s; the good sender's p99 is %.1f ms"
    % (highest >> 20, max(cut_after or [0]), told["p99_ms"]))
world.__exit__(None)
torture.finish()
