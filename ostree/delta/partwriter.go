package delta

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/gvariant"
	"github.com/nestos-dev/nestos/internal/xz"
	"github.com/nestos-dev/nestos/ostree/object"
)

// PartWriter collects the objects of a part: the data and the operations that make them of it. Objects
// come out in the order in which they were added. Data beyond 64 MiB is kept in a file without a name. A
// PartWriter may be used by one goroutine at a time; Close releases it.
type PartWriter struct {
	modes     []mode
	modeIndex map[mode]int
	sets      []gvariant.Value
	setIndex  map[string]int
	blob      spool
	blobSize  int64
	ops       []byte
	objects   []object.Name
	usize     uint64
}

const blobInMemory = 64 << 20

// NewPartWriter returns an empty part. tmp is the directory for data that is too much for memory, "" for
// the system's.
func NewPartWriter(tmp string) *PartWriter {
	return &PartWriter{modeIndex: map[mode]int{}, setIndex: map[string]int{}, blob: spool{dir: tmp, limit: blobInMemory}}
}

// Len returns the number of objects.
func (p *PartWriter) Len() int { return len(p.objects) }

// BlobSize returns how many bytes of data there are, before compression.
func (p *PartWriter) BlobSize() int64 { return p.blobSize }

// Close releases the data.
func (p *PartWriter) Close() { p.blob.Close() }

// header returns the indexes of a file's owner, mode and xattrs in the tables of the part.
func (p *PartWriter) header(h *object.FileHeader) (modeAt, xattrsAt uint64) {
	m := mode{h.UID, h.GID, h.Mode}
	i, ok := p.modeIndex[m]
	if !ok {
		i = len(p.modes)
		p.modes, p.modeIndex[m] = append(p.modes, m), i
	}
	x := h.Xattrs.Append(nil)
	j, ok := p.setIndex[string(x)]
	if !ok {
		j = len(p.sets)
		p.sets, p.setIndex[string(x)] = append(p.sets, gvariant.FromBytes(xattrsType, x)), j
	}
	return uint64(i), uint64(j)
}

func (p *PartWriter) op(code byte, args ...uint64) {
	p.ops = append(p.ops, code)
	for _, a := range args {
		p.ops = binary.AppendUvarint(p.ops, a)
	}
}

// data appends n bytes to the blob and returns where they are.
func (p *PartWriter) data(r io.Reader, n int64) (offset uint64, err error) {
	offset = uint64(p.blobSize)
	m, err := io.CopyN(&p.blob, r, n)
	p.blobSize += m
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return offset, err
}

func (p *PartWriter) bytes(b []byte) (offset uint64, err error) {
	offset = uint64(p.blobSize)
	n, err := p.blob.Write(b)
	p.blobSize += int64(n)
	return offset, err
}

func (p *PartWriter) add(n object.Name, size int64) {
	p.objects = append(p.objects, n)
	p.usize += uint64(size)
}

// AddMeta adds a metadata object.
func (p *PartWriter) AddMeta(n object.Name, data []byte) error {
	offset, err := p.bytes(data)
	if err != nil {
		return err
	}
	p.add(n, int64(len(data)))
	p.op(opOpenSpliceClose, uint64(len(data)), offset)
	return nil
}

// AddFile adds a whole file: size bytes of payload, or a symlink, which has none.
func (p *PartWriter) AddFile(c object.Checksum, h *object.FileHeader, size int64, payload io.Reader) error {
	n := size
	var offset uint64
	var err error
	if h.IsSymlink() {
		// A target is data here, though it does not count as a payload.
		size, n = 0, int64(len(h.Symlink))
		offset, err = p.bytes([]byte(h.Symlink))
	} else {
		offset, err = p.data(payload, size)
	}
	if err != nil {
		return fmt.Errorf("reading %s.file: %w", c, err)
	}
	p.add(object.Name{Checksum: c, Type: object.TypeFile}, size)
	m, x := p.header(h)
	p.op(opOpenSpliceClose, m, x, uint64(n), offset)
	return nil
}

// Piece is a range of a new file that another file has too.
type Piece struct {
	From int64 // offset in the other file
	To   int64 // offset in the new file
	Len  int64
}

// AddCopied adds a regular file that is made of pieces of the file object source, which must be sorted by
// To and not overlap, and of its own data, read from payload, in between.
func (p *PartWriter) AddCopied(c object.Checksum, h *object.FileHeader, size int64, source object.Checksum, pieces []Piece, payload io.ReaderAt) error {
	if len(pieces) == 0 {
		return errors.New("no pieces to copy")
	}
	sourceAt, err := p.bytes(source[:])
	if err != nil {
		return err
	}
	m, x := p.header(h)
	p.op(opOpen, m, x, uint64(size))
	w := copyWriter{p: p, payload: payload, source: sourceAt}
	for _, piece := range pieces {
		if piece.To < w.at || piece.Len < 1 || piece.Len > size-piece.To {
			return fmt.Errorf("invalid piece of %d bytes at %d", piece.Len, piece.To)
		}
		if err := w.own(piece.To); err != nil {
			return fmt.Errorf("reading %s.file: %w", c, err)
		}
		w.copy(piece)
	}
	w.setCopying(false)
	if err := w.own(size); err != nil {
		return fmt.Errorf("reading %s.file: %w", c, err)
	}
	p.op(opClose)
	p.add(object.Name{Checksum: c, Type: object.TypeFile}, size)
	return nil
}

