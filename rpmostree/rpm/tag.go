package rpm

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Tag is the number of a header entry. The signature header has numbers of its own, see [SigSize] and its neighbours.
type Tag uint32

// Type is the type of the data of a header entry.
type Type uint32

// The types of data. All but TypeString may come more than once in an entry.
const (
	TypeNull        Type = 0 // of no entry
	TypeChar        Type = 1
	TypeInt8        Type = 2
	TypeInt16       Type = 3
	TypeInt32       Type = 4
	TypeInt64       Type = 5
	TypeString      Type = 6
	TypeBin         Type = 7
	TypeStringArray Type = 8
	TypeI18N        Type = 9 // one string for each locale of TagHeaderI18NTable
)

// The tags of a signature header. Those below 1000 keep their numbers when the package is installed.
const (
	SigDSA                 Tag = 267  // OpenPGP signature of the main header, DSA and EdDSA
	SigRSA                 Tag = 268  // OpenPGP signature of the main header, RSA
	SigSHA1                Tag = 269  // hex digest of the main header
	SigLongSize            Tag = 270  // SigSize of packages of 4 GiB and more
	SigLongArchiveSize     Tag = 271  // SigPayloadSize likewise
	SigSHA256              Tag = 273  // hex digest of the main header
	SigFileSignatures      Tag = 274  // IMA signatures, hex, one for each file
	SigFileSignatureLength Tag = 275  // their greatest length
	SigVeritySignatures    Tag = 276  // fs-verity signatures, base64, one for each file
	SigVerityAlgo          Tag = 277  // fs-verity's digest algorithm
	SigOpenPGP             Tag = 278  // OpenPGP signatures of the main header, base64; replaces all others
	SigSHA3                Tag = 279  // hex SHA3-256 digest of the main header
	SigReserved            Tag = 999  // room for signatures
	SigSize                Tag = 1000 // bytes of main header and payload
	SigPGP                 Tag = 1002 // OpenPGP signature of main header and payload, RSA
	SigMD5                 Tag = 1004 // digest of main header and payload
	SigGPG                 Tag = 1005 // OpenPGP signature of main header and payload, DSA and EdDSA
	SigPayloadSize         Tag = 1007 // bytes of the uncompressed payload
	SigReservedSpace       Tag = 1008 // room for signatures
)

// class is the group of types that stand for each other.
type class uint8

const (
	classNone class = iota
	classNumber
	classString
	classBinary
)

func (t Type) class() class {
	switch t {
	case TypeChar, TypeInt8, TypeInt16, TypeInt32, TypeInt64:
		return classNumber
	case TypeString, TypeStringArray, TypeI18N:
		return classString
	case TypeBin:
		return classBinary
	}
	return classNone
}

// size is the width of one element, which the data are aligned to; 1 for strings.
func (t Type) size() int {
	switch t {
	case TypeInt16:
		return 2
	case TypeInt32:
		return 4
	case TypeInt64:
		return 8
	}
	return 1
}

// row returns what is registered for a tag, nil if nothing is.
func (t Tag) row() *tagRow {
	i, ok := slices.BinarySearchFunc(tagRows[:], t, func(r tagRow, t Tag) int { return cmp.Compare(r.tag, t) })
	if !ok {
		return nil
	}
	return &tagRows[i]
}

// Name returns rpm's name of the tag, with one upper case letter ("Basenames"); "(unknown)" if it is not registered.
func (t Tag) Name() string {
	if r := t.row(); r != nil {
		return r.name
	}
	return "(unknown)"
}

// Type returns the type that the tag's data are registered with; [TypeNull] for tags that are not registered. Headers may
// hold another type of the same class.
func (t Tag) Type() Type {
	if r := t.row(); r != nil {
		return r.typ
	}
	return TypeNull
}

// IsArray reports whether the tag is registered as a list.
func (t Tag) IsArray() bool {
	r := t.row()
	return r != nil && r.array
}

// String returns the tag's name, or its number if it is not registered.
func (t Tag) String() string {
	if r := t.row(); r != nil {
		return r.name
	}
	return strconv.FormatUint(uint64(t), 10)
}

// TagByName returns the tag with rpm's name, in any case, with or without the prefix "RPMTAG_". The names of rpm 4.18, the
// new ones of rpm 6 and both their short forms are known.
func TagByName(name string) (Tag, bool) {
	if len(name) > 7 && strings.EqualFold(name[:7], "RPMTAG_") {
		name = name[7:]
	}
	for i := range tagRows {
		if strings.EqualFold(tagRows[i].name, name) {
			return tagRows[i].tag, true
		}
	}
	for _, a := range tagAliases {
		if strings.EqualFold(a.name, name) {
			return a.tag, true
		}
	}
	return 0, false
}
