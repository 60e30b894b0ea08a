package blockdev_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/nestos-dev/nestos/internal/blockdev"
)

// sparse is a device of 64 MiB + 64 KiB with bytes at some place and at its end.
type sparse struct {
	head []byte
	at   int64
	tail []byte
}

const sparseSize = 64<<20 + 64<<10

func (s sparse) ReadAt(b []byte, off int64) (int, error) {
	clear(b)
	place := func(data []byte, at int64) {
		lo, hi := max(off, at), min(off+int64(len(b)), at+int64(len(data)))
		if lo < hi {
			copy(b[lo-off:hi-off], data[lo-at:hi-at])
		}
	}
	place(s.head, s.at)
	place(s.tail, sparseSize-int64(len(s.tail)))
	return len(b), nil
}

// region returns the first bytes of an image that are not zero, at most 8 KiB from
// the beginning of a sector.
func region(f *testing.F, path string) (data []byte, at int64) {
	img, err := os.Open(path)
	if err != nil {
		f.Fatal(err)
	}
	defer img.Close()
	b, zero := make([]byte, 1<<20), make([]byte, 1<<20)
	for off := int64(0); ; off += int64(len(b)) {
		n, err := img.ReadAt(b, off)
		if !bytes.Equal(b[:n], zero[:n]) {
			i := 0
			for bytes.Equal(b[i:i+512], zero[:512]) {
				i += 512
			}
			return bytes.TrimRight(b[i:min(i+8192, n)], "\x00"), off + int64(i)
		}
		if err != nil {
			return nil, 0
		}
	}
}

func FuzzProbe(f *testing.F) {
	dir := f.TempDir()
	for name, craft := range rawMakers {
		path := filepath.Join(dir, name)
		os.WriteFile(path, nil, 0o600)
		os.Truncate(path, 128*mib)
		craft(f, path)
		data, at := region(f, path)
		if at < mib {
			f.Add(data, at, []byte{})
		} else {
			f.Add([]byte{}, int64(0), append(data, make([]byte, 128*mib-at-int64(len(data)))...))
		}
	}
	f.Add([]byte("\x01CD001"), int64(32768), []byte{})
	f.Add([]byte("H+"), int64(1024), []byte("Intel Raid ISM Cfg Sig. "))
	f.Fuzz(func(t *testing.T, head []byte, at int64, tail []byte) {
		if len(head) > 1<<16 || len(tail) > 1<<16 || at < 0 || at > 1<<20 {
			return
		}
		res, err := blockdev.Probe(sparse{head, at, tail}, sparseSize, 512)
		if err != nil {
			t.Fatal(err)
		}
		if len(res.Found) > 0 && res.Found[0] != res.Signature || res.Ambivalent && len(res.Found) < 2 {
			t.Fatalf("inconsistent: %+v", res)
		}
		for _, s := range res.Found {
			if len(s.Label) > 4096 || len(s.UUID) > 64 {
				t.Fatalf("long: %+v", s)
			}
		}
	})
}

// table makes a GPT with entries and right checksums.
func table(entries []byte, sector int) []byte {
	b := make([]byte, 2*sector+128*128)
	copy(b[446:], "\x00\x00\x02\x00\xee\xff\xff\xff\x01\x00\x00\x00\xff\xff\xff\xff")
	b[510], b[511] = 0x55, 0xaa
	copy(b[2*sector:], entries)
	h := b[sector : 2*sector]
	copy(h, "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	le.PutUint64(h[24:], 1)
	last := uint64(sparseSize/sector - 1)
	le.PutUint64(h[32:], last)
	le.PutUint64(h[40:], uint64(2+128*128/sector))
	le.PutUint64(h[48:], last-uint64(1+128*128/sector))
	copy(h[56:], someID)
	le.PutUint64(h[72:], 2)
	le.PutUint32(h[80:], 128)
	le.PutUint32(h[84:], 128)
	le.PutUint32(h[88:], crc32.ChecksumIEEE(b[2*sector:]))
	le.PutUint32(h[16:], crc32.ChecksumIEEE(h[:92]))
	return b
}

func FuzzGPT(f *testing.F) {
	e := make([]byte, 256)
	copy(e, someID)
	copy(e[16:], someID)
	binary.LittleEndian.PutUint64(e[32:], 2048)
	binary.LittleEndian.PutUint64(e[40:], 4095)
	copy(e[56:], wide("EFI-SYSTEM"))
	f.Add(e, []byte{}, false)
	f.Add(e, []byte{1}, true)
	f.Add(bytes.Repeat([]byte{0xff}, 300), []byte("EFI PART"), false)
	f.Fuzz(func(t *testing.T, entries, header []byte, large bool) {
		sector := 512
		if large {
			sector = 4096
		}
		b := table(entries[:min(len(entries), 128*128)], sector)
		h := b[sector : sector+92]
		for i, c := range header[:min(len(header), 92)] { // change a valid header, keep its checksum right
			h[i] ^= c
		}
		le.PutUint32(h[16:], 0)
		le.PutUint32(h[16:], crc32.ChecksumIEEE(h))
		g, err := blockdev.ReadGPT(sparse{head: b}, sparseSize, sector)
		if err != nil {
			return
		}
		for _, p := range g.Partitions {
			if p.Start < g.First || p.Start+p.Size-1 > g.Last || p.Size <= 0 || p.Number > g.Slots || !utf8.ValidString(p.Name) {
				t.Fatalf("%+v in %+v", p, g)
			}
		}
	})
}
