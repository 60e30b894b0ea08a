package rpmostree

import (
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/cpio"
	"golang.org/x/sys/unix"
)

// writeEtcArchive writes the archive that accompanies an initramfs: files of /etc of a deployment, with the
// directories above and below them, compressed. The same files give the same bytes.
func writeEtcArchive(w io.Writer, deployment string, files []string) error {
	root, err := confine.OpenRoot(deployment)
	if err != nil {
		return err
	}
	defer root.Close()
	a := &etcArchive{root: root, seen: map[string]bool{}}
	for _, name := range files {
		if err := a.collect(strings.Trim(path.Clean(name), "/")); err != nil {
			return err
		}
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	slices.SortFunc(a.entries, func(x, y etcEntry) int { return cmp.Compare(x.name, y.name) })
	c := cpio.NewWriter(z)
	c.Upper = true
	for i, e := range a.entries {
		if err := a.write(c, uint64(i+1), e); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if err := c.Close(); err != nil {
		return err
	}
	return z.Close()
}

type etcEntry struct {
	name string
	stat syscall.Stat_t
}

type etcArchive struct {
	root    *confine.Root
	entries []etcEntry
	seen    map[string]bool
}

// collect adds a file or directory, what leads to it and what is in it.
func (a *etcArchive) collect(name string) error {
	if dir := path.Dir(name); dir != "." && !a.seen[dir] {
		if err := a.add(dir); err != nil {
			return err
		}
		if up := path.Dir(dir); up != "." && !a.seen[up] {
			if err := a.collectParents(up); err != nil {
				return err
			}
		}
	}
	if err := a.add(name); err != nil {
		return err
	}
	i, err := a.root.Lstat(name)
	if err != nil || !i.IsDir() {
		return err
	}
	f, err := a.root.Open(name)
	if err != nil {
		return err
	}
	names, err := f.Readdirnames(-1)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	slices.Sort(names)
	for _, n := range names {
		if err := a.collect(path.Join(name, n)); err != nil {
			return err
		}
	}
	return nil
}

func (a *etcArchive) collectParents(dir string) error {
	for ; dir != "." && !a.seen[dir]; dir = path.Dir(dir) {
		if err := a.add(dir); err != nil {
			return err
		}
	}
	return nil
}

func (a *etcArchive) add(name string) error {
	if a.seen[name] {
		return nil
	}
	i, err := a.root.Lstat(name)
	if err != nil {
		return err
	}
	st, ok := i.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("%s: no status", name)
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR, unix.S_IFLNK:
	default:
		return fmt.Errorf("%s: neither file, directory nor link", name)
	}
	a.seen[name] = true
	a.entries = append(a.entries, etcEntry{name, *st})
	return nil
}

// write adds an entry. The time is left out, so that a touched file makes no new image.
func (a *etcArchive) write(w *cpio.Writer, ino uint64, e etcEntry) error {
	st := e.stat
	h := &cpio.Header{Name: e.name, Mode: st.Mode, UID: st.Uid, GID: st.Gid, Links: 1, Inode: ino}
	var content io.Reader = strings.NewReader("")
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		h.Links = 2
	case unix.S_IFLNK:
		target, err := a.root.Readlink(e.name)
		if err != nil {
			return err
		}
		content, h.Size = strings.NewReader(target), int64(len(target))
	default:
		f, err := a.root.OpenFile(e.name, unix.O_RDONLY|unix.O_NOFOLLOW, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		i, err := f.Stat()
		if err != nil {
			return err
		}
		if i.Mode().Type() != 0 {
			return fs.ErrInvalid
		}
		content, h.Size = io.LimitReader(f, i.Size()), i.Size()
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	n, err := io.Copy(w, content)
	if err == nil && n != h.Size {
		err = io.ErrUnexpectedEOF
	}
	return err
}
