package pkglist

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// Databases returns the places of the package database in a tree, in the order in which they are tried.
func Databases() []string { return []string{"usr/share/rpm", "usr/lib/sysimage/rpm", "var/lib/rpm"} }

// BaseDatabase is where a tree keeps the database of the packages that it had before others were layered.
const BaseDatabase = "usr/lib/sysimage/rpm-ostree-base-db"

// ErrNoDatabase is wrapped by the errors of [Load] and [Headers] for a tree without package database.
var ErrNoDatabase = errors.New("no package database")

// Load returns the packages of a commit, sorted: by its metadata, or else by the database in its tree.
func Load(ctx context.Context, repo *ostree.Repo, commit object.Checksum) ([]Package, error) {
	c, err := repo.LoadCommit(commit)
	if err != nil {
		return nil, err
	}
	if v, ok := c.Metadata.LookupType(Key, "a(sssss)"); ok {
		return fromVariant(v), nil
	}
	headers, err := Headers(ctx, repo.TreeFS(c.Tree, c.Meta))
	if err != nil {
		return nil, fmt.Errorf("packages of commit %s: %w", commit, err)
	}
	return FromHeaders(headers), nil
}

// LoadBase returns the packages that the base of a layered commit has, by the database that its tree keeps; of a
// commit without layers it is [Load].
func LoadBase(ctx context.Context, repo *ostree.Repo, commit object.Checksum) ([]Package, error) {
	tree, err := repo.CommitFS(commit)
	if err != nil {
		return nil, err
	}
	headers, err := headersIn(ctx, tree, BaseDatabase)
	if errors.Is(err, fs.ErrNotExist) {
		return Load(ctx, repo, commit)
	}
	if err != nil {
		return nil, fmt.Errorf("base packages of commit %s: %w", commit, err)
	}
	return FromHeaders(headers), nil
}

// FromHeaders lists packages by their headers, sorted. Public keys, which a database keeps among the
// packages, are left out.
func FromHeaders(headers []*rpm.Header) []Package {
	list := make([]Package, 0, len(headers))
	for _, h := range headers {
		if n := h.NEVRA(); n.Name != "gpg-pubkey" {
			list = append(list, FromNEVRA(n))
		}
	}
	Sort(list)
	return list
}

// Headers returns the headers in the package database of a tree, in the order of the database.
func Headers(ctx context.Context, tree fs.FS) ([]*rpm.Header, error) {
	for _, dir := range Databases() {
		headers, err := headersIn(ctx, tree, dir)
		if !errors.Is(err, fs.ErrNotExist) {
			return headers, err
		}
	}
	return nil, ErrNoDatabase
}

func headersIn(ctx context.Context, tree fs.FS, dir string) ([]*rpm.Header, error) {
	sub, err := fs.Sub(tree, dir)
	if err != nil {
		return nil, err
	}
	db, err := rpmdb.Open(sub)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var headers []*rpm.Header
	for r, err := range db.Records(ctx) {
		if err != nil {
			return nil, err
		}
		headers = append(headers, r.Header)
	}
	return headers, nil
}
