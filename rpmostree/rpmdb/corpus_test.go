package rpmdb_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/rpmostree/rpm"
	"github.com/nestos-dev/nestos/rpmostree/rpmdb"
)

// corpusVariable names a directory with one directory for each database, as
// pkg/testdata of github.com/knqyf263/go-rpmdb.
const corpusVariable = "NESTOS_RPMDB_CORPUS"

// corpus calls test for each database of the corpus.
func corpus(t *testing.T, test func(t *testing.T, dir string, db *rpmdb.DB)) {
	root := os.Getenv(corpusVariable)
	if root == "" {
		t.Skip(corpusVariable + " is not set")
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			dir := t.TempDir() // rpm makes files beside the database
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, e.Name()))); err != nil {
				t.Fatal(err)
			}
			db, err := rpmdb.Open(os.DirFS(dir))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			test(t, dir, db)
		})
	}
}

func all(t testing.TB, db *rpmdb.DB) []rpmdb.Record {
	t.Helper()
	var out []rpmdb.Record
	for r, err := range db.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// run runs a program and returns its standard output.
func run(t testing.TB, stdin io.Reader, name string, args ...string) string {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.Command(testutil.Tool(t, name), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &stderr
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, stderr.String())
	}
	return out.String()
}

const recordFormat = `%{DBINSTANCE} %{NAME}|%{VERSION}|%{RELEASE}|%{INSTALLTIME}|%{SHA1HEADER}|%{SIGMD5}|%{SUMMARY}\n`

func recordLine(r rpmdb.Record) string {
	or := func(s string) string {
		if s == "" {
			return "(none)"
		}
		return s
	}
	h := r.Header
	time := "(none)"
	if v, ok := h.Uint64(rpm.TagInstallTime); ok {
		time = fmt.Sprint(v)
	}
	summary := h.String(rpm.TagSummary)
	return fmt.Sprintf("%d %s|%s|%s|%s|%s|%s|%s", r.Num, h.String(rpm.TagName), h.String(rpm.TagVersion), h.String(rpm.TagRelease),
		time, or(h.String(rpm.TagSHA1Header)), or(fmt.Sprintf("%x", h.Bytes(rpm.TagSigMD5))), summary)
}

func TestCorpusEqualsRPM(t *testing.T) {
	corpus(t, func(t *testing.T, dir string, db *rpmdb.DB) {
		if problems, err := db.Verify(t.Context()); err != nil || len(problems) > 0 {
			t.Errorf("Verify: %v, %v", problems, err)
		}
		backend := "sqlite"
		switch db.Backend() {
		case rpmdb.BDB:
			backend = "bdb_ro"
		case rpmdb.NDB:
			if n := len(all(t, db)); n == 0 {
				t.Error("no packages")
			}
			return // Debian's rpm has no ndb
		}
		var got []string
		for _, r := range all(t, db) {
			got = append(got, recordLine(r))
		}
		want := strings.Split(strings.TrimSuffix(run(t, nil, "rpm", "--define", "_db_backend "+backend, "--nosignature", "--nodigest", "--dbpath", dir, "-qa", "--qf", recordFormat), "\n"), "\n")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%d packages, rpm has %d", len(got), len(want))
			for i := range min(len(got), len(want)) {
				if got[i] != want[i] {
					t.Fatalf("%s\n%s", got[i], want[i])
				}
			}
		}
	})
}

// Each database is given to rpm to import, and to our writer: the tables must
// have the same rows.
func TestCorpusRewrite(t *testing.T) {
	corpus(t, func(t *testing.T, dir string, db *rpmdb.DB) {
		var list bytes.Buffer
		var set rpmdb.Set
		for _, r := range all(t, db) {
			if err := rpm.WriteHeader(&list, r.Header); err != nil {
				t.Fatal(err)
			}
			set.Add(r.Header)
		}
		theirs, ours := t.TempDir(), t.TempDir()
		run(t, &list, "rpmdb", "--nosignature", "--nodigest", "--dbpath", theirs, "--importdb")
		if err := rpmdb.Create(ours, set.Records(), nil); err != nil {
			t.Fatal(err)
		}
		sameTables(t, theirs, ours, true)
		exercise(t, ours)
	})
}
