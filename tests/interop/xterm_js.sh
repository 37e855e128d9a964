#!/usr/bin/env bash
# xterm_js.sh — a second terminal emulator makes the same text of our bytes as the one of the screen tests.
. "$(dirname "$0")/../e2e/lib.sh"
here=$(cd "$(dirname "$0")/xterm_js" && pwd)
command -v node >/dev/null && command -v npm >/dev/null || { echo "SKIPPED LOUDLY: no node and npm on this machine"; exit 77; }
modules=$build/interop-xterm-js
mkdir -p "$modules"
cp "$here"/package.json "$here"/show.js "$modules"
if [ ! -d "$modules/node_modules" ]; then
    HOME=${REAL_HOME:-/root} npm install --prefix "$modules" --no-audit --no-fund >"$work/npm" 2>&1 ||
        { cat "$work/npm"; echo "SKIPPED LOUDLY: npm could not install the emulator"; exit 77; }
fi
"$(dirname "$0")/../tools/world.sh" "$build" "$work/world.db" 12000 >/dev/null

# NAME COLUMNSxROWS LINES...: what to do before looking
compare() {
    local name=$1 size=$2
    local script=$work/$name-$size.keys
    shift 2
    { echo "record $work/bytes"; printf '%s\n' "wait traces" settle "$@" "save $work/libvterm"; } >"$script"
    "$(dirname "$0")/../screen/run.sh" "$build" "$work/world.db" "$script" || fail "$name: the script failed"
    sed '/^--- style$/,$d' "$work/libvterm" >"$work/expected"
    # What follows the last screen gives the terminal back: it starts where bracketed paste ends.
    python3 - "$work/bytes" <<'P'
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[1], "wb").write(data[:data.rfind(b"\x1b[?2004l")])
P
    node "$modules/show.js" "$work/bytes" "${size%x*}" "${size#*x}" >"$work/got"
    diff "$work/expected" "$work/got" >"$work/diff" || { cat "$work/diff"; fail "$name: the emulators disagree"; }
}
compare list 120x30
compare trace 160x45 'key /op:createGoal status:error\r' settle 'key \r' 'wait SPAN' 'key eee' settle
compare hostile 80x24 'key /user:mallory*\r' settle 'key \r' 'wait SPAN' settle
finish
