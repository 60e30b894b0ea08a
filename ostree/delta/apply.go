package delta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"

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

// ApplyPart unpacks a part file, verifies it against the header from the superblock, and stores the
// objects that it makes. Large payloads go through an unnamed file in the directory tmp ("" for the
// system's). Objects are written by several workers.
func ApplyPart(ctx context.Context, store Store, h *PartHeader, file io.Reader, tmp string) error {
	p, err := openPart(file, h, tmp)
	if err != nil {
		return err
	}
	defer p.close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(2, runtime.GOMAXPROCS(0)))
	m := &machine{ctx: ctx, store: store, part: p, objects: h.Objects, left: h.USize, spawn: g.Go}
	runErr := m.run()
	if err := g.Wait(); err != nil {
		return err
	}
	return runErr
}

// machine checks the operations of a part in order. What makes an object is handed to a worker when the
// object is closed, so that objects can be made side by side.
type machine struct {
	ctx     context.Context
	store   Store
	part    *payload
	objects []object.Name
	next    int
	left    uint64 // bytes that the objects may still have, of what the superblock announced
	ops     decoder
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
	source  *object.Checksum  // read source when the object was opened; of a patch, the one it applies to
	script  []byte            // the operations from the open on
	splice  *io.SectionReader // the payload as a whole
	patch   *io.SectionReader
}

func (m *machine) run() error {
	m.ops.ops = m.part.ops
	for len(m.ops.ops) > 0 {
		if err := m.ctx.Err(); err != nil {
			return err
		}
		at := len(m.part.ops) - len(m.ops.ops)
		if err := m.step(); err != nil {
			var unknown errUnknownOp
			if errors.As(err, &unknown) {
				return fmt.Errorf("%w at offset %d", err, at)
			}
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

func (m *machine) step() error {
	before := m.ops.ops
	op, err := m.ops.next()
	if err != nil {
		return err
	}
	switch op.code {
	case opOpenSpliceClose:
		return m.spliceObject(&op)
	case opOpen:
		return m.openFile(&op)
	case opWrite:
		return m.write(&op)
	case opSetReadSource:
		m.source, err = m.part.checksum(op.args[0])
		return err
	case opUnsetReadSource:
		m.source = nil
		return nil
	case opBspatch:
		return m.bspatch(&op)
	}
	return m.closeFile(before)
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

// count takes the size of an object off what the part may make: the same bytes can be written any number of
// times, so that the size of the part bounds nothing. Targets of symlinks do not count.
func (m *machine) count(n object.Name, size uint64, symlink bool) error {
	switch {
	case symlink && size > maxSymlink:
		return fmt.Errorf("symlink %s of %d bytes", n, size)
	case symlink:
		return nil
	case size > m.left || size > math.MaxInt64:
		return fmt.Errorf("object %s of %d bytes: the part announces less", n, size)
	}
	m.left -= size
	return nil
}

func (m *machine) spliceObject(op *operation) error {
	n, skip, err := m.take()
	if err != nil {
		return err
	}
	if err := m.ops.splice(op, n.Type.IsMeta()); err != nil {
		return err
	}
	if n.Type.IsMeta() {
		return m.spliceMeta(n, skip, op.args[0], op.args[1])
	}
	o := &openObject{name: n, skip: skip, size: op.args[2], written: op.args[2]}
	if o.splice, err = m.part.section(op.args[3], o.size); err != nil {
		return err
	}
	if o.header, err = m.part.header(op.args[0], op.args[1]); err != nil {
		return err
	}
	if err := m.count(n, o.size, o.header.IsSymlink()); err != nil {
		return err
	}
	return m.finish(o)
}

func (m *machine) spliceMeta(n object.Name, skip bool, length, offset uint64) error {
	s, err := m.part.section(offset, length)
	if err != nil {
		return err
	}
	if length > maxMetaObject {
		return fmt.Errorf("metadata object %s of %d bytes is too large", n, length)
	}
	if err := m.count(n, length, false); err != nil || skip {
		return err
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

func (m *machine) openFile(op *operation) error {
	n, skip, err := m.take()
	if err != nil {
		return err
	}
	if n.Type != object.TypeFile {
		return fmt.Errorf("open of metadata object %s", n)
	}
	h, err := m.part.header(op.args[0], op.args[1])
	if err != nil {
		return err
	}
	if err := m.count(n, op.args[2], h.IsSymlink()); err != nil {
		return err
	}
	m.open = &openObject{name: n, skip: skip, header: h, size: op.args[2], source: m.source, script: m.ops.ops}
	return nil
}

func (m *machine) write(op *operation) error {
	size, offset := op.args[0], op.args[1]
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
	return nil
}

func (m *machine) bspatch(op *operation) error {
	o := m.open
	switch {
	case o == nil:
		return errors.New("bspatch without an open object")
	case m.source == nil:
		return errors.New("bspatch without a read source")
	case o.written > 0 || o.patch != nil:
		return fmt.Errorf("object %s: bspatch after other data", o.name)
	}
	s, err := m.part.section(op.args[0], op.args[1])
	if err != nil {
		return err
	}
	o.patch, o.source, o.written = s, m.source, o.size
	return nil
}

// closeFile ends an object. rest are the operations from the close on, which its own come before.
func (m *machine) closeFile(rest []byte) error {
	o := m.open
	if o == nil {
		return errors.New("close without an open object")
	}
	m.open = nil
	o.script = o.script[:len(o.script)-len(rest)]
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
