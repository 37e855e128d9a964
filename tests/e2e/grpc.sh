#!/usr/bin/env bash
# grpc.sh — OTLP/gRPC by curl, and which addresses are opened when.
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null && curl --version | grep -q HTTP2 || { echo "SKIPPED LOUDLY: no curl with HTTP/2"; exit 77; }
method=/opentelemetry.proto.collector.trace.v1.TraceService/Export

# grpc_url: where the receiver listens for gRPC, "" for nowhere
grpc_url() {
    sed -n 's/^listening on grpc:\/\/\([^ ]*\).*/http:\/\/\1/p' "$work/ready" | head -1
}

# call PATH BODY-FILE CURL-ARGS...: prints "HTTP-STATUS GRPC-STATUS GRPC-MESSAGE"
call() {
    local path=$1 body=$2
    shift 2
    curl -s -m 20 --http2-prior-knowledge -o "$work/answer" -D "$work/headers" -H 'Content-Type: application/grpc' -H 'TE: trailers' \
        --data-binary "@$body" "$@" "$(grpc_url)$path" || echo "curl: $?"
    tr -d '\r' <"$work/headers" | awk '/^HTTP/ {http = $2} /^grpc-status:/ {status = $2} /^grpc-message:/ {sub(/^[^ ]* /, ""); message = $0}
        END {print http, status, message}'
}

# one span named GET / as an ExportTraceServiceRequest, behind its gRPC prefix
now=$(now_ms)
span() { # SPAN-ID of 8 characters
    python3 - "$1" "$now" <<'EOF'
import struct, sys
field = lambda number, value: bytes([number << 3 | 2, len(value)]) + value
start = int(sys.argv[2]) * 1000000
span = field(1, b"0123456789abcdef") + field(2, sys.argv[1].encode()) + field(5, b"GET /")
span += b"\x39" + struct.pack("<Q", start) + b"\x41" + struct.pack("<Q", start + 1000)
message = field(1, field(2, field(2, span)))
sys.stdout.buffer.write(b"\0" + struct.pack(">I", len(message)) + message)
EOF
}

second='[::1]:0'
[ -s /proc/net/if_inet6 ] || { echo "SKIPPED LOUDLY: no IPv6 on this machine"; second=127.0.0.1:0; }
serve --grpc 127.0.0.1:0 --grpc "$second"
span aaaaaaaa >"$work/one"
same "export" "200 0 " "$(call "$method" "$work/one")"
same "stored when it was answered" "GET /|1000" "$(sql "SELECT operation_name, duration_ns FROM spans")"
same "the answer is an empty message" "0000000000" "$(od -An -tx1 "$work/answer" | tr -d ' \n')"
same "again" "200 0 " "$(call "$method" "$work/one")"
same "once only" 1 "$(sql "SELECT count(*) FROM spans")"
same "metrics" "200 12" "$(call /opentelemetry.proto.collector.metrics.v1.MetricsService/Export "$work/one" | cut -d' ' -f1,2)"
printf '\0\0\0\0\2\377\377' >"$work/bad"
same "nonsense" "200 3" "$(call "$method" "$work/bad" | cut -d' ' -f1,2)"
holds "HTTP/1 is told where to go" "gRPC is spoken here" "$(curl -s "$(grpc_url)/v1/traces")"
holds "and so is the log" "grpc: a sender speaks HTTP/1 here: that has a port of its own, --listen" "$(cat "$work/log")"
curl -s -m 20 --http2-prior-knowledge "$url/" >/dev/null || true
holds "gRPC at the port of HTTP" "http: a sender speaks HTTP/2 here: is that gRPC?" "$(cat "$work/log")"
# One greeting in eight has a line feed among its 32 random bytes, before the first blank: libmicrohttpd closes on such
# a line without a word. A sender tries again, and so does this.
for _ in $(seq 20); do
    curl -sk -m 20 "${url/http:/https:}/" >/dev/null || true
    grep -q "is that TLS" "$work/log" && break
done
holds "TLS at a plain port" "http: a request cannot be read: is that TLS?" "$(cat "$work/log")"
same "a plain greeting" "OpenTelemetry: OTEL_EXPORTER_OTLP_ENDPOINT=$url" "$(curl -s "$url/" | grep OTEL)"
stop

# whoever names an address for HTTP gets no port unasked
serve
same "--listen alone" "" "$(grpc_url)"
stop
serve --grpc 127.0.0.1:0 --no-grpc
same "--no-grpc" "" "$(grpc_url)"
stop

# all addresses or none: whoever watches the receiver hears that one is missing
serve --grpc 127.0.0.1:0
taken=$(grpc_url)
timeout 20 "$tracetui" serve --db "$work/other.db" --listen 127.0.0.1:0 --grpc "${taken#http://}" >"$work/ready" 2>"$work/err" && fail "goes on without gRPC"
holds "says which" "tracetui: serve: ${taken#http://} is in use by another program; --grpc" "$(cat "$work/err")"
same "announces nothing" "" "$(cat "$work/ready")"
timeout 20 "$tracetui" serve --db "$work/other.db" --listen 127.0.0.1:0 --listen "${url#http://}" >"$work/ready" 2>"$work/err" && fail "goes on with one address of two"
holds "says which of two" "${url#http://} is in use by another program; --listen" "$(cat "$work/err")"
stop
timeout 20 "$tracetui" serve --db "$work/other.db" --no-listen 2>"$work/err" && fail "receives nowhere"
holds "says why" "tracetui: serve: --no-listen" "$(cat "$work/err")"
"$tracetui" serve --db "$work/third.db" --listen 127.0.0.1:0 --grpc 0.0.0.0:0 2>"$work/err" && fail "open to the world without a token"
holds "asks for a token" "--ingest-token-file" "$(cat "$work/err")"

# a token, and a stop while a client is connected
printf 'open sesame\n' >"$work/token"
serve --grpc 127.0.0.1:0 --ingest-token-file "$work/token"
printf 'another one\n' >"$work/other-token"
"$tracetui" send-test --listen "${url#http://}" >"$work/out" 2>"$work/err" && fail "send-test without the token"
same "send-test says what is missing" "tracetui: send-test: the receiver wants a token: --ingest-token-file FILE" "$(cat "$work/err")"
"$tracetui" send-test --listen "${url#http://}" --ingest-token-file "$work/other-token" >"$work/out" 2>"$work/err" && fail "a wrong token"
holds "and what is wrong" "wants another token: --ingest-token-file FILE" "$(cat "$work/err")"
holds "the greeting says how to show it" "OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20INGEST-TOKEN" "$(curl -s "$url/")"
same "no token" "200 16" "$(call "$method" "$work/one" | cut -d' ' -f1,2)"
same "token" "200 0 " "$(call "$method" "$work/one" -H 'Authorization: Bearer open sesame')"
exec 9<>"/dev/tcp/127.0.0.1/$(grpc_url | sed 's/.*://')"
before=$(now_ms)
stop
[ $(($(now_ms) - before)) -lt 3000 ] || fail "stopping took $(($(now_ms) - before)) ms"
finish
