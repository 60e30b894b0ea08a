#!/usr/bin/env bash
# Asks our graph server (cincinnati serve, in its default configuration but for the upstream) as fast as it answers,
# with the load generator on the same machine, and prints requests per second plain, gzip and unchanged (304), and
# the server's peak memory.
#
#   internal/bench/graph.sh
#
# Environment: SECONDS_EACH (default 10), CLIENTS (default 32), OURS (the program, default: built from source).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/graph-bench.XXXXXX")
server=
cleanup() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap cleanup EXIT
cd "$here"
export CGO_ENABLED=0
OURS=${OURS:-$work/cincinnati}
[ -x "$OURS" ] || go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/cincinnati
go build -o "$work/load" ./internal/bench/graphload
"$work/load" -metadata "$work"
cat >"$work/config.toml" <<END
[service]
address = "127.0.0.1"
port = 0
[status]
address = "127.0.0.1"
port = 0
[upstream]
releases_url = "file://$work/releases.json"
updates_url = "file://$work/updates.json"
END
"$OURS" serve -v -c "$work/config.toml" 2>"$work/log" &
server=$!
for _ in $(seq 200); do
	address=$(sed -n 's/.*msg=listening service=\([^ ]*\) status=\([^ ]*\).*/\1/p' "$work/log")
	[ -n "$address" ] && [ "$(grep -c 'msg="new graph"' "$work/log")" -ge 24 ] && break
	sleep 0.1
done
load() { "$work/load" -clients "${CLIENTS:-32}" -seconds "${SECONDS_EACH:-10}" "$@" "$address"; }
printf 'plain:     '; load
printf 'gzip:      '; load -gzip
printf 'unchanged: '; load -gzip -cached
awk '/^VmHWM/ {printf "peak memory of the server: %.1f MiB (24 graphs)\n", $2 / 1024}' "/proc/$server/status"
