#!/usr/bin/env bash
# Measures the lock server on a store of its own (lock-etcd.sh: on etcd) with its load generator on the same
# machine: durable locks and unlocks, and refusals, per second, and the server's peak memory.
#
#   internal/bench/lock.sh
#
# Environment: WORK (scratch directory on the file system to measure, default a new one below TMPDIR or
# /tmp), SECONDS_EACH (default 10), CLIENTS (default 32), PORT (default 19190), OURS, LOAD (default: built
# from source).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
SECONDS_EACH=${SECONDS_EACH:-10} CLIENTS=${CLIENTS:-32} PORT=${PORT:-19190}
scratch=
[ -n "${WORK:-}" ] || { WORK=$(mktemp -d "${TMPDIR:-/tmp}/lock-bench.XXXXXX"); scratch=$WORK; }
server=
cleanup() {
	[ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
	rm -rf "$WORK/state" "$WORK/config.toml" "$WORK/bin"
	[ -z "$scratch" ] || rm -rf "$scratch"
}
trap cleanup EXIT
mkdir -p "$WORK/bin"
OURS=${OURS:-$WORK/bin/fleetlock} LOAD=${LOAD:-$WORK/bin/lockload}
[ -x "$OURS" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/fleetlock)
[ -x "$LOAD" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$LOAD" ./internal/bench/lockload)

cat >"$WORK/config.toml" <<END
[service]
address = "127.0.0.1"
port = $PORT
tls = false
[store]
kind = "file"
path = "$WORK/state"
[lock]
default_slots = $CLIENTS
[[lock.groups]]
name = "full"
slots = 0
END
"$OURS" -c "$WORK/config.toml" serve 2>"$WORK/bin/log" &
server=$!
for _ in $(seq 100); do
	"$LOAD" -clients 1 -seconds 1 -mode refused -group full "127.0.0.1:$PORT" >/dev/null 2>&1 && break
	sleep 0.1
done
echo "$(nproc) processors, $(stat -f -c %T "$WORK") at $WORK, load $(cut -d' ' -f1 /proc/loadavg)"
"$LOAD" -clients "$CLIENTS" -seconds "$SECONDS_EACH" "127.0.0.1:$PORT"
"$LOAD" -clients "$CLIENTS" -seconds "$SECONDS_EACH" -mode refused -group full "127.0.0.1:$PORT"
awk '/VmHWM/ { printf "peak memory of the server: %.1f MiB\n", $2 / 1024 }' "/proc/$server/status"
