#!/usr/bin/env bash
# handover.sh — the receiver dies or quits while a viewer looks on: the viewer receives, says so, and a sender that retries loses nothing.
. "$(dirname "$0")/lib.sh"
command -v tmux >/dev/null || { echo "no tmux: skipped"; exit 77; }
sender=
more_cleanup() {
    [ -z "$sender" ] || kill "$sender" 2>/dev/null
}
taken() { # SPAN
    now=$(now_ms)
    curl -sf -m 5 -o "$work/sent" -H 'Content-Type: application/json' "$url/api/trace-log" -d '{"spans":[
        {"id":"s'"$1"'","traceId":"t'"$1"'","operationName":"op'"$1"'","startedAt":'"$now"',"endedAt":'"$now"'}]}'
}
# What a sender does: each span until it is answered with 2xx.
send() { # FIRST LAST
    for i in $(seq "$1" "$2"); do
        eventually taken "$i" || return
        echo "$i" >"$work/sent.$1"
    done
}
reached() { # FILE NUMBER
    local at=$(cat "$1" 2>/dev/null)
    [ "${at:-0}" -ge "$2" ]
}
# until_sent FILE NUMBER
until_sent() {
    eventually reached "$@" || fail "the sender is stuck at $(cat "$1")"
}
healthy() {
    curl -sf -m 2 -o "$work/health" "$url/healthz"
}

# Two viewers beside a receiver without a screen: one has its address, the other one learns it.
serve
address=${url#http://}
explore one "$tracetui --db $db --listen $address"
expect one "read-only: ingest by pid $server"
explore two "$tracetui --db $db"
expect two "read-only: ingest by pid $server"

# Killed in the middle of things: one of the two receives at the same address, the other one goes on looking.
send 1 60 &
sender=$!
until_sent "$work/sent.1" 20
first=$server
kill -9 "$first"
died=$(now_ms)
server=
eventually healthy || fail "nobody takes over"
took=$(($(now_ms) - died))
echo "taken over after $took ms"
wait "$sender" || fail "the sender gave up"
sender=
find_heir() {
    heir=one other=two
    shows one "receives since pid $first ended" && return
    heir=two other=one
    shows two "receives since pid $first ended"
}
eventually find_heir || fail "no screen says who receives"
pid=$(head -n 1 "$db.lock")
expect "$other" "read-only: ingest by pid $pid"
same "spans after the kill" 60 "$(sql 'SELECT count(*) FROM spans')"
expect "$other" "op60"

# Quits: the other one follows, and its screen has the counters of a receiver.
send 61 100 &
sender=$!
until_sent "$work/sent.61" 70
quit "$heir"
wait "$sender" || fail "the sender gave up"
sender=
expect "$other" "receives since pid $pid ended"
t send-keys -t "$other" I
expect "$other" "last commit"
t send-keys -t "$other" Escape
quit "$other"
same "spans at the end" 100 "$(sql 'SELECT count(*) FROM spans')"
same "check" 0 "$("$tracetui" check --db "$db" >/dev/null; echo $?)"

# A service manager starts the receiver again: what a viewer took over meanwhile is handed back, and taken over again when that one dies, too.
serve
address=${url#http://}
explore lender "$tracetui --db $db --listen $address"
expect lender "read-only: ingest by pid $server"
for round in 1 2; do
    first=$server
    kill -9 "$first"
    server=
    expect lender "receives since pid $first ended"
    t send-keys -t lender I
    expect lender "last commit"
    send "$((100 + round * 20))" "$((109 + round * 20))" &
    sender=$!
    listen=$address serve
    same "the address of the receiver that came back" "$address" "${url#http://}"
    expect lender "in another process: http://$address"
    t send-keys -t lender Escape
    expect lender "read-only: ingest by pid $server"
    wait "$sender" || fail "the sender gave up"
    sender=
done
same "spans after both rounds" 120 "$(sql 'SELECT count(*) FROM spans')"
same "a second receiver" "tracetui: serve: $db is written by process $server already 1" \
    "$("$tracetui" serve --db "$db" --listen 127.0.0.1:0 2>&1 | tr '\n' ' '; echo "${PIPESTATUS[0]}")"

# Who cannot speak TLS does not receive where that was spoken; who can does so at the same address.
quit lender
stop
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -out "$work/crt" -days 2 -subj /CN=localhost 2>/dev/null
    serve --tls-cert "$work/crt" --tls-key "$work/key"
    explore plain "$tracetui --db $db"
    expect plain "read-only: ingest by pid $server"
    first=$server
    kill -9 "$first"
    server=
    expect plain "read-only: cannot receive: pid $first did with TLS"
    expect plain "NO RECEIVER"
    quit plain
    serve --tls-cert "$work/crt" --tls-key "$work/key"
    address=$(sed -n 's/^listening on https:\/\///p' "$work/ready")
    explore secure "$tracetui --db $db --tls-cert $work/crt --tls-key $work/key"
    expect secure "read-only: ingest by pid $server"
    first=$server
    kill -9 "$first"
    server=
    expect secure "receives since pid $first ended"
    same "the heir's certificate" 200 "$(curl -s -k -m 10 -o "$work/health" -w '%{http_code}' "https://$address/healthz")"
    quit secure
else
    echo "SKIPPED LOUDLY: no openssl, nothing is handed over with TLS"
fi

# Nor does who would let in everybody, or store what was masked, not even at an address of its own.
printf 'a-token-of-sixteen-bytes' >"$work/token"
chmod 600 "$work/token"
for option in "--ingest-token-file $work/token" "--mask iban" "--retention 8d"; do
    serve $option
    other=
    [ "$option" = "--retention 8d" ] && other=--no-mask
    explore open "$tracetui --db $db $other --listen ${url#http://}"
    expect open "read-only: ingest by pid $server"
    first=$server
    kill -9 "$first"
    server=
    case $option in
    --mask*) expect open "read-only: cannot receive: pid $first did with masks of its own" ;;
    --retention*) expect open "read-only: cannot receive: pid $first did with secrets masked" ;;
    *) expect open "read-only: cannot receive: pid $first did with an ingest token" ;;
    esac
    quit open
    explore heir "$tracetui --db $db $option --listen ${url#http://}"
    eventually healthy || fail "who keeps spans as safe does not receive"
    quit heir
