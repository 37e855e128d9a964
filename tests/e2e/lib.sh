# lib.sh — what the end-to-end scripts share: a work folder, a receiver, checks. Sourced with the build folder as $1.
set -euo pipefail
build=$1
tracetui=$build/tracetui
work=$(mktemp -d)
db=$work/traces.db
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
unset XDG_DATA_HOME TRACETUI_DB TMUX NO_COLOR
server=
failures=0

cleanup() {
    [ -n "$server" ] && kill -9 "$server" 2>/dev/null
    type more_cleanup >/dev/null 2>&1 && more_cleanup
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

# same WHAT EXPECTED GOT
same() {
    [ "$2" = "$3" ] || fail "$1: expected [$2], got [$3]"
}

# holds WHAT PART TEXT
holds() {
    case $3 in
    *"$2"*) ;;
    *) fail "$1: [$2] is not in [$3]" ;;
    esac
}

# serve ARGS...: starts a receiver on a free port, or at $listen; sets server, url
serve() {
    : >"$work/ready"
    "$tracetui" serve --db "$db" --listen "${listen:-127.0.0.1:0}" "$@" >"$work/ready" 2>>"$work/log" &
    server=$!
    for _ in $(seq 200); do
        grep -q listening "$work/ready" && break
        kill -0 "$server" 2>/dev/null || { cat "$work/log" >&2; exit 1; }
        sleep 0.05
    done
    url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$work/ready" | head -1)
}

stop() {
    kill -TERM "$server"
    wait "$server" || fail "serve ended with $?"
    server=
}

# post PATH BODY CURL-ARGS...: prints "STATUS BODY"
post() {
    local path=$1 body=$2
    shift 2
    curl -s -m 20 -o "$work/answer" -w '%{http_code} ' -H 'Content-Type: application/json' --data-binary "$body" "$@" "$url$path"
    cat "$work/answer"
    : >"$work/answer"
}

sql() {
    sqlite3 "$db" "$1"
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

finish() {
    [ "$failures" = 0 ] && echo ok
    exit "$((failures > 0))"
}
