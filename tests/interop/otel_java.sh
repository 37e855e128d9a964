#!/usr/bin/env bash
# otel_java.sh — the real OpenTelemetry Java SDK over HTTP and, where it is built in, gRPC: every id, nanosecond and value.
. "$(dirname "$0")/lib.sh"
need mvn javac python3
copy java
[ -d "$sender/lib" ] || fetch mvn -q -B -Dmaven.repo.local="$build/interop-m2" dependency:copy-dependencies -DoutputDirectory=lib
build_sender javac -encoding UTF-8 -cp 'lib/*' -d classes Send.java
send() {
    java -Dfile.encoding=UTF-8 -XX:TieredStopAtLevel=1 -cp "$sender/classes:$sender/lib/*" Send "$@"
}
serve
check http send http "$url" "$work/truth.json"
stop
if speaks_grpc; then
    serve --grpc 127.0.0.1:0
    check grpc send grpc "http://$(sed -n 's/^listening on grpc:\/\/\([^ ]*\).*/\1/p' "$work/ready")" "$work/truth.json"
    stop
fi
finish
