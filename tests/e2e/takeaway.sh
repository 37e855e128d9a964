#!/usr/bin/env bash
# takeaway.sh — what is on the screen goes elsewhere: files, command lines that print or open it again, the clipboard of tmux.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux: skipped"; exit 77; }
file_with() { # FILE TEXT
    eventually grep -qsF -- "$2" "$1" || fail "$1: [$2] is not in it"
}
buffer_is() { # TEXT
    [ "$(t show-buffer 2>/dev/null || true)" = "$1" ]
}
copied() { # TEXT
    eventually buffer_is "$1" || fail "expected [$1] to be copied, got [$(t show-buffer)]"
}
columns=100 rows=30
serve --no-grpc --retention 0
post /api/trace-log '{"spans":[
 {"id":"00000000000000a1","traceId":"trace-one","operationName":"click Save","service":"web","startedAt":1763647401000,"endedAt":1763647401300,"status":"completed","userId":"o'"'"'neil"},
 {"id":"00000000000000a2","traceId":"trace-one","parentSpanId":"00000000000000a1","operationName":"INSERT goals","service":"db","startedAt":1763647401100,"endedAt":1763647401200,"status":"error","errorMessage":"UNIQUE"},
 {"id":"00000000000000b1","traceId":"trace-two","operationName":"query:goals","service":"api","startedAt":1763647402000,"endedAt":1763647402005,"status":"completed"}]}' >/dev/null
stop

# through tmux with its default settings: nothing but `tmux load-buffer -w` gets out
cd "$work"
explore first "$tracetui --db ./$(basename "$db") --no-listen"
cd /
expect first "click Save"
t send-keys -t first /
t send-keys -t first -l "user:\"o'neil\""
t send-keys -t first Enter
expect first "1 of 2"
t send-keys -t first y l
copied "tracetui ls 'user:\"o'\\''neil\"' --db '$db'"
t send-keys -t first -l ":w $work/list.csv"
t send-keys -t first Enter
expect first "1 trace written"
same "CSV has a header and a row" 2 "$(wc -l <"$work/list.csv")"
t send-keys -t first Enter
expect first "INSERT goals"
t send-keys -t first e
t send-keys -t first y l
copied "tracetui show trace-one --span 00000000000000a2 --db '$db'"
t send-keys -t first y o
copied "tracetui --open trace-one --span 00000000000000a2 'user:\"o'\\''neil\"' --db '$db'"
for kind in json csv txt; do
    t send-keys -t first -l ":w $work/trace.$kind"
    t send-keys -t first Enter
    file_with "$work/trace.$kind" "INSERT goals"
done
same "the JSON is that of show" "$("$tracetui" show trace-one --db "$db" --format json)" "$(cat "$work/trace.json")"
t send-keys -t first -l ":w $work/trace.txt"
t send-keys -t first Enter
expect first "File exists"
quit first

# the command lines do what they promise
shown=$("$tracetui" show trace-one --span 00000000000000a2 --db "$db")
holds "the span" "INSERT goals" "$shown"
holds "what is above it" "click Save" "$shown"
same "its JSON is its own" 1 "$("$tracetui" show trace-one --span 00000000000000a2 --db "$db" --format json | grep -o '"operation_name":' | wc -l)"
code=0
"$tracetui" show trace-one --span 00000000000000ff --db "$db" 2>"$work/err" || code=$?
same "no such span" "1 tracetui: show: no span 00000000000000ff in this trace" "$code $(cat "$work/err")"
explore second "$tracetui --db $db --no-listen --open trace-one --span 00000000000000a2"
expect second "UNIQUE"
t send-keys -t second y s
copied "00000000000000a2"
quit second

# $PAGER and $EDITOR get the terminal and give it back
cat >"$work/pager" <<'P'
#!/bin/sh
echo "paging $(grep -c INSERT "$1") in $(stat -c %a "$1")"
read -r _
P
chmod +x "$work/pager"
explore third "PAGER=$work/pager EDITOR='$work/pager' $tracetui --db $db --no-listen"
expect third "click Save"
t send-keys -t third j o
expect third "in 600"
t send-keys -t third Enter
expect third "query:goals"
t send-keys -t third v
expect third "in 600"
t send-keys -t third Enter
expect third "query:goals"
quit third
finish
