#!/usr/bin/env bash
# tls.sh — HTTP and gRPC over TLS, with and without certificates of clients; what is no certificate is said.
. "$(dirname "$0")/lib.sh"
for tool in openssl python3; do command -v "$tool" >/dev/null || { echo "no $tool: skipped"; exit 77; }; done
cd "$work"
make_authority() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" 2>/dev/null; }
make_certificate() { # NAME AUTHORITY
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" 2>/dev/null
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' >ext
    openssl x509 -req -in "$1.csr" -CA "$2.crt" -CAkey "$2.key" -CAcreateserial -out "$1.crt" -days 2 -extfile ext 2>/dev/null
}
make_authority ca
make_authority stranger
make_certificate server ca
make_certificate client ca
make_certificate thief stranger
addresses() {
    url=$(sed -n 's/^listening on \(https:[^ ]*\).*/\1/p' "$work/ready")
    grpc=$(sed -n 's/^listening on grpcs:\/\/\([^ ]*\).*/\1/p' "$work/ready")
}
now=$(now_ms)
# send NAME CURL-ARGS...
send() {
    local id=$1
    shift
    post /api/trace-log '{"spans":[{"id":"a","traceId":"'"$id"'","operationName":"x","operationType":"ui","service":"w","startedAt":'"$now"',"endedAt":'"$now"'}]}' "$@"
}
# one span as an ExportTraceServiceRequest, behind its gRPC prefix
python3 - "$now" >one.grpc <<'EOF'
import struct, sys
field = lambda number, value: bytes([number << 3 | 2, len(value)]) + value
start = struct.pack("<Q", int(sys.argv[1]) * 1000000)
span = field(1, b"0123456789abcdef") + field(2, b"abcdefgh") + field(5, b"GET /") + b"\x39" + start + b"\x41" + start
message = field(1, field(2, field(2, span)))
sys.stdout.buffer.write(b"\0" + struct.pack(">I", len(message)) + message)
EOF
call() { # CURL-ARGS...: prints "HTTP-STATUS GRPC-STATUS"
    curl -s -m 20 --cacert ca.crt --http2 -o /dev/null -D heads -w '%{http_code}' -H 'Content-Type: application/grpc' -H 'TE: trailers' \
        --data-binary @one.grpc "$@" "https://$grpc/opentelemetry.proto.collector.trace.v1.TraceService/Export" || true
    sed -n 's/^grpc-status: *\([0-9]*\).*/ \1/p' heads
    : >heads
}
big() { head -c 3000000 /dev/zero | tr '\0' x; }

serve --grpc 127.0.0.1:0 --tls-cert server.crt --tls-key server.key
addresses
same "over TLS" '200 {"received":1}' "$(send t1 --cacert ca.crt)"
same "1.2 too" '200 {"received":1}' "$(send t2 --cacert ca.crt --tls-max 1.2)"
same "1.1 no more" '000 ' "$(send t3 --cacert ca.crt --tls-max 1.1 --ciphers 'DEFAULT@SECLEVEL=0' || true)"
same "the greeting" "OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT=$url" "$(curl -s --cacert ca.crt "$url/" | grep OTEL)"
same "plain text is no TLS" 000 "$(curl -s -m 20 -o /dev/null -w '%{http_code}' "http://${url#https://}/healthz" || true)"
holds "the log says what that was" "TLS: a handshake failed" "$(cat log)"
got=0
"$tracetui" send-test --listen "${url#https://}" >out 2>err || got=$?
same "send-test speaks no TLS" 1 "$got"
holds "and says so" "that port speaks TLS, which send-test does not: send with" "$(cat err)"
same "grpc over TLS" "200 0" "$(call | tr -d '\r')"
same "stored" 3 "$(sql 'SELECT count(*) FROM spans')"
# a large body, and one in pieces with pauses: records come as they like
{ printf '{"spans":[{"id":"a","traceId":"big","operationName":"x","operationType":"ui","service":"w","startedAt":%s,"endedAt":%s,"attributes":{"a":"' "$now" "$now"; big; printf '"}}]}'; } >big.json
same "a large body" '200 {"received":1}' "$(post /api/trace-log @big.json --cacert ca.crt)"
exec 9<>"/dev/tcp/127.0.0.1/${grpc##*:}" # says nothing: the stop does not wait for it
auth() { printf 'Authorization: Bearer %s\n' "$(cat "$XDG_STATE_HOME/tracetui/token")"; }
same "the admin API" 200 "$(auth | curl -s -m 20 --cacert ca.crt -H @- -o answer -w '%{http_code}' "$url/api/admin/traces/export?format=csv")"
holds "a download" "trace_id" "$(cat answer)"
before=$(now_ms)
stop
[ $(($(now_ms) - before)) -lt 5000 ] || fail "stopping took $(($(now_ms) - before)) ms"
exec 9<&-

serve --grpc 127.0.0.1:0 --tls-cert server.crt --tls-key server.key --tls-client-ca ca.crt
addresses
same "with a certificate" '200 {"received":1}' "$(send c1 --cacert ca.crt --cert client.crt --key client.key)"
holds "without" '403 {"error":"a certificate of the authority' "$(send c2 --cacert ca.crt)"
holds "of a stranger" '403' "$(send c3 --cacert ca.crt --cert thief.crt --key thief.key)"
same "grpc with a certificate" "200 0" "$(call --cert client.crt --key client.key | tr -d '\r')"
same "grpc without" "000" "$(call | tr -d '\r')"
same "grpc of a stranger" "000" "$(call --cert thief.crt --key thief.key | tr -d '\r')"
same "only one was let in" 1 "$(sql "SELECT count(*) FROM spans WHERE trace_id LIKE 'c_'")"
stop

# what cannot work is said at the start
refuses() { # WHAT PART CODE ARGS...
    local what=$1 part=$2 code=$3 got=0
    shift 3
    "$tracetui" serve --db "$db" --listen 127.0.0.1:0 "$@" 2>err >/dev/null || got=$?
    same "$what: exit code" "$code" "$got"
    holds "$what" "$part" "$(cat err)"
}
refuses "no key" "--tls-cert and --tls-key are needed together" 2 --tls-cert server.crt
refuses "another's key" "no certificate and its key" 1 --tls-cert server.crt --tls-key client.key
refuses "no such file" "nowhere.crt: No such file" 1 --tls-cert nowhere.crt --tls-key server.key
refuses "no certificate" "no certificate" 1 --tls-cert server.crt --tls-key server.key --tls-client-ca server.key
refuses "an authority alone" "also for --tls-client-ca" 2 --tls-client-ca ca.crt

printf 'a token of its own' >token
# what others can read on the way is said: not of loopback, and not with TLS
readable="0.0.0.0:[0-9]* is open to other machines without TLS"
for options in "--tls-cert server.crt --tls-key server.key" ""; do
    : >log
    listen=0.0.0.0:0 serve --ingest-token-file token $options
    stop
    same "readable with [$options]" "$([ -n "$options" ] && echo 0 || echo 1)" "$(grep -c "$readable" log || true)"
done
: >log
serve --ingest-token-file token
stop
same "loopback is not readable" 0 "$(grep -c "without TLS" log || true)"
cd /
finish
