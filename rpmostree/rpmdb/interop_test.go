package rpmdb_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpm/rpmtest"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

var tables = []string{
	"Name", "Basenames", "Group", "Requirename", "Providename", "Conflictname", "Obsoletename", "Triggername", "Dirnames",
	"Installtid", "Sigmd5", "Sha1header", "Filetriggername", "Transfiletriggername", "Recommendname", "Suggestname", "Supplementname", "Enhancename",
}

func sqlite3(t testing.TB, dir, sql string) string {
	t.Helper()
	return run(t, strings.NewReader(sql), "sqlite3", filepath.Join(dir, "rpmdb.sqlite"))
}

var statistics = regexp.MustCompile(`(?m)^CREATE TABLE sqlite_stat.*\n`)

// sameTables compares two databases, row by row. The row numbers of index
// tables may differ after changes in place.
func sameTables(t *testing.T, a, b string, rowids bool) {
	t.Helper()
	// What rpm's PRAGMA optimize adds is no part of the schema.
	schema := func(dir string) string { return statistics.ReplaceAllString(sqlite3(t, dir, ".schema"), "") }
	if x, y := schema(a), schema(b); x != y {
		t.Errorf("schemas differ:\n%s\n%s", x, y)
	}
	compare := func(sql string) {
		t.Helper()
		if x, y := sqlite3(t, a, sql), sqlite3(t, b, sql); x != y {
			xs, ys := strings.Split(x, "\n"), strings.Split(y, "\n")
			for i := range min(len(xs), len(ys)) {
				if xs[i] != ys[i] {
					t.Errorf("%s: %d and %d rows; row %d:\n%s\n%s", sql, len(xs), len(ys), i, xs[i], ys[i])
					return
				}
			}
			t.Errorf("%s: %d and %d rows", sql, len(xs), len(ys))
		}
	}
	// When rpm writes a header without a region, it makes one (tag 61).
	compare("SELECT hnum, typeof(blob) FROM Packages ORDER BY hnum;")
	compare("SELECT hnum, hex(blob) FROM Packages WHERE hex(substr(blob, 9, 4)) IN ('0000003E', '0000003F') ORDER BY hnum;")
	compare("SELECT * FROM sqlite_sequence;")
	for _, name := range tables {
		what := "rowid, "
		order := "rowid"
		if !rowids {
			what, order = "", "hnum, idx, key"
		}
		compare("SELECT " + what + "typeof(key), hex(key), hnum, typeof(idx), idx FROM '" + name + "' NOT INDEXED ORDER BY " + order + ";")
	}
}

// exercise lets rpm use a database.
func exercise(t *testing.T, dir string) {
	t.Helper()
	if got := sqlite3(t, dir, "PRAGMA integrity_check; PRAGMA foreign_key_check;"); got != "ok\n" {
		t.Errorf("integrity: %s", got)
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if problems, err := db.Verify(context.Background()); err != nil || len(problems) > 0 {
		t.Errorf("Verify: %v, %v", problems, err)
	}
	records := all(t, db)
	run(t, nil, "rpmdb", "--dbpath", dir, "--verifydb")
	if n := strings.Count(run(t, nil, "rpm", "--dbpath", dir, "-qa"), "\n"); n != len(records) {
		t.Errorf("rpm -qa lists %d of %d packages", n, len(records))
	}
	files := 0
	for _, r := range records {
		files += r.Header.FileCount()
	}
	out := run(t, nil, "rpm", "--dbpath", dir, "-qal")
	if n := strings.Count(out, "\n") - strings.Count(out, "(contains no files)\n"); n != files {
		t.Errorf("rpm -qal lists %d of %d files", n, files)
	}
	for i, r := range records {
		if i%37 != 0 {
			continue
		}
		name := r.Header.NEVRA().Name
		if out := run(t, nil, "rpm", "--dbpath", dir, "-q", "--whatprovides", name, "--qf", "%{NAME}\n"); !strings.Contains(out, name+"\n") {
			t.Errorf("what provides %s: %s", name, out)
		}
		fs, err := r.Header.Files()
		if err != nil {
			t.Fatal(err)
		}
		// rpm does not find files that were left out, as documentation.
		if j := slices.IndexFunc(fs, func(f rpm.File) bool { return f.State == rpm.StateNormal }); j >= 0 {
			if out := run(t, nil, "rpm", "--dbpath", dir, "-q", "--whatprovides", fs[j].Path, "--qf", "%{NAME}\n"); !strings.Contains(out, name+"\n") {
				t.Errorf("%s belongs to %s, not %s", fs[j].Path, out, name)
			}
		}
		cmd := exec.Command(testutil.Tool(t, "rpm"), "--dbpath", dir, "-V", "--nofiles", "--noscripts", "--nodeps", name)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("rpm -V %s: %v %s", name, err, out)
		}
		run(t, nil, "rpm", "--dbpath", dir, "-e", "--test", "--nodeps", "--noscripts", "--allmatches", name)
	}
}

