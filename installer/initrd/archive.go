package initrd

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/internal/cpio"
	"github.com/nestos-dev/nestos/internal/xz"
)

// Archive is a set of regular files by path. Paths have slashes and no slash in front, as in the image. An Archive may be
// read by several goroutines at once.
type Archive struct {
	files map[string][]byte
}

// New returns an archive without files.
func New() *Archive { return &Archive{files: map[string][]byte{}} }

// Add sets the content of a file. The archive keeps data, which must not change afterwards.
func (a *Archive) Add(path string, data []byte) { a.files[path] = data }

// Get returns the content of a file, which must not be changed.
func (a *Archive) Get(path string) (data []byte, ok bool) {
	data, ok = a.files[path]
	return data, ok
}

// Remove removes a file; it may be missing.
func (a *Archive) Remove(path string) { delete(a.files, path) }

// Len returns the number of files.
func (a *Archive) Len() int { return len(a.files) }

// Paths returns the paths of all files, sorted by bytes.
func (a *Archive) Paths() []string { return slices.Sorted(maps.Keys(a.files)) }

// WithPrefix returns the sorted paths that begin with prefix.
func (a *Archive) WithPrefix(prefix string) []string {
	return a.Select(func(path string) bool { return strings.HasPrefix(path, prefix) })
}

// Select returns the sorted paths for which match is true.
func (a *Archive) Select(match func(path string) bool) []string {
	return slices.DeleteFunc(a.Paths(), func(path string) bool { return !match(path) })
}

// Clone returns a copy that can be changed independently. Contents are shared.
func (a *Archive) Clone() *Archive { return &Archive{files: maps.Clone(a.files)} }

const (
	directoryMode = 0o40755
	fileMode      = 0o100600

	// dictionary is that of "xz -9", and the most that the encoder may ask of the kernel; small archives get by with less.
	dictionary = 64 << 20
)

// Encode returns the archive as a segment of an image. A path that cannot stand in an archive is an error: an empty one, or
// one with a NUL, for example.
func (a *Archive) Encode() ([]byte, error) {
	plain, err := a.plain()
	if err != nil {
		return nil, err
	}
	packed, err := xz.Encode(nil, plain, &xz.WriterOptions{DictSize: dictionary, Check: xz.CRC32, Concurrency: 2})
	if err != nil {
		return nil, fmt.Errorf("compressing initrd: %w", err)
	}
	return packed, nil
}

func (a *Archive) plain() ([]byte, error) {
	var buf bytes.Buffer
	w := cpio.NewWriter(&buf)
	var inode uint64 // counts from 0, as coreos-installer does
	add := func(path string, mode uint32, data []byte) error {
		h := cpio.Header{Name: path, Mode: mode, Inode: inode, Size: int64(len(data))}
		inode++
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			return fmt.Errorf("writing CPIO archive: %w", err)
		}
		return nil
	}
	made := map[string]bool{}
	for _, path := range a.Paths() {
		for _, dir := range parents(path) {
			if made[dir] {
				continue
			}
			made[dir] = true
			if err := add(dir, directoryMode, nil); err != nil {
				return nil, err
			}
		}
		if err := add(path, fileMode, a.files[path]); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("writing CPIO archive: %w", err)
	}
	return buf.Bytes(), nil
}

// parents returns the directories above a path, from the top. The root has no entry, whatever name it is given.
func parents(path string) []string {
	var dirs []string
	for i, c := range []byte(path) {
		if dir := path[:i]; c == '/' && dir != "" && dir != "." && !strings.HasSuffix(dir, "/") {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
