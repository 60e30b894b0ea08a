#!/usr/bin/env bash
# Asks our lock server on a real etcd as fast as it answers, all on this machine, and prints durable lock operations
# (each a grant or a release that etcd has synced) and refusals per second, and the server's peak memory.
#
#   internal/bench/lock-etcd.sh
#
# Environment: SECONDS_EACH (default 10), CLIENTS (default 32), SERVERS (default 1: how many on the same etcd),
# DATA (etcd's directory, default a new one below TMPDIR), OURS (the program, default: built from source).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lock-etcd-bench.XXXXXX")
pids=()
cleanup() {
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap cleanup EXIT
cd "$here"
export CGO_ENABLED=0 ETCDCTL_API=3
OURS=${OURS:-$work/fleetlock}
[ -x "$OURS" ] || go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/fleetlock
go build -o "$work/load" ./internal/bench/lockload
DATA=${DATA:-$work/etcd}
CLIENTS=${CLIENTS:-32}
client=http://127.0.0.1:23790 peer=http://127.0.0.1:23800
etcd --name bench --data-dir "$DATA" --logger zap --log-level error \
	--listen-client-urls "$client" --advertise-client-urls "$client" \
	--listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "bench=$peer" 2>"$work/etcd.log" &
pids+=($!)
for _ in $(seq 100); do
	etcdctl --endpoints "$client" get x >/dev/null 2>&1 && break
	sleep 0.1
done
servers=()
for i in $(seq "${SERVERS:-1}"); do
	port=$((23900 + i))
	cat >"$work/config$i.toml" <<END
[service]
address = "127.0.0.1"
port = $port
tls = false
[etcd3]
endpoints = ["$client"]
[lock]
default_slots = $((CLIENTS * ${SERVERS:-1}))
[[lock.groups]]
name = "full"
slots = 0
END
	"$OURS" serve -c "$work/config$i.toml" 2>"$work/log$i" &
	pids+=($!)
	servers+=("127.0.0.1:$port")
done
for server in "${servers[@]}"; do
	for _ in $(seq 100); do
		curl -sf -o /dev/null "http://$server/v1/slots" && break
		sleep 0.1
	done
done
load() {
	local loads=()
	for server in "${servers[@]}"; do
		"$work/load" -clients "$CLIENTS" -seconds "${SECONDS_EACH:-10}" "$@" "$server" &
		loads+=($!)
	done
	for pid in "${loads[@]}"; do
		wait "$pid"
	done
}
load -mode durable
load -mode refused -group full
awk '/^VmHWM/ {printf "peak memory of the server: %.1f MiB\n", $2 / 1024}' "/proc/${pids[1]}/status"
