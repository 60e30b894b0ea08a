package ostree_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/internal/testutil"
	"github.com/nestos-dev/nestos/ostree"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// changed makes a copy of a tree with changes of all kinds.
func changed(t testing.TB, src string) string {
	dst := filepath.Join(t.TempDir(), "changed")
	testutil.Run(t, &testutil.RunOptions{Must: true}, testutil.Tool(t, "cp"), "-a", src, dst)
	write(t, dst, "big", "short", 0o644)
	write(t, dst, "sized", "world", 0o644)
	require.NoError(t, os.Remove(dst+"/empty"))
	require.NoError(t, os.RemoveAll(dst+"/gone"))
	write(t, dst, "added/sub/file", "x", 0o644)
	write(t, dst, "added/f", "x", 0o644)
	require.NoError(t, os.Chmod(dst+"/moded", 0o700))
	require.NoError(t, os.Chmod(dst+"/same/f", 0o600))
	require.NoError(t, os.Remove(dst+"/kind"))
	write(t, dst, "kind/x", "now a directory", 0o644)
	require.NoError(t, os.Remove(dst+"/link"))
	require.NoError(t, os.Symlink("b", dst+"/link"))
	require.NoError(t, unix.Setxattr(dst+"/attr", "user.new", []byte("v"), 0))
	return dst
}

func diffTree(t testing.TB) string {
	src := richTree(t)
	removeNames(t, src, "\n")
	write(t, src, "sized", "hello", 0o644)
	write(t, src, "gone/sub/f", "x", 0o644)
	write(t, src, "moded/f", "x", 0o644)
	write(t, src, "same/f", "x", 0o644)
	write(t, src, "kind", "x", 0o644)
	write(t, src, "attr", "x", 0o644)
	require.NoError(t, os.Symlink("a", src+"/link"))
	return src
}

// sortedRuns sorts the lines of each kind: the real program lists directories on disk in their own order.
func sortedRuns(lines []string) []string {
	slices.SortStableFunc(lines, func(a, b string) int {
		const order = "MDA"
		if a[0] != b[0] {
			return strings.IndexByte(order, a[0]) - strings.IndexByte(order, b[0])
		}
		return strings.Compare(a, b)
	})
	return lines
}

func TestDiffInterop(t *testing.T) {
	t.Parallel()
	real := testutil.Tool(t, "ostree")
	src := diffTree(t)
	dst := changed(t, src)
	for _, mode := range []ostree.Mode{ostree.ModeArchive, ostree.ModeBareUser} {
		r := newRepo(t, mode)
		a := commitDir(t, r, src, "one", nil, nil)
		b := commitDir(t, r, dst, "two", nil, nil)
		sides := map[string]ostree.DiffSide{"one": {Commit: a}, "two": {Commit: b}, src: {Dir: src}, dst: {Dir: dst}}
		uid, gid := uint32(12), uint32(13)
		for na, sa := range sides {
			for nb, sb := range sides {
				for _, c := range []struct {
					arg  string
					opts *ostree.DiffOptions
				}{{"--fs-diff", nil}, {"--no-xattrs", &ostree.DiffOptions{NoXattrs: true}}, {"--owner-uid=12", &ostree.DiffOptions{OwnerUID: &uid}}, {"--owner-gid=13", &ostree.DiffOptions{OwnerGID: &gid}}} {
					res := testutil.Run(t, &testutil.RunOptions{Must: true}, real, "--repo="+r.Path(), "diff", c.arg, na, nb)
					d, err := r.Diff(t.Context(), sa, sb, c.opts)
					require.NoError(t, err)
					want := strings.Split(strings.TrimSuffix(res.Stdout, "\n"), "\n")
					if res.Stdout == "" {
						want = nil
					}
					got := slices.Collect(d.Lines())
					if sa.Dir != "" || sb.Dir != "" {
						want, got = sortedRuns(want), sortedRuns(got)
					}
					require.Equal(t, want, got, "%s %s %s", c.arg, na, nb)
				}
			}
		}
		res := testutil.Run(t, &testutil.RunOptions{Must: true}, real, "--repo="+r.Path(), "diff", "--stats", "one", "two")
		s, err := r.DiffStats(t.Context(), a, b)
		require.NoError(t, err)
		require.Contains(t, res.Stdout, "[A] Object Count: "+itoa(s.A)+"\n[B] Object Count: "+itoa(s.B)+"\nCommon Object Count: "+itoa(s.Common)+"\nCommon Object Size: ")
		require.Positive(t, s.CommonSize)
	}
}

func TestDiffErrors(t *testing.T) {
	r := newRepo(t, ostree.ModeArchive)
	src := t.TempDir()
	write(t, src, "f", "x", 0o644)
	c := ostree.DiffSide{Commit: commitDir(t, r, src, "main", nil, nil)}
	_, err := r.Diff(t.Context(), c, ostree.DiffSide{Dir: src + "/nope"}, nil)
	require.EqualError(t, err, "Error when getting information for file “"+src+"/nope”: No such file or directory")
	_, err = r.Diff(t.Context(), c, ostree.DiffSide{Dir: src + "/f"}, nil)
	require.ErrorContains(t, err, "Not a directory")
	_, err = r.Diff(t.Context(), c, ostree.DiffSide{}, nil)
	require.ErrorIs(t, err, ostree.ErrNotFound)
	// Files that cannot be committed can still be compared.
	other := t.TempDir()
	require.NoError(t, unix.Mkfifo(src+"/p", 0o644))
	require.NoError(t, unix.Mkfifo(other+"/p", 0o644))
	write(t, other, "f", "x", 0o644)
	d, err := r.Diff(t.Context(), ostree.DiffSide{Dir: src}, ostree.DiffSide{Dir: other}, nil)
	require.NoError(t, err)
	require.Equal(t, &ostree.Diff{}, d)
}

func TestDiffBareUserOnlyIgnoresXattrs(t *testing.T) {
	r := newRepo(t, ostree.ModeBareUserOnly)
	src := t.TempDir()
	testutil.UserXattrs(t, src)
	write(t, src, "f", "x", 0o644)
	require.NoError(t, unix.Setxattr(src+"/f", "user.k", []byte("v"), 0))
	a := commitDir(t, r, src, "main", nil, nil)
	uid := uint32(0)
	d, err := r.Diff(t.Context(), ostree.DiffSide{Commit: a}, ostree.DiffSide{Dir: src}, &ostree.DiffOptions{OwnerUID: &uid, OwnerGID: &uid})
	require.NoError(t, err)
	require.Empty(t, d.Modified)
}
