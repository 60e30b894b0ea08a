package rpmostree

import (
	"errors"
	"io/fs"

	"github.com/nestos-dev/nestos/internal/selinux"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
)

// loadPolicy reads the SELinux policy of the tree of a commit.
func loadPolicy(repo *ostree.Repo, commit object.Checksum) (policy, error) {
	tree, err := repo.CommitFS(commit)
	if err != nil {
		return policy{}, err
	}
	return policyOf(tree, labelEpoch(repo, commit))
}

// policyOf reads the SELinux policy of a tree; no policy is no error.
func policyOf(tree fs.FS, epoch int) (policy, error) {
	p, err := selinux.Load(tree)
	if errors.Is(err, selinux.ErrNoPolicy) {
		return policy{}, nil
	}
	if err != nil {
		return policy{}, err
	}
	return policy{&ostree.SELinuxPolicy{Policy: p, Epoch: epoch}, p.Checksum()}, nil
}

// labelEpoch is the version of the rules for labels that a base was composed with: since version 1 files
// in usr/etc are labelled as those of etc.
func labelEpoch(repo *ostree.Repo, commit object.Checksum) int {
	c, err := repo.LoadCommit(commit)
	if err != nil {
		return 0
	}
	if v, ok := c.Metadata.LookupType("ostree.selinux-label-version", "u"); ok && v.Uint32() > 0 {
		return 1
	}
	return 0
}
