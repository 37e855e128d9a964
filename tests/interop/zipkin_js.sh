#!/usr/bin/env bash
# zipkin_js.sh — Zipkin's own tracer for JS reports to a listener of its own, on Zipkin's path: every id and microsecond.
. "$(dirname "$0")/lib.sh"
need node npm python3
copy zipkin_js
[ -d "$sender/node_modules" ] || HOME=$real_home fetch npm install --no-audit --no-fund
serve --listen 127.0.0.1:0
second=$(sed -n 's/^listening on \(http:[^ ]*\).*/\1/p' "$work/ready" | sed -n 2p)
check zipkin node "$sender/send.js" "${second:-$url}" "$work/truth.json"
stop
finish
