package rpmdb

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"

	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/bdb"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/ndb"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/sqlite"
)

const (
	walSuffix     = "-wal"
	shmSuffix     = "-shm"
	journalSuffix = "-journal"
)

type sqliteStore struct {
	file     *sqlite.File
	root     uint32 // of Packages
	sequence uint32 // root of sqlite_sequence, 0 if there is none
	names    uint32 // root of Name, 0 if there is none
}

func (d *DB) openSQLite(fsys fs.FS, r io.ReaderAt, size int64) (store, error) {
	if hot, err := d.hotJournal(fsys); err != nil {
		return nil, err
	} else if hot {
		return nil, errors.New("a transaction was interrupted, its rollback journal is not supported")
	}
	wal, walSize, err := d.open(fsys, SQLite.FileName()+walSuffix)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if size == 0 && walSize == 0 {
		return emptyStore{}, nil
	}
	f, err := sqlite.Open(r, size, wal, walSize)
	if err != nil {
		return nil, err
	}
	schema, err := f.Schema()
	if err != nil {
		return nil, err
	}
	s := &sqliteStore{file: f}
	var ok bool
	if s.root, ok = sqlite.FindTable(schema, "Packages"); !ok {
		return nil, errors.New("no table of packages")
	}
	s.sequence, _ = sqlite.FindTable(schema, "sqlite_sequence")
	s.names, _ = sqlite.FindTable(schema, "Name")
	return s, nil
}

// hotJournal tells whether a rollback journal would change the database: it
// begins with its magic number until the transaction ends.
func (d *DB) hotJournal(fsys fs.FS) (bool, error) {
	r, size, err := d.open(fsys, SQLite.FileName()+journalSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || size < 8 {
		return false, err
	}
	var h [8]byte
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return false, fmt.Errorf("reading rollback journal: %w", err)
	}
	return bytes.Equal(h[:], []byte{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7}), nil
}

func (s *sqliteStore) blobs() iter.Seq2[blob, error] {
	return func(yield func(blob, error) bool) {
		var vals []sqlite.Value
		for row, err := range s.file.Rows(s.root) {
			if err != nil {
				yield(blob{}, err)
				return
			}
			if row.ID < 1 || row.ID > maxNum {
				yield(blob{}, fmt.Errorf("package number %d is out of range", row.ID))
				return
			}
			var b blob
			b, vals, err = packageRow(row, vals)
			if !yield(b, err) {
				return
			}
		}
	}
}

// packageRow takes a row of Packages apart, with the help of vals.
func packageRow(row sqlite.Row, vals []sqlite.Value) (blob, []sqlite.Value, error) {
	b := blob{num: uint32(row.ID)}
	vals, err := sqlite.ParseRecord(vals[:0], row.Record)
	switch {
	case err != nil:
		return b, vals, &RecordError{b.num, err}
	case len(vals) != 2 || !vals[1].IsBytes():
		return b, vals, &RecordError{b.num, errors.New("no header")}
	case row.Owned:
		b.data = vals[1].Data
	default:
		b.data = slices.Clone(vals[1].Data)
	}
	return b, vals, nil
}

func (s *sqliteStore) byNum(num uint32) (b blob, found bool, err error) {
	row, found, err := s.file.Row(s.root, int64(num))
	if err != nil || !found {
		return b, false, err
	}
	b, _, err = packageRow(row, nil)
	return b, err == nil, err
}

// named looks in the table of names. It is small enough not to need its index.
func (s *sqliteStore) named(name string) ([]uint32, error) {
	var nums []uint32
	var vals []sqlite.Value
	for row, err := range s.file.Rows(s.names) {
		if err != nil {
			return nil, err
		}
		if vals, err = sqlite.ParseRecord(vals[:0], row.Record); err != nil {
			return nil, err
		}
		if len(vals) == 3 && string(vals[0].Data) == name {
			if n, ok := vals[1].Int(); ok && n > 0 && n <= maxNum {
				nums = append(nums, uint32(n))
			}
		}
	}
	slices.Sort(nums)
	return slices.Compact(nums), nil
}

