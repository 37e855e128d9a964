#!/usr/bin/env python3
"""replay.py — the same day told in any order, in pieces, twice and thrice: always the same rows.

Every span comes in two or three pieces that do not agree in all (running and ended, short and long names, other
attributes, errors seen by one side only), over all HTTP dialects. The first load is in order; the others are shuffled,
with pieces repeated and children before parents.
"""
import json, random
import torture
from torture import expect, fail, full, say

TRACES = 4000 if full else 150
LOADS = 10 if full else 4
DAY_MS = 24 * 3600 * 1000
BEGAN_MS = 1766000000000
VIEWS = {"traces": "created_at", "spans": None}

dice = random.Random(11)


def flat(trace, span, parent, name, service, start, end, **more):
    one = {"traceId": trace, "id": span, "operationName": name, "operationType": "http", "service": service, "startedAt": start}
    if parent:
        one["parentSpanId"] = parent
    if end is not None:
        one["endedAt"] = end
    one.update(more)
    return "/api/trace-log", one


def otlp(trace, span, parent, name, service, start, end, attributes, error):
    one = {"traceId": trace, "spanId": span, "name": name, "kind": 2, "startTimeUnixNano": "%d000000" % start,
           "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]}
    if parent:
        one["parentSpanId"] = parent
    if end is not None:
        one["endTimeUnixNano"] = "%d000000" % end
    if error:
        one["status"] = {"code": 2, "message": error}
    return "/v1/traces", {"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
                          "scopeSpans": [{"spans": [one]}]}


def zipkin(trace, span, parent, name, service, start, end, kind, tags):
    one = {"traceId": trace, "id": span, "name": name, "kind": kind, "timestamp": start * 1000, "duration": max(1, end - start) * 1000,
           "localEndpoint": {"serviceName": service}, "tags": tags}
    if parent:
        one["parentId"] = parent
    if kind == "SERVER":
        one["shared"] = True
    return "/api/v2/spans", one


def pieces_of_day():
    """[(when, path, piece)]"""
    pieces = []
    for _ in range(TRACES):
        trace = "%032x" % dice.getrandbits(128)
        user = dice.choice(["alice", "bob", "carol", None])
        spans = ["%016x" % dice.getrandbits(64) for _ in range(dice.randrange(1, 40))]
        start = BEGAN_MS + dice.randrange(DAY_MS)
        for i, span in enumerate(spans):
            parent = spans[dice.randrange(i)] if i else None
            begun, ended = start + i, start + i + dice.randrange(1, 2000)
            name, service = "op %d" % (i % 7), "service-%d" % (i % 3)
            more = {"userId": user} if user and i % 3 == 0 else {}
            way = dice.randrange(4)
            if way == 0:  # begun, then ended
                pieces += [(begun, *flat(trace, span, parent, name, service, begun, None, attributes={"a": 1, "b": "x"}, **more)),
                           (ended, *flat(trace, span, parent, name, service, begun, ended, status="completed", attributes={"c": [i], "b": "xyz"}))]
            elif way == 1:  # two who disagree
                pieces += [(begun, *flat(trace, span, None, name, "", begun, ended, status="completed")),
                           (ended, *flat(trace, span, parent, name + " in full", service, begun, ended + 5, status="error",
                                         errorMessage="failed %d" % i, events=[{"name": "e", "timestamp": begun}], **more))]
            elif way == 2:  # two protocols
                pieces += [(begun, *otlp(trace, span, parent, name, service, begun, None, {"a": "1"}, None)),
                           (ended, *otlp(trace, span, parent, name, service, begun, ended, {"b": "2", "a": "11"}, "broken" if i % 5 == 0 else None)),
                           (ended, *flat(trace, span, parent, name, service, begun, ended, sessionId="s%d" % (i % 2)))]
            else:  # both sides of a call under one id
                pieces += [(begun, *zipkin(trace, span, parent, name, service, begun, ended, "CLIENT", {"peer": "db"})),
                           (begun, *zipkin(trace, span, parent, name, "server", begun + 1, ended, "SERVER", {"error": "no"} if i % 4 == 0 else {})),
                           (ended, *zipkin(trace, span, parent, name, service, begun, ended, "CLIENT", {"more": "tags", "peer": "database"}))]
    return sorted(pieces, key=lambda piece: piece[0])


def body_of(path, pieces):
    if path == "/api/trace-log":
        return json.dumps({"spans": pieces})
    return json.dumps({"resourceSpans": pieces} if path == "/v1/traces" else pieces)


def load(world, pieces, largest):
    at = 0
    while at < len(pieces):
        group = pieces[at:at + dice.randrange(1, largest)]
        at += len(group)
        for path in {path for _, path, _ in group}:
            status, answer = world.post(path, body_of(path, [piece for _, p, piece in group if p == path]).encode())
            expect(status in (200, 202) and b"refused" not in answer and b"errors" not in answer, "%s: %r" % (path, answer[-300:]))


def dump(world):
    rows = {}
    database = world.read()
    for view, left_out in VIEWS.items():
        cursor = database.execute("SELECT * FROM %s" % view)
        columns = [column[0] for column in cursor.description]
        kept = [i for i, column in enumerate(columns) if column != left_out]
        rows[view] = sorted([repr([(columns[i], row[i]) for i in kept]) for row in cursor])
    return rows


def compare(expected, got, which):
    for view in VIEWS:
        if expected[view] != got[view]:
            old, new = set(expected[view]), set(got[view])
            fail("%s, %s: %d rows of %d differ:\n  %s\n  %s" % (which, view, len(new - old), len(new),
                 (sorted(old - new) or [""])[0], (sorted(new - old) or [""])[0]))


day = pieces_of_day()
ordered = None
for number in range(LOADS):
    with torture.World("--retention", "0") as world:
        world.start()
        pieces = list(day)
        if number > 0:
            pieces += dice.choices(day, k=len(day) // 2)
            dice.shuffle(pieces)
        load(world, pieces, 200 if number != 1 else 4)
        rows = dump(world)
        world.check_file()
        world.stop()
    if number == 0:
        ordered = rows
    else:
        compare(ordered, rows, "load %d" % number)
say("%d pieces of %d spans in %d orders: the same rows" % (len(day), len(ordered["spans"]), LOADS))
torture.finish()
