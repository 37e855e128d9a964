#!/usr/bin/env bash
# library.sh — libtracetui as other programs meet it: installed, found by pkg-config, linked both ways, from C and C++.
. "$(dirname "$0")/lib.sh"
redis=
more_cleanup() {
    [ -n "$redis" ] && kill "$redis" 2>/dev/null
    true
}
root=$(cd "$(dirname "$0")/../.." && pwd)
examples=$root/ingest/client/examples
if grep -qE '^TRACETUI_SANITIZE:STRING=.+' "$build/CMakeCache.txt"; then
    echo "the libraries of a sanitizer build are not for others: skipped"
    exit 77
fi
DESTDIR=$work/root cmake --install "$build" --prefix /usr >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
usr=$work/root/usr
folder=$(dirname "$(find "$usr" -name libtracetui.so)")
export PKG_CONFIG_PATH=$folder/pkgconfig LD_LIBRARY_PATH=$folder
flags() { # relocated by pkg-config's own prefix: the file says where it lies
    pkg-config "$@"
}

# what is there, and what a linker sees of it
for file in bin/tracetui include/tracetui_client.h share/man/man1/tracetui.1.gz share/man/man3/libtracetui.3.gz lib/systemd/system/tracetui.service \
    share/bash-completion/completions/tracetui share/zsh/vendor-completions/_tracetui share/fish/vendor_completions.d/tracetui.fish; do
    [ -s "$usr/$file" ] || fail "not installed: $file"
done
same "soname" "libtracetui.so.0" "$(readelf -d "$folder/libtracetui.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')"
same "foreign names in the shared library" "" "$(nm -D --defined-only "$folder/libtracetui.so" | awk '$3 !~ /^tt_/ {print $3}')"
same "foreign names in the static library" "" "$(nm -g --defined-only "$folder/libtracetui.a" | awk 'NF == 3 && $3 !~ /^tt_/ {print $3}')"
declared=$(grep -oE '\btt_[a-z_]+\(' "$usr/include/tracetui_client.h" | tr -d '(' | sort -u)
for name in $declared; do
    nm -D --defined-only "$folder/libtracetui.so" | grep -q " T $name$" || fail "declared but not there: $name"
    zcat "$usr/share/man/man3/libtracetui.3.gz" | grep -q "${name}" || fail "libtracetui(3) says nothing of $name"
done
if command -v man >/dev/null; then
    for page in man1/tracetui.1.gz man3/libtracetui.3.gz; do
        same "warnings of man $page" "" "$(LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 "$usr/share/man/$page" 2>&1 >/dev/null)"
    done
fi

# the header alone, by the letter
for header in "$usr"/include/tracetui*.h; do
    echo "#include <$(basename "$header")>" >"$work/header.c"
    cp "$work/header.c" "$work/header.cpp"
    gcc -std=c11 -pedantic -Wall -Wextra -Werror -fsyntax-only -I"$usr/include" "$work/header.c" || fail "C11: $header"
    g++ -std=c++17 -pedantic -Wall -Wextra -Werror -fsyntax-only -I"$usr/include" "$work/header.cpp" || fail "C++17: $header"
done

# the first program of the README, and the examples, from what is installed
serve
export TRACETUI_ENDPOINT=$url
sed -n '/^## Trace your own C or C++ program/,/^## /p' "$root/README.md" | sed -n '/^```c$/,/^```$/p' | sed '/^```/d' >"$work/readme.c"
gcc -Wall -Wextra -Werror "$work/readme.c" $(flags --cflags --libs libtracetui) -o "$work/readme" || fail "the README's program does not compile"
"$work/readme" || fail "the README's program ended with $?"
same "the README's trace" "order.place|error|3" "$(sql 'SELECT root_operation, status, span_count FROM traces')"

