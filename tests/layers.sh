#!/usr/bin/env bash
# layers.sh — the direction of dependencies, each library in one folder, the map line of each file.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
complain() { # REASON, then grep's lines on stdin
    while IFS= read -r line; do
        echo "layers: $1: $line"
        bad=1
    done
}
# includes PATTERN FILES...: the lines that include PATTERN
includes() { local pattern=$1; shift; grep -nHE "^#include [<\"]$pattern" "$@" 2>/dev/null || true; }
sources() { find "$@" -name '*.[ch]' | sort; }

ui=$(sources tui | grep -vE '^tui/(main|cmd_[a-z_]+|receiver|cmd)\.[ch]$')

complain "ncurses outside the screen" < <(includes '(ncursesw/)?n?curses\.h' $(sources store ingest tui | grep -vE '^tui/screen(_keys|_paint)?\.c$'))
complain "sqlite3 outside store/sql" < <(includes 'sqlite3\.h' $(sources store ingest tui | grep -vE '^(store/sql/|ingest/client/adapters/)'))
complain "microhttpd or cJSON outside ingest" < <(includes '(microhttpd|cjson/cJSON|cJSON)\.h' $(sources store tui))
complain "nghttp2 outside the gRPC session" < <(includes 'nghttp2/' $(sources store ingest tui | grep -v '^ingest/grpc_session\.c$'))
complain "gnutls outside of tls" < <(includes 'gnutls/' $(sources store ingest tui | grep -v '^ingest/tls\.c$'))
complain "store includes upwards" < <(includes '(ingest|tui)/' $(sources store))
complain "base includes something above it" < <(includes '(store/[a-z_]+\.h|store/sql|ingest|tui)' $(sources store/base))
complain "store/sql is private to store" < <(includes 'store/sql/' $(sources ingest tui))
complain "ingest includes tui" < <(includes 'tui/' $(sources ingest))
complain "tui includes ingest" < <(includes 'ingest/' $(echo "$ui" | grep -vE '^tui/(demo(_world)?|teller)\.[ch]$'))
complain "the client stands alone" < <(includes '(store|tui)/' $(sources ingest/client))
complain "the client stands alone" < <(includes 'ingest/[a-z_]+\.h' $(sources ingest/client) | grep -v '"ingest/wire.h"' || true)
complain "SQL made by printf" < <(grep -nHE 'sqlite3_(v?m|vsn|sn)printf' $(sources store) || true)
complain "unsafe string function" < <(grep -nHE '\b(strcpy|strcat|sprintf|atoi|atol|strtok|gets|alloca)\(' $(sources store ingest tui) || true)
complain "mark without an owner" < <(grep -nHE '\b(TODO|FIXME|XXX|HACK)\b' $(sources store ingest tui) || true)
for file in $(sources store ingest tui); do
    name=$(basename "${file%.*}")
    head -n 1 "$file" | grep -qE "^/\* $name( |,|:)" || { echo "layers: first line is no map line: $file"; bad=1; }
done
exit $bad
