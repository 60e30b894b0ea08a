#!/usr/bin/env bash
# Measures the start of our afterburn with the attributes of a fake aws on loopback addresses of a network namespace
# of its own, and prints the wall time, that of the mere process, and the size of the stripped program; with a
# reference afterburn in PATH, or in REFERENCE, its figures and the ratio too.
#
#   internal/bench/metadata.sh
#
# It needs root. Environment: SECONDS_EACH (default 5), RUNS (default 3; the best counts), REFERENCE.
set -euo pipefail
cd "$(dirname "$0")/../.."
SECONDS_EACH=${SECONDS_EACH:-5} RUNS=${RUNS:-3}
REFERENCE=${REFERENCE:-$(command -v afterburn || true)}
work=$(mktemp -d "${TMPDIR:-/tmp}/metadata-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/afterburn" ./examples/afterburn
go test -c -o "$work/bench" ./examples/afterburn/cloudtest

best() { # the best nanoseconds per run of a benchmark with a program
	(cd examples/afterburn/cloudtest &&
		NESTOS_AFTERBURN=$2 "$work/bench" -test.run='^$' -test.bench="^$1\$" -test.benchtime="${SECONDS_EACH}s" -test.count="$RUNS") |
		awk -v name="$1" 'index($1, name) == 1 && $4 == "ns/op" { if (!n || $3 < n) n = $3 } END { if (!n) exit 1; print n }'
}

echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg)"
printf '%-10s %10s %14s %14s\n' program bytes 'aws' 'process alone'
figures() {
	local aws process
	aws=$(best BenchmarkStartUp "$2") process=$(best BenchmarkProcess "$2")
	printf '%-10s %10d %11.2f ms %11.2f ms\n' "$1" "$(stat -L -c %s "$2")" "$(echo "$aws / 1000000" | bc -l)" "$(echo "$process / 1000000" | bc -l)"
	echo "$aws" >"$work/$1"
}
figures ours "$work/afterburn"
[ -n "$REFERENCE" ] || exit 0
figures reference "$REFERENCE"
printf 'ratio of the times %.2f\n' "$(echo "$(cat "$work/ours") / $(cat "$work/reference")" | bc -l)"
