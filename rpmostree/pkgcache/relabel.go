package pkgcache

import (
	"context"
	"fmt"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
)

// Relabel makes a commit of a cached package whose files have the labels of another policy; nil removes
// them. The package file is not needed.
func Relabel(ctx context.Context, txn *ostree.Txn, repo *ostree.Repo, commit object.Checksum, policy *ostree.SELinuxPolicy, checksum string) (object.Checksum, error) {
	old, err := repo.LoadCommit(commit)
	if err != nil {
		return commit, err
	}
	t := rootfs.FromObjects(repo, old.Tree, old.Meta)
	t.Policy = policy
	t.Begin(txn)
	if policy != nil {
		err = t.Relabel(ctx, "")
	} else {
		err = t.Unlabel(ctx, "")
	}
	if err != nil {
		return commit, fmt.Errorf("relabelling package %s: %w", commit, err)
	}
	tree, meta, err := t.Store()
	if err != nil {
		return commit, err
	}
	md := gvariant.DictFromValue(old.Metadata)
	md.Delete(keyPolicy)
	if policy != nil {
		md.Set(keyPolicy, gvariant.NewString(checksum))
	}
	return txn.WriteCommit(ctx, tree, meta, &ostree.CommitOptions{Time: time.Unix(int64(old.Timestamp), 0), Metadata: md, NoBindings: true})
}
