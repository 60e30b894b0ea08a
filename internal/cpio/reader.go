package cpio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Header is what an archive says of a member.
type Header struct {
	Name     string
	Mode     uint32 // as in struct stat, with the file type
	UID, GID uint32
	Links    uint32 // number of hard links
	Modified int64  // seconds since 1970
	Size     int64  // bytes of the content; of a symbolic link, those of its target
	Dev      uint64 // device and inode identify a file with several links
	Inode    uint64
	RDev     uint64 // of a device node
	Sum      uint32 // of all bytes of the content, in archives that have it
}

// MagicSize is the size of the prefix that [Detect] needs, in bytes.
const MagicSize = 6

const (
	magicNew = "070701"
	magicSum = "070702"
	magicOld = "070707"

	newSize  = 110
	oldSize  = 76
	trailer  = "TRAILER!!!"
	maxName  = 64 << 10
	newDigit = 8
)

// Errors of damaged archives; they come wrapped.
var (
	ErrHeader = errors.New("invalid cpio header")
	// ErrMagic is an [ErrHeader] of what is no member at all.
	ErrMagic = fmt.Errorf("%w: magic number", ErrHeader)
	ErrSum   = errors.New("cpio content does not have the sum in its header")
)

// Detect tells whether data that begins so is a cpio archive that this package can read.
func Detect(prefix []byte) bool {
	if len(prefix) < MagicSize {
		return false
	}
	switch string(prefix[:MagicSize]) {
	case magicNew, magicSum, magicOld:
		return true
	}
	return false
}

// Reader reads an archive from start to end. It is not safe for concurrent use.
type Reader struct {
	// Initramfs reads names as Linux does in an initial RAM disk: they end at the first NUL, behind which dracut-cpio
	// pads them to align contents for reflinks, and may be empty; 070707 is refused. After the last member the reader
	// has read exactly the archive.
	Initramfs bool

	r      io.Reader
	left   int64 // bytes of the content that were not read
	pad    int64 // bytes after the content
	sum    uint32
	want   uint32
	summed bool
	err    error // that ends reading
}

// NewReader reads an archive from r. Reads are small in part: r should be buffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Next skips what is left of the current member and returns the header of the next one; io.EOF after the last.
func (r *Reader) Next() (*Header, error) {
	if r.err != nil {
		return nil, r.err
	}
	h, err := r.next()
	if err != nil {
		r.err = err
	}
	return h, err
}

func (r *Reader) next() (*Header, error) {
	if _, err := io.Copy(io.Discard, reading{r}); err != nil {
		return nil, err
	}
	if err := r.skip(r.pad); err != nil {
		return nil, err
	}
	r.pad = 0
	var magic [MagicSize]byte
	if _, err := io.ReadFull(r.r, magic[:]); err != nil {
		return nil, unexpected(err) // an archive ends with a trailer
	}
	var h *Header
	var err error
	switch string(magic[:]) {
	case magicNew, magicSum:
		h, err = r.newHeader(string(magic[:]) == magicSum)
	case magicOld:
		if r.Initramfs {
			return nil, fmt.Errorf("%w %q in an initial RAM disk", ErrMagic, magicOld)
		}
		h, err = r.oldHeader()
	default:
		err = fmt.Errorf("%w %q", ErrMagic, magic[:])
	}
	if err != nil {
		return nil, err
	}
	if h.Name == trailer {
		return nil, r.end()
	}
	return h, nil
}

// end leaves an initial RAM disk behind the trailer, whose content, of which there should be none, Linux skips.
func (r *Reader) end() error {
	if !r.Initramfs {
		return io.EOF
	}
	if err := r.skip(r.left + r.pad); err != nil {
		return err
	}
	return io.EOF
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// fields takes numbers of fixed width off a header.
type fields struct {
	data []byte
	base int
	err  error
}

func (f *fields) next(width int) uint64 {
	if f.err != nil {
		return 0
	}
	text := f.data[:width]
	f.data = f.data[width:]
	// ParseUint alone would take a sign or an underscore.
	for _, c := range text {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			f.err = fmt.Errorf("%w: number %q", ErrHeader, text)
			return 0
		}
	}
	n, err := strconv.ParseUint(string(text), f.base, 64)
	if err != nil {
		f.err = fmt.Errorf("%w: number %q", ErrHeader, text)
	}
	return n
}

