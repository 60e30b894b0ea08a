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
	md := withPolicy(gvariant.DictFromValue(old.Metadata), policy != nil, checksum)
	return txn.WriteCommit(ctx, tree, meta, &ostree.CommitOptions{Time: time.Unix(int64(old.Timestamp), 0), Metadata: md, NoBindings: true})
}

// withPolicy returns metadata with another checksum of the policy, in the place where Import puts it: the commit is the
// one that the package file would give.
func withPolicy(old *object.Dict, labelled bool, checksum string) *object.Dict {
	var md object.Dict
	add := func() {
		if labelled {
			md.Set(keyPolicy, gvariant.NewString(checksum))
		}
	}
	for _, key := range old.Keys() {
		if key == keyPolicy {
			continue
		}
		if key == keyUnpack {
			add()
		}
		v, _ := old.Get(key)
		md.Set(key, v)
	}
	if _, ok := old.Get(keyUnpack); !ok {
		add()
	}
	return &md
}
