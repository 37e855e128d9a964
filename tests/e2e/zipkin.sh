#!/usr/bin/env bash
# zipkin.sh — Zipkin on a listener of its own: pieces and halves that come apart and in any order, and B3's odd ids.
. "$(dirname "$0")/lib.sh"
port=9411
serve --listen 127.0.0.1:$port || { port=0 && serve --listen 127.0.0.1:0; } # somebody may have a Zipkin here
[ "$(grep -c 'listening on http' "$work/ready")" = 2 ] || fail "two listeners: $(cat "$work/ready")"
first=$url
url=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$work/ready" | grep -vxF "$first" | head -1)
[ "$port" = 0 ] || same "the port that was asked for" "http://127.0.0.1:9411" "$url"
us=$(($(now_ms) * 1000))
zipkin() {
    post /api/v2/spans "$@"
}
same "an empty list" "202 " "$(zipkin '[]')"

# one span in three pieces: the start, a late annotation, the end
piece='"traceId":"463ac35c9f6413ad","id":"a1","localEndpoint":{"serviceName":"web"}'
same "piece" "202 " "$(zipkin '[{'"$piece"',"kind":"CLIENT","name":"get","timestamp":'$((us - 900))'}]')"
same "running" "in_progress|" "$(sql "SELECT status, duration_ms FROM spans WHERE id='00000000000000a1'")"
zipkin '[{'"$piece"',"kind":"CLIENT","timestamp":'$((us - 900))',"annotations":[{"timestamp":'$((us - 500))',"value":"ws"}],"tags":{"k":"v"}}]' >/dev/null
zipkin '[{'"$piece"',"kind":"CLIENT","timestamp":'$((us - 900))',"name":"get","duration":700}]' >/dev/null
same "one span of three pieces" "1|completed|700000|get|client|v|ws" "$(sql "SELECT count(*), status, duration_ns, operation_name, kind,
    json_extract(attributes,'\$.k'), json_extract(events,'\$[0].name') FROM spans WHERE id='00000000000000a1'")"

# both halves of a call have one id; the server comes first and does not say that it shares
zipkin '[{"traceId":"463ac35c9f6413ad","id":"b2","parentId":"a1","kind":"SERVER","name":"get","timestamp":'$((us - 800))',"duration":300,"localEndpoint":{"serviceName":"api"}}]' >/dev/null
printf '[{"traceId":"463ac35c9f6413ad","id":"b2","parentId":"a1","kind":"CLIENT","name":"get","timestamp":%s,"duration":500,"localEndpoint":{"serviceName":"web"}}]' $((us - 850)) | gzip >"$work/client.gz"
same "gzip" "202 " "$(zipkin "@$work/client.gz" -H 'Content-Encoding: gzip')"
same "two halves" "api|server|300000,web|client|500000" "$(sql "SELECT group_concat(row) FROM (SELECT service || '|' || kind || '|' || duration_ns AS row FROM spans WHERE id='00000000000000b2' ORDER BY 1)")"
zipkin '[{"traceId":"463ac35c9f6413ad","id":"b2","shared":true,"timestamp":'$((us - 800))',"tags":{"late":"yes"}}]' >/dev/null
same "shared without a kind is the server's" "api|yes" "$(sql "SELECT service, json_extract(attributes,'\$.late') FROM spans WHERE id='00000000000000b2' AND kind='server'")"
same "still two" 2 "$(sql "SELECT count(*) FROM spans WHERE id='00000000000000b2'")"

# the spellings of one trace id; 17 digits are padded to 32; zero is no parent
zipkin '[{"traceId":"0000000000000000463AC35C9F6413AD","id":"c3","parentId":"0000000000000000","name":"wide","timestamp":'"$us"',"duration":1}]' >/dev/null
same "a zero upper half is the short id" "463ac35c9f6413ad|4|1" "$(sql "SELECT t.id, t.span_count, (SELECT parent_span_id IS NULL FROM spans WHERE id='00000000000000c3') FROM traces t")"
zipkin '[{"traceId":"7e2be2d4d1f8d80a1","id":"d4","name":"padded","timestamp":'"$us"',"duration":1}]' >/dev/null
same "17 digits" "0000000000000007e2be2d4d1f8d80a1" "$(sql "SELECT trace_id FROM spans WHERE id='00000000000000d4'")"

# refusals name the span and its field
holds "zero id" "400 " "$(zipkin '[{"traceId":"1","id":"0","timestamp":'"$us"'}]')"
holds "names it" "spans[0].id: all zero" "$(zipkin '[{"traceId":"1","id":"0","timestamp":'"$us"'}]')"
holds "too long" "spans[0].traceId: 1 to 32 hex digits were expected" "$(zipkin '[{"traceId":"'"$(printf '1%.0s' $(seq 33))"'","id":"1","timestamp":'"$us"'}]')"
same "nothing of these is stored" 5 "$(sql 'SELECT count(*) FROM spans')"
stop
finish
