package sqlite

import (
	"errors"
	"slices"
)

// Builder lays out a new database file. Tables and indexes are made one after
// the other, in the order in which the schema lists them; Finish ends it.
// After an error the Builder cannot be used further.
type Builder struct {
	space  space
	schema []schemaRow
	cell   []byte
}

type schemaRow struct {
	kind, name, table, sql string
	root                   uint32
}

// NewBuilder begins an empty file.
func NewBuilder() *Builder {
	b := &Builder{}
	b.space.next = 2
	// Page 1 is written last.
	b.space.segs = []segment{{first: 1, pages: 1, tree: make([]byte, PageSize)}}
	return b
}

// Table writes the rows of one table.
type Table struct {
	b        *Builder
	row      schemaRow
	leaf     page
	children []child
	last     int64
	any      bool
}

// child is a finished page of a table tree with its greatest rowid.
type child struct {
	page  uint32
	rowid int64
}

// Table begins a table; sql is the statement that creates it.
func (b *Builder) Table(name, sql string) *Table {
	t := &Table{b: b, row: schemaRow{kind: "table", name: name, table: name, sql: sql}}
	t.leaf.reset(tableLeaf, 0)
	return t
}

var errOrder = errors.New("rows are not in ascending order")

// Add appends a row, whose record is head followed by tail. Rowids ascend. Tail
// is kept by reference, head is copied.
func (t *Table) Add(rowid int64, head, tail []byte) error {
	if t.any && rowid <= t.last {
		return errOrder
	}
	total := len(head) + len(tail)
	local := localSize(uint64(total), PageSize, true)
	size := varintLen(uint64(total)) + varintLen(uint64(rowid)) + local
	if local < total {
		size += 4
	}
	if !t.leaf.fits(size) {
		if err := t.flush(); err != nil {
			return err
		}
	}
	t.last, t.any = rowid, true
	cell := t.b.cell[:0]
	cell = putVarint(cell, uint64(total))
	cell = putVarint(cell, uint64(rowid))
	cell, err := t.b.payload(cell, head, tail, local)
	if err != nil {
		return err
	}
	t.b.cell = cell
	copy(t.leaf.room(size), cell)
	return nil
}

// payload appends the local part of head+tail to cell, and the number of the
// first overflow page if there is more.
func (b *Builder) payload(cell, head, tail []byte, local int) ([]byte, error) {
	total := len(head) + len(tail)
	if local == total {
		return append(append(cell, head...), tail...), nil
	}
	var rest []byte
	if local >= len(head) {
		cell = append(cell, head...)
		cell = append(cell, tail[:local-len(head)]...)
		rest = tail[local-len(head):]
	} else {
		cell = append(cell, head[:local]...)
		rest = slices.Concat(head[local:], tail)
	}
	first, err := b.space.addOverflow(rest)
	if err != nil {
		return nil, err
	}
	return append(cell, byte(first>>24), byte(first>>16), byte(first>>8), byte(first)), nil
}

func (t *Table) flush() error {
	n, err := t.b.space.addTree(t.leaf.seal(0))
	if err != nil {
		return err
	}
	t.children = append(t.children, child{n, t.last})
	t.leaf.reset(tableLeaf, 0)
	return nil
}

// Close ends the table.
func (t *Table) Close() error {
	if t.leaf.cells > 0 || len(t.children) == 0 {
		if err := t.flush(); err != nil {
			return err
		}
	}
	level := t.children
	for len(level) > 1 {
		var err error
		if level, err = t.b.tableLevel(level); err != nil {
			return err
		}
	}
	t.row.root = level[0].page
	t.b.schema = append(t.b.schema, t.row)
	return nil
}

// tableLevel writes the interior pages above children and returns them.
func (b *Builder) tableLevel(children []child) ([]child, error) {
	var up []child
	var p page
	for len(children) > 0 {
		p.reset(tableInterior, 0)
		n := tableFill(&p, children)
		sealed := p.seal(children[n].page)
		pgno, err := b.space.addTree(sealed)
		if err != nil {
			return nil, err
		}
		up = append(up, child{pgno, children[n].rowid})
		children = children[n+1:]
	}
	return up, nil
}

// tableFill puts cells for the first children into p and returns their number
// n: children[n] becomes the last child. It leaves none, or at least two, so
// that no page is without cells.
func tableFill(p *page, children []child) (n int) {
	var cell [4 + 9]byte
	for n < len(children)-1 {
		put32(cell[:], children[n].page)
		c := putVarint(cell[:4], uint64(children[n].rowid))
		if !p.fits(len(c)) {
			break
		}
		copy(p.room(len(c)), c)
		n++
	}
	if len(children)-n-1 == 1 {
		p.pop()
		n--
	}
	return n
}

