package decompress

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/nestos-dev/nestos/internal/xz"
)

// ErrTrailing is reported (wrapped) by Copy for bytes behind the compressed data.
var ErrTrailing = errors.New("found trailing data after compressed stream")

// CopyOptions are the settings of Copy; the zero value, like nil, is right for
// any image.
type CopyOptions struct {
	// Concurrency is the number of goroutines that decode at the same time
	// where the file allows it; 0 means one for each processor.
	Concurrency int

	// MaxMemory bounds the buffers and windows, in bytes; 0 means 200 MiB. A
	// file that needs more is an error.
	MaxMemory int64

	// Size, if not nil, is called as soon as headers in the compressed data promise that the
	// decoded data have at least this many bytes, with growing values. The
	// promise may be false. An error ends the copy, and is returned (wrapped).
	Size func(decoded int64) error

	// Length is the number of bytes of src, if it is known. If they turn out to be the
	// image itself, Size is called with it.
	Length int64

	// Raw takes the bytes as they are, whatever they begin like.
	Raw bool
}

const (
	copyMemory = 200 << 20
	sourceSize = 256 << 10 // of the pieces that are read
	// sourceMemory is for reading ahead.
	sourceMemory = (sourcePieces+1)*sourceSize + 2*pieceSize
)

func (o *CopyOptions) withDefaults() CopyOptions {
	var r CopyOptions
	if o != nil {
		r = *o
	}
	if r.Concurrency <= 0 {
		r.Concurrency = runtime.GOMAXPROCS(0)
	}
	if r.MaxMemory <= 0 {
		r.MaxMemory = copyMemory
	}
	return r
}

// Copy decodes an image from src to dst, from offset 0 on, and returns the
// number of bytes. It tells the format by the first bytes: one member of a
// gzip file, one stream of an .xz file, zstd frames one after the other;
// whatever else is Raw. Any byte behind these is [ErrTrailing]. When there is no
// error all checksums were verified, and src was read to its end.
//
// Reading, decoding and writing overlap, and the blocks of an .xz file are
// decoded in parallel. src is read by one goroutine at a time, in pieces of 256 KiB. WriteAt is
// called for disjoint ranges, by several goroutines for .xz files; the first MiB is
// written, in ascending order, before anything else. Otherwise pieces are 1 MiB at
// multiples of 1 MiB, in memory that begins at a page, except at the end, and at the
// borders of blocks in an .xz file that are not at such an offset (xz makes none).
// They are not valid after WriteAt has returned.
//
// Copy returns when no call of Read or WriteAt is on the way any more; ctx can't
// interrupt these. With an error n tells what was written, which is not
// always the beginning of the image.
func Copy(ctx context.Context, dst io.WriterAt, src io.Reader, opts *CopyOptions) (n int64, format Format, err error) {
	o := opts.withDefaults()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ahead := readAhead(ctx, src)
	defer ahead.close()
	br := bufio.NewReaderSize(ahead, sourceSize)
	if !o.Raw {
		prefix, err := br.Peek(sniffSize)
		if err != nil && err != io.EOF {
			return 0, Raw, fmt.Errorf("reading the first bytes: %w", err)
		}
		format = sniffImage(prefix)
	}
	if format == Raw && o.Length > 0 && o.Size != nil {
		if err := o.Size(o.Length); err != nil {
			return 0, Raw, err
		}
	}
	if n, err = copyFormat(ctx, dst, br, format, &o); err != nil {
		return n, format, err
	}
	if _, err := br.Peek(1); err == nil {
		return n, format, ErrTrailing
	} else if err != io.EOF {
		return n, format, err
	}
	return n, format, nil
}

func copyFormat(ctx context.Context, dst io.WriterAt, br *bufio.Reader, format Format, o *CopyOptions) (int64, error) {
	if format == XZ {
		return xz.Copy(ctx, dst, br, &xz.CopyOptions{
			Concurrency: o.Concurrency, MaxMemory: max(o.MaxMemory-sourceMemory, 1), Size: o.Size,
		})
	}
	if format == Gzip {
		return copyGzip(ctx, dst, br)
	}
	w, err := newPieceWriter(ctx, dst, 0, 0, nil)
	if err != nil {
		return 0, err
	}
	if format == Zstd {
		err = copyZstd(w, br, o)
	} else {
		_, err = w.ReadFrom(br)
	}
	return w.close(err)
}
