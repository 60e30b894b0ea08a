package ostree

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

// Keys of a summary's metadata, and of the metadata of the refs in it.
const (
	SummaryKeyMode            = "ostree.summary.mode"              // (s) core.mode
	SummaryKeyLastModified    = "ostree.summary.last-modified"     // (t) big-endian seconds
	SummaryKeyExpires         = "ostree.summary.expires"           // (t) big-endian seconds
	SummaryKeyTombstones      = "ostree.summary.tombstone-commits" // (b)
	SummaryKeyIndexedDeltas   = "ostree.summary.indexed-deltas"    // (b) delta-indexes/ is up to date
	SummaryKeyStaticDeltas    = "ostree.static-deltas"             // (a{sv}) FROM-TO or TO → SHA-256 of the superblock
	SummaryKeyCollectionID    = "ostree.summary.collection-id"     // (s) of the refs in the main list
	SummaryKeyCollectionMap   = "ostree.summary.collection-map"    // (a{sa(s(taya{sv}))}) refs of other collections
	SummaryRefKeyTimestamp    = "ostree.commit.timestamp"          // (t) big-endian seconds
	SummaryRefKeyVersion      = "ostree.commit.version"            // (s)
	summaryType               = gvariant.Type("(a(s(taya{sv}))a{sv})")
	summaryRefsType           = gvariant.Type("a(s(taya{sv}))")
	summaryCollectionsType    = gvariant.Type("a{sa(s(taya{sv}))}")
	summaryCollectionItemType = gvariant.Type("{sa(s(taya{sv}))}")
)

// MaxSummarySize bounds a summary file, in bytes.
const MaxSummarySize = MaxMetadataSize

// Summary is a repository's list of refs, with what is needed to use them without further requests:
// the commits, their sizes, dates and versions, and which static deltas there are.
//
//	(a(s(taya{sv})) refs: name, (size of the commit object, checksum, metadata); sorted by name
//	 a{sv})         metadata
type Summary struct {
	data []byte
	v    object.Variant
	main gvariant.Value
	maps map[string]gvariant.Value // refs of other collections
}

// SummaryRef is one ref in a summary.
type SummaryRef struct {
	CollectionRef                 // Collection is "" if the summary names none
	Checksum      object.Checksum // the commit
	CommitSize    uint64          // bytes of the commit object
	Metadata      object.Variant  // a{sv}
}

// Timestamp returns the commit's date, zero if the summary does not tell.
func (r *SummaryRef) Timestamp() time.Time { return dictTime(r.Metadata, SummaryRefKeyTimestamp) }

// Version returns the commit's version, "" if it has none.
func (r *SummaryRef) Version() string {
	v, _ := r.Metadata.LookupType(SummaryRefKeyVersion, "s")
	return v.Str()
}

func dictTime(d object.Variant, key string) time.Time {
	v, ok := d.LookupType(key, "t")
	if !ok {
		return time.Time{}
	}
	return time.Unix(int64(v.Uint64BE()), 0)
}

// ParseSummary reads a summary file and checks all names and checksums in it.
func ParseSummary(data []byte) (*Summary, error) {
	if len(data) > MaxSummarySize {
		return nil, fmt.Errorf("summary of %d bytes exceeds the limit of %d", len(data), MaxSummarySize)
	}
	v := gvariant.FromBytes(summaryType, data)
	if !v.IsNormal() {
		return nil, fmt.Errorf("summary: %w", object.ErrNotNormal)
	}
	s := &Summary{data: data, v: v, main: v.Child(0), maps: map[string]gvariant.Value{}}
	if err := checkSummaryRefs(s.main); err != nil {
		return nil, err
	}
	if id := s.CollectionID(); id != "" {
		if err := ValidateCollectionID(id); err != nil {
			return nil, err
		}
	}
	if m, ok := s.Metadata().LookupType(SummaryKeyCollectionMap, summaryCollectionsType); ok {
		for item := range m.Children() {
			id := item.Child(0).Str()
			if err := ValidateCollectionID(id); err != nil {
				return nil, err
			}
			if err := checkSummaryRefs(item.Child(1)); err != nil {
				return nil, err
			}
			s.maps[id] = item.Child(1)
		}
	}
	return s, nil
}

func checkSummaryRefs(list gvariant.Value) error {
	for item := range list.Children() {
		if err := ValidateRefName(item.Child(0).Str()); err != nil {
			return err
		}
		if n := item.Child(1).Child(1).Size(); n != object.ChecksumSize {
			return fmt.Errorf("Invalid checksum of length %d expected 32", n)
		}
	}
	return nil
}

// Bytes returns the file. Do not change it.
func (s *Summary) Bytes() []byte { return s.data }

// Variant returns the whole summary, for printing.
func (s *Summary) Variant() object.Variant { return s.v }

// Metadata returns the summary's metadata, a{sv}.
func (s *Summary) Metadata() object.Variant { return s.v.Child(1) }

