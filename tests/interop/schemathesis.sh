#!/usr/bin/env bash
# schemathesis.sh — what /api/openapi.json promises, held against the running server by schemathesis; /metrics by Prometheus' own parser.
. "$(dirname "$0")/lib.sh"
need python3
copy schemathesis
venv=$sender/venv
if [ ! -e "$venv/installed" ]; then
    rm -rf "$venv"
    fetch python3 -m venv venv
    fetch "$venv/bin/python" -m pip install -q -r requirements.txt
    touch "$venv/installed"
fi
"$(dirname "$0")/../tools/world.sh" "$build" "$db" 4000 >/dev/null
serve --retention 0
cd "$work"
export TOKEN=$(cat "$XDG_STATE_HOME/tracetui/token")
cat >schemathesis.toml <<'T'
[headers]
Authorization = "Bearer ${TOKEN}"
[parameters]
q = "status:error OR dur>250ms" # not any text is a query
T

# hold TAG CHECKS-TO-LEAVE-OUT EXAMPLES
hold() {
    PYTHONWARNINGS=ignore timeout 400 "$venv/bin/schemathesis" run "$url/api/openapi.json" --include-tag "$1" --exclude-checks "$2" \
        --max-examples "$3" --seed 1 --generation-database none --warnings off --no-color --suppress-health-check all --request-timeout 20 \
        >"$work/report" 2>&1 || { tail -n 120 "$work/report" >&2; fail "$1: the description and the server disagree"; }
    grep -E "Test cases|generated" "$work/report" | head -2
}
# ignored_auth guesses tokens, and is shut out for it: admin.sh looks at that.
hold admin ignored_auth "${EXAMPLES:-25}"
hold state ignored_auth 10
# What a span may hold is more than a schema says, times near the clock for one.
hold receiver ignored_auth,positive_data_acceptance,negative_data_rejection "${EXAMPLES:-25}"
curl -s "$url/metrics" >page
"$venv/bin/python" - page <<'P' || fail "/metrics"
import sys
from prometheus_client.parser import text_string_to_metric_families as read
names = {family.name for family in read(open(sys.argv[1]).read())}
assert {"tracetui_refused", "tracetui_http_answers", "tracetui_queue_lag_seconds"} <= names, names
P
cd /
stop
finish