done

# Who only looks on says when nothing can come in any more, and when it can again.
for round in 1 2; do
    serve
    [ "$round" = 1 ] && explore looker "$tracetui --db $db --no-listen"
    expect looker "LIVE"
    kill -9 "$server"
    server=
    expect looker "NO RECEIVER"
done
quit looker

# A viewer's receiver is another process: that its disk is full shows in the viewer all the same.
if unshare -rm true 2>/dev/null; then
    usual=$socket
    socket=$work/small.tmux
    mkdir "$work/small"
    unshare -rm bash -c 'mount -t tmpfs -o size=4m none "$1" && tmux -S "$2" -f /dev/null new-session -d -s receiver -x 110 -y 24 \
        "$3 serve --db $1/t.db --listen 127.0.0.1:0"' - "$work/small" "$socket" "$tracetui"
    expect receiver "storing in"
    explore viewer "$tracetui --no-listen --db $work/small/t.db"
    expect viewer "LIVE"
    t new-window -d "head -c 9000000 /dev/zero >$work/small/fill"
    expect viewer "disk full: free some space on the device of the database"
    t kill-server
    socket=$usual
fi

# Nobody takes over a database that was removed, and who reads it says so.
serve
explore late "$tracetui --db $db --listen ${url#http://}"
expect late "read-only: ingest by pid $server"
"$tracetui" tail --db "$db" >"$work/tail" 2>&1 &
tail=$!
eventually grep -q START "$work/tail" || fail "tail prints no header"
rm "$db"*
expect late "database was moved or deleted"
wait "$tail" && fail "tail goes on without a database"
holds "the end of tail" "the database was moved or deleted" "$(cat "$work/tail")"
kill -9 "$server" 2>/dev/null || true # it may have ended by itself
server=
sleep 1
[ -e "$db" ] && fail "a removed database was made anew"
t send-keys -t late Q

# Nor one that was put in its place, which is not what the screen shows.
serve
t new-session -d -s other -x 110 -y 24 "env LC_ALL=C.UTF-8 $tracetui --db $db --listen ${url#http://}"
expect other "read-only: ingest by pid $server"
sqlite3 "$db" ".backup $work/backup.db"
mv "$work/backup.db" "$db"
expect other "database was moved or deleted"
kill -9 "$server" 2>/dev/null || true
wait "$server" 2>/dev/null || true
server=
sleep 2
curl -s -m 2 -o "$work/health" "$url/healthz" && fail "who looks at another file receives"
finish
