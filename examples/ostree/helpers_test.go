package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// keysDir holds a GnuPG home with the unprotected keys of Alice and Bob, and their public keys.
const keysDir = "../../ostree/sign/testdata"

// copyKeys puts a GnuPG home into dir/gpg, and the public keys alice.asc and bob.asc into dir.
func copyKeys(dir string) error {
	home := filepath.Join(dir, "gpg")
	if err := os.CopyFS(home, os.DirFS(filepath.Join(keysDir, "home"))); err != nil {
		return err
	}
	for _, d := range []string{home, home + "/private-keys-v1.d"} {
		if err := os.Chmod(d, 0o700); err != nil {
			return err
		}
	}
	for _, name := range []string{"alice.asc", "bob.asc"} {
		b, err := os.ReadFile(filepath.Join(keysDir, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// cleanupTB is a test whose context does not end with it, for programs that are run to clean up.
type cleanupTB struct{ testing.TB }

func (c cleanupTB) Context() context.Context { return context.WithoutCancel(c.TB.Context()) }

// serve DIR NAME serves a directory over HTTP and sets $NAME to its URL.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serve DIR NAME")
	}
	server := httptest.NewServer(http.FileServer(http.Dir(ts.MkAbs(args[0]))))
	ts.Defer(server.Close)
	ts.Setenv(args[1], server.URL)
}

// gpghome makes the GnuPG home and the key files of copyKeys in the current directory.
func gpgHome(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(copyKeys(ts.MkAbs(".")))
}

// error TEXT demands that the last command ended with "error: TEXT".
func checkError(ts *testscript.TestScript, neg bool, args []string) {
	lines := strings.Split(strings.TrimRight(ts.ReadFile("stderr"), "\n"), "\n")
	want := ts.MkAbs("") // for paths in texts
	text := strings.ReplaceAll(strings.Join(args, " "), "$WORK", strings.TrimSuffix(want, "/"))
	if got := lines[len(lines)-1]; neg || got != "error: "+text {
		ts.Fatalf("expected error: %s\ngot %s", text, got)
	}
}

// save NAME sets $NAME to the last command's output, without the newline at its end.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: save NAME")
	}
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile("stdout"), "\n"))
}
