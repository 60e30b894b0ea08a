package delta

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/nestos-dev/nestos/internal/bsdiff"
	"github.com/nestos-dev/nestos/ostree/object"
	"golang.org/x/sync/errgroup"
)

// Source is the payload of a file object that a delta builds upon.
type Source interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Store is the repository that a delta is applied to. Its methods are called from several goroutines.
type Store interface {
	// HasObject tells whether an object is there already; its operations are then skipped.
	HasObject(object.Name) (bool, error)
	// OpenSource opens an existing file object.
	OpenSource(object.Checksum) (Source, error)
	// WriteMeta stores a metadata object after verifying its checksum.
	WriteMeta(n object.Name, data []byte) error
	// WriteFile stores a file object after verifying its checksum.
	WriteFile(ctx context.Context, want object.Checksum, h *object.FileHeader, size int64, payload io.Reader) error
}

// maxMetaObject bounds a metadata object, in bytes.
const maxMetaObject = 128 << 20

// ApplyPart unpacks a part file, verifies it against the header from the superblock, and stores the
// objects that it makes. Large payloads go through an unnamed file in the directory tmp ("" for the
// system's). Objects are written by several workers.
func ApplyPart(ctx context.Context, store Store, h *PartHeader, file io.Reader, tmp string) error {
	p, err := openPart(file, h.Checksum, tmp)
	if err != nil {
		return err
	}
	defer p.close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	m := &machine{ctx: ctx, store: store, part: p, objects: h.Objects, spawn: g.Go}
	runErr := m.run()
	if err := g.Wait(); err != nil {
		return err
	}
	return runErr
}

// machine executes the operations of a part. The writes of an object are collected and done at once
// when it is closed, so that objects can be made side by side.
type machine struct {
	ctx     context.Context
	store   Store
	part    *payload
	objects []object.Name
	next    int
	ops     []byte
	source  *object.Checksum
	open    *openObject
	spawn   func(func() error)
}

// openObject is a content object between open and close.
type openObject struct {
	name    object.Name
	skip    bool
	header  *object.FileHeader
	size    uint64
	written uint64
	pieces  []piece
	patch   *io.SectionReader
	old     object.Checksum // read source of the patch
}

// piece is a range of the blob, or of a read source.
type piece struct {
	source         *object.Checksum
	offset, length uint64
}

var errOps = errors.New("Unexpected end of data")

func (m *machine) uvarint() (uint64, error) {
	v, n := binary.Uvarint(m.ops)
	if n <= 0 {
		return 0, errOps
	}
	m.ops = m.ops[n:]
	return v, nil
}

func (m *machine) uvarints(out ...*uint64) error {
	for _, p := range out {
		v, err := m.uvarint()
		if err != nil {
			return err
		}
		*p = v
	}
	return nil
}

func (m *machine) run() error {
	m.ops = m.part.ops
	for len(m.ops) > 0 {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		at := len(m.part.ops) - len(m.ops)
		op := m.ops[0]
		m.ops = m.ops[1:]
		if err := m.step(op, at); err != nil {
			return fmt.Errorf("delta part operation at offset %d: %w", at, err)
		}
	}
	switch {
	case m.open != nil:
		return fmt.Errorf("delta part ends within object %s", m.open.name)
	case m.next != len(m.objects):
		return fmt.Errorf("delta part makes %d of %d objects", m.next, len(m.objects))
	}
	return nil
}

func (m *machine) step(op byte, at int) error {
	switch op {
	case opOpenSpliceClose:
		return m.spliceObject()
	case opOpen:
		return m.openFile()
	case opWrite:
		return m.write()
	case opSetReadSource:
		return m.setSource()
	case opUnsetReadSource:
		m.source = nil
		return nil
	case opBspatch:
		return m.bspatch()
	case opClose:
		return m.closeFile()
	}
	return fmt.Errorf("Unknown opcode %d at offset %d", op, at)
}

// take returns the next object of the part's list.
func (m *machine) take() (n object.Name, skip bool, err error) {
	if m.open != nil {
		return n, false, fmt.Errorf("object %s is not closed", m.open.name)
	}
	if m.next >= len(m.objects) {
		return n, false, errors.New("more objects than the part lists")
	}
	n = m.objects[m.next]
	m.next++
	skip, err = m.store.HasObject(n)
	return n, skip, err
}

