#!/usr/bin/env bash
# terminal.sh — a person in tmux: start, empty screen, a span by curl, expand it, filter, quit; the terminal as before.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux: skipped"; exit 77; }
at_prompt() { # nothing else is in the row
    grep -qx '> *' <<<"$(screen shell)"
}
press() { t send-keys -t shell "$@"; }
columns=100 rows=30
explore shell "bash --norc"
press "PS1='> '; cd $work; stty -a > before; clear" Enter
eventually at_prompt || fail "no shell"
press "$tracetui --db $db --listen 127.0.0.1:0" Enter
expect shell "No spans yet"
expect shell "http://127.0.0.1:"
url=$(screen shell | grep -o 'http://127.0.0.1:[0-9]*' | head -1)
now=$(now_ms)
post /api/trace-log '{"spans":[{"id":"x","operationName":"x","startedAt":1}]}' >/dev/null
expect shell "traceId: missing"
post /api/trace-log '{"spans":[
 {"id":"a1","traceId":"trace-one","operationName":"click Save","operationType":"ui","service":"web","startedAt":'$((now - 300))',"endedAt":'"$now"',"status":"completed","userId":"alice"},
 {"id":"a2","traceId":"trace-one","parentSpanId":"a1","operationName":"POST /graphql","operationType":"http","service":"api","startedAt":'$((now - 250))',"endedAt":'$((now - 50))',"status":"completed"},
 {"id":"a3","traceId":"trace-one","parentSpanId":"a2","operationName":"INSERT goals","operationType":"db","service":"db","startedAt":'$((now - 200))',"endedAt":'$((now - 100))',"status":"error","errorMessage":"UNIQUE constraint failed","attributes":{"sql":"INSERT INTO goals VALUES (1)"}}]}' >/dev/null
expect shell "click Save"
press Enter
expect shell "INSERT goals"
press e
expect shell "UNIQUE constraint failed"
press q
expect shell "alice"
press g
post /api/trace-log '{"spans":[{"id":"b1","traceId":"trace-two","operationName":"query:goals","operationType":"graphql","service":"api","startedAt":'"$now"',"endedAt":'$((now + 5))',"status":"completed","userId":"bob"}]}' >/dev/null
expect shell "query:goals"
press /
press -l "user:alice"
press Enter
eventually hides shell "query:goals" || fail "the filter did not filter"
expect shell "click Save"

# a second one on the same database looks on, live
explore second "$tracetui --db $db"
expect second "read-only"
post /api/trace-log '{"spans":[{"id":"c1","traceId":"trace-three","operationName":"mutation:later","operationType":"graphql","service":"api","startedAt":'"$now"',"endedAt":'$((now + 5))',"status":"completed","userId":"carol"}]}' >/dev/null
expect second "mutation:later"
quit second

# resize to nothing and back, then leave
t resize-window -t shell -x 20 -y 5
eventually hides shell "click Save" || fail "no room for it"
t resize-window -t shell -x 100 -y 30
expect shell "click Save"
press Q
eventually at_prompt || fail "Q does not end it"
press "stty -a > after; echo code=\$?" Enter
expect shell "code=0"
cmp -s "$work/before" "$work/after" || fail "the terminal's modes changed: $(diff "$work/before" "$work/after")"
finish
