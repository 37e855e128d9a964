#!/usr/bin/env bash
# run.sh — one screen test. usage: run.sh BUILD DATABASE SCRIPT [-t]; -t writes the golden screens anew.
# SCRIPT is NAME-COLUMNSxROWS.keys, lines as in tests/tools/drive.c. Comments may set things:
#   # env NAME=VALUE     more of them are fine
#   # args WORDS         for tracetui
#   # db none            an empty database instead of the demo's world
#   # shell              started by a shell with job control, which says "Enter goes on" when it is stopped
set -euo pipefail
build=$(realpath "$1") database=$(realpath "$2") script=$(realpath "$3") update=${4:-}
name=$(basename "$script" .keys)
size=${name##*-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset TMUX COLORFGBG NO_COLOR LC_CTYPE LANG
export TRACETUI_NOW=${TRACETUI_NOW:-1763647401000000000} TRACETUI_SYNC=1 TZ=UTC LC_ALL=C.UTF-8
export TERM=xterm-256color HOSTNAME=prod-7 HOME=$work
export XDG_STATE_HOME=$work XDG_CONFIG_HOME=$work XDG_DATA_HOME=$work
while IFS= read -r line; do
    case $line in
    "# env "*) export "${line#\# env }" ;;
    esac
done <"$script"
args=()
read -r -a args < <(sed -n 's/^# args //p' "$script" | head -1) || true
cd "$work"
if grep -qx '# db none' "$script"; then
    args+=(--listen 127.0.0.1:0)
else
    args+=(--no-listen)
    ln -s "$database" traces.db # the title shows this name
fi
shell=()
if grep -qx '# shell' "$script"; then
    shell=(bash -mc '"$@"; echo "Enter goes on"; read -r; fg' shell)
fi
"$build/tests/drive" ${update:+"$update"} "$size" "$script" -- "${shell[@]}" "$build/tracetui" --db traces.db --no-live "${args[@]}"