func (m *machine) spliceObject() error {
	n, skip, err := m.take()
	if err != nil {
		return err
	}
	if n.Type.IsMeta() {
		var length, offset uint64
		if err := m.uvarints(&length, &offset); err != nil {
			return err
		}
		return m.spliceMeta(n, skip, length, offset)
	}
	var modeIndex, xattrIndex, size, offset uint64
	if err := m.uvarints(&modeIndex, &xattrIndex, &size, &offset); err != nil {
		return err
	}
	o := &openObject{name: n, skip: skip, size: size, written: size, pieces: []piece{{nil, offset, size}}}
	if _, err := m.part.section(offset, size); err != nil {
		return err
	}
	if o.header, err = m.part.header(modeIndex, xattrIndex); err != nil {
		return err
	}
	return m.finish(o)
}

func (m *machine) spliceMeta(n object.Name, skip bool, length, offset uint64) error {
	s, err := m.part.section(offset, length)
	if err != nil || skip {
		return err
	}
	if length > maxMetaObject {
		return fmt.Errorf("metadata object %s of %d bytes is too large", n, length)
	}
	m.spawn(func() error {
		b := make([]byte, length)
		if _, err := io.ReadFull(s, b); err != nil {
			return err
		}
		return m.store.WriteMeta(n, b)
	})
	return nil
}

func (m *machine) openFile() error {
	n, skip, err := m.take()
	if err != nil {
		return err
	}
	if n.Type != object.TypeFile {
		return fmt.Errorf("open of metadata object %s", n)
	}
	var modeIndex, xattrIndex, size uint64
	if err := m.uvarints(&modeIndex, &xattrIndex, &size); err != nil {
		return err
	}
	h, err := m.part.header(modeIndex, xattrIndex)
	if err != nil {
		return err
	}
	m.open = &openObject{name: n, skip: skip, header: h, size: size}
	return nil
}

func (m *machine) write() error {
	var size, offset uint64
	if err := m.uvarints(&size, &offset); err != nil {
		return err
	}
	o := m.open
	if o == nil {
		return errors.New("write without an open object")
	}
	if m.source == nil {
		if _, err := m.part.section(offset, size); err != nil {
			return err
		}
	}
	if o.patch != nil || size > o.size-o.written {
		return fmt.Errorf("object %s: more data than its size %d", o.name, o.size)
	}
	o.written += size
	o.pieces = append(o.pieces, piece{m.source, offset, size})
	return nil
}

func (m *machine) setSource() error {
	offset, err := m.uvarint()
	if err != nil {
		return err
	}
	s, err := m.part.section(offset, object.ChecksumSize)
	if err != nil {
		return err
	}
	var c object.Checksum
	if _, err := io.ReadFull(s, c[:]); err != nil {
		return err
	}
	m.source = &c
	return nil
}

func (m *machine) bspatch() error {
	var offset, length uint64
	if err := m.uvarints(&offset, &length); err != nil {
		return err
	}
	o := m.open
	switch {
	case o == nil:
		return errors.New("bspatch without an open object")
	case m.source == nil:
		return errors.New("bspatch without a read source")
	case o.written > 0 || o.patch != nil:
		return fmt.Errorf("object %s: bspatch after other data", o.name)
	}
	s, err := m.part.section(offset, length)
	if err != nil {
		return err
	}
	o.patch, o.old, o.written = s, *m.source, o.size
	return nil
}

func (m *machine) closeFile() error {
	o := m.open
	if o == nil {
		return errors.New("close without an open object")
	}
	m.open = nil
	return m.finish(o)
}

// finish hands a complete object to a worker.
func (m *machine) finish(o *openObject) error {
	if o.skip {
		return nil
	}
	if o.written != o.size {
		return fmt.Errorf("object %s: %d bytes of data instead of %d", o.name, o.written, o.size)
	}
	m.spawn(func() error {
		if err := m.make(o); err != nil {
			return fmt.Errorf("static delta: %w", err)
		}
		return nil
	})
	return nil
}

func (m *machine) make(o *openObject) error {
	if o.header.IsSymlink() {
		return m.makeSymlink(o)
	}
	if o.patch != nil {
		return m.makePatched(o)
	}
	r := &pieceReader{m: m, pieces: o.pieces}
	defer r.close()
	return m.store.WriteFile(m.ctx, o.name.Checksum, o.header, int64(o.size), r)
}

