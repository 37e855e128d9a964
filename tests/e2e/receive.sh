#!/usr/bin/env bash
# receive.sh — every dialect by curl; what was acknowledged is in the database at once.
. "$(dirname "$0")/lib.sh"
serve
now=$(now_ms)

# the web application's batch: root last, its child first
answer=$(post /api/trace-log '{"spans":[
 {"id":"aaaaaaaaaaaaaaa2","traceId":"463ac35c9f6413ad","parentSpanId":"aaaaaaaaaaaaaaa1","operationName":"fetch goals","operationType":"http","service":"frontend","startedAt":'$((now - 90))',"endedAt":'$((now - 20))',"status":"completed","attributes":{"url":"/graphql","n":3}}]}')
same "child first" '200 {"received":1}' "$answer"
same "earliest span stands in for the root" 'fetch goals|1|completed' "$(sql "SELECT root_operation, span_count, status FROM traces WHERE id='463ac35c9f6413ad'")"
answer=$(post /api/trace-log '{"spans":[
 {"id":"aaaaaaaaaaaaaaa1","traceId":"463ac35c9f6413ad","operationName":"click Save","operationType":"ui","service":"frontend","startedAt":'$((now - 100))',"endedAt":'"$now"',"status":"error","errorMessage":"boom","userId":"alice","attributes":{}}]}' -H 'X-Session-ID: sess-1')
same "late root" '200 {"received":1}' "$answer"
same "trace row follows" 'click Save|2|error|alice|sess-1|100|boom' "$(sql "SELECT root_operation, span_count, status, user_id, session_id, duration_ms, error_message FROM traces WHERE id='463ac35c9f6413ad'")"
same "attributes are JSON" '3' "$(sql "SELECT json_extract(attributes,'\$.n') FROM spans WHERE id='aaaaaaaaaaaaaaa2'")"

# the same again changes nothing
before=$(sql 'SELECT * FROM spans ORDER BY id')
post /api/trace-log '{"spans":[{"id":"aaaaaaaaaaaaaaa1","traceId":"463ac35c9f6413ad","operationName":"click Save","operationType":"ui","service":"frontend","startedAt":'$((now - 100))',"endedAt":'"$now"',"status":"error","errorMessage":"boom","userId":"alice","attributes":{}}]}' -H 'X-Session-ID: sess-1' >/dev/null
same "idempotent" "$before" "$(sql 'SELECT * FROM spans ORDER BY id')"

# the plugin's batch: a bare array and a wrapped one, camelCase and snake_case
answer=$(post /api/v1/telemetry/spans '[{"traceId":"7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1","spanId":"span-1","name":"audio.upload","startTimeMs":'$((now - 50))',"endTimeMs":'"$now"',"durationMs":50,"status":"ok","attributes":{"codec":"mp3"},"events":[['$((now - 40))',"started"]],"clientType":"plugin","clientVersion":"1.0.0"}]')
same "plugin camelCase" '200 {"received":1}' "$answer"
answer=$(post /api/v1/telemetry/spans '{"spans":[{"trace_id":"7F3C09D251B44E0C9A550C1E77AB90F1","span_id":"span-2","parent_span_id":"span-1","name":"audio.encode","start_time_ms":'$((now - 45))',"end_time_ms":'$((now - 5))',"status":"cancelled","client_type":"plugin"}]}')
same "plugin snake_case, wrapped" '200 {"received":1}' "$answer"
same "UUID and hex are one trace" '7f3c09d2-51b4-4e0c-9a55-0c1e77ab90f1|2' "$(sql "SELECT id, span_count FROM traces WHERE root_operation='audio.upload'")"
same "statuses" 'cancelled,completed' "$(sql "SELECT group_concat(status) FROM (SELECT status FROM spans WHERE id LIKE 'span-%' ORDER BY status)")"

