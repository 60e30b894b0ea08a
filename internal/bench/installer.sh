#!/usr/bin/env bash
# Installs disk images with the given nestos-installer and with the shell pipe that does the
# same without checks, and prints the ratio of the wall times.
#
#     internal/bench/installer.sh NESTOS-INSTALLER IMAGE...
#
# An image is a raw disk image, compressed (.gz, .xz, .zst) or not. Each is signed with a new
# key, and the installer verifies it. The target is a loop device on a file in $TARGET
# (default: /dev/shm) that is full of other data before each run. RUNS (default 3): the best
# counts. It needs root, and gpg, pigz, xz and zstd.
set -euo pipefail
installer=$1
shift
runs=${RUNS:-3}
work=$(mktemp -d)
disk=$(mktemp "${TARGET:-/dev/shm}/nestos-bench.XXXXXX")
loop=
trap 'test -z "$loop" || losetup -d "$loop"; rm -rf "$work" "$disk"' EXIT

export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'bench <bench@example.com>' rsa3072 sign never 2>/dev/null
gpg --armor --export >"$work/key.asc"
export NESTOS_INSTALLER_KEYRING=$work/key.asc

size() { # decoded size of an image, with a little room
	local n
	n=$($(decoder "$1") "$1" | wc -c)
	echo $((n + (16 << 20)))
}

decoder() {
	case $1 in
	*.gz) echo pigz -dc ;;
	*.xz) echo xz -T0 -dc ;;
	*.zst) echo zstdcat ;;
	*) echo cat ;;
	esac
}

dirty() { head -c "$1" /dev/zero | tr '\0' '\252' | dd of="$loop" bs=4M iflag=fullblock status=none conv=fsync; }

timed() { # seconds and peak memory of a command, in $work/time
	local start end
	start=$(date +%s.%N)
	"$@"
	end=$(date +%s.%N)
	echo "$end - $start" | bc -l
}

pipe() { $(decoder "$1") "$1" | dd of="$loop" bs=1M iflag=fullblock conv=sparse,fsync status=none; }
ours() { /usr/bin/env time -f %M -o "$work/memory" "$installer" install --image-file "$1" "$loop" 2>"$work/log" >&2 || { cat "$work/log" >&2; exit 1; }; }

printf '%-12s %8s %8s %6s %10s\n' image pipe ours ratio memory
for image; do
	name=$work/$(basename "$image")
	ln -s "$(realpath "$image")" "$name"
	gpg --batch --quiet --detach-sign --output "$name.sig" "$name"
	bytes=$(size "$name")
	truncate -s "$bytes" "$disk"
	loop=$(losetup -f --show "$disk")
	best_pipe= best_ours= memory=0
	for _ in $(seq "$runs"); do
		dirty "$bytes"
		t=$(timed pipe "$name")
		best_pipe=$(printf '%s\n' "$t" ${best_pipe:+"$best_pipe"} | sort -g | head -1)
		dirty "$bytes"
		t=$(timed ours "$name")
		best_ours=$(printf '%s\n' "$t" ${best_ours:+"$best_ours"} | sort -g | head -1)
		m=$(cat "$work/memory")
		((m > memory)) && memory=$m
	done
	losetup -d "$loop"
	loop=
	printf '%-12s %7.2fs %7.2fs %6.2f %6d MiB\n' "$(basename "$image")" "$best_pipe" "$best_ours" \
		"$(echo "$best_ours / $best_pipe" | bc -l)" $((memory / 1024))
done
