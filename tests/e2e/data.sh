#!/usr/bin/env bash
# data.sh — real traces of real systems: imported figures against an independent reading of the files.
. "$(dirname "$0")/lib.sh"
data=${TRACETUI_DATA:-}
[ -f "$data/otlp-jsonl-demo.json" ] || { echo "no data folder: skipped"; exit 77; }
export TRACETUI_NOW=1763647401000000000
"$tracetui" import --db "$db" --retention 0 "$data/otlp-jsonl-demo.json" >"$work/out" 2>"$work/err" || fail "import: $(cat "$work/err")"
holds "says what it did" "imported 547 spans, 141 traces, 0 refused" "$(cat "$work/out")"
python3 - "$data/otlp-jsonl-demo.json" "$db" <<'P' || fail "differs from the file"
import json, sqlite3, sys
spans, traces = {}, {}
for line in open(sys.argv[1]):
    for rs in json.loads(line).get("resourceSpans", []):
        service = next((a["value"]["stringValue"] for a in rs["resource"]["attributes"] if a["key"] == "service.name"), "unknown")
        for ss in rs["scopeSpans"]:
            for s in ss["spans"]:
                start, end = int(s["startTimeUnixNano"]), int(s["endTimeUnixNano"])
                attributes = {a["key"] for a in s.get("attributes", [])}
                spans[(s["traceId"], s["spanId"])] = (s["name"], service, start, end - start, s.get("parentSpanId") or None, attributes)
                t = traces.setdefault(s["traceId"], [start, end, 0])
                t[0], t[1], t[2] = min(t[0], start), max(t[1], end), t[2] + 1
db = sqlite3.connect(sys.argv[2])
got = {}
for row in db.execute("SELECT trace_id, id, operation_name, service, start_ns, duration_ns, parent_span_id, attributes FROM spans"):
    got[(row[0], row[1])] = tuple(row[2:7]) + (set(json.loads(row[7])),)
assert len(got) == len(spans) == 547, (len(got), len(spans))
for key, want in spans.items():
    assert got[key] == want, (key, got[key], want)
rows = {r[0]: r[1:] for r in db.execute("SELECT id, start_ns, start_ns + duration_ns, span_count FROM traces")}
assert len(rows) == len(traces) == 141
for key, want in traces.items():
    assert rows[key] == tuple(want), (key, rows[key], want)
P
# the same file once more: nothing new
"$tracetui" import --db "$db" --retention 0 "$data/otlp-jsonl-demo.json" >"$work/out"
same "again" 547 "$(sql 'SELECT count(*) FROM spans')"
for file in "$data"/zipkin-*.json; do
    rm -f "$work"/z.db*
    "$tracetui" import --db "$work/z.db" --retention 0 "$file" >"$work/out" 2>"$work/err" || fail "$(basename "$file"): $(cat "$work/out" "$work/err")"
    python3 - "$file" "$work/z.db" <<'P' || fail "$(basename "$file") differs from the file"
import json, sqlite3, sys
spans = json.load(open(sys.argv[1]))
keys = {(s["traceId"].zfill(32), s["id"].zfill(16), bool(s.get("shared"))) for s in spans}
db = sqlite3.connect(sys.argv[2])
assert db.execute("SELECT count(*) FROM spans").fetchone()[0] == len(keys), (db.execute("SELECT count(*) FROM spans").fetchone(), len(keys))
assert db.execute("SELECT count(*) FROM traces").fetchone()[0] == len({k[0] for k in keys})
P
done
finish
