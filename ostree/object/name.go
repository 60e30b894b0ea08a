package object

import (
	"fmt"
	"strings"
)

// Type is the kind of an object; the numbers are those of static deltas and of ostree.sizes.
type Type uint8

// The object types (OSTree repository format, object types).
const (
	TypeFile            Type = 1 // content: regular file or symlink
	TypeDirTree         Type = 2 // names and checksums of a directory's children
	TypeDirMeta         Type = 3 // owner, mode and xattrs of a directory
	TypeCommit          Type = 4 // metadata, message, and the checksums of a tree
	TypeTombstoneCommit Type = 5 // marks a deleted commit, named by it
	TypeCommitMeta      Type = 6 // detached metadata, named by its commit
	TypePayloadLink     Type = 7 // symlink to a file object, named by the SHA-256 of the payload
	TypeFileXattrs      Type = 8 // xattrs, named by their own SHA-256 (bare-split-xattrs)
	TypeFileXattrsLink  Type = 9 // hard link to a file-xattrs object, named by its file (bare-split-xattrs)
)

var typeNames = [...]string{
	TypeFile:            "file",
	TypeDirTree:         "dirtree",
	TypeDirMeta:         "dirmeta",
	TypeCommit:          "commit",
	TypeTombstoneCommit: "tombstone-commit",
	TypeCommitMeta:      "commitmeta",
	TypePayloadLink:     "payload-link",
	TypeFileXattrs:      "file-xattrs",
	TypeFileXattrsLink:  "file-xattrs-link",
}

// String returns the suffix of the type's loose objects, for example "dirtree".
func (t Type) String() string {
	if !t.Valid() {
		return fmt.Sprintf("unknown-type-%d", uint8(t))
	}
	return typeNames[t]
}

// Valid tells whether t is one of the known types.
func (t Type) Valid() bool { return t >= TypeFile && int(t) < len(typeNames) }

// IsMeta tells whether objects of the type are serialized GVariants that are stored alike in every repository mode.
func (t Type) IsMeta() bool { return t >= TypeDirTree && t <= TypeCommitMeta }

// ParseType reads a suffix such as "dirtree"; "filez" and the other archive suffixes are accepted too.
func ParseType(s string) (Type, bool) {
	for t := TypeFile; t.Valid(); t++ {
		n := typeNames[t]
		if s == n || !t.IsMeta() && len(s) == len(n)+1 && s[len(n)] == 'z' && s[:len(n)] == n {
			return t, true
		}
	}
	return 0, false
}

// Name identifies an object in a repository.
type Name struct {
	Checksum Checksum
	Type     Type
}

// String returns "CHECKSUM.TYPE", the form used in messages.
func (n Name) String() string { return n.Checksum.String() + "." + n.Type.String() }

// Compare orders names by checksum, then by type.
func (n Name) Compare(o Name) int {
	if c := n.Checksum.Compare(o.Checksum); c != 0 {
		return c
	}
	return int(n.Type) - int(o.Type)
}

// ParseName reads "CHECKSUM.TYPE".
func ParseName(s string) (Name, error) {
	hex, suffix, ok := strings.Cut(s, ".")
	if !ok {
		return Name{}, fmt.Errorf("invalid object name %q: no type", s)
	}
	c, err := ParseChecksum(hex)
	if err != nil {
		return Name{}, err
	}
	t, ok := ParseType(suffix)
	if !ok {
		return Name{}, fmt.Errorf("invalid object name %q: unknown type", s)
	}
	return Name{c, t}, nil
}

// LoosePath returns the object's path below objects/: "XX/YYYY.suffix". In archive repositories
// content types carry an additional "z".
func (n Name) LoosePath(archive bool) string {
	var buf [96]byte
	return string(n.AppendLoosePath(buf[:0], archive))
}

// AppendLoosePath appends [Name.LoosePath] to b.
func (n Name) AppendLoosePath(b []byte, archive bool) []byte {
	const digits = "0123456789abcdef"
	b = append(b, digits[n.Checksum[0]>>4], digits[n.Checksum[0]&15], '/')
	for _, c := range n.Checksum[1:] {
		b = append(b, digits[c>>4], digits[c&15])
	}
	b = append(b, '.')
	b = append(b, n.Type.String()...)
	if archive && !n.Type.IsMeta() {
		b = append(b, 'z')
	}
	return b
}

// ParseLoosePath splits "XX/YYYY.suffix" again. Anything else is reported as ok == false.
func ParseLoosePath(dir, file string) (n Name, ok bool) {
	if len(dir) != 2 || len(file) < HexSize-1 || file[HexSize-2] != '.' {
		return n, false
	}
	t, ok := ParseType(file[HexSize-1:])
	if !ok {
		return n, false
	}
	c, err := ParseChecksum(dir + file[:HexSize-2])
	if err != nil {
		return n, false
	}
	return Name{c, t}, true
}
