package sqlite

import (
	"errors"
	"iter"
	"slices"
)

// Row is a row of a table.
type Row struct {
	ID int64
	// Record is valid until the next row, unless Owned is set: a record that
	// lies in overflow pages has memory of its own.
	Record []byte
	Owned  bool
}

// maxDepth bounds the height of a tree; with two cells to a page it is never
// reached by a file whose pages are used once.
const maxDepth = 40

// walker goes through one tree. Every page may occur once in it, so that the
// walk takes linear time whatever the file says.
type walker struct {
	f     *File
	pages *pager
	used  []uint64 // a bit for each page
	check *checker // of Check, or nil
	last  int64    // rowid of the row or separator before
	any   bool
	depth [maxDepth][]byte
}

func (f *File) walker() *walker {
	return &walker{f: f, pages: f.pager(), used: make([]uint64, f.pages/64+1)}
}

func (w *walker) take(n uint32) error {
	if n == 0 || n > w.f.pages {
		return corrupt("page %d of %d", n, w.f.pages)
	}
	if w.used[n/64]&(1<<(n%64)) != 0 {
		return corrupt("page %d is used twice", n)
	}
	w.used[n/64] |= 1 << (n % 64)
	return nil
}

// treePage returns a copy of tree page n and its header. The copy belongs to
// the level of the tree and is overwritten by the next page at this level.
func (w *walker) treePage(n uint32, level int) (p []byte, h pageHeader, err error) {
	if level >= maxDepth {
		return nil, h, corrupt("tree of more than %d levels", maxDepth)
	}
	if err := w.take(n); err != nil {
		return nil, h, err
	}
	raw, err := w.pages.usable(n)
	if err != nil {
		return nil, h, err
	}
	p = append(w.depth[level][:0], raw...)
	w.depth[level] = p
	h, err = parsePageHeader(p, n)
	return p, h, err
}

type pageHeader struct {
	kind      byte
	cells     []byte // array of offsets
	lastChild uint32
	lowest    int // no cell begins before this offset
}

func (h pageHeader) leaf() bool  { return h.kind == tableLeaf || h.kind == indexLeaf }
func (h pageHeader) table() bool { return h.kind == tableLeaf || h.kind == tableInterior }
func (h pageHeader) count() int  { return len(h.cells) / 2 }

func parsePageHeader(p []byte, n uint32) (h pageHeader, err error) {
	base := 0
	if n == 1 {
		base = fileHeaderSize
	}
	h.kind = p[base]
	size := leafHeaderSize
	switch h.kind {
	case tableLeaf, indexLeaf:
	case tableInterior, indexInterior:
		size = interiorHeaderSize
		h.lastChild = be32(p[base+8:])
	default:
		return h, corrupt("page %d has the type %d", n, h.kind)
	}
	cells := be16(p[base+3:])
	h.lowest = base + size + 2*cells
	if h.lowest > len(p) {
		return h, corrupt("%d cells in page %d", cells, n)
	}
	h.cells = p[base+size : h.lowest]
	return h, nil
}

// cell returns the bytes of the page from cell i to the end.
func (h pageHeader) cell(p []byte, i int) ([]byte, error) {
	off := be16(h.cells[2*i:])
	if off < h.lowest || off > len(p)-4 {
		return nil, corrupt("cell at offset %d", off)
	}
	return p[off:], nil
}

// errStop ends a walk when the consumer wants no more.
var errStop = errors.New("stop")

// Rows walks the table with the given root page in the order of rowids. An
// error is the last thing it yields.
func (f *File) Rows(root uint32) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		w := f.walker()
		err := w.rows(root, 0, func(r Row) error {
			if !yield(r, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(Row{}, err)
		}
	}
}

func (w *walker) rows(n uint32, level int, visit func(Row) error) error {
	p, h, err := w.treePage(n, level)
	if err != nil {
		return err
	}
	if !h.table() {
		return corrupt("page %d of an index in a table", n)
	}
	room := len(p)
	for i := range h.count() {
		cell, err := h.cell(p, i)
		if err != nil {
			return err
		}
		if h.leaf() {
			err = w.row(cell, &room, visit)
		} else {
			child := be32(cell)
			key, c := getVarint(cell[4:])
			if c == 0 {
				return corrupt("cell of page %d", n)
			}
			if err = w.rows(child, level+1, visit); err == nil {
				err = w.separator(int64(key))
			}
		}
		if err != nil {
			return err
		}
	}
	w.check.page(p, h, n, level)
	if h.leaf() {
		return nil
	}
	return w.rows(h.lastChild, level+1, visit)
}

// separator checks the key of an interior cell after its subtree was walked.
func (w *walker) separator(key int64) error {
	if w.any && w.last > key {
		return corrupt("rowid %d below the separator %d", w.last, key)
	}
	w.last, w.any = key, true
	return nil
}

