package sandbox

import (
	"errors"
	"fmt"
	"os"
)

// Kind is what a [Change] is.
type Kind uint8

// The kinds of changes.
const (
	// Removed: there is nothing at the path any more.
	Removed Kind = iota
	// File: a regular file.
	File
	// Dir: a directory. With Change.Opaque nothing of what the tree had below it is left.
	Dir
	// Symlink: a symbolic link.
	Symlink
	// Special: a FIFO, a socket or a device.
	Special
)

// String returns the name of the kind.
func (k Kind) String() string {
	return [...]string{"removed", "file", "dir", "symlink", "special"}[k]
}

// Stat are attributes of a file.
type Stat struct {
	// Mode has the type bits of stat(2) too.
	Mode uint32
	// UID and GID are the owner as programs see it: an ordinary user's files are root's.
	UID, GID uint32
	// Size is in bytes.
	Size int64
	// MTime is in seconds since 1970.
	MTime int64
	// Dev and Ino identify a file: changes with the same ones are hard links of each other.
	Dev, Ino uint64
	Nlink    uint64
	// Xattrs are sorted by name. Attributes of overlay file systems and user.ostreemeta are left out.
	Xattrs []Xattr
}

// sameAttrs tells whether what a tree keeps of two files is the same, but for the content.
func (s *Stat) sameAttrs(o *Stat) bool {
	if s.Mode != o.Mode || s.UID != o.UID || s.GID != o.GID || len(s.Xattrs) != len(o.Xattrs) {
		return false
	}
	for i, x := range s.Xattrs {
		if x.Name != o.Xattrs[i].Name || string(x.Value) != string(o.Xattrs[i].Value) {
			return false
		}
	}
	return true
}

// Change is something that differs from the tree.
type Change struct {
	// Path is relative to the root: "usr/…" or "etc/…".
	Path string
	Kind Kind
	// Opaque is set for directories that hide what the tree has at the path: it is gone, unless changes
	// below say otherwise.
	Opaque bool
	// Stat is what the entry is now; zero for Removed.
	Stat
	// Target is the target of a symbolic link.
	Target string
	// Lower is what the tree has at the path; nil if that is nothing, or is below an opaque directory.
	Lower *Stat

	open func() (*os.File, error)
}

// Open opens a regular file for reading. It may be called until the iteration goes on.
func (c *Change) Open() (*os.File, error) {
	if c.Kind != File {
		return nil, fmt.Errorf("opening %s: %w", c.Path, errors.New("not a regular file"))
	}
	return c.open()
}
