package sqlite_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb/internal/sqlite"
)

type row struct {
	key string
	num int64
}

// build makes a database of tables t0… with an index on each column. A comment
// makes the schema longer than a page.
func build(t testing.TB, tables [][]row) *sqlite.Image {
	t.Helper()
	b := sqlite.NewBuilder()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i := range max(len(tables), 2) {
		name := fmt.Sprintf("t%d", i)
		tab := b.Table(name, "CREATE TABLE '"+name+"' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL /*"+strings.Repeat("-", 2000)+"*/)")
		var rec sqlite.Record
		var rows []row
		if i < len(tables) {
			rows = tables[i]
		}
		for j, r := range rows {
			rec.Reset()
			rec.Text(r.key)
			rec.Int(r.num)
			check(tab.Add(int64(j+1), rec.Bytes(), nil))
		}
		check(tab.Close())
		order := make([]int, len(rows))
		for j := range order {
			order[j] = j
		}
		sort.SliceStable(order, func(a, b int) bool { return rows[order[a]].key < rows[order[b]].key })
		check(b.Index(name+"_key_idx", name, "CREATE INDEX '"+name+"_key_idx' ON '"+name+"'(key ASC)", len(rows), func(i int, dst []byte) []byte {
			rec.Reset()
			rec.Text(rows[order[i]].key)
			rec.Int(int64(order[i] + 1))
			return append(dst, rec.Bytes()...)
		}))
		sort.SliceStable(order, func(a, b int) bool {
			x, y := order[a], order[b]
			if rows[x].num != rows[y].num {
				return rows[x].num < rows[y].num
			}
			return x < y
		})
		check(b.Index(name+"_hnum_idx", name, "CREATE INDEX '"+name+"_hnum_idx' ON '"+name+"'(hnum ASC)", len(rows), func(i int, dst []byte) []byte {
			rec.Reset()
			rec.Int(rows[order[i]].num)
			rec.Int(int64(order[i] + 1))
			return append(dst, rec.Bytes()...)
		}))
	}
	img, err := b.Finish()
	check(err)
	return img
}

func randomRows(rng *rand.Rand, n, size int) []row {
	rows := make([]row, n)
	for i := range rows {
		k := make([]byte, rng.IntN(size+1))
		for j := range k {
			k[j] = "abcxyz/.-"[rng.IntN(9)]
		}
		rows[i] = row{string(k), rng.Int64() >> rng.IntN(64)}
		if rng.IntN(3) == 0 {
			rows[i].num = -rows[i].num
		}
	}
	return rows
}

func imageBytes(t testing.TB, img *sqlite.Image) []byte {
	t.Helper()
	var buf bytes.Buffer
	n, err := img.WriteTo(&buf)
	if err != nil || n != img.Size() || int64(buf.Len()) != n {
		t.Fatalf("WriteTo: %d of %d bytes, %v", n, img.Size(), err)
	}
	return buf.Bytes()
}

func open(t testing.TB, data, wal []byte) *sqlite.File {
	t.Helper()
	var w io.ReaderAt
	if wal != nil {
		w = bytes.NewReader(wal)
	}
	f, err := sqlite.Open(bytes.NewReader(data), int64(len(data)), w, int64(len(wal)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func rowsOf(t testing.TB, f *sqlite.File, table string) []row {
	t.Helper()
	schema, err := f.Schema()
	if err != nil {
		t.Fatal(err)
	}
	root, ok := sqlite.FindTable(schema, table)
	if !ok {
		t.Fatalf("no table %s", table)
	}
	var out []row
	for r, err := range f.Rows(root) {
		if err != nil {
			t.Fatal(err)
		}
		vals, err := sqlite.ParseRecord(nil, r.Record)
		if err != nil || len(vals) != 2 {
			t.Fatalf("row %d: %d values, %v", r.ID, len(vals), err)
		}
		num, _ := vals[1].Int()
		out = append(out, row{string(vals[0].Data), num})
	}
	return out
}

// Sizes around the limits of pages: many tiny rows, rows around the greatest
// local size of tables (4061) and indexes (1002), several levels, long values.
var shapes = []struct{ rows, size int }{
	{0, 0}, {1, 10}, {2, 5000}, {7, 990}, {50, 1010}, {300, 20}, {2000, 8}, {20000, 12}, {3000, 1100}, {200, 9000}, {40, 70000},
}

func TestBuilderRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, testutil.Seed(t)))
	var tables [][]row
	for _, s := range shapes {
		tables = append(tables, randomRows(rng, s.rows, s.size))
	}
	img := build(t, tables)
	data := imageBytes(t, img)
	if again := imageBytes(t, build(t, tables)); !bytes.Equal(data, again) {
		t.Error("two runs differ")
	}
	f := open(t, data, nil)
	for i, rows := range tables {
		if got := rowsOf(t, f, fmt.Sprintf("t%d", i)); !slices.Equal(got, rows) {
			t.Errorf("table %d (%v) differs", i, shapes[i])
		}
	}
	for _, err := range f.Check() {
		t.Error(err)
	}
	schema, err := f.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for i, rows := range tables {
		root, _ := sqlite.FindTable(schema, fmt.Sprintf("t%d", i))
		for range 50 {
			id := rng.Int64N(int64(len(rows)) + 2)
			r, ok, err := f.Row(root, id)
			if err != nil || ok != (id >= 1 && id <= int64(len(rows))) {
				t.Fatalf("row %d of table %d: %v, %v", id, i, ok, err)
			}
			if !ok {
				continue
			}
			if vals, err := sqlite.ParseRecord(nil, r.Record); err != nil || string(vals[0].Data) != rows[id-1].key {
				t.Fatalf("row %d of table %d: %v", id, i, err)
			}
		}
	}

	got, err := io.ReadAll(io.NewSectionReader(img, 0, img.Size()))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("ReadAt differs from WriteTo: %v", err)
	}
	for range 200 {
		off := rng.Int64N(img.Size())
		p := make([]byte, rng.IntN(20000))
		n, err := img.ReadAt(p, off)
		if !bytes.Equal(p[:n], data[off:off+int64(n)]) || (n < len(p)) != (err == io.EOF) {
			t.Fatalf("ReadAt(%d bytes, %d) = %d, %v", len(p), off, n, err)
		}
	}
}

