package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrCorrupt reports a file that violates the format.
var ErrCorrupt = errors.New("malformed database")

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// File is a database that is open for reading. Its methods may be called
// concurrently.
type File struct {
	r        io.ReaderAt
	size     int64
	pageSize int
	usable   int
	pages    uint32
	wal      *wal
}

// pager reads pages in batches, as most lists of pages are contiguous.
type pager struct {
	f       *File
	win     []byte
	first   uint32 // pages in win
	count   uint32
	walPage []byte
}

// Open reads the headers of a database of size bytes, and of its write-ahead
// log, which may be nil. Frames of the log that are committed count.
func Open(r io.ReaderAt, size int64, walFile io.ReaderAt, walSize int64) (*File, error) {
	f := &File{r: r, size: size}
	if err := f.openWAL(walFile, walSize); err != nil {
		return nil, err
	}
	h, err := f.header()
	if err != nil {
		return nil, err
	}
	if string(h[:16]) != fileMagic {
		return nil, corrupt("no SQLite file")
	}
	f.pageSize = be16(h[16:])
	if f.pageSize == 1 {
		f.pageSize = 1 << 16
	}
	if f.pageSize < 512 || f.pageSize&(f.pageSize-1) != 0 {
		return nil, corrupt("page size %d", f.pageSize)
	}
	if f.wal != nil && f.wal.pageSize != f.pageSize {
		return nil, corrupt("pages of %d bytes in the database, %d in its log", f.pageSize, f.wal.pageSize)
	}
	if h[19] > 2 {
		return nil, fmt.Errorf("database format %d is not supported", h[19])
	}
	f.usable = f.pageSize - int(h[20])
	if f.usable < 480 {
		return nil, corrupt("only %d bytes of a page usable", f.usable)
	}
	if e := be32(h[56:]); e > 1 {
		return nil, fmt.Errorf("text encoding %d is not supported", e)
	}
	n := size / int64(f.pageSize)
	if f.wal != nil {
		if int64(f.wal.pages) > n+int64(len(f.wal.frames)) {
			return nil, corrupt("the log speaks of %d pages", f.wal.pages)
		}
		n = int64(f.wal.pages)
	}
	if n < 1 || n > 1<<32-2 {
		return nil, corrupt("%d pages", n)
	}
	f.pages = uint32(n)
	return f, nil
}

// header returns the first 100 bytes of page 1.
func (f *File) header() ([]byte, error) {
	h := make([]byte, fileHeaderSize)
	if f.wal != nil {
		if at, ok := f.wal.frames[1]; ok {
			_, err := f.wal.r.ReadAt(h, at)
			return h, err
		}
	}
	if f.size < fileHeaderSize {
		return nil, corrupt("file of %d bytes", f.size)
	}
	if _, err := f.r.ReadAt(h, 0); err != nil {
		return nil, fmt.Errorf("reading database header: %w", err)
	}
	return h, nil
}

// HasLog reports whether the write-ahead log holds a part of the database.
func (f *File) HasLog() bool { return f.wal != nil }

// WriteTo implements io.WriterTo: it writes the database as it is with the
// log applied. To apply the log to that again does no harm.
func (f *File) WriteTo(w io.Writer) (total int64, err error) {
	p := f.pager()
	for n := uint32(1); n <= f.pages; n++ {
		b, err := p.page(n)
		if err != nil {
			return total, err
		}
		c, err := w.Write(b)
		total += int64(c)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

func (f *File) pager() *pager { return &pager{f: f} }

// usable returns the usable part of a page, valid until the next call.
func (r *pager) usable(n uint32) ([]byte, error) {
	p, err := r.page(n)
	return p[:min(len(p), r.f.usable)], err
}

// page returns a page, valid until the next call.
func (r *pager) page(n uint32) ([]byte, error) {
	f := r.f
	if n == 0 || n > f.pages {
		return nil, corrupt("page %d of %d", n, f.pages)
	}
	if f.wal != nil {
		if at, ok := f.wal.frames[n]; ok {
			if r.walPage == nil {
				r.walPage = make([]byte, f.pageSize)
			}
			if _, err := f.wal.r.ReadAt(r.walPage, at); err != nil {
				return nil, fmt.Errorf("reading page %d of the log: %w", n, noEOF(err))
			}
			return r.walPage, nil
		}
	}
	if n < r.first || n >= r.first+r.count {
		if err := r.load(n); err != nil {
			return nil, err
		}
	}
	at := int(n-r.first) * f.pageSize
	return r.win[at : at+f.pageSize], nil
}

func (r *pager) load(n uint32) error {
	f := r.f
	if r.win == nil {
		r.win = make([]byte, max(f.pageSize, 64<<10))
	}
	off := int64(n-1) * int64(f.pageSize)
	want := min(int64(len(r.win)), f.size-off)
	want -= want % int64(f.pageSize)
	r.count = 0
	if want <= 0 {
		return corrupt("page %d lies beyond the end of the file", n)
	}
	if c, err := f.r.ReadAt(r.win[:want], off); int64(c) < want {
		return fmt.Errorf("reading page %d: %w", n, noEOF(err))
	}
	r.first, r.count = n, uint32(want/int64(f.pageSize))
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Object is a table or an index.
type Object struct {
	Kind  string // "table" or "index"
	Name  string
	Table string // of an index: what it belongs to
	Root  uint32
	SQL   string
}

// maxSchema bounds the objects of a schema.
const maxSchema = 10000

// Schema lists the tables and indexes in the order of their creation.
func (f *File) Schema() ([]Object, error) {
	var out []Object
	var vals []Value
	for row, err := range f.Rows(1) {
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		if vals, err = ParseRecord(vals[:0], row.Record); err != nil {
			return nil, corrupt("schema: %v", err)
		}
		if len(vals) != 5 || len(out) == maxSchema {
			return nil, corrupt("schema with %d columns, %d objects", len(vals), len(out))
		}
		o := Object{Kind: string(vals[0].Data), Name: string(vals[1].Data), Table: string(vals[2].Data), SQL: string(vals[4].Data)}
		if root, ok := vals[3].Int(); ok && root > 0 && root <= int64(f.pages) {
			o.Root = uint32(root)
		} else if o.Kind == "table" || o.Kind == "index" {
			return nil, corrupt("schema: no root page of %q", o.Name)
		}
		out = append(out, o)
	}
	return out, nil
}

// FindTable returns the root page of the table with the given name.
func FindTable(schema []Object, name string) (root uint32, ok bool) {
	for i := range schema {
		if schema[i].Kind == "table" && bytes.EqualFold([]byte(schema[i].Name), []byte(name)) {
			return schema[i].Root, true
		}
	}
	return 0, false
}