# OpenTelemetry JSON: plain, gzip, chunked
otlp() {
    printf '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"api"}}]},"scopeSpans":[{"scope":{"name":"t"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"%s","name":"GET /","kind":2,"startTimeUnixNano":"%s000001","endTimeUnixNano":"%s000123","attributes":[{"key":"big","value":{"intValue":"9223372036854775807"}}],"status":{}}]}]}]}' "$1" "$((now - 3))" "$now"
}
same "otlp" '200 {}' "$(post /v1/traces "$(otlp eee19b7ec3c1b174)")"
otlp eee19b7ec3c1b175 | gzip >"$work/otlp.gz"
holds "gzip that does not say so" "gzip: say so with Content-Encoding: gzip" "$(post /v1/traces "@$work/otlp.gz")"
same "otlp gzip" '200 {}' "$(post /v1/traces "@$work/otlp.gz" -H 'Content-Encoding: gzip')"
same "otlp chunked" '200 {}' "$(post /v1/traces "$(otlp eee19b7ec3c1b176)" -H 'Transfer-Encoding: chunked')"
same "nanoseconds and 64 bits are exact" "3|$((now - 3))000001|9223372036854775807|server" "$(sql "SELECT count(*), min(start_ns), json_extract(attributes,'\$.big'), kind FROM spans WHERE trace_id='5b8efff798038103d269b633813fc60c'")"

# a running span, then its end
post /api/trace-log '{"spans":[{"id":"bbbbbbbbbbbbbbb1","traceId":"run-1","operationName":"import","operationType":"service","service":"api","startedAt":'$((now - 10))',"status":"in_progress"}]}' >/dev/null
same "running" 'in_progress||' "$(sql "SELECT status, ended_at, duration_ms FROM traces WHERE id='run-1'")"
post /api/trace-log '{"spans":[{"id":"bbbbbbbbbbbbbbb1","traceId":"run-1","operationName":"import","operationType":"service","service":"api","startedAt":'$((now - 10))',"endedAt":'"$now"',"status":"completed"}]}' >/dev/null
post /api/trace-log '{"spans":[{"id":"bbbbbbbbbbbbbbb1","traceId":"run-1","operationName":"import","operationType":"service","service":"api","startedAt":'$((now - 10))',"status":"in_progress"}]}' >/dev/null
same "ended stays ended" 'completed|1|10' "$(sql "SELECT status, span_count, duration_ms FROM traces WHERE id='run-1'")"

# bad input: the code, the field, and the good span beside the bad one
holds "not JSON" '400 {"error":"Invalid payload' "$(post /api/trace-log 'nonsense')"
holds "wrong shape" 'spans: an array was expected' "$(post /api/trace-log '{"spans":{}}')"
answer=$(post /api/trace-log '{"spans":[{"id":"ccccccccccccccc1","operationName":"x","startedAt":'"$now"'},{"id":"ccccccccccccccc2","traceId":"good-1","operationName":"x","operationType":"ui","service":"w","startedAt":'"$now"',"endedAt":'"$now"'}]}')
holds "partly bad" '200 {"received":1,"refused":1' "$answer"
holds "names the field" 'spans[0].traceId: missing' "$answer"
same "good one stored" 1 "$(sql "SELECT count(*) FROM spans WHERE trace_id='good-1'")"
holds "all bad" '400 {"error":"spans[0].traceId: missing"' "$(post /api/trace-log '{"spans":[{"id":"a","operationName":"x","startedAt":1}]}')"
holds "end before start" 'endedAt' "$(post /api/trace-log '{"spans":[{"id":"a","traceId":"t","operationName":"x","service":"s","operationType":"ui","startedAt":'"$now"',"endedAt":'$((now - 5))'}]}')"
holds "seconds for milliseconds" 'startedAt' "$(post /api/trace-log '{"spans":[{"id":"a","traceId":"t","operationName":"x","service":"s","operationType":"ui","startedAt":1766012345}]}')"
holds "over-long id" 'spans[0].id' "$(post /api/trace-log '{"spans":[{"id":"'$(printf 'a%.0s' $(seq 65))'","traceId":"t","operationName":"x","service":"s","operationType":"ui","startedAt":'"$now"'}]}')"
printf '[%.0s' $(seq 5000) >"$work/deep"
holds "deep nesting" '400' "$(post /v1/traces "@$work/deep")"
same "form type" 415 "$(curl -s -o /dev/null -w '%{http_code}' -d 'a=b' "$url/api/trace-log")"
same "text/plain" 415 "$(curl -s -o /dev/null -w '%{http_code}' -H 'Content-Type: text/plain' -d '[]' "$url/v1/traces")"
head -c 22000000 /dev/zero | tr '\0' ' ' >"$work/large"
same "body over the limit" 413 "$(post /v1/traces "@$work/large" | cut -c1-3)"
head -c 200000000 /dev/zero | tr '\0' ' ' | gzip >"$work/bomb.gz"
same "inflated over the limit" 413 "$(post /v1/traces "@$work/bomb.gz" -H 'Content-Encoding: gzip' | cut -c1-3)"
same "foreign host" 403 "$(post /api/trace-log '{"spans":[]}' -H 'Host: evil.example' | cut -c1-3)"
same "foreign origin" 403 "$(post /api/trace-log '{"spans":[]}' -H 'Origin: https://evil.example' | cut -c1-3)"
same "logs are no traces" 404 "$(post /v1/logs '{}' | cut -c1-3)"
same "health" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$url/healthz")"
same "empty is fine" '200 {"received":0}' "$(post /api/trace-log '{"spans":[]}')"

