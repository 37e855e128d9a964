"""compare.py — the rows of a database against what an SDK was told. usage: compare.py TRUTH.json DATABASE"""
import json
import sqlite3
import sys

truth = json.load(open(sys.argv[1]))
db = sqlite3.connect(sys.argv[2])
db.row_factory = sqlite3.Row
rows = {(r["trace_id"], r["id"]): r for r in db.execute("SELECT * FROM spans")}
assert len(truth) == 1000 and len(rows) == 1000, (len(truth), len(rows))


def same(a, b):
    """Equal in type and value, except that an SDK may write 1.0 for an integral double."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return a == b
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return a == b


for want in truth:
    row = rows[(want["trace_id"], want["id"])]
    label = want["name"]
    assert row["operation_name"] == want["name"], label
    assert row["parent_span_id"] == want["parent"], label
    assert row["start_ns"] == int(want["start_ns"]), (label, row["start_ns"], want["start_ns"])
    assert row["duration_ns"] == int(want["duration_ns"]), label
    assert row["kind"] == want["kind"], (label, row["kind"])
    assert row["status"] == want["status"], (label, row["status"])
    assert (row["error_message"] or None) == (want["message"] if want["status"] == "error" else None), label
    attributes = json.loads(row["attributes"])
    assert attributes.keys() == want["attributes"].keys(), (label, attributes)
    for key, value in want["attributes"].items():
        assert same(value, attributes[key]), (label, key, value, attributes[key])
    events = json.loads(row["events"])
    assert [e["name"] for e in events] == [e["name"] for e in want["events"]], label
    for got, told in zip(events, want["events"]):
        assert got["timestamp_ns"] == told["time_ns"], label
        assert got["attributes"] == told["attributes"], (label, got["attributes"])
    assert len(json.loads(row["links"] or "[]")) == want["links"], label
    assert row["service"] == "interop-js", label
    assert json.loads(row["resource"])["deployment.environment"] == "tést", label
print("1000 spans agree")
