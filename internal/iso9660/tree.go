package iso9660

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// ErrUnsupported reports something that the format allows and this package does not read:
// other sizes of sectors, interleaved or compressed files.
var ErrUnsupported = errors.New("not supported")

const (
	// maxLinks is how many symbolic links may be on the way to a file, as on Linux.
	maxLinks = 40
	// maxPathLength bounds names that are looked up, and targets of links.
	maxPathLength = 4096
	// maxExtents is how many parts a file may have, as on Linux.
	maxExtents = 100
	// maxWork bounds the bytes of directories that one call reads.
	maxWork = 16 << 20
)

// Tree is the file system of an image with the names that Linux shows when it mounts the
// image without options: those of Rock Ridge if it has them; else those of Joliet, in which
// upper and lower case are the same; else the plain ones in lower case, without version. Rock
// Ridge has symbolic links, and directories that lie elsewhere because they are too deep.
//
// Names of methods are paths from the root, with or without a leading slash. Symbolic links
// stay inside: absolute ones begin at the root of the image. A name that does
// not exist is an [fs.ErrNotExist].
//
// A Tree does not change; it may be used by several goroutines if its reader allows it.
type Tree struct {
	r      io.ReaderAt
	size   int64
	root   Node
	volume string

	rock     bool // names and attributes of Rock Ridge are looked for
	rockSkip int  // bytes before them in records, -1 if nothing told
	joliet   bool
}

// Node is a file, a directory or something else in a [Tree].
type Node struct {
	// Name is the last part of the path; that of the root is ".".
	Name string
	// Type is what it is: 0 for a regular file, [fs.ModeDir], [fs.ModeSymlink], or another
	// type, of which nothing else is known.
	Type fs.FileMode
	// Size is the length of the content in bytes.
	Size int64
	// Target is what a symbolic link points to, "" if that is damaged.
	Target string

	extents     []extent
	unsupported bool
}

// extent is a part of a file's content.
type extent struct{ offset, size int64 }

// IsDir tells whether the node is a directory.
func (n *Node) IsDir() bool { return n.Type == fs.ModeDir }

// OpenTree opens the file system of an image of size bytes. An image that is no ISO 9660
// file system is an error, one with sectors of another size than 2048 an [ErrUnsupported].
func OpenTree(r io.ReaderAt, size int64) (*Tree, error) {
	t := &Tree{r: r, size: size, rockSkip: -1}
	plain, joliet, err := t.roots()
	if err != nil {
		return nil, err
	}
	w := t.work()
	root, err := w.directoryAt(plain)
	if err != nil {
		return nil, fmt.Errorf("reading the root directory: %w", err)
	}
	certain, err := t.detectRock(w, plain)
	if err != nil {
		return nil, fmt.Errorf("reading the root directory: %w", err)
	}
	// A broken kind of images has its files in Joliet's tree only.
	if certain && joliet != 0 && w.isEmpty(plain) {
		certain = false
	}
	t.rock = certain || joliet == 0
	if !t.rock {
		t.joliet = true
		if root, err = w.directoryAt(joliet); err != nil {
			return nil, fmt.Errorf("reading the root directory of Joliet: %w", err)
		}
	}
	root.Name = "."
	t.root = root
	return t, nil
}

// VolumeID returns the name of the volume in the primary descriptor, without
// the blanks that fill it.
func (t *Tree) VolumeID() string { return t.volume }

// roots returns where the directories of the primary descriptor and of Joliet begin, in sectors. 0
// means that there is none.
func (t *Tree) roots() (plain, joliet uint32, err error) {
	const lastDescriptor = 100
	buf := make([]byte, SectorSize)
	found := false
	for n := firstDescriptor; n < lastDescriptor; n++ {
		if err := readFull(t.r, buf, int64(n)*SectorSize); err != nil {
			if found {
				break
			}
			return 0, 0, fmt.Errorf("reading volume descriptor: %w", err)
		}
		if string(buf[1:6]) != "CD001" || buf[0] == typeTerminator {
			break
		}
		switch {
		case buf[0] == typePrimary && !found:
			if size := binary.LittleEndian.Uint16(buf[128:]); size != SectorSize {
				return 0, 0, fmt.Errorf("sectors of %d bytes: %w", size, ErrUnsupported)
			}
			found = true
			plain = rootSector(buf)
			t.volume = strings.TrimRight(string(buf[40:72]), " \x00")
		case buf[0] == typeSupplementary && isJoliet(buf):
			joliet = rootSector(buf)
		}
	}
	if !found {
		return 0, 0, errors.New("no primary volume descriptor found in ISO")
	}
	return plain, joliet, nil
}

func rootSector(descriptor []byte) uint32 { return firstSector(descriptor[156:190]) }

// firstSector is where the content of a record begins, behind its attributes.
func firstSector(record []byte) uint32 {
	return binary.LittleEndian.Uint32(record[2:]) + uint32(record[1])
}

// Lstat returns what is at a path. It does not follow a link in the last place.
func (t *Tree) Lstat(name string) (Node, error) { return t.resolve("lstat", name, false) }

// Stat returns what is at a path, behind links.
func (t *Tree) Stat(name string) (Node, error) { return t.resolve("stat", name, true) }

func (t *Tree) resolve(op, name string, follow bool) (Node, error) {
	n, err := t.work().resolve(name, follow)
	if err != nil {
		return Node{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return n, nil
}

// ReadDir returns the content of a directory, in the order of the image; with an error what
// comes before the damage. An entry that cannot be read itself has the type [fs.ModeIrregular].
func (t *Tree) ReadDir(name string) ([]Node, error) {
	w := t.work()
	dir, err := w.resolve(name, true)
	if err == nil && !dir.IsDir() {
		err = errNotDir
	}
	var all []Node
	if err == nil {
		all, err = w.all(&dir)
	}
	if err != nil {
		return all, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return all, nil
}

// ReadFile returns the content of a regular file, which may have up to limit bytes. Links are followed.
func (t *Tree) ReadFile(name string, limit int64) ([]byte, error) {
	n, err := t.work().resolve(name, true)
	var data []byte
	if err == nil {
		data, err = t.content(&n, limit)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

func (t *Tree) content(n *Node, limit int64) ([]byte, error) {
	switch {
	case n.IsDir():
		return nil, errors.New("is a directory")
	case n.Type != 0:
		return nil, errors.New("is not a regular file")
	case n.unsupported:
		return nil, fmt.Errorf("interleaved or compressed file: %w", ErrUnsupported)
	case n.Size > limit:
		return nil, fmt.Errorf("is larger than %d bytes", limit)
	}
	for _, e := range n.extents {
		if e.offset+e.size > t.size {
			return nil, errShort
		}
	}
	data := make([]byte, n.Size)
	rest := data
	for _, e := range n.extents {
		if err := readFull(t.r, rest[:e.size], e.offset); err != nil {
			return nil, err
		}
		rest = rest[e.size:]
	}
	return data, nil
}
