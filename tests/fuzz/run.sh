#!/usr/bin/env bash
# run.sh BUILD-FOLDER [SECONDS] [TARGET...] — every fuzz target under ASan and UBSan for some seconds each (10).
#
# Corpora grow in BUILD-FOLDER/fuzz/corpus-TARGET, beginning with tests/data/decode (grpc); what crashes stays in BUILD-FOLDER/fuzz.
set -euo pipefail
mkdir -p "$1/fuzz"
build=$(cd "$1/fuzz" && pwd)
seconds=${2:-10}
shift $(($# < 2 ? $# : 2))
cd "$(dirname "$0")/../.."
clang=$(command -v clang || true)
flags=(-std=c11 -D_GNU_SOURCE '-DTRACETUI_VERSION=""' -I. -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all)
if [ -z "$clang" ] || ! echo 'int LLVMFuzzerTestOneInput(const char *d, long n) { return d && n ? 0 : 0; }' |
    "$clang" -x c -fsanitize=fuzzer - -o "$build/probe" 2>"$build/probe.log"; then
    echo "SKIPPED LOUDLY: no clang with libFuzzer on this machine"
    exit 77
fi
[ $# -gt 0 ] || set -- $(cd tests/fuzz && printf '%s\n' fuzz_*.c | sed 's/\.c$//')
sources=(ingest/decode*.c ingest/otlp*.c ingest/proto.c ingest/json.c ingest/{flat_members,draft_check,finish}.c ingest/classify.c ingest/sample.c ingest/sdk_quirks.c ingest/sanitize*.c
    ingest/attributes.c ingest/base64.c ingest/hex_id.c ingest/import.c ingest/split.c store/base/*.c store/span.c store/counters.c
    ingest/grpc_{session,call,answer}.c ingest/{request,routes,trace_context,reply,gate,headers,inflate,proto_put}.c)

# The code under test once, with coverage for the fuzzer; objects newer than every source are kept.
mkdir -p "$build/objects"
newest=$(find ingest store -name '*.[ch]' -newer "$build/library.a" 2>/dev/null | head -1 || true)
if [ ! -f "$build/library.a" ] || [ -n "$newest" ]; then
    rm -f "$build/library.a"
    for source in "${sources[@]}"; do
        echo "$source"
    done | xargs -P "$(nproc)" -I{} sh -c \
        '"$0" '"${flags[*]}"' -fsanitize=fuzzer-no-link -c "$2" -o "$1/objects/$(echo "$2" | tr / _).o"' "$clang" "$build" {}
    ar rc "$build/library.a" "$build"/objects/*.o
fi

failed=0
for target in "$@"; do
    "$clang" "${flags[@]}" -fsanitize=fuzzer "tests/fuzz/$target.c" "$build/library.a" -lnghttp2 -lcjson -lz -lm -o "$build/$target"
    mkdir -p "$build/corpus-$target"
    if (cd "$build" && "./$target" -max_total_time="$seconds" -max_len=16384 -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
        "corpus-$target" "$OLDPWD/tests/data/$([ "$target" = fuzz_grpc ] && echo grpc || echo decode)") >"$build/$target.log" 2>&1; then
        echo "$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log") inputs, nothing found"
    else
        echo "FAIL: $target"
        tail -n 40 "$build/$target.log"
        failed=1
    fi
done
exit $failed