// Index writes an index of n entries; record appends the record of entry i,
// in ascending order, to its argument. Sql is the statement that creates it.
func (b *Builder) Index(name, table, sql string, n int, record func(i int, dst []byte) []byte) error {
	w := indexWriter{b: b}
	if err := w.leaves(n, record); err != nil {
		return err
	}
	for len(w.seps) > 0 {
		if err := w.level(); err != nil {
			return err
		}
	}
	b.schema = append(b.schema, schemaRow{kind: "index", name: name, table: table, sql: sql, root: w.children[0]})
	return nil
}

// indexWriter holds one finished level of an index tree: children and, between
// each two of them, the entry that separates them.
type indexWriter struct {
	b        *Builder
	p        page
	children []uint32
	seps     [][]byte // cells of a leaf: length, payload
}

func (w *indexWriter) leaves(n int, record func(i int, dst []byte) []byte) error {
	w.p.reset(indexLeaf, 0)
	var rec, cell []byte
	for i := range n {
		rec = record(i, rec[:0])
		local := localSize(uint64(len(rec)), PageSize, false)
		cell = putVarint(cell[:0], uint64(len(rec)))
		var err error
		if cell, err = w.b.payload(cell, rec, nil, local); err != nil {
			return err
		}
		if w.p.fits(len(cell)) {
			copy(w.p.room(len(cell)), cell)
			continue
		}
		// The entry that does not fit separates this page from the next. When
		// it is the very last, the next page would be empty: shift by one.
		sep := slices.Clone(cell)
		if i == n-1 {
			sep = slices.Clone(w.p.pop())
		}
		if err := w.flush(0); err != nil {
			return err
		}
		w.seps = append(w.seps, sep)
		w.p.reset(indexLeaf, 0)
		if i == n-1 {
			copy(w.p.room(len(cell)), cell)
		}
	}
	return w.flush(0)
}

func (w *indexWriter) flush(lastChild uint32) error {
	n, err := w.b.space.addTree(w.p.seal(lastChild))
	w.children = append(w.children, n)
	return err
}

// level replaces the level by the one above.
func (w *indexWriter) level() error {
	children, seps := w.children, w.seps
	w.children, w.seps = nil, nil
	for {
		w.p.reset(indexInterior, 0)
		n := w.fill(children, seps)
		if err := w.flush(children[n]); err != nil {
			return err
		}
		if n == len(seps) {
			return nil
		}
		w.seps = append(w.seps, seps[n])
		children, seps = children[n+1:], seps[n+1:]
	}
}

// fill puts the first children and separators into the page and returns their
// number n: children[n] becomes the last child. If separators remain after the
// one that goes up, there is at least one.
func (w *indexWriter) fill(children []uint32, seps [][]byte) (n int) {
	for n < len(seps) && w.p.fits(4+len(seps[n])) {
		cell := w.p.room(4 + len(seps[n]))
		put32(cell, children[n])
		copy(cell[4:], seps[n])
		n++
	}
	if n == len(seps)-1 {
		w.p.pop()
		n--
	}
	return n
}

// Finish writes the schema and returns the file. The change counter and the
// version number of the library are constants: equal content gives equal bytes.
func (b *Builder) Finish() (*Image, error) {
	t := &Table{b: b}
	t.leaf.reset(tableLeaf, 0)
	var rec Record
	var leaves int
	for i, s := range b.schema {
		rec.Reset()
		rec.Text(s.kind)
		rec.Text(s.name)
		rec.Text(s.table)
		rec.Int(int64(s.root))
		rec.Text(s.sql)
		if err := t.Add(int64(i+1), rec.Bytes(), nil); err != nil {
			return nil, err
		}
	}
	var root page
	if len(t.children) == 0 {
		// A schema of one page would have to share it with the file header.
		return nil, errors.New("schemas of less than a page are not supported")
	}
	if err := t.flush(); err != nil {
		return nil, err
	}
	leaves = len(t.children)
	root.reset(tableInterior, fileHeaderSize)
	if n := tableFill(&root, t.children); n != leaves-1 {
		return nil, errors.New("schemas of this size are not supported")
	}
	p1 := root.seal(t.children[leaves-1].page)
	pages := b.space.next - 1
	putFileHeader(p1, pages)
	copy(b.space.segs[0].tree, p1)
	return &Image{segs: b.space.segs, pages: pages}, nil
}

// libraryVersion is what the file claims to be written by, 3.40.1.
const libraryVersion = 3040001

func putFileHeader(p []byte, pages uint32) {
	copy(p, fileMagic)
	put16(p[16:], PageSize)
	p[18], p[19] = 1, 1 // rollback journal: readable on read-only file systems
	p[21], p[22], p[23] = 64, 32, 32
	put32(p[24:], 1) // change counter
	put32(p[28:], pages)
	put32(p[40:], 1) // schema cookie
	put32(p[44:], 4) // schema format
	put32(p[56:], 1) // UTF-8
	put32(p[92:], 1) // page count is valid for this change counter
	put32(p[96:], libraryVersion)
}
