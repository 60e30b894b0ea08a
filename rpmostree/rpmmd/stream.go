package rpmmd

import (
	"bufio"
	"bytes"
	"fmt"
	"hash"
	"io"
	"sync"
	"sync/atomic"

	"github.com/nestos-dev/nestos/internal/decompress"
)

// decompressed returns the content of a document. The format is told by the first bytes: the
// names of files in the wild are not always right.
func decompressed(r io.Reader, name string) (io.ReadCloser, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	if start, _ := br.Peek(len(zchunkMagic)); bytes.Equal(start, []byte(zchunkMagic)) {
		zr, err := newZchunkReader(br)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return zr, nil
	}
	rc, _, err := decompress.NewReader(br, &decompress.Options{Concurrency: 2})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return rc, nil
}

// verifyReader passes a file on and checks its size and checksum at the end.
type verifyReader struct {
	r    io.Reader
	name string
	want Checksum
	h    hash.Hash // nil: no checksum
	size int64     // that it must have; 0 means unknown
	n    int64
}

func (v *verifyReader) Read(p []byte) (int, error) {
	n, err := v.r.Read(p)
	v.n += int64(n)
	if v.h != nil {
		v.h.Write(p[:n])
	}
	if v.size > 0 && v.n > v.size || err == io.EOF && v.size > 0 && v.n < v.size {
		return n, &ChecksumError{Name: v.name, Want: fmt.Sprintf("%d bytes", v.size), Got: fmt.Sprintf("%d bytes", v.n)}
	}
	if err == io.EOF && v.h != nil {
		if bad := v.want.check(v.name, v.h); bad != nil {
			return n, bad
		}
	}
	return n, err
}

const (
	blockSize = 128 << 10
	blocks    = 6 // in flight between the goroutines of a pipeline
)

type block struct {
	data []byte
	err  error
	// users is how many of hasher and reader are not done with the block yet.
	users atomic.Int32
}

// pipeline decompresses in one goroutine and hashes what comes out in a second one, while its
// reader, who parses, is the third:
//
//	file ─▶ hash ─▶ decompress ─▶ blocks ─┬─▶ hash ──┐ verdict
//	                                      └─▶ Read ◀─┘
type pipeline struct {
	toReader chan *block
	verdict  chan error // of the hasher, one value
	free     chan *block
	stop     chan struct{}
	once     sync.Once
	wg       sync.WaitGroup

	current *block
	rest    []byte
	err     error
}

// newPipeline reads a document of a repository and verifies it against d, as far as d tells.
// With trusted, the checksum of the content is not computed: that of the file is enough when
// whoever made both was the same.
func newPipeline(file io.Reader, d *RepomdData, trusted bool) (*pipeline, error) {
	name := d.Type
	packed := &verifyReader{r: file, name: name, want: d.Checksum, size: d.Size}
	var err error
	if packed.h, err = d.Checksum.newHash(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return startPipeline(packed, d, trusted)
}

// NewDocumentReader returns the decompressed content of a document of a repository that is read from file. Like
// [Metadata.Open] it verifies size and checksum of the file and of the content, and gives the verdict in place of io.EOF;
// but what d does not tell is not asked for: a directory on this machine may do without checksums.
//
// Close ends the goroutines that it runs; it does not close the file.
func NewDocumentReader(file io.Reader, d *RepomdData) (io.ReadCloser, error) {
	if d.Checksum == (Checksum{}) {
		return startPipeline(&verifyReader{r: file, name: d.Type, size: d.Size}, d, false)
	}
	return newPipeline(file, d, false)
}

func startPipeline(packed *verifyReader, d *RepomdData, trusted bool) (*pipeline, error) {
	name := d.Type
	var err error
	plain := &verifyReader{name: name + " (open)", want: d.OpenChecksum, size: d.OpenSize}
	if d.OpenChecksum != (Checksum{}) && !trusted {
		if plain.h, err = d.OpenChecksum.newHash(); err != nil {
			return nil, fmt.Errorf("%s: open-%w", name, err)
		}
	}
	p := &pipeline{
		toReader: make(chan *block, blocks), verdict: make(chan error, 1),
		free: make(chan *block, blocks), stop: make(chan struct{}),
	}
	for range blocks {
		p.free <- &block{data: make([]byte, blockSize)}
	}
	toHasher := make(chan *block, blocks)
	p.wg.Go(func() { p.produce(packed, name, plain.size, toHasher) })
	p.wg.Go(func() { p.hash(plain, toHasher) })
	return p, nil
}

// produce fills blocks. After the content it reads the file to its end, for the verdict there.
func (p *pipeline) produce(packed io.Reader, name string, openSize int64, toHasher chan<- *block) {
	defer close(p.toReader)
	defer close(toHasher)
	rc, err := decompressed(packed, name)
	if err == nil {
		defer rc.Close()
	}
	var total int64
	for {
		var b *block
		select {
		case b = <-p.free:
		case <-p.stop:
			return
		}
		n := 0
		b.data = b.data[:cap(b.data)]
		for err == nil && n < len(b.data) {
			var k int
			k, err = rc.Read(b.data[n:])
			n += k
		}
		if err != nil {
			// That the file is not the right one says more than what is wrong with it.
			if _, bad := io.Copy(io.Discard, packed); bad != nil {
				err = bad
			}
		}
		// What a checksum stands for must not grow without bound before it is known.
		if total += int64(n); err == nil && openSize > 0 && total > openSize {
			err = &ChecksumError{Name: name + " (open)", Want: fmt.Sprintf("%d bytes", openSize), Got: fmt.Sprintf("%d bytes", total)}
		}
		b.data, b.err = b.data[:n], err
		b.users.Store(2)
		toHasher <- b
		p.toReader <- b
		if err != nil {
			return
		}
	}
}

// release gives a block back when both users are done with it.
func (p *pipeline) release(b *block) {
	if b.users.Add(-1) == 0 {
		p.free <- b
	}
}

func (p *pipeline) hash(plain *verifyReader, in <-chan *block) {
	var verdict error
	for b := range in {
		plain.n += int64(len(b.data))
		if plain.h != nil {
			plain.h.Write(b.data)
		}
		if b.err == io.EOF {
			plain.r = bytes.NewReader(nil)
			if _, err := plain.Read(nil); err != io.EOF {
				verdict = err
			}
		}
		p.release(b)
	}
	p.verdict <- verdict
}

// Read gives the content; in place of io.EOF comes what is wrong with it.
func (p *pipeline) Read(buf []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if err := p.next(); err != nil {
			p.err = err
		}
	}
	n := copy(buf, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// next takes the next block; its error applies after its data.
func (p *pipeline) next() error {
	if p.current != nil {
		p.release(p.current)
		p.current = nil
	}
	b, ok := <-p.toReader
	if !ok {
		return io.ErrClosedPipe
	}
	p.current, p.rest = b, b.data
	if b.err == io.EOF {
		if bad := <-p.verdict; bad != nil {
			return bad
		}
	}
	return b.err
}

// Close ends the goroutines. It does not close the file.
func (p *pipeline) Close() error {
	p.once.Do(func() {
		close(p.stop)
		for range p.toReader { // unblock the producer
		}
		p.wg.Wait()
		p.err, p.rest = io.ErrClosedPipe, nil
	})
	return nil
}