gcc -Wall -Wextra -Werror "$examples/first.c" $(flags --cflags libtracetui) "$folder/libtracetui.a" -lpthread -lm -o "$work/first" || fail "static linking"
holds "result callback" "sent 3 spans" "$("$work/first")"
g++ -std=c++17 -Wall -Wextra -Werror "$examples/plugin.cpp" $(flags --cflags --libs libtracetui) -lpthread -o "$work/plugin" || fail "C++"
"$work/plugin" || fail "the plugin ended with $?"
same "the plugin's tree" "audio.upload|completed|,audio.encode|completed|audio.upload,network.post|error|audio.upload" \
    "$(sql "SELECT s.operation_name, s.status, coalesce(p.operation_name, '') FROM spans s LEFT JOIN spans p ON p.id = s.parent_span_id
        WHERE s.client_type = 'plugin' ORDER BY s.start_ns" | paste -sd,)"

example() { # NAME ADAPTERS...: builds it from what is installed; false where an adapter was left out
    local name=$1 adapter
    shift
    for adapter in "$@"; do
        [ -f "$folder/pkgconfig/libtracetui-$adapter.pc" ] || { echo "SKIPPED LOUDLY: no libtracetui-$adapter in this build"; return 1; }
    done
    gcc -Wall -Wextra -Werror "$examples/$name.c" $(flags --cflags --libs $(printf 'libtracetui-%s ' "$@")) -o "$work/$name" || fail "$name does not compile"
}
if example sqlite sqlite; then
    holds "sqlite" "The C Book" "$("$work/sqlite")"
    same "sqlite's statements" "db:CREATE|completed,db:INSERT|completed,db:INSERT|error,db:SELECT|completed" \
        "$(sql "SELECT operation_name, status FROM spans WHERE service = 'library' AND operation_type = 'db' ORDER BY start_ns" | paste -sd,)"
fi
if example fetch curl && example stock microhttpd sqlite; then
    mkfifo "$work/stdin"
    "$work/stock" 0 <"$work/stdin" >"$work/stock.out" &
    exec 9>"$work/stdin"
    eventually [ -s "$work/stock.out" ] || fail "stock does not start"
    stock=$(cat "$work/stock.out")
    holds "fetch" '"reserved":true' "$("$work/fetch" "${stock}barbell")"
    holds "fetch" '"reserved":false' "$("$work/fetch" "${stock}chalk")"
    exec 9>&-
    wait %2 2>/dev/null || true
    same "one trace through both" "look.up|fetch stock|completed|5 look.up|fetch stock|error|5" \
        "$(sql "SELECT root_operation, replace(services, ',', ' '), status, span_count FROM traces WHERE service = 'fetch' ORDER BY start_ns" | tr -d '[]"' | paste -sd' ')"
fi
if example redis hiredis; then
    if command -v redis-server >/dev/null; then
        redis-server --port 0 --unixsocket "$work/redis.sock" --save '' --dir "$work" --daemonize no >/dev/null &
        redis=$!
        eventually [ -S "$work/redis.sock" ] || fail "redis does not start"
        "$work/redis" "$work/redis.sock" || fail "the redis example ended with $?"
        kill "$redis"
        wait "$redis" || true
        redis=
        same "redis' commands" "cache:GET|completed|session:7|0,cache:SET|completed|session:7|,cache:GET|completed|session:7|1,cache:INCR|error|session:7|" \
            "$(sql "SELECT operation_name, status, coalesce(attributes->>'cacheKey', ''), coalesce(attributes->>'cacheHit', '')
                FROM spans WHERE service = 'sessions' AND operation_type = 'cache' ORDER BY start_ns" | paste -sd,)"
    else
        echo "SKIPPED LOUDLY: no redis-server, the redis example is not run"
    fi
fi

# The unit as systemd reads it: no complaint, and shut off as it claims. Paths of its own root.
unit=$usr/lib/systemd/system/tracetui.service
if command -v systemd-analyze >/dev/null; then
    mkdir -p "$work/units"
    sed "s|^ExecStart=[^ ]*|ExecStart=$usr/bin/tracetui|" "$unit" >"$work/units/tracetui.service"
    same "systemd-analyze verify" "" "$(systemd-analyze verify --man=no "$work/units/tracetui.service" 2>&1)"
    systemd-analyze security --offline=yes --threshold=20 "$work/units/tracetui.service" >"$work/security" 2>&1 ||
        { fail "the unit is exposed more than it says"; cat "$work/security" >&2; }
else
    echo "SKIPPED LOUDLY: no systemd-analyze, tracetui.service is not checked"
fi
stop
finish
