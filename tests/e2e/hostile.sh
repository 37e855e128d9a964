#!/usr/bin/env bash
# hostile.sh — a disk that hangs, signals in the middle of it all. (Hostile requests: tests/torture/hostile.py.)
. "$(dirname "$0")/lib.sh"
serve

# somebody else keeps the database locked: an answer comes all the same, and says when to try again
now=$(now_ms)
body='{"spans":[{"id":"aaaaaaaaaaaaaaa1","traceId":"locked-1","operationName":"x","operationType":"ui","service":"w","startedAt":'$now',"endedAt":'$now'}]}'
(echo "BEGIN IMMEDIATE;"; sleep 4; echo "ROLLBACK;") | sqlite3 "$db" &
locker=$!
sleep 0.5
began=$(now_ms)
answer=$(curl -s -m 20 -i -H 'Content-Type: application/json' -d "$body" "$url/api/trace-log" | tr -d '\r')
[ $(($(now_ms) - began)) -lt 6000 ] || fail "an answer after $(($(now_ms) - began)) ms"
holds "locked" "HTTP/1.1 503" "$answer"
holds "when to try again" "Retry-After: " "$answer"
wait $locker
same "afterwards" '200 {"received":1}' "$(post /api/trace-log "$body")"

# SIGTERM under load: every answer is complete, what was acknowledged is stored, and it does not take long
for sender in 1 2 3 4; do
    for i in $(seq 300); do
        post /api/trace-log "{\"spans\":[{\"id\":\"s$i\",\"traceId\":\"load-$sender-$i\",\"operationName\":\"x\",\"operationType\":\"ui\",\"service\":\"w\",\"startedAt\":$now,\"endedAt\":$now}]}" 2>/dev/null || break
        echo
    done >"$work/acks-$sender" &
done
sleep 1
began=$(now_ms)
kill -TERM "$server"
wait "$server" || fail "serve ended with $?"
[ $(($(now_ms) - began)) -lt 3000 ] || fail "stopping took $(($(now_ms) - began)) ms"
server=
wait
acked=$(cat "$work"/acks-* | grep -c '^200' || true)
[ "$acked" -gt 20 ] || fail "only $acked acknowledged"
stored=$(sql "SELECT count(*) FROM spans WHERE trace_id LIKE 'load-%'")
[ "$stored" -ge "$acked" ] || fail "acknowledged $acked, stored $stored"
same "the lock is gone" "" "$(ls "$work" | grep lock || true)"

# a second signal does not wait for anybody
serve
(echo "BEGIN IMMEDIATE;"; sleep 3; echo "ROLLBACK;") | sqlite3 "$db" &
locker=$!
sleep 0.3
post /api/trace-log "$body" >/dev/null 2>&1 &
sleep 0.3
began=$(now_ms)
kill -TERM "$server"
sleep 0.2
kill -TERM "$server" 2>/dev/null || true
wait "$server" || true
[ $(($(now_ms) - began)) -lt 1500 ] || fail "after the second signal: $(($(now_ms) - began)) ms"
server=
wait $locker
serve
same "file is whole" ok "$(sql 'PRAGMA integrity_check')"
stop
finish
