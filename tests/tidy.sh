#!/usr/bin/env bash
# tidy.sh — clang-tidy over all sources; .clang-tidy says which checks. usage: tidy.sh BUILD; 77 = skipped
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
tidy=$(command -v run-clang-tidy || command -v run-clang-tidy-14 || true)
[ -n "$tidy" ] && command -v clang-tidy >/dev/null || { echo "no clang-tidy: skipped"; exit 77; }
[ -f "$build/compile_commands.json" ] || { echo "no compile_commands.json in $build: skipped"; exit 77; }
found=$("$tidy" -p "$build" -quiet "$PWD/(store|ingest|tui)/.*\.c$" 2>/dev/null | sed 's/\x1b\[[0-9;]*m//g' | grep -E '(warning|error): ' | sort -u || true)
[ -z "$found" ] || { echo "$found"; exit 1; }
