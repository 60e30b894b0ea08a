package goal_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/sys/unix"

	"github.com/nestos-dev/nestos/rpmostree/goal"
	"github.com/nestos-dev/nestos/rpmostree/rpmmd"
)

func loadDir(t *testing.T, dir fs.FS) error {
	t.Helper()
	r, err := goal.RepoDir(t.Context(), "r", dir)
	if err != nil {
		return err
	}
	return goal.New(&goal.Options{Arch: "x86_64"}).AddRepo(t.Context(), r)
}

func TestRepoDirIsVerified(t *testing.T) {
	plain := []byte(primary(t, []pkg{{nevra: "a-1-1.noarch"}}))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	good := fmt.Sprintf(`<repomd><data type="primary"><checksum type="sha256">%x</checksum><open-checksum type="sha256">%x</open-checksum>`+
		`<location href="repodata/primary.xml.gz"/><size>%d</size><open-size>%d</open-size></data></repomd>`,
		sha256.Sum256(packed.Bytes()), sha256.Sum256(plain), packed.Len(), len(plain))
	zeros := strings.Repeat("0", 64)
	for name, c := range map[string]struct {
		old, new string
		want     string // "" for none
	}{
		"right":               {},
		"checksum":            {fmt.Sprintf("%x", sha256.Sum256(packed.Bytes())), zeros, "primary: checksum doesn't match"},
		"open checksum":       {fmt.Sprintf("%x", sha256.Sum256(plain)), zeros, "primary (open): checksum doesn't match"},
		"size":                {fmt.Sprintf("<size>%d", packed.Len()), "<size>7", "primary: size doesn't match"},
		"open size":           {fmt.Sprintf("<open-size>%d", len(plain)), "<open-size>7", "primary (open): size doesn't match"},
		"empty checksum":      {fmt.Sprintf("%x", sha256.Sum256(packed.Bytes())), " ", "malformed sha256 checksum"},
		"empty open checksum": {fmt.Sprintf("%x", sha256.Sum256(plain)), "", "malformed sha256 checksum"},
		"unknown checksum":    {`<checksum type="sha256"`, `<checksum type="x"`, "not supported"},
		"no checksum":         {fmt.Sprintf(`<checksum type="sha256">%x</checksum>`, sha256.Sum256(packed.Bytes())), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := loadDir(t, fstest.MapFS{
				"repodata/repomd.xml":     {Data: []byte(strings.Replace(good, c.old, c.new, 1))},
				"repodata/primary.xml.gz": {Data: packed.Bytes()},
			})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v", err)
			}
			var sum *rpmmd.ChecksumError
			if strings.Contains(c.want, "match") && !errors.As(err, &sum) {
				t.Errorf("the error is %T", err)
			}
		})
	}
}

func TestRepoDirHasRegularFiles(t *testing.T) {
	const repomd = `<repomd><data type="primary"><location href="repodata/primary.xml"/></data></repomd>`
	for _, pipe := range []string{"repomd.xml", "primary.xml"} {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "repodata"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(filepath.Join(dir, "repodata", pipe), 0o644); err != nil {
			t.Fatal(err)
		}
		if pipe != "repomd.xml" {
			if err := os.WriteFile(filepath.Join(dir, "repodata/repomd.xml"), []byte(repomd), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := loadDir(t, os.DirFS(dir)); err == nil || !strings.Contains(err.Error(), pipe+" is not a regular file") {
			t.Errorf("a pipe as %s: %v", pipe, err)
		}
	}
}
