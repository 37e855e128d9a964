#!/usr/bin/env bash
# otel_rust.sh — the real OpenTelemetry Rust SDK, OTLP/HTTP in protobuf: every id, nanosecond and value.
. "$(dirname "$0")/lib.sh"
need cargo cc python3
copy rust
export CARGO_HOME=$build/interop-cargo RUSTUP_HOME=${RUSTUP_HOME:-$real_home/.rustup}
fetch cargo fetch --quiet
build_sender cargo build --quiet
serve
check http "$sender/target/debug/send" "$url" "$work/truth.json"
stop
finish
