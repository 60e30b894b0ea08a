package container

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"runtime"
	"sync"

	"github.com/klauspost/compress/flate"
)

const (
	gzipBlock  = 512 << 10 // unit of parallel compression; part of what determines the output
	gzipWindow = 32 << 10  // how far deflate looks back
)

// gzipWriter compresses to one gzip member with several goroutines: each block is deflated on its own,
// with the end of the block before as its dictionary, and ends at a byte boundary. The output does
// not depend on the number of goroutines.
type gzipWriter struct {
	out   io.Writer
	pool  sync.Pool
	buf   []byte
	dict  []byte
	crc   uint32
	size  uint32
	queue chan chan []byte // results in order
	done  chan error
}

// newGzipWriter writes the header; level is 1 to 9.
func newGzipWriter(out io.Writer, level int) *gzipWriter {
	z := &gzipWriter{out: out, buf: make([]byte, 0, gzipBlock), queue: make(chan chan []byte, min(runtime.GOMAXPROCS(0), 8)), done: make(chan error, 1)}
	z.pool.New = func() any {
		f, err := flate.NewWriterDict(io.Discard, level, []byte{0})
		if err != nil {
			panic(err) // the level is a constant of this package
		}
		return f
	}
	xfl := byte(0)
	switch level {
	case flate.BestSpeed:
		xfl = 4
	case flate.BestCompression:
		xfl = 2
	}
	go z.collect([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, xfl, 255})
	return z
}

// collect writes the compressed blocks in their order.
func (z *gzipWriter) collect(header []byte) {
	_, err := z.out.Write(header)
	for result := range z.queue {
		b := <-result
		if err == nil {
			_, err = z.out.Write(b)
		}
	}
	z.done <- err
}

// Write takes data. Errors of the underlying writer are reported by Close.
func (z *gzipWriter) Write(p []byte) (int, error) {
	n := len(p)
	z.crc = crc32.Update(z.crc, crc32.IEEETable, p)
	z.size += uint32(n)
	for len(p) > 0 {
		k := min(len(p), cap(z.buf)-len(z.buf))
		z.buf = append(z.buf, p[:k]...)
		p = p[k:]
		if len(z.buf) == cap(z.buf) {
			z.submit(false)
		}
	}
	return n, nil
}

// submit hands a block to a goroutine. The queue's capacity bounds how many there are.
func (z *gzipWriter) submit(last bool) {
	block, dict := z.buf, z.dict
	result := make(chan []byte, 1)
	z.queue <- result
	go func() { result <- z.deflate(block, dict, last) }()
	z.dict = block[max(0, len(block)-gzipWindow):]
	z.buf = make([]byte, 0, gzipBlock)
}

func (z *gzipWriter) deflate(block, dict []byte, last bool) []byte {
	f := z.pool.Get().(*flate.Writer)
	defer z.pool.Put(f)
	var b bytes.Buffer
	b.Grow(len(block)/2 + 64)
	f.ResetDict(&b, dict)
	f.Write(block) // a bytes.Buffer takes everything
	if last {
		f.Close()
	} else {
		f.Flush()
	}
	return b.Bytes()
}

// Close ends the member.
func (z *gzipWriter) Close() error {
	z.submit(true)
	var trailer [8]byte
	binary.LittleEndian.PutUint32(trailer[:4], z.crc)
	binary.LittleEndian.PutUint32(trailer[4:], z.size)
	result := make(chan []byte, 1)
	result <- trailer[:]
	z.queue <- result
	close(z.queue)
	return <-z.done
}
