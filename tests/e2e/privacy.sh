#!/usr/bin/env bash
# privacy.sh — what the user wants masked is never stored, over HTTP or from a file; sampling leaves traces out and says so.
. "$(dirname "$0")/lib.sh"
span='"startedAt":'$(($(now_ms) - 20))',"endedAt":'$(($(now_ms) - 10))
body='{"spans":[{"id":"a","traceId":"t","operationName":"mail bob@example.org",'$span',"userId":"bob@example.org","attributes":{
 "customer.name":"Bob","iban_of_payer":"DE1","password":"hunter2","plain":"stays","sql":"SELECT 0123456789","params":["01234567890"]}}]}'
expected='{"customer.name":"[MASKED]","iban_of_payer":"[MASKED]","password":"[MASKED]","plain":"stays","sql":"SELECT 012...","params":["[TRUNCATED]"]}'
rules=(--mask 'customer.*' --mask iban --mask-value '[a-z.]+@example\.org' --sql-limit 10 --param-limit 10)
serve "${rules[@]}"
holds "post" "200" "$(post /api/trace-log "$body")"
same "attributes" "$expected" "$(sql 'SELECT attributes FROM spans')"
same "name" "mail [MASKED]" "$(sql 'SELECT operation_name FROM spans')"
same "user" "[MASKED]" "$(sql 'SELECT user_id FROM spans')"
holds "counted" "tracetui_spans_masked_total 7" "$(curl -s "$url/metrics" | grep masked_total | grep -v '#')"
# What --mask-value matches is masked in the short texts and in keys, too: those of headers, of OTLP's scopes and links.
mail=eve@example.org
same "flat" '200 {"received":1}' "$(post /api/trace-log '{"spans":[{"id":"l1","traceId":"labels","operationName":"x",'$span',"clientType":"'$mail'",
 "clientVersion":"'$mail'","attributes":{"'$mail'":"a","to":{"'$mail'":1,"bob@example.org":2}},"metadata":{"'$mail'":1}}]}')"
same "headers" '200 {"received":1}' "$(post /api/trace-log '{"spans":[{"id":"l2","traceId":"labels2","operationName":"x",'$span'}]}' \
    -A "agent of $mail" -H "X-Client-Type: $mail" -H "X-Client-Version: $mail")"
same "context" '200 {"received":1}' "$(post /api/trace-log '{"spans":[{"id":"l3","operationName":"x",'$span'}]}' \
    -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' -H "tracestate: a=$mail")"
same "OTLP" '200 {}' "$(post /v1/traces '{"resourceSpans":[{"schemaUrl":"'$mail'","resource":{"attributes":[{"key":"'$mail'","value":{"intValue":1}}]},
 "scopeSpans":[{"schemaUrl":"'$mail'","scope":{"name":"'$mail'","version":"'$mail'"},"spans":[{"traceId":"5b8efff798038103d269b633813fc60c",
 "spanId":"eee19b7ec3c1b174","traceState":"a='$mail'","name":"x","startTimeUnixNano":"'"$(now_ms)"'000000","endTimeUnixNano":"'"$(now_ms)"'000000",
 "links":[{"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175","traceState":"a='$mail'"}]}]}]}]}')"
for column in client_type client_version attributes links resource scope_name scope_version trace_state; do
    same "$column" "" "$(sql "SELECT $column FROM spans WHERE $column LIKE '%eve@%'")"
done
same "keys that are one now" '{"[MASKED]":"a","to":{"[MASKED]":2}}' "$(sql "SELECT attributes FROM spans WHERE id = 'l1'")"
sql .dump | grep -i "$mail" && fail "what matches is in the file"
stop
rm "$db"*
echo "$body" >"$work/flat.json"
"$tracetui" import --db "$db" "${rules[@]}" "$work/flat.json" >/dev/null
same "imported" "$expected" "$(sql 'SELECT attributes FROM spans')"
set -f
for wrong in "--mask *" "--mask-value [a-" "--mask-value x*" "--sql-limit 0" "--sample 5/h"; do
    # shellcheck disable=SC2086
    said=$("$tracetui" import --db "$db" $wrong "$work/flat.json" 2>&1) && fail "$wrong was taken"
    holds "$wrong" "$wrong" "$said"
