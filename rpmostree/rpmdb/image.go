package rpmdb

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/sqlite"
)

// maxNum is the greatest number of a package: rpm stores it as an int.
const maxNum = math.MaxInt32

// ImageOptions adjusts a new database. Nil is the zero value.
type ImageOptions struct {
	// MaxNum is the greatest number that a package ever had, so that rpm does
	// not use it again; what is lower than the greatest in use has no effect.
	MaxNum uint32
}

// Image is a complete rpmdb.sqlite that has not been written yet. It refers to
// the headers of the packages instead of copying them. Its methods may be
// called concurrently, and give the same bytes every time.
type Image struct{ file *sqlite.Image }

// NewImage lays out a database of the packages given, in ascending order of
// their numbers. Equal records and options give equal bytes.
func NewImage(records []Record, o *ImageOptions) (*Image, error) {
	if o == nil {
		o = &ImageOptions{}
	}
	last := uint32(0)
	for _, r := range records {
		if r.Num <= last || r.Num > maxNum {
			return nil, fmt.Errorf("package number %d follows %d", r.Num, last)
		}
		if r.Header == nil {
			return nil, fmt.Errorf("package %d has no header", r.Num)
		}
		last = r.Num
	}
	if o.MaxNum > maxNum {
		return nil, fmt.Errorf("package number %d is out of range", o.MaxNum)
	}
	w := imageWriter{b: sqlite.NewBuilder(), records: records}
	file, err := w.write(max(last, o.MaxNum))
	if err != nil {
		return nil, fmt.Errorf("laying out rpm database: %w", err)
	}
	return &Image{file}, nil
}

// Size is the length of the file in bytes.
func (m *Image) Size() int64 { return m.file.Size() }

// ReadAt implements io.ReaderAt.
func (m *Image) ReadAt(p []byte, off int64) (int, error) { return m.file.ReadAt(p, off) }

// WriteTo implements io.WriterTo: it writes the file.
func (m *Image) WriteTo(w io.Writer) (int64, error) { return m.file.WriteTo(w) }

// Reader returns the file as a stream of [Image.Size] bytes.
func (m *Image) Reader() *io.SectionReader { return io.NewSectionReader(m, 0, m.Size()) }

// WriteSQLite writes a rpmdb.sqlite with the given packages to w; see NewImage.
func WriteSQLite(w io.Writer, records []Record, o *ImageOptions) error {
	m, err := NewImage(records, o)
	if err != nil {
		return err
	}
	if _, err := m.WriteTo(w); err != nil {
		return fmt.Errorf("writing rpm database: %w", err)
	}
	return nil
}

type imageWriter struct {
	b       *sqlite.Builder
	records []Record
	rec     sqlite.Record
	rows    []indexRow
	keys    []keyRow
	nums    []uint32
}

func (w *imageWriter) write(last uint32) (*sqlite.Image, error) {
	if err := w.packages(); err != nil {
		return nil, err
	}
	if err := w.sequence(last); err != nil {
		return nil, err
	}
	for i := range indexes {
		if err := w.index(&indexes[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", indexes[i].name, err)
		}
	}
	return w.b.Finish()
}

func (w *imageWriter) packages() error {
	t := w.b.Table("Packages", "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT,blob BLOB NOT NULL)")
	for _, r := range w.records {
		blob := r.Header.Blob()
		w.rec.Reset()
		w.rec.Null() // the number is the rowid
		w.rec.BlobLater(len(blob))
		if err := t.Add(int64(r.Num), w.rec.Bytes(), blob); err != nil {
			return err
		}
	}
	return t.Close()
}

// sequence writes the table from which SQLite takes new numbers. It has no row
// as long as no package was added.
func (w *imageWriter) sequence(last uint32) error {
	t := w.b.Table("sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)")
	if last > 0 {
		w.rec.Reset()
		w.rec.Text("Packages")
		w.rec.Int(int64(last))
		if err := t.Add(1, w.rec.Bytes(), nil); err != nil {
			return err
		}
	}
	return t.Close()
}

// keyRow is an entry of the index on a key. Prefix is the beginning of the key
// as a number: most comparisons end there.
type keyRow struct {
	prefix uint64
	key    string
	rowid  uint32
}

func compareKeys(a, b keyRow) int {
	if a.prefix != b.prefix {
		return cmp.Compare(a.prefix, b.prefix)
	}
	if c := strings.Compare(a.key, b.key); c != 0 {
		return c
	}
	return cmp.Compare(a.rowid, b.rowid)
}

func prefix(s string) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

var errRows = errors.New("too many rows")

func (w *imageWriter) index(x *index) error {
	kind := "TEXT"
	if x.blob {
		kind = "BLOB"
	}
	t := w.b.Table(x.name, "CREATE TABLE '"+x.name+"' (key '"+kind+"' NOT NULL, hnum INTEGER NOT NULL, "+
		"idx INTEGER NOT NULL, FOREIGN KEY (hnum) REFERENCES 'Packages'(hnum))")
	w.keys, w.nums = w.keys[:0], w.nums[:0]
	for _, r := range w.records {
		w.rows = x.rows(w.rows[:0], r.Header)
		if len(w.nums)+len(w.rows) > maxNum {
			return errRows
		}
		for _, row := range w.rows {
			w.rec.Reset()
			if x.blob {
				w.rec.Blob([]byte(row.key))
			} else {
				w.rec.Text(row.key)
			}
			w.rec.Int(int64(r.Num))
			w.rec.Int(int64(row.idx))
			w.nums = append(w.nums, r.Num)
			w.keys = append(w.keys, keyRow{prefix(row.key), row.key, uint32(len(w.nums))})
			if err := t.Add(int64(len(w.nums)), w.rec.Bytes(), nil); err != nil {
				return err
			}
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	if !x.blob {
		if err := w.keyIndex(x); err != nil {
			return err
		}
	}
	if x.array {
		return w.numIndex(x)
	}
	return nil
}

func (w *imageWriter) keyIndex(x *index) error {
	slices.SortFunc(w.keys, compareKeys)
	name := x.name + "_key_idx"
	sql := "CREATE INDEX '" + name + "' ON '" + x.name + "'(key ASC)"
	return w.b.Index(name, x.name, sql, len(w.keys), func(i int, dst []byte) []byte {
		w.rec.Reset()
		w.rec.Text(w.keys[i].key)
		w.rec.Int(int64(w.keys[i].rowid))
		return append(dst, w.rec.Bytes()...)
	})
}

// numIndex writes the index on the number of the package; the rows have its
// order already.
func (w *imageWriter) numIndex(x *index) error {
	name := x.name + "_hnum_idx"
	sql := "CREATE INDEX '" + name + "' ON '" + x.name + "'(hnum ASC)"
	return w.b.Index(name, x.name, sql, len(w.nums), func(i int, dst []byte) []byte {
		w.rec.Reset()
		w.rec.Int(int64(w.nums[i]))
		w.rec.Int(int64(i + 1))
		return append(dst, w.rec.Bytes()...)
	})
}
