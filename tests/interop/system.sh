#!/usr/bin/env bash
# system.sh — one click is one tree: a page in Chromium, a Node GraphQL server under OpenTelemetry over PostgreSQL and
# Redis, and a C service with libtracetui. The receiver is killed and started again in the middle.
. "$(dirname "$0")/lib.sh"
need node npm redis-server psql chromium curl
postgres=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
[ -n "$postgres" ] || { echo "SKIPPED LOUDLY: no PostgreSQL server on this machine"; exit 77; }
[ -x "$build/tests/example_stock" ] || { echo "SKIPPED LOUDLY: the C service was not built"; exit 77; }
copy system
[ -d "$sender/node_modules/playwright-core" ] || HOME=$real_home fetch npm install --no-audit --no-fund

children=()
data=
more_cleanup() {
    local child
    exec 7>&- 8>&- 2>/dev/null || true # the page closes its Chromium
    for _ in $(seq 50); do kill -0 "${browser:-x}" 2>/dev/null || break; sleep 0.1; done
    [ -z "$data" ] || as_postgres "$postgres/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true
    for child in "${children[@]}"; do kill -9 "$child" 2>/dev/null || true; done
    [ -z "$data" ] || rm -rf "$data"
}
as_postgres() { # PostgreSQL refuses to be root
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
wait_for() { # WHAT COMMAND...: until it holds
    local what=$1
    shift
    eventually "$@" >/dev/null 2>&1 && return
    fail "$what did not come"
    tail -n 20 "$work"/*.log
    finish
}

receiver_port=$(free_port)
api_port=$(free_port)
export PGPORT=$(free_port) REDIS_PORT=$(free_port) PGUSER=postgres PGDATABASE=postgres
url=http://127.0.0.1:$receiver_port
receive() {
    : >"$work/ready"
    "$tracetui" serve --db "$db" --listen "127.0.0.1:$receiver_port" --cors-origin "http://127.0.0.1:$api_port" >"$work/ready" 2>>"$work/receiver.log" &
    server=$!
    wait_for "the receiver" grep -q listening "$work/ready"
}

# PostgreSQL, Redis, the C service, the API
data=$(as_postgres mktemp -d)
as_postgres "$postgres/initdb" -D "$data" --auth trust -U postgres >"$work/postgres.log" 2>&1
as_postgres "$postgres/pg_ctl" -D "$data" -w -o "-c listen_addresses=127.0.0.1 -c unix_socket_directories=$data -c fsync=off -p $PGPORT" -l "$data/log" start >>"$work/postgres.log" 2>&1 ||
    { cat "$work/postgres.log"; fail "PostgreSQL does not start"; finish; }
export PGHOST=127.0.0.1
psql -q -c "CREATE TABLE goals(owner text, name text, items text[]); CREATE TABLE orders(item text);
    INSERT INTO goals VALUES ('alice', 'Squat 140', '{barbell,chalk}'), ('alice', 'Run a mile', '{}')"
redis-server --port "$REDIS_PORT" --bind 127.0.0.1 --save '' >"$work/redis.log" &
children+=($!)
receive
mkfifo "$work/stock.in" "$work/browse.in"
TRACETUI_ENDPOINT=$url "$build/tests/example_stock" 0 <"$work/stock.in" >"$work/stock.out" 2>"$work/stock.log" &
children+=($!)
exec 7>"$work/stock.in"
wait_for "the C service" test -s "$work/stock.out"
(cd "$sender" && PORT=$api_port OTEL_SERVICE_NAME=api OTEL_RESOURCE_ATTRIBUTES=service.name=api OTEL_EXPORTER_OTLP_ENDPOINT=$url OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_BSP_SCHEDULE_DELAY=500 \
    OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none OTEL_NODE_RESOURCE_DETECTORS=env OTEL_NODE_ENABLED_INSTRUMENTATIONS=http,graphql,pg,ioredis \
    exec node --require @opentelemetry/auto-instrumentations-node/register server.js "$(cat "$work/stock.out")" page.html) >"$work/api.out" 2>"$work/api.log" &
children+=($!)
wait_for "the API" grep -q ready "$work/api.out"

# the page
(cd "$sender" && exec node browse.js "http://127.0.0.1:$api_port/?receiver=$url" "$work/profile") <"$work/browse.in" >"$work/browse.out" 2>"$work/browse.log" &
browser=$!
children+=("$browser")
exec 8>"$work/browse.in"
wait_for "the page" grep -q ready "$work/browse.out"

clicks=0
click() { # BUTTON: sets trace, said
    clicks=$((clicks + 1))
    echo "$1" >&8
    said_it() { [ "$(wc -l <"$work/browse.out")" -gt "$clicks" ]; }
    wait_for "an answer to $1" said_it
    read -r trace said < <(tail -n 1 "$work/browse.out")
}
whole() { # BUTTON TRACE: its tree is as check.py says
    "$tracetui" show "$2" --db "$db" --format json >"$work/$1.json" 2>/dev/null && python3 "$interop/system/check.py" "$1" "$work/$1.json" >"$work/$1.txt"
}
arrives() { # BUTTON TRACE
    eventually whole "$1" "$2" && return
    cat "$work/$1.txt"
    "$tracetui" show "$2" --db "$db" || true
    fail "the trace of the click on $1"
}

# the real-time panel: it sees the click, complete
"$tracetui" tail --db "$db" 'op:"click goals"' >"$work/tail" 2>&1 &
children+=($!)
wait_for "the live view" grep -q START "$work/tail"
click goals
holds "the page" "Squat 140" "$said"
goals=$trace
arrives goals "$goals"
wait_for "the trace in the live view" grep -q 'click goals' "$work/tail"

# the receiver dies; the clicks that follow arrive once it is back
kill -9 "$server"
wait "$server" 2>/dev/null || true
click barbell
barbell=$trace
holds "the page" '"reserve":1000' "$said"
click chalk
chalk=$trace
holds "the page" "stock said 500" "$said"
sleep 1
receive
arrives barbell "$barbell"
arrives chalk "$chalk"
arrives goals "$goals"

# filters
same "by user and status" "click chalk" "$("$tracetui" ls 'user:alice status:error' --db "$db" --format json | python3 -c 'import json, sys; print(*(json.loads(line)["root_operation"] for line in sys.stdin))')"
same "by service and operation" "click chalk click barbell" "$("$tracetui" ls 'service:stock op:click' --db "$db" --format json | python3 -c 'import json, sys; print(*(json.loads(line)["root_operation"] for line in sys.stdin))')"
same "every click is one trace" "3" "$("$tracetui" ls 'op:click' --db "$db" --format json | wc -l)"
finish
