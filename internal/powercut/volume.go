package powercut

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// ErrCorrupt is in the chain of errors about structures on a volume that make no sense.
var ErrCorrupt = errors.New("corrupt file system")

const (
	modeType     = 0o170000
	modeDir      = 0o040000
	modeFile     = 0o100000
	modeLink     = 0o120000
	maxFile      = 256 << 20
	maxDirectory = 1 << 20
	maxLinks     = 40
)

// Volume reads a file system as it is in its final place on the disk.
type Volume struct{ driver driver }

// driver is one kind of file system.
type driver interface {
	root() uint64
	node(number uint64) (*node, error)
	// entries returns the names in a directory with their node numbers.
	entries(*node) (map[string]uint64, error)
	// content returns all bytes of a file, or the target of a link.
	content(*node) ([]byte, error)
}

// node is what drivers and the walk share of an inode.
type node struct {
	mode    uint16
	size    int64
	links   uint32
	private []byte // the driver's raw inode
}

// Open recognises the kind of file system.
func Open(image io.ReaderAt) (*Volume, error) {
	if v, err := OpenXFS(image); err == nil {
		return v, nil
	}
	return OpenExt4(image)
}

// lookup walks along a path from the root, following links everywhere but, without follow, at its end.
func (v *Volume) lookup(name string, follow bool) (*node, error) {
	numbers := []uint64{v.driver.root()} // from the root to the current directory
	rest := strings.Split(strings.Trim(name, "/"), "/")
	n, err := v.driver.node(numbers[0])
	if err != nil {
		return nil, err
	}
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			numbers = numbers[:max(1, len(numbers)-1)]
			if n, err = v.driver.node(numbers[len(numbers)-1]); err != nil {
				return nil, err
			}
			continue
		}
		number, err := v.child(n, part)
		if err != nil {
			return nil, err
		}
		next, err := v.driver.node(number)
		if err != nil {
			return nil, err
		}
		if next.mode&modeType == modeLink && (follow || len(rest) > 0) {
			if links++; links > maxLinks {
				return nil, errors.New("too many levels of symbolic links")
			}
			target, err := v.linkTarget(next)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(target, "/") {
				numbers = numbers[:1]
				if n, err = v.driver.node(numbers[0]); err != nil {
					return nil, err
				}
			}
			rest = append(strings.Split(target, "/"), rest...)
			continue
		}
		n = next
		numbers = append(numbers, number)
	}
	return n, nil
}

func (v *Volume) child(dir *node, name string) (uint64, error) {
	if dir.mode&modeType != modeDir {
		return 0, fmt.Errorf("parent of %q is not a directory", name)
	}
	entries, err := v.driver.entries(dir)
	if err != nil {
		return 0, err
	}
	number, ok := entries[name]
	if !ok {
		return 0, fs.ErrNotExist
	}
	return number, nil
}

func (v *Volume) linkTarget(n *node) (string, error) {
	if n.size <= 0 || n.size > 4096 {
		return "", fmt.Errorf("link of %d bytes: %w", n.size, ErrCorrupt)
	}
	target, err := v.driver.content(n)
	return string(target), err
}

// ReadFile returns the contents of a file.
func (v *Volume) ReadFile(name string) ([]byte, error) {
	n, err := v.lookup(name, true)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	if n.mode&modeType != modeFile || n.size > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("mode %o, size %d", n.mode, n.size)}
	}
	data, err := v.driver.content(n)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// ReadLink returns the target of a symbolic link.
func (v *Volume) ReadLink(name string) (string, error) {
	n, err := v.lookup(name, false)
	if err == nil && n.mode&modeType != modeLink {
		err = errors.New("not a symbolic link")
	}
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return v.linkTarget(n)
}

// Glob returns the sorted paths of what matches pattern in the directory dir.
func (v *Volume) Glob(dir, pattern string) ([]string, error) {
	n, err := v.lookup(dir, true)
	if err == nil && n.mode&modeType != modeDir {
		err = errors.New("not a directory")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: dir, Err: err}
	}
	entries, err := v.driver.entries(n)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: dir, Err: err}
	}
	var found []string
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, path.Join(dir, name))
		}
	}
	return found, nil
}

// extent is a run of blocks of a file.
type extent struct {
	logical, physical, count int64 // in blocks
	unwritten                bool
}

// maxHoles bounds what a file of a few bytes can take in memory.
const maxHoles = 16 << 20

// readExtents puts the parts of a file together. Holes are zeros. What is read must exist, so that a size that
// makes no sense costs no memory.
func readExtents(image io.ReaderAt, extents []extent, blockSize, size, limit int64) ([]byte, error) {
	if size < 0 || size > limit {
		return nil, fmt.Errorf("size %d: %w", size, ErrCorrupt)
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Compare(a.logical, b.logical) })
	var data []byte
	holes := int64(0)
	skip := func(to int64) error {
		n := min(to, size) - int64(len(data))
		if holes += n; n < 0 || holes > maxHoles {
			return fmt.Errorf("extents of a file of %d bytes: %w", size, ErrCorrupt)
		}
		data = append(data, make([]byte, n)...)
		return nil
	}
	for _, e := range extents {
		if e.unwritten || e.logical*blockSize >= size {
			continue
		}
		if err := skip(e.logical * blockSize); err != nil {
			return nil, err
		}
		end := min((e.logical+e.count)*blockSize, size)
		for at := e.physical * blockSize; int64(len(data)) < end; {
			n := min(end-int64(len(data)), 1<<20)
			data = append(data, make([]byte, n)...)
			if _, err := image.ReadAt(data[int64(len(data))-n:], at); err != nil {
				return nil, fmt.Errorf("reading block %d: %w", e.physical, err)
			}
			at += n
		}
	}
	if err := skip(size); err != nil {
		return nil, err
	}
	return data, nil
}
