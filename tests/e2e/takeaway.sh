#!/usr/bin/env bash
# takeaway.sh — what is on the screen goes elsewhere: files, command lines that print or open it again, the clipboard of tmux.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux: skipped"; exit 77; }
socket=$work/tmux
more_cleanup() {
    tmux -S "$socket" kill-server 2>/dev/null || true
    sleep 0.3
}
t() { tmux -S "$socket" "$@"; }
expect() { # TEXT: within 10 s
    for _ in $(seq 200); do
        t capture-pane -p -t 0 | grep -qF -- "$1" && return 0
        sleep 0.05
    done
    fail "never on the screen: $1"
    t capture-pane -p -t 0 >&2
}
file_with() { # FILE TEXT: within 10 s
    for _ in $(seq 200); do
        grep -qF -- "$2" "$1" 2>/dev/null && return 0
        sleep 0.05
    done
    fail "$1: [$2] is not in it"
}
copied() { # TEXT: in tmux' buffer within 10 s
    for _ in $(seq 200); do
        [ "$(t show-buffer 2>/dev/null || true)" = "$1" ] && return 0
        sleep 0.05
    done
    fail "expected [$1] to be copied, got [$(t show-buffer)]"
}
serve --no-grpc --retention 0
post /api/trace-log '{"spans":[
 {"id":"00000000000000a1","traceId":"trace-one","operationName":"click Save","service":"web","startedAt":1763647401000,"endedAt":1763647401300,"status":"completed","userId":"o'"'"'neil"},
 {"id":"00000000000000a2","traceId":"trace-one","parentSpanId":"00000000000000a1","operationName":"INSERT goals","service":"db","startedAt":1763647401100,"endedAt":1763647401200,"status":"error","errorMessage":"UNIQUE"},
 {"id":"00000000000000b1","traceId":"trace-two","operationName":"query:goals","service":"api","startedAt":1763647402000,"endedAt":1763647402005,"status":"completed"}]}' >/dev/null
stop

# through tmux with its default settings: nothing but `tmux load-buffer -w` gets out
t -f /dev/null new-session -d -x 100 -y 30 "cd $work; env LC_ALL=C.UTF-8 $tracetui --db ./$(basename "$db") --no-listen"
expect "click Save"
t send-keys /
t send-keys -l "user:\"o'neil\""
t send-keys Enter
expect "1 of 2"
t send-keys y l
copied "tracetui ls 'user:\"o'\\''neil\"' --db '$db'"
t send-keys -l ":w $work/list.csv"
t send-keys Enter
expect "1 trace written"
same "CSV has a header and a row" 2 "$(wc -l <"$work/list.csv")"
t send-keys Enter
expect "INSERT goals"
t send-keys e
t send-keys y l
copied "tracetui show trace-one --span 00000000000000a2 --db '$db'"
t send-keys y o
copied "tracetui --open trace-one --span 00000000000000a2 'user:\"o'\\''neil\"' --db '$db'"
for kind in json csv txt; do
    t send-keys -l ":w $work/trace.$kind"
    t send-keys Enter
    file_with "$work/trace.$kind" "INSERT goals"
done
same "the JSON is that of show" "$("$tracetui" show trace-one --db "$db" --format json)" "$(cat "$work/trace.json")"
t send-keys -l ":w $work/trace.txt"
t send-keys Enter
expect "File exists"
t send-keys Q
sleep 0.3

# the command lines do what they promise
shown=$("$tracetui" show trace-one --span 00000000000000a2 --db "$db")
holds "the span" "INSERT goals" "$shown"
holds "what is above it" "click Save" "$shown"
same "its JSON is its own" 1 "$("$tracetui" show trace-one --span 00000000000000a2 --db "$db" --format json | grep -o '"operation_name":' | wc -l)"
code=0
"$tracetui" show trace-one --span 00000000000000ff --db "$db" 2>"$work/err" || code=$?
same "no such span" "1 tracetui: show: no span 00000000000000ff in this trace" "$code $(cat "$work/err")"
t -f /dev/null new-session -d -x 100 -y 30 "env LC_ALL=C.UTF-8 $tracetui --db $db --no-listen --open trace-one --span 00000000000000a2 2>&1; sleep 5"
expect "UNIQUE"
t send-keys y s
copied "00000000000000a2"
t send-keys Q

# $PAGER and $EDITOR get the terminal and give it back
cat >"$work/pager" <<'P'
#!/bin/sh
echo "paging $(grep -c INSERT "$1") in $(stat -c %a "$1")"
read -r _
P
chmod +x "$work/pager"
sleep 0.3
t -f /dev/null new-session -d -x 100 -y 30 "env LC_ALL=C.UTF-8 PAGER=$work/pager EDITOR='$work/pager' $tracetui --db $db --no-listen"
expect "click Save"
t send-keys j o
expect "in 600"
t send-keys Enter
expect "query:goals"
t send-keys v
expect "in 600"
t send-keys Enter
expect "query:goals"
t send-keys Q
finish