// Every number of rows near the places where pages and levels begin.
func TestBuilderEveryCount(t *testing.T) {
	counts := map[int]int{}
	for n := range 330 {
		counts[n] = 900 // index pages of few entries
	}
	for n := 515; n < 540; n++ {
		counts[n] = 3500 // a row to a page: as many as fit into an interior page
	}
	for n, size := range counts {
		rows := make([]row, n)
		for i := range rows {
			rows[i] = row{strings.Repeat(string(rune('a'+i%7)), size+i%130), int64(i / 3)}
		}
		f := open(t, imageBytes(t, build(t, [][]row{rows})), nil)
		if got := rowsOf(t, f, "t0"); !slices.Equal(got, rows) {
			t.Fatalf("%d rows differ", n)
		}
		if problems := f.Check(); len(problems) > 0 {
			t.Fatalf("%d rows: %v", n, problems)
		}
	}
}

func sqlite3(t testing.TB, db, sql string) string {
	t.Helper()
	cmd := exec.Command(testutil.Tool(t, "sqlite3"), db)
	cmd.Stdin = strings.NewReader(sql)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("sqlite3: %v: %s", err, out)
	}
	return string(out)
}

func TestBuilderRealSQLite(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, testutil.Seed(t)))
	var tables [][]row
	for _, s := range shapes {
		tables = append(tables, randomRows(rng, s.rows, s.size))
	}
	for n := range 30 {
		tables = append(tables, randomRows(rng, n, 1100))
	}
	db := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(db, imageBytes(t, build(t, tables)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := sqlite3(t, db, "PRAGMA integrity_check;"); got != "ok\n" {
		t.Fatal(got)
	}
	for i, rows := range tables {
		var want strings.Builder
		for j, r := range rows {
			fmt.Fprintf(&want, "%d|%s|%d\n", j+1, r.key, r.num)
		}
		if got := sqlite3(t, db, fmt.Sprintf("SELECT rowid, key, hnum FROM t%d NOT INDEXED ORDER BY rowid;", i)); got != want.String() {
			t.Errorf("table %d differs", i)
		}
	}
	// The engine goes on to write the file.
	sqlite3(t, db, "DELETE FROM t7 WHERE rowid % 3 = 0; INSERT INTO t8 SELECT * FROM t9; VACUUM; PRAGMA integrity_check;")
	data, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, data, nil)
	for _, err := range f.Check() {
		t.Error(err)
	}
	if n := len(rowsOf(t, f, "t8")); n != len(tables[8])+len(tables[9]) {
		t.Errorf("%d rows in t8", n)
	}
}

// Files by the engine with every page size, with deleted rows and free pages.
func TestReadRealSQLite(t *testing.T) {
	for _, size := range []int{512, 1024, 4096, 65536} {
		db := filepath.Join(t.TempDir(), "db")
		sqlite3(t, db, fmt.Sprintf(`PRAGMA page_size=%d;
CREATE TABLE 'x' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL);
CREATE INDEX 'x_key_idx' ON 'x'(key ASC);
CREATE INDEX 'x_hnum_idx' ON 'x'(hnum ASC);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i < 3000)
INSERT INTO x SELECT hex(randomblob(i * 37 %% 600)), i * 7919 %% 1000 - 500 FROM c;
DELETE FROM x WHERE rowid BETWEEN 500 AND 900;`, size))
		want := strings.Count(sqlite3(t, db, "SELECT key FROM x;"), "\n")
		data, err := os.ReadFile(db)
		if err != nil {
			t.Fatal(err)
		}
		f := open(t, data, nil)
		if n := len(rowsOf(t, f, "x")); n != want {
			t.Errorf("page size %d: %d of %d rows", size, n, want)
		}
		for _, err := range f.Check() {
			t.Errorf("page size %d: %v", size, err)
		}
	}
}

