package ostree_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

func fsTree(t testing.TB) string {
	src := t.TempDir()
	write(t, src, "a/b/f", "one\n", 0o644)
	write(t, src, "a/empty", "", 0o600)
	write(t, src, "usr/bin/sh", strings.Repeat("x", 300000), 0o755)
	write(t, src, "a.x", "between a and a/", 0o644)
	for link, target := range map[string]string{
		"la": "a", "usr/bin/lf": "../../a/b/f", "usr/bin/abs": "/a/b/f", "usr/bin/esc": "../../../../../a/b/f",
		"loop": "loop", "dangling": "nowhere", "via": "la/b/f", "todir": "/usr/bin/",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(src, link)))
	}
	return src
}

func TestCommitFS(t *testing.T) {
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBareUserOnly} {
		r := newRepo(t, mode)
		commitDir(t, r, fsTree(t), "main", nil, nil)
		f, err := r.FS("main")
		require.NoError(t, err)
		for _, p := range []string{"a/b/f", "la/b/f", "usr/bin/lf", "usr/bin/abs", "usr/bin/esc", "via", "todir/lf"} {
			b, err := fs.ReadFile(f, p)
			require.NoError(t, err, p)
			require.Equal(t, "one\n", string(b), p)
		}
		for p, want := range map[string]error{"nope": fs.ErrNotExist, "dangling": fs.ErrNotExist, "/a": fs.ErrInvalid, "a/../a": fs.ErrInvalid} {
			_, err := f.Open(p)
			require.ErrorIs(t, err, want, p)
		}
		_, err = f.Open("loop")
		require.Error(t, err)
		_, err = f.Open("a.x/y")
		require.Error(t, err)
		_, err = f.ReadFile("usr")
		require.Error(t, err)

		for _, p := range []string{"dangling", "loop"} {
			i, err := fs.Lstat(f, p)
			require.NoError(t, err)
			require.Equal(t, fs.ModeSymlink|0o777, i.Mode())
		}
		target, err := fs.ReadLink(f, "usr/bin/lf")
		require.NoError(t, err)
		require.Equal(t, "../../a/b/f", target)
		_, err = fs.ReadLink(f, "usr")
		require.ErrorIs(t, err, fs.ErrInvalid)
		i, err := fs.Stat(f, "usr/bin/sh")
		require.NoError(t, err)
		require.EqualValues(t, 300000, i.Size())
		require.Equal(t, fs.FileMode(0o755), i.Mode())
		require.Equal(t, time.Unix(0, 0), i.ModTime())
		require.Equal(t, "/usr/bin/sh", i.Sys().(*ostree.TreeEntry).Path)
	}
	_, err := newRepo(t, ostree.ModeArchive).FS("nope")
	require.EqualError(t, err, "Refspec 'nope' not found")
}

// The test of the standard library; it opens all entries, so that links have to lead somewhere.
func TestCommitFSConforms(t *testing.T) {
	src := fsTree(t)
	require.NoError(t, os.Remove(src+"/loop"))
	require.NoError(t, os.Remove(src+"/dangling"))
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser, ostree.ModeBareUserOnly} {
		r := newRepo(t, mode)
		commitDir(t, r, src, "main", nil, nil)
		f, err := r.FS("main")
		require.NoError(t, err)
		require.NoError(t, fstest.TestFS(f, "a/b/f", "a/empty", "usr/bin/sh", "la", "via", "a.x"))
	}
}

// A directory with more entries than the cache holds still lists.
func TestCommitFSCacheIsBounded(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	for i := range 300 {
		write(t, src, itoa(i)+"/x", "", 0o644)
	}
	commitDir(t, r, src, "main", nil, nil)
	f, err := r.FS("main")
	require.NoError(t, err)
	n := 0
	require.NoError(t, fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		n++
		return err
	}))
	require.Equal(t, 601, n)
	require.False(t, errors.Is(err, fs.ErrNotExist))
}
