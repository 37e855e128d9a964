#!/usr/bin/env bash
# terminal.sh — a person in tmux: start, empty screen, a span by curl, expand it, filter, quit; the terminal as before.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux: skipped"; exit 77; }
socket=$work/tmux
more_cleanup() {
    tmux -S "$socket" kill-server 2>/dev/null || true
    sleep 0.3
}
t() { tmux -S "$socket" "$@"; }
screen() { t capture-pane -p -t 0; }
expect() { # TEXT: within 10 s
    for _ in $(seq 200); do
        screen | grep -qF -- "$1" && return 0
        sleep 0.05
    done
    fail "never on the screen: $1"
    screen >&2
}
t -f /dev/null new-session -d -x 100 -y 30 "env LC_ALL=C.UTF-8 bash --norc"
t send-keys "PS1='> '; cd $work; stty -a > before" Enter
sleep 0.3
t send-keys "clear; $tracetui --db $db --listen 127.0.0.1:0" Enter
expect "No spans yet"
url=$(screen | grep -o 'http://127.0.0.1:[0-9]*' | head -1)
now=$(now_ms)
post /api/trace-log '{"spans":[{"id":"x","operationName":"x","startedAt":1}]}' >/dev/null
expect "traceId: missing"
post /api/trace-log '{"spans":[
 {"id":"a1","traceId":"trace-one","operationName":"click Save","operationType":"ui","service":"web","startedAt":'$((now - 300))',"endedAt":'"$now"',"status":"completed","userId":"alice"},
 {"id":"a2","traceId":"trace-one","parentSpanId":"a1","operationName":"POST /graphql","operationType":"http","service":"api","startedAt":'$((now - 250))',"endedAt":'$((now - 50))',"status":"completed"},
 {"id":"a3","traceId":"trace-one","parentSpanId":"a2","operationName":"INSERT goals","operationType":"db","service":"db","startedAt":'$((now - 200))',"endedAt":'$((now - 100))',"status":"error","errorMessage":"UNIQUE constraint failed","attributes":{"sql":"INSERT INTO goals VALUES (1)"}}]}' >/dev/null
expect "click Save"
t send-keys Enter
expect "INSERT goals"
t send-keys e
expect "UNIQUE constraint failed"
t send-keys q
expect "alice"
t send-keys g
post /api/trace-log '{"spans":[{"id":"b1","traceId":"trace-two","operationName":"query:goals","operationType":"graphql","service":"api","startedAt":'"$now"',"endedAt":'$((now + 5))',"status":"completed","userId":"bob"}]}' >/dev/null
expect "query:goals"
t send-keys /
t send-keys -l "user:alice"
t send-keys Enter
for _ in $(seq 100); do
    screen | grep -qF "query:goals" || break
    sleep 0.05
done
screen | grep -qF "query:goals" && fail "the filter did not filter"
expect "click Save"

# a second one on the same database looks on, live
t new-window "env LC_ALL=C.UTF-8 $tracetui --db $db"
t select-window -t 1
expect "read-only"
post /api/trace-log '{"spans":[{"id":"c1","traceId":"trace-three","operationName":"mutation:later","operationType":"graphql","service":"api","startedAt":'"$now"',"endedAt":'$((now + 5))',"status":"completed","userId":"carol"}]}' >/dev/null
expect "mutation:later"
t send-keys Q
t select-window -t 0

# resize to nothing and back, then leave
t resize-window -x 20 -y 5
sleep 0.3
t resize-window -x 100 -y 30
expect "click Save"
t send-keys Q
expect ">"
t send-keys "stty -a > after; echo code=\$?" Enter
expect "code=0"
cmp -s "$work/before" "$work/after" || fail "the terminal's modes changed: $(diff "$work/before" "$work/after")"
finish
