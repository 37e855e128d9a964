"""admin.py URL TOKEN-FILE DATABASE: asks the admin API, and the same of the database by SQL."""
import csv
import http.client
import io
import json
import math
import socket
import sqlite3
import sys
import time
from urllib.parse import quote, urlencode, urlsplit

url = urlsplit(sys.argv[1])
token = open(sys.argv[2]).read().strip()
db = sqlite3.connect("file:%s?mode=ro" % sys.argv[3], uri=True)
db.row_factory = sqlite3.Row
BASE = "/api/admin/traces"


def call(path, method="GET", bearer=token, **headers):
    connection = http.client.HTTPConnection(url.netloc, timeout=30)
    if bearer is not None:
        headers["Authorization"] = "Bearer " + bearer
    connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def get(path, **arguments):
    status, _, body = call(path + ("?" + urlencode(arguments) if arguments else ""))
    assert status == 200, (path, arguments, status, body)
    return json.loads(body)


def same(what, expected, got):
    assert expected == got, "%s: expected %r, got %r" % (what, expected, got)


def refused(path, code, text, **arguments):
    got, headers, body = call(path + ("?" + urlencode(arguments) if arguments else ""))
    same(path + " " + str(arguments), {"error": text, "statusCode": code}, json.loads(body))
    same(path, code, got)
    same("type", "application/json", headers["Content-Type"])


# ---- the list: every filter, against SQL
def check_list(where, values, **arguments):
    want = [dict(row) for row in db.execute(
        "SELECT * FROM traces t WHERE %s ORDER BY start_ns DESC" % where, values)]
    got = get(BASE, limit=1000, **arguments)
    same(where + " total", len(want), got["total"])
    assert got["total_is_exact"] is True
    same(where, sorted(row["id"] for row in want), sorted(row["id"] for row in got["traces"]))
    same("newest first", [row["start_ns"] for row in want], [int(row["start_ns"]) for row in got["traces"]])
    by_id = {row["id"]: row for row in want}
    for row in got["traces"]:
        expected = by_id[row["id"]]
        for column in ("user_id", "session_id", "root_operation", "started_at", "ended_at", "status", "error_message",
                       "error_stack", "metadata", "created_at", "service", "client_type", "span_count", "error_count"):
            same(row["id"] + " " + column, expected[column], row[column])
        same("services", expected["services"].split(" "), row["services"])
        assert expected["duration_ms"] == row["duration_ms"] or abs(expected["duration_ms"] - row["duration_ms"]) <= 0.5
    return want


