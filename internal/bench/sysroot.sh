#!/usr/bin/env bash
# Runs our "ostree admin" and the real one side by side on equal sysroots with a tree of many files and
# prints, for each operation, the wall time of both and the ratio ours / theirs.
#
#   internal/bench/sysroot.sh
#
# Environment: FILES (files in the tree; default 50000), RUNS (repetitions, the best counts; default 3),
# THEIRS (the real program, default ostree in PATH), OURS (default: built from source), WORK (scratch
# directory on the file system to measure; it is emptied at the end), OPS (a regular expression of operations).
#
# It needs root. Without WORK the scratch directory is a fresh XFS in a loop device, as in ostree.sh.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
THEIRS=${THEIRS:-$(command -v ostree)}
FILES=${FILES:-50000}
RUNS=${RUNS:-3}
OPS=${OPS:-.}
image=
if [ -z "${WORK:-}" ]; then
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/sysroot-bench.XXXXXX")
	image=$WORK.img
	truncate -s 40G "$image"
	mkfs.xfs -q "$image"
	mount -o loop "$image" "$WORK"
fi
cleanup() {
	cd /
	chattr -R -f -i "$WORK" 2>/dev/null || true
	if [ -n "$image" ]; then
		umount "$WORK"
		rm -f "$image"
	fi
	rm -rf "$WORK"
}
trap cleanup EXIT
OURS=${OURS:-$WORK/bin/ostree}
mkdir -p "$WORK/bin"
[ -x "$OURS" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/ostree)
cd "$WORK"

# Two versions of a tree; every fiftieth file differs, and so does the kernel.
python3 - "$FILES" <<'PY'
import os, random, sys
random.seed(7)
count = int(sys.argv[1])
for version in 'v1', 'v2':
    for d in 'boot dev proc run sys sysroot var tmp usr/bin usr/etc usr/lib/modules/6.1.0'.split():
        os.makedirs(f'{version}/{d}')
    for name, size in ('vmlinuz', 12 << 20), ('initramfs.img', 40 << 20):
        with open(f'{version}/usr/lib/modules/6.1.0/{name}', 'wb') as f:
            f.write((version + name).encode() * (size // 10))
    with open(f'{version}/usr/lib/os-release', 'w') as f:
        f.write(f'ID=bench\nPRETTY_NAME="Bench {version}"\n')
    for i in range(500):
        with open(f'{version}/usr/etc/conf{i}', 'w') as f:
            f.write(f'value {i % 7} {version if i % 50 == 0 else ""}\n')
for i in range(count):
    d = f'usr/share/{i // 1000}/{i // 20 % 50}'
    data = random.randbytes(random.randrange(1, 4000))
    for version in 'v1', 'v2':
        os.makedirs(f'{version}/{d}', exist_ok=True)
        with open(f'{version}/{d}/file{i}', 'wb') as f:
            f.write(data + (version.encode() if i % 50 == 0 else b''))
PY

# The sysroot before each operation is made once by the real program and copied with its hard links.
base=$WORK/base
mkdir "$base"
T=$THEIRS
"$T" admin init-fs --modern "$base"
"$T" admin --sysroot="$base" os-init demo >/dev/null
"$T" --repo="$base/ostree/repo" config set sysroot.bootloader none
for v in v1 v2; do
	"$T" --repo="$base/ostree/repo" commit -b main --tree=dir=$v --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 --no-xattrs --add-metadata-string=version=$v >/dev/null
done
rm -r v1 v2
new=$("$T" --repo="$base/ostree/repo" rev-parse main)
old=$("$T" --repo="$base/ostree/repo" rev-parse main^)
"$T" --repo="$base/ostree/repo" refs --create=new "$new"
"$T" --repo="$base/ostree/repo" refs --create=old "$old"

printf '%d files, best of %d, %s, %s cores\n' "$FILES" "$RUNS" "$("$THEIRS" --version | sed -n 2p | tr -d " '")" "$(nproc)"
printf '%-12s %9s %9s %7s\n' operation theirs_s ours_s ratio

# one TOOL SETUP COMMAND: prints the best wall time. SETUP runs the real program as $S, COMMAND the measured one as $T.
one() {
	local tool=$1 best= i start end wall
	for ((i = 0; i < RUNS; i++)); do
		chattr -R -f -i run 2>/dev/null || true
		rm -rf run
		cp -a "$base" run
		(S="$THEIRS admin --sysroot=$WORK/run" R="$THEIRS --repo=$WORK/run/ostree/repo"; eval "$2") >setup.log 2>&1 || { cat setup.log >&2; exit 1; }
		sync
		start=$(date +%s%N)
		(T="$tool admin --sysroot=$WORK/run"; eval "$3") >out.log 2>&1 || { cat out.log >&2; exit 1; }
		end=$(date +%s%N)
		wall=$(awk "BEGIN{printf \"%.3f\", ($end - $start) / 1e9}")
		if [ -z "$best" ] || awk "BEGIN{exit !($wall < $best)}"; then best=$wall; fi
	done
	echo "$best"
}

# bench NAME SETUP COMMAND
ratios=
bench() {
	local a b r
	[[ $1 =~ $OPS ]] || return 0
	a=$(one "$THEIRS" "$2" "$3")
	b=$(one "$OURS" "$2" "$3")
	r=$(awk "BEGIN{printf \"%.3f\", $b / ($a > 0 ? $a : 0.001)}")
	ratios="$ratios $r"
	printf '%-12s %9.3f %9.3f %7s\n' "$1" "$a" "$b" "$r"
}

first='$S deploy --os=demo --karg=rw old'
track='printf "[origin]\nrefspec=main\n" >o; $S deploy --os=demo --karg=rw --origin-file=o old; rm o'
bench deploy 'true' '$T deploy --os=demo --karg=rw old'
bench upgrade "$track" '$T upgrade --os=demo'
bench undeploy "$first; \$S deploy --os=demo new; \$R refs --delete old" '$T undeploy 1'
bench cleanup "$first; cp -al run/ostree/deploy/demo/deploy/$old.0 run/ostree/deploy/demo/deploy/$new.7; \$R refs --delete new main" '$T cleanup'

awk -v r="$ratios" 'BEGIN { n = split(r, a, " "); for (i = 1; i <= n; i++) { s += log(a[i]); if (a[i] > m) m = a[i] } if (n) printf "geometric mean of %d ratios: %.3f, largest %.3f\n", n, exp(s / n), m }'
