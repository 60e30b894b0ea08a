package iso9660

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

var (
	errWork  = fmt.Errorf("directories on the way are larger than %d bytes", maxWork)
	errLoop  = errors.New("too many levels of symbolic links")
	errLong  = errors.New("name is too long")
	errBadly = errors.New("incomplete directory record; corrupt ISO?")
	// errNotDir is a file where a directory should be, which makes the path one that does
	// not exist.
	errNotDir error = notDir{}
)

type notDir struct{}

func (notDir) Error() string        { return "not a directory" }
func (notDir) Is(target error) bool { return target == fs.ErrNotExist }

// work is what one call of a method may still read.
type work struct {
	*Tree
	left int64
}

func (t *Tree) work() *work { return &work{t, maxWork} }

// read returns n bytes of the image, for directories.
func (w *work) read(offset, n int64) ([]byte, error) {
	if offset > w.size || n > w.size-offset {
		return nil, errShort
	}
	if w.left -= n; w.left < 0 {
		return nil, errWork
	}
	b := make([]byte, n)
	return b, readFull(w.r, b, offset)
}

// resolve walks a path. ".." at the root stays there.
func (w *work) resolve(name string, follow bool) (Node, error) {
	if len(name) > maxPathLength {
		return Node{}, errLong
	}
	stack := []Node{w.root}
	rest := strings.Split(name, "/")
	for links := 0; len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		top := &stack[len(stack)-1]
		if !top.IsDir() {
			return Node{}, errNotDir
		}
		switch part {
		case "", ".":
			continue
		case "..":
			stack = stack[:max(len(stack)-1, 1)]
			continue
		}
		n, err := w.find(top, part)
		if err != nil {
			return Node{}, err
		}
		if n.Type != fs.ModeSymlink || len(rest) == 0 && !follow {
			stack = append(stack, n)
			continue
		}
		if n.Target == "" {
			return Node{}, errBadly
		}
		if links++; links > maxLinks {
			return Node{}, errLoop
		}
		if strings.HasPrefix(n.Target, "/") {
			stack = stack[:1]
		}
		if rest = append(strings.Split(n.Target, "/"), rest...); len(rest) > maxPathLength {
			return Node{}, errLong
		}
	}
	return stack[len(stack)-1], nil
}

// find looks a name up in a directory.
func (w *work) find(dir *Node, name string) (found Node, err error) {
	ok := false
	var failed error
	err = w.list(dir, func(n string, parts [][]byte) bool {
		if ok = w.same(name, n); ok {
			found, failed = w.inode(parts)
			found.Name = n
		}
		return !ok
	})
	switch {
	case err != nil:
		return Node{}, err
	case !ok:
		return Node{}, fs.ErrNotExist
	}
	return found, failed
}

// all returns the content of a directory. What cannot be read is there and of no known type.
func (w *work) all(dir *Node) (all []Node, err error) {
	err = w.list(dir, func(name string, parts [][]byte) bool {
		n, err := w.inode(parts)
		if err != nil {
			n = Node{Type: fs.ModeIrregular}
		}
		n.Name = name
		all = append(all, n)
		return w.left >= 0
	})
	if err == nil && w.left < 0 {
		err = errWork
	}
	return all, err
}

// same compares names. Joliet's differ neither by case nor by dots at the end.
func (t *Tree) same(a, b string) bool {
	if !t.joliet {
		return a == b
	}
	return equalASCII(strings.TrimRight(a, "."), strings.TrimRight(b, "."))
}

// equalASCII compares without the case of ASCII letters.
func equalASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// list calls yield for what is in a directory, with the records that it has, until it returns false.
func (w *work) list(dir *Node, yield func(name string, parts [][]byte) bool) error {
	// A directory ends with the image at the latest.
	start := min(dir.extents[0].offset, w.size)
	data, err := w.read(start, min(dir.Size, w.size-start))
	if err != nil {
		return err
	}
	var parts [][]byte // records of a file so far
	for pos := 0; pos < len(data); {
		if data[pos] == 0 { // the rest of the sector is empty
			pos = pos&^(SectorSize-1) + SectorSize
			continue
		}
		record, err := cutRecord(data[pos:])
		if err != nil {
			return err
		}
		pos += len(record)
		parts = append(parts, record)
		if record[25]&flagMore != 0 && len(parts) < maxExtents {
			continue
		}
		name, ok := w.shownName(record)
		if w.left < 0 {
			return errWork
		}
		if ok && !yield(name, w.ofName(name, parts)) {
			return nil
		}
		parts = parts[:0]
	}
	return nil
}

// ofName returns the parts of a file from the first on that has its name.
func (w *work) ofName(name string, parts [][]byte) [][]byte {
	for len(parts) > 1 {
		if first, ok := w.shownName(parts[0]); ok && first == name {
			break
		}
		parts = parts[1:]
	}
	return parts
}

// cutRecord returns the first record of b.
func cutRecord(b []byte) ([]byte, error) {
	length := int(b[0])
	if length > len(b) || length < recordHeader+1 || length < recordHeader+int(b[32]) {
		return nil, errBadly
	}
	return b[:length], nil
}
