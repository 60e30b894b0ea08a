package rpmdb

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
)

// ErrNotExist reports a directory without a database. It wraps fs.ErrNotExist.
var ErrNotExist = fmt.Errorf("no rpm database: %w", fs.ErrNotExist)

// Backend is a form of storage, by rpm's name for it.
type Backend string

// The backends that can be read. Only SQLite can be written.
const (
	SQLite Backend = "sqlite"
	NDB    Backend = "ndb"
	BDB    Backend = "bdb"
)

// FileName is the name of the file that holds the packages.
func (b Backend) FileName() string {
	switch b {
	case SQLite:
		return "rpmdb.sqlite"
	case NDB:
		return "Packages.db"
	case BDB:
		return "Packages"
	}
	return ""
}

// Record is an installed package.
type Record struct {
	// Num is the number of the package in the database, which queries show as
	// DBINSTANCE. It is at least 1.
	Num    uint32
	Header *rpm.Header
}

// RecordError reports a package whose record cannot be used. The walk that
// yields it goes on.
type RecordError struct {
	Num uint32
	Err error
}

// Error returns the cause with the number of the package.
func (e *RecordError) Error() string { return fmt.Sprintf("package #%d: %v", e.Num, e.Err) }

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// DB is a database that is open for reading. Its methods may be called
// concurrently.
type DB struct {
	backend Backend
	store   store
	files   []io.Closer
}

// blob is a record in the form in which it is stored.
type blob struct {
	num  uint32
	data []byte
}

// store is what a backend does.
type store interface {
	// blobs yields the records by ascending number. A *RecordError concerns
	// one of them, other errors end the walk.
	blobs() iter.Seq2[blob, error]
	// byNum returns a record; found is false if there is none.
	byNum(num uint32) (b blob, found bool, err error)
	// maxNum is the greatest number ever used, as far as it is stored.
	maxNum() (uint32, error)
}

// Open opens the database in the root of a file system. When there are several,
// sqlite comes before ndb, and bdb is last. The error is [ErrNotExist] if there
// is none.
func Open(fsys fs.FS) (*DB, error) {
	for _, b := range []Backend{SQLite, NDB, BDB} {
		db, err := OpenBackend(fsys, b)
		if !errors.Is(err, fs.ErrNotExist) {
			return db, err
		}
	}
	return nil, ErrNotExist
}

// OpenBackend is Open for a database of the given form.
func OpenBackend(fsys fs.FS, b Backend) (*DB, error) {
	db := &DB{backend: b}
	r, size, err := db.open(fsys, b.FileName())
	if err != nil {
		db.Close()
		return nil, err
	}
	switch b {
	case SQLite:
		db.store, err = db.openSQLite(fsys, r, size)
	case NDB:
		db.store, err = openNDB(r, size)
	case BDB:
		db.store, err = openBDB(r, size)
	}
	if err != nil {
		db.Close()
		return nil, fmt.Errorf("%s: %w", b.FileName(), err)
	}
	return db, nil
}

// maxInMemory bounds files that can only be read as a stream.
const maxInMemory = 1 << 30

