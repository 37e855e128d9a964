#!/usr/bin/env bash
# analysis.sh — critical path, span table, diff and service map against an independent model.
. "$(dirname "$0")/lib.sh"
tools=$(dirname "$0")/../tools
export TRACETUI_NOW=1763647401000000000
# agrees WHAT FILES...: imports them into a new database and compares
agrees() {
    local what=$1
    shift
    rm -f "$work"/m.db*
    "$tracetui" import --db "$work/m.db" --retention 0 "$@" >"$work/out" 2>"$work/err" || fail "$what: $(cat "$work/err")"
    python3 "$tools/analysis_model.py" "$tracetui" "$work/m.db" "$TRACETUI_NOW" >"$work/out" 2>"$work/err" ||
        fail "$what: $(tail -3 "$work/err" | cut -c 1-2000)"
}
for seed in 1 2; do
    python3 "$tools/analysis_traces.py" $seed 60 1763647401000 >"$work/odd.json"
    agrees "generated traces $seed" "$work/odd.json"
done
data=${TRACETUI_DATA:-}
if [ -f "$data/otlp-jsonl-demo.json" ]; then
    agrees "OTLP data" "$data/otlp-jsonl-demo.json"
    agrees "Zipkin data" "$data"/zipkin-*.json
fi

# what people see, and what they did wrong
"$tracetui" import --db "$db" --retention 0 - >/dev/null <<'J'
{"spans":[
 {"id":"00000000000000a1","traceId":"0000000000000000000000000000000a","operationName":"save","service":"web","startedAt":1763647400000,"endedAt":1763647400100},
 {"id":"00000000000000a2","traceId":"0000000000000000000000000000000a","parentSpanId":"00000000000000a1","operationName":"INSERT","service":"db","startedAt":1763647400010,"endedAt":1763647400030},
 {"id":"00000000000000b1","traceId":"0000000000000000000000000000000b","operationName":"save","service":"web","startedAt":1763647400500,"endedAt":1763647400900},
 {"id":"00000000000000b2","traceId":"0000000000000000000000000000000b","parentSpanId":"00000000000000b1","operationName":"INSERT","service":"db","startedAt":1763647400510,"endedAt":1763647400830},
 {"id":"00000000000000b3","traceId":"0000000000000000000000000000000b","parentSpanId":"00000000000000b1","operationName":"audit","service":"api","startedAt":1763647400840,"endedAt":1763647400850}]}
J
a=0000000000000000000000000000000a b=0000000000000000000000000000000b
out=$("$tracetui" diff $a $b --db "$db")
holds "summary" "1 added, 1 slower" "$out"
holds "what became slower" ">   20.0ms    320ms    300ms    db INSERT" "$out"
holds "what was added" "+        -   10.0ms   10.0ms    api audit" "$out"
holds "nothing differs" "no difference" "$("$tracetui" diff $a $a --db "$db")"
holds "critical path" "   10.0ms   20.0ms  db           INSERT" "$("$tracetui" show $a --critical --db "$db")"
holds "span table" "        1        0    100ms   80.0ms    80.0%    100ms    100ms    100ms  web" "$("$tracetui" show $a --by service --db "$db")"
holds "map" "web > db" "$("$tracetui" map service:web --db "$db")"
same "map of nothing" "0 traces, 0 spans" "$("$tracetui" map user:nobody --db "$db" | head -1)"
holds "a part of the traces" "the newest 1 trace, " "$("$tracetui" map --limit 1 --db "$db")"
"$tracetui" diff $a --db "$db" 2>"$work/err" && fail "one trace is no diff"
holds "one trace" "two traces expected" "$(cat "$work/err")"
"$tracetui" diff $a 0000000000000000000000000000000c --db "$db" 2>"$work/err" && fail "an unknown trace"
"$tracetui" show $a --by colour --db "$db" 2>"$work/err" && fail "an unknown grouping"
holds "an unknown grouping" "operation, service or type expected" "$(cat "$work/err")"
finish
