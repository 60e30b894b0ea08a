package rpmdb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/pgp"
)

// Create writes a rpmdb.sqlite with the given packages into a directory, which
// must exist, in place of the one that is there. It is mode 0644. A reader, or
// the machine after a power failure, sees the old database or the new one.
//
// The log of the old database, if any, would be applied to the new one as well,
// so it is merged with the old one and removed first; the other files that rpm
// may have left, see [IsLeftover], are removed too. A directory with a database
// of another backend is an error. Nobody else may use the database meanwhile.
func Create(dir string, records []Record, o *ImageOptions) error {
	m, err := NewImage(records, o)
	if err != nil {
		return err
	}
	for _, b := range []Backend{NDB, BDB} {
		if _, err := os.Lstat(filepath.Join(dir, b.FileName())); err == nil {
			return fmt.Errorf("%s: writing databases of the %s backend is not supported", dir, b)
		}
	}
	if err := settle(dir); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	path := filepath.Join(dir, SQLite.FileName())
	if err := atomicfile.WriteReader(path, m.Reader(), 0o644, nil); err != nil {
		return fmt.Errorf("writing rpm database: %w", err)
	}
	return nil
}

// settle makes the database in a directory independent of its log, and removes
// what is beside it.
func settle(dir string) error {
	if err := mergeLog(dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	removed := false
	for _, e := range entries {
		if !IsLeftover(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		removed = true
	}
	if !removed {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// mergeLog replaces the database by one that has its log applied, so that
// neither keeping nor losing the log changes anything.
func mergeLog(dir string) error {
	needed := false
	for _, suffix := range []string{walSuffix, journalSuffix} {
		fi, err := os.Lstat(filepath.Join(dir, SQLite.FileName()+suffix))
		needed = needed || err == nil && fi.Size() > 0
	}
	if !needed {
		return nil
	}
	db, err := OpenBackend(os.DirFS(dir), SQLite)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer db.Close()
	s, ok := db.store.(*sqliteStore)
	if !ok || !s.file.HasLog() {
		return nil
	}
	r, w := io.Pipe()
	defer r.Close()
	go func() {
		_, err := s.file.WriteTo(w)
		w.CloseWithError(err)
	}()
	return atomicfile.WriteReader(filepath.Join(dir, SQLite.FileName()), r, 0o644, nil)
}

// InstallPackages reads package files and makes records of them as if they were
// installed in this order by one transaction, with numbers from 1. Their payloads
// are not read. The first is installed at o.Time and each other a second later
// than the one before, as rpm does with SOURCE_DATE_EPOCH, so that rpm -qa --last
// keeps the order. o.States and o.PackageSHA256 belong to one package, so they
// must be empty. A package whose header does not have the digests that come with
// it, or that is there twice, is an error.
func InstallPackages(paths []string, o rpm.InstallInfo) ([]Record, error) {
	if o.States != nil || o.PackageSHA256 != "" {
		return nil, errors.New("states and digest of one package for several")
	}
	var s Set
	installed := make(map[rpm.NEVRA]bool)
	for _, path := range paths {
		p, err := rpm.Open(path)
		if err != nil {
			return nil, err // names the file
		}
		h, err := installedHeader(p, o)
		p.Close()
		if err == nil && installed[h.NEVRA()] {
			err = fmt.Errorf("package %s is already installed", h.NEVRA())
		}
		if err == nil {
			installed[h.NEVRA()] = true
			_, err = s.Add(h)
			o.Time++
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return s.records, nil
}

// CreateFrom makes a database of package files in a directory: InstallPackages,
// then Create.
func CreateFrom(dir string, packages []string, o rpm.InstallInfo) error {
	records, err := InstallPackages(packages, o)
	if err != nil {
		return err
	}
	return Create(dir, records, nil)
}

func installedHeader(p *rpm.Package, o rpm.InstallInfo) (*rpm.Header, error) {
	if p.IsSource() {
		return nil, errors.New("source packages cannot be installed")
	}
	b, err := p.InstalledBlob(o)
	if err != nil {
		return nil, err
	}
	h, err := rpm.ParseBlob(b)
	if err != nil {
		return nil, err
	}
	if err := h.CheckDigests(); err != nil {
		return nil, err
	}
	// rpm would pass over a record with a signature that it cannot read.
	for _, tag := range [...]rpm.Tag{rpm.TagRSAHeader, rpm.TagDSAHeader} {
		if signature := h.Bytes(tag); signature != nil {
			if _, err := pgp.ParseSignature(signature); err != nil {
				return nil, fmt.Errorf("tag %s: %w", tag, err)
			}
		}
	}
	return h, nil
}

// IsLeftover tells whether a file in a database directory is what a process
// that uses the database leaves behind: locks, shared memory, logs. An image
// should not have them. A log may hold the newest changes: read the database
// with [Open] before removing it.
func IsLeftover(name string) bool {
	switch name {
	case ".rpm.lock", ".dbenv.lock",
		"rpmdb.sqlite" + walSuffix, "rpmdb.sqlite" + shmSuffix, "rpmdb.sqlite" + journalSuffix:
		return true
	}
	return strings.HasPrefix(name, "__db.")
}

// Files lists the names that the files of a backend may have in the directory of
// the database, without those of [IsLeftover].
func (b Backend) Files() []string {
	switch b {
	case SQLite:
		return []string{SQLite.FileName()}
	case NDB:
		return []string{NDB.FileName(), "Index.db"}
	case BDB:
		names := []string{BDB.FileName()}
		for i := range indexes {
			names = append(names, indexes[i].name)
		}
		// Indexes that older versions of rpm had.
		return append(names, "Filedigests", "Filemd5s", "Provideversion", "Pubkeys", "Requireversion")
	}
	return nil
}