// copyWriter writes the operations that make a file of pieces.
type copyWriter struct {
	p       *PartWriter
	payload io.ReaderAt
	source  uint64 // where the checksum of the read source is in the blob
	copying bool   // the read source is set
	at      int64  // how much of the file is made
}

func (w *copyWriter) setCopying(on bool) {
	switch {
	case on && !w.copying:
		w.p.op(opSetReadSource, w.source)
	case !on && w.copying:
		w.p.op(opUnsetReadSource)
	}
	w.copying = on
}

func (w *copyWriter) copy(piece Piece) {
	w.setCopying(true)
	w.p.op(opWrite, uint64(piece.Len), uint64(piece.From))
	w.at += piece.Len
}

// own writes the file's own data up to end.
func (w *copyWriter) own(end int64) error {
	n := end - w.at
	if n <= 0 {
		return nil
	}
	w.setCopying(false)
	offset, err := w.p.data(io.NewSectionReader(w.payload, w.at, n), n)
	if err != nil {
		return err
	}
	w.p.op(opWrite, uint64(n), offset)
	w.at = end
	return nil
}

// AddPatched adds a regular file that a bsdiff stream makes of the file object source.
func (p *PartWriter) AddPatched(c object.Checksum, h *object.FileHeader, size int64, source object.Checksum, patch []byte) error {
	sourceAt, err := p.bytes(source[:])
	if err != nil {
		return err
	}
	patchAt, err := p.bytes(patch)
	if err != nil {
		return err
	}
	m, x := p.header(h)
	p.op(opSetReadSource, sourceAt)
	p.op(opOpen, m, x, uint64(size))
	p.op(opBspatch, patchAt, uint64(len(patch)))
	p.op(opClose)
	p.op(opUnsetReadSource)
	p.add(object.Name{Checksum: c, Type: object.TypeFile}, size)
	return nil
}

// PartOptions say how a part is compressed.
type PartOptions struct {
	// Uncompressed stores the payload as it is.
	Uncompressed bool
	// Concurrency is how many goroutines compress; 0 means 1. The bytes do not depend on it.
	Concurrency int
}

// Encode writes the part's file to w and returns what the superblock says of it. Compressing takes memory of
// about thirteen times the payload's size, up to 400 MiB.
func (p *PartWriter) Encode(w io.Writer, opts *PartOptions) (*PartHeader, error) {
	if opts == nil {
		opts = &PartOptions{}
	}
	hash := sha256.New()
	out := &framer{w: io.MultiWriter(w, hash)}
	if err := p.encode(out, opts); err != nil {
		return nil, fmt.Errorf("writing delta part: %w", err)
	}
	h := &PartHeader{Size: uint64(out.pos), USize: p.usize, Objects: p.objects}
	hash.Sum(h.Checksum[:0])
	return h, nil
}

func (p *PartWriter) encode(out *framer, opts *PartOptions) error {
	if opts.Uncompressed {
		out.write([]byte{CompressionNone})
		if out.err != nil {
			return out.err
		}
		return p.writePayload(frameWriter{out})
	}
	out.write([]byte{CompressionXZ})
	z, err := xz.NewWriter(frameWriter{out}, &xz.WriterOptions{Concurrency: opts.Concurrency, SizeHint: p.blobSize + int64(len(p.ops))})
	if err != nil {
		return err
	}
	if err := p.writePayload(z); err != nil {
		return err
	}
	return z.Close()
}

// frameWriter is a framer as an io.Writer.
type frameWriter struct{ f *framer }

func (w frameWriter) Write(b []byte) (int, error) {
	before := w.f.pos
	w.f.write(b)
	return int(w.f.pos - before), w.f.err
}

func (p *PartWriter) writePayload(w io.Writer) error {
	return writePayload(w, p.modes, p.sets, io.NewSectionReader(p.blob.readerAt(), 0, p.blobSize), p.blobSize, p.ops)
}

// writePayload writes a (a(uuu)aa(ayay)ayay).
func writePayload(w io.Writer, modes []mode, sets []gvariant.Value, blob io.Reader, size int64, ops []byte) error {
	f := &framer{w: w}
	tuple := f.begin()
	table := make([]byte, 0, modeSize*len(modes))
	for _, m := range modes {
		for _, n := range []uint32{m.uid, m.gid, m.mode} {
			table = binary.BigEndian.AppendUint32(table, n)
		}
	}
	f.write(table)
	tuple.end()
	f.write(gvariant.NewArray(xattrsType, sets...).Bytes())
	tuple.end()
	f.copy(blob, size)
	tuple.end()
	f.write(ops)
	tuple.closeTuple()
	return f.err
}
