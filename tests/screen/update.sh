#!/usr/bin/env bash
# update.sh — writes the golden screens anew; look at the difference before it is committed. usage: update.sh BUILD [NAME...]
set -euo pipefail
build=$1
shift
here=$(dirname "$0")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$here/../tools/world.sh" "$build" "$work/world.db" 44000 >/dev/null
[ $# -gt 0 ] || set -- $(cd "$here" && ls *.keys)
failures=0
for script in "$@"; do
    "$here/run.sh" "$build" "$work/world.db" "$here/${script%.keys}.keys" -t || failures=$((failures + 1))
done
exit $((failures > 0))
