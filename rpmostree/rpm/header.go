package rpm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unsafe"
)

// ErrCorrupt is wrapped by the errors of bytes that are no valid header, package or payload.
var ErrCorrupt = errors.New("corrupt")

// The bounds of headers, which are rpm's.
const (
	maxEntries    = 0xffff
	maxData       = 0x0fffffff
	maxBlob       = 256 << 20
	maxSigEntries = 32
	maxSigData    = 64 << 20
	maxElements   = 1<<20 - 1 // of a list; binary data have as many bytes as they like

	indexEntry = 16 // bytes of an index entry, and of a region's trailer
	intro      = 8  // bytes of the two numbers before the index
)

// magic begins a header in a file. Digests and signatures of a header include it.
var magic = [8]byte{0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0}

// Header is a set of tagged values: the main header of a package, its signature header, or the record of an installed
// package. It is immutable and may be used by several goroutines.
//
// The values that methods return share the header's memory: they must not be changed.
type Header struct {
	blob    []byte  // the two numbers, index, data
	data    []byte  // the end of blob
	entries []entry // those that count, ascending by tag, each tag once
	all     []entry // with those that do not; nil if there are none
	region  region
	holes   bool // bytes of data belong to no tag
}

// entry is an index entry in the machine's form.
type entry struct {
	tag   Tag
	typ   Type
	off   uint32
	count uint32
	len   uint32 // bytes of data
}

// region is the part of a header that its builder sealed.
type region struct {
	tag     Tag // 0 if there is none
	entries int // index entries in it, its own included
	data    int // bytes of data in it, its trailer included
	trailer int // bytes of its trailer
}

// TagInfo says what a header has under a tag.
type TagInfo struct {
	Tag   Tag
	Type  Type
	Count int // number of elements; bytes for TypeBin
}

// rules are the differences between the kinds of headers.
type rules struct {
	region     Tag  // the region's tag; 0 accepts all
	exact      bool // the region is the whole header
	ordered    bool // data come in the order of the index
	maxEntries int
	maxData    int
}

var (
	mainRules      = rules{region: TagHeaderImmutable, exact: true, ordered: true, maxEntries: maxEntries, maxData: maxData}
	signatureRules = rules{region: TagHeaderSignatures, ordered: true, maxEntries: maxSigEntries, maxData: maxSigData}
	blobRules      = rules{maxEntries: maxEntries, maxData: maxData}
)

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w header: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// sizes checks the two numbers that begin a header, and returns the length of all that they announce.
func (r *rules) sizes(b []byte) (total int, err error) {
	il, dl := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	if il < 1 || il > uint32(r.maxEntries) {
		return 0, corrupt("number of tags %d is out of range", il)
	}
	if dl > uint32(r.maxData) {
		return 0, corrupt("%d bytes of data are out of range", dl)
	}
	total = intro + int(il)*indexEntry + int(dl)
	if total >= maxBlob {
		return 0, corrupt("%d bytes are too many", total)
	}
	return total, nil
}

// ParseBlob reads a header in the form that databases hold: without the magic bytes. b must not be changed afterwards.
func ParseBlob(b []byte) (*Header, error) {
	return parseHeader(b, &blobRules)
}

func parseHeader(b []byte, r *rules) (*Header, error) {
	if len(b) < intro {
		return nil, corrupt("%d bytes are too few", len(b))
	}
	total, err := r.sizes(b)
	if err != nil {
		return nil, err
	}
	if total != len(b) {
		return nil, corrupt("%d bytes where %d are announced", len(b), total)
	}
	il := int(binary.BigEndian.Uint32(b))
	h := &Header{blob: b, data: b[intro+il*indexEntry:]}
	if err := h.findRegion(il, r); err != nil {
		return nil, err
	}
	if err := h.readIndex(il, r); err != nil {
		return nil, err
	}
	return h, nil
}

// rawEntry reads the index entry at a position in the index, or the trailer that has the same form.
func rawEntry(b []byte) (e entry) {
	e.tag = Tag(binary.BigEndian.Uint32(b))
	e.typ = Type(binary.BigEndian.Uint32(b[4:]))
	e.off = binary.BigEndian.Uint32(b[8:])
	e.count = binary.BigEndian.Uint32(b[12:])
	return e
}

