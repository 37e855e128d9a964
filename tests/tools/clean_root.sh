#!/usr/bin/env bash
# clean_root.sh — the Debian package on a clean Debian 12: built, checked by lintian, installed in a root that debootstrap
# makes, used there by a member of the group, removed; then ./run from a fresh copy. Takes some minutes and root rights.
#
# usage: clean_root.sh [MIRROR]; 77 = skipped
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mirror=${1:-$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | sed -n 's/^URIs: *\([^ ]*\).*/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .*/\2/p' | grep -v security | head -1 || true)}
skip() { echo "SKIPPED LOUDLY: $*"; exit 77; }
[ "$(id -u)" = 0 ] || skip "only root can make a root"
for tool in debootstrap lintian cpack; do command -v "$tool" >/dev/null || skip "no $tool on this machine"; done
work=$(mktemp -d)
serving=
cleanup() {
    [ -z "$serving" ] || kill "$serving" 2>/dev/null || true
    umount "$work/clean/proc" 2>/dev/null || true
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
fail() { echo "FAIL: $*" >&2; exit 1; }
inside() { chroot "$work/clean" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
as() { local who=$1; shift; inside setpriv --reuid "$who" --regid "$who" --init-groups env HOME=/tmp "$@"; }

echo "building the package"
cmake -S "$root" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX=/usr >"$work/log" 2>&1 && cmake --build "$work/build" -j"$(nproc)" >>"$work/log" 2>&1 &&
    (cd "$work/build" && cpack -G DEB) >>"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
package=$(echo "$work"/build/tracetui_*.deb)
lintian --allow-root --fail-on error "$package" || fail "lintian finds errors"

echo "a clean Debian 12"
debootstrap --variant=minbase bookworm "$work/clean" "$mirror" >"$work/log" 2>&1 || { tail -n 5 "$work/log"; skip "debootstrap cannot reach $mirror"; }
grep -ls Acquire /etc/apt/apt.conf.d/* | xargs -r cp -t "$work/clean/etc/apt/apt.conf.d/"
cp /etc/resolv.conf "$work/clean/etc/" 2>/dev/null || true
mount -t proc proc "$work/clean/proc" || skip "no proc can be mounted here"
cp "$package" "$work/clean/tmp/tracetui.deb"
inside apt-get update -qq
inside apt-get install -y -qq --no-install-recommends /tmp/tracetui.deb >"$work/log" 2>&1 || { tail -n 20 "$work/log"; fail "the package does not install"; }
inside tracetui --version
grep -q libtracetui.so.0 <<<"$(inside ldconfig -p)" || fail "the shared library is not found"
[ "$(inside stat -c '%U %G %a' /var/lib/tracetui)" = "tracetui tracetui 2750" ] || fail "/var/lib/tracetui: $(inside stat -c '%U %G %a' /var/lib/tracetui)"

echo "the service, and who may look"
inside useradd --create-home --groups tracetui member
inside useradd --create-home stranger
(umask 0027 && as tracetui tracetui serve --db /var/lib/tracetui/traces.db --listen 127.0.0.1:0 --grpc 127.0.0.1:0 >"$work/ready" 2>"$work/serve") &
serving=$!
for _ in $(seq 100); do grep -q 'listening on http' "$work/ready" && break; sleep 0.1; done
address=$(sed -n 's/^listening on http:..\(.*\)/\1/p' "$work/ready")
inside tracetui send-test --listen "$address" >/dev/null || fail "nothing receives at $address"
[ "$(as member tracetui ls --format json | wc -l)" = 1 ] || fail "a member of the group sees nothing"
as stranger tracetui ls >/dev/null 2>&1 && fail "a stranger sees the traces"
pid=$(head -n 1 "$work/clean/var/lib/tracetui/traces.db.lock")
kill -TERM "$pid"
wait "$serving" || fail "serve ended with $?: $(cat "$work/serve")"
serving=
[ "$(as member tracetui ls --format json | wc -l)" = 1 ] || fail "a member of the group sees nothing while the service is down"

echo "removing it"
inside apt-get purge -y -qq tracetui >"$work/log" 2>&1 || { tail -n 20 "$work/log"; fail "the package cannot be purged"; }
[ ! -e "$work/clean/var/lib/tracetui" ] || fail "a purge leaves the traces"

echo "./run on a fresh system"
mkdir "$work/clean/src"
(cd "$root" && git ls-files -z | tar --null -T - -c) | tar -x -C "$work/clean/src"
inside sh -c 'cd /src && ./run --version' || fail "./run"
echo ok
