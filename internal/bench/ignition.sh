#!/usr/bin/env bash
# Runs our ignition and butane and the real ones side by side on the same big configs and prints wall time,
# peak memory and the ratios ours / theirs.
#
#   internal/bench/ignition.sh
#
# Environment: IGNITION, VALIDATE, BUTANE (the real programs; default: built from their source at the version
# that ours follow, which needs gcc and libblkid-dev), OURS (directory with ours; default: built from source),
# RUNS (repetitions, the best counts; default 5), WORK (scratch directory), OPS (a regular expression of operations).
set -euo pipefail
here=$(cd "$(dirname "$0")/../.." && pwd)
RUNS=${RUNS:-5}
OPS=${OPS:-.}
WORK=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/ignition-bench.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
mkdir "$WORK/theirs"
peer() { # PATH PACKAGE
	(cd "$here/internal/interop" && CGO_ENABLED=1 go build -o "$1" "$2")
}
[ -n "${IGNITION:-}" ] || { IGNITION=$WORK/theirs/ignition; peer "$IGNITION" github.com/coreos/ignition/v2/internal; }
[ -n "${VALIDATE:-}" ] || { VALIDATE=$WORK/theirs/ignition-validate; peer "$VALIDATE" github.com/coreos/ignition/v2/validate; }
[ -n "${BUTANE:-}" ] || { BUTANE=$WORK/theirs/butane; peer "$BUTANE" github.com/coreos/ignition/v2/butane/internal; }
if [ -z "${OURS:-}" ]; then
	OURS=$WORK/ours
	mkdir "$OURS"
	for p in ignition ignition-validate butane; do
		(cd "$here" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$OURS/$p" "./examples/$p")
	done
fi
cd "$WORK"

python3 - <<'PY'
import json, random, urllib.parse
random.seed(7)
def data(n): return 'data:,' + urllib.parse.quote(''.join(random.choices('abc def\n%', k=n)))
def files(n, size, prefix='/etc/bench'):
    return [{'path': f'{prefix}/{i // 100}/f{i}', 'mode': 420, 'contents': {'source': data(size)}} for i in range(n)]
def write(name, cfg): json.dump(cfg, open(name, 'w'), indent=1)
# 5 MB, something of everything
big = {'ignition': {'version': '3.5.0'},
  'storage': {'files': files(9000, 150), 'directories': [{'path': f'/var/d{i}', 'mode': 493, 'user': {'name': 'core'}} for i in range(3000)],
    'links': [{'path': f'/opt/l{i}', 'target': f'/var/d{i}'} for i in range(2000)],
    'disks': [{'device': f'/dev/disk/d{i}', 'partitions': [{'number': p, 'label': f'p{p}', 'startMiB': p * 100, 'sizeMiB': 100} for p in range(1, 9)]} for i in range(400)]},
  'systemd': {'units': [{'name': f'u{i}.service', 'enabled': True, 'contents': '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n'} for i in range(4000)]},
  'passwd': {'users': [{'name': f'user{i}', 'sshAuthorizedKeys': ['ssh-ed25519 AAAA%d' % i], 'groups': ['wheel', 'docker']} for i in range(3000)]}}
write('big.ign', big)
# 15,000 entries in a config and the three that it merges
def part(a, b): return {'ignition': {'version': '3.4.0'}, 'storage': {'files': files(5000, 40)[a:b], 'directories': [{'path': f'/var/d{i}'} for i in range(a, b)], 'links': [{'path': f'/opt/l{i}', 'target': '/x'} for i in range(a, b)]}}
top = part(0, 2000)
top['ignition']['config'] = {'merge': [{'source': 'data:,' + urllib.parse.quote(json.dumps(part(a, b)))} for a, b in ((1500, 3000), (2500, 4000), (3500, 5000))]}
write('merge.ign', top)
write('files.ign', {'ignition': {'version': '3.5.0'}, 'storage': {'files': files(10000, 200)}})
with open('inline.bu', 'w') as f:
    f.write('variant: fcos\nversion: 1.6.0\nstorage:\n  files:\n')
    for i in range(4000):
        body = '\n'.join(f'          key{random.randrange(1000)} = value {random.random()}' for _ in range(random.randrange(2, 40)))
        f.write(f'    - path: /etc/conf.d/{i}.conf\n      mode: 0644\n      contents:\n        inline: |\n{body}\n')
PY
ls -l big.ign merge.ign files.ign inline.bu | awk '{print "#", $NF, $5, "bytes"}'
printf '# best of %d, %s cores\n%-10s %9s %9s %7s %11s %9s %7s\n' "$RUNS" "$(nproc)" operation theirs_s ours_s ratio theirs_KiB ours_KiB ratio

# one COMMAND…: prints the best wall time and the largest peak memory of it.
one() {
	local best= mem=0
	for ((i = 0; i < RUNS; i++)); do
		eval "${PREPARE:-true}"
		sync
		/usr/bin/env python3 - "$@" <<'PY' >figures
import os, resource, subprocess, sys, time
start = time.monotonic()
p = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=open('errors', 'w'))
_, status, usage = os.wait4(p.pid, 0)
print(f'{time.monotonic() - start:.4f} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}')
PY
		read -r wall rss code <figures
		[ "$code" = 0 ] || { cat errors >&2; echo "exit status $code: $*" >&2; exit 1; }
		if [ -z "$best" ] || awk "BEGIN{exit !($wall < $best)}"; then best=$wall; fi
		[ "$rss" -le "$mem" ] || mem=$rss
	done
	echo "$best $mem"
}

# bench NAME THEIRS OURS ARGUMENTS…
bench() {
	local name=$1 a b ma mb
	[[ $name =~ $OPS ]] || return 0
	read -r a ma < <(one "$2" "${@:4}")
	read -r b mb < <(one "$3" "${@:4}")
	awk -v n="$name" -v a="$a" -v b="$b" -v ma="$ma" -v mb="$mb" \
		'BEGIN { printf "%-10s %9.3f %9.3f %7.2f %11d %9d %7.2f\n", n, a, b, b / a, ma, mb, mb / ma }'
}

export IGNITION_SYSTEM_CONFIG_DIR=$WORK/none IGNITION_SYSTEM_LOCAL_CONFIG_DIR=$WORK/none IGNITION_SYSTEM_RUNTIME_CONFIG_DIR=$WORK/none
export IGNITION_SELINUX_RELABEL=false IGNITION_BLACKBOX_TESTING=true IGNITION_KERNEL_CMDLINE_PATH=/dev/null
common=(-platform file -root "$WORK/root" -log-to-stdout -config-cache "$WORK/cache.json" -neednet "$WORK/neednet" -state-file "$WORK/state")
bench validate "$VALIDATE" "$OURS/ignition-validate" big.ign
export IGNITION_CONFIG_FILE=merge.ign
bench merge "$IGNITION" "$OURS/ignition" "${common[@]}" -stage fetch
export IGNITION_CONFIG_FILE=files.ign
# The real program needs SELinux's tools unless it was built without.
mkdir -p bin
printf '#!/bin/sh\nexec cat >/dev/null\n' >bin/setfiles
chmod +x bin/setfiles
PATH=$WORK/bin:$PATH
"$IGNITION" "${common[@]}" -stage fetch >/dev/null
PREPARE='rm -rf root state; mkdir -p root/etc/selinux; echo SELINUXTYPE=targeted >root/etc/selinux/config'
bench files "$IGNITION" "$OURS/ignition" "${common[@]}" -stage files
PREPARE=
bench butane "$BUTANE" "$OURS/butane" inline.bu
