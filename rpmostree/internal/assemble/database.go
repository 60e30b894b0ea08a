package assemble

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/nestos-dev/nestos/rpmostree/internal/rootfs"
	"github.com/nestos-dev/nestos/rpmostree/pkglist"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// DatabaseDir is where images have their package database.
const DatabaseDir = "usr/share/rpm"

// Database is the package database of a tree.
type Database struct {
	// Dir is the directory in the tree.
	Dir string
	// Set is empty for a tree without database.
	Set *rpmdb.Set
	// Backend is the form that the tree's own rpm uses.
	Backend rpmdb.Backend
}

// ReadDatabase reads the package database of a tree. A tree without one gets an empty one.
func ReadDatabase(ctx context.Context, t *rootfs.Tree) (*Database, error) {
	tree, err := t.FS()
	if err != nil {
		return nil, err
	}
	for _, dir := range pkglist.Databases() {
		sub, err := fs.Sub(tree, dir)
		if err != nil {
			return nil, err
		}
		db, err := rpmdb.Open(sub)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("package database in %s: %w", dir, err)
		}
		defer db.Close()
		set, err := rpmdb.NewSet(ctx, db)
		if err != nil {
			return nil, fmt.Errorf("package database in %s: %w", dir, err)
		}
		if dir, err = t.Resolve(dir); err != nil {
			return nil, err
		}
		return &Database{Dir: dir, Set: set, Backend: db.Backend()}, nil
	}
	return &Database{Dir: DatabaseDir, Set: &rpmdb.Set{}, Backend: rpmdb.SQLite}, nil
}

// records are the headers that a transaction adds, with what rpm would record of the installation. The
// seconds of the installation increase from package to package, so that "rpm -qa --last" has an order.
func addRecords(set *rpmdb.Set, packages []*Package, at time.Time, multilib bool) error {
	for i, p := range packages {
		info := rpm.InstallInfo{Time: uint32(at.Unix()) + uint32(i), TID: uint32(at.Unix())}
		if multilib {
			info.Color = 3
		}
		info.States = make([]rpm.FileState, len(p.files))
		for j := range p.files {
			switch {
			case p.skipped[j]:
				info.States[j] = rpm.StateWrongColor
			case p.excluded[j]:
				info.States[j] = rpm.StateNotInstalled
			case p.NoDocs && p.files[j].Flags&rpm.FileDoc != 0 && p.files[j].Flags&rpm.FileLicense == 0:
				info.States[j] = rpm.StateNotInstalled
			}
		}
		blob, err := p.Headers.InstalledBlob(info)
		if err != nil {
			return fmt.Errorf("%s: %w", p.nevra(), err)
		}
		h, err := rpm.ParseBlob(blob)
		if err != nil {
			return fmt.Errorf("%s: %w", p.nevra(), err)
		}
		if _, err := set.Add(h); err != nil {
			return fmt.Errorf("%s: %w", p.nevra(), err)
		}
	}
	return nil
}

// Write puts the database into the tree.
func (d *Database) Write(ctx context.Context, t *rootfs.Tree) error {
	if d.Backend != rpmdb.SQLite {
		return fmt.Errorf("writing package databases of the %s form is not supported", d.Backend)
	}
	image, err := rpmdb.NewImage(d.Set.Records(), &rpmdb.ImageOptions{MaxNum: d.Set.MaxNum()})
	if err != nil {
		return err
	}
	if err := t.MkdirAll(d.Dir, rootfs.Attr{Mode: 0o755}); err != nil {
		return err
	}
	if err := RemoveLeftovers(t, d.Dir); err != nil {
		return err
	}
	name := path.Join(d.Dir, rpmdb.SQLite.FileName())
	return t.Create(ctx, name, rootfs.Attr{Mode: 0o644}, image.Size(), image.Reader())
}

// RemoveLeftovers deletes what processes that use a database leave beside it.
func RemoveLeftovers(t *rootfs.Tree, dir string) error {
	names, err := t.Names(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if rpmdb.IsLeftover(name) {
			if err := t.Remove(path.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Packages lists the packages of the database.
func (d *Database) Packages() []pkglist.Package {
	return pkglist.FromHeaders(headersOf(d.Set.Records()))
}

func headersOf(records []rpmdb.Record) []*rpm.Header {
	headers := make([]*rpm.Header, len(records))
	for i, r := range records {
		headers[i] = r.Header
	}
	return slices.Clip(headers)
}
