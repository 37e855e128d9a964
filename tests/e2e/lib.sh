# lib.sh — what the end-to-end scripts share: a work folder, a receiver, checks, a terminal. Sourced with the build folder as $1.
set -euo pipefail
build=$1
tracetui=$build/tracetui
work=$(mktemp -d)
db=$work/traces.db
export HOME=$work XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
unset XDG_DATA_HOME TRACETUI_DB TMUX NO_COLOR
socket=$work/tmux
server=
failures=0

cleanup() {
    [ -n "$server" ] && kill -9 "$server" 2>/dev/null
    [ -S "$socket" ] && t kill-server 2>/dev/null && sleep 0.3
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

# eventually COMMAND...: until it holds; false after a minute
eventually() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.05
    done
}

# serve ARGS...: starts a receiver on a free port, or at $listen; sets server, url
serve() {
    : >"$work/ready"
    "$tracetui" serve --db "$db" --listen "${listen:-127.0.0.1:0}" "$@" >"$work/ready" 2>>"$work/log" &
    server=$!
    eventually started || true
    grep -q listening "$work/ready" || { cat "$work/log" >&2; return 1; }
    url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$work/ready" | head -1)
}

started() { # or will never be
    grep -q listening "$work/ready" || ! kill -0 "$server" 2>/dev/null
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
    curl -s -m 20 -o "$work/answer" -w '%{http_code} ' -H 'Content-Type: application/json' --data-binary "$body" "$@" "$url$path" || return
    cat "$work/answer"
    : >"$work/answer"
}

sql() {
    sqlite3 "$db" "$1"
}

# acknowledged COUNT FILE...: as many answers of post say 200
acknowledged() {
    local count=$1
    shift
    [ "$(cat "$@" 2>/dev/null | grep -c '^200')" -ge "$count" ]
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# ---- a person in tmux

t() {
    tmux -S "$socket" "$@"
}

# explore SESSION COMMAND: in a terminal of its own, of 110x24
explore() {
    # the server ends with its last session, maybe just when the next one begins
    [ -S "$socket" ] || t -f /dev/null new-session -d -s keep "sleep 1000"
    t new-session -d -x "${columns:-110}" -y "${rows:-24}" -s "$1" "env LC_ALL=C.UTF-8 $2"
}

screen() { # SESSION
    t capture-pane -p -t "$1"
}

shows() { # SESSION TEXT
    grep -qF -- "$2" <<<"$(screen "$1" 2>/dev/null)"
}

hides() { # SESSION TEXT
    ! shows "$@"
}

expect() { # SESSION TEXT
    eventually shows "$@" && return
    fail "never on the screen of $1: $2"
    screen "$1" >&2
}

# quit SESSION: leaves the explorer, and waits until it has ended
quit() {
    t send-keys -t "$1" Q
    eventually ended "$1" || fail "$1 does not end"
}

ended() { # SESSION
    ! t has-session -t "$1" 2>/dev/null
}

finish() {
    [ "$failures" = 0 ] && echo ok
    exit "$((failures > 0))"
}
