#!/usr/bin/env bash
# first_trace.sh — with --screen-reader, too, the first trace of an empty list is shown without a key.
. "$(dirname "$0")/lib.sh"
unset TRACETUI_NOW
export TERM=xterm-256color LC_ALL=C.UTF-8
cat >"$work/first.keys" <<K
wait last refusal: none
save $work/shown
wait traces, newest first
wait error, click
signal 15
exit 0
K
(
    address=
    while [ -z "$address" ]; do
        sleep 0.1
        address=$(grep -o -m1 '127\.0\.0\.1:[0-9]*' "$work/shown" 2>/dev/null | head -1) || true
    done
    "$tracetui" send-test --listen "$address" >/dev/null
) &
sender=$!
more_cleanup() {
    kill "$sender" 2>/dev/null || true
}
"$build/tests/drive" 80x24 "$work/first.keys" -- "$tracetui" --db "$db" --listen 127.0.0.1:0 --screen-reader ||
    fail "the first trace was not shown"
finish
