#!/usr/bin/env bash
# otel_go.sh — the real OpenTelemetry Go SDK over HTTP and, where it is built in, gRPC: every id, nanosecond and value.
. "$(dirname "$0")/lib.sh"
need go python3
copy go
export GOPATH=$build/interop-gopath GOCACHE=$build/interop-gocache GOFLAGS="-mod=mod -modcacherw"
[ -x "$sender/send" ] || fetch go get ./...
build_sender go build -o send .
serve
check http "$sender/send" http "${url#http://}" "$work/truth.json"
stop
if speaks_grpc; then
    serve --grpc 127.0.0.1:0
    check grpc "$sender/send" grpc "$(sed -n 's/^listening on grpc:\/\/\([^ ]*\).*/\1/p' "$work/ready")" "$work/truth.json"
    stop
fi
finish
