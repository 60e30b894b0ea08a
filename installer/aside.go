package installer

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nestos-dev/nestos/internal/errno"
)

// asideFile is a file that is written under another name in the directory where it will
// be, so that what has its name stays until the new one is complete.
type asideFile struct {
	*os.File
	to   string
	old  fs.FileInfo // of what it will replace, or nil
	kept bool
}

// asidePrefix begins the names of files that are not complete.
const asidePrefix = ".tmp-nestos."

// staleAge is how long nothing was written to a file that a killed process left: longer
// than any pause between retries, or connection that stands still.
const staleAge = 24 * time.Hour

// createAside begins the file that will replace the one at path. A symbolic link there
// stays; what it points to is replaced.
func createAside(path string) (*asideFile, error) {
	to, old, err := destination(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
	}
	dir, base := filepath.Split(to)
	if len(base) > 200 {
		base = base[:200] // a name has 255 bytes at most
	}
	removeStale(dir, asidePrefix+base+".")
	temp := dir + asidePrefix + base + "." + strings.ToLower(rand.Text()[:12])
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
	}
	a := &asideFile{File: f, to: to, old: old}
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			a.discard()
			return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
		}
	}
	return a, nil
}

// destination follows symbolic links at path to a file, which need not exist, and returns
// what is known of it if it does. Links and files that others planted in a directory such as
// /tmp are refused as Linux does with fs.protected_symlinks and fs.protected_regular, which
// do not cover a link that is read, nor a rename.
func destination(path string) (string, fs.FileInfo, error) {
	for range 40 {
		st, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil, nil
		case err != nil:
			return "", nil, err
		case st.IsDir():
			return "", nil, syscall.EISDIR
		}
		dir, _ := filepath.Split(path)
		if err := checkPlanted(dir, st); err != nil {
			return "", nil, err
		}
		switch {
		case st.Mode().IsRegular():
			return path, st, nil
		case st.Mode().Type() != fs.ModeSymlink:
			return "", nil, errors.New("it is there, and no regular file")
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", nil, err
		}
		if !filepath.IsAbs(target) {
			target = dir + target // not cleaned: "link/.." is where the link leads
		}
		path = target
	}
	return "", nil, syscall.ELOOP
}

// checkPlanted refuses what is in a sticky directory that all may write to and belongs neither
// to the caller nor to the directory's owner. An empty dir is the working directory.
func checkPlanted(dir string, st fs.FileInfo) error {
	if dir == "" {
		dir = "."
	}
	parent, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if parent.Mode()&fs.ModeSticky == 0 || parent.Mode()&0o002 == 0 {
		return nil
	}
	uid, _, ok := ownerOf(st)
	of, _, _ := ownerOf(parent)
	if ok && uid != os.Geteuid() && uid != of {
		return syscall.EACCES
	}
	return nil
}

// checkRemovable tells, as far as can be known, why a file at path could not be removed.
func checkRemovable(path string) error {
	st, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case st.IsDir():
		return syscall.EISDIR
	}
	dir, _ := filepath.Split(path)
	return checkPlanted(dir, st)
}

// keepOwner gives the file the owner and group of the one that it will replace, as far as the
// caller may: an ordinary user may do so with groups that are his.
func (a *asideFile) keepOwner() error {
	if a.old == nil {
		return nil
	}
	st, err := a.Stat()
	if err != nil {
		return err
	}
	uid, gid, ok := ownerOf(st)
	oldUID, oldGID, _ := ownerOf(a.old)
	if !ok || uid == oldUID && gid == oldGID {
		return nil
	}
	// EINVAL: ids that a user namespace does not have.
	refused := func(err error) bool { return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EINVAL) }
	if err = a.Chown(oldUID, oldGID); refused(err) {
		err = a.Chown(-1, oldGID)
	}
	if refused(err) {
		return nil
	}
	return err
}

// removeStale removes files that killed processes left.
func removeStale(dir, prefix string) {
	name := dir
	if name == "" {
		name = "."
	}
	entries, _ := os.ReadDir(name) // without them there is nothing to remove
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if st, err := e.Info(); err == nil && time.Since(st.ModTime()) > staleAge {
			os.Remove(dir + e.Name())
		}
	}
}

// finish makes the content durable and closes the file, which keeps its other name.
func (a *asideFile) finish() error { return errors.Join(a.keepOwner(), a.Sync(), a.File.Close()) }

// keep gives a finished file its name. Durable it is after [asideFile.syncDir].
func (a *asideFile) keep() error {
	if err := os.Rename(a.Name(), a.to); err != nil {
		return fmt.Errorf("renaming a file to %s: %w", a.to, errno.Bare(err))
	}
	a.kept = true
	return nil
}

// discard removes the file unless it was kept.
func (a *asideFile) discard() {
	if a.kept {
		return
	}
	a.File.Close()
	os.Remove(a.Name())
}

// syncDir makes names in the file's directory durable.
func (a *asideFile) syncDir() error {
	dir, _ := filepath.Split(a.to)
	if dir == "" {
		dir = "."
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
