#!/usr/bin/env bash
# run.sh — one screen test. usage: run.sh BUILD DATABASE SCRIPT [-t]; -t writes the golden screens anew.
# The first lines of SCRIPT may set things: "# env NAME=VALUE" and "# args WORDS".
set -euo pipefail
build=$1 database=$2 script=$3 update=${4:-}
name=$(basename "$script" .keys)
size=${name##*-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TRACETUI_NOW=${TRACETUI_NOW:-1763647401000000000} TRACETUI_SYNC=1 TZ=UTC LC_ALL=C.UTF-8
export TERM=xterm-256color HOME=$work XDG_STATE_HOME=$work XDG_CONFIG_HOME=$work HOSTNAME=prod-7
unset TMUX COLORFGBG NO_COLOR XDG_DATA_HOME
while IFS= read -r line; do
    case $line in
    "# env "*) export "${line#\# env }" ;;
    esac
done <"$script"
args=$(sed -n 's/^# args //p' "$script" | head -1)
db=$(sed -n 's/^# db //p' "$script" | head -1)
if [ "$db" = none ]; then
    database=$work/empty.db
fi
eval "set -- $args"
exec "$build/tests/drive" $update "$size" "$script" -- "$build/tracetui" --db "$database" --no-listen --no-live "$@"