func (h *Header) indexEntry(i int) entry { return rawEntry(h.blob[intro+i*indexEntry:]) }

// findRegion looks at the first entry. Headers of packages before rpm 3.0.4 have no region.
func (h *Header) findRegion(il int, r *rules) error {
	e := h.indexEntry(0)
	if e.tag != TagHeaderImage && e.tag != TagHeaderSignatures && e.tag != TagHeaderImmutable {
		return nil
	}
	if r.region != 0 && e.tag != r.region && (r.region != TagHeaderSignatures || e.tag != TagHeaderImage) {
		return corrupt("region tag %d in place of %d", e.tag, r.region)
	}
	if e.tag == TagHeaderImage && e.off == 0 && e.count == indexEntry {
		// rpm before 4.0 wrote regions without a trailer: all of the header belongs to them.
		h.region = region{tag: e.tag, entries: il, data: len(h.data)}
		return nil
	}
	if e.typ != TypeBin || e.count != indexEntry || uint64(e.off)+indexEntry > uint64(len(h.data)) {
		return corrupt("region tag %d with type %d, offset %d, count %d", e.tag, e.typ, e.off, e.count)
	}
	t := rawEntry(h.data[e.off:])
	length := -int64(int32(t.off))
	tagOK := t.tag == e.tag || r.region == TagHeaderSignatures && t.tag == TagHeaderImage
	if !tagOK || t.typ != TypeBin || t.count != indexEntry {
		return corrupt("region trailer with tag %d, type %d, count %d", t.tag, t.typ, t.count)
	}
	if length < indexEntry || length%indexEntry != 0 || length/indexEntry > int64(il) {
		return corrupt("region of %d bytes of index", length)
	}
	h.region = region{tag: e.tag, entries: int(length / indexEntry), data: int(e.off) + indexEntry, trailer: indexEntry}
	if r.exact && (h.region.entries != il || h.region.data != len(h.data)) {
		return corrupt("region with %d of %d tags and %d of %d bytes", h.region.entries, il, h.region.data, len(h.data))
	}
	return nil
}

// readIndex checks all entries and their data, and decides which of equal tags counts: a later addition replaces what
// is in the region.
func (h *Header) readIndex(il int, r *rules) error {
	first := 0
	if h.region.tag != 0 {
		first = 1
	}
	typed := h.region.tag == TagHeaderImmutable || h.region.tag == TagHeaderImage
	h.entries = make([]entry, 0, il-first)
	end, sum := uint32(0), 0
	for i := first; i < il; i++ {
		e := h.indexEntry(i)
		if err := e.check(typed, len(h.data)); err != nil {
			return err
		}
		if r.ordered && e.off < end {
			return corrupt("data of tag %d overlap", e.tag)
		}
		n, ok := dataLength(e, h.data[e.off:])
		if !ok {
			return corrupt("data of tag %d, type %d, count %d exceed the header", e.tag, e.typ, e.count)
		}
		e.len = n
		end = e.off + n
		sum += padding(sum, e.typ.size()) + int(n)
		h.entries = append(h.entries, e)
	}
	if !r.ordered {
		if err := checkOverlap(h.entries); err != nil {
			return err
		}
	}
	h.holes = sum+h.region.trailer != len(h.data)
	h.sortEntries(h.region.entries - first)
	return nil
}

func (e *entry) check(typed bool, dl int) error {
	switch {
	case e.tag < TagHeaderI18NTable || e.tag > 1<<31-1:
		return corrupt("tag %d", int32(e.tag))
	case e.typ < TypeChar || e.typ > TypeI18N:
		return corrupt("tag %d with type %d", e.tag, e.typ)
	case e.off%uint32(e.typ.size()) != 0:
		return corrupt("tag %d with type %d at offset %d", e.tag, e.typ, e.off)
	case uint64(e.off) >= uint64(dl):
		return corrupt("tag %d at offset %d behind the data", e.tag, int32(e.off))
	case e.count == 0 || e.count > maxElements && e.typ != TypeBin:
		return corrupt("tag %d with count %d", e.tag, e.count)
	}
	if typed && !e.typed() {
		return corrupt("tag %d with type %d, not %d", e.tag, e.typ, e.tag.Type())
	}
	return nil
}

