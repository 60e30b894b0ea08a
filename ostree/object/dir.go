package object

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// File type bits of a mode, as in stat(2); modes in objects always carry them.
const (
	ModeTypeMask uint32 = 0o170000
	ModeRegular  uint32 = 0o100000
	ModeDir      uint32 = 0o040000
	ModeSymlink  uint32 = 0o120000
	ModePerm     uint32 = 0o7777
)

// MaxNameLength is the longest file name that any supported file system takes, in bytes.
const MaxNameLength = 255

// DirMeta is a dirmeta object: what a directory is, apart from its children.
type DirMeta struct {
	UID, GID uint32
	Mode     uint32 // with the directory type bits
	Xattrs   Xattrs
}

// Marshal returns the object's bytes, a GVariant (uuua(ayay)) with big-endian numbers.
func (m *DirMeta) Marshal() []byte {
	b := make([]byte, 0, 12+64*len(m.Xattrs))
	b = binary.BigEndian.AppendUint32(b, m.UID)
	b = binary.BigEndian.AppendUint32(b, m.GID)
	b = binary.BigEndian.AppendUint32(b, m.Mode)
	return m.Xattrs.Append(b)
}

// Checksum returns the name of the object.
func (m *DirMeta) Checksum() Checksum { return Sum(m.Marshal()) }

// Validate checks the mode and the xattrs.
func (m *DirMeta) Validate() error {
	if m.Mode&ModeTypeMask != ModeDir {
		return fmt.Errorf("Invalid directory metadata mode %d; not a directory", m.Mode)
	}
	if m.Mode&^(ModeTypeMask|ModePerm) != 0 {
		return fmt.Errorf("Invalid mode %d; invalid bits in mode", m.Mode)
	}
	return m.Xattrs.Validate()
}

// ParseDirMeta reads and validates a dirmeta object. The xattr values alias b.
func ParseDirMeta(b []byte) (*DirMeta, error) {
	m, err := parseOwnerModeXattrs(b)
	if err != nil {
		return nil, err
	}
	d := DirMeta(*m)
	return &d, d.Validate()
}

// ownerModeXattrs is the shape that dirmeta objects share with the user.ostreemeta attribute.
type ownerModeXattrs struct {
	UID, GID uint32
	Mode     uint32
	Xattrs   Xattrs
}

func parseOwnerModeXattrs(b []byte) (*ownerModeXattrs, error) {
	if len(b) < 12 {
		return nil, ErrNotNormal
	}
	m := &ownerModeXattrs{
		UID:  binary.BigEndian.Uint32(b),
		GID:  binary.BigEndian.Uint32(b[4:]),
		Mode: binary.BigEndian.Uint32(b[8:]),
	}
	var err error
	if m.Xattrs, err = ParseXattrs(b[12:]); err != nil {
		return nil, err
	}
	if !bytes.Equal(m.Xattrs.Append(nil), b[12:]) {
		return nil, ErrNotNormal
	}
	return m, nil
}

// FileEntry is a regular file or symlink in a directory.
type FileEntry struct {
	Name     string
	Checksum Checksum // of the file object
}

// DirEntry is a subdirectory.
type DirEntry struct {
	Name string
	Tree Checksum // of the dirtree object
	Meta Checksum // of the dirmeta object
}

// DirTree is a dirtree object: a directory's children, each list sorted by name in byte order.
type DirTree struct {
	Files []FileEntry
	Dirs  []DirEntry
}