// install lets rpm write packages into the database in dir.
func install(t testing.TB, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command(testutil.Tool(t, "rpm"), append([]string{"--dbpath", dir, "--root", "/", "--justdb", "--nodeps", "--noscripts", "--notriggers", "--ignorearch", "--ignoreos", "--noorder", "--force", "--nosignature"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", installTime))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rpm %q: %v\n%s", args, err, out)
	}
}

var installed = rpm.InstallInfo{Time: installTime, TID: installTime}

func TestSameAsRPM(t *testing.T) {
	pkgs, theirs, ours := t.TempDir(), t.TempDir(), t.TempDir()
	rng := rand.New(rand.NewPCG(5, testutil.Seed(t)))
	odd := write(t, pkgs, oddPackages())
	many := write(t, pkgs, manyPackages(rng, 150))
	for _, path := range odd {
		// One by one, as rpm would leave only one of two versions.
		install(t, theirs, "-i", path)
	}
	install(t, theirs, append([]string{"-i"}, many...)...)
	installed := installed
	if color, err := strconv.Atoi(strings.TrimSpace(run(t, nil, "rpm", "--eval", "%{?_transaction_color}"))); err == nil {
		installed.Color = uint32(color) // of this architecture
	}
	var set rpmdb.Set
	for _, transaction := range append(slices.Collect(slices.Chunk(odd, 1)), many) {
		records, err := rpmdb.InstallPackages(transaction, installed)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if _, err := set.Add(r.Header); err != nil {
				t.Fatal(err)
			}
		}
	}
	records := set.Records()
	if err := rpmdb.Create(ours, records, nil); err != nil {
		t.Fatal(err)
	}
	sameTables(t, theirs, ours, true)
	exercise(t, ours)
	cookies(t, ours)

	// Changes on both sides: rpm on its file, rpm on ours, a Set on ours.
	more := rpmtest.Write(t, pkgs, &rpmtest.Spec{Name: "later", Requires: []string{"(a or b)"}})
	byRPM := t.TempDir()
	if err := os.CopyFS(byRPM, os.DirFS(ours)); err != nil {
		t.Fatal(err)
	}
	gone := []string{"twice-1-1", records[len(records)-1].Header.NEVRA().String()}
	for _, dir := range []string{theirs, byRPM} {
		for _, name := range gone {
			erase(t, dir, name)
		}
		install(t, dir, "-i", more)
	}
	db, err := rpmdb.Open(os.DirFS(ours))
	if err != nil {
		t.Fatal(err)
	}
	changed, err := rpmdb.NewSet(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, r := range changed.Records() {
		if n := r.Header.NEVRA(); n.String() == gone[1] || n.Name == "twice" && n.Version == "1" {
			changed.Drop(r.Num)
		}
	}
	added, err := rpmdb.InstallPackages([]string{more}, installed)
	if err != nil {
		t.Fatal(err)
	}
	if num, err := changed.Add(added[0].Header); err != nil || num != records[len(records)-1].Num+1 {
		t.Errorf("new package has the number %d, %v", num, err)
	}
	if err := rpmdb.Create(ours, changed.Records(), &rpmdb.ImageOptions{MaxNum: changed.MaxNum()}); err != nil {
		t.Fatal(err)
	}
	sameTables(t, theirs, byRPM, false)
	sameTables(t, theirs, ours, false)
	exercise(t, byRPM)
	exercise(t, ours)

	// rpm rebuilds it.
	run(t, nil, "rpmdb", "--dbpath", ours, "--rebuilddb")
	exercise(t, ours)
}

func erase(t testing.TB, dir, name string) {
	t.Helper()
	run(t, nil, "rpm", "--dbpath", dir, "--justdb", "--nodeps", "--noscripts", "--notriggers", "-e", name)
}

// cookies compares Cookie with what rpm's own algorithm gives on the table.
func cookies(t *testing.T, dir string) {
	t.Helper()
	h := sha256.New()
	last := ""
	for _, line := range strings.Split(strings.TrimSpace(sqlite3(t, dir, "SELECT hnum, key FROM Name ORDER BY key, rowid;")), "\n") {
		num, key, _ := strings.Cut(line, "|")
		if key != last {
			h.Write([]byte(key))
			last = key
		}
		n, err := strconv.Atoi(num)
		if err != nil {
			t.Fatal(err)
		}
		binary.Write(h, binary.LittleEndian, uint32(n))
	}
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got, err := db.Cookie(t.Context())
	if err != nil || got != hex.EncodeToString(h.Sum(nil)) {
		t.Errorf("cookie %s, want %x, %v", got, h.Sum(nil), err)
	}
}

// A database on a read-only file system has no place for logs.
func TestReadOnly(t *testing.T) {
	testutil.Root(t)
	testutil.Namespaces(t, "--mount")
	dir := t.TempDir()
	records, err := rpmdb.InstallPackages(write(t, t.TempDir(), oddPackages()), installed)
	if err != nil {
		t.Fatal(err)
	}
	if err := rpmdb.Create(dir, records, nil); err != nil {
		t.Fatal(err)
	}
	out := run(t, nil, "unshare", "--mount", "sh", "-ec", `mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"
rpm --dbpath "$0" -qa; rpm --dbpath "$0" -q --whatrequires alpha --qf '>%{NAME}\n'`, dir)
	if strings.Count(out, "\n") != len(records)+1 || !strings.HasSuffix(out, ">rich\n") {
		t.Errorf("%s", out)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("files: %v, %v", left, err)
	}
}

// withLog makes a database of two packages, of which the second is only in the
// log, as after a power failure.
func withLog(t *testing.T) string {
	t.Helper()
	records := oddRecords(t)[:2]
	one, two, crashed := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, n := range map[string]int{one: 1, two: 2} {
		if err := rpmdb.Create(dir, records[:n], nil); err != nil {
			t.Fatal(err)
		}
	}
	sql := "PRAGMA journal_mode=WAL; ATTACH '" + two + "/rpmdb.sqlite' AS two; BEGIN;\n"
	for _, name := range append(tables, "Packages") {
		sql += "INSERT INTO main.'" + name + "' SELECT * FROM two.'" + name + "' WHERE hnum=2;\n"
	}
	// The log disappears with the connection, so it is copied before.
	sqlite3(t, one, sql+"COMMIT;\n.shell cp "+one+"/* "+crashed)
	fi, err := os.Stat(filepath.Join(crashed, "rpmdb.sqlite-wal"))
	if err != nil || fi.Size() == 0 {
		t.Fatalf("no log: %v", err)
	}
	return crashed
}

// Old content that is only in the log must reach the reader, and must not reach
// the next database.
func TestLog(t *testing.T) {
	dir := withLog(t)
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rpmdb.NewSet(t.Context(), db)
	if err != nil || set.Len() != 2 {
		t.Fatalf("%d packages, %v", set.Len(), err)
	}
	if problems, err := db.Verify(t.Context()); err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
	db.Close()
	if err := dropFirst(dir); err != nil {
		t.Fatal(err)
	}
	if got := run(t, nil, "rpm", "--dbpath", dir, "-qa"); got != "nofiles-1-1.noarch\n" {
		t.Errorf("rpm -qa: %s", got)
	}
	exercise(t, dir)
}

// What Verify says against what rpm says of the same damage.
func TestVerifyDamage(t *testing.T) {
	dir := t.TempDir()
	records, err := rpmdb.InstallPackages(write(t, t.TempDir(), oddPackages()), installed)
	if err != nil {
		t.Fatal(err)
	}
	if err := rpmdb.Create(dir, records, nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "rpmdb.sqlite")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	verify := func() []rpmdb.Problem {
		t.Helper()
		db, err := rpmdb.Open(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		problems, err := db.Verify(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return problems
	}
	restore := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	bad := bytes.Clone(good)
	at := bytes.Index(bad, []byte("A package without files"))
	bad[at] = 'B'
	restore(bad)
	if p := verify(); len(p) != 1 || p[0].Num != 2 || !errors.Is(p[0].Err, rpm.ErrCorrupt) {
		t.Errorf("changed header: %v", p)
	}
	cmd := exec.Command(testutil.Tool(t, "rpm"), "--dbpath", dir, "-qa")
	out, _ := cmd.CombinedOutput()
	if !strings.Contains(string(out), "skipping h#       2") {
		t.Errorf("rpm finds nothing: %s", out)
	}

	for name, c := range map[string]struct {
		sql  string
		want string
	}{
		"row dropped":  {"DELETE FROM Providename WHERE key='virtual';", "1 rows are missing in table Providename"},
		"row added":    {"INSERT INTO Name VALUES('ghost', 1, 0);", "1 rows too many in table Name"},
		"orphans":      {"DELETE FROM Packages WHERE hnum=2;", "belong to package #2, which does not exist"},
		"table missed": {"DROP TABLE Enhancename;", "no table Enhancename"},
		"index":        {"PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE name='Name_key_idx';", "is never used"},
	} {
		restore(good)
		sqlite3(t, dir, c.sql)
		p := verify()
		if len(p) == 0 || !strings.Contains(fmt.Sprint(p), c.want) {
			t.Errorf("%s: %v", name, p)
		}
	}
}
