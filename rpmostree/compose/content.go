package compose

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/nestos-dev/nestos/ostree/container"
	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/kernel"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkgcache"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

const (
	unpackagedID = "rpmostree-unpackaged-content"
	// componentXattr on a file, or on a directory for all that is below, makes it part of a component of that name.
	componentXattr = "user.component"
	year           = 365 * 24 * time.Hour
)

// ContentMeta tells which package each file of a commit comes from, so that [container.Encapsulate] can put packages
// that change together into one layer. The initramfs, and files that no package owns, are components of their own.
//
// How often a package changes is the number of entries of its changelog in the year before the commit.
func ContentMeta(ctx context.Context, repo *ostree.Repo, commit object.Checksum) (*container.ContentMeta, error) {
	c, err := repo.LoadCommit(commit)
	if err != nil {
		return nil, err
	}
	tree, err := rootfs.FromCommit(repo, commit)
	if err != nil {
		return nil, err
	}
	root, err := repo.CommitFS(commit)
	if err != nil {
		return nil, err
	}
	headers, err := pkglist.Headers(ctx, root)
	if err != nil && !errors.Is(err, pkglist.ErrNoDatabase) {
		return nil, err
	}
	m := &contentMapper{tree: tree, since: time.Unix(int64(c.Timestamp), 0).Add(-year), out: &container.ContentMeta{Objects: map[object.Checksum]string{}}}
	if err := m.initramfs(); err != nil {
		return nil, err
	}
	if err := m.marked("", ""); err != nil {
		return nil, err
	}
	if err := m.packages(headers); err != nil {
		return nil, err
	}
	return m.out, m.rest()
}

type contentMapper struct {
	tree  *rootfs.Tree
	since time.Time
	out   *container.ContentMeta
}

func (m *contentMapper) add(c container.Component) {
	if !slices.ContainsFunc(m.out.Components, func(o container.Component) bool { return o.ID == c.ID }) {
		m.out.Components = append(m.out.Components, c)
	}
}

// claim makes an object part of a component unless it is part of one already.
func (m *contentMapper) claim(sum object.Checksum, id string) bool {
	if _, ok := m.out.Objects[sum]; ok {
		return false
	}
	m.out.Objects[sum] = id
	return true
}

func (m *contentMapper) initramfs() error {
	k, err := kernel.Find(m.tree)
	if errors.Is(err, kernel.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	i, err := m.tree.Lstat(k.Initramfs())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	id := fmt.Sprintf("initramfs (kernel %s)", k.Version)
	m.add(container.Component{ID: id, Name: "initramfs", ChangeFrequency: container.AlwaysChanges})
	m.claim(i.Object, id)
	return nil
}

// marked claims what has a component in its attributes, or is below a directory that has.
func (m *contentMapper) marked(dir, component string) error {
	entries, err := m.tree.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, i := range entries {
		name := strings.TrimPrefix(dir+"/"+i.Name, "/")
		of := component
		if v, ok := i.Header.Xattrs.Get(componentXattr); ok {
			of = strings.ReplaceAll(strings.TrimRight(string(v), "\x00"), ",", "_")
			m.add(container.Component{ID: of, ChangeFrequency: 1})
		}
		switch {
		case i.IsDir():
			if err := m.marked(name, of); err != nil {
				return err
			}
		case of != "":
			m.claim(i.Object, of)
		}
	}
	return nil
}

// packages claims the files of packages. One that several packages have belongs to the first by name.
func (m *contentMapper) packages(headers []*rpm.Header) error {
	headers = slices.Clone(headers)
	slices.SortFunc(headers, func(a, b *rpm.Header) int { return strings.Compare(a.NEVRA().String(), b.NEVRA().String()) })
	for _, h := range headers {
		n := h.NEVRA()
		files, err := h.Files()
		if err != nil {
			return fmt.Errorf("%s: %w", n, err)
		}
		claimed := false
		for i := range files {
			ok, err := m.file(n, &files[i])
			if err != nil {
				return fmt.Errorf("%s: %w", n, err)
			}
			claimed = claimed || ok
		}
		if claimed {
			m.add(container.Component{ID: n.String(), Name: strings.ReplaceAll(n.Name, ",", "_"), ChangeFrequency: m.changes(h)})
		}
	}
	return nil
}

func (m *contentMapper) file(pkg rpm.NEVRA, f *rpm.File) (bool, error) {
	if f.IsDir() {
		return false, nil
	}
	name, where, err := pkgcache.Translate(pkg.Name, f.Path)
	var unsupported *pkgcache.UnsupportedPathError
	if errors.As(err, &unsupported) || err == nil && where != pkgcache.Kept {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	i, err := m.tree.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || err == nil && i.IsDir() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return m.claim(i.Object, pkg.String()), nil
}

// changes counts the entries of the changelog in the last year.
func (m *contentMapper) changes(h *rpm.Header) uint32 {
	n := uint32(0)
	for _, t := range h.Uint32s(rpm.TagChangelogTime) {
		if int64(t) > m.since.Unix() {
			n++
		}
	}
	return n
}

// rest claims what belongs to nothing else.
func (m *contentMapper) rest() error {
	found := false
	err := m.tree.Walk("", func(_ string, i *rootfs.Info) error {
		if !i.IsDir() && m.claim(i.Object, unpackagedID) {
			found = true
		}
		return nil
	})
	if found {
		m.add(container.Component{ID: unpackagedID, ChangeFrequency: container.AlwaysChanges})
	}
	return err
}
