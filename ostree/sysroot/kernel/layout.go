//go:build unix

package kernel

import (
	"errors"
	"path"
)

// ErrNotFound is the error of [Find] for a tree without a kernel.
var ErrNotFound = errors.New("Failed to find kernel in /usr/lib/modules, /usr/lib/ostree-boot or /boot")

// File is a file, or a directory, of a kernel.
type File struct {
	// Source is the path in the tree.
	Source string
	// Name is the name in the kernel's directory below /boot.
	Name string
}

// Layout says where in a tree a kernel is, and what belongs to it.
type Layout struct {
	// Version is the kernel's version, the name of its modules' directory. It
	// is empty where the tree does not tell.
	Version string
	// Dir is the directory in the tree.
	Dir string
	// Checksum is the boot checksum, 64 hexadecimal digits.
	Checksum string
	// Kernel is the kernel itself.
	Kernel File
	// Initramfs, Devicetree, HMAC and Aboot are nil if the tree has none.
	Initramfs, Devicetree, HMAC, Aboot *File
	// DevicetreeDir is a directory of device trees. It is nil if there is a
	// single one.
	DevicetreeDir *File
	// Others are the versions of kernels that were passed over because theirs
	// are lower, in falling order.
	Others []string
}

// Files returns what is installed, without the directory of device trees.
func (l *Layout) Files() []File {
	files := []File{l.Kernel}
	for _, f := range []*File{l.Initramfs, l.Devicetree, l.HMAC, l.Aboot} {
		if f != nil {
			files = append(files, *f)
		}
	}
	return files
}

func (l *Layout) file(source, name string) *File {
	return &File{Source: path.Join(l.Dir, source), Name: name}
}
