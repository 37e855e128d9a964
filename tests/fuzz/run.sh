#!/usr/bin/env bash
# run.sh BUILD-FOLDER [SECONDS] [TARGET...] — every fuzz target under ASan and UBSan for some seconds each:
# $TRACETUI_FUZZ_SECONDS or 10; CI takes 60, a release 3600.
#
# Corpora grow in BUILD-FOLDER/fuzz/corpus-TARGET, beginning with the files of tests/data/KIND; what crashes stays in
# BUILD-FOLDER/fuzz, and belongs into tests/data/KIND under a name that says what was seen.
set -euo pipefail
mkdir -p "$1/fuzz/objects"
build=$(cd "$1/fuzz" && pwd)
seconds=${2:-${TRACETUI_FUZZ_SECONDS:-10}}
shift $(($# < 2 ? $# : 2))
cd "$(dirname "$0")/../.."
clang=$(command -v clang || true)
flags=(-std=c11 -D_GNU_SOURCE '-DTRACETUI_VERSION=""' -I. "-I$build/../generated" -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all)
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n ? 0 : 0; }' |
    "$clang" -x c -fsanitize=fuzzer - -o "$build/probe" 2>"$build/probe.log"; then
    echo "SKIPPED LOUDLY: no clang with libFuzzer on this machine"
    exit 77
fi
[ $# -gt 0 ] || set -- $(cd tests/fuzz && printf '%s\n' fuzz_*.c | sed 's/\.c$//')

# The code under test once, with coverage for the fuzzer; only what changed is compiled again.
newest_header=$(find ingest store tui -name '*.h' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)
for source in store/*.c store/base/*.c store/sql/*.c ingest/*.c tui/{canvas,rune,visible}.c; do
    object=$build/objects/$(echo "$source" | tr / _).o
    if [ ! -f "$object" ] || [ "$source" -nt "$object" ] || [ "$newest_header" -nt "$object" ]; then
        printf -- '-c %s -o %s\n' "$source" "$object"
    fi
done | xargs -r -L1 -P "$(nproc)" ${CMAKE_C_COMPILER_LAUNCHER:-} "$clang" "${flags[@]}" -fsanitize=fuzzer-no-link
rm -f "$build/library.a"
ar rc "$build/library.a" "$build"/objects/*.o

# try TARGET: builds and runs one
try() { # a target may bring a writer of its own: the first definition counts
    local target=$1 kind=decode
    [ -d "tests/data/${target#fuzz_}" ] && kind=${target#fuzz_}
    "$clang" "${flags[@]}" -fsanitize=fuzzer "tests/fuzz/$target.c" "$build/library.a" -Wl,--allow-multiple-definition -lmicrohttpd -lgnutls -lnghttp2 -lsqlite3 -lcjson -lz -lm -o "$build/$target" || return 1
    mkdir -p "$build/corpus-$target"
    if (cd "$build" && "./$target" -max_total_time="$seconds" -max_len=16384 -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        "corpus-$target" "$OLDPWD/tests/data/$kind") >"$build/$target.log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log") inputs, nothing found"
    else
        echo "FAIL: $target"
        tail -n 40 "$build/$target.log"
        return 1
    fi
}
failed=0
for target in "$@"; do
    [ "$(jobs -rp | wc -l)" -lt "$(nproc)" ] || wait -n || failed=1
    try "$target" &
done
while [ -n "$(jobs -p)" ]; do
    wait -n || { [ $? = 127 ] && break; failed=1; }
done
exit $failed
