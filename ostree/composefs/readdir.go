package composefs

import (
	"bytes"
	"fmt"
	"iter"
	"strings"
)

// DirEntry is an entry of a directory.
type DirEntry struct {
	Name string
	NID  uint64 // for [Image.Inode]
	Type uint8  // 1 regular, 2 directory, 3 and 4 devices, 5 FIFO, 6 socket, 7 symlink
}

// ReadDir yields the entries of a directory by name, with "." and "..". It
// ends with the first error. Names that are empty, too long, out of order or
// have a slash are errors.
func (im *Image) ReadDir(in *Inode) iter.Seq2[DirEntry, error] {
	return func(yield func(DirEntry, error) bool) {
		if !in.is(modeDir) {
			yield(DirEntry{}, fmt.Errorf("composefs: %w: inode %d is not a directory", ErrInvalid, in.NID))
			return
		}
		if in.Size > im.size() {
			yield(DirEntry{}, fmt.Errorf("composefs: %w image: directory %d has %d bytes", ErrInvalid, in.NID, in.Size))
			return
		}
		last := ""
		for block := uint64(0); block*blockSize < in.Size; block++ {
			b, err := im.data(in, block)
			if err != nil {
				yield(DirEntry{}, err)
				return
			}
			for e, err := range readDirBlock(b) {
				if err == nil && e.Name <= last {
					err = fmt.Errorf("name %.300q after %.300q", e.Name, last)
				}
				if err != nil {
					yield(DirEntry{}, fmt.Errorf("composefs: %w image: directory %d: %w", ErrInvalid, in.NID, err))
					return
				}
				if !yield(e, nil) {
					return
				}
				last = e.Name
			}
		}
	}
}

// readDirBlock yields the entries of one block: a table, then the names.
func readDirBlock(b []byte) iter.Seq2[DirEntry, error] {
	return func(yield func(DirEntry, error) bool) {
		if len(b) < direntSize {
			yield(DirEntry{}, fmt.Errorf("block of %d bytes", len(b)))
			return
		}
		table := int(le.Uint16(b[8:])) // the first name follows the table
		if table == 0 || table%direntSize != 0 || table > len(b) {
			yield(DirEntry{}, fmt.Errorf("first name at %d of %d", table, len(b)))
			return
		}
		for at := 0; at < table; at += direntSize {
			start, end := int(le.Uint16(b[at+8:])), len(b)
			if at+direntSize < table {
				end = int(le.Uint16(b[at+direntSize+8:]))
			}
			if start < table || start > end || end > len(b) {
				yield(DirEntry{}, fmt.Errorf("name from %d to %d of %d", start, end, len(b)))
				return
			}
			name := b[start:end]
			if at+direntSize == table { // only the last can be padded
				name, _, _ = bytes.Cut(name, []byte{0})
			}
			e := DirEntry{Name: string(name), NID: le.Uint64(b[at:]), Type: b[at+10]}
			if len(name) == 0 || len(name) > MaxName || strings.ContainsAny(e.Name, "/\x00") {
				yield(DirEntry{}, fmt.Errorf("name %.300q", e.Name))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

// Lookup finds a file by its path below the root: components separated by
// slashes; "" and "/" are the root. Symbolic links are not followed, ".." is
// not special. A missing file is an error that wraps [fs.ErrNotExist].
func (im *Image) Lookup(path string) (*Inode, error) {
	in, err := im.Inode(im.super.RootNID)
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		if in, err = im.lookupIn(in, path, name); err != nil {
			return nil, err
		}
	}
	return in, nil
}

func (im *Image) lookupIn(dir *Inode, path, name string) (*Inode, error) {
	if dir.is(modeDir) {
		for e, err := range im.ReadDir(dir) {
			if err != nil {
				return nil, err
			}
			if e.Name == name {
				return im.Inode(e.NID)
			}
		}
	}
	return nil, notExist(path)
}
