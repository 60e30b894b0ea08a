package osmet

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/nestos-dev/nestos/internal/xz"
)

// Image returns the image, which takes its objects from a repository. At its end Read fails if the number of bytes or their
// SHA-256 are not what the file says. All errors of Read begin with "while unpacking: ". Only one of the images of a file
// should be read at a time if there is little memory: each has a decoder with a dictionary of usually 64 MiB.
func (f *File) Image(objects ObjectOpener) (io.ReadCloser, error) {
	u, err := f.unpack(objects)
	if err != nil {
		return nil, err
	}
	return &image{u: u, layout: &f.Layout, sum: sha256.New()}, nil
}

// image verifies what an unpacker returns.
type image struct {
	u      *unpacker
	layout *Layout
	sum    hash.Hash
	n      int64
	err    error
}

func (i *image) Read(p []byte) (int, error) {
	if i.err != nil {
		return 0, i.err
	}
	n, err := i.u.Read(p)
	i.sum.Write(p[:n])
	i.n += int64(n)
	if err == io.EOF {
		err = i.check()
	}
	if err == nil && i.n > i.layout.Size {
		err = i.countError()
	}
	if err != nil && err != io.EOF {
		err = &unpackError{err}
	}
	i.err = err
	return n, err
}

// check returns io.EOF if all is well.
func (i *image) check() error {
	if i.n != i.layout.Size {
		return i.countError()
	}
	if got := i.sum.Sum(nil); !bytes.Equal(got, i.layout.Checksum[:]) {
		return fmt.Errorf("expected final checksum %x, but got %x", i.layout.Checksum, got)
	}
	return io.EOF
}

func (i *image) countError() error {
	return fmt.Errorf("wrote %d bytes but expected %d", i.n, i.layout.Size)
}

// Close releases the object that is open.
func (i *image) Close() error {
	if i.err == nil {
		i.err = errors.New("image is closed")
	}
	return i.u.Close()
}

// unpackError is one message with all that is below it: an Unwrap method would have programs print the parts one by one, and
// coreos-installer prints one line.
type unpackError struct{ err error }

func (e *unpackError) Error() string        { return "while unpacking: " + e.err.Error() }
func (e *unpackError) Is(target error) bool { return errors.Is(e.err, target) }
func (e *unpackError) As(target any) bool   { return errors.As(e.err, target) }

// unpacker puts packed data and objects together. It verifies nothing but that there is enough of the former.
type unpacker struct {
	packed  io.Reader
	objects ObjectOpener
	parts   []Partition // that are not done yet
	next    int         // mapping of the first of them
	cursor  int64       // offset on the disk of the end of the current piece

	piece  io.Reader // current piece: what is left of it is left, unless it is the last
	left   int64
	last   bool
	object object
	err    error
}

func (f *File) unpack(objects ObjectOpener) (*unpacker, error) {
	data := bufio.NewReaderSize(io.NewSectionReader(f.data, f.packed, f.size-f.packed), bufferSize)
	packed, err := xz.NewReader(data, &xz.ReaderOptions{SingleStream: true})
	if err != nil {
		return nil, fmt.Errorf("opening packed image: %w", err)
	}
	return &unpacker{packed: &packedReader{packed, data}, objects: objects, parts: f.Partitions}, nil
}

// packedReader reads an xz stream behind which there must be nothing.
type packedReader struct {
	xz   io.Reader
	data *bufio.Reader
}

// errTrailing has the text of coreos-installer.
var errTrailing = errors.New("corrupt xz stream")

func (p *packedReader) Read(b []byte) (int, error) {
	n, err := p.xz.Read(b)
	if err == io.EOF {
		if _, more := p.data.Peek(1); more != io.EOF {
			err = cmp.Or(more, errTrailing)
		}
	}
	return n, err
}

func (u *unpacker) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := u.read(p)
	u.err = err
	return n, err
}

func (u *unpacker) read(p []byte) (int, error) {
	for u.left == 0 && !u.last {
		if err := u.advance(); err != nil {
			return 0, err
		}
	}
	if u.last {
		return u.packed.Read(p)
	}
	n, err := u.piece.Read(p[:min(int64(len(p)), u.left)])
	u.left -= int64(n)
	if err == io.EOF {
		err = nil
		if u.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// advance makes the next piece of the image the current one.
func (u *unpacker) advance() error {
	if len(u.parts) == 0 {
		u.last = true
		return nil
	}
	p := &u.parts[0]
	if u.next == len(p.Mappings) {
		u.fromPacked(p.End)
		u.parts, u.next = u.parts[1:], 0
		return nil
	}
	m := &p.Mappings[u.next]
	if start := p.Start + m.Physical; u.cursor < start {
		u.fromPacked(start)
		return nil
	}
	u.next++
	if m.Length == 0 {
		return nil
	}
	if err := u.object.open(u.objects, m); err != nil {
		return err
	}
	u.piece, u.left = &u.object, m.Length
	u.cursor += m.Length
	return nil
}

// fromPacked takes packed data up to an offset on the disk.
func (u *unpacker) fromPacked(end int64) {
	u.piece, u.left = u.packed, end-u.cursor
	u.cursor = end
}

func (u *unpacker) Close() error { return u.object.close() }

// object is an open object, which may be used for several mappings in a row.
type object struct {
	sum  [32]byte
	f    io.ReadSeekCloser
	ends bool
}

func (o *object) open(objects ObjectOpener, m *Mapping) error {
	if o.f == nil || o.sum != m.Object {
		if err := o.close(); err != nil {
			return err
		}
		f, err := objects.OpenObject(hex.EncodeToString(m.Object[:]))
		if err != nil {
			return err
		}
		o.f, o.sum = f, m.Object
	}
	o.ends = false
	if _, err := o.f.Seek(m.Logical, io.SeekStart); err != nil {
		return fmt.Errorf("reading object %x: %w", m.Object, err)
	}
	return nil
}

// Read returns the content, and zeros behind it.
func (o *object) Read(p []byte) (int, error) {
	if !o.ends {
		n, err := o.f.Read(p)
		if err == nil || n > 0 {
			return n, ignoreEOF(err)
		}
		if err != io.EOF {
			return 0, fmt.Errorf("reading object %x: %w", o.sum, err)
		}
		o.ends = true
	}
	clear(p)
	return len(p), nil
}

// ignoreEOF leaves the end of a file to the next Read.
func ignoreEOF(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}

func (o *object) close() error {
	if o.f == nil {
		return nil
	}
	f := o.f
	o.f = nil
	return f.Close()
}
