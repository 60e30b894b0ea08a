package kvp

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// message is what a host sends.
func message(op, pool uint8, key, value string) []byte {
	b := make([]byte, MessageSize)
	b[0], b[1] = op, pool
	binary.LittleEndian.PutUint32(b[4:], 1) // REG_SZ
	binary.LittleEndian.PutUint32(b[8:], uint32(len(key)+1))
	binary.LittleEndian.PutUint32(b[12:], uint32(len(value)+1))
	copy(b[16:], key)
	copy(b[16+MaxKey:], value)
	return b
}

func TestParse(t *testing.T) {
	m, err := Parse(message(OpSet, 3, "a", "värde"))
	require.NoError(t, err)
	require.Equal(t, Message{OpSet, 3, Pair{"a", "värde"}}, m)

	m, err = Parse(registration())
	require.NoError(t, err)
	require.Equal(t, Message{Op: OpRegister}, m)

	longKey := strings.Repeat("k", MaxKey-1)
	longValue := strings.Repeat("v", MaxValue-1)
	m, err = Parse(message(OpSet, 0, longKey, longValue))
	require.NoError(t, err)
	require.Equal(t, Pair{longKey, longValue}, m.Pair)
}

func TestParseRefuses(t *testing.T) {
	size := func(offset int, n uint32) []byte {
		b := message(OpSet, 0, "k", "v")
		binary.LittleEndian.PutUint32(b[offset:], n)
		return b
	}
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"short":        {make([]byte, MessageSize-1), "message has 7431 bytes, not 7432"},
		"long":         {make([]byte, MessageSize+1), "message has 7433 bytes, not 7432"},
		"key size":     {size(8, MaxKey+1), "key: size 513 is more than 512"},
		"value size":   {size(12, 0xffffffff), "value: size 4294967295 is more than 2048"},
		"unknown pool": {message(OpSet, 5, "k", "v"), "there is no pool 5"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.message)
			require.EqualError(t, err, c.want)
		})
	}
	// Sizes that leave no room for the NUL, down to none, are not an error.
	m, err := Parse(size(8, 0))
	require.NoError(t, err)
	require.Equal(t, Pair{"", "v"}, m.Pair)
}

func TestPools(t *testing.T) {
	p := &Pools{0: {{"x.0", "a"}, {"x.2", "c"}, {"x.1", "b"}, {"x.1", "later"}, {"x.10", "far"}, {"y", ""}}}
	v, ok := p.Value(0, "x.1")
	require.True(t, ok)
	require.Equal(t, "b", v)
	_, ok = p.Value(1, "x.1")
	require.False(t, ok)

	v, ok = p.Split(0, "x.")
	require.True(t, ok)
	require.Equal(t, "abc", v)
	_, ok = p.Split(0, "z.")
	require.False(t, ok)

	require.Empty(t, p.File(4))
	file := p.File(0)
	require.Len(t, file, 6*2560)
	require.Equal(t, "x.2", string(bytes.TrimRight(file[2560:2560+512], "\x00")))
	require.Equal(t, "c", string(bytes.TrimRight(file[2560+512:2*2560], "\x00")))
}

func FuzzParse(f *testing.F) {
	f.Add(message(OpSet, 0, "ignition.config", "{}"))
	f.Add(registration())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		// Messages have one size; what the fuzzer gives is its beginning.
		if len(b) < MessageSize {
			b = append(bytes.Clone(b), make([]byte, MessageSize-len(b))...)
		}
		m, err := Parse(b[:MessageSize])
		if err != nil || m.Op != OpSet {
			return
		}
		p := new(Pools)
		p[m.Pool] = []Pair{m.Pair}
		file := p.File(int(m.Pool))
		if len(file) != MaxKey+MaxValue {
			t.Fatalf("a record of %d bytes", len(file))
		}
		if got := string(file[:len(m.Pair.Key)]); got != m.Pair.Key {
			t.Fatalf("key %q became %q", m.Pair.Key, got)
		}
		if got := string(file[MaxKey : MaxKey+len(m.Pair.Value)]); got != m.Pair.Value {
			t.Fatalf("value %q became %q", m.Pair.Value, got)
		}
		again, err := Parse(message(OpSet, m.Pool, m.Pair.Key, m.Pair.Value))
		if len(m.Pair.Key) < MaxKey && len(m.Pair.Value) < MaxValue && (err != nil || again != m) {
			t.Fatalf("%v became %v, %v", m, again, err)
		}
	})
}
