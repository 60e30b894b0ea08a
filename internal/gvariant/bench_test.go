package gvariant_test

import (
	"fmt"
	"testing"

	. "github.com/nestos-dev/nestos/internal/gvariant"
)

// bigTree returns a directory of n files.
func bigTree(n int) Value {
	files := make([]Value, n)
	sum := NewByteArray(make([]byte, 32))
	for i := range files {
		files[i] = NewTuple(NewString(fmt.Sprintf("file-%06d", i)), sum)
	}
	return NewTuple(NewArray("(say)", files...), NewArray("(sayay)"))
}

func BenchmarkIsNormal(b *testing.B) {
	v := bigTree(1000)
	b.SetBytes(int64(v.Size()))
	b.ReportAllocs()
	for b.Loop() {
		if !v.IsNormal() {
			b.Fatal("not normal")
		}
	}
}

func BenchmarkReadTree(b *testing.B) {
	v := bigTree(1000)
	b.SetBytes(int64(v.Size()))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for e := range v.Child(0).Children() {
			n += len(e.Child(1).ByteArray())
		}
		if n != 32000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkBuildTree(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		bigTree(1000)
	}
}

func BenchmarkLookup(b *testing.B) {
	var d Dict
	for i := range 100 {
		d.Set(fmt.Sprintf("ostree.key-%d", i), NewUint32(uint32(i)))
	}
	v := d.Value()
	b.ReportAllocs()
	for b.Loop() {
		v.Lookup("ostree.key-99")
	}
}

func BenchmarkByteswap(b *testing.B) {
	v := NewVariant(bigTree(1000))
	b.SetBytes(int64(v.Size()))
	b.ReportAllocs()
	for b.Loop() {
		v.Byteswap()
	}
}
