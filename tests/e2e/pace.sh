#!/usr/bin/env bash
# pace.sh — while spans come in live and the list follows, the terminal gets at most 8 kB a second.
. "$(dirname "$0")/lib.sh"
cat >"$work/pace.keys" <<K
wait FOLLOW
quiet 300
pace 5000 40000
key jjj
quiet 100
pace 5000 40000
signal 15
exit 0
restored
K
unset TMUX COLORFGBG NO_COLOR TRACETUI_NOW TRACETUI_DB
export HOME=$work XDG_STATE_HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work TMPDIR=$work TERM=xterm-256color LC_ALL=C.UTF-8
"$build/tests/drive" 160x45 "$work/pace.keys" -- "$build/tracetui" --demo --listen 127.0.0.1:0 || fail "too much for a slow link"
finish
