package decompress

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/nestos-dev/nestos/internal/inflate"
	"github.com/nestos-dev/nestos/internal/xz"
)

// segmentMemory bounds the window of a segment.
const segmentMemory = 128 << 20

// sniffImage is Sniff for disk images and initrds: two bytes make a gzip file,
// and bzip2 is not among the formats.
func sniffImage(prefix []byte) Format {
	switch {
	case bytes.HasPrefix(prefix, []byte("\x1f\x8b")):
		return Gzip
	case bytes.HasPrefix(prefix, []byte("\xfd7zXZ\x00")):
		return XZ
	case len(prefix) > 4 && isZstd(prefix):
		return Zstd
	}
	return Raw
}

// NewSegment decodes the archive at the front of br, which may be followed by
// others, as in an initrd. An archive is one member of a gzip file, one
// stream of an .xz file, or all zstd frames up to the next bytes that don't
// begin a frame. When rc has returned io.EOF everything was verified, and br is
// exactly behind the archive; until then br must not be used. Windows of more
// than 128 MiB are refused.
//
// Data in no known format are Raw: rc is br then, up to its end. The buffer of
// br must hold 18 bytes at least.
func NewSegment(br *bufio.Reader) (rc io.ReadCloser, format Format, err error) {
	prefix, err := br.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return nil, Raw, fmt.Errorf("reading the first bytes: %w", err)
	}
	format = sniffImage(prefix)
	switch format {
	case Gzip:
		rc, err = gzipSegment(br)
	case XZ:
		rc, err = xzSegment(br)
	case Zstd:
		rc, err = zstdSegment(br)
	default:
		return io.NopCloser(br), Raw, nil
	}
	if err != nil {
		return nil, format, fmt.Errorf("opening %s data: %w", format, err)
	}
	return rc, format, nil
}

func gzipSegment(br *bufio.Reader) (io.ReadCloser, error) {
	z, err := inflate.NewReader(br)
	if err != nil {
		return nil, err
	}
	return io.NopCloser(z), nil
}

func xzSegment(br *bufio.Reader) (io.ReadCloser, error) {
	z, err := xz.NewReader(br, &xz.ReaderOptions{MemoryLimit: segmentMemory, SingleStream: true})
	if err != nil {
		return nil, err
	}
	return io.NopCloser(z), nil
}

func zstdSegment(br *bufio.Reader) (io.ReadCloser, error) {
	f := &frames{br: br, onFrame: func(h frameHeader) error { return h.checkWindow(segmentMemory) }}
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(segmentMemory))
	if err != nil {
		return nil, f.result(err)
	}
	return &frameReader{z.IOReadCloser(), f}, nil
}

// frameReader reads the data of frames.
type frameReader struct {
	io.ReadCloser
	f *frames
}

func (r *frameReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		if err = r.f.result(nil); err == nil {
			err = io.EOF
		}
	default:
		err = r.f.result(err)
	}
	return n, err
}