// A process that dies leaves its log behind.
func TestReadWAL(t *testing.T) {
	dir := t.TempDir()
	db := filepath.Join(dir, "db")
	sqlite3(t, db, "CREATE TABLE t(key TEXT, hnum INTEGER); INSERT INTO t VALUES('old', 1);")
	copyOf := filepath.Join(dir, "copy")
	// The log disappears with the last connection, so copy it while one is open.
	sqlite3(t, db, fmt.Sprintf(`PRAGMA journal_mode=WAL;
INSERT INTO t VALUES('second', 2);
WITH RECURSIVE c(i) AS (SELECT 3 UNION ALL SELECT i+1 FROM c WHERE i < 2000) INSERT INTO t SELECT 'row ' || i, i FROM c;
UPDATE t SET key='new' WHERE hnum=1;
.shell cp %s %s && cp %s-wal %s-wal`, db, copyOf, db, copyOf))
	data, err := os.ReadFile(copyOf)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(copyOf + "-wal")
	if err != nil || len(wal) == 0 {
		t.Fatalf("log of %d bytes: %v", len(wal), err)
	}
	rows := rowsOf(t, open(t, data, wal), "t")
	if len(rows) != 2000 || rows[0].key != "new" {
		t.Errorf("%d rows, first %q", len(rows), rows[0].key)
	}
	// A frame that was torn takes its whole transaction along.
	rows = rowsOf(t, open(t, data, wal[:len(wal)-100]), "t")
	if len(rows) != 2000 || rows[0].key != "old" {
		t.Errorf("torn log: %d rows, first %q", len(rows), rows[0].key)
	}
	bad := slices.Clone(wal)
	bad[40] ^= 1
	if rows = rowsOf(t, open(t, data, bad), "t"); len(rows) != 1 {
		t.Errorf("spoiled log: %d rows", len(rows))
	}
}

func TestCheckFindsDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, testutil.Seed(t)))
	data := imageBytes(t, build(t, [][]row{randomRows(rng, 3000, 40), randomRows(rng, 20, 9000)}))
	for range 400 {
		bad := slices.Clone(data)
		page := bad[4096*(1+rng.IntN(len(data)/4096-1)):][:4096]
		// What is read of a page: its type, the number of cells, the first
		// cell's offset; of overflow pages the number of the next.
		offsets := []int{0, 3, 4}
		switch {
		case page[0] == 0:
			offsets = []int{0, 1, 2, 3}
		case page[4] > 0:
			offsets = append(offsets, 8, 9)
		}
		at := offsets[rng.IntN(len(offsets))]
		old := page[at]
		for page[at] == old {
			page[at] = byte(rng.Uint32())
		}
		f, err := sqlite.Open(bytes.NewReader(bad), int64(len(bad)), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(f.Check()) == 0 {
			t.Errorf("byte %d of a page of type %d: not found", at, page[0])
		}
	}
}

func FuzzFile(f *testing.F) {
	// By sqlite3: pages of 512 bytes, a table with an index and a long value, and
	// a log with a deletion and an insertion.
	small, err := os.ReadFile("testdata/small.db")
	if err != nil {
		f.Fatal(err)
	}
	wal, err := os.ReadFile("testdata/small.db-wal")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(small, wal)
	f.Add(small, []byte{})
	f.Add(small[:1024], wal[:600])
	f.Fuzz(func(t *testing.T, db, wal []byte) {
		file, err := sqlite.Open(bytes.NewReader(db), int64(len(db)), bytes.NewReader(wal), int64(len(wal)))
		if err != nil {
			return
		}
		file.Check()
		schema, err := file.Schema()
		if err != nil {
			return
		}
		var total int
		for i, o := range schema {
			if i == 20 {
				break
			}
			total = 0
			if o.Kind == "table" {
				file.Row(o.Root, int64(len(wal)))
				for r, err := range file.Rows(o.Root) {
					if err != nil {
						break
					}
					total += len(r.Record)
				}
			} else if o.Root != 0 {
				for rec, err := range file.Entries(o.Root) {
					if err != nil {
						break
					}
					total += len(rec)
				}
			}
			if total > len(db)+len(wal) {
				t.Fatalf("%d bytes out of %d+%d", total, len(db), len(wal))
			}
		}
	})
}