// typed reports whether the type is that which the tag is registered with. Strings may be single, lists or translated:
// versions of rpm differ in that.
func (e *entry) typed() bool {
	t := e.tag.Type()
	return t == TypeNull || t == e.typ || t.class() == classString && e.typ.class() == classString
}

// checkHoles refuses headers in whose data are bytes of no tag, as rpm does with those of package files ("hdr load: BAD").
// The padding that numbers need is no hole.
func (h *Header) checkHoles() error {
	if h.holes {
		return corrupt("data of no tag")
	}
	return nil
}

// dataLength is the length of an entry's data, which begin data. Strings must end inside.
func dataLength(e entry, data []byte) (uint32, bool) {
	if e.typ.class() != classString {
		n := uint64(e.count) * uint64(e.typ.size())
		return uint32(n), n <= uint64(len(data))
	}
	if e.typ == TypeString && e.count != 1 {
		return 0, false
	}
	if uint64(e.count) > uint64(len(data)) {
		return 0, false
	}
	off := 0
	for range e.count {
		i := bytes.IndexByte(data[off:], 0)
		if i < 0 {
			return 0, false
		}
		off += i + 1
	}
	return uint32(off), true
}

// checkOverlap sees to it that no byte belongs to two entries, where data may be in any order: a small header could
// otherwise describe any amount of strings.
func checkOverlap(entries []entry) error {
	inOrder := slices.IsSortedFunc(entries, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	if !inOrder {
		entries = slices.Clone(entries)
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.off, b.off) })
	}
	for i := 1; i < len(entries); i++ {
		if p := entries[i-1]; p.off+p.len > entries[i].off {
			return corrupt("data of tag %d overlap", entries[i].tag)
		}
	}
	return nil
}

// sortEntries sorts by tag. Additions replace what the first inRegion entries have of their tags.
func (h *Header) sortEntries(inRegion int) {
	ascending := true
	for i := 1; i < len(h.entries) && ascending; i++ {
		ascending = h.entries[i-1].tag < h.entries[i].tag
	}
	if ascending {
		return
	}
	if inRegion > 0 && inRegion < len(h.entries) {
		added := make(map[Tag]bool)
		for _, e := range h.entries[inRegion:] {
			added[e.tag] = true
		}
		kept := make([]entry, 0, len(h.entries))
		for i, e := range h.entries {
			if i >= inRegion || !added[e.tag] {
				kept = append(kept, e)
			}
		}
		h.entries = kept
	}
	slices.SortStableFunc(h.entries, func(a, b entry) int { return cmp.Compare(a.tag, b.tag) })
	h.chooseEqual()
}

// chooseEqual leaves one entry of each tag in entries: that which rpm comes upon, whose binary search ends at the first
// hit, in a list that has the region in front.
func (h *Header) chooseEqual() {
	sorted := h.entries
	unique := slices.CompactFunc(slices.Clone(sorted), func(a, b entry) bool { return a.tag == b.tag })
	if len(unique) == len(sorted) {
		return
	}
	for i, e := range unique {
		low, high := 0, len(sorted)+1
		for {
			middle := (low + high) / 2
			if middle == 0 || sorted[middle-1].tag < e.tag {
				low = middle + 1
			} else if sorted[middle-1].tag > e.tag {
				high = middle
			} else {
				unique[i] = sorted[middle-1]
				break
			}
		}
	}
	h.entries, h.all = unique, sorted
}

func (h *Header) find(t Tag) (entry, bool) {
	i, ok := slices.BinarySearchFunc(h.entries, t, func(e entry, t Tag) int { return cmp.Compare(e.tag, t) })
	if !ok {
		return entry{}, false
	}
	return h.entries[i], true
}

func (h *Header) bytesOf(e entry) []byte { return h.data[e.off : e.off+e.len : e.off+e.len] }

// text makes a string of a part of the header. The bytes are never changed, so they need not be copied.
func text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return unsafe.String(&b[0], len(b))
}

// Has reports whether the header has the tag.
func (h *Header) Has(t Tag) bool {
	_, ok := h.find(t)
	return ok
}

// Info returns the type and count of a tag.
func (h *Header) Info(t Tag) (TagInfo, bool) {
	e, ok := h.find(t)
	return TagInfo{Tag: e.tag, Type: e.typ, Count: int(e.count)}, ok
}

