package bdb_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/bdb"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/bdb/bdbtest"
)

var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian}

func randomItems(rng *rand.Rand, order binary.AppendByteOrder, n, size int) []bdbtest.Item {
	var items []bdbtest.Item
	for _, k := range rng.Perm(n) {
		v := make([]byte, rng.IntN(size+1))
		for i := range v {
			v[i] = byte(rng.Uint32())
		}
		items = append(items, bdbtest.Item{Key: order.AppendUint32(nil, uint32(k*3)), Value: v})
	}
	return items
}

func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, testutil.Seed(t)))
	for _, order := range orders {
		for _, pageSize := range []int{512, 4096, 32768} {
			for _, size := range []int{20, 300, 60000} {
				items := randomItems(rng, order.(binary.AppendByteOrder), 40, size)
				data := bdbtest.Build(order, pageSize, items)
				f, err := bdb.Open(bytes.NewReader(data), int64(len(data)))
				if err != nil {
					t.Fatal(err)
				}
				if f.Order() != order {
					t.Errorf("order %v", f.Order())
				}
				r := f.Reader()
				got, err := r.Items()
				if err != nil || len(got) != len(items) {
					t.Fatalf("%v, %d bytes to a page: %d items, %v", order, pageSize, len(got), err)
				}
				for i, it := range got {
					v, err := r.Value(it)
					j := slices.IndexFunc(items, func(o bdbtest.Item) bool { return bytes.Equal(o.Key, it.Key) })
					if err != nil || order.Uint32(it.Key) != uint32(3*i) || !bytes.Equal(v, items[j].Value) {
						t.Errorf("item %d: key %x, %d bytes, %v", i, it.Key, len(v), err)
					}
				}
			}
		}
	}
}

func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	le := binary.LittleEndian
	good := bdbtest.Build(le, 512, randomItems(rng, le, 5, 3000))
	read := func(data []byte) error {
		f, err := bdb.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return err
		}
		r := f.Reader()
		items, err := r.Items()
		if err != nil {
			return err
		}
		for _, it := range items {
			if _, err := r.Value(it); err != nil {
				return err
			}
		}
		return nil
	}
	if err := read(good); err != nil {
		t.Fatal(err)
	}
	overflow := 0
	for p := 512; p < len(good); p += 512 {
		if good[p+25] == 7 && le.Uint32(good[p+16:]) != 0 {
			overflow = p
		}
	}
	for name, change := range map[string]func(b []byte){
		"magic":            func(b []byte) { b[12]++ },
		"page size":        func(b []byte) { b[20] = 1 },
		"odd items":        func(b []byte) { b[512+20]++ },
		"offset":           func(b []byte) { b[512+26], b[512+27] = 1, 0 },
		"loop of overflow": func(b []byte) { le.PutUint32(b[overflow+16:], uint32(overflow/512)) },
		"end of overflow":  func(b []byte) { le.PutUint32(b[overflow+16:], 0) },
		"beyond the end":   func(b []byte) { le.PutUint32(b[overflow+16:], 1<<30) },
		"long page":        func(b []byte) { le.PutUint16(b[overflow+22:], 500) },
		"no overflow":      func(b []byte) { copy(b[512+int(le.Uint16(b[512+28:]))+4:], []byte{0, 0, 0, 0}) },
		"type":             func(b []byte) { b[overflow+25] = 5 },
	} {
		b := slices.Clone(good)
		change(b)
		if err := read(b); !errors.Is(err, bdb.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := slices.Clone(good)
	b[24] = 1
	if err := read(b); err == nil || errors.Is(err, bdb.ErrCorrupt) {
		t.Errorf("encryption: %v", err)
	}
}

func FuzzFile(f *testing.F) {
	rng := rand.New(rand.NewPCG(3, 3))
	for _, order := range orders {
		f.Add(bdbtest.Build(order, 512, randomItems(rng, order.(binary.AppendByteOrder), 6, 100)))
		f.Add(bdbtest.Build(order, 512, randomItems(rng, order.(binary.AppendByteOrder), 3, 2000)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := bdb.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		r := file.Reader()
		items, err := r.Items()
		if err != nil {
			return
		}
		total := 0
		for _, it := range items {
			v, err := r.Value(it)
			if err != nil {
				continue
			}
			if len(v) != int(it.Size) {
				t.Fatalf("%d of %d bytes", len(v), it.Size)
			}
			total += len(it.Key) + len(v)
		}
		if total > len(data) {
			t.Fatalf("%d bytes out of %d", total, len(data))
		}
	})
}
