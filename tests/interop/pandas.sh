#!/usr/bin/env bash
# pandas.sh — the CSV of ls, export and stats as pandas reads it: types, values, nothing that a spreadsheet would run.
. "$(dirname "$0")/lib.sh"
need python3
copy pandas
venv=$sender/venv
if [ ! -e "$venv/installed" ]; then
    rm -rf "$venv"
    fetch python3 -m venv venv
    fetch "$venv/bin/python" -m pip install -q -r requirements.txt
    touch "$venv/installed"
fi
"$(dirname "$0")/../tools/world.sh" "$build" "$db" 4000 >/dev/null
now=$(now_ms)
cat >"$work/odd.json" <<E2
{"spans":[{"id":"f1","traceId":"formula-1","operationName":"=HYPERLINK(\"http://x\")","operationType":"ui","service":"+web","startedAt":$now,"endedAt":$now,"userId":"@SUM(A1)","status":"error","errorMessage":"two\nlines, \"quoted\", a comma"},
{"id":"f2","traceId":"formula-2","operationName":"-1+1","operationType":"ui","service":"\ttab","startedAt":$now,"endedAt":$now,"userId":"user, with comma"}]}
E2
"$tracetui" import --db "$db" --retention 0 "$work/odd.json" >/dev/null
"$tracetui" ls --db "$db" --limit 10000 --format csv >"$work/ls.csv"
"$tracetui" export --db "$db" --format csv -o "$work/export.csv"
"$tracetui" stats --db "$db" --format csv >"$work/stats.csv"
"$venv/bin/python" - "$work" "$db" <<'P' || fail "CSV"
import sqlite3, sys
import pandas
work, db = sys.argv[1:]
rows = sqlite3.connect(db).execute("SELECT id, root_operation, user_id, start_ns, duration_ns, span_count FROM traces").fetchall()
for name in ("ls", "export"):
    table = pandas.read_csv("%s/%s.csv" % (work, name))
    assert len(table) == len(rows), (name, len(table), len(rows))
    for column in ("started_at", "start_ns", "duration_ns", "span_count", "error_count"):
        assert table[column].dtype == "int64", (column, table[column].dtype)
    assert table["duration_ms"].dtype == "float64"
    for column in ("trace_id", "root_operation", "service", "status", "services"):
        assert pandas.api.types.is_string_dtype(table[column]), column
    by_id = table.set_index("trace_id")
    for number, operation, user, start, duration, spans in rows:
        row = by_id.loc[number]
        assert (row.start_ns, row.duration_ns, row.span_count) == (start, duration, spans), number
        assert row.root_operation.lstrip("'") == operation or operation == "", (row.root_operation, operation)
    for column in ("root_operation", "service", "user_id", "services", "error_message"):
        for text in table[column].dropna().astype(str):
            assert text[:1] not in tuple("=+-@\t\r"), (column, text)
    odd = by_id.loc["formula-1"]
    assert odd.root_operation == "'=HYPERLINK(\"http://x\")" and odd.user_id == "'@SUM(A1)" and odd.service == "'+web"
    assert odd.error_message == "two\nlines, \"quoted\", a comma", odd.error_message
stats = pandas.read_csv(work + "/stats.csv")
assert stats["count"].dtype == "int64" and stats["p95_ms"].dtype == "float64"
assert stats["count"].iloc[0] == len(rows)
P
finish
