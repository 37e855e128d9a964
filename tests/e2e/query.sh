#!/usr/bin/env bash
# query.sh — generated queries over the demo world and stranger traces, against a model of the language in Python.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "no python3: skipped"; exit 77; }
model=$(dirname "$0")/../tools/query_model.py
export TRACETUI_NOW=${TRACETUI_NOW:-1763647401000000000}
"$(dirname "$0")/../tools/world.sh" "$build" "$db" 4000
python3 "$model" extra "$work/extra.json"
"$tracetui" import --db "$db" --retention 0 "$work/extra.json" >"$work/out" || fail "import: $(cat "$work/out")"
python3 "$model" check "$tracetui" "$db" "${QUERIES:-300}" || fail "the program and the model disagree"
# a "." is one character, whatever the number of its bytes
same "a character in an expression" "$(sql "SELECT count(DISTINCT trace_id) FROM spans WHERE service = 'café'")" \
    "$("$tracetui" ls --db "$db" --format json --limit 1000 'service=~^caf.$' | grep -c trace_id)"
finish
