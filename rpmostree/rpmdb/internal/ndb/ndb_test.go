package ndb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/ndb"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/ndb/ndbtest"
)

func randomPackages(rng *rand.Rand, n, size int) []ndbtest.Package {
	var out []ndbtest.Package
	for _, k := range rng.Perm(n) {
		b := make([]byte, rng.IntN(size+1))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		out = append(out, ndbtest.Package{Number: uint32(2*k + 1), Blob: b})
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, testutil.Seed(t)))
	packages := randomPackages(rng, 600, 5000)
	data := ndbtest.Build(4711, packages)
	f, err := ndb.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if f.Next() != 4711 || len(f.Slots()) != len(packages) {
		t.Errorf("%d packages, next %d", len(f.Slots()), f.Next())
	}
	for i, s := range f.Slots() {
		b, err := f.Blob(s)
		j := slices.IndexFunc(packages, func(p ndbtest.Package) bool { return p.Number == s.Number })
		if err != nil || s.Number != uint32(2*i+1) || !bytes.Equal(b, packages[j].Blob) {
			t.Errorf("package %d: %d bytes, %v", s.Number, len(b), err)
		}
	}
}

func TestDamage(t *testing.T) {
	packages := []ndbtest.Package{{Number: 1, Blob: []byte("first")}, {Number: 2, Blob: []byte("second package")}}
	good := ndbtest.Build(3, packages)
	le := binary.LittleEndian
	read := func(data []byte) error {
		f, err := ndb.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return err
		}
		for _, s := range f.Slots() {
			if _, err := f.Blob(s); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(b []byte){
		"magic":          func(b []byte) { b[0]++ },
		"pages of slots": func(b []byte) { le.PutUint32(b[12:], 1000) },
		"no slots":       func(b []byte) { le.PutUint32(b[12:], 0) },
		"slot":           func(b []byte) { b[64]++ },
		"same number":    func(b []byte) { le.PutUint32(b[32+4:], 2) },
		"overlap":        func(b []byte) { copy(b[48+8:48+12], b[32+8:32+12]) },
		"in the slots":   func(b []byte) { le.PutUint32(b[32+8:], 1) },
		"beyond the end": func(b []byte) { le.PutUint32(b[48+12:], 1<<31) },
		"other number":   func(b []byte) { le.PutUint32(b[32+4:], 7) },
		"data":           func(b []byte) { b[4096+16]++ },
		"checksum":       func(b []byte) { b[len(b)-12]++ },
		"length":         func(b []byte) { b[4096+12]++ },
		"end":            func(b []byte) { b[len(b)-1]++ },
	} {
		b := slices.Clone(good)
		change(b)
		if err := read(b); !errors.Is(err, ndb.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 3))
	f.Add(ndbtest.Build(9, randomPackages(rng, 4, 50)))
	f.Add(ndbtest.Build(9, randomPackages(rng, 2, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ndb.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		total := 0
		last := uint32(0)
		for _, s := range file.Slots() {
			if s.Number <= last {
				t.Fatal("numbers do not ascend")
			}
			last = s.Number
			if b, err := file.Blob(s); err == nil {
				total += len(b)
			}
		}
		if total > len(data) {
			t.Fatalf("%d bytes out of %d", total, len(data))
		}
	})
}
