package rpmdb_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/bdb/bdbtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/ndb/ndbtest"
)

func oddRecords(t testing.TB) []rpmdb.Record {
	t.Helper()
	records, err := rpmdb.InstallPackages(write(t, t.TempDir(), oddPackages()), installed)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// gaps renumbers records, leaving gaps.
func gaps(records []rpmdb.Record) []rpmdb.Record {
	for i := range records {
		records[i].Num = uint32(3*i + 2)
	}
	return records
}

// stores makes a database of each form of the same records. The greatest
// number ever used is 1000.
func stores(t testing.TB, records []rpmdb.Record) map[string]fs.FS {
	t.Helper()
	var sqlite bytes.Buffer
	if err := rpmdb.WriteSQLite(&sqlite, records, &rpmdb.ImageOptions{MaxNum: 1000}); err != nil {
		t.Fatal(err)
	}
	var blobs []ndbtest.Package
	for _, r := range records {
		blobs = append(blobs, ndbtest.Package{Number: r.Num, Blob: r.Header.Blob()})
	}
	slices.Reverse(blobs)
	berkeley := func(order binary.AppendByteOrder, o binary.ByteOrder) []byte {
		items := []bdbtest.Item{{Key: make([]byte, 4), Value: order.AppendUint32(nil, 1000)}}
		for _, b := range blobs {
			items = append(items, bdbtest.Item{Key: order.AppendUint32(nil, b.Number), Value: b.Blob})
		}
		return bdbtest.Build(o, 4096, items)
	}
	file := func(name string, data []byte) fs.FS { return fstest.MapFS{name: {Data: data}} }
	return map[string]fs.FS{
		"sqlite":     file("rpmdb.sqlite", sqlite.Bytes()),
		"ndb":        file("Packages.db", ndbtest.Build(1001, blobs)),
		"bdb little": file("Packages", berkeley(binary.LittleEndian, binary.LittleEndian)),
		"bdb big":    file("Packages", berkeley(binary.BigEndian, binary.BigEndian)),
	}
}

func sameRecords(t *testing.T, got, want []rpmdb.Record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].Num != want[i].Num || !bytes.Equal(got[i].Header.Blob(), want[i].Header.Blob()) {
			t.Errorf("record %d: #%d %s, want #%d %s", i, got[i].Num, got[i].Header.NEVRA(), want[i].Num, want[i].Header.NEVRA())
		}
	}
}

