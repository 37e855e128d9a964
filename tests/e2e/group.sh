#!/usr/bin/env bash
# group.sh — a database in a set-group-ID folder is read by members of its group, service up or down, and by nobody else.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || { echo "only root can be several users: skipped"; exit 77; }
chmod 755 "$work"
mkdir "$work/shared"
chgrp games "$work/shared" || { echo "SKIPPED LOUDLY: this root may not give files to a group"; exit 77; }
chmod 2750 "$work/shared"
db=$work/shared/traces.db
member() { setpriv --reuid nobody --regid games --clear-groups "$tracetui" ls --db "$db" --format json 2>&1; }
stranger() { setpriv --reuid nobody --regid nogroup --clear-groups "$tracetui" ls --db "$db" 2>&1; }
setpriv --reuid nobody --regid nogroup --clear-groups test -x "$tracetui" || { echo "others cannot run $tracetui: skipped"; exit 77; }

serve
"$tracetui" send-test --listen "${url#http://}" >/dev/null
holds "a member, the service up" '"root_operation"' "$(member)"
stranger >/dev/null && fail "a stranger reads the traces"
stop
holds "a member, the service down" '"root_operation"' "$(member)"
stranger >/dev/null && fail "a stranger reads the traces, the service down"
said=$(setpriv --reuid nobody --regid games --clear-groups "$tracetui" prune --db "$db" --older-than 7d 2>&1) && fail "a member deletes"
holds "who may delete" "only root may write $db: run this as that user" "$said"
serve
"$tracetui" send-test --listen "${url#http://}" >/dev/null
stop
same "both traces" 2 "$(member | wc -l)"
same "modes" "640 640 640" "$(stat -c %a "$db" "$db-wal" "$db-shm" | paste -sd' ')"

# A copy in a folder where the reader may make nothing.
mkdir "$work/archive"
cp "$db" "$work/archive/"
chmod 755 "$work/archive"
chmod 644 "$work/archive/traces.db"
said=$(setpriv --reuid nobody --regid nogroup --clear-groups "$tracetui" ls --db "$work/archive/traces.db" 2>&1) && fail "a reader makes files"
holds "what to do with it" "copy it to a folder of yours" "$said"

# On the member's screen: who receives, and that nobody does any more.
command -v tmux >/dev/null || { echo "no tmux: the screen is skipped"; finish; }
serve
columns=120 explore member "setpriv --reuid nobody --regid games --clear-groups env HOME=/ TERM=screen $tracetui --db $db"
expect member "LIVE"
stop
expect member "NO RECEIVER"
serve
expect member "LIVE"
finish