func (s *sqliteStore) maxNum() (uint32, error) {
	var last int64
	for row, err := range s.file.Rows(s.root) {
		if err != nil {
			return 0, err
		}
		last = row.ID
	}
	if s.sequence != 0 {
		for row, err := range s.file.Rows(s.sequence) {
			if err != nil {
				return 0, err
			}
			vals, err := sqlite.ParseRecord(nil, row.Record)
			if err != nil {
				return 0, err
			}
			if len(vals) == 2 && string(vals[0].Data) == "Packages" {
				if n, ok := vals[1].Int(); ok {
					last = max(last, n)
				}
			}
		}
	}
	if last < 0 || last > maxNum {
		return 0, fmt.Errorf("package number %d is out of range", last)
	}
	return uint32(last), nil
}

// emptyStore is a file of no bytes, which SQLite takes for a new database.
type emptyStore struct{}

func (emptyStore) blobs() iter.Seq2[blob, error]    { return func(func(blob, error) bool) {} }
func (emptyStore) byNum(uint32) (blob, bool, error) { return blob{}, false, nil }
func (emptyStore) maxNum() (uint32, error)          { return 0, nil }

type ndbStore struct{ file *ndb.File }

func openNDB(r io.ReaderAt, size int64) (store, error) {
	f, err := ndb.Open(r, size)
	return ndbStore{f}, err
}

func (s ndbStore) blobs() iter.Seq2[blob, error] {
	return func(yield func(blob, error) bool) {
		for _, slot := range s.file.Slots() {
			data, err := s.file.Blob(slot)
			if err != nil {
				err = &RecordError{slot.Number, err}
			}
			if !yield(blob{slot.Number, data}, err) {
				return
			}
		}
	}
}

func (s ndbStore) byNum(num uint32) (blob, bool, error) {
	for _, slot := range s.file.Slots() {
		if slot.Number == num {
			data, err := s.file.Blob(slot)
			if err != nil {
				err = &RecordError{num, err}
			}
			return blob{num, data}, err == nil, err
		}
	}
	return blob{}, false, nil
}

func (s ndbStore) maxNum() (uint32, error) {
	last := uint32(0)
	if slots := s.file.Slots(); len(slots) > 0 {
		last = slots[len(slots)-1].Number
	}
	if next := s.file.Next(); next > last {
		last = next - 1
	}
	return last, nil
}

type bdbStore struct{ file *bdb.File }

func openBDB(r io.ReaderAt, size int64) (store, error) {
	f, err := bdb.Open(r, size)
	return bdbStore{f}, err
}

func (s bdbStore) blobs() iter.Seq2[blob, error] {
	return func(yield func(blob, error) bool) {
		r := s.file.Reader()
		items, err := r.Items()
		if err != nil {
			yield(blob{}, err)
			return
		}
		for i, it := range items {
			if len(it.Key) != 4 {
				continue
			}
			num := s.file.Order().Uint32(it.Key)
			if num == 0 {
				continue // the counter
			}
			var data []byte
			err := errors.New("number occurs twice")
			if i == 0 || !slices.Equal(items[i-1].Key, it.Key) {
				data, err = r.Value(it)
			}
			if err != nil {
				err = &RecordError{num, err}
			}
			if !yield(blob{num, data}, err) {
				return
			}
		}
	}
}

func (s bdbStore) byNum(num uint32) (blob, bool, error) {
	r := s.file.Reader()
	items, err := r.Items()
	if err != nil || num == 0 {
		return blob{}, false, err
	}
	for _, it := range items {
		if len(it.Key) == 4 && s.file.Order().Uint32(it.Key) == num {
			data, err := r.Value(it)
			if err != nil {
				err = &RecordError{num, err}
			}
			return blob{num, data}, err == nil, err
		}
	}
	return blob{}, false, nil
}

func (s bdbStore) maxNum() (uint32, error) {
	r := s.file.Reader()
	items, err := r.Items()
	if err != nil {
		return 0, err
	}
	var last uint32
	for _, it := range items {
		if len(it.Key) != 4 {
			continue
		}
		num := s.file.Order().Uint32(it.Key)
		if num == 0 {
			if v, err := r.Value(it); err == nil && len(v) == 4 {
				num = s.file.Order().Uint32(v)
			}
		}
		last = max(last, num)
	}
	return last, nil
}