func (m *machine) makeSymlink(o *openObject) error {
	if o.size > 1<<16 || o.patch != nil {
		return fmt.Errorf("symlink %s of %d bytes", o.name, o.size)
	}
	r := &pieceReader{m: m, pieces: o.pieces}
	defer r.close()
	target, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	o.header.Symlink = string(target)
	return m.store.WriteFile(m.ctx, o.name.Checksum, o.header, 0, nil)
}

func (m *machine) makePatched(o *openObject) error {
	old, err := m.store.OpenSource(o.old)
	if err != nil {
		return err
	}
	defer old.Close()
	pr, pw := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pw.CloseWithError(bsdiff.Patch(old, old.Size(), o.patch, int64(o.size), pw))
	}()
	err = m.store.WriteFile(m.ctx, o.name.Checksum, o.header, int64(o.size), pr)
	pr.CloseWithError(errors.New("object was written"))
	<-done
	return err
}

// pieceReader reads the pieces of an object one after the other.
type pieceReader struct {
	m      *machine
	pieces []piece
	cur    io.Reader
	left   uint64
	src    Source
	srcSum object.Checksum
}

func (r *pieceReader) Read(b []byte) (int, error) {
	for r.left == 0 {
		if len(r.pieces) == 0 {
			return 0, io.EOF
		}
		if err := r.begin(r.pieces[0]); err != nil {
			return 0, err
		}
		r.pieces = r.pieces[1:]
	}
	n, err := r.cur.Read(b[:min(uint64(len(b)), r.left)])
	r.left -= uint64(n)
	if err == io.EOF {
		if err = nil; r.left > 0 && n == 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

func (r *pieceReader) begin(p piece) error {
	r.left = p.length
	if p.source == nil {
		s, err := r.m.part.section(p.offset, p.length)
		r.cur = s
		return err
	}
	if r.src == nil || r.srcSum != *p.source {
		r.close()
		src, err := r.m.store.OpenSource(*p.source)
		if err != nil {
			return err
		}
		r.src, r.srcSum = src, *p.source
	}
	if size := uint64(r.src.Size()); p.offset > size || p.length > size-p.offset {
		return fmt.Errorf("Invalid offset/length %d/%d in read source %s", p.offset, p.length, p.source)
	}
	r.cur = io.NewSectionReader(r.src, int64(p.offset), int64(p.length))
	return nil
}

func (r *pieceReader) close() {
	if r.src != nil {
		r.src.Close()
		r.src = nil
	}
}

// Ops counts the operations of a part.
type Ops struct{ OpenSpliceClose, Open, Write, SetRead, UnsetRead, Close, Bspatch int }

// PartInfo is what "static-delta show" tells of a part.
type PartInfo struct {
	Modes, XattrSets int
	BlobSize         int64
	OpsSize          int
	Ops              Ops
}

// InspectPart unpacks a part file, verifies its checksum and counts what is in it.
func InspectPart(h *PartHeader, file io.Reader, tmp string) (*PartInfo, error) {
	p, err := openPart(file, h.Checksum, tmp)
	if err != nil {
		return nil, err
	}
	defer p.close()
	info := &PartInfo{Modes: len(p.modes), XattrSets: len(p.sets), BlobSize: p.size, OpsSize: len(p.ops)}
	return info, info.count(p.ops, h.Objects)
}

func (info *PartInfo) count(ops []byte, objects []object.Name) error {
	m := machine{ops: ops}
	next := 0
	for len(m.ops) > 0 {
		op := m.ops[0]
		m.ops = m.ops[1:]
		args := 0
		switch op {
		case opOpenSpliceClose:
			info.Ops.OpenSpliceClose++
			if next >= len(objects) {
				return errors.New("more objects than the part lists")
			}
			args = 4
			if objects[next].Type.IsMeta() {
				args = 2
			}
			next++
		case opOpen:
			info.Ops.Open++
			next++
			args = 3
		case opWrite:
			info.Ops.Write++
			args = 2
		case opSetReadSource:
			info.Ops.SetRead++
			args = 1
		case opUnsetReadSource:
			info.Ops.UnsetRead++
		case opClose:
			info.Ops.Close++
		case opBspatch:
			info.Ops.Bspatch++
			args = 2
		default:
			return fmt.Errorf("Unknown opcode %d at offset %d", op, len(ops)-len(m.ops)-1)
		}
		for range args {
			if _, err := m.uvarint(); err != nil {
				return err
			}
		}
	}
	return nil
}
