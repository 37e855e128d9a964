"""compare.py — the rows of a database against what an SDK was told. usage: compare.py TRUTH.json DATABASE [SERVICE]

The truth is a list of spans (of SERVICE), or {"service", "resource", "strict", "spans"}; strict: 1 and 1.0 are of different types.
"""
import json
import sqlite3
import sys

truth = json.load(open(sys.argv[1]))
if isinstance(truth, list):
    truth = {"service": sys.argv[3] if len(sys.argv) > 3 else "interop-js", "resource": {"deployment.environment": "tést"}, "strict": False, "spans": truth}
spans = truth["spans"]
db = sqlite3.connect(sys.argv[2])
db.row_factory = sqlite3.Row
rows = {(r["trace_id"], r["id"], r["kind"] if truth.get("halves") else None): r for r in db.execute("SELECT * FROM spans")}
assert len(spans) == 1000 and len(rows) == 1000, (len(spans), len(rows))


def same(a, b):
    """Equal in type and value; unless strict, an SDK may write 1.0 for 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b and (type(a) is type(b) or not truth.get("strict"))
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


def check_events(label, events, told):
    assert [e["name"] for e in events] == [e["name"] for e in told], (label, events)
    for got, want in zip(events, told):
        assert want["time_ns"] in (None, got["timestamp_ns"]), (label, got, want)
        assert same(want["attributes"], got["attributes"]), (label, got["attributes"], want["attributes"])


def check_links(label, links, told):
    if isinstance(told, int):
        assert len(links) == told, label
        return
    got = [{key: link[key] for key in ("trace_id", "span_id", "attributes")} for link in links]
    assert same(told, got), (label, got, told)


for want in spans:
    row = rows[(want["trace_id"], want["id"], want["kind"] if truth.get("halves") else None)]
    label = want["name"]
    assert row["operation_name"] == want["name"], (label, row["operation_name"])
    assert row["parent_span_id"] == want["parent"], (label, row["parent_span_id"], want["parent"])
    assert row["start_ns"] == int(want["start_ns"]), (label, row["start_ns"], want["start_ns"])
    assert row["duration_ns"] == int(want["duration_ns"]), (label, row["duration_ns"], want["duration_ns"])
    assert row["kind"] == want["kind"], (label, row["kind"])
    assert row["status"] == want["status"], (label, row["status"])
    assert (row["error_message"] or None) == (want["message"] if want["status"] == "error" else None), label
    attributes = json.loads(row["attributes"] or "{}")
    assert attributes.keys() == want["attributes"].keys(), (label, attributes, want["attributes"])
    for key, value in want["attributes"].items():
        assert same(value, attributes[key]), (label, key, value, attributes[key])
    check_events(label, json.loads(row["events"] or "[]"), want["events"])
    check_links(label, json.loads(row["links"] or "[]"), want["links"])
    assert row["service"] == want.get("service", truth.get("service")), (label, row["service"])
    resource = json.loads(row["resource"] or "{}")
    for key, value in truth.get("resource", {}).items():
        assert same(value, resource[key]), (label, resource)
print("1000 spans agree")
