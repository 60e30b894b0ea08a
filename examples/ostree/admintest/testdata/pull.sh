# Gets commits from the source and keeps them from being pruned: pull.sh CHECKSUM…
set -e
for c; do
	ostree --repo="$M/ostree/repo" pull-local "$SRC" "$c" >/dev/null
	ostree --repo="$M/ostree/repo" refs --create="keep/$c" "$c"
done
