#!/usr/bin/env bash
# chaos.sh — random keys and sizes while the demo comes in live; worth most in a sanitizer's build.
# usage: chaos.sh BUILD; CHAOS_MS and CHAOS_SEED choose how long, and which keys.
set -euo pipefail
build=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/chaos.keys" <<KEYS
wait traces
chaos ${CHAOS_MS:-5000} ${CHAOS_SEED:-1}
signal 15
exit 0
restored
KEYS
unset TMUX COLORFGBG NO_COLOR TRACETUI_NOW TRACETUI_DB
export HOME=$work XDG_STATE_HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work TMPDIR=$work
export TERM=xterm-256color PAGER=true EDITOR=true
"$build/tests/drive" 120x40 "$work/chaos.keys" -- "$build/tracetui" --demo --listen 127.0.0.1:0
