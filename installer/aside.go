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
	to, mode, err := destination(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
	}
	dir, base := filepath.Split(to)
	if len(base) > 200 {
		base = base[:200] // a name has 255 bytes at most
	}
	removeStale(dir, asidePrefix+base+".")
	temp := filepath.Join(dir, asidePrefix+base+"."+strings.ToLower(rand.Text()[:12]))
	f, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
	}
	a := &asideFile{File: f, to: to}
	if mode != nil {
		if err := f.Chmod(*mode); err != nil {
			a.discard()
			return nil, fmt.Errorf("opening %s: %w", path, errno.Bare(err))
		}
	}
	return a, nil
}

// destination follows symbolic links at path to a file, which need not exist, and returns
// its permissions if it does.
func destination(path string) (string, *fs.FileMode, error) {
	for range 40 {
		st, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return path, nil, nil
		case err != nil:
			return "", nil, err
		case st.Mode().IsRegular():
			mode := st.Mode().Perm()
			return path, &mode, nil
		case st.IsDir():
			return "", nil, syscall.EISDIR
		case st.Mode().Type() != fs.ModeSymlink:
			return "", nil, errors.New("it is there, and no regular file")
		}
		target, err := os.Readlink(path)
		if err != nil {
			return "", nil, err
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", nil, syscall.ELOOP
}

// removeStale removes files that killed processes left.
func removeStale(dir, prefix string) {
	if dir == "" {
		dir = "."
	}
	entries, _ := os.ReadDir(dir) // without them there is nothing to remove
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		if st, err := e.Info(); err == nil && time.Since(st.ModTime()) > staleAge {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// finish makes the content durable and closes the file, which keeps its other name.
func (a *asideFile) finish() error { return errors.Join(a.Sync(), a.File.Close()) }

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
	d, err := os.Open(filepath.Dir(a.to))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
