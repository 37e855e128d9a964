#!/usr/bin/env bash
# world.sh — a database with the demo's history, made through the receiver. usage: world.sh BUILD DATABASE SPANS
set -euo pipefail
build=$1 database=$2 spans=$3
export TRACETUI_NOW=${TRACETUI_NOW:-1763647401000000000}
rm -f "$database" "$database"-wal "$database"-shm "$database".lock
ready=$(mktemp)
"$build/tracetui" serve --db "$database" --listen 127.0.0.1:0 --retention 0 >"$ready" 2>"$ready.log" &
server=$!
trap 'kill $server 2>/dev/null || true; rm -f "$ready" "$ready.log"' EXIT
for _ in $(seq 200); do
    grep -q listening "$ready" && break
    kill -0 $server 2>/dev/null || { cat "$ready.log" >&2; exit 1; }
    sleep 0.05
done
endpoint=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$ready" | head -1)
"$build/tests/tell" "$endpoint" 1 "$TRACETUI_NOW" "$spans"
kill -TERM $server
wait $server
