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
screens=$(cd "$(dirname "$0")/../screen" && pwd)
"$screens/../tools/world.sh" "$build" "$work/world.db" 44000 >/dev/null

# Each "screen" line saves what libvterm shows and begins the next piece of the recording. A recording knows
# nothing of a resize: the script ends there. What is masked for the golden screens is compared too.
record() { # SCRIPT FOLDER
    awk -v folder="$2" 'BEGIN { print "record " folder "/1.bytes" }
        $1 == "resize" { exit }
        $1 == "mask" { next }
        $1 == "screen" { n++; print "save " folder "/" n ".expected"; print "record " folder "/" n + 1 ".bytes"; next }
        { print }' "$1"
}

compared=0
compare() { # SCRIPT
    local name size folder
    name=$(basename "$1" .keys) size=${1##*-}
    size=${size%.keys} folder=$work/$name
    mkdir "$folder"
    record "$1" "$folder" >"$folder/$name.keys"
    grep -q '^save' "$folder/$name.keys" || return 0
    "$screens/run.sh" "$build" "$work/world.db" "$folder/$name.keys" || fail "$name: the script failed"
    local shots=("$folder"/*.expected)
    node "$modules/show.js" "${size%x*}" "${size#*x}" $(seq -f "$folder/%g.bytes" ${#shots[@]})
    for n in $(seq ${#shots[@]}); do
        compared=$((compared + 1))
        sed '/^--- style$/,$d' "$folder/$n.expected" | diff - "$folder/$n.bytes.screen" ||
            fail "$name: the emulators disagree about screen $n"
    done
}
for script in "$screens"/*.keys; do
    case $script in
    # After a repeated character (REP) that ends one column short of the last, libvterm wraps too early.
    */locale_c-80x24.keys) ;;
    *) compare "$script" ;;
    esac
done
echo "$compared screens compared"
finish
