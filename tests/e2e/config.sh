#!/usr/bin/env bash
# config.sh — the configuration file: what it sets, what wins over it, and how it is wrong.
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
file=$XDG_CONFIG_HOME/tracetui/config
mkdir -p "$(dirname "$file")"
holds_now() { "$tracetui" "$@" --print-config | grep -v '^#' | grep .; }
wrong() { # TEXT ERROR: the file with this text ends the start with code 2 and this error
    printf '%s\n' "$1" >"$file"
    local code=0
    "$tracetui" ls >"$work/out" 2>"$work/err" || code=$?
    same "code of [$1]" 2 "$code"
    same "error of [$1]" "tracetui: $file:$2" "$(cat "$work/err")"
}

same "nothing is set without a file" "" "$(holds_now || true)"
printf '# mine\n\n theme=light \nmouse\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\nretention = 3d\n' >"$file"
same "the file" "listen = 127.0.0.1:1
listen = 127.0.0.1:2
mouse = yes
retention = 3d
theme = light" "$(holds_now)"
same "the line wins" "listen = 127.0.0.1:3
mouse = no
retention = 1d
theme = light" "$(holds_now --listen 127.0.0.1:3 --mouse=no --retention 1d)"

# what is printed can be read again
holds_now >"$work/printed"
same "printed and read" "$(cat "$work/printed")" "$(holds_now --config "$work/printed")"

# the database: the line before the environment before the file
serve --no-grpc --retention 0
post /api/trace-log '{"spans":[{"id":"a","traceId":"t-from-file","operationName":"query:goals","startedAt":1763647401000,"endedAt":1763647401005}]}' >/dev/null
stop
printf 'db = %s\n' "$db" >"$file"
holds "the file names the database" t-from-file "$("$tracetui" ls --format json)"
TRACETUI_DB=$work/other.db "$tracetui" ls >"$work/out" 2>&1 && fail "the environment did not win"
holds "the environment names another" other.db "$(cat "$work/out")"
holds "the line wins over both" t-from-file "$(TRACETUI_DB=$work/other.db "$tracetui" ls --db "$db" --format json)"

wrong $'theme = light\nthem = dark' '2: unknown option --them: did you mean --theme?'
wrong $'\n\nretention = 7x' '3: retention 7x: an age like 12h or 7d expected, 0 keeps all'
wrong 'theme = pink' '1: theme pink: no theme "pink": dark, light, 16, high-contrast, mono'
wrong 'limit = 7' '1: limit is for the command line only'
wrong '--theme dark' '1: "--theme dark": NAME = VALUE expected, like theme = light'
wrong 'theme =' '1: theme has no value'
wrong 'theme' '1: theme needs a value'
wrong 'max-size = 500' '1: max-size 500: a size like 500M or 10G expected'
for origin in app.example.com https://app.example.com/ https:// ://app 'https://app.example.com x'; do
    wrong "cors-origin = $origin" "1: cors-origin $origin: an origin like https://app.example.com expected, without a path, or * for all"
done
for origin in https://app.example.com:8443 http://localhost chrome-extension://abc null '*'; do
    printf 'cors-origin = %s\nmax-size = 2000000\n' "$origin" >"$file"
    same "a right origin" "cors-origin = $origin
max-size = 2000000" "$(holds_now)"
done
wrong 'mouse = 7' '1: mouse 7: yes or no expected'
rm "$file"
"$tracetui" --config "$work/nowhere" ls 2>"$work/err" && fail "a named file must be there"
same "a named file" "tracetui: $work/nowhere: No such file or directory" "$(cat "$work/err")"
head -c 70000 /dev/zero | tr '\0' '#' >"$work/large"
"$tracetui" --config "$work/large" ls 2>"$work/err" && fail "too large"
holds "too large" "larger than 64 KiB" "$(cat "$work/err")"

# keys: a wrong line ends the start, a good one shows in what is printed
keys=$XDG_CONFIG_HOME/tracetui/keys
printf 'list J page-down\nlist J up\n' >"$keys"
"$tracetui" --no-listen --db "$db" 2>"$work/err" && fail "two meanings"
same "two meanings" "tracetui: $keys:2: J has its meaning in list from line 1" "$(cat "$work/err")"
printf 'list J page-down\n' >"$keys"
holds "the keys that hold" "list      J      page-down" "$("$tracetui" --print-keys)"
rm "$keys"

# every option of the file is explained in the manual, the help and the completion of the shell
help=$("$tracetui" --help)
for name in $("$tracetui" --print-config | sed -n 's/^#*\([a-z0-9-]*\) = .*/\1/p'); do
    grep -qE -- "(^|[^a-z])${name//-/\\\\-}([^a-z]|$)" "$root/tui/install/tracetui.1" || fail "man tracetui: nothing of $name"
    grep -q -- "--$name" <<<"$help" || fail "--help: nothing of $name"
    grep -q -- "--$name" "$root/tui/install/tracetui.bash" || fail "completion: nothing of $name"
done
finish
