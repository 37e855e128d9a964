#!/usr/bin/env bash
# commands.sh — ls, show, import, send-test, their formats, messages and exit codes.
. "$(dirname "$0")/lib.sh"
code() { # EXPECTED ARGS...: runs tracetui, keeps its output
    local expected=$1 got=0
    shift
    "$tracetui" "$@" >"$work/out" 2>"$work/err" || got=$?
    same "exit code of: $*" "$expected" "$got"
}

code 0 --version
holds version tracetui "$(cat "$work/out")"
code 0 --help
holds help "tracetui serve" "$(cat "$work/out")"
code 2 --lisen x
holds "nearest option" "did you mean --listen?" "$(cat "$work/err")"
code 2 lss
holds "nearest command" "did you mean ls?" "$(cat "$work/err")"
for command in check prune serve send-test; do
    code 2 "$command" other.db
done
code 2 exprot
holds "two letters swapped" "did you mean export?" "$(cat "$work/err")"
for command in $("$tracetui" --help | sed -n 's/^  tracetui \([a-z][a-z-]*\).*/\1/p' | sort -u); do
    code 0 "$command" --help
    holds "help of $command" "tracetui $command" "$(head -1 "$work/out")"
    holds "its options" "  --" "$(cat "$work/out")"
    same "no other command" 0 "$(sed -n 's/^  tracetui \([a-z-]*\).*/\1/p' "$work/out" | grep -vcx -- "$command")"
    same "help first" "$(cat "$work/out")" "$("$tracetui" help "$command")"
done
same "send-test offers no TLS" 0 "$("$tracetui" send-test --help | grep -c -e --tls)"
same "no option of another command" 0 "$("$tracetui" ls --help | grep -c -e --anonymize -e --listen)"
code 1 ls --db "$work/none.db"
holds "missing database" "none.db" "$(cat "$work/err")"

code 2 serve --db "$work/none.db" --listen foo
holds "a wrong address" "ADDRESS:PORT expected" "$(cat "$work/err")"
code 2 serve --db "$work/none.db" --listen 127.0.0.1:0 --grpc foo
code 1 serve --db "$work/none.db" --listen 0.0.0.0:0
holds "an address for others" "--ingest-token-file" "$(cat "$work/err")"
case $(cat "$work/err") in *stopped*) fail "a receiver that never started has sums" ;; esac
# without a home nothing goes to the root of the file system
got=0
timeout 20 env -u HOME "$tracetui" serve --listen 127.0.0.1:0 </dev/null >"$work/out" 2>"$work/err" || got=$?
same "exit code without a home" 2 "$got"
same "no home" "tracetui: HOME is not set: name the database with --db FILE" "$(cat "$work/err")"