every = check_list("1", ())
assert len(every) > 200
middle = every[len(every) // 2]["started_at"]
assert check_list("started_at >= ?", (middle,), startTime=middle)
assert check_list("started_at <= ?", (middle,), endTime=middle)
same("a millisecond", [r["id"] for r in every if r["started_at"] == middle],
     [r["id"] for r in check_list("started_at = ?", (middle,), startTime=middle, endTime=middle)])
assert check_list("user_id = ?", ("alice",), userId="alice")
check_list("user_id = ?", ("ali*",), userId="ali*")
check_list("user_id = ?", ("a,b \"c\"",), userId="a,b \"c\"")
session = next(row["session_id"] for row in every if row["session_id"])
assert check_list("session_id = ?", (session,), sessionId=session)
assert check_list("root_operation LIKE ?", ("%GOAL%",), operationName="GOAL")
assert check_list("EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.id AND s.operation_type = ?)", ("db",), operationType="db")
assert check_list("EXISTS (SELECT 1 FROM spans s WHERE s.trace_id = t.id AND s.service = ?)", ("api",), service="api")
for status in ("in_progress", "completed", "error", "cancelled"):
    check_list("status = ?", (status,), status=status)
assert check_list("duration_ns >= 250000000", (), minDuration=250)
assert check_list("duration_ns <= 2500000", (), maxDuration="2.5") is not None
assert check_list("user_id = ? AND status = ? AND duration_ns >= 1000000", ("alice", "error"), userId="alice", status="error", minDuration=1)
assert check_list("(user_id = 'alice' OR user_id = 'bob') AND status = 'error'", (), q="user:alice OR user:bob", status="error")
check_list("1", (), q="", userId="", status="")

# ---- pages
want = [row["id"] for row in every]
for size in (1, 7, 100, 299):
    seen, cursor, pages = [], None, 0
    while pages == 0 or cursor is not None:
        page = get(BASE, limit=size, **({"cursor": cursor} if cursor else {}))
        assert len(page["traces"]) <= size and page["total"] == len(want)
        seen += [row["id"] for row in page["traces"]]
        cursor = page["next_cursor"]
        pages += 1
        if size == 1 and pages == 20:
            break
    same("pages of %d" % size, sorted(want) if size > 1 else len(seen), sorted(seen) if size > 1 else 20)
    same("each once", len(seen), len(set(seen)))
first = get(BASE)
same("defaults", (100, 0, 100), (first["limit"], first["offset"], len(first["traces"])))
second = get(BASE, limit=10, offset=95)
same("offset", [row["id"] for row in first["traces"][95:]], [row["id"] for row in second["traces"][:5]])
same("behind the end", ([], None), (lambda page: (page["traces"], page["next_cursor"]))(get(BASE, offset=5000)))
exactly = get(BASE, limit=len(want)) if len(want) <= 1000 else None
same("no cursor behind the last", None, exactly["next_cursor"])

# ---- what is wrong is said by name
refused(BASE, 400, "limit: a number from 1 to 1000 expected", limit=0)
refused(BASE, 400, "limit: a number from 1 to 1000 expected", limit="many")
refused(BASE, 400, "offset: a number from 0 to 100000 expected; cursor goes on without a limit", offset=-1)
refused(BASE, 400, "startTime: milliseconds since 1970 expected", startTime="yesterday")
check_list("1", (), startTime=0, endTime=9214646399999, q="dur>=0ms")
refused(BASE, 400, "endTime: milliseconds since 1970 expected", endTime=9214646400000)
refused(BASE, 400, "endTime: milliseconds since 1970 expected", endTime="")
refused(BASE, 400, "minDuration: milliseconds, 0 or more, expected", minDuration="250ms")
refused(BASE, 400, "maxDuration: milliseconds, 0 or more, expected", maxDuration=-1)
refused(BASE, 400, "status: in_progress, completed, error or cancelled expected", status="bad")
refused(BASE, 400, "cursor: a next_cursor of an earlier answer expected", cursor="1.2.3x")
refused(BASE, 400, "userId: at most 256 characters of UTF-8 expected", userId="\u00e9" * 257)
check_list("user_id = 'nobody'", (), userId="\u00e9" * 256)
refused(BASE, 400, "userId: a text without control characters expected", userId="a\nb")
refused(BASE, 400, "q: limit: is a parameter of its own here", q="limit:3")
refused(BASE, 400, "usrId: no parameter here; did you mean userId?", usrId="alice")
refused(BASE, 400, "format: no parameter here", format="csv")
refused(BASE + "/stats", 400, "limit: no parameter here", limit=3)
refused(BASE + "/export", 400, "format: json, csv or otlp expected", format="xml")
refused(BASE + "/" + want[0], 400, "q: no parameter here", q="x")
status, _, body = call(BASE + "?limit=3&limit=4")
same("twice", (400, "limit: given twice"), (status, json.loads(body)["error"]))
status, _, body = call(BASE + "?q=" + quote("usr:alice"))
assert status == 400 and b"did you mean user" in body, body
status, _, body = call(BASE + "?" + "&".join("q%d=1" % i for i in range(40)))
same("more than enough", 400, status)

# ---- one trace
for row in every[::29] + [r for r in every if r["status"] == "in_progress"][:3]:
    trace = get(BASE + "/" + quote(row["id"], safe=""))
    same("metadata", json.loads(row["metadata"]), trace["metadata"])
    spans = [dict(span) for span in db.execute("SELECT * FROM spans WHERE trace_id = ?", (row["id"],))]
    same("spans", len(spans), len(trace["spans"]))
    assert [s["started_at"] for s in trace["spans"]] == sorted(s["started_at"] for s in spans)
    by_id = {span["id"]: span for span in spans}
    for span in trace["spans"]:
        expected = by_id[span["id"]]
        for column in ("trace_id", "parent_span_id", "operation_name", "operation_type", "service", "started_at",
                       "ended_at", "status", "error_message", "kind", "user_id", "session_id", "duration_ns"):
            same(column, expected[column], span[column])
        for column in ("attributes", "events", "links"):
            same(column, json.loads(expected[column]), span[column])
refused(BASE + "/ffffffffffffffff", 404, "Trace not found")
refused(BASE + "/" + want[0][:8], 404, "Trace not found")
refused(BASE + "/" + "x" * 500, 404, "Trace not found")
status, headers, body = call(BASE + "/" + want[0])
status, again, body = call(BASE + "/" + want[0], If_None_Match=headers["ETag"])
same("nothing new", (304, b""), (status, body))
same("may not be kept", "no-store", call(BASE)[1]["Cache-Control"])
same("HEAD", (200, b""), call(BASE + "?limit=1", method="HEAD")[::2])

# ---- figures
stats = get(BASE + "/stats")
ended = [row["duration_ns"] / 1e6 for row in every if row["duration_ms"] is not None]
figures = stats["stats"]
same("total", (len(every), sum(row["status"] == "error" for row in every)), (figures["total"], figures["errors"]))
for key, value in (("avg_duration", sum(ended) / len(ended)), ("min_duration", min(ended)), ("max_duration", max(ended))):
    assert math.isclose(figures[key], value, rel_tol=1e-6), (key, figures[key], value)
for key in ("p50", "p95", "p99"):
    assert math.isclose(figures[key], sorted(ended)[math.ceil(len(ended) * int(key[1:]) / 100) - 1], rel_tol=1e-9), key
for name, column in (("byOperation", "root_operation"), ("byUser", "user_id"), ("byService", "service")):
    want_groups = {row[0]: tuple(row)[1:] for row in db.execute(
        "SELECT %s, count(*), avg(CASE WHEN running_count = 0 THEN duration_ns END) / 1e6, sum(status = 'error') FROM traces GROUP BY 1" % column)}
    groups = stats[name]
    same(name, min(20, len(want_groups)), len(groups))
    same("most first", sorted((g["count"] for g in groups), reverse=True), [g["count"] for g in groups])
    for group in groups:
        count, average, errors = want_groups[group[column]]
        same(name, (count, errors), (group["count"], group["errors"]))
        assert average is None and group["avg_duration"] is None or math.isclose(group["avg_duration"], average, rel_tol=1e-6)
nothing = get(BASE + "/stats", startTime=1, endTime=2)
same("no trace", (0, None), (nothing["stats"]["total"], nothing["stats"]["avg_duration"]))

# ---- exports
status, headers, body = call(BASE + "/export?format=csv&status=error")
rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
same("csv", sorted(row["id"] for row in every if row["status"] == "error"), sorted(row["trace_id"] for row in rows))
same("a download", 'attachment; filename="traces.csv"', headers["Content-Disposition"])
assert headers["Content-Type"].startswith("text/csv")
status, headers, body = call(BASE + "/export")
exported = [json.loads(line) for line in body.decode().split("\n")[:-1]]
same("json", sorted(want), sorted(trace["trace_id"] for trace in exported))
same("with their spans", sum(row["span_count"] for row in every), sum(len(trace["spans"]) for trace in exported))
status, headers, body = call(BASE + "/export?format=otlp&limit=5")
same("otlp", 5, len(body.decode().split("\n")[:-1]))

# ---- a reader that stops reading holds nobody up
slow = []
for _ in range(6):
    connection = socket.create_connection((url.hostname, url.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(("GET %s/export HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n" % (BASE, token)).encode())
    slow.append(connection)
time.sleep(0.2)
get(BASE, limit=1)
for connection in slow:
    connection.close()
get(BASE, limit=1)

# ---- who may come in
same("without", 401, call(BASE, bearer=None)[0])
same("wrong", 401, call(BASE, bearer=token[:-1] + ("0" if token[-1] != "0" else "1"))[0])
same("longer", 401, call(BASE, bearer=token + "0")[0])
same("in the address", 401, call(BASE + "?token=" + token, bearer=None)[0])
same("a stranger's page", 403, call(BASE, Origin="http://evil.example")[0])
same("a stranger's name", 403, call(BASE, Host="evil.example")[0])
status, headers, body = call(BASE, method="POST")
same("another method", (405, "GET, HEAD, OPTIONS"), (status, headers["Allow"]))
same("another method", (405, "DELETE, OPTIONS"), (lambda a: (a[0], a[1]["Allow"]))(call(BASE + "/cleanup")))

# ---- the description
status, headers, body = call("/api/openapi.json", bearer=None)
document = json.loads(body)
assert status == 200 and set(document["paths"]) >= {BASE, BASE + "/{traceId}", BASE + "/stats", BASE + "/export", BASE + "/cleanup"}
same("304", 304, call("/api/openapi.json", bearer=None, If_None_Match=headers["ETag"])[0])

# ---- cleanup, last of all
refused(BASE + "/cleanup", 405, "/api/admin/traces/cleanup takes DELETE, OPTIONS")
for wrong in ("0", "-1", "x", "36501"):
    status, _, body = call(BASE + "/cleanup?olderThanDays=" + wrong, method="DELETE")
    same(wrong, (400, "olderThanDays: a number of days, over 0 and up to 36500, expected"), (status, json.loads(body)["error"]))
cut = (time.time() * 1000 - middle) / 86400000
status, _, body = call(BASE + "/cleanup?olderThanDays=%.9f" % cut, method="DELETE")
left = get(BASE)["total"]
same("deleted", (200, len(every) - left), (status, json.loads(body)["deleted"]))
assert 0 < left < len(every)
same("all of them", left, json.loads(call(BASE + "/cleanup", method="DELETE")[2])["deleted"])
same("nothing left", 0, get(BASE)["total"])
