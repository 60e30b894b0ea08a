package container

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/nestos-dev/nestos/internal/decompress"
)

// maxLayerSize is the default bound of an uncompressed layer, in bytes.
const maxLayerSize = 64 << 30

var errLayerSize = errors.New("the uncompressed layer is larger than allowed")

// layerTypes are the media types of layers that can be read; the compression is told from the data.
var layerTypes = []types.MediaType{
	types.OCILayer, types.OCIUncompressedLayer, ociLayerZstd, types.DockerLayer, types.DockerUncompressedLayer,
	"application/vnd.docker.image.rootfs.diff.tar.zstd", "",
}

func checkLayerType(mt types.MediaType) error {
	for _, t := range layerTypes {
		if mt == t {
			return nil
		}
	}
	return fmt.Errorf("media type %s is not supported", limitText(string(mt)))
}

// readLayer passes the tar stream of a layer to read. It returns nil only if the blob has the digest and
// the size of the manifest, and its uncompressed form the digest of the configuration.
func readLayer(ctx context.Context, blob io.ReadCloser, desc v1.Descriptor, diffID v1.Hash, limit int64, read func(io.Reader) error) error {
	if err := checkLayerType(desc.MediaType); err != nil {
		return err
	}
	if diffID.Algorithm != "sha256" {
		return fmt.Errorf("digest algorithm %s is not supported", limitText(diffID.Algorithm))
	}
	src := &firstError{r: blob}
	z, _, err := decompress.NewReader(src, &decompress.Options{MaxMemory: 128 << 20,
		Formats: []decompress.Format{decompress.Raw, decompress.Gzip, decompress.Zstd}})
	if err != nil {
		return src.blame(err)
	}
	ahead := newReadAhead(ctx, z)
	plain := &plainReader{r: ahead, hash: sha256.New(), left: limit}
	err = read(plain)
	if err == nil {
		_, err = io.Copy(io.Discard, plain) // what follows the end of the archive counts for the digests
	}
	ahead.stop()
	z.Close()
	if err == nil {
		_, err = io.Copy(io.Discard, src)
	}
	if err != nil {
		return src.blame(err)
	}
	if got := hashOf(plain.hash); got != diffID {
		return fmt.Errorf("uncompressed: %w", &DigestError{diffID.String(), got.String()})
	}
	return nil
}

// firstError remembers why a source ended early: what decoders make of it says less.
type firstError struct {
	r   io.Reader
	err error
}

// Read reads on.
func (f *firstError) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF && f.err == nil {
		f.err = err
	}
	return n, err
}

func (f *firstError) blame(err error) error {
	if f.err != nil {
		return f.err
	}
	return err
}

// plainReader hashes a layer's uncompressed bytes and bounds their number.
type plainReader struct {
	r    io.Reader
	hash hash.Hash
	left int64
}

// Read reads on.
func (p *plainReader) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	p.hash.Write(b[:n])
	if p.left -= int64(n); p.left < 0 {
		return 0, errLayerSize
	}
	return n, err
}

const (
	aheadBlock = 256 << 10
	aheadCount = 4
)

// readAhead reads a source in a goroutine of its own, so that decompression runs beside what is done
// with the data. stop must be called before the source is used for anything else.
type readAhead struct {
	full, free chan []byte
	cur        []byte
	buf        []byte // that cur is a part of
	err        error  // set before full is closed
	quit       chan struct{}
}

func newReadAhead(ctx context.Context, r io.Reader) *readAhead {
	a := &readAhead{full: make(chan []byte, aheadCount), free: make(chan []byte, aheadCount), quit: make(chan struct{})}
	for range aheadCount {
		a.free <- make([]byte, aheadBlock)
	}
	go a.fill(ctx, r)
	return a
}

func (a *readAhead) fill(ctx context.Context, r io.Reader) {
	defer close(a.full)
	for {
		var b []byte
		select {
		case b = <-a.free:
		case <-a.quit:
			return
		case <-ctx.Done():
			a.err = ctx.Err()
			return
		}
		n := 0
		var err error
		for n < len(b) && err == nil {
			var m int
			m, err = r.Read(b[n:])
			n += m
		}
		if n > 0 {
			a.full <- b[:n] // has room for all buffers there are
		}
		if err != nil {
			a.err = err
			return
		}
	}
}

// Read takes from what was read ahead.
func (a *readAhead) Read(p []byte) (int, error) {
	if len(a.cur) == 0 {
		if a.buf != nil {
			a.free <- a.buf[:aheadBlock]
			a.buf = nil
		}
		b, ok := <-a.full
		if !ok {
			return 0, a.err
		}
		a.buf, a.cur = b, b
	}
	n := copy(p, a.cur)
	a.cur = a.cur[n:]
	return n, nil
}

// stop ends the goroutine.
func (a *readAhead) stop() {
	close(a.quit)
	for range a.full {
	}
}
