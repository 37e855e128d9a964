#!/usr/bin/env bash
# otel_js.sh — the real OpenTelemetry JS SDK, OTLP/HTTP as JSON and as protobuf: every span, id, nanosecond and value.
. "$(dirname "$0")/../e2e/lib.sh"
here=$(cd "$(dirname "$0")/js" && pwd)
command -v node >/dev/null && command -v npm >/dev/null || { echo "SKIPPED LOUDLY: no node and npm on this machine"; exit 77; }
modules=$build/interop-js
mkdir -p "$modules"
cp "$here"/package.json "$here"/send.mjs "$modules"
if [ ! -d "$modules/node_modules" ]; then
    HOME=${REAL_HOME:-/root} npm install --prefix "$modules" --no-audit --no-fund >"$work/npm" 2>&1 ||
        { cat "$work/npm"; echo "SKIPPED LOUDLY: npm could not install the SDK"; exit 77; }
fi
for kind in http proto; do
    serve
    node "$modules/send.mjs" "$kind" "$url" "$work/truth.json" || fail "$kind: the exporter complained"
    python3 "$(dirname "$0")/compare.py" "$work/truth.json" "$db" || fail "$kind: rows differ from what the SDK was told"
    stop
    rm -f "$db"*
done
finish
