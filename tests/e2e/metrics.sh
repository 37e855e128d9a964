#!/usr/bin/env bash
# metrics.sh — /metrics in both formats, read by a strict parser, and refusals by reason wherever they are to be seen.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "no python3: skipped"; exit 77; }
serve --grpc 127.0.0.1:0
now=$(now_ms)
good='{"id":"aaaaaaaaaaaaaaa1","traceId":"463ac35c9f6413ad","operationName":"x","operationType":"ui","service":"w","startedAt":'$((now - 9))',"endedAt":'"$now"',"attributes":{"password":"hush"}}'
post /api/trace-log '{"spans":['"$good"']}' >/dev/null
post /api/trace-log '{"spans":['"$good"',{"id":"b","operationName":"x","startedAt":'"$now"'}]}' >/dev/null
post /api/trace-log 'nonsense' >/dev/null
post /v1/traces '{"resourceSpans":[]}' >/dev/null
post /nowhere '{}' >/dev/null
curl -s -m 20 -D "$work/head" "$url/metrics" >"$work/page"
holds "its type" "text/plain; version=0.0.4; charset=utf-8" "$(tr -d '\r' <"$work/head")"
curl -s -m 20 -D "$work/head" -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5' "$url/metrics" >"$work/open"
holds "the other type" "application/openmetrics-text; version=1.0.0; charset=utf-8" "$(tr -d '\r' <"$work/head")"
python3 "$(dirname "$0")/../tools/metrics.py" "$work/page" "$work/open" "$("$tracetui" --version | cut -d' ' -f2)" || fail "/metrics"

# the same reasons at the end of an import
echo '{"spans":['"$good"',{"id":"b","operationName":"x","startedAt":'"$now"'},{"id":"c","traceId":"t","operationName":"x","startedAt":-1}]}' >"$work/some.json"
echo '{"spans":[{"id":"b","operationName":"x","startedAt":'"$now"'}]}' >"$work/none.json"
got=0
"$tracetui" import --db "$work/two.db" "$work/some.json" >"$work/out" 2>/dev/null || got=$?
same "some refused is done" 0 "$got"
same "import's last line" "imported 1 span, 1 trace, 2 refused (id 1, time 1)" "$(tail -1 "$work/out")"
echo '{"spans":[{"id":"b","traceId":"old","operationName":"x","startedAt":1700000000000,"endedAt":1700000000001}]}' >"$work/old.json"
said=$("$tracetui" import --db "$work/two.db" "$work/old.json" 2>&1 >/dev/null)
holds "what will not stay" "1 span is older than --retention, 7d" "$said"
same "nothing is said of what does" "" "$("$tracetui" import --db "$work/two.db" --config <(echo retention = 0) "$work/old.json" 2>&1 >/dev/null)"
got=0
"$tracetui" import --db "$work/two.db" "$work/none.json" >"$work/out" 2>/dev/null || got=$?
same "all refused is a failure" 1 "$got"
same "and says why" "imported 0 spans, 0 traces, 1 refused (id 1)" "$(tail -1 "$work/out")"
stop
finish
