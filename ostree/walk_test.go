package ostree_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
)

func walked(t testing.TB, r *ostree.Repo, rev, path string, o *ostree.WalkOptions) []*ostree.TreeEntry {
	c, err := r.ResolveRev(rev)
	require.NoError(t, err)
	var out []*ostree.TreeEntry
	for e, err := range r.Walk(t.Context(), c, path, o) {
		require.NoError(t, err)
		out = append(out, e)
	}
	return out
}

// lsLine formats an entry like ls -C.
func lsLine(e *ostree.TreeEntry) string {
	kind, sums, target := "-", e.Checksum.String(), ""
	switch {
	case e.IsDir():
		kind, sums = "d", sums+" "+e.Meta.String()
	case e.Header.IsSymlink():
		kind, target = "l", " -> "+e.Header.Symlink
	}
	return fmt.Sprintf("%s0%04o %d %d %6d %s %s%s\n", kind, e.Header.Mode&0o7777, e.Header.UID, e.Header.GID, e.Size, sums, e.Path, target)
}

func TestWalkInterop(t *testing.T) {
	t.Parallel()
	real := testutil.Tool(t, "ostree")
	src := richTree(t)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		r := newRepo(t, mode)
		commitDir(t, r, src, "main", nil, nil)
		for path, args := range map[string][]string{"": {"-R"}, "/": {}, "/big": {}} {
			o := &ostree.WalkOptions{Depth: 1}
			if len(args) > 0 {
				o.Depth = 0
			}
			var ours strings.Builder
			for _, e := range walked(t, r, "main", path, o) {
				ours.WriteString(lsLine(e))
			}
			args = append(args, "--repo="+r.Path(), "ls", "-C", "main")
			if path != "" {
				args = append(args, path)
			}
			require.Equal(t, testutil.Run(t, &testutil.RunOptions{Must: true}, real, args...).Stdout, ours.String())
		}
	}
}

func TestWalkOptions(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	commitDir(t, r, fsTree(t), "main", nil, nil)
	paths := func(path string, o *ostree.WalkOptions) string {
		var out []string
		for _, e := range walked(t, r, "main", path, o) {
			out = append(out, e.Path)
		}
		return strings.Join(out, " ")
	}
	require.Equal(t, "/a /a/empty /a/b /a/b/f", paths("a", nil))
	require.Equal(t, "/a /a/empty /a/b", paths("//a/", &ostree.WalkOptions{Depth: 1, NoHeaders: true}))
	require.Equal(t, "/a", paths("/a", &ostree.WalkOptions{Depth: -1}))
	require.Equal(t, "/a/b/f", paths("/a/b/f", nil))
	require.Equal(t, "/a /a/empty /a/b", paths("/a", &ostree.WalkOptions{Descend: func(e *ostree.TreeEntry) bool { return e.Name() != "b" }}))

	c, err := r.ResolveRev("main")
	require.NoError(t, err)
	for path, want := range map[string]string{"/nope/x": "No such file or directory: /nope", "/a/b/f/x": "Not a directory", "../a": "No such file or directory: /.."} {
		_, err := r.Lookup(t.Context(), c, path)
		require.EqualError(t, err, want)
		for _, err := range r.Walk(t.Context(), c, path, nil) {
			require.EqualError(t, err, want)
		}
	}
	_, err = r.Lookup(t.Context(), c, "nope")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, err, ostree.ErrNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range r.Walk(ctx, c, "", nil) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func TestChecksumPathInterop(t *testing.T) {
	real := testutil.Tool(t, "ostree")
	src := richTree(t)
	require.NoError(t, os.Symlink("nowhere", src+"/link"))
	for _, p := range []string{"big", "empty", "link", "."} {
		p = filepath.Join(src, p)
		for _, ignore := range []bool{false, true} {
			args := []string{"checksum", p}
			if ignore {
				args = append(args, "--ignore-xattrs")
			}
			got, err := ostree.ChecksumPath(t.Context(), p, &ostree.ChecksumOptions{NoXattrs: ignore})
			require.NoError(t, err)
			require.Equal(t, testutil.Run(t, &testutil.RunOptions{Must: true}, real, args...).Stdout, got.String()+"\n", p)
		}
	}
	_, err := ostree.ChecksumPath(t.Context(), src+"/nope", nil)
	require.EqualError(t, err, "Error when getting information for file “"+src+"/nope”: No such file or directory")
	_, err = ostree.ChecksumPath(t.Context(), "/dev/null", nil)
	require.ErrorContains(t, err, "Not a regular file or symlink")
}
