#!/usr/bin/env python3
"""hostile.py — talks to a receiver as no library would. usage: hostile.py HOST:PORT"""
import socket, sys, threading, time

host, port = sys.argv[1].rsplit(":", 1)
port = int(port)
failures = []
SPAN = b'{"spans":[{"id":"%s","traceId":"hostile","operationName":"x","operationType":"ui","service":"w","startedAt":%d,"endedAt":%d}]}'


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
        failures.append(what)
        print("FAIL: %s: expected %s, got %r" % (what, wanted, answer[:300]))


def post(body, *lines, path="/api/trace-log", target_host=None, method="POST", length=True):
    head = ["%s %s HTTP/1.1" % (method, path), "Host: " + (target_host or "%s:%d" % (host, port)),
            "Content-Type: application/json", "Connection: close"]
    if length:
        head.append("Content-Length: %d" % len(body))
    return "\r\n".join(head + list(lines) + ["", ""]).encode() + body


def chunked(*pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


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
expect("sending side closed", 200, ask(whole, half_close=True))
cut = ask(whole[:-10], half_close=True)
if status(cut) == 200:
    failures.append("cut off")
    print("FAIL: a body that was cut off was accepted")
keep = post(span("p1")).replace(b"Connection: close\r\n", b"")
answer = ask(keep * 20 + whole)
if answer.count(b"HTTP/1.1 200") != 21:
    failures.append("pipelined")
    print("FAIL: 21 requests in one go: %d answers" % answer.count(b"HTTP/1.1 200"))
s = connect()
s.sendall(whole[:60])
s.close()

# a thousand idle connections do not keep others out
idle = []
try:
    for i in range(1000):
        c = connect()
        if i % 2:
            c.sendall(whole[:i % 100])
        idle.append(c)
except OSError as problem:
    print("idle connections: %d, then %s" % (len(idle), problem))
began = time.time()
expect("beside 1000 idle connections", 200, ask(whole))
if time.time() - began > 2:
    failures.append("slow")
    print("FAIL: slow beside idle connections: %.1f s" % (time.time() - began))
for c in idle:
    c.close()
expect("at the end", 200, ask(whole))
print("%d failures" % len(failures))
sys.exit(1 if failures else 0)