func TestBackends(t *testing.T) {
	records := gaps(oddRecords(t))
	for name, fsys := range stores(t, records) {
		t.Run(name, func(t *testing.T) {
			db, err := rpmdb.Open(fsys)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if !strings.HasPrefix(name, string(db.Backend())) {
				t.Errorf("backend %s", db.Backend())
			}
			sameRecords(t, all(t, db), records)
			if n, err := db.MaxNum(); n != 1000 || err != nil {
				t.Errorf("greatest number %d, %v", n, err)
			}
			twice, err := db.Lookup(t.Context(), "twice")
			if err != nil || len(twice) != 2 || twice[0].Header.NEVRA().Version != "1" || twice[1].Num != twice[0].Num+3 {
				t.Errorf("lookup: %v, %v", twice, err)
			}
			for _, none := range []string{"", "twic", "wice", "2", "beta"} {
				if r, err := db.Lookup(t.Context(), none); len(r) != 0 || err != nil {
					t.Errorf("lookup of %q: %v, %v", none, r, err)
				}
			}
			for _, r := range records {
				got, err := db.Get(r.Num)
				if err != nil {
					t.Fatal(err)
				}
				sameRecords(t, []rpmdb.Record{got}, []rpmdb.Record{r})
			}
			for _, n := range []uint32{0, 1, 1000, 1 << 31, 1<<32 - 1} {
				if _, err := db.Get(n); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("package #%d: %v", n, err)
				}
			}
			cookie, err := db.Cookie(t.Context())
			if err != nil || cookie != rpmdb.Cookie(records) {
				t.Errorf("cookie %s, %v", cookie, err)
			}
			if problems, err := db.Verify(t.Context()); len(problems) > 0 || err != nil {
				t.Errorf("%v, %v", problems, err)
			}
			set, err := rpmdb.NewSet(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			if num, err := set.Add(records[0].Header); num != 1001 || err != nil {
				t.Errorf("new number %d, %v", num, err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			for _, err := range db.Records(ctx) {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("cancelled: %v", err)
				}
			}
			for range db.Records(t.Context()) {
				break
			}
		})
	}
}

// rpm reads what the builder of Berkeley DB files makes, with the same result.
func TestBerkeleyByRPM(t *testing.T) {
	records := gaps(oddRecords(t))
	for name, fsys := range stores(t, records) {
		if !strings.HasPrefix(name, "bdb") {
			continue
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, fsys); err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, r := range records {
			want = append(want, recordLine(r))
		}
		got := strings.Split(strings.TrimSpace(run(t, nil, "rpm", "--define", "_db_backend bdb_ro", "--dbpath", dir, "-qa", "--qf", recordFormat)), "\n")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestOpenPicksBackend(t *testing.T) {
	records := oddRecords(t)[:2]
	s := stores(t, records)
	both := fstest.MapFS{}
	for _, name := range []string{"sqlite", "ndb", "bdb big"} {
		for file, content := range s[name].(fstest.MapFS) {
			both[file] = content
		}
	}
	for _, want := range []rpmdb.Backend{rpmdb.SQLite, rpmdb.NDB, rpmdb.BDB} {
		db, err := rpmdb.Open(both)
		if err != nil || db.Backend() != want {
			t.Fatalf("%v, want %s", err, want)
		}
		db.Close()
		delete(both, want.FileName())
	}
	_, err := rpmdb.Open(both)
	if !errors.Is(err, rpmdb.ErrNotExist) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty directory: %v", err)
	}
	for _, b := range []rpmdb.Backend{rpmdb.SQLite, rpmdb.NDB, rpmdb.BDB} {
		if _, err := rpmdb.Open(fstest.MapFS{b.FileName(): {Data: []byte(strings.Repeat("no database ", 9))}}); err == nil || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("garbage for %s: %v", b, err)
		}
	}
	pipe := fstest.MapFS{"Packages": {Mode: fs.ModeNamedPipe}}
	if _, err := rpmdb.Open(pipe); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("pipe: %v", err)
	}
	db, err := rpmdb.Open(fstest.MapFS{"rpmdb.sqlite": {}})
	if err != nil || len(all(t, db)) != 0 {
		t.Errorf("empty file: %v", err)
	}
	if n, err := db.MaxNum(); n != 0 || err != nil {
		t.Errorf("empty file: %d, %v", n, err)
	}
}

func TestHotJournal(t *testing.T) {
	fsys := stores(t, oddRecords(t)[:1])["sqlite"].(fstest.MapFS)
	hot := []byte{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 1}
	fsys["rpmdb.sqlite-journal"] = &fstest.MapFile{Data: hot}
	if _, err := rpmdb.Open(fsys); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("hot journal: %v", err)
	}
	fsys["rpmdb.sqlite-journal"] = &fstest.MapFile{Data: make([]byte, 512)}
	if _, err := rpmdb.Open(fsys); err != nil {
		t.Errorf("finished journal: %v", err)
	}
}

// streamFS hides that files allow random access.
type streamFS struct{ fs.FS }

type streamFile struct{ fs.File }

func (s streamFS) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return streamFile{f}, nil
}

func TestStreams(t *testing.T) {
	records := oddRecords(t)
	db, err := rpmdb.Open(streamFS{stores(t, records)["sqlite"]})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sameRecords(t, all(t, db), records)
}

