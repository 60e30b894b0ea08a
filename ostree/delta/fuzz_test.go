package delta

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"testing"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/ostree/object"
)

func fixture(f *testing.F, name string) []byte {
	b, err := os.ReadFile("testdata/worked/" + name)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

// FuzzSuperblock: what is read is written again as the same bytes, and takes little memory.
func FuzzSuperblock(f *testing.F) {
	b := fixture(f, "superblock")
	f.Add(b)
	s, err := ParseSuperblock(b)
	if err != nil {
		f.Fatal(err)
	}
	md := &object.Dict{}
	md.Set("ostree.sign.dummy", gvariant.NewArray(gvariant.TypeByteArray, object.NewByteArray([]byte("sig"))))
	f.Add(Sign(b, md.Value()))
	s.Fallbacks = []Fallback{{object.Name{Checksum: object.Checksum{1}, Type: object.TypeFile}, 1 << 40, 1 << 50}}
	s.Endianness.Big = true
	md = gvariant.DictFromValue(s.Metadata)
	md.Set(KeyEndianness, gvariant.NewByte('B'))
	md.Set(s.Name.KeyInline(0), gvariant.FromBytes(PartType, fixture(f, "0")))
	s.Metadata = md.Value()
	f.Add(s.Marshal())
	s.Metadata = (&object.Dict{}).Value()
	f.Add(s.Marshal())
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := ParseSuperblock(data)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(16*len(data)+1<<20) {
			t.Fatalf("%d bytes took %d bytes of memory", len(data), used)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(s.Marshal(), s.Payload) {
			t.Fatal("bytes differ after a round")
		}
		if s.Signed && !bytes.Equal(Sign(s.Payload, s.Signatures), data) {
			t.Fatal("signed bytes differ after a round")
		}
		for i := range s.Parts {
			if file, ok := s.InlinePart(i); ok && len(file) > len(data) {
				t.Fatal("part of", len(file))
			}
		}
		s.InlineCommitMeta()
	})
}

// discardStore has every second object and keeps nothing.
type discardStore struct{}

func (discardStore) HasObject(n object.Name) (bool, error) { return n.Checksum[0]&1 == 1, nil }

func (discardStore) OpenSource(object.Checksum) (Source, error) {
	return discardSource{bytes.NewReader([]byte("hello\n"))}, nil
}

func (discardStore) WriteMeta(object.Name, []byte) error { return nil }

func (discardStore) WriteFile(_ context.Context, _ object.Checksum, _ *object.FileHeader, size int64, payload io.Reader) error {
	if payload == nil {
		return nil
	}
	n, err := io.Copy(io.Discard, payload)
	if err == nil && n != size {
		err = errors.New("wrong size")
	}
	return err
}

type discardSource struct{ *bytes.Reader }

func (discardSource) Close() error { return nil }

// FuzzPart: a payload that is read is written again as the same bytes; executing it stays within what the header
// announces.
func FuzzPart(f *testing.F) {
	var payload bytes.Buffer
	if _, err := unpack(&payload, bytes.NewReader(fixture(f, "0")), 1<<20); err != nil {
		f.Fatal(err)
	}
	f.Add(payload.Bytes(), byte(0b100))
	modes := []mode{{0, 0, object.ModeRegular | 0o644}, {0, 0, object.ModeSymlink | 0o777}}
	sets := []gvariant.Value{gvariant.NewArray("(ayay)")}
	for _, ops := range []string{"o\x00\x00\x04w\x04\x00c", "S\x01\x00\x04\x00", "r\x00o\x00\x00\x06w\x03\x00Rw\x03\x00c", "r\x00o\x00\x00\x06B\x00\x20cR"} {
		var b bytes.Buffer
		if err := writePayload(&b, modes, sets, bytes.NewReader(make([]byte, 40)), 40, []byte(ops)); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), byte(1))
	}
	f.Fuzz(func(t *testing.T, data []byte, kinds byte) {
		p, err := parsePayload(bytes.NewReader(data), int64(len(data)))
		if err == nil {
			sets := make([]gvariant.Value, 0, p.sets.Len())
			for c := range p.sets.Children() {
				sets = append(sets, c)
			}
			blob, err := p.section(0, uint64(p.size))
			if err != nil {
				t.Fatal(err)
			}
			var again bytes.Buffer
			if err := writePayload(&again, p.modes, sets, blob, p.size, p.ops); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Bytes(), data) {
				t.Fatal("bytes differ after a round")
			}
		}
		// Three objects, whose types and presence the bits of kinds tell.
		h := &PartHeader{USize: 1 << 16}
		for i := range 3 {
			n := object.Name{Checksum: object.Checksum{kinds >> (2 * i)}, Type: object.TypeDirTree}
			if kinds>>i&1 == 1 {
				n.Type = object.TypeFile
			}
			h.Objects = append(h.Objects, n)
		}
		for n := range 4 {
			g := *h
			g.Objects = h.Objects[:n]
			file := append([]byte{CompressionNone}, data...)
			g.Checksum = object.Sum(file)
			applied := ApplyPart(t.Context(), discardStore{}, &g, bytes.NewReader(file), "")
			if _, err := InspectPart(&g, bytes.NewReader(file), ""); applied == nil && err != nil {
				t.Fatal("applied but not inspected:", err)
			}
		}
	})
}