serve
code 0 send-test --listen "${url#http://}"
holds "send-test says what it did" "200" "$(cat "$work/out")"
code 2 send-test --listen foo
# whoever answers does not colour the terminal
python3 -c '
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    peer = server.accept()[0]
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n\x1b[31mred")
    peer.close()' >"$work/port" &
eventually [ -s "$work/port" ] || fail "nobody answers"
code 0 send-test --listen "127.0.0.1:$(cat "$work/port")"
same "no escape sequence in the answer" 0 "$(grep -c "$(printf '\033')" "$work/out")"
trace=$(sql 'SELECT id FROM traces')
code 0 ls --db "$db" --format json
same "ls json" 1 "$(python3 -c '
import json,sys
rows=[json.loads(l) for l in open(sys.argv[1])]
want="trace_id root_operation service user_id session_id status started_at start_ns duration_ns duration_ms span_count error_count services".split()
print(int(len(rows)==1 and all(k in rows[0] for k in want) and isinstance(rows[0]["services"],list) and isinstance(rows[0]["start_ns"],str)))' "$work/out")"
code 0 ls --db "$db" --format csv
same "ls csv has a header and a row" 2 "$(wc -l <"$work/out")"
code 0 ls --db "$db" status:error
holds "ls table" "OPERATION" "$(head -1 "$work/out")"
code 0 ls --db "$db" user:nobody
same "no bare header" "" "$(cat "$work/out" "$work/err")"
if command -v script >/dev/null; then # a terminal
    holds "who reads is told" "no traces match" "$(script -qec "'$tracetui' ls --db '$db' user:nobody" /dev/null)"
fi
# nor does the name of a file, or a query that is wrong
name=$work/$'\033[31m'.json
echo '{"spans":[{}]}' >"$name"
code 1 import --db "$work/hostile.db" "$name"
holds "who was refused" '^[[31m.json: refused: spans[0]' "$(cat "$work/err")"
code 2 --db "$db" $'user:\033[31m'
holds "a wrong query" 'user:^[[31m' "$(cat "$work/err")"
rm "$name"
# no format colours a terminal, or moves its cursor; elsewhere CSV is as it was sent
echo '{"spans":[{"id":"a","traceId":"hostile","operationName":"a\u001b[31mb\u009bc\u007fd\u202ee\rf","startedAt":'$(($(now_ms) - 9))',"endedAt":'"$(now_ms)"'}]}' >"$work/hostile"
code 0 import --db "$work/hostile.db" "$work/hostile"
code 0 ls --db "$work/hostile.db" --format csv
holds "CSV in a file" $'"a\x1b[31mb\xc2\x9bc\x7fd\u202ee\rf"' "$(cat "$work/out")"
if command -v script >/dev/null; then
    for arguments in ls stats export; do
        for format in csv json; do
            script -qec "'$tracetui' $arguments --db '$work/hostile.db' --format $format" /dev/null >"$work/$arguments.$format"
        done
    done
    for arguments in "show hostile" "show hostile --by operation" "show hostile --critical" "diff hostile hostile" map; do
        script -qec "'$tracetui' $arguments --db '$work/hostile.db' --format json" /dev/null >"$work/${arguments// /_}.json"
    done
    for arguments in "show hostile" export; do
        script -qec "'$tracetui' $arguments --db '$work/hostile.db' --format otlp" /dev/null >"$work/${arguments// /_}.otlp.json"
    done
    for file in "$work"/*.csv "$work"/*.json; do
        [ -s "$file" ] || fail "nothing in $file"
        LC_ALL=C grep -qP '\x1b|\x7f|\xc2\x9b|\xe2\x80\xae|\rf' "$file" && fail "${file##*/} colours the terminal: $(cat -v "$file")"
    done
    holds "CSV on a terminal" 'a^[[31mb\u009bc\u007fd\u202ee^Mf' "$(cat "$work/ls.csv")"
    same "JSON says the same there" "a\\x1b[31mb\\x9bc\\x7fd\\u202ee\\rf" "$(python3 -c '
