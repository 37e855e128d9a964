#!/usr/bin/env bash
# roundtrip.sh — exported as OTLP and imported into an empty database, everything comes out the same, byte by byte.
. "$(dirname "$0")/lib.sh"
export TRACETUI_NOW=1766012400000000000

# again WHAT DATABASE
again() {
    rm -f "$work"/second.db*
    "$tracetui" export --db "$2" --format otlp >"$work/first.json" 2>"$work/err" || fail "$1: export: $(cat "$work/err")"
    "$tracetui" import --db "$work/second.db" --retention 0 "$work/first.json" >"$work/out" 2>&1 || fail "$1: import: $(cat "$work/out")"
    holds "$1: nothing refused" " 0 refused" "$(cat "$work/out")"
    "$tracetui" export --db "$work/second.db" --format otlp >"$work/second.json" || fail "$1: second export"
    [ -s "$work/first.json" ] || fail "$1: nothing was exported"
    cmp "$work/first.json" "$work/second.json" || fail "$1: the second export differs"
    same "$1: spans" "$(sqlite3 "$2" 'SELECT count(*) FROM spans')" "$(sqlite3 "$work/second.db" 'SELECT count(*) FROM spans')"
}

# again_json WHAT DATABASE: through JSON as well
again_json() {
    rm -f "$work"/third.db*
    "$tracetui" export --db "$2" | tee "$work/first.jsonl" | "$tracetui" import --db "$work/third.db" --retention 0 - >"$work/out" 2>&1 ||
        fail "$1: import: $(cat "$work/out")"
    holds "$1: nothing refused" " 0 refused" "$(cat "$work/out")"
    "$tracetui" export --db "$work/third.db" | cmp - "$work/first.jsonl" || fail "$1: the second JSON export differs"
}

"$(dirname "$0")/../tools/world.sh" "$build" "$work/world.db" 3000
again "the demo's world" "$work/world.db"
again_json "the demo's world" "$work/world.db"

for file in "$(dirname "$0")"/../data/decode/*.json "${TRACETUI_DATA:-/nonexistent}"/*.json; do
    [ -f "$file" ] || continue
    rm -f "$work"/one.db*
    "$tracetui" import --db "$work/one.db" --retention 0 "$file" >"$work/out" 2>&1 || fail "$file: $(cat "$work/out")"
    again "$(basename "$file")" "$work/one.db"
    again_json "$(basename "$file")" "$work/one.db"
done
finish
