package ostree_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What anybody can put in the place of small files is refused by name; above all, nobody waits for a FIFO.
func TestNoRegularFiles(t *testing.T) {
	type testCase struct {
		name, file string
		make       func(path string) error
		want       string
		do         func(path string) error
	}
	fifo := func(path string) error { return unix.Mkfifo(path, 0o600) }
	dir := func(path string) error { return os.Mkdir(path, 0o700) }
	open := func(path string) error {
		r, err := ostree.Open(path, nil)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = r.Refs("")
		return err
	}
	resolve := func(path string) error {
		r, err := ostree.Open(path, nil)
		if err != nil {
			return err
		}
		defer r.Close()
		_, err = r.ResolveRev("origin:x")
		return err
	}
	const fetching = "Fetching checksum for ref ((empty), x): "
	for _, tc := range []testCase{
		{"config, FIFO", "config", fifo, "opening repo: config: not a regular file", open},
		{"config, directory", "config", dir, "opening repo: reading config: read: Is a directory", open},
		{"listed ref, FIFO", "refs/remotes/origin/x", fifo, fetching + "refs/remotes/origin/x: not a regular file", open},
		{"local ref, FIFO", "refs/heads/x", fifo, fetching + "refs/heads/x: not a regular file", open},
		{"resolved ref, FIFO", "refs/remotes/origin/x", fifo, fetching + "refs/remotes/origin/x: not a regular file", resolve},
		{"resolved ref, directory", "refs/remotes/origin/x", dir, "Refspec 'origin:x' not found", resolve},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRepo(t, ostree.ModeArchive)
			path := filepath.Join(r.Path(), tc.file)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			require.NoError(t, os.RemoveAll(path))
			require.NoError(t, tc.make(path))
			done := make(chan error, 1)
			go func() { done <- tc.do(r.Path()) }()
			select {
			case err := <-done:
				require.EqualError(t, err, tc.want)
			case <-time.After(2 * time.Minute):
				t.Fatal("it waits")
			}
		})
	}
}