import json, sys
print(ascii(json.load(open(sys.argv[1]))["root_operation"])[1:-1])' "$work/ls.json")"
    rm -f "$work"/*.csv "$work"/*.json
fi
code 0 export --db "$db" -o "$work/exported.json"
same "export says where" "exported 1 trace to $work/exported.json" "$(cat "$work/err")"
same "nothing beside the file" "" "$(cat "$work/out")"
code 2 ls --db "$db" usr:alice
holds "nearest field" 'did you mean user:' "$(cat "$work/err")"
code 2 ls --db "$db" 'dur>250mss'
holds "unit" 'unknown unit "mss"' "$(cat "$work/err")"
code 0 show --db "$db" "${trace:0:8}"
holds "tree" "└" "$(cat "$work/out")"
code 0 show --db "$db" "$trace" --format json
python3 - "$work/out" <<'P' || fail "show json"
import json, sys
t = json.load(open(sys.argv[1]))
assert t["spans"] and t["metadata"] is not None
for s in t["spans"]:
    for k in "id trace_id parent_span_id operation_name operation_type service kind status error_message started_at ended_at duration_ms start_ns duration_ns attributes events links".split():
        assert k in s, k
    assert isinstance(s["attributes"], dict) and isinstance(s["events"], list)
P
code 1 show --db "$db" ffffffff
code 2 show --db "$db"

# where the time went: a second of the client's, of which it waited 600 ms for the server
now=$(now_ms)
post /api/trace-log '{"spans":[{"id":"c1","traceId":"split-1","operationName":"click split","operationType":"ui","service":"web","startedAt":'$((now - 1000))',"endedAt":'"$now"',"status":"completed"}]}' -H 'X-Client-Type: web' >/dev/null
post /api/trace-log '{"spans":[{"id":"s1","traceId":"split-1","parentSpanId":"c1","operationName":"GET /","operationType":"http","service":"api","startedAt":'$((now - 900))',"endedAt":'$((now - 300))',"status":"error"},{"id":"s2","traceId":"split-1","parentSpanId":"s1","operationName":"SELECT","operationType":"db","service":"db","startedAt":'$((now - 800))',"endedAt":'$((now - 400))',"status":"completed"}]}' >/dev/null
code 0 stats --db "$db" --by client op:split --format csv
same "client against server" "client,client,1,0,400.000,400.000,400.000,400.000,400.000,400.000,40.0
client,server,1,1,600.000,600.000,600.000,600.000,600.000,600.000,60.0" "$(tail -2 "$work/out")"
code 0 stats --db "$db" --by client op:split
holds "the share" "60.0%" "$(tail -1 "$work/out")"
code 2 stats --db "$db" --by colour

# an average is of what has ended
post /api/trace-log '{"spans":[{"id":"r1","traceId":"avg-1","operationName":"average","operationType":"ui","service":"web","startedAt":'$((now - 100))',"endedAt":'"$now"',"status":"completed"}]}' >/dev/null
post /api/trace-log '{"spans":[{"id":"r2","traceId":"avg-2","operationName":"average","operationType":"ui","service":"web","startedAt":'$((now - 100))',"status":"in_progress"}]}' >/dev/null
code 0 stats --db "$db" op:average --format csv
same "running traces have no part in it" "2,0,100.000,100.000" "$(tail -1 "$work/out" | cut -d, -f3-6)"

# a trace that completes is told once
"$tracetui" tail --db "$db" --format csv >"$work/tail" 2>&1 &
tail=$!
eventually [ -s "$work/tail" ] || fail "tail prints no header" # after its first look
post /api/trace-log '{"spans":[{"id":"t1","traceId":"tail-1","operationName":"=1+1","operationType":"ui","service":"web","startedAt":'"$now"',"endedAt":'$((now + 5))',"status":"completed"}]}' >/dev/null
eventually grep -q tail-1 "$work/tail" || fail "tail says nothing"
kill "$tail"
wait "$tail" || fail "tail ended with $?"
same "no formula" 1 "$(grep -c "^tail-1,\"'=1+1\"," "$work/tail")"
same "what was there is not new" 0 "$(grep -c split-1 "$work/tail")"

# what one database shows as OTLP, another takes in, and shows the same
code 0 show --db "$db" "$trace" --format otlp
cp "$work/out" "$work/one.otlp"
code 0 import --db "$work/second.db" "$work/one.otlp"
holds "import counts" "imported 6 spans, 1 trace, 0 refused" "$(cat "$work/out")"
code 0 show --db "$work/second.db" "$trace" --format otlp
cmp -s "$work/out" "$work/one.otlp" || fail "OTLP out, in, out is not the same"
gzip -k "$work/one.otlp"
code 0 import --db "$work/third.db" - <"$work/one.otlp.gz"
code 1 import --db "$work/third.db" "$work/missing.json"
echo '{"neither":1}' >"$work/odd.json"
code 1 import --db "$work/third.db" "$work/odd.json"
: >"$work/empty"
code 1 import --db "$work/third.db" "$work/empty"
holds "an empty file" "nothing to import" "$(cat "$work/err")"
printf '{"neither":1}\n%s\n' "$(cat "$work/one.otlp")" >"$work/mixed.json"
code 0 import --db "$work/third.db" "$work/mixed.json"
holds "what was left out" "1 of 2 documents hold no spans" "$(cat "$work/err")"

# what could not be written is a failure
for command in --help --version --print-config --print-keys check ls stats export map; do
    got=0
    "$tracetui" $command --db "$db" >/dev/full 2>"$work/err" || got=$?
    same "$command on a full disk" 1 "$got"
    holds "$command says so" "standard output could not be written" "$(cat "$work/err")"
done
stop
code 1 send-test --listen "${url#http://}"
holds "nobody there" "listens" "$(cat "$work/err")"

# files that are none of ours are refused and left alone
echo 'this is not a database, it is a letter of some length' >"$work/letter.db"
sum=$(md5sum <"$work/letter.db")
code 1 serve --db "$work/letter.db" --listen 127.0.0.1:0
same "left alone" "$sum" "$(md5sum <"$work/letter.db")"
sqlite3 "$work/old.db" 'CREATE TABLE traces(id TEXT PRIMARY KEY); CREATE TABLE spans(id TEXT PRIMARY KEY)'
code 1 serve --db "$work/old.db" --listen 127.0.0.1:0
code 1 ls --db "$work/old.db"
cp "$db" "$work/newer.db"
sqlite3 "$work/newer.db" 'PRAGMA user_version=99'
code 1 serve --db "$work/newer.db" --listen 127.0.0.1:0
holds "newer" "99" "$(cat "$work/err")"
code 1 ls --db "$work/newer.db"
finish
