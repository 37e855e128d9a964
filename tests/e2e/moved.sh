#!/usr/bin/env bash
# moved.sh — the database is deleted or replaced under a receiver, and somebody reads it: the receiver ends, and the next one starts with what is there. Or it is
# mounted elsewhere.
. "$(dirname "$0")/lib.sh"
reader=
more_cleanup() {
    [ -n "$reader" ] && kill "$reader" 2>/dev/null
    true
}
batch() { # NAME COUNT
    local now=$(now_ms) spans=
    for i in $(seq "$2"); do
        spans+=",{\"id\":\"$1-$i\",\"traceId\":\"$1\",\"operationName\":\"op $i\",\"startedAt\":$now,\"endedAt\":$now}"
    done
    same "$1 is stored" 200 "$(post /api/trace-log "{\"spans\":[${spans:1}]}" | cut -c 1-3)"
}
# Keeps the database open, as a viewer does.
look() {
    rm -f "$work/questions"
    mkfifo "$work/questions"
    sqlite3 "$db" <"$work/questions" >"$work/seen" &
    reader=$!
    exec 5>"$work/questions"
    echo 'SELECT count(*) FROM spans;' >&5
    for _ in $(seq 100); do
        [ -s "$work/seen" ] && break
        sleep 0.05
    done
}
leave() {
    exec 5>&-
    kill "$reader"
    wait "$reader" 2>/dev/null || true
    reader=
}
ended() { # WHY
    local code=0
    wait "$server" || code=$?
    server=
    same "serve ends" 1 "$code"
    holds "and says why" "$db: $1: stopping" "$(cat "$work/log")"
}

# Another one takes its place: a backup, say, and a larger one.
serve
for i in $(seq 20); do
    batch "backup $i" 300
done
stop
mv "$db" "$work/backup.db"
serve
batch small 3
look
mv "$work/backup.db" "$db"
ended "database file was moved or deleted"
serve
same "what the other one holds" 6000 "$(sql 'SELECT count(*) FROM spans')"
batch more 300
"$tracetui" check --db "$db" >"$work/out" || fail "check: $(cat "$work/out")"
leave

# Deleted, but for the files beside it: the next one makes a new one.
look
rm "$db"
ended "database file was moved or deleted"
serve
batch new 30
same "a new one" 30 "$(sql 'SELECT count(*) FROM spans')"
leave
stop
"$tracetui" check --db "$db" >"$work/out" || fail "check: $(cat "$work/out")"
same "the new one" 30 "$(sql 'SELECT count(*) FROM spans')"

# A container that has the file without its folder would keep the WAL for itself.
if unshare -rm true 2>/dev/null; then
    mkdir "$work/container"
    touch "$work/container/traces.db"
    unshare -rm sh -c 'mount --bind "$1" "$2" && "$3" serve --db "$2" --listen 127.0.0.1:0' - \
        "$db" "$work/container/traces.db" "$tracetui" >"$work/out" 2>&1 && fail "a file without its folder"
    holds "a file without its folder" "mount the folder" "$(cat "$work/out")"
fi
finish