// row visits the row of a leaf cell. Room is what the cells of the page may
// still take: cells that overlap could make a small file endless.
func (w *walker) row(cell []byte, room *int, visit func(Row) error) error {
	size, a := getVarint(cell)
	if a == 0 {
		return corrupt("length of a row")
	}
	id, b := getVarint(cell[a:])
	if b == 0 {
		return corrupt("rowid")
	}
	rec, owned, used, err := w.payload(cell[a+b:], size, true)
	if err != nil {
		return err
	}
	if *room -= a + b + used; *room < 0 {
		return corrupt("cells overlap")
	}
	if w.any && int64(id) <= w.last {
		return corrupt("rowid %d follows %d", int64(id), w.last)
	}
	w.last, w.any = int64(id), true
	return visit(Row{ID: int64(id), Record: rec, Owned: owned})
}

// payload returns a payload of size bytes that begins in b, and how many bytes
// of b it uses.
func (w *walker) payload(b []byte, size uint64, table bool) (rec []byte, owned bool, used int, err error) {
	if size > uint64(w.f.pages)*uint64(w.f.usable) {
		return nil, false, 0, corrupt("value of %d bytes in %d pages", size, w.f.pages)
	}
	local := localSize(size, w.f.usable, table)
	if uint64(local) == size {
		if local > len(b) {
			return nil, false, 0, corrupt("value beyond the end of its page")
		}
		return b[:local], false, local, nil
	}
	if local+4 > len(b) {
		return nil, false, 0, corrupt("value beyond the end of its page")
	}
	// Grown as the pages arrive: the length may be a lie.
	rec = make([]byte, 0, min(size, 1<<20))
	rec = append(rec, b[:local]...)
	next := be32(b[local:])
	for uint64(len(rec)) < size {
		if err := w.take(next); err != nil {
			return nil, false, 0, err
		}
		p, err := w.pages.usable(next)
		if err != nil {
			return nil, false, 0, err
		}
		if cap(rec) == len(rec) && len(rec) >= 1<<20 {
			rec = slices.Grow(rec, int(min(size, 4*uint64(len(rec))))-len(rec))
		}
		next = be32(p)
		rec = append(rec, p[4:min(uint64(len(p)), 4+size-uint64(len(rec)))]...)
	}
	if w.check != nil && next != 0 {
		return nil, false, 0, corrupt("overflow pages behind the end of a value")
	}
	return rec, true, local + 4, nil
}

// Row returns the row with the given rowid; ok is false if there is none. Its
// record has memory of its own.
func (f *File) Row(root uint32, id int64) (row Row, ok bool, err error) {
	w := f.walker()
	for n, level := root, 0; ; level++ {
		p, h, err := w.treePage(n, level)
		if err != nil {
			return row, false, err
		}
		if !h.table() {
			return row, false, corrupt("page %d of an index in a table", n)
		}
		if h.leaf() {
			return w.find(p, h, id)
		}
		if n, err = h.child(p, id); err != nil {
			return row, false, err
		}
	}
}

// child returns the page below an interior page where a rowid belongs.
func (h pageHeader) child(p []byte, id int64) (uint32, error) {
	for i := range h.count() {
		cell, err := h.cell(p, i)
		if err != nil {
			return 0, err
		}
		key, n := getVarint(cell[4:])
		if n == 0 {
			return 0, corrupt("separator")
		}
		if id <= int64(key) {
			return be32(cell), nil
		}
	}
	return h.lastChild, nil
}

// find looks for a row in a leaf.
func (w *walker) find(p []byte, h pageHeader, id int64) (row Row, ok bool, err error) {
	for i := range h.count() {
		cell, err := h.cell(p, i)
		if err != nil {
			return row, false, err
		}
		_, a := getVarint(cell)
		rowid, b := getVarint(cell[a:])
		if a == 0 || b == 0 {
			return row, false, corrupt("head of a row")
		}
		if int64(rowid) != id {
			continue
		}
		room := len(p)
		err = w.row(cell, &room, func(r Row) error {
			if row = r; !r.Owned {
				row.Record, row.Owned = slices.Clone(r.Record), true
			}
			return nil
		})
		return row, err == nil, err
	}
	return row, false, nil
}

// Entries walks the index with the given root page in its order. The records
// are valid until the next one. An error is the last thing it yields.
func (f *File) Entries(root uint32) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		w := f.walker()
		err := w.entries(root, 0, func(rec []byte) error {
			if !yield(rec, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

func (w *walker) entries(n uint32, level int, visit func([]byte) error) error {
	p, h, err := w.treePage(n, level)
	if err != nil {
		return err
	}
	if h.table() {
		return corrupt("page %d of a table in an index", n)
	}
	room := len(p)
	for i := range h.count() {
		cell, err := h.cell(p, i)
		if err != nil {
			return err
		}
		skip := 0
		if !h.leaf() {
			skip = 4
			if err := w.entries(be32(cell), level+1, visit); err != nil {
				return err
			}
		}
		size, a := getVarint(cell[skip:])
		if a == 0 {
			return corrupt("length of an entry")
		}
		rec, _, used, err := w.payload(cell[skip+a:], size, false)
		if err != nil {
			return err
		}
		if room -= skip + a + used; room < 0 {
			return corrupt("cells overlap")
		}
		if err := visit(rec); err != nil {
			return err
		}
	}
	w.check.page(p, h, n, level)
	if h.leaf() {
		return nil
	}
	return w.entries(h.lastChild, level+1, visit)
}
