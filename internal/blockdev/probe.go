package blockdev

import (
	"bytes"
	"errors"
	"io"
)

// Usage is what a signature's owner does with the device.
type Usage string

// Usages.
const (
	Filesystem Usage = "filesystem"
	RAID       Usage = "raid"   // member of an array or volume group
	Crypto     Usage = "crypto" // encrypted volume
	Other      Usage = "other"  // swap, journals and the like
)

// Signature is one format found on a device.
type Signature struct {
	// Type is libblkid's name: "ext4", "vfat", "crypto_LUKS", "linux_raid_member", …
	Type  string
	Usage Usage
	// UUID is the text that libblkid shows, in lower case for true UUIDs, "A1B2-C3D4"
	// for FAT; empty if there is none.
	UUID string
	// Label is UTF-8, without white space at the ends; empty if there is none.
	Label string
}

// Result is what a device holds.
type Result struct {
	// Signature is the first one found; zero if there is none.
	Signature
	// Found are all, in the order of the search. The search ends with an array member
	// or an encrypted volume.
	Found []Signature
	// Ambivalent is set when several were found that do not belong together.
	Ambivalent bool
	// Table is the type of the partition table: "gpt", "dos", "PMBR" (a protective
	// MBR without a valid GPT), "bsd", "sun", "sgi", "mac"; empty if there is none, or
	// if the device is a member of an array, whose table shines through.
	Table string
}

// ErrAmbivalent reports several signatures that do not belong together.
var ErrAmbivalent = errors.New("found multiple filesystem types")

// magic is a constant at a place.
type magic struct {
	at    int64
	bytes string
}

// format is how one signature is recognized.
type format struct {
	name     string
	usage    Usage
	minSize  int64
	tolerant bool // may be found together with others
	magics   []magic
	// check verifies and describes; nil: the magic is enough.
	check func(p *reader, m magic, s *Signature) bool
}

// tinySize is the size up to which a device is a floppy: no arrays, and the first
// signature is the only one.
const tinySize = 1440 * 1024

// Probe finds what is on a device of size bytes whose logical sectors have
// sectorSize bytes (0 is 512). Errors are those of reading.
func Probe(r io.ReaderAt, size int64, sectorSize int) (*Result, error) {
	if sectorSize <= 0 {
		sectorSize = 512
	}
	p := newReader(r, size, sectorSize)
	res := new(Result)
	if size > 1024 {
		res.search(p)
	}
	if p.err == nil && (res.Usage != RAID || res.Type == "LVM2_member") {
		res.Table = tableType(p)
	}
	if res.Table == "dos" && (res.Type == "LVM2_member" || res.Type == "LVM1_member") {
		res.settleLVM(p)
	}
	return res, p.err
}

// settleLVM decides between a label of LVM and an MBR. pvcreate wipes the first 8 KiB, so
// that a table with partitions came later and the label is a relic. A boot sector without
// any is no table then.
func (res *Result) settleLVM(p *reader) {
	if b := p.at(0, 512); b != nil && hasPartitions(b) {
		*res = Result{Table: res.Table}
		return
	}
	res.Table = ""
}

func (res *Result) search(p *reader) {
	strict := 0
	for i := range formats {
		f := &formats[i]
		s, ok := f.find(p)
		if p.err != nil {
			return
		}
		if !ok {
			continue
		}
		res.Found = append(res.Found, s)
		if p.size <= tinySize || f.usage == RAID || f.usage == Crypto {
			break
		}
		if !f.tolerant {
			strict++
		}
	}
	if len(res.Found) > 0 {
		res.Signature = res.Found[0]
	}
	res.Ambivalent = len(res.Found) > 1 && strict > 0
}

func (f *format) find(p *reader) (Signature, bool) {
	s := Signature{Type: f.name, Usage: f.usage}
	if p.size < f.minSize || f.usage == RAID && p.size <= tinySize {
		return s, false
	}
	var m magic
	if len(f.magics) > 0 {
		var ok bool
		if m, ok = f.magic(p); !ok {
			return s, false
		}
	}
	return s, f.check == nil || f.check(p, m, &s)
}

// magic finds the first constant that is there; others do not count, even if the
// first turns out to be something else.
func (f *format) magic(p *reader) (magic, bool) {
	for _, m := range f.magics {
		if bytes.Equal(p.at(m.at, int64(len(m.bytes))), []byte(m.bytes)) {
			return m, true
		}
	}
	return magic{}, false
}

// Safe returns the only signature. With several it is ErrAmbivalent.
func (res *Result) Safe() (Signature, error) {
	if res.Ambivalent {
		return Signature{}, ErrAmbivalent
	}
	return res.Signature, nil
}
