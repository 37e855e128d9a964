#!/usr/bin/env bash
# zipkin_java.sh — Brave and Zipkin's reporter for Java: client and server share one id, as B3 does, and the server reports first.
. "$(dirname "$0")/lib.sh"
need mvn javac python3
copy zipkin_java
[ -d "$sender/lib" ] || fetch mvn -q -B -Dmaven.repo.local="$build/interop-m2" dependency:copy-dependencies -DoutputDirectory=lib
build_sender javac -encoding UTF-8 -cp 'lib/*' -d classes Send.java
serve
check zipkin java -Dfile.encoding=UTF-8 -XX:TieredStopAtLevel=1 -cp "$sender/classes:$sender/lib/*" Send "$url" "$work/truth.json"
stop
finish
