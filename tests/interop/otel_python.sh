#!/usr/bin/env bash
# otel_python.sh — the real OpenTelemetry Python SDK over gRPC (its default) and HTTP: every id, nanosecond and value.
. "$(dirname "$0")/lib.sh"
need python3
copy python
python=$sender/venv/bin/python
if [ ! -e "$sender/venv/installed" ]; then
    rm -rf "$sender/venv"
    fetch python3 -m venv venv
    fetch "$python" -m pip install -q -r requirements.txt
    touch "$sender/venv/installed"
fi
for coding in "" gzip; do
    serve --grpc 127.0.0.1:0
    grpc=$(sed -n 's/^listening on grpc:\/\/\([^ ]*\).*/\1/p' "$work/ready")
    check "grpc $coding" "$python" "$sender/send.py" grpc "http://$grpc" "$work/truth.json" $coding
    stop
    serve
    check "http $coding" "$python" "$sender/send.py" http "$url" "$work/truth.json" $coding
    stop
done
finish
