#!/usr/bin/env bash
# Measures the lock server with its load generator on the same machine: durable locks and unlocks, and
# refusals, per second, and the server's peak memory.
#
#   internal/bench/lock.sh
#
# Environment: WORK (scratch directory on the file system to measure, default a new one below TMPDIR or
# /tmp), SECONDS_EACH (default 10), CLIENTS (default 32), PORT (default 19190), ETCD=1 (measure with etcd
# as well; its data is in WORK too), OURS, LOAD (default: built from source).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
SECONDS_EACH=${SECONDS_EACH:-10} CLIENTS=${CLIENTS:-32} PORT=${PORT:-19190}
scratch=
[ -n "${WORK:-}" ] || { WORK=$(mktemp -d "${TMPDIR:-/tmp}/lock-bench.XXXXXX"); scratch=$WORK; }
server= etcd=
stop() { # PID
	[ -z "$1" ] || { kill "$1" 2>/dev/null || true; wait "$1" 2>/dev/null || true; }
}
cleanup() {
	stop "$server"
	stop "$etcd"
	rm -rf "$WORK/state" "$WORK/etcd" "$WORK"/*.toml "$WORK/bin"
	[ -z "$scratch" ] || rm -rf "$scratch"
}
trap cleanup EXIT
mkdir -p "$WORK/bin"
OURS=${OURS:-$WORK/bin/fleetlock} LOAD=${LOAD:-$WORK/bin/lockload}
[ -x "$OURS" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/fleetlock)
[ -x "$LOAD" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$LOAD" ./internal/bench/lockload)

measure() { # NAME, configuration of the store on standard input
	{
		printf '[service]\naddress = "127.0.0.1"\nport = %d\ntls = false\n' "$PORT"
		cat
		printf '[lock]\ndefault_slots = %d\n[[lock.groups]]\nname = "full"\nslots = 0\n' "$CLIENTS"
	} >"$WORK/$1.toml"
	"$OURS" -c "$WORK/$1.toml" serve 2>"$WORK/bin/log" &
	server=$!
	for _ in $(seq 100); do
		"$LOAD" -clients 1 -seconds 1 -mode refused -group full "127.0.0.1:$PORT" >/dev/null 2>&1 && break
		sleep 0.1
	done
	echo "store: $1"
	"$LOAD" -clients "$CLIENTS" -seconds "$SECONDS_EACH" "127.0.0.1:$PORT"
	"$LOAD" -clients "$CLIENTS" -seconds "$SECONDS_EACH" -mode refused -group full "127.0.0.1:$PORT"
	awk '/VmHWM/ { printf "peak memory of the server: %.1f MiB\n", $2 / 1024 }' "/proc/$server/status"
	stop "$server"
	server=
}

echo "$(nproc) processors, $(stat -f -c %T "$WORK") at $WORK, load $(cut -d' ' -f1 /proc/loadavg)"
measure file <<END
[store]
kind = "file"
path = "$WORK/state"
END
if [ "${ETCD:-0}" = 1 ]; then
	etcd --data-dir "$WORK/etcd" --listen-client-urls "http://127.0.0.1:$((PORT + 1))" --advertise-client-urls "http://127.0.0.1:$((PORT + 1))" \
		--listen-peer-urls "http://127.0.0.1:$((PORT + 2))" >"$WORK/bin/etcd.log" 2>&1 &
	etcd=$!
	measure etcd <<END
[etcd3]
endpoints = ["http://127.0.0.1:$((PORT + 1))"]
END
fi