# what would leave within seconds is not taken
holds "older than the retention" '400 {"error":"spans[0].startedAt: older than what --retention keeps"' "$(post /api/trace-log '{"spans":[{"id":"a","traceId":"old-1","operationName":"x","service":"s","operationType":"ui","startedAt":'$((now - 8 * 86400000))'}]}')"
holds "OTLP is told" '200 {"partialSuccess":{"rejectedSpans":"1","errorMessage":"resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano: older than what --retention keeps"' "$(post /v1/traces '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"463ac35c9f6413ad463ac35c9f6413ad","spanId":"00f067aa0ba902b7","name":"x","startTimeUnixNano":"'$((now - 8 * 86400000))'000000"}]}]}]}')"
same "one line in the log" 1 "$(grep -c 'older than what --retention keeps' "$work/log")"
holds "and counted" 'tracetui_refused_total{reason="age"} 2' "$(curl -s -m 20 "$url/metrics")"

# kill -9: everything that was acknowledged is there
for i in $(seq 200); do
    post /api/trace-log '{"spans":[{"id":"d'$i'","traceId":"kill-'$i'","operationName":"x","operationType":"ui","service":"w","startedAt":'"$now"',"endedAt":'"$now"'}]}'
    echo
done >"$work/acks" &
eventually acknowledged 20 "$work/acks" || fail "hardly anything is acknowledged"
kill -9 "$server"
wait "$server" 2>/dev/null || true
wait
acked=$(grep -c '^200' "$work/acks" || true)
same "acknowledged is stored" "$acked" "$(sql "SELECT count(*) FROM spans WHERE trace_id LIKE 'kill-%'" | awk -v a="$acked" '{print ($1 == a || $1 == a + 1) ? a : $1}')"
same "file is whole" ok "$(sql 'PRAGMA integrity_check')"
serve
same "starts again" 200 "$(curl -s -o /dev/null -w '%{http_code}' "$url/healthz")"

# a second receiver on the same database says who has it
"$tracetui" serve --db "$db" --listen 127.0.0.1:0 >"$work/second" 2>&1 && fail "two writers on one database"
holds "names the owner" "$server" "$(cat "$work/second")"

# the lock file removed, and taken by another before it was made anew: nothing would be stored any more
python3 - "$db.lock" <<'P' &
import fcntl, os, struct, sys, time
while True:
    if os.path.exists(sys.argv[1]):
        os.unlink(sys.argv[1])
    file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))  # F_OFD_SETLK
        break
    except BlockingIOError:
        os.close(file)
os.write(file, b"%d\n" % os.getpid())
time.sleep(60)
P
thief=$!
ended=0
wait "$server" || ended=$?
server=
same "who lost the lock ends" 1 "$ended"
holds "and says why" "another process has taken its place" "$(cat "$work/log")"
kill "$thief"
same "nobody can read it but us" 600 "$(stat -c %a "$db")"
finish