// open opens a file for random access; a file that offers none is read.
func (d *DB) open(fsys fs.FS, name string) (io.ReaderAt, int64, error) {
	// To open a pipe would wait for its other end.
	if fi, err := fs.Stat(fsys, name); err != nil {
		return nil, 0, err
	} else if !fi.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s: not a regular file", name)
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, 0, err
	}
	d.files = append(d.files, f)
	fi, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	if r, ok := f.(io.ReaderAt); ok {
		return r, fi.Size(), nil
	}
	data, err := io.ReadAll(io.LimitReader(f, maxInMemory+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxInMemory {
		return nil, 0, fmt.Errorf("%s: more than %d bytes in a file without random access are not supported", name, maxInMemory)
	}
	return bytes.NewReader(data), int64(len(data)), nil
}

// Close closes the files. Headers that were read stay valid.
func (d *DB) Close() error {
	var errs []error
	for _, f := range d.files {
		errs = append(errs, f.Close())
	}
	d.files = nil
	return errors.Join(errs...)
}

// Backend tells the form of the database.
func (d *DB) Backend() Backend { return d.backend }

// MaxNum is the greatest number that a package ever had: a new one gets the
// next.
func (d *DB) MaxNum() (uint32, error) { return d.store.maxNum() }

// Records yields the packages by ascending number, which is the order in which
// they were installed and that of rpm -qa with the sqlite backend. A record
// that cannot be parsed is yielded with its number, no header, and a
// [*RecordError]; the walk goes on behind it, as rpm skips such records. Other
// errors are the last thing that is yielded.
func (d *DB) Records(ctx context.Context) iter.Seq2[Record, error] {
	return d.records(ctx, nil)
}

// Get returns the package with the given number. The error wraps
// fs.ErrNotExist if there is none.
func (d *DB) Get(num uint32) (Record, error) {
	b, found, err := d.store.byNum(num)
	if err == nil && !found {
		err = &RecordError{num, fs.ErrNotExist}
	}
	if err != nil {
		return Record{}, err
	}
	h, err := rpm.ParseBlob(b.data)
	if err != nil {
		return Record{}, &RecordError{num, err}
	}
	return Record{num, h}, nil
}

// records yields the packages whose blob contains the bytes given.
func (d *DB) records(ctx context.Context, contains []byte) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for b, err := range d.store.blobs() {
			if ctx.Err() != nil {
				yield(Record{}, ctx.Err())
				return
			}
			r := Record{Num: b.num}
			if err == nil {
				if !bytes.Contains(b.data, contains) {
					continue
				}
				if r.Header, err = rpm.ParseBlob(b.data); err != nil {
					err = &RecordError{b.num, err}
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// Lookup returns the packages with the given name, by ascending number.
// Records that cannot be parsed are ignored. With the sqlite backend, packages
// are found by the database's index of names, as by rpm.
func (d *DB) Lookup(ctx context.Context, name string) ([]Record, error) {
	if name == "" || strings.Contains(name, "\x00") {
		return nil, nil
	}
	// Without an index, only headers in which the name occurs as a string need
	// to be parsed.
	found := d.records(ctx, append([]byte(name), 0))
	if s, ok := d.store.(*sqliteStore); ok && s.names != 0 {
		nums, err := s.named(name)
		if err != nil {
			return nil, err
		}
		found = d.get(nums)
	}
	var out []Record
	for r, err := range found {
		if bad := (*RecordError)(nil); errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.Header.String(rpm.TagName) == name {
			out = append(out, r)
		}
	}
	return out, nil
}

// get yields the packages with the given numbers.
func (d *DB) get(nums []uint32) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, n := range nums {
			if !yield(d.Get(n)) {
				return
			}
		}
	}
}

// Cookie returns a text that changes whenever the set of packages does; caches
// of what was derived from the database are valid as long as it stays the same.
// For the sqlite backend it is the one that rpm's rpmtsGetDBCookie returns.
// Records that cannot be parsed do not count.
func (d *DB) Cookie(ctx context.Context) (string, error) {
	var records []Record
	for r, err := range d.Records(ctx) {
		if bad := (*RecordError)(nil); errors.As(err, &bad) {
			continue
		}
		if err != nil {
			return "", err
		}
		records = append(records, r)
	}
	return Cookie(records), nil
}

// Cookie is DB.Cookie for records that are sorted by number: SHA-256, in hex,
// of each name followed by the numbers of its packages as u32 in the byte order
// of little-endian machines.
func Cookie(records []Record) string {
	type named struct {
		name string
		num  uint32
	}
	names := make([]named, len(records))
	for i, r := range records {
		names[i] = named{r.Header.String(rpm.TagName), r.Num}
	}
	slices.SortStableFunc(names, func(a, b named) int { return strings.Compare(a.name, b.name) })
	h := sha256.New()
	for i, n := range names {
		if i == 0 || names[i-1].name != n.name {
			io.WriteString(h, n.name)
		}
		h.Write(binary.LittleEndian.AppendUint32(nil, n.num))
	}
	return hex.EncodeToString(h.Sum(nil))
}
