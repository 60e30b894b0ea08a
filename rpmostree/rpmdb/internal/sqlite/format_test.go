package sqlite

import (
	"math"
	"testing"
)

func TestVarint(t *testing.T) {
	values := []uint64{0, 1, math.MaxUint64, 1 << 63}
	for bit := range 64 {
		values = append(values, 1<<bit-1, 1<<bit, 1<<bit+1)
	}
	for _, v := range values {
		b := putVarint(nil, v)
		got, n := getVarint(append(b, 0xff))
		if got != v || n != len(b) || n != varintLen(v) {
			t.Errorf("%d: %d, %d bytes of %d, %d", v, got, n, len(b), varintLen(v))
		}
		if _, n := getVarint(b[:len(b)-1]); n != 0 {
			t.Errorf("%d: cut short, %d bytes were enough", v, n)
		}
	}
}

func TestInt(t *testing.T) {
	values := []int64{0, 1, -1, math.MinInt64, math.MaxInt64}
	for bit := range 63 {
		values = append(values, 1<<bit-1, 1<<bit, -1<<bit, -1<<bit-1)
	}
	for _, v := range values {
		typ := intType(v)
		b := putInt(nil, typ, v)
		if got := getInt(uint64(typ), b); got != v || len(b) != int(typeSize(uint64(typ))) {
			t.Errorf("%d: %d, type %d, %d bytes", v, got, typ, len(b))
		}
	}
}
