#!/usr/bin/env bash
# shot.sh — a PNG of a real xterm. usage: shot.sh OUT.png COLUMNSxROWS KEYS COMMAND...
# KEYS: xdotool key names, with "sleep:SECONDS" in between; "-" for none.
set -euo pipefail
out=$1 size=$2 keys=$3
shift 3
number=$(mktemp)
Xvfb -displayfd 9 -screen 0 2600x1600x24 -nolisten tcp 9>"$number" 2>/dev/null &
server=$!
trap 'kill $terminal $server 2>/dev/null || true; rm -f "$number"' EXIT
terminal=
for _ in $(seq 100); do
    [ -s "$number" ] && break
    sleep 0.05
done
export DISPLAY=:$(cat "$number")
LC_ALL=C.UTF-8 xterm -u8 -tn xterm-256color -geometry "$size+0+0" -fa 'DejaVu Sans Mono' -fs 10 \
    -bg "${SHOT_BACKGROUND:-#101418}" -fg "${SHOT_FOREGROUND:-#d0d0d0}" -bw 0 +sb -b 4 -xrm 'XTerm*allowSendEvents: true' -e "$@" 2>/dev/null &
terminal=$!
window=
for _ in $(seq 300); do
    window=$(xdotool search --onlyvisible --class xterm 2>/dev/null | head -1) && [ -n "$window" ] && break
    sleep 0.1
done
[ -n "${window:-}" ] || { echo "shot.sh: xterm did not open" >&2; exit 1; }
sleep "${SHOT_DELAY:-2}"
if [ "$keys" != - ]; then
    for key in $keys; do
        case $key in
        sleep:*) sleep "${key#sleep:}" ;;
        type:*) xdotool type --window "$window" --delay 15 -- "$(printf '%b' "${key#type:}")" 2>/dev/null ;;
        *) xdotool key --window "$window" "$key" 2>/dev/null; sleep 0.15 ;;
        esac
    done
    sleep 0.7
fi
import -window "$window" -strip "$out"
