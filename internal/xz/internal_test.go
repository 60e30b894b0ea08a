package xz

import (
	"bytes"
	"hash/crc64"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCRC64(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	b := make([]byte, 5000)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	var got, want uint64
	for n := range 1000 {
		p := b[n%13 : n%13+n*4]
		got, want = updateCRC64(got, p), crc64.Update(want, crc64Table, p)
		require.Equal(t, want, got, "%d bytes", len(p))
	}
	require.Equal(t, crc64.Checksum(bytes.Repeat([]byte("ab"), 99), crc64Table), updateCRC64(0, bytes.Repeat([]byte("ab"), 99)))
}

// crc64 of the standard library does 1.9 GB/s on a machine where this does more than 4.5.
func BenchmarkCRC64(b *testing.B) {
	p := make([]byte, 1<<20)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		updateCRC64(0, p)
	}
}

// twin is a decoder with a small ring, in the middle of some data.
func twin(props byte, at int) *lzmaDecoder {
	d := &lzmaDecoder{dict: 4096}
	if d.setParams(props) != nil {
		_ = d.setParams(0)
	}
	d.resetState()
	d.use(make([]byte, d.dict+windowSlack+outSlack), at)
	return d
}

// The loop in assembly, where there is one, and the one in Go are the same, for
// valid and for other symbols, everywhere in the ring.
func FuzzDecode(f *testing.F) {
	for i, n := range []int{40, 900, 9000, 60000} {
		data := bytes.Repeat([]byte("abracadabra, 0000000000000000000000 "), 1+n/30)[:n]
		for k := 0; k < n; k += 7 {
			data[k] = byte(k * k >> 3)
		}
		b, err := Encode(nil, data, &WriterOptions{DictSize: 4096})
		require.NoError(f, err)
		// Behind the headers of stream, block and chunk.
		f.Add(b[12+12+6:len(b)-28], byte(93), uint16(i*3000), uint16(99+i*1000))
	}
	f.Fuzz(func(t *testing.T, in []byte, props byte, at, step uint16) {
		var p packed
		n := copy(p[:maxChunkPacked], in)
		a, b := twin(props%225, int(at)%8192), twin(props%225, int(at)%8192)
		if a.open(&p, n) != nil || b.open(&p, n) != nil {
			return
		}
		for range 2000 {
			end := min(a.pos+1+int(step), a.size)
			okA, okB := a.decode(&p, end), b.decodeGo(&p, end)
			require.Equal(t, okB, okA)
			if !okA {
				return
			}
			require.Equal(t, b.pos, a.pos)
			require.True(t, bytes.Equal(b.buf[:b.pos], a.buf[:a.pos]))
			require.Equal(t, b.r, a.r)
			require.Equal(t, b.reps, a.reps)
			require.Equal(t, b.state, a.state)
			require.Equal(t, b.prev, a.prev)
			require.True(t, a.model == b.model)
			require.True(t, string(a.take(1<<20)) == string(b.take(1<<20)))
			a.wrap()
			b.wrap()
			if step%7 == 0 && a.prev&0x80 != 0 {
				a.forget()
				a.prev = 0
				b.forget()
				b.prev = 0
			}
		}
	})
}