// MetadataKeys lists the keys of the metadata, sorted.
func (s *Summary) MetadataKeys() []string {
	var out []string
	for item := range s.Metadata().Children() {
		out = append(out, item.Child(0).Str())
	}
	slices.Sort(out)
	return out
}

// CollectionID returns the collection of the main list of refs, "" if none is named.
func (s *Summary) CollectionID() string {
	v, _ := s.Metadata().LookupType(SummaryKeyCollectionID, "s")
	return v.Str()
}

// Mode returns the repository's mode as its configuration has it, "" if the summary does not tell.
func (s *Summary) Mode() string {
	v, _ := s.Metadata().LookupType(SummaryKeyMode, "s")
	return v.Str()
}

// LastModified returns when the summary was made, zero if it does not tell.
func (s *Summary) LastModified() time.Time { return dictTime(s.Metadata(), SummaryKeyLastModified) }

// Expires returns the date after which the summary should not be used, zero if there is none.
func (s *Summary) Expires() time.Time { return dictTime(s.Metadata(), SummaryKeyExpires) }

// Tombstones tells whether the repository marks deleted commits.
func (s *Summary) Tombstones() bool {
	v, _ := s.Metadata().LookupType(SummaryKeyTombstones, "b")
	return v.Bool()
}

// IndexedDeltas tells whether the repository has delta indexes.
func (s *Summary) IndexedDeltas() bool {
	v, _ := s.Metadata().LookupType(SummaryKeyIndexedDeltas, "b")
	return v.Bool()
}

// StaticDeltas returns the SHA-256 of the superblock of each static delta, by name: "FROM-TO", or "TO" for one
// from scratch.
func (s *Summary) StaticDeltas() map[string]object.Checksum {
	v, _ := s.Metadata().LookupType(SummaryKeyStaticDeltas, "a{sv}")
	return deltaDigests(v)
}

// deltaDigests reads the dictionary of deltas in a summary or index; malformed elements are left out.
func deltaDigests(v object.Variant) map[string]object.Checksum {
	out := map[string]object.Checksum{}
	if !v.IsValid() {
		return out
	}
	for item := range v.Children() {
		digest := item.Child(1).Variant()
		if digest.Type() != gvariant.TypeByteArray {
			continue
		}
		if c, err := object.ChecksumFromBytes(digest.ByteArray()); err == nil {
			out[item.Child(0).Str()] = c
		}
	}
	return out
}

// Refs returns all refs: the main list, then those of other collections sorted by collection.
func (s *Summary) Refs() []SummaryRef {
	out := readSummaryRefs(nil, s.CollectionID(), s.main)
	ids := make([]string, 0, len(s.maps))
	for id := range s.maps {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		out = readSummaryRefs(out, id, s.maps[id])
	}
	return out
}

func readSummaryRefs(out []SummaryRef, collection string, list gvariant.Value) []SummaryRef {
	for item := range list.Children() {
		out = append(out, summaryRef(collection, item))
	}
	return out
}

func summaryRef(collection string, item gvariant.Value) SummaryRef {
	v := item.Child(1)
	c, _ := object.ChecksumFromBytes(v.Child(1).ByteArray())
	return SummaryRef{CollectionRef{collection, item.Child(0).Str()}, c, v.Child(0).Uint64(), v.Child(2)}
}

// Lookup finds a ref. Without a collection it is looked up in the main list.
func (s *Summary) Lookup(ref CollectionRef) (SummaryRef, bool) {
	list, collection := s.main, s.CollectionID()
	if ref.Collection != "" && ref.Collection != collection {
		var ok bool
		if list, ok = s.maps[ref.Collection]; !ok {
			return SummaryRef{}, false
		}
		collection = ref.Collection
	}
	n := list.Len()
	i := sort.Search(n, func(i int) bool { return list.Child(i).Child(0).Str() >= ref.Ref })
	if i == n || list.Child(i).Child(0).Str() != ref.Ref {
		return SummaryRef{}, false
	}
	return summaryRef(collection, list.Child(i)), true
}

// allRefs are the refs that a mirror of everything pulls.
func (s *Summary) allRefs() []*pullRef {
	var out []*pullRef
	for _, ref := range s.Refs() {
		out = append(out, &pullRef{CollectionRef: ref.CollectionRef})
	}
	return out
}

// ErrNoSummary reports a repository without a summary.
var ErrNoSummary = errors.New("Remote server has no summary file")

// Summary reads the repository's own summary file.
func (r *Repo) Summary() (*Summary, error) {
	b, err := readFileAt(r.dirFD, "summary", MaxSummarySize)
	if err != nil {
		return nil, err
	}
	return ParseSummary(b)
}

// SummarySignatures reads the repository's own summary.sig, the signatures of its summary; the result is
// invalid (IsValid false) if there is none.
func (r *Repo) SummarySignatures() (object.Variant, error) {
	b, err := readFileAt(r.dirFD, "summary.sig", MaxSummarySize)
	if errMissing(err) {
		return object.Variant{}, nil
	}
	if err != nil {
		return object.Variant{}, err
	}
	return variantOf("a{sv}", b), nil
}
