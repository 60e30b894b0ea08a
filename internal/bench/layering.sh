#!/usr/bin/env bash
# Runs our solver, package database and unpacking side by side with libsolv's tools and rpm, and prints processor
# time (user and system), peak memory and the ratios ours / theirs.
#
#   internal/bench/layering.sh REPOSITORY RPMS
#
# REPOSITORY is a directory with repodata of a large rpm-md repository, RPMS one with package files.
# Environment: RPMMD2SOLV and TESTSOLV (libsolv's tools, built for RPM; default: those in PATH), JOB (a package of
# the repository to install, default libreoffice), OURS (directory with ours; default: built from source),
# RUNS (repetitions, the best counts; default 5), WORK (scratch directory).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
repository=$(realpath "$1") rpms=$(realpath "$2")
RUNS=${RUNS:-5}
JOB=${JOB:-libreoffice}
RPMMD2SOLV=${RPMMD2SOLV:-rpmmd2solv}
TESTSOLV=${TESTSOLV:-testsolv}
WORK=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/layering-bench.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
if [ -z "${OURS:-}" ]; then
	OURS=$WORK/ours
	mkdir "$OURS"
	for p in rpm-solve rpmq; do
		(cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS/$p" "./examples/$p")
	done
fi
cd "$WORK"
primary=$(ls "$repository"/repodata/*primary.xml*)
cat >solve.t <<T
repo base 0 solv base.solv
system x86_64 rpm
solverflags allowvendorchange
job install name $JOB
result transaction,problems
T
mapfile -t files < <(find "$rpms" -name '*.rpm' | sort)

# best NAME SCRIPT: least CPU seconds and peak KB of RUNS runs; "prepare" runs before each.
prepare() { rm -rf out db; mkdir out; }
best() {
	local cpu=999999 mem=0 t m
	for _ in $(seq "$RUNS"); do
		prepare
		/usr/bin/time -o time -f '%U %S %M' sh -c "$1" >/dev/null 2>err || { cat err >&2; exit 1; }
		read -r u s m < <(tail -1 time)
		t=$(echo "$u $s" | awk '{printf "%.2f", $1+$2}')
		if awk "BEGIN{exit !($t<$cpu)}"; then cpu=$t mem=$m; fi
	done
	echo "$cpu $mem"
}
row() { # NAME THEIRS OURS
	read -r tc tm <<<"$(best "$2")"
	read -r oc om <<<"$(best "$3")"
	printf '%-42s %8s %8s %6.2f   %8.0f %8.0f\n' "$1" "$tc" "$oc" "$(awk "BEGIN{print $oc/($tc>0?$tc:0.01)}")" "$((tm / 1024))" "$((om / 1024))"
}
printf '%-42s %8s %8s %6s   %8s %8s\n' operation theirs ours ratio 'MiB' 'MiB'
case $primary in *.gz) cat=zcat ;; *.xz) cat=xzcat ;; *.zst) cat=zstdcat ;; *) cat=cat ;; esac
row 'load metadata' "$cat $primary | $RPMMD2SOLV >base.solv" "$OURS/rpm-solve --arch x86_64 --repo base=$repository noop"
row "load metadata, install $JOB" "$cat $primary | $RPMMD2SOLV >base.solv && $TESTSOLV solve.t" "$OURS/rpm-solve --arch x86_64 --repo base=$repository install $JOB"
row "database of ${#files[@]} packages" "rpm --root $WORK/out --dbpath /db -i --justdb --nodeps --noscripts --nosignature --nodigest --ignorearch --ignoreos --force ${files[*]}" "$OURS/rpmq mkdb db ${files[*]}"
row 'unpack them' "for f in ${files[*]}; do (cd out && rpm2cpio \$f | cpio -idm --quiet); done" "for f in ${files[*]}; do $OURS/rpmq extract \$f out; done"