done
set +f
rm "$db"*
# Where a request came from, and who sent it, are metadata with keys like others; numbers are texts to an expression.
serve --mask ip --mask user-agent --mask-value '4[0-9]{2}-?[0-9]{6}'
post /api/trace-log '{"spans":[{"id":"a","traceId":"t","operationName":"x",'$span',"attributes":{"n":471123456,"m":12,"l":[471123456]}}]}' >/dev/null
same "metadata" '{"ip":"[MASKED]","userAgent":"[MASKED]"}' "$(sql 'SELECT metadata FROM traces')"
same "numbers" '{"n":"[MASKED]","m":12,"l":["[MASKED]"]}' "$(sql 'SELECT attributes FROM spans')"
holds "counted" "tracetui_spans_masked_total 4" "$(curl -s "$url/metrics" | grep masked_total | grep -v '#')"
stop
rm "$db"*
serve --no-mask
post /api/trace-log "$body" >/dev/null
same "unmasked" "hunter2" "$(sql "SELECT attributes->>'password' FROM spans")"
stop

# An anonymous export names nobody, can be read again, and keeps what belongs together.
for format in json csv otlp; do
    "$tracetui" export --db "$db" --anonymize --format "$format" >"$work/export" || fail "export as $format"
    [ -s "$work/export" ] || fail "nothing exported as $format"
    sed 's/anon-[0-9a-f]*//g' "$work/export" | grep -qiE 'bob@|hunter2|DE1|"Bob"|01234' && fail "$format names somebody: $(cat "$work/export")"
done
"$tracetui" import --db "$work/anonymous.db" "$work/export" >/dev/null || fail "the export cannot be read"
umask 022
"$tracetui" export --db "$db" -o "$work/ours" 2>/dev/null
"$tracetui" export --db "$db" --anonymize -o "$work/theirs" 2>/dev/null
same "who may read an export, and an anonymous one" "600 644" "$(stat -c %a "$work/ours" "$work/theirs" | paste -sd' ')"
user=$(sqlite3 "$work/anonymous.db" 'SELECT user_id FROM spans')
holds "pseudonym" "anon-" "$user"
same "of the span and its trace" "$user" "$(sqlite3 "$work/anonymous.db" 'SELECT user_id FROM traces')"
same "SQL" "SELECT ?" "$(sqlite3 "$work/anonymous.db" "SELECT attributes->>'sql' FROM spans")"

# 60 a minute: of 500 traces at once, some stay, with all their spans, and every failed one.
rm "$db"*
serve --sample 60/min --sample-slow 5000
for batch in $(seq 0 9); do
    spans=
    for i in $(seq $((batch * 50)) $((batch * 50 + 49))); do
        status=completed
        [ $((i % 50)) = 7 ] && status=error
        spans+=',{"id":"b'$i'","traceId":"s'$i'","parentSpanId":"a'$i'","operationName":"child",'$span',"status":"'$status'"}'
        spans+=',{"id":"a'$i'","traceId":"s'$i'","operationName":"root",'$span'}'
    done
    holds "batch" '"received":100' "$(post /api/trace-log '{"spans":['"${spans:1}"']}')"
done
traces=$(sql 'SELECT count(*) FROM traces')
[ "$traces" -ge 10 ] && [ "$traces" -lt 100 ] || fail "of 500 traces $traces are stored"
same "whole traces" 0 "$(sql 'SELECT count(*) FROM traces WHERE span_count <> 2')"
same "errors" 10 "$(sql "SELECT count(*) FROM traces WHERE status = 'error'")"
holds "counted" "tracetui_spans_sampled_out_total $((1000 - 2 * traces))" "$(curl -s "$url/metrics")"
stop
finish
