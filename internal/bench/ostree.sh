#!/usr/bin/env bash
# Runs our ostree and the real one side by side on the same input and prints, for each operation, wall
# time, CPU time and peak memory of both, the ratio of wall times (ours / theirs), and at the end the
# geometric mean of the ratios.
#
#   internal/bench/ostree.sh [TREE]
#
# TREE is the directory to commit (default: a sample of /usr with at least 20,000 files and 500 MiB).
# Environment: THEIRS (the real program, default ostree in PATH), OURS (default: built from source),
# WORK (scratch directory on the file system to measure; it is emptied at the end), OPS (a regular
# expression of operations), RUNS (repetitions, the best counts; default 3).
#
# Without WORK, and as root with mkfs.xfs installed, the scratch directory is a fresh XFS in a loop
# device: ext4 avoids the inodes of files deleted within the last minutes, which makes every program
# that creates files after the clean-up of the run before up to ten times slower, in proportion to
# what was deleted and not to what it does.
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
THEIRS=${THEIRS:-$(command -v ostree)}
image=
if [ -z "${WORK:-}" ]; then
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/ostree-bench.XXXXXX")
	if [ "$(id -u)" = 0 ] && command -v mkfs.xfs >/dev/null; then
		image=$WORK.img
		truncate -s 40G "$image"
		mkfs.xfs -q "$image"
		mount -o loop "$image" "$WORK" || { rm -f "$image"; image=; }
	fi
