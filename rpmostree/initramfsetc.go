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
	for i, e := range a.entries {
		if err := a.write(z, i+1, e); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	if err := newcMember(z, 0, "TRAILER!!!", 0, 0, 0, 0, 0, 1); err != nil {
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

func (a *etcArchive) write(w io.Writer, ino int, e etcEntry) error {
	st := e.stat
	links := 1
	var content io.Reader
	size := int64(0)
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		links = 2
	case unix.S_IFLNK:
		target, err := a.root.Readlink(e.name)
		if err != nil {
			return err
		}
		content, size = strings.NewReader(target), int64(len(target))
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
		if i.Mode().Type() != 0 || i.Size() > 1<<32-1 {
			return fs.ErrInvalid
		}
		content, size = io.LimitReader(f, i.Size()), i.Size()
	}
	if err := newcMember(w, ino, e.name, st.Mode, st.Uid, st.Gid, 0, size, links); err != nil {
		return err
	}
	if content == nil {
		return nil
	}
	n, err := io.Copy(w, content)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	_, err = w.Write(make([]byte, (4-size%4)%4))
	return err
}

// newcMember writes the header of a member. The time is left out, so that a touched file makes no new image.
func newcMember(w io.Writer, ino int, name string, mode, uid, gid, mtime uint32, size int64, links int) error {
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		ino, mode, uid, gid, links, mtime, size, 0, 0, 0, 0, len(name)+1, 0)
	record := header + name + "\x00"
	for len(record)%4 != 0 {
		record += "\x00"
	}
	_, err := io.WriteString(w, record)
	return err
}