// Tags yields what the header has, ascending by tag, without regions.
func (h *Header) Tags() iter.Seq[TagInfo] {
	return func(yield func(TagInfo) bool) {
		for _, e := range h.entries {
			if !yield(TagInfo{Tag: e.tag, Type: e.typ, Count: int(e.count)}) {
				return
			}
		}
	}
}

// String returns the string of a tag, the first one of a list and that of the C locale of a translated text. Without the
// tag, or with numbers in it, the string is empty. Strings have the bytes of the header, whatever their encoding.
func (h *Header) String(t Tag) string {
	e, ok := h.find(t)
	if !ok || e.typ.class() != classString {
		return ""
	}
	b := h.bytesOf(e)
	return text(b[:bytes.IndexByte(b, 0)])
}

// Translated returns the text of a tag in the first of the languages, as "de_AT" or "de", that the header has, else that of
// the C locale.
func (h *Header) Translated(t Tag, languages []string) string {
	locales := h.Strings(TagHeaderI18NTable)
	texts := h.Strings(t)
	for _, want := range languages {
		// "de_AT.UTF-8@euro" is good for "de_AT.UTF-8", "de_AT" and "de".
		for want != "" {
			if i := slices.Index(locales, want); i >= 0 && i < len(texts) && texts[i] != "" {
				return texts[i]
			}
			want = want[:max(0, strings.LastIndexAny(want, "@._"))]
		}
	}
	return h.String(t)
}

// Strings returns the strings of a tag; of a translated text all, in the order of TagHeaderI18NTable.
func (h *Header) Strings(t Tag) []string {
	e, ok := h.find(t)
	if !ok || e.typ.class() != classString {
		return nil
	}
	list := make([]string, e.count)
	b := h.bytesOf(e)
	for i := range list {
		n := bytes.IndexByte(b, 0)
		list[i] = text(b[:n])
		b = b[n+1:]
	}
	return list
}

// Uint64 returns the first number of a tag, of any width.
func (h *Header) Uint64(t Tag) (v uint64, ok bool) {
	e, ok := h.find(t)
	if !ok || e.typ.class() != classNumber {
		return 0, false
	}
	return number(e.typ, h.bytesOf(e), 0), true
}

// Uint32 is Header.Uint64 for numbers that have 32 bits; the tag missing is 0.
func (h *Header) Uint32(t Tag) uint32 {
	v, _ := h.Uint64(t)
	return uint32(v)
}

func number(t Type, b []byte, i int) uint64 {
	switch t {
	case TypeInt16:
		return uint64(binary.BigEndian.Uint16(b[2*i:]))
	case TypeInt32:
		return uint64(binary.BigEndian.Uint32(b[4*i:]))
	case TypeInt64:
		return binary.BigEndian.Uint64(b[8*i:])
	}
	return uint64(b[i])
}

func numbers[T uint16 | uint32 | uint64](h *Header, t Tag) []T {
	e, ok := h.find(t)
	if !ok || e.typ.class() != classNumber {
		return nil
	}
	list := make([]T, e.count)
	b := h.bytesOf(e)
	for i := range list {
		list[i] = T(number(e.typ, b, i))
	}
	return list
}

// Uint16s returns the numbers of a tag, cut to 16 bits.
func (h *Header) Uint16s(t Tag) []uint16 { return numbers[uint16](h, t) }

// Uint32s returns the numbers of a tag, cut to 32 bits.
func (h *Header) Uint32s(t Tag) []uint32 { return numbers[uint32](h, t) }

// Uint64s returns the numbers of a tag.
func (h *Header) Uint64s(t Tag) []uint64 { return numbers[uint64](h, t) }

// Bytes returns the data of a tag of TypeBin, TypeChar or TypeInt8; nil for others.
func (h *Header) Bytes(t Tag) []byte {
	e, ok := h.find(t)
	if !ok || e.typ != TypeBin && e.typ != TypeChar && e.typ != TypeInt8 {
		return nil
	}
	return h.bytesOf(e)
}

// Blob returns the header in the form that databases hold, as it was read.
func (h *Header) Blob() []byte { return h.blob }

// HasRegion reports whether the header has a sealed region, which the digests and signatures are of.
func (h *Header) HasRegion() bool { return h.region.tag != 0 }
