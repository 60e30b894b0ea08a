package ostree

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// sizeRecord is what ostree.sizes says of an object.
type sizeRecord struct{ unpacked int64 }

// CollectSizes makes the transaction remember objects for the ostree.sizes metadata of a commit: those of the
// directory, archive or commit that is added last, and of the trees written after it. Only archive
// repositories have meaningful sizes.
func (t *Txn) CollectSizes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sizes == nil {
		t.sizes = map[object.Name]sizeRecord{}
	}
}

// restartSizes forgets what was collected, when another directory, archive or commit is added: the reference
// implementation records what the last of several added, and the record is part of the commit's checksum.
func (t *Txn) restartSizes() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.sizes)
}

func (t *Txn) recordSize(n object.Name, unpacked int64) {
	if t.sizes == nil {
		return
	}
	t.mu.Lock()
	t.sizes[n] = sizeRecord{unpacked}
	t.mu.Unlock()
}

// ObjectSize is one element of a commit's ostree.sizes.
type ObjectSize struct {
	Name     object.Name
	Archived int64 // bytes of the stored .filez or metadata object
	Unpacked int64 // bytes of the payload, the symlink target or the metadata object
}

// sizesVariant is the aay of ostree.sizes: 32 bytes checksum, two varints, the type; sorted by checksum.
func (t *Txn) sizesVariant() (object.Variant, error) {
	names := slices.SortedFunc(maps.Keys(t.sizes), object.Name.Compare)
	items := make([]gvariant.Value, 0, len(names))
	for _, n := range names {
		archived, err := t.repo.objectStorage(n)
		if err != nil {
			return object.Variant{}, err
		}
		b := append(make([]byte, 0, 48), n.Checksum[:]...)
		b = binary.AppendUvarint(b, uint64(archived))
		b = binary.AppendUvarint(b, uint64(t.sizes[n].unpacked))
		items = append(items, gvariant.NewByteArray(append(b, byte(n.Type))))
	}
	return gvariant.NewArray("ay", items...), nil
}

// ErrNoSizes reports a commit without ostree.sizes.
var ErrNoSizes = errors.New("No metadata key ostree.sizes in commit")

// CommitSizes returns the object sizes that a commit records, sorted by checksum; [ErrNoSizes] if it has none.
func CommitSizes(c *object.Commit) ([]ObjectSize, error) {
	v, ok := c.Metadata.LookupType(object.KeySizes, "aay")
	if !ok {
		return nil, ErrNoSizes
	}
	var out []ObjectSize
	for item := range v.Children() {
		s, err := parseObjectSize(item.ByteArray())
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func parseObjectSize(b []byte) (s ObjectSize, err error) {
	bad := fmt.Errorf("Corrupted ostree.sizes entry of %d bytes", len(b))
	if len(b) < object.ChecksumSize+2 {
		return s, bad
	}
	copy(s.Name.Checksum[:], b)
	b = b[object.ChecksumSize:]
	archived, n := binary.Uvarint(b)
	if n <= 0 || archived > 1<<62 {
		return s, bad
	}
	b = b[n:]
	unpacked, n := binary.Uvarint(b)
	if n <= 0 || unpacked > 1<<62 {
		return s, bad
	}
	s.Archived, s.Unpacked, s.Name.Type = int64(archived), int64(unpacked), object.TypeFile
	if b = b[n:]; len(b) > 0 {
		s.Name.Type = object.Type(b[0])
	}
	if len(b) > 1 || !s.Name.Type.Valid() {
		return s, bad
	}
	return s, nil
}
