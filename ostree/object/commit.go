package object

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/nestos-dev/nestos/internal/gvariant"
)

// CommitType is the GVariant type of a commit object: metadata, parent, related objects (always
// empty), subject, body, timestamp (big-endian seconds since the epoch), root dirtree, root dirmeta.
const CommitType = gvariant.Type("(a{sv}aya(say)sstayay)")

// Keys of commit metadata that the repository itself gives a meaning (type in parentheses).
const (
	KeyVersion           = "version"                    // (s) version for people
	KeyRefBinding        = "ostree.ref-binding"         // (as) refs under which the commit may be pulled
	KeyCollectionBinding = "ostree.collection-binding"  // (s) collection of those refs
	KeySizes             = "ostree.sizes"               // (aay) sizes of all reachable objects
	KeyBootable          = "ostree.bootable"            // (b) there is a kernel
	KeyLinux             = "ostree.linux"               // (s) its release
	KeyArchitecture      = "ostree.architecture"        // (s)
	KeySourceTitle       = "ostree.source-title"        // (s)
	KeyEndOfLife         = "ostree.endoflife"           // (s) message
	KeyEndOfLifeRebase   = "ostree.endoflife-rebase"    // (s) ref to follow instead
	KeyComposefsDigest   = "ostree.composefs.digest.v0" // (ay) fs-verity digest of the composefs image
	KeyContainerCmd      = "ostree.container-cmd"       // (as) default command when run as a container
)

// Commit is a commit object.
type Commit struct {
	Metadata  Variant  // a{sv}
	Parent    Checksum // zero if there is none
	Subject   string
	Body      string
	Timestamp uint64 // seconds since the epoch
	Tree      Checksum
	Meta      Checksum
}

// Marshal returns the object's bytes.
func (c *Commit) Marshal() []byte {
	md := c.Metadata
	if !md.IsValid() {
		md = gvariant.NewArray("{sv}")
	}
	var parent []byte
	if !c.Parent.IsZero() {
		parent = c.Parent[:]
	}
	return gvariant.NewTuple(md,
		gvariant.NewByteArray(parent),
		gvariant.NewArray("(say)"),
		gvariant.NewString(c.Subject),
		gvariant.NewString(c.Body),
		gvariant.NewUint64BE(c.Timestamp),
		gvariant.NewByteArray(c.Tree[:]),
		gvariant.NewByteArray(c.Meta[:]),
	).Bytes()
}

// Checksum returns the name of the object.
func (c *Commit) Checksum() Checksum { return Sum(c.Marshal()) }

// ContentChecksum identifies the tree of the commit whatever its message, time or parent:
// SHA-256 of the root dirtree's and the root dirmeta's checksums.
func (c *Commit) ContentChecksum() Checksum {
	h := sha256.New()
	h.Write(c.Tree[:])
	h.Write(c.Meta[:])
	var sum Checksum
	h.Sum(sum[:0])
	return sum
}

// ParseCommit reads and validates a commit object. Metadata aliases b.
func ParseCommit(b []byte) (*Commit, error) {
	v := gvariant.FromBytes(CommitType, b)
	if !v.IsNormal() {
		return nil, ErrNotNormal
	}
	c := &Commit{
		Metadata:  v.Child(0),
		Subject:   v.Child(3).Str(),
		Body:      v.Child(4).Str(),
		Timestamp: beUint64(v.Child(5)),
	}
	for kv := range c.Metadata.Children() {
		if kv.Child(0).Str() == "" {
			return nil, errors.New("Empty metadata key")
		}
	}
	var err error
	if p := v.Child(1).ByteArray(); len(p) != 0 {
		if c.Parent, err = ChecksumFromBytes(p); err != nil {
			return nil, fmt.Errorf("Invalid commit parent: %w", err)
		}
	}
	if c.Tree, err = ChecksumFromBytes(v.Child(6).ByteArray()); err != nil {
		return nil, err
	}
	if c.Meta, err = ChecksumFromBytes(v.Child(7).ByteArray()); err != nil {
		return nil, err
	}
	return c, nil
}

func beUint64(v gvariant.Value) uint64 {
	b := v.Bytes()
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// Validate checks the bytes of a metadata object of type t: normal form and the rules of its kind.
// Detached metadata and tombstones must be an a{sv} in normal form.
func Validate(t Type, b []byte) error {
	var err error
	switch t {
	case TypeDirTree:
		_, err = ParseDirTree(b)
	case TypeDirMeta:
		_, err = ParseDirMeta(b)
	case TypeCommit:
		_, err = ParseCommit(b)
	case TypeCommitMeta, TypeTombstoneCommit:
		if !gvariant.FromBytes("a{sv}", b).IsNormal() {
			err = ErrNotNormal
		}
	case TypeFileXattrs:
		_, err = ParseXattrs(b)
	default:
		err = fmt.Errorf("no structure to validate in objects of type %s", t)
	}
	return err
}
