#!/usr/bin/env bash
# damaged.sh — a file with pages that cannot be read: what says so, and what export saves of it.
. "$(dirname "$0")/lib.sh"
"$(dirname "$0")/../tools/world.sh" "$build" "$work/world.db" 30000
traces=$(sqlite3 "$work/world.db" 'SELECT count(*) FROM traces')
spans=$(sqlite3 "$work/world.db" 'SELECT count(*) FROM spans')
page_of() { sqlite3 "$work/world.db" "SELECT pageno FROM dbstat WHERE name = '$1' AND pagetype = 'leaf' ORDER BY pageno LIMIT 1 OFFSET 3"; }
damage() { # PAGE
    cp "$work/world.db" "$work/damaged.db"
    head -c 8192 /dev/zero | tr '\0' '\377' | dd of="$work/damaged.db" bs=8192 seek=$(($1 - 1)) conv=notrunc status=none
}
page_of body >/dev/null 2>&1 || { echo "sqlite3 has no dbstat: skipped"; exit 77; }

"$tracetui" export --db "$work/world.db" >"$work/whole.json" || fail "export of a whole file"
for table in body span trace trace_start; do
    damage "$(page_of $table)"
    "$tracetui" check --db "$work/damaged.db" >"$work/out" 2>&1 && fail "$table: check"
    holds "$table: check says what to do" "tracetui export saves what it can read" "$(cat "$work/out")"
    "$tracetui" export --db "$work/damaged.db" >"$work/saved.json" 2>"$work/err" && fail "$table: a loss is no success"
    holds "$table: says what is lost" "this is what can be read" "$(cat "$work/err")"
    rm -f "$work"/new.db*
    "$tracetui" import --db "$work/new.db" --retention 0 "$work/saved.json" >"$work/out" 2>&1 || fail "$table: import: $(cat "$work/out")"
    holds "$table: import" " 0 refused" "$(cat "$work/out")"
    "$tracetui" check --db "$work/new.db" >/dev/null || fail "$table: check of what was saved"
    same "$table: no trace twice" "$(wc -l <"$work/saved.json")" "$(cut -d, -f1 "$work/saved.json" | sort -u | wc -l)"
    saved=$(sqlite3 "$work/new.db" 'SELECT count(*) FROM traces')
    [ "$saved" -gt $((traces * 3 / 4)) ] || fail "$table: $saved of $traces traces"
    # of a page of bodies all spans are there, and most with all they had
    if [ $table = body ]; then
        same "every span" "$spans" "$(sqlite3 "$work/new.db" 'SELECT count(*) FROM spans')"
        alike=$(comm -12 <(sort "$work/whole.json") <(sort "$work/saved.json") | wc -l)
        [ "$alike" -gt $((traces / 2)) ] || fail "$alike of $traces traces are whole"
    fi
done

# what cannot be opened has nothing to export
head -c 100000 "$work/world.db" >"$work/cut.db"
"$tracetui" ls --db "$work/cut.db" >"$work/out" 2>&1 && fail "a file cut short"
same "a file cut short" "tracetui: ls: $work/cut.db: database damaged: move the file away and start anew" "$(cat "$work/out")"
finish