func (r *Reader) newHeader(summed bool) (*Header, error) {
	var buf [newSize - MagicSize]byte
	if _, err := io.ReadFull(r.r, buf[:]); err != nil {
		return nil, unexpected(err)
	}
	f := fields{data: buf[:], base: 16}
	num := func() uint64 { return f.next(newDigit) }
	h := &Header{Inode: num(), Mode: uint32(num()), UID: uint32(num()), GID: uint32(num()), Links: uint32(num()),
		Modified: int64(num()), Size: int64(num())}
	h.Dev = num()<<32 | num()
	h.RDev = num()<<32 | num()
	nameSize := int64(num())
	h.Sum = uint32(num())
	if f.err != nil {
		return nil, f.err
	}
	if err := r.name(h, nameSize); err != nil {
		return nil, err
	}
	if err := r.skip(padding(newSize + nameSize)); err != nil {
		return nil, err
	}
	r.begin(h, padding(h.Size), summed)
	return h, nil
}

func (r *Reader) oldHeader() (*Header, error) {
	var buf [oldSize - MagicSize]byte
	if _, err := io.ReadFull(r.r, buf[:]); err != nil {
		return nil, unexpected(err)
	}
	f := fields{data: buf[:], base: 8}
	h := &Header{Dev: f.next(6), Inode: f.next(6), Mode: uint32(f.next(6)), UID: uint32(f.next(6)), GID: uint32(f.next(6)),
		Links: uint32(f.next(6)), RDev: f.next(6), Modified: int64(f.next(11))}
	nameSize := int64(f.next(6))
	h.Size = int64(f.next(11))
	if f.err != nil {
		return nil, f.err
	}
	if err := r.name(h, nameSize); err != nil {
		return nil, err
	}
	r.begin(h, 0, false)
	return h, nil
}

func padding(n int64) int64 { return -n & 3 }

// name reads a member's name, which ends in a NUL.
func (r *Reader) name(h *Header, size int64) error {
	if size < 1 || size > maxName {
		return fmt.Errorf("%w: name of %d bytes", ErrHeader, size)
	}
	buf := make([]byte, size)
	if _, err := io.ReadFull(r.r, buf); err != nil {
		return unexpected(err)
	}
	name, found := bytes.CutSuffix(buf, []byte{0})
	if found && r.Initramfs {
		name, _, _ = bytes.Cut(name, []byte{0})
		h.Name = string(name)
		return nil
	}
	if !found || len(name) == 0 || bytes.IndexByte(name, 0) >= 0 {
		return fmt.Errorf("%w: name %q", ErrHeader, clip(buf))
	}
	h.Name = string(name)
	return nil
}

func clip(b []byte) []byte { return b[:min(len(b), 256)] }

func (r *Reader) begin(h *Header, pad int64, summed bool) {
	r.left, r.pad = h.Size, pad
	// Links without content and symbolic links are summed by some writers and not by others.
	const typeMask, regular = 0o170000, 0o100000
	r.sum, r.want, r.summed = 0, h.Sum, summed && h.Size > 0 && h.Mode&typeMask == regular
}

func (r *Reader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, r.r, n)
	return unexpected(err)
}

// Read reads the content of the current member; io.EOF at its end. A wrong sum is an error in place of that.
func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if r.summed {
		for _, b := range p[:n] {
			r.sum += uint32(b)
		}
		if r.left == 0 && r.sum != r.want {
			r.err = ErrSum
			return n, r.err
		}
	}
	if err == io.EOF && r.left == 0 {
		err = nil
	}
	if err != nil {
		r.err = unexpected(err)
	}
	return n, unexpected(err)
}

// reading hides all but Read from io.Copy.
type reading struct{ r *Reader }

func (r reading) Read(p []byte) (int, error) { return r.r.Read(p) }
