package testutil

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// CopyTree copies everything at from to the new path to: files, links (hard ones among them stay so),
// devices, modes, owners where the caller may set them, attributes and times.
func CopyTree(t testing.TB, from, to string) {
	t.Helper()
	c := treeCopy{links: map[uint64]string{}}
	err := filepath.WalkDir(from, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return c.entry(path, filepath.Join(to, rel))
	})
	// What was made in a directory has changed its time, and it may not have been writable.
	for _, done := range slices.Backward(c.dirs) {
		if err == nil {
			err = done()
		}
	}
	if err != nil {
		t.Fatalf("copying %s: %v", from, err)
	}
}

type treeCopy struct {
	links map[uint64]string // by inode number
	dirs  []func() error
}

func (c *treeCopy) entry(from, to string) error {
	var st unix.Stat_t
	if err := unix.Lstat(from, &st); err != nil {
		return &os.PathError{Op: "lstat", Path: from, Err: err}
	}
	kind := st.Mode & unix.S_IFMT
	if first, ok := c.links[st.Ino]; ok && kind != unix.S_IFDIR {
		return os.Link(first, to)
	}
	if st.Nlink > 1 {
		c.links[st.Ino] = to
	}
	var err error
	switch kind {
	case unix.S_IFDIR:
		if err = os.Mkdir(to, 0o700); err == nil {
			c.dirs = append(c.dirs, func() error { return copyProperties(from, to, &st) })
		}
		return err
	case unix.S_IFLNK:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, to)
		}
	case unix.S_IFREG:
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
	default:
		err = unix.Mknod(to, st.Mode, int(st.Rdev))
	}
	if err != nil {
		return err
	}
	return copyProperties(from, to, &st)
}

func copyProperties(from, to string, st *unix.Stat_t) error {
	if os.Geteuid() == 0 {
		if err := os.Lchown(to, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	all, err := xattrs(from)
	if err != nil {
		return err
	}
	for name, value := range all {
		if err := setXattr(to, name, []byte(value)); err != nil {
			return err
		}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		if err := unix.Chmod(to, st.Mode&0o7777); err != nil {
			return &os.PathError{Op: "chmod", Path: to, Err: err}
		}
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, to, []unix.Timespec{st.Atim, st.Mtim}, unix.AT_SYMLINK_NOFOLLOW)
}
