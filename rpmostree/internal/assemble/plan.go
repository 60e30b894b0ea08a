package assemble

import (
	"fmt"
	"slices"

	"github.com/nestos-dev/nestos/ostree/object"
	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/order"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// Package is a package that is put into the tree.
type Package struct {
	// Commit holds its files, see package pkgcache.
	Commit object.Checksum
	// Headers are what comes before the payload of the package file.
	Headers *rpm.Package
	// Header is the main header.
	Header *rpm.Header
	// Replaces says that an installed package makes room for it: its scripts see an upgrade.
	Replaces bool
	// ReplaceFiles lets its files take the place of different ones.
	ReplaceFiles bool
	// NoDocs says that the commit lacks the documentation.
	NoDocs bool

	files   []rpm.File
	skipped []bool // by index of the file: another word size was preferred
	// excluded, by index too, are left out because the caller wants so.
	excluded []bool
}

func (p *Package) nevra() string { return p.Header.NEVRA().String() }

// load reads the file lists.
func (p *Package) load() (err error) {
	if p.files, err = p.Header.Files(); err != nil {
		return fmt.Errorf("%s: %w", p.nevra(), err)
	}
	p.skipped, p.excluded = make([]bool, len(p.files)), make([]bool, len(p.files))
	return nil
}

// sorted brings packages into the order of an RPM transaction, in which they are checked out and their
// scripts run. The package with the toplevel directories comes first whatever it requires.
func sorted(t *rootfs.Tree, install []*Package, remove []rpmdb.Record) ([]*Package, error) {
	elements := make([]order.Element, 0, len(install)+len(remove))
	for _, p := range install {
		e, err := rpm.OrderElement(p.Header)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.nevra(), err)
		}
		elements = append(elements, e)
	}
	for _, r := range remove {
		e, err := rpm.OrderElement(r.Header)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Header.NEVRA(), err)
		}
		e.Erase = true
		elements = append(elements, e)
	}
	positions, err := order.Sort(elements, &order.Options{ResolveDir: func(dir string) string {
		if real, err := t.Resolve(dir + "x"); err == nil {
			return "/" + real[:len(real)-1]
		}
		return dir
	}})
	if err != nil {
		return nil, err
	}
	var list []*Package
	for _, i := range positions {
		if i < len(install) {
			list = append(list, install[i])
		}
	}
	slices.SortStableFunc(list, func(a, b *Package) int { return rank(a) - rank(b) })
	return list, nil
}

func rank(p *Package) int {
	if p.Header.String(rpm.TagName) == "filesystem" {
		return 0
	}
	return 1
}

// preferColors marks the files that yield to one of the same name for the preferred word size, in another
// of the packages or in one that stays.
func preferColors(t *rootfs.Tree, install []*Package, kept []*rpm.Header) error {
	colored := map[string]uint32{}
	both := false
	for _, p := range install {
		if err := collectColors(t, p.Header.String(rpm.TagName), p.files, colored); err != nil {
			return err
		}
	}
	for _, p := range install {
		both = both || slices.ContainsFunc(p.files, func(f rpm.File) bool { return f.Color != 0 && f.Color != preferredColor })
	}
	if !both {
		return nil
	}
	for _, h := range kept {
		files, err := h.Files()
		if err != nil {
			return err
		}
		if err := collectColors(t, h.String(rpm.TagName), files, colored); err != nil {
			return err
		}
	}
	for _, p := range install {
		for i, f := range p.files {
			name, ok, err := place(t, p.Header.String(rpm.TagName), &f)
			if err != nil {
				return err
			}
			p.skipped[i] = ok && f.Color != 0 && f.Color&preferredColor == 0 && colored[name]&preferredColor != 0
		}
	}
	return nil
}

func collectColors(t *rootfs.Tree, pkg string, files []rpm.File, colored map[string]uint32) error {
	for i := range files {
		if files[i].Color == 0 {
			continue
		}
		name, ok, err := place(t, pkg, &files[i])
		if err != nil {
			return err
		}
		if ok {
			colored[name] |= files[i].Color
		}
	}
	return nil
}
