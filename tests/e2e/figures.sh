#!/usr/bin/env bash
# figures.sh — stats, export, prune, check and tail against sqlite3's own arithmetic.
. "$(dirname "$0")/lib.sh"
export TRACETUI_NOW=1763647401000000000
"$(dirname "$0")/../tools/world.sh" "$build" "$db" 6000 >/dev/null

same "check" 0 "$("$tracetui" check --db "$db" >"$work/out"; echo $?)"
holds "check says so" "all is well" "$(cat "$work/out")"

"$tracetui" stats --db "$db" --format json >"$work/stats"
python3 - "$work/stats" "$db" <<'P' || fail "stats differ"
import json, math, sqlite3, sys
rows = [json.loads(l) for l in open(sys.argv[1])]
db = sqlite3.connect(sys.argv[2])
traces = list(db.execute("SELECT root_operation, status, duration_ns FROM traces"))
def rank(values, p):
    return values[max(0, math.ceil(len(values) * p) - 1)]
def expect(row, group):
    ended = sorted(d for _, s, d in group if s != "in_progress")
    assert row["count"] == len(group), (row, len(group))
    assert row["errors"] == sum(s == "error" for _, s, _ in group), row
    if ended:
        assert abs(row["max_ms"] - ended[-1] / 1e6) < 0.01, (row, ended[-1])
        assert abs(row["min_ms"] - ended[0] / 1e6) < 0.01, (row, ended[0])
        for key, p in (("p50_ms", .5), ("p95_ms", .95), ("p99_ms", .99)):
            near = [v / 1e6 for v in (rank(ended, p), ended[min(len(ended) - 1, int(len(ended) * p))])]
            assert any(abs(row[key] - v) <= 0.02 * v + 0.01 for v in near), (row, key, near)
expect(rows[0], traces)
assert sum(r["count"] for r in rows[1:]) == len(traces)
for row in rows[1:]:
    expect(row, [t for t in traces if t[0] == row["name"]])
P
holds "unknown grouping" "operation, user, service, type, error or client" "$("$tracetui" stats --db "$db" --by colour 2>&1 || true)"

# out, in, out again: byte for byte
"$tracetui" export --db "$db" --format otlp -o "$work/one.otlp"
"$tracetui" import --db "$work/two.db" "$work/one.otlp" >/dev/null
"$tracetui" export --db "$work/two.db" --format otlp >"$work/two.otlp"
cmp "$work/one.otlp" "$work/two.otlp" || fail "export, import, export differ"
same "rows survive" "$(sql 'SELECT count(*), sum(duration_ns) FROM spans')" "$(sqlite3 "$work/two.db" 'SELECT count(*), sum(duration_ns) FROM spans')"
"$tracetui" export --db "$db" --format csv 'status:error' >"$work/errors.csv"
python3 - "$work/errors.csv" "$(sql "SELECT count(*) FROM traces WHERE status='error'")" <<'P' || fail "csv"
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert len(rows) == int(sys.argv[2])
for row in rows:
    int(row["started_at"]), float(row["duration_ms"]), int(row["span_count"])
    assert row["status"] == "error" and not any(v.startswith(("=", "+", "-", "@")) for v in row.values())
P
"$tracetui" export --db "$db" --format json --limit 5 >"$work/five.json"
same "json lines" 5 "$(python3 -c 'import json,sys; print(sum(len(json.loads(l)["spans"]) > 0 for l in open(sys.argv[1])))' "$work/five.json")"

# a wrong figure is found
sqlite3 "$work/two.db" "UPDATE trace SET span_count = span_count + 1 WHERE number = 3"
"$tracetui" check --db "$work/two.db" >"$work/out" && fail "check missed a wrong count"
holds "check names the trace" "counts differ from its spans" "$(cat "$work/out")"

# prune by age, and what is left is whole
left=$(sql "SELECT count(*) FROM traces WHERE start_ns >= $((TRACETUI_NOW - 3600000000000))")
"$tracetui" prune --db "$db" --older-than 1h >/dev/null
same "pruned by age" "$left" "$(sql 'SELECT count(*) FROM traces')"
same "no span left behind" 0 "$(sql 'SELECT count(*) FROM span WHERE trace NOT IN (SELECT number FROM trace)')"
"$tracetui" check --db "$db" >/dev/null || fail "check after prune"

# prune by size, and to one that no database has
pages=$(sqlite3 "$work/two.db" 'PRAGMA page_count')
"$tracetui" prune --db "$work/two.db" --max-size $((pages * 8192 / 2)) >/dev/null || fail "prune by size"
[ "$(stat -c %s "$work/two.db")" -le $((pages * 8192 / 2)) ] || fail "pruned by size: $(stat -c %s "$work/two.db")"
[ "$(sqlite3 "$work/two.db" 'SELECT count(*) FROM traces')" -gt 0 ] || fail "prune by size left nothing"
"$tracetui" prune --db "$work/two.db" --max-size 9K >"$work/out" 2>&1 && fail "a database of 9 kB"
holds "prune says what is left" "no trace is left, but the file has " "$(cat "$work/out")"

# tail tells a new trace once
unset TRACETUI_NOW
serve
"$tracetui" tail --db "$db" --format json user:tailor >"$work/tail" &
tail=$!
tells() { # TRACE
    grep -q "\"trace_id\":\"$1" "$work/tail"
}
sew() { # TRACE
    post /api/trace-log '{"spans":[{"id":"t1","traceId":"'"$1"'","operationName":"cut","operationType":"ui","service":"w","userId":"tailor","startedAt":'"$(now_ms)"',"endedAt":'"$(now_ms)"'}]}' >/dev/null
}
looks=0
looks_on() { # what was there before its first look is not told
    looks=$((looks + 1))
    sew "before-$looks"
    tells before
}
eventually looks_on || fail "tail says nothing"
for trace in tail-1 tail-2; do # by the second one it has looked at the first one again
    sew $trace
    eventually tells $trace || fail "tail does not tell $trace"
done
kill -INT "$tail"
wait "$tail" || fail "tail ended with $?"
same "one line" 1 "$(grep -c '"trace_id":"tail-1"' "$work/tail")"
stop
finish