// A record that is no header is reported, and the walk goes on.
func TestBadRecord(t *testing.T) {
	records := oddRecords(t)
	bad := slices.Clone(records[1].Header.Blob())
	binary.BigEndian.PutUint32(bad, 1<<20)
	data := ndbtest.Build(9, []ndbtest.Package{{Number: 1, Blob: records[0].Header.Blob()}, {Number: 2, Blob: bad}, {Number: 3, Blob: records[2].Header.Blob()}})
	db, err := rpmdb.Open(fstest.MapFS{"Packages.db": {Data: data}})
	if err != nil {
		t.Fatal(err)
	}
	var good, failed []uint32
	for r, err := range db.Records(t.Context()) {
		if e := (*rpmdb.RecordError)(nil); errors.As(err, &e) && errors.Is(err, rpm.ErrCorrupt) {
			failed = append(failed, e.Num)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		good = append(good, r.Num)
	}
	if !slices.Equal(good, []uint32{1, 3}) || !slices.Equal(failed, []uint32{2}) {
		t.Errorf("good %d, bad %d", good, failed)
	}
	if _, err := rpmdb.NewSet(t.Context(), db); err == nil {
		t.Error("a set without a package that exists")
	}
	if r, err := db.Lookup(t.Context(), records[2].Header.NEVRA().Name); len(r) != 1 || err != nil {
		t.Errorf("lookup: %v, %v", r, err)
	}
	if p, err := db.Verify(t.Context()); len(p) != 1 || p[0].Num != 2 || err != nil {
		t.Errorf("verify: %v, %v", p, err)
	}
}

func TestImage(t *testing.T) {
	records := syntheticRecords(t, 80)
	m, err := rpmdb.NewImage(records, nil)
	if err != nil {
		t.Fatal(err)
	}
	var a bytes.Buffer
	if n, err := m.WriteTo(&a); n != m.Size() || err != nil {
		t.Fatal(n, err)
	}
	b, err := io.ReadAll(m.Reader())
	if err != nil || !bytes.Equal(a.Bytes(), b) {
		t.Errorf("Reader and WriteTo differ: %v", err)
	}
	// Not even the memory that the headers are in has an influence.
	var again []rpmdb.Record
	for _, r := range records {
		h, err := rpm.ParseBlob(slices.Clone(r.Header.Blob()))
		if err != nil {
			t.Fatal(err)
		}
		again = append(again, rpmdb.Record{Num: r.Num, Header: h})
	}
	var c bytes.Buffer
	if err := rpmdb.WriteSQLite(&c, again, nil); err != nil || !bytes.Equal(c.Bytes(), a.Bytes()) {
		t.Errorf("two runs differ: %v", err)
	}
	if h := a.Bytes()[18:20]; h[0] != 1 || h[1] != 1 {
		t.Errorf("journal mode %d", h)
	}
	h := records[0].Header
	for name, bad := range map[string][]rpmdb.Record{
		"zero":  {{Num: 0, Header: h}},
		"equal": {{Num: 2, Header: h}, {Num: 2, Header: h}},
		"order": {{Num: 2, Header: h}, {Num: 1, Header: h}},
		"large": {{Num: 1 << 31, Header: h}},
		"empty": {{Num: 1}},
	} {
		if _, err := rpmdb.NewImage(bad, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w := &failingWriter{n: 300000}
	if err := rpmdb.WriteSQLite(w, records, nil); !errors.Is(err, errFull) {
		t.Errorf("failing writer: %v", err)
	}
}

var errFull = errors.New("full")

type failingWriter struct{ n int }

func (w *failingWriter) Write(p []byte) (int, error) {
	if w.n -= len(p); w.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestSet(t *testing.T) {
	records := syntheticRecords(t, 5)
	var s rpmdb.Set
	for _, r := range records {
		if _, err := s.Add(r.Header); err != nil {
			t.Fatal(err)
		}
	}
	if !s.Drop(2) || s.Drop(2) || s.Drop(9) || !s.Drop(5) || s.Len() != 3 || s.MaxNum() != 5 {
		t.Errorf("%d packages up to %d", s.Len(), s.MaxNum())
	}
	if n, err := s.Add(records[1].Header); n != 6 || err != nil {
		t.Errorf("number %d, %v", n, err)
	}
	if err := s.Replace(3, records[4].Header); err != nil {
		t.Error(err)
	}
	if err := s.Replace(5, records[4].Header); err == nil {
		t.Error("replaced a package that was dropped")
	}
	if _, err := s.Add(nil); err == nil {
		t.Error("added nothing")
	}
	var nums []uint32
	for _, r := range s.Records() {
		nums = append(nums, r.Num)
	}
	if !slices.Equal(nums, []uint32{1, 3, 4, 6}) {
		t.Errorf("numbers %d", nums)
	}
	if r := s.Lookup(records[4].Header.NEVRA().Name); len(r) != 1 || r[0].Num != 3 {
		t.Errorf("lookup %v", r)
	}
	// Through a file: the gap at the end survives too.
	s.Drop(6)
	dir := t.TempDir()
	m, err := s.Image()
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(m.Reader())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "rpmdb.sqlite"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s2, err := rpmdb.NewSet(t.Context(), db)
	if err != nil || s2.MaxNum() != 6 {
		t.Fatalf("greatest number %d, %v", s2.MaxNum(), err)
	}
	sameRecords(t, s2.Records(), s.Records())
}

func TestCreate(t *testing.T) {
	records := oddRecords(t)
	dir := t.TempDir()
	for _, name := range []string{".rpm.lock", "rpmdb.sqlite-shm", "rpmdb.sqlite-wal", "__db.001", "kept"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, n := range []int{3, len(records)} {
		if err := rpmdb.Create(dir, records[:n], nil); err != nil {
			t.Fatal(err)
		}
		db, err := rpmdb.Open(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		sameRecords(t, all(t, db), records[:n])
		db.Close()
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 || entries[0].Name() != "kept" {
		t.Errorf("%v, %v", entries, err)
	}
	if fi, err := os.Stat(filepath.Join(dir, "rpmdb.sqlite")); err != nil || fi.Mode() != 0o644 {
		t.Errorf("%v, %v", fi.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "Packages.db"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := rpmdb.Create(dir, records, nil); err == nil || !strings.Contains(err.Error(), "not supported") {
		t.Errorf("beside ndb: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "Packages.db")); err != nil {
		t.Fatal(err)
	}
	paths := write(t, t.TempDir(), oddPackages()[:2])
	if err := rpmdb.CreateFrom(dir, paths, installed); err != nil {
		t.Fatal(err)
	}
	if err := rpmdb.CreateFrom(dir, append(paths, "missing"), installed); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing package: %v", err)
	}
	if err := rpmdb.Create(filepath.Join(dir, "missing"), records, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

func TestInstallPackages(t *testing.T) {
	dir := t.TempDir()
	source := rpmtest.Write(t, dir, &rpmtest.Spec{Name: "s", Source: true})
	if _, err := rpmdb.InstallPackages([]string{source}, installed); err == nil {
		t.Error("installed a source package")
	}
	if _, err := rpmdb.InstallPackages([]string{filepath.Join(dir, "none")}, installed); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	text := filepath.Join(dir, "text.txt")
	if err := os.WriteFile(text, []byte("no package, but long enough to be one: "+strings.Repeat("x", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, source} {
		if _, err := rpmdb.InstallPackages([]string{path}, installed); err == nil || strings.Count(err.Error(), path) != 1 {
			t.Errorf("the error should name the file once: %v", err)
		}
	}
	if _, err := rpmdb.InstallPackages(nil, rpm.InstallInfo{States: []rpm.FileState{0}}); err == nil {
		t.Error("the same states for all packages")
	}
	good := rpmtest.Write(t, dir, &rpmtest.Spec{Name: "good"})
	if _, err := rpmdb.InstallPackages([]string{good, good}, installed); err == nil || !strings.Contains(err.Error(), "package good-1-1.noarch is already installed") {
		t.Errorf("the same package twice: %v", err)
	}
	for name, change := range map[string]func(b *rpm.HeaderBuilder){
		"digest":    func(b *rpm.HeaderBuilder) { b.SetString(rpm.SigSHA1, strings.Repeat("0", 40)) },
		"signature": func(b *rpm.HeaderBuilder) { b.SetBytes(rpm.SigRSA, []byte("none")) },
	} {
		bad := rpmtest.Write(t, dir, &rpmtest.Spec{Name: name, Signature: change})
		if _, err := rpmdb.InstallPackages([]string{bad}, installed); err == nil {
			t.Errorf("installed a package with a wrong %s", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	records := []rpmdb.Record{}
	for i, s := range oddPackages()[:3] {
		data, err := rpmtest.Build(s)
		if err != nil {
			f.Fatal(err)
		}
		p, err := rpm.Read(bytes.NewReader(data))
		if err != nil {
			f.Fatal(err)
		}
		b, err := p.InstalledBlob(installed)
		if err != nil {
			f.Fatal(err)
		}
		h, err := rpm.ParseBlob(b)
		if err != nil {
			f.Fatal(err)
		}
		records = append(records, rpmdb.Record{Num: uint32(i + 1), Header: h})
	}
	for _, fsys := range stores(f, records) {
		for name, file := range fsys.(fstest.MapFS) {
			f.Add(name, file.Data, []byte(nil))
		}
	}
	f.Fuzz(func(t *testing.T, name string, data, wal []byte) {
		fsys := fstest.MapFS{name: {Data: data}, "rpmdb.sqlite-wal": {Data: wal}}
		if !fs.ValidPath(name) {
			return
		}
		db, err := rpmdb.Open(fsys)
		if err != nil {
			return
		}
		defer db.Close()
		db.Verify(t.Context())
		// What was read can be written and read again.
		var good []rpmdb.Record
		last := uint32(0)
		for r, err := range db.Records(t.Context()) {
			if err != nil {
				continue
			}
			if r.Num <= last {
				t.Fatalf("#%d follows #%d", r.Num, last)
			}
			if last = r.Num; last > 1<<31-1 {
				return
			}
			good = append(good, r)
		}
		var buf bytes.Buffer
		if err := rpmdb.WriteSQLite(&buf, good, nil); err != nil {
			t.Fatal(err)
		}
		db2, err := rpmdb.Open(fstest.MapFS{"rpmdb.sqlite": {Data: buf.Bytes()}})
		if err != nil {
			t.Fatal(err)
		}
		sameRecords(t, all(t, db2), good)
	})
}

// Databases that distributions wrote.
func TestRealFiles(t *testing.T) {
	for _, c := range []struct {
		file, name string
		max        uint32
		want       []string
	}{
		{"centos.Packages.gz", "Packages", 1, []string{"1 libuuid-2.32.1-42.el8_8.x86_64"}},
		{"suse15.Packages.db.gz", "Packages.db", 40, []string{
			"1 system-user-root-20190513-3.3.1.noarch", "5 libgmp10-6.1.2-4.6.1.x86_64", "7 libcap2-2.26-4.6.1.x86_64",
			"11 libattr1-2.4.47-2.19.x86_64", "23 libbz2-1-1.0.6-5.11.1.x86_64", "39 rpm-config-SUSE-1-5.6.1.noarch",
		}},
	} {
		f, err := os.Open(filepath.Join("testdata", c.file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		db, err := rpmdb.Open(fstest.MapFS{c.name: {Data: data}})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range all(t, db) {
			got = append(got, fmt.Sprint(r.Num, " ", r.Header.NEVRA()))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.file, got)
		}
		if n, err := db.MaxNum(); n != c.max || err != nil {
			t.Errorf("%s: greatest number %d, %v", c.file, n, err)
		}
		if p, err := db.Verify(t.Context()); len(p) > 0 || err != nil {
			t.Errorf("%s: %v, %v", c.file, p, err)
		}
	}
}

func TestNames(t *testing.T) {
	for _, name := range []string{".rpm.lock", ".dbenv.lock", "__db.003", "rpmdb.sqlite-wal", "rpmdb.sqlite-shm", "rpmdb.sqlite-journal"} {
		if !rpmdb.IsLeftover(name) {
			t.Errorf("%s must go", name)
		}
	}
	for _, b := range []rpmdb.Backend{rpmdb.SQLite, rpmdb.NDB, rpmdb.BDB} {
		if names := b.Files(); names[0] != b.FileName() || slices.ContainsFunc(names, rpmdb.IsLeftover) {
			t.Errorf("%s: %q", b, names)
		}
	}
	if !slices.Contains(rpmdb.BDB.Files(), "Requirename") || rpmdb.Backend("x").FileName() != "" {
		t.Error("names of files")
	}
}

func TestConcurrentReaders(t *testing.T) {
	records := gaps(oddRecords(t))
	for name, fsys := range stores(t, records) {
		db, err := rpmdb.Open(fsys)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				n := 0
				for r, err := range db.Records(context.Background()) {
					if err != nil {
						t.Errorf("%s: %v", name, err)
						return
					}
					if got, err := db.Get(r.Num); err != nil || !bytes.Equal(got.Header.Blob(), r.Header.Blob()) {
						t.Errorf("%s: package #%d: %v", name, r.Num, err)
					}
					n++
				}
				if n != len(records) {
					t.Errorf("%s: %d records", name, n)
				}
			})
		}
		wg.Wait()
	}
}
