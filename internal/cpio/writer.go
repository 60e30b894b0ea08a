package cpio

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Errors of what cannot be written; they come wrapped.
var (
	// ErrTooLong reports more content than the header announces.
	ErrTooLong = errors.New("cpio content is longer than its header says")
	// ErrMissing reports a member that ends before its content is complete.
	ErrMissing = errors.New("cpio content is shorter than its header says")
)

// Writer writes an archive in the format 070701, in the order it is told.
//
// The archive is complete after Close. A Writer is not safe for concurrent use.
type Writer struct {
	// Upper writes numbers in upper case, as GNU cpio does. Those of Rust's cpio crate are in lower case; readers
	// take both.
	Upper bool

	w      io.Writer
	left   int64 // bytes of the content that are to come
	pad    int64 // bytes after it
	buf    []byte
	err    error
	closed bool
}

// NewWriter writes an archive to w, in at least two pieces for each member.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// WriteHeader begins a member; the one before must be complete. Links of 0 stand for 1, Sum is not written. Numbers
// that do not fit 32 bits are an error: those of Dev and RDev for each half.
func (w *Writer) WriteHeader(h *Header) error {
	if err := w.ready(); err != nil {
		return err
	}
	if h.Name == "" || len(h.Name) >= maxName || strings.IndexByte(h.Name, 0) >= 0 || h.Name == trailer {
		return fmt.Errorf("%w: name %q", ErrHeader, clip([]byte(h.Name)))
	}
	return w.header(h)
}

// ready tells why no member may begin now.
func (w *Writer) ready() error {
	switch {
	case w.err != nil:
		return w.err
	case w.closed:
		return errors.New("cpio archive is closed")
	case w.left > 0:
		return fmt.Errorf("%w: by %d bytes", ErrMissing, w.left)
	}
	return nil
}

func (w *Writer) header(h *Header) error {
	fields := [...]struct {
		name  string
		value uint64
	}{
		{"inode", h.Inode}, {"mode", uint64(h.Mode)}, {"user", uint64(h.UID)}, {"group", uint64(h.GID)},
		{"links", max(uint64(h.Links), 1)}, {"time", uint64(h.Modified)}, {"size", uint64(h.Size)},
		{"device", h.Dev >> 32}, {"device", h.Dev & math.MaxUint32}, {"device", h.RDev >> 32},
		{"device", h.RDev & math.MaxUint32}, {"name", uint64(len(h.Name) + 1)}, {"sum", 0},
	}
	format := "%08x"
	if w.Upper {
		format = "%08X"
	}
	b := w.zeros(w.pad)
	start := len(b)
	b = append(b, magicNew...)
	for _, f := range fields {
		if f.value > math.MaxUint32 {
			return fmt.Errorf("%w: %s of %q does not fit 32 bits", ErrHeader, f.name, clip([]byte(h.Name)))
		}
		b = fmt.Appendf(b, format, f.value)
	}
	b = append(append(b, h.Name...), 0)
	for (len(b)-start)%4 != 0 {
		b = append(b, 0)
	}
	w.buf = b
	w.left, w.pad = h.Size, padding(h.Size)
	return w.write(b)
}

// zeros returns n of them in the buffer.
func (w *Writer) zeros(n int64) []byte { return append(w.buf[:0], "\x00\x00\x00"[:n]...) }

func (w *Writer) write(b []byte) error {
	_, w.err = w.w.Write(b)
	return w.err
}

// Write adds to the content of the current member.
func (w *Writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	if int64(len(p)) > w.left {
		return 0, ErrTooLong
	}
	n, err := w.w.Write(p)
	w.left -= int64(n)
	w.err = err
	return n, err
}

// Close ends the archive with its trailer. It does not close the underlying writer.
func (w *Writer) Close() error {
	if err := w.ready(); err != nil {
		return err
	}
	w.closed = true
	return w.header(&Header{Name: trailer})
}
