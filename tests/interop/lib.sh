#!/usr/bin/env bash
# lib.sh — what the scripts of real senders share. Sourced with the build folder as $1; builds go to $build/interop-NAME.
. "$(dirname "$0")/../e2e/lib.sh"
interop=$(cd "$(dirname "$0")" && pwd)
real_home=${REAL_HOME:-/root}

# need TOOL...: skips where one is missing
need() {
    local tool
    for tool in "$@"; do
        command -v "$tool" >/dev/null || { echo "SKIPPED LOUDLY: no $tool on this machine"; exit 77; }
    done
}

# copy FOLDER: its files to the build folder; sets sender to it
copy() {
    sender=$build/interop-$1
    mkdir -p "$sender"
    cp -u "$interop/$1"/* "$sender"
}

# fetch COMMAND...: what may need the registry; skips where it cannot be reached
fetch() {
    (cd "$sender" && timeout 600 "$@") >"$work/fetch" 2>&1 || { tail -n 20 "$work/fetch"; echo "SKIPPED LOUDLY: $1 could not fetch what $sender needs"; exit 77; }
}

# build_sender COMMAND...: what must work once everything is fetched
build_sender() {
    (cd "$sender" && "$@") >"$work/build" 2>&1 || { cat "$work/build" >&2; exit 1; }
}

# check WHAT COMMAND...: serves, lets the sender send to $url, compares the rows with $work/truth.json
check() {
    local what=$1
    shift
    "$@" >"$work/sender" 2>&1 || { cat "$work/sender" >&2; fail "$what: the exporter complained"; }
    python3 "$interop/compare.py" "$work/truth.json" "$db" || fail "$what: rows differ from what the SDK was told"
    rm -f "$db"*
}

# speaks_grpc: this build can listen for gRPC
speaks_grpc() {
    grep -q -- --grpc <<<"$("$tracetui" --help)" # in a pipe grep's end could be a failure of the help
}
