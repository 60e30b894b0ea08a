package decompress

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/nestos-dev/nestos/internal/inflate"
	"github.com/nestos-dev/nestos/internal/xz"
)

// Format is a compression format.
type Format int

// The formats. Raw is not compressed, or not in a format known here.
const (
	Raw Format = iota
	Gzip
	XZ
	Zstd
	Bzip2
)

var names = [...]string{Raw: "raw", Gzip: "gzip", XZ: "xz", Zstd: "zstd", Bzip2: "bzip2"}

// String returns the usual name of the format, in lower case.
func (f Format) String() string {
	if f < 0 || int(f) >= len(names) {
		return fmt.Sprintf("format %d", int(f))
	}
	return names[f]
}

// ErrNotAccepted is reported (wrapped) by NewReader for data in a format that is
// not in Options.Formats.
var ErrNotAccepted = errors.New("compression format is not accepted")

// Options are the settings of NewReader. The zero value, like nil, accepts
// all formats.
type Options struct {
	// MaxMemory bounds the window or dictionary that the data may ask for, in
	// bytes; 0 means 256 MiB, which is enough for what the usual programs
	// produce without special options. It has an effect on xz and zstd;
	// gzip and bzip2 need less than 4 MiB.
	MaxMemory int64

	// Concurrency is the number of goroutines that may decode, for xz and
	// zstd; 0 means 1.
	Concurrency int

	// Formats are the formats that are accepted, all if empty.
	Formats []Format
}

const defaultMemory = 256 << 20

// maxZstdWindow is the largest window the zstd format can express.
const maxZstdWindow = 1<<41 + 7<<38

// sniffSize is the length of the longest signature.
const sniffSize = 10

// Sniff returns the format of data that begin with prefix, of which ten bytes
// are enough. It judges by the signature only: a Raw file may happen to
// begin like a compressed one.
func Sniff(prefix []byte) Format {
	switch {
	case bytes.HasPrefix(prefix, []byte("\x1f\x8b\x08")):
		return Gzip
	case bytes.HasPrefix(prefix, []byte("\xfd7zXZ\x00")):
		return XZ
	case isZstd(prefix):
		return Zstd
	case isBzip2(prefix):
		return Bzip2
	}
	return Raw
}

// isZstd recognizes a frame, and a skippable frame, which may come first.
func isZstd(b []byte) bool {
	if bytes.HasPrefix(b, []byte("\x28\xb5\x2f\xfd")) {
		return true
	}
	return len(b) >= 4 && b[0]&0xf0 == 0x50 && string(b[1:4]) == "\x2a\x4d\x18"
}

// isBzip2 recognizes the file header with the header of the first block, or
// the end of a file without blocks.
func isBzip2(b []byte) bool {
	if len(b) < 10 || string(b[:3]) != "BZh" || b[3] < '1' || b[3] > '9' {
		return false
	}
	first := string(b[4:10])
	return first == "\x31\x41\x59\x26\x53\x59" || first == "\x17\x72\x45\x38\x50\x90"
}

// NewReader returns the decoded data of r, and the format they were found
// in. It reads the first bytes of r. Empty input is Raw. Closing rc releases what the
// decoder holds; it does not close r.
//
// The errors are those of r, ErrNotAccepted, and those of the decoder for a
// bad header.
func NewReader(r io.Reader, opts *Options) (rc io.ReadCloser, format Format, err error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = defaultMemory
	}
	o.Concurrency = max(o.Concurrency, 1)
	br := bufio.NewReaderSize(r, 64<<10)
	prefix, err := br.Peek(sniffSize)
	if err != nil && err != io.EOF {
		return nil, Raw, fmt.Errorf("reading the first bytes: %w", err)
	}
	format = Sniff(prefix)
	if len(o.Formats) > 0 && !slices.Contains(o.Formats, format) {
		return nil, format, fmt.Errorf("%s: %w", format, ErrNotAccepted)
	}
	rc, err = open(br, format, &o)
	if err != nil {
		return nil, format, fmt.Errorf("opening %s data: %w", format, err)
	}
	return rc, format, nil
}

func open(r *bufio.Reader, format Format, o *Options) (io.ReadCloser, error) {
	switch format {
	case Gzip:
		z, err := inflate.NewFileReader(r)
		if err != nil {
			return nil, err
		}
		return io.NopCloser(z), nil
	case XZ:
		z, err := xz.NewReader(r, &xz.ReaderOptions{MemoryLimit: o.MaxMemory, Concurrency: o.Concurrency})
		if err != nil {
			return nil, err
		}
		return io.NopCloser(z), nil
	case Zstd:
		return openZstd(r, o)
	case Bzip2:
		return io.NopCloser(bzip2.NewReader(r)), nil
	}
	return io.NopCloser(r), nil
}

func openZstd(r io.Reader, o *Options) (io.ReadCloser, error) {
	z, err := zstd.NewReader(r,
		zstd.WithDecoderConcurrency(o.Concurrency),
		zstd.WithDecoderMaxWindow(uint64(min(max(o.MaxMemory, zstd.MinWindowSize), maxZstdWindow))))
	if err != nil {
		return nil, err
	}
	return z.IOReadCloser(), nil
}