fi
OPS=${OPS:-.}
RUNS=${RUNS:-3}
OURS=${OURS:-$WORK/bin/ostree}
mkdir -p "$WORK/bin"
[ -x "$OURS" ] || (cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS" ./examples/ostree)
server=
cleanup() {
	cd /
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null || true
		wait "$server" 2>/dev/null || true
	fi
	if [ -n "$image" ]; then
		umount "$WORK"
		rm -f "$image"
	fi
	rm -rf "$WORK"
}
trap cleanup EXIT
cd "$WORK"

# Two versions of the tree: the second one has edited, removed and new files.
if [ -n "${1:-}" ]; then
	cp -a "$1" v1
else
	mkdir v1
	files=0
	for d in /usr/share /usr/lib /usr/bin /usr/include; do
		[ "$files" -lt 20000 ] || [ "$(du -sm v1 | cut -f1)" -lt 500 ] || break
		cp -a "$d" v1/ 2>/dev/null || true
		files=$(find v1 -type f | wc -l)
	done
fi
find v1 ! -type d ! -type f ! -type l -delete
cp -al v1 v2
python3 - <<'PY'
import os, random
random.seed(7)
files = sorted(os.path.join(d, f) for d, _, fs in os.walk('v2') for f in fs if not os.path.islink(os.path.join(d, f)))
for p in random.sample(files, len(files) // 50):
    with open(p, 'rb') as f:
        b = bytearray(f.read())
    st = os.stat(p)
    os.unlink(p)
    kind = random.random()
    if kind < 0.1:
        continue
    for _ in range(1 + len(b) // 20000):
        at = random.randrange(len(b) + 1)
        b[at:at] = random.randbytes(random.randrange(1, 40))
    with open(p, 'wb') as f:
        f.write(b)
    os.chmod(p, st.st_mode & 0o7777)
PY
echo "tree: $(find v1 -type f | wc -l) files, $(du -sm v1 | cut -f1) MiB; $("$THEIRS" --version | sed -n 2p | tr -d " '")  cores: $(nproc)"

printf '%-28s %9s %9s %7s %9s %9s %9s %9s\n' operation theirs_s ours_s ratio cpu_theirs cpu_ours MiB_theirs MiB_ours
ratios=

# one WHO SETUP COMMAND…: prints "wall cpu MiB" of the best run.
one() {
	local tool=$1 setup=$2 best= i
	shift 2
	for ((i = 0; i < RUNS; i++)); do
		rm -rf run
		mkdir run
		(cd run && T=$tool eval "$setup") >/dev/null 2>&1
		sync
		(cd run && /usr/bin/time -o ../time.out -f '%e %U %S %M' env T="$tool" bash -c "$*" >../out.log 2>&1) || { cat out.log >&2; exit 1; }
		read -r wall user sys rss <<<"$(tail -n1 time.out)"
		if [ -z "$best" ] || awk "BEGIN{exit !($wall < ${best%% *})}"; then
			best="$wall $(awk "BEGIN{print $user+$sys}") $((rss / 1024))"
		fi
	done
	echo "$best"
}

# bench NAME SETUP COMMAND: both programs, $T being the program in SETUP and COMMAND.
bench() {
	local name=$1 setup=$2 command=$3 a b
	[[ $name =~ $OPS ]] || return 0
	a=$(one "$THEIRS" "$setup" "$command")
	b=$(one "$OURS" "$setup" "$command")
	read -r w1 c1 m1 <<<"$a"
	read -r w2 c2 m2 <<<"$b"
	r=$(awk "BEGIN{printf \"%.3f\", $w2/($w1 > 0 ? $w1 : 0.01)}")
	ratios="$ratios $r"
	printf '%-28s %9.2f %9.2f %7s %9.2f %9.2f %9s %9s\n' "$name" "$w1" "$w2" "$r" "$c1" "$c2" "$m1" "$m2"
}

commit='commit --repo=r -b main --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 --no-xattrs'
for mode in archive bare-user; do
	bench "commit-$mode-first" "\$T init --repo=r --mode=$mode" "\$T $commit ../v1"
	bench "commit-$mode-unchanged" "\$T init --repo=r --mode=$mode; \$T $commit ../v1" "\$T $commit ../v1"
done

# Repositories that both read: made once, by the real program.
for mode in archive bare-user; do
	"$THEIRS" init --repo="base-$mode" --mode="$mode"
	for v in v1 v2; do
		"$THEIRS" --repo="base-$mode" commit -b main --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 --no-xattrs "$v" >/dev/null
	done
done
"$THEIRS" summary --repo=base-archive -u
old=$("$THEIRS" rev-parse --repo=base-bare-user main^)
new=$("$THEIRS" rev-parse --repo=base-bare-user main)

bench checkout-H "true" "\$T checkout --repo=../base-bare-user -U -H main co"
bench checkout-C "true" "\$T checkout --repo=../base-bare-user -U -C main co"
bench checkout-C-archive "true" "\$T checkout --repo=../base-archive -U --disable-cache main co"
bench pull-local-archive "\$T init --repo=r --mode=archive" "\$T pull-local --repo=r ../base-archive main"
bench pull-local-bare-user "\$T init --repo=r --mode=bare-user" "\$T pull-local --repo=r ../base-bare-user main"
bench pull-local-reencode "\$T init --repo=r --mode=bare-user" "\$T pull-local --repo=r ../base-archive main"
bench fsck-bare-user "true" "\$T fsck --repo=../base-bare-user -q"
bench fsck-archive "true" "\$T fsck --repo=../base-archive -q"
bench prune "cp -al ../base-bare-user r" "\$T prune --repo=r --refs-only --depth=0"

port=$((20000 + RANDOM % 20000))
if command -v nginx >/dev/null; then
	mkdir -p ngx
	cat >ngx/conf <<NGX
daemon off; pid $WORK/ngx/pid; error_log $WORK/ngx/err; worker_processes 1; events { worker_connections 256; }
http { access_log off; sendfile on; keepalive_requests 1000000; client_body_temp_path $WORK/ngx/b; proxy_temp_path $WORK/ngx/p;
fastcgi_temp_path $WORK/ngx/f; uwsgi_temp_path $WORK/ngx/u; scgi_temp_path $WORK/ngx/s; server { listen 127.0.0.1:$port; root $WORK; } }
NGX
	chmod 755 "$WORK"
	nginx -c "$WORK/ngx/conf" -g "user root;" 2>/dev/null &
	server=$!
else
	(cd "$here" && go build -o "$WORK/bin/serve" ./internal/bench/serve)
	"$WORK/bin/serve" "$WORK" "$port" &
	server=$!
fi
sleep 1
for mode in archive bare-user; do
	bench "pull-http-$mode" "\$T init --repo=r --mode=$mode; \$T remote add --repo=r --no-gpg-verify o http://127.0.0.1:$port/base-archive" "\$T pull --repo=r o main"
done

generate="static-delta generate --repo=r --from=$old --to=$new"
bench delta-generate "cp -al ../base-archive r" "\$T $generate"
for who in theirs ours; do
	[[ delta-size =~ $OPS ]] || break
	rm -rf "delta-$who"
	cp -al base-archive "delta-$who"
	tool=$THEIRS
	[ $who = theirs ] || tool=$OURS
	(cp -al "delta-$who" r && "$tool" static-delta generate --repo=r --from="$old" --to="$new" >/dev/null 2>&1 && du -sb r/deltas | sed "s/r.deltas/bytes of delta ($who)/" && mv r/deltas "deltas-$who" && rm -rf r)
done
bench delta-apply "cp -al ../base-archive r; \$T static-delta generate --inline --filename=d --repo=r --from=$old --to=$new; \$T init --repo=c --mode=bare-user; \$T pull-local --repo=c ../base-bare-user $old" "\$T static-delta apply-offline --repo=c d"

awk -v r="$ratios" 'BEGIN { n = split(r, a, " "); for (i = 1; i <= n; i++) { s += log(a[i]); if (a[i] > m) m = a[i] } if (n) printf "geometric mean of %d ratios: %.3f, largest %.3f\n", n, exp(s / n), m }'
