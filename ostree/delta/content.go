package delta

import (
	"errors"
	"fmt"
	"io"

	"github.com/nestos-dev/nestos/internal/bsdiff"
	"github.com/nestos-dev/nestos/ostree/object"
)

// make stores a content object.
func (m *machine) make(o *openObject) error {
	if o.patch != nil && !o.header.IsSymlink() {
		return m.makePatched(o)
	}
	r := &scriptReader{m: m, script: o.script, source: o.source}
	if o.splice != nil {
		r.cur, r.left = o.splice, o.size
	}
	defer r.close()
	if o.header.IsSymlink() {
		return m.makeSymlink(o, r)
	}
	return m.store.WriteFile(m.ctx, o.name.Checksum, o.header, int64(o.size), r)
}

func (m *machine) makeSymlink(o *openObject, r io.Reader) error {
	if o.patch != nil {
		return fmt.Errorf("symlink %s is a patch", o.name)
	}
	target, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	o.header.Symlink = string(target)
	return m.store.WriteFile(m.ctx, o.name.Checksum, o.header, 0, nil)
}

func (m *machine) makePatched(o *openObject) error {
	old, err := m.store.OpenSource(*o.source)
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

// scriptReader reads the payload that the operations between the open and the close of an object make. They
// were checked before, apart from what they read of other objects.
type scriptReader struct {
	m      *machine
	script []byte
	source *object.Checksum // where writes read from, nil for the blob
	cur    io.Reader
	left   uint64 // of the current write
	src    Source // the open read source
	srcSum object.Checksum
}

func (r *scriptReader) Read(b []byte) (int, error) {
	for r.left == 0 {
		if len(r.script) == 0 {
			return 0, io.EOF
		}
		if err := r.step(); err != nil {
			return 0, err
		}
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

// step goes to the next operation.
func (r *scriptReader) step() error {
	d := decoder{r.script}
	op, err := d.next()
	if err != nil {
		return err
	}
	r.script = d.ops
	switch op.code {
	case opSetReadSource:
		r.source, err = r.m.part.checksum(op.args[0])
		return err
	case opUnsetReadSource:
		r.source = nil
		return nil
	}
	return r.begin(op.args[0], op.args[1])
}

// begin makes a range the one that is read.
func (r *scriptReader) begin(length, offset uint64) error {
	r.left = length
	if r.source == nil {
		s, err := r.m.part.section(offset, length)
		r.cur = s
		return err
	}
	if r.src == nil || r.srcSum != *r.source {
		r.close()
		src, err := r.m.store.OpenSource(*r.source)
		if err != nil {
			return err
		}
		r.src, r.srcSum = src, *r.source
	}
	if size := uint64(r.src.Size()); offset > size || length > size-offset {
		return fmt.Errorf("Invalid offset/length %d/%d in read source %s", offset, length, r.source)
	}
	r.cur = io.NewSectionReader(r.src, int64(offset), int64(length))
	return nil
}

func (r *scriptReader) close() {
	if r.src != nil {
		r.src.Close()
		r.src = nil
	}
}
