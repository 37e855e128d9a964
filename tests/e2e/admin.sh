#!/usr/bin/env bash
# admin.sh — the admin API against what sqlite3 says of the same database; who may not come in; who goes away.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || { echo "no python3: skipped"; exit 77; }
"$(dirname "$0")/../tools/world.sh" "$build" "$db" 4000 >/dev/null
serve --retention 0
token=$XDG_STATE_HOME/tracetui/token
same "the token is its owner's" 600 "$(stat -c %a "$token")"
python3 "$(dirname "$0")/../tools/admin.py" "$url" "$token" "$db" || fail "the admin API"
stop

# another start takes the same token; a file or the environment gives another
before=$(cat "$token")
serve
same "the token stays" "$before" "$(cat "$token")"
said=$("$tracetui" prune --db "$db" --older-than 7d 2>&1) && fail "prune beside a receiver"
grep -q '/api/admin/traces/cleanup' <<<"$said" || fail "prune does not say who can delete: $said"
said=$("$tracetui" import --db "$db" /dev/null 2>&1) && fail "import beside a receiver"
holds "import says where to send it" "curl $url/v1/traces" "$said"
stop
printf 'from-a-file-1\n' >"$work/mine"
try() { printf 'Authorization: Bearer %s\n' "$1" | curl -s -m 20 -D "$work/head" -o "$work/answer" -w '%{http_code}' -H @- "$url/api/admin/traces?limit=1"; }
serve --token-file "$work/mine"
same "the one of the file" 200 "$(try from-a-file-1)"
same "not the usual one" 401 "$(try "$before")"
stop
export TRACETUI_TOKEN=from-the-environment
serve --token-file "$work/mine"
unset TRACETUI_TOKEN
same "the one of the environment" 200 "$(try from-the-environment)"
for secret in from-a-file-1 from-the-environment "$before"; do
    grep -q "$secret" "$work/log" "$work/ready" && fail "a token in the log"
    tr '\0' ' ' <"/proc/$server/cmdline" | grep -q "$secret" && fail "a token for ps"
done

# an image on a web page shows no token: it cannot close the API to the user of its browser
for _ in $(seq 15); do
    curl -s -m 20 -o /dev/null -w '%{http_code}\n' "$url/api/admin/traces?limit=1"
done | sort | uniq -c >"$work/codes"
same "who shows no token is not let in" "15 401" "$(xargs <"$work/codes")"
same "and locks nobody out" 200 "$(try from-the-environment)"

# who guesses is locked out for a while, with the right token too
echo 'Authorization: Bearer wrong-guess' | curl -s -m 20 -o "$work/answer" -H @- "$url/api/admin/traces?limit=[1-11]" # one is forgotten in 6 s
same "no more guesses" 429 "$(try from-the-environment)"
holds "says why" "too many wrong tokens" "$(cat "$work/answer")"
holds "and until when" "try again in 6 seconds" "$(cat "$work/answer")"
holds "for programs, too" "Retry-After: 6" "$(tr -d '\r' <"$work/head")"
stop
chmod 640 "$token"
serve
same "a token that others read is none" 401 "$(try "$before")"
holds "says so" "chmod 600" "$(cat "$work/log")"
stop
got=0
"$tracetui" serve --db "$db" --listen 127.0.0.1:0 --token-file /nowhere 2>"$work/err" || got=$?
same "no such token file" "2 tracetui: --token-file /nowhere: No such file or directory" "$got $(cat "$work/err")"
finish
