// Package bootfile edits small text files of a boot file system in place of their reader:
// whole, atomically and durably, with their attributes.
//
// The new content is written beside the file, forced to the disk and renamed over it, so
// that a boot loader finds the old file or the new one. Mode, owner and extended attributes,
// the SELinux label among them, stay. Links are followed inside the file system only; a
// link in the last place becomes a file.
package bootfile

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/nestos-dev/nestos/internal/atomicfile"
	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

// MaxSize is the largest file that is read, in bytes; what a boot loader reads is smaller by
// far.
const MaxSize = 1 << 20

// Root returns the directory of root with the resolution of names that this package needs.
// Close it.
func Root(root *os.Root) (*confine.Root, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return confine.FromFile(dir)
}

// Read reads a regular file. Its errors are bare: without operation and path.
func Read(root *confine.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, errno.Bare(err)
	case info.IsDir():
		return nil, syscall.EISDIR
	case info.Size() > MaxSize:
		return nil, fmt.Errorf("a file of %d bytes is not supported", info.Size())
	}
	data, err := root.ReadFile(name)
	return data, errno.Bare(err)
}

// Replace gives the file, whose content is old, a new content. If they are equal, nothing is
// done.
func Replace(root *confine.Root, name string, old, content []byte) error {
	if bytes.Equal(old, content) {
		return nil
	}
	info, err := root.Stat(name)
	if err != nil {
		return err
	}
	opts := new(atomicfile.Options)
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		opts.Owner = &atomicfile.Owner{UID: int(stat.Uid), GID: int(stat.Gid)}
	}
	const bits = fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky
	f, err := root.CreateAtomic(name, info.Mode()&bits, opts)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := copyXattrs(f.File, root, name); err != nil {
		return err
	}
	if _, err := f.Write(content); err != nil {
		return err
	}
	return f.Commit()
}
