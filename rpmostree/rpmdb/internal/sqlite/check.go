package sqlite

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// checker makes a walk strict. A nil checker checks nothing.
type checker struct {
	spans   [][2]int // bytes used by the cells of the page at hand, by level
	leafAt  int      // level of the leaves, which is the same everywhere
	problem error
}

func (c *checker) fail(err error) {
	if c.problem == nil {
		c.problem = err
	}
}

// page checks that the cells of a page do not overlap, and that leaves are
// all on one level.
func (c *checker) page(p []byte, h pageHeader, n uint32, level int) {
	if c == nil {
		return
	}
	if h.leaf() {
		if c.leafAt < 0 {
			c.leafAt = level
		}
		if c.leafAt != level {
			c.fail(corrupt("leaf page %d on another level", n))
		}
	} else if h.count() == 0 {
		c.fail(corrupt("interior page %d is empty", n))
	}
	c.spans = c.spans[:0]
	for i := range h.count() {
		off := be16(h.cells[2*i:])
		c.spans = append(c.spans, [2]int{off, off + cellSize(p[off:], h.kind, len(p))})
	}
	slices.SortFunc(c.spans, func(a, b [2]int) int { return cmp.Compare(a[0], b[0]) })
	for i := 1; i < len(c.spans); i++ {
		if c.spans[i][0] < c.spans[i-1][1] {
			c.fail(corrupt("cells overlap in page %d", n))
		}
	}
}

// cellSize is the size of a cell that has been read before.
func cellSize(cell []byte, kind byte, usable int) int {
	switch kind {
	case tableInterior:
		_, c := getVarint(cell[4:])
		return 4 + c
	case tableLeaf:
		size, a := getVarint(cell)
		_, b := getVarint(cell[a:])
		return a + b + stored(size, usable, true)
	}
	skip := 0
	if kind == indexInterior {
		skip = 4
	}
	size, a := getVarint(cell[skip:])
	return skip + a + stored(size, usable, false)
}

func stored(size uint64, usable int, table bool) int {
	if n := localSize(size, usable, table); uint64(n) != size {
		return n + 4
	}
	return int(size)
}

// Check proves the structure of the whole file: all trees are well formed and
// sorted, each page belongs to one structure, and each index of the form that
// rpm uses (one column, ascending) has exactly the entries of its table. It
// returns the problems found, an empty slice for a sound file.
func (f *File) Check() []error {
	w := f.walker()
	var problems []error
	report := func(what string, err error) {
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", what, err))
		}
	}
	schema, err := f.Schema()
	if err != nil {
		return []error{err}
	}
	report("schema", w.checkTable(1, nil))
	report("free list", w.checkFree())
	for i := range schema {
		o := &schema[i]
		if o.Kind != "table" {
			continue
		}
		indexes := make([]*indexCheck, 0, 2)
		for j := range schema {
			if schema[j].Kind == "index" && schema[j].Table == o.Name {
				if c := newIndexCheck(o, &schema[j]); c != nil {
					indexes = append(indexes, c)
				} else {
					report(schema[j].Name, w.checkIndex(schema[j].Root, nil))
				}
			}
		}
		report(o.Name, w.checkTable(o.Root, indexes))
		for _, c := range indexes {
			report(c.name, w.checkIndex(c.root, c))
		}
	}
	for n := uint32(1); n <= f.pages; n++ {
		lock := uint32(1<<30/f.pageSize) + 1
		if n != lock && w.used[n/64]&(1<<(n%64)) == 0 {
			report("file", corrupt("page %d is never used", n))
			break
		}
	}
	return problems
}

func (w *walker) checkTable(root uint32, indexes []*indexCheck) error {
	w.any = false
	w.check = &checker{leafAt: -1}
	var vals []Value
	err := w.rows(root, 0, func(r Row) error {
		if len(indexes) == 0 {
			return nil
		}
		var err error
		if vals, err = ParseRecord(vals[:0], r.Record); err != nil {
			return err
		}
		for _, c := range indexes {
			if c.column >= len(vals) {
				return corrupt("row %d has %d columns", r.ID, len(vals))
			}
			c.want = append(c.want, entry{slices.Clone(vals[c.column].Data), vals[c.column].Type, r.ID})
		}
		return nil
	})
	return cmp.Or(err, w.check.problem)
}

// checkFree walks the list of free pages: trunks of {next, count, pages…}.
func (w *walker) checkFree() error {
	h, err := w.pages.usable(1)
	if err != nil {
		return err
	}
	if be32(h[52:]) != 0 {
		return errors.New("checking auto-vacuum databases is not supported")
	}
	next, total := be32(h[32:]), be32(h[36:])
	var found uint32
	for next != 0 {
		if err := w.take(next); err != nil {
			return err
		}
		p, err := w.pages.usable(next)
		if err != nil {
			return err
		}
		next = be32(p)
		count := be32(p[4:])
		if count > uint32(len(p)/4-2) {
			return corrupt("trunk of %d free pages", count)
		}
		for i := range count {
			if err := w.take(be32(p[8+4*i:])); err != nil {
				return err
			}
		}
		found += 1 + count
	}
	if found != total {
		return corrupt("%d free pages, %d in the header", found, total)
	}
	return nil
}

// indexCheck holds what an index must have.
type indexCheck struct {
	name   string
	root   uint32
	column int
	want   []entry
}

type entry struct {
	key   []byte
	typ   uint64
	rowid int64
}

func (e entry) compare(o entry) int {
	if e.typ < 12 && o.typ < 12 {
		return cmp.Or(cmp.Compare(getInt(e.typ, e.key), getInt(o.typ, o.key)), cmp.Compare(e.rowid, o.rowid))
	}
	return cmp.Or(bytes.Compare(e.key, o.key), cmp.Compare(e.rowid, o.rowid))
}

// newIndexCheck recognizes the two indexes of rpm's tables; it returns nil for
// others.
func newIndexCheck(table, index *Object) *indexCheck {
	c := &indexCheck{name: index.Name, root: index.Root}
	switch index.SQL {
	case "CREATE INDEX '" + index.Name + "' ON '" + table.Name + "'(key ASC)":
		c.column = 0
	case "CREATE INDEX '" + index.Name + "' ON '" + table.Name + "'(hnum ASC)":
		c.column = 1
	default:
		return nil
	}
	return c
}

func (w *walker) checkIndex(root uint32, c *indexCheck) error {
	if c != nil {
		slices.SortFunc(c.want, entry.compare)
	}
	w.check = &checker{leafAt: -1}
	n := 0
	var vals []Value
	err := w.entries(root, 0, func(rec []byte) error {
		if c == nil {
			return nil
		}
		var err error
		if vals, err = ParseRecord(vals[:0], rec); err != nil {
			return err
		}
		if len(vals) != 2 {
			return corrupt("entry with %d columns", len(vals))
		}
		rowid, _ := vals[1].Int()
		if n >= len(c.want) || c.want[n].compare(entry{vals[0].Data, vals[0].Type, rowid}) != 0 {
			return corrupt("entry %d does not belong to a row", n)
		}
		n++
		return nil
	})
	err = cmp.Or(err, w.check.problem)
	if err == nil && c != nil && n != len(c.want) {
		err = corrupt("%d entries for %d rows", n, len(c.want))
	}
	return err
}
