package rootfs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"syscall"

	"github.com/nestos-dev/nestos/ostree/object"
)

var zero object.Checksum

// MaxReadFile is the largest file that ReadFile returns, in bytes.
const MaxReadFile = 64 << 20

// Info is what a name stands for.
type Info struct {
	Name string // the last element
	// Header is the owner, the mode with type bits, the attributes and the link target. It must not be changed.
	Header *object.FileHeader
	Size   int64           // of a regular file's content in bytes
	Object object.Checksum // the content object of a file; zero for directories
}

// IsDir tells whether it is a directory.
func (i *Info) IsDir() bool { return i.Header.Mode&object.ModeTypeMask == object.ModeDir }

// IsSymlink tells whether it is a symbolic link.
func (i *Info) IsSymlink() bool { return i.Header.IsSymlink() }

// IsRegular tells whether it is a regular file.
func (i *Info) IsRegular() bool { return i.Header.Mode&object.ModeTypeMask == object.ModeRegular }

func (t *Tree) info(name string, n *node) (*Info, error) {
	h, err := t.header(n)
	if err != nil {
		return nil, err
	}
	i := &Info{Name: name, Header: h, Size: n.size}
	if !n.isDir() {
		i.Object = n.sum
	}
	return i, nil
}

// Lstat describes a name without following a link in the last place.
func (t *Tree) Lstat(name string) (*Info, error) { return t.stat("lstat", name, false) }

// Stat describes what a name leads to.
func (t *Tree) Stat(name string) (*Info, error) { return t.stat("stat", name, true) }

func (t *Tree) stat(op, name string, follow bool) (*Info, error) {
	p, err := t.get(op, name, follow)
	if err != nil {
		return nil, err
	}
	return t.info(p.base, p.node)
}

// Exists tells whether there is something of that name; a dangling link counts.
func (t *Tree) Exists(name string) (bool, error) {
	p, err := t.find("lstat", name, false)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return false, nil
	case err != nil:
		return false, err
	}
	return p.node != nil, nil
}

// ReadDir lists a directory by name, following a link to it.
func (t *Tree) ReadDir(name string) ([]*Info, error) {
	p, err := t.get("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !p.node.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
	}
	entries, err := t.children(p.node)
	if err != nil {
		return nil, err
	}
	list := make([]*Info, 0, len(entries))
	for _, n := range slices.Sorted(maps.Keys(entries)) {
		i, err := t.info(n, entries[n])
		if err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// Names lists the names in a directory, sorted. It is cheaper than ReadDir.
func (t *Tree) Names(name string) ([]string, error) {
	p, err := t.get("readdir", name, true)
	if err != nil {
		return nil, err
	}
	if !p.node.isDir() {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: syscall.ENOTDIR}
	}
	entries, err := t.children(p.node)
	return slices.Sorted(maps.Keys(entries)), err
}

// Open opens a regular file for reading, following links.
func (t *Tree) Open(name string) (io.ReadCloser, *Info, error) {
	p, err := t.get("open", name, true)
	if err != nil {
		return nil, nil, err
	}
	i, err := t.info(p.base, p.node)
	if err != nil {
		return nil, nil, err
	}
	if !i.IsRegular() {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: errNotRegular}
	}
	f, err := t.repo.LoadFile(p.node.sum)
	if err != nil {
		return nil, nil, err
	}
	return f, i, nil
}

var errNotRegular = errors.New("not a regular file")

// ReadFile returns the content of a regular file of at most MaxReadFile bytes, following links.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	f, i, err := t.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if i.Size > MaxReadFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("%d bytes are too many", i.Size)}
	}
	b := make([]byte, i.Size)
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return b, nil
}

// Walk calls fn for everything below a directory, and for itself, by name, directories before what they
// hold. fn returns fs.SkipDir to leave a directory out. The names are canonical. The tree must not be
// changed meanwhile.
func (t *Tree) Walk(name string, fn func(name string, i *Info) error) error {
	p, err := t.get("walk", name, false)
	if err != nil {
		return err
	}
	err = t.walk(p.name(), p.base, p.node, fn)
	if errors.Is(err, fs.SkipDir) {
		return nil
	}
	return err
}

func (t *Tree) walk(path, base string, n *node, fn func(string, *Info) error) error {
	i, err := t.info(base, n)
	if err != nil {
		return err
	}
	if err := fn(path, i); err != nil || !n.isDir() {
		return err
	}
	entries, err := t.children(n)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		child := name
		if path != "" {
			child = path + "/" + name
		}
		err := t.walk(child, name, entries[name], fn)
		if err != nil && !(errors.Is(err, fs.SkipDir) && entries[name].isDir()) {
			return err
		}
	}
	return nil
}