// Marshal returns the object's bytes, a GVariant (a(say)a(sayay)).
func (t *DirTree) Marshal() []byte {
	n := 16
	for i := range t.Files {
		n += len(t.Files[i].Name) + 1 + ChecksumSize + 8
	}
	for i := range t.Dirs {
		n += len(t.Dirs[i].Name) + 1 + 2*ChecksumSize + 10
	}
	b := make([]byte, 0, n)
	ends := make([]int, 0, max(len(t.Files), len(t.Dirs)))
	for i := range t.Files {
		f := &t.Files[i]
		start := len(b)
		b = append(append(b, f.Name...), 0)
		b = append(b, f.Checksum[:]...)
		b = appendOffset(b, len(f.Name)+1, offsetSize(len(b)-start, 1))
		ends = append(ends, len(b))
	}
	b = appendOffsets(b, 0, ends)
	filesEnd := len(b)
	ends = ends[:0]
	for i := range t.Dirs {
		d := &t.Dirs[i]
		start := len(b)
		b = append(append(b, d.Name...), 0)
		b = append(b, d.Tree[:]...)
		treeEnd := len(b) - start
		b = append(b, d.Meta[:]...)
		size := offsetSize(len(b)-start, 2)
		b = appendOffset(b, treeEnd, size)
		b = appendOffset(b, len(d.Name)+1, size)
		ends = append(ends, len(b)-filesEnd)
	}
	b = appendOffsets(b, filesEnd, ends)
	return appendOffset(b, filesEnd, offsetSize(len(b), 1))
}

func appendOffsets(b []byte, start int, ends []int) []byte {
	size := offsetSize(len(b)-start, len(ends))
	for _, e := range ends {
		b = appendOffset(b, e, size)
	}
	return b
}

// Checksum returns the name of the object.
func (t *DirTree) Checksum() Checksum { return Sum(t.Marshal()) }

// ParseDirTree reads a dirtree object; every name in it has passed [ValidateFilename].
func ParseDirTree(b []byte) (*DirTree, error) {
	var end [1]int
	if err := tupleOffsets(b, 1, end[:]); err != nil {
		return nil, err
	}
	t := &DirTree{}
	if err := arrayElems(b[:end[0]], t.parseFile); err != nil {
		return nil, err
	}
	if err := arrayElems(b[end[0]:len(b)-containerOffsetSize(len(b))], t.parseDir); err != nil {
		return nil, err
	}
	if !bytes.Equal(t.Marshal(), b) {
		return nil, ErrNotNormal
	}
	return t, nil
}

func (t *DirTree) parseFile(elem []byte) error {
	var end [1]int
	if err := tupleOffsets(elem, 1, end[:]); err != nil {
		return err
	}
	name, err := entryName(elem[:end[0]])
	if err != nil {
		return err
	}
	c, err := ChecksumFromBytes(elem[end[0] : len(elem)-containerOffsetSize(len(elem))])
	if err != nil {
		return err
	}
	t.Files = append(t.Files, FileEntry{name, c})
	return nil
}

func (t *DirTree) parseDir(elem []byte) error {
	var ends [2]int
	if err := tupleOffsets(elem, 2, ends[:]); err != nil {
		return err
	}
	name, err := entryName(elem[:ends[0]])
	if err != nil {
		return err
	}
	tree, err := ChecksumFromBytes(elem[ends[0]:ends[1]])
	if err != nil {
		return err
	}
	meta, err := ChecksumFromBytes(elem[ends[1] : len(elem)-2*containerOffsetSize(len(elem))])
	if err != nil {
		return err
	}
	t.Dirs = append(t.Dirs, DirEntry{name, tree, meta})
	return nil
}

func entryName(b []byte) (string, error) {
	name, err := cString(b)
	if err != nil {
		return "", err
	}
	return name, ValidateFilename(name)
}

// ValidateFilename checks one path component of an object: not empty, not "." or "..", no "/",
// no NUL, valid UTF-8. A checkout relies on it never to leave its directory.
func ValidateFilename(name string) error {
	switch {
	case name == "":
		return errors.New("Invalid NULL filename")
	case name == ".":
		return errors.New("Invalid self-referential filename '.'")
	case name == "..":
		return errors.New("Invalid path uplink filename '..'")
	case strings.IndexByte(name, '/') >= 0:
		return fmt.Errorf("Invalid / in filename %s", name)
	case strings.IndexByte(name, 0) >= 0:
		return fmt.Errorf("Invalid NUL in filename %q", name)
	case !utf8.ValidString(name):
		return fmt.Errorf("Invalid UTF-8 in filename %s", strings.ToValidUTF8(name, "\uFFFD"))
	}
	return nil
}
