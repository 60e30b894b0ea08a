package fat

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

const (
	// maxPathLength bounds names that are looked up.
	maxPathLength = 4096
	// maxDirectory is the size of the largest directory that the format allows.
	maxDirectory = 65536 * entrySize
)

// Entry is a file or a directory.
type Entry struct {
	// Name is the name that Linux shows; that of the root is ".".
	Name string
	// Dir is set for directories.
	Dir bool
	// Size is the length of the content in bytes, 0 for directories.
	Size int64

	short string
	first uint32
	fixed bool // the root directory of FAT12 and FAT16
}

// Root returns the root directory.
func (f *FS) Root() Entry {
	return Entry{Name: ".", Dir: true, first: f.rootFirst, fixed: f.bits != 32}
}

// Stat returns what is at a path, which is relative to the root, with or without a leading slash. ".." at the
// root stays there. A path that does not exist is an [fs.ErrNotExist].
func (f *FS) Stat(name string) (Entry, error) {
	e, err := f.resolve(name)
	if err != nil {
		return Entry{}, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return e, nil
}

// errNotDir is a file where a directory should be, which makes the path one that does not
// exist.
var errNotDir error = notDir{}

type notDir struct{}

func (notDir) Error() string        { return "not a directory" }
func (notDir) Is(target error) bool { return target == fs.ErrNotExist }

func (f *FS) resolve(name string) (Entry, error) {
	if len(name) > maxPathLength {
		return Entry{}, errors.New("name is too long")
	}
	stack := []Entry{f.Root()}
	for part := range strings.SplitSeq(name, "/") {
		top := stack[len(stack)-1]
		if !top.Dir {
			return Entry{}, errNotDir
		}
		switch part {
		case "", ".":
			continue
		case "..":
			stack = stack[:max(len(stack)-1, 1)]
			continue
		}
		next, err := f.find(top, part)
		if err != nil {
			return Entry{}, err
		}
		stack = append(stack, next)
	}
	return stack[len(stack)-1], nil
}

func (f *FS) find(dir Entry, name string) (found Entry, err error) {
	name = strings.TrimRight(name, ".")
	ok := false
	err = f.list(dir, func(e Entry) bool {
		ok = sameName(e.short, name) || sameName(e.Name, name)
		if ok {
			found = e
		}
		return !ok
	})
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	return found, err
}

// ReadDir returns the content of a directory in the order of the image.
func (f *FS) ReadDir(name string) ([]Entry, error) {
	dir, err := f.resolve(name)
	if err == nil && !dir.Dir {
		err = errNotDir
	}
	var all []Entry
	if err == nil {
		err = f.list(dir, func(e Entry) bool {
			all = append(all, e)
			return true
		})
	}
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return all, nil
}

// ReadFile returns the content of a file, which may have up to limit bytes.
func (f *FS) ReadFile(name string, limit int64) ([]byte, error) {
	file, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	if file.Size > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("is larger than %d bytes", limit)}
	}
	// The size may be a lie: memory follows what is really there.
	data, err := io.ReadAll(file)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// Open opens a file for reading from its beginning.
func (f *FS) Open(name string) (*File, error) {
	e, err := f.resolve(name)
	if err == nil && e.Dir {
		err = errors.New("is a directory")
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &File{Entry: e, at: f.cursor(e.first), left: e.Size}, nil
}

// File is a file that is open.
type File struct {
	Entry
	at     cursor
	within int64 // bytes of the cluster that have been read
	left   int64 // bytes until the end
}

// Read implements [io.Reader]. A chain of clusters that is damaged is [ErrCorrupt].
func (f *File) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if f.left == 0 {
		return 0, io.EOF
	}
	fsys := f.at.fs
	if f.within == fsys.cluster {
		switch last, err := f.at.next(); {
		case err != nil:
			return 0, err
		case last:
			return 0, fmt.Errorf("file is shorter than its size: %w", ErrCorrupt)
		}
		f.within = 0
	}
	if !fsys.valid(f.at.cluster) {
		return 0, ErrCorrupt
	}
	n := min(int64(len(b)), fsys.cluster-f.within, f.left)
	if err := readFull(fsys.r, b[:n], fsys.offset(f.at.cluster)+f.within); err != nil {
		return 0, err
	}
	f.within += n
	f.left -= n
	return int(n), nil
}
