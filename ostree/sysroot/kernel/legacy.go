//go:build unix

package kernel

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/confine"
	"github.com/nestos-dev/nestos/internal/errno"
)

var legacyDirs = [...]string{"usr/lib/ostree-boot", "boot"}

// legacyFile is a file with a boot checksum in its name.
type legacyFile struct{ source, name, checksum string }

// findLegacy returns nil if neither directory has a kernel. Only the first
// directory that exists counts.
func findLegacy(root *confine.Root) (*Layout, error) {
	for _, dir := range legacyDirs {
		entries, err := root.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, errno.New("openat", dir, err)
		}
		return legacyLayout(dir, entries)
	}
	return nil, nil
}

func legacyLayout(dir string, entries []fs.DirEntry) (*Layout, error) {
	kernels := legacyFiles(entries, "vmlinuz-")
	if len(kernels) == 0 {
		return nil, nil
	}
	kernel := kernels[0]
	l := &Layout{Version: kernel.version(), Dir: dir, Checksum: kernel.checksum}
	l.Kernel = *l.file(kernel.source, kernel.name)
	for _, other := range kernels[1:] {
		l.Others = append(l.Others, other.version())
	}
	var err error
	l.Initramfs, err = l.companion(legacyFiles(entries, "initramfs-"), "Mismatched kernel checksum vs initrd")
	if err != nil {
		return nil, err
	}
	l.Devicetree, err = l.companion(legacyFiles(entries, "devicetree-"), "Mismatched kernel checksum vs device tree in tree")
	if err != nil {
		return nil, err
	}
	return l, nil
}

// legacyFiles returns the files of a kind, the highest version first.
func legacyFiles(entries []fs.DirEntry, prefix string) []legacyFile {
	var files []legacyFile
	for _, e := range entries {
		source := e.Name()
		dash := strings.LastIndexByte(source, '-')
		if strings.HasPrefix(source, prefix) && isChecksum(source[dash+1:]) {
			files = append(files, legacyFile{source, source[:dash], source[dash+1:]})
		}
	}
	slices.SortStableFunc(files, func(a, b legacyFile) int { return higherFirst(a.name, b.name) })
	return files
}

func isChecksum(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func (f legacyFile) version() string {
	_, version, _ := strings.Cut(f.name, "-")
	return version
}

// companion picks the file that belongs to the kernel. If all belong to others
// the tree is broken.
func (l *Layout) companion(files []legacyFile, mismatch string) (*File, error) {
	if len(files) == 0 {
		return nil, nil
	}
	for _, f := range files {
		if f.checksum == l.Checksum {
			return l.file(f.source, f.name), nil
		}
	}
	return nil, errors.New(mismatch)
}
