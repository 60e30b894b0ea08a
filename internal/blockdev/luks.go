package blockdev

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// LUKS is the header of an encrypted volume.
type LUKS struct {
	// Version is 1 or 2.
	Version int
	// UUID and Label are as written; there is no label in version 1.
	UUID, Label string
	// Flags are those that a volume of version 2 is to be opened with, such as
	// "allow-discards".
	Flags []string
}

// ErrNoLUKS reports a device without a valid header of version 1 or 2.
var ErrNoLUKS = errors.New("no valid LUKS header")

const (
	luksBinary  = 4096    // size of the binary part of a header of version 2
	luksLargest = 4 << 20 // with the JSON text behind it
)

// ReadLUKS reads the header of a volume of size bytes. Of the two headers of version
// 2 the newest valid one counts, as for cryptsetup.
func ReadLUKS(r io.ReaderAt, size int64) (*LUKS, error) {
	p := newReader(r, size, 512)
	var newest *LUKS
	var newestID uint64
	try := func(magic string, off int64) {
		if h, id := luks2(p, magic, off); h != nil && (newest == nil || id > newestID) {
			newest, newestID = h, id
		}
	}
	if b := p.at(0, 592); b != nil && string(b[:6]) == luksMagic && be.Uint16(b[6:]) == 1 {
		return &LUKS{Version: 1, UUID: label(b[168:208])}, nil
	}
	try(luksMagic, 0)
	for off := int64(luksSecondFirst); off <= luksSecondLast; off *= 2 {
		try(luksSecondMagic, off)
	}
	if p.err != nil {
		return nil, p.err
	}
	if newest == nil {
		return nil, ErrNoLUKS
	}
	return newest, nil
}

// luks2 reads one header, and the number that grows with each change of it.
func luks2(p *reader, magic string, off int64) (*LUKS, uint64) {
	var sig Signature
	b := p.at(off, luksBinary)
	if b == nil || be.Uint16(b[6:]) != 2 || !luksHeader(p, magic, off, &sig) {
		return nil, 0
	}
	size := be.Uint64(b[8:])
	if size <= luksBinary || size > luksLargest {
		return nil, 0
	}
	text := p.at(off+luksBinary, int64(size)-luksBinary)
	if text == nil {
		return nil, 0
	}
	// Other algorithms are allowed, and not judged here.
	if label(b[72:104]) == "sha256" {
		sum := sha256.New()
		sum.Write(b[:448])
		sum.Write(make([]byte, 64)) // the place of the sum itself
		sum.Write(b[512:])
		sum.Write(text)
		if string(sum.Sum(nil)) != string(b[448:480]) {
			return nil, 0
		}
	}
	var meta struct {
		Config struct {
			Flags []string `json:"flags"`
		} `json:"config"`
	}
	end, _, _ := strings.Cut(string(text), "\x00")
	if json.Unmarshal([]byte(end), &meta) != nil {
		return nil, 0
	}
	return &LUKS{Version: 2, UUID: sig.UUID, Label: sig.Label, Flags: meta.Config.Flags}, be.Uint64(b[16:])
}

// LUKSAt reads the header of a volume on a part of the device: size bytes from off.
// See [ReadLUKS].
func (d *Device) LUKSAt(off, size int64) (*LUKS, error) {
	if off < 0 || size < 0 || off > d.Size || size > d.Size-off {
		return nil, fmt.Errorf("%d bytes at %d are beyond the end of the device", size, off)
	}
	return ReadLUKS(io.NewSectionReader(d, off, size), size)
}
