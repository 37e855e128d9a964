#!/usr/bin/env bash
# format.sh — every C file is as clang-format 14 leaves it (other versions differ in details). 77 = skipped
set -euo pipefail
cd "$(dirname "$0")/.."
tool=
for candidate in clang-format-14 clang-format; do
    if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
        tool=$candidate
        break
    fi
done
[ -n "$tool" ] || { echo "no clang-format 14: skipped"; exit 77; }
wrong=$(find store ingest tui tests -name '*.[ch]' -print0 | xargs -0 "$tool" --dry-run 2>&1 | grep ': warning' | cut -d: -f1 | sort | uniq -c || true)
[ -z "$wrong" ] || { echo "$wrong"; exit 1; }
