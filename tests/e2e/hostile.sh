#!/usr/bin/env bash
# hostile.sh — a disk that hangs, signals in the middle of it all. (Hostile requests: tests/torture/hostile.py.)
. "$(dirname "$0")/lib.sh"
is_gone() { # FILE
    [ ! -e "$1" ]
}
# hold: somebody else locks the database, until let_go
hold() {
    exec 8> >(sqlite3 -cmd '.timeout 20000' "$db")
    printf 'BEGIN IMMEDIATE;\n.shell touch %s/held\n' "$work" >&8
    eventually [ -e "$work/held" ] || fail "the database cannot be locked"
}
let_go() {
    printf 'ROLLBACK;\n.shell rm %s/held\n' "$work" >&8
    eventually is_gone "$work/held" || fail "the database stays locked"
    exec 8>&-
}
serve

# somebody else keeps the database locked: an answer comes all the same, and says when to try again
now=$(now_ms)
body='{"spans":[{"id":"aaaaaaaaaaaaaaa1","traceId":"locked-1","operationName":"x","operationType":"ui","service":"w","startedAt":'$now',"endedAt":'$now'}]}'
hold
began=$(now_ms)
answer=$(curl -s -m 20 -i -H 'Content-Type: application/json' -d "$body" "$url/api/trace-log" | tr -d '\r')
[ $(($(now_ms) - began)) -lt 6000 ] || fail "an answer after $(($(now_ms) - began)) ms"
holds "locked" "HTTP/1.1 503" "$answer"
holds "when to try again" "Retry-After: " "$answer"
let_go
same "afterwards" '200 {"received":1}' "$(post /api/trace-log "$body")"

# SIGTERM under load: every answer is complete, what was acknowledged is stored, and it does not take long
for sender in 1 2 3 4; do
    for i in $(seq 300); do
        post /api/trace-log "{\"spans\":[{\"id\":\"s$i\",\"traceId\":\"load-$sender-$i\",\"operationName\":\"x\",\"operationType\":\"ui\",\"service\":\"w\",\"startedAt\":$now,\"endedAt\":$now}]}" 2>/dev/null || break
        echo
    done >"$work/acks-$sender" &
done
eventually acknowledged 21 "$work"/acks-{1,2,3,4} || fail "hardly anything is acknowledged"
began=$(now_ms)
kill -TERM "$server"
wait "$server" || fail "serve ended with $?"
[ $(($(now_ms) - began)) -lt 3000 ] || fail "stopping took $(($(now_ms) - began)) ms"
server=
wait
acked=$(cat "$work"/acks-* | grep -c '^200' || true)
stored=$(sql "SELECT count(*) FROM spans WHERE trace_id LIKE 'load-%'")
[ "$stored" -ge "$acked" ] || fail "acknowledged $acked, stored $stored"
same "the lock is gone" "" "$(ls "$work" | grep lock || true)"

# a second signal does not wait for anybody
serve
hold
post /api/trace-log "$body" >/dev/null 2>&1 &
has_received() { grep -q '^tracetui_spans_received_total 1$' <<<"$(curl -s -m 20 "$url/metrics")"; }
eventually has_received || fail "nothing is under way"
stopping() { [ "$(grep -c "stopping on signal" "$work/log")" = 2 ]; }
kill -TERM "$server"
eventually stopping || fail "the first signal is not heard"
began=$(now_ms)
kill -TERM "$server"
ended=0
wait "$server" || ended=$?
same "the second signal ends it, not the last answer" $((128 + 15)) "$ended"
[ $(($(now_ms) - began)) -lt 1500 ] || fail "after the second signal: $(($(now_ms) - began)) ms"
server=
let_go
serve
same "file is whole" ok "$(sql 'PRAGMA integrity_check')"
stop
finish
