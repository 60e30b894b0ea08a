package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
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

// error TEXT demands that the last command ended with "error: TEXT", in which variables are expanded.
func checkError(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: error 'TEXT'")
	}
	lines := strings.Split(strings.TrimRight(ts.ReadFile("stderr"), "\n"), "\n")
	want := "error: " + os.Expand(args[0], ts.Getenv)
	if got := lines[len(lines)-1]; got != want {
		ts.Fatalf("expected %s\ngot      %s", want, got)
	}
}

// save NAME sets $NAME to the last command's output, without the newline at its end.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: save NAME")
	}
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile("stdout"), "\n"))
}

// signKeys writes key pairs of the sign engines: ed25519.{secret,public} and spki.{secret,public} as they are given
// on command lines, spki.{secret,public}.pem, and other.public, whose secret is not there.
func signKeys(ts *testscript.TestScript, neg bool, args []string) {
	key := func(fill byte) ed25519.PrivateKey {
		return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{fill}, ed25519.SeedSize))
	}
	write := func(name string, data []byte) { ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600)) }
	text := func(name string, data []byte) { write(name, []byte(base64.StdEncoding.EncodeToString(data)+"\n")) }
	text("ed25519.secret", key(1))
	text("ed25519.public", key(1).Public().(ed25519.PublicKey))
	text("other.public", key(2).Public().(ed25519.PublicKey))
	secret, err := x509.MarshalPKCS8PrivateKey(key(3))
	ts.Check(err)
	public, err := x509.MarshalPKIXPublicKey(key(3).Public())
	ts.Check(err)
	text("spki.secret", secret)
	text("spki.public", public)
	write("spki.secret.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
	write("spki.public.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
}
