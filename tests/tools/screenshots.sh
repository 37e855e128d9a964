#!/usr/bin/env bash
# screenshots.sh — makes the pictures in screenshots/ from the real program in a real xterm. usage: screenshots.sh BUILD [NAME...]
# Needs: xterm xvfb xdotool imagemagick fonts-dejavu-core.
set -euo pipefail
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
shift
wanted=" $* "
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export HOME=$home TZ=UTC SHOT_DELAY=4
unset XDG_DATA_HOME XDG_STATE_HOME XDG_CONFIG_HOME TMUX
shot() { # NAME KEYS ARGS...: at both sizes, or at SHOT_SIZES
    local name=$1 keys=$2
    shift 2
    [ "$wanted" = "  " ] || [[ $wanted = *" $name "* ]] || return 0
    for size in ${SHOT_SIZES:-80x24 160x45}; do
        echo "$name-$size"
        tests/tools/shot.sh "screenshots/$name-$size.png" "$size" "$keys" "$build/tracetui" "$@"
    done
}
shot main "j sleep:0.5" --demo 'user:alice,erin,bob'
shot filter "slash sleep:0.3 type:\x20s sleep:0.5 Tab sleep:0.7" --demo 'op:createGoal'
shot form "f sleep:0.7" --demo 'op:createGoal status:error dur>250ms'
shot trace "sleep:1 Return sleep:1 e e e sleep:0.5" --demo 'op:createGoal status:error'
shot details "sleep:1 Return sleep:1 e e e Tab bracketright bracketright bracketright sleep:0.5" --demo 'op:createGoal status:error'
SHOT_DELAY=2 shot welcome "-" --db "$home/empty.db" --listen 127.0.0.1:4318
shot help "sleep:1 Return sleep:1 question sleep:0.5" --demo 'op:createGoal status:error'
SHOT_BACKGROUND='#fdf6e3' SHOT_FOREGROUND='#3b4252' shot light "sleep:1 Return sleep:1 e e e sleep:0.5" --demo --theme light 'op:createGoal status:error'
shot diff "sleep:1 m a j j d sleep:1" --demo 'op:createGoal'
shot flame "sleep:1 Return sleep:1 W sleep:0.5 j j j" --demo 'op:createGoal status:error'
shot spans "sleep:1 Return sleep:1 D sleep:0.5 j j" --demo 'op:createGoal status:error'
shot map "sleep:1 W sleep:2 j" --demo
shot range "sleep:1 T h h h h h h h h h h h h space h h h h h h sleep:0.7" --demo
SHOT_SIZES=160x45 shot split "sleep:1 Return sleep:1 e e e bar sleep:0.7" --demo 'op:createGoal status:error'
shot received "sleep:1 I sleep:0.7" --demo
