package rpmdb_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// killedVariable makes the test program rewrite the database it names.
const killedVariable = "NESTOS_RPMDB_DROP_FIRST"

func TestMain(m *testing.M) {
	if dir := os.Getenv(killedVariable); dir != "" {
		if err := dropFirst(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(testutil.MainInMemory(m))
}

// dropFirst rewrites a database without its first package.
func dropFirst(dir string) error {
	db, err := rpmdb.Open(os.DirFS(dir))
	if err != nil {
		return err
	}
	defer db.Close()
	set, err := rpmdb.NewSet(context.Background(), db)
	if err != nil {
		return err
	}
	set.Drop(set.Records()[0].Num)
	return rpmdb.Create(dir, set.Records(), &rpmdb.ImageOptions{MaxNum: set.MaxNum()})
}

// Whenever the program dies, the database is the old one or the new one, even
// when a part of the old one was in its log.
func TestCreateKilled(t *testing.T) {
	base := withLog(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	attempt := func(n int) (dir string, changes int) {
		dir = t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(base)); err != nil {
			t.Fatal(err)
		}
		_, changes = testutil.KillAt(t, &testutil.RunOptions{Env: []string{killedVariable + "=" + dir}}, n, self)
		return dir, changes
	}
	_, changes := attempt(0)
	if changes < 6 {
		t.Fatalf("only %d changes", changes)
	}
	seen := map[int]int{}
	for n := 1; n <= changes; n++ {
		dir, _ := attempt(n)
		db, err := rpmdb.Open(os.DirFS(dir))
		if err != nil {
			t.Fatalf("killed before change %d: %v", n, err)
		}
		records := all(t, db)
		last, err := db.MaxNum()
		if len(records) == 0 || records[len(records)-1].Num != 2 || last != 2 || err != nil {
			t.Errorf("killed before change %d: %d packages, %v", n, len(records), err)
		}
		if p, err := db.Verify(t.Context()); len(p) > 0 || err != nil {
			t.Errorf("killed before change %d: %v, %v", n, p, err)
		}
		seen[len(records)]++
		db.Close()
		// And the next attempt succeeds.
		if err := dropFirst(dir); len(records) == 2 && err != nil {
			t.Error(err)
		}
		if fi, err := os.Stat(filepath.Join(dir, "rpmdb.sqlite-wal")); len(records) == 2 && err == nil {
			t.Errorf("log of %d bytes left", fi.Size())
		}
	}
	if seen[2] == 0 {
		t.Errorf("states seen: %v", seen)
	}
}
